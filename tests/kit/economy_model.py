"""What the kit's economy must come to, told again without a line of the server's: players.

Everything is plain data that `copy.deepcopy` can keep, so that a refused operation is undone by
throwing the copy away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.kit.economy_model_goods import (
    AMOUNT_MAX,
    CURRENCIES,
    DAY,
    ITEMS,
    LEVEL_MAX,
    LEVEL_XP,
    MAIL_LIFETIME,
    MAILBOX,
    SOFT_CAP_XP,
    Pairs,
    level_rewards,
)


class Refused(Exception):
    """The model refuses; `reasons` are those that the server may name."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = frozenset(reasons)


def need(holds: bool, reason: str) -> None:
    """Refuses unless something holds."""
    if not holds:
        raise Refused(reason)


@dataclass
class Balance:
    """One currency of a player."""

    amount: int = 0
    earned: int = 0
    spent: int = 0
    debt: int = 0


@dataclass
class Stack:
    """A stack or an instance. `acquired` orders what expires together."""

    quantity: int = 0
    expires: int = 0
    uses: int = 0
    acquired: int = 0


@dataclass
class Mail:
    """One mail: what waits in it, and what was taken out of it."""

    currencies: Pairs
    items: Pairs
    expires: int
    took: dict[str, int] = field(default_factory=dict)
    claimed: bool = False
    withdrawn: bool = False


@dataclass(frozen=True)
class Step:
    """One thing that a command gave or took.

    Attributes:
        kind: `money`, `item`, `mail`, `xp`, `factor` or `price`.
        name: of the currency, item or source.
        amount: units, minor units, XP, the mail's number, or by how much a factor lasts longer.
        instance: of items.
        level: the level that paid it; 0 if none did.
        expires: of items.
        factor: (basis points, start) of a factor.
    """

    kind: str
    name: str
    amount: int
    instance: str = ""
    level: int = 0
    expires: int = 0
    factor: tuple[int, int] = (0, 0)


@dataclass
class Given:
    """What one command did to a player, in order: enough to take it back.

    Attributes:
        steps: what was given.
        level: the level that pays just now; 0 if none does.
        paid_levels: those it has reached.
    """

    steps: list[Step] = field(default_factory=list)
    level: int = 0
    paid_levels: list[int] = field(default_factory=list)

    def note(self, kind: str, name: str, amount: int, **more: Any) -> None:
        """Adds a step."""
        self.steps.append(Step(kind, name, amount, level=self.level, **more))


@dataclass
class Player:
    """All of a player that the economy knows. Items are keyed by (item, instance).

    Instances that have not been read back yet are called `?1`, `?2`, ….
    """

    name: str
    balances: dict[str, Balance] = field(default_factory=dict)
    stacks: dict[tuple[str, str], Stack] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)
    xp: int = 0
    level: int = 1
    paid_level: int = 1
    factors: list[tuple[str, int, int, int]] = field(default_factory=list)
    mail: dict[int, Mail] = field(default_factory=dict)
    equipped: dict[str, tuple[str, str]] = field(default_factory=dict)
    used_at: dict[str, int] = field(default_factory=dict)
    pity: dict[str, int] = field(default_factory=dict)
    sent: dict[tuple[str, int], int] = field(default_factory=dict)
    received: dict[tuple[str, int], int] = field(default_factory=dict)
    bought: dict[tuple[str, int], int] = field(default_factory=dict)
    recorded: dict[tuple[str, int], int] = field(default_factory=dict)
    given: Given = field(default_factory=Given)

    def balance(self, code: str) -> Balance:
        """One currency."""
        return self.balances.setdefault(code, Balance())

    def has(self, code: str) -> int:
        """An amount of money."""
        return self.balances[code].amount if code in self.balances else 0

    def wallet(self) -> dict[str, tuple[int, int, int, int]]:
        """What a wallet shows; what was never had may be missing."""
        return {
            code: (one.amount, one.earned, one.spent, one.debt)
            for code, one in self.balances.items()
            if one.earned or one.spent or one.debt
        }

    def live(self, item: str, now: int) -> list[tuple[str, Stack]]:
        """An item's stacks and instances, what expires first at the front."""
        found = [
            (instance, stack)
            for (name, instance), stack in self.stacks.items()
            if name == item and stack.quantity and not 0 < stack.expires <= now
        ]
        return sorted(
            found, key=lambda one: (one[1].expires or AMOUNT_MAX, one[1].acquired, one[0])
        )

    def count(self, item: str, now: int) -> int:
        """Units of an item."""
        return sum(stack.quantity for _, stack in self.live(item, now))

    def slots(self, now: int) -> int:
        """Slots in use."""
        return sum(
            slots_of(item, stack.quantity)
            for (item, _), stack in self.stacks.items()
            if not 0 < stack.expires <= now
        )

    def waiting(self, now: int) -> list[int]:
        """Numbers of mail that can be claimed."""
        return [no for no, mail in self.mail.items() if not mail.claimed and mail.expires > now]

    def worn(self, item: str, instance: str) -> str:
        """The slot something is equipped in, or empty."""
        slots = [slot for slot, what in self.equipped.items() if what == (item, instance)]
        return slots[0] if slots else ""


def slots_of(item: str, quantity: int) -> int:
    """Slots that one stack or instance takes."""
    return 0 if ITEMS[item]["slotless"] else -(-quantity // ITEMS[item]["max_stack"])


class Money:
    """Moving money."""

    @staticmethod
    def credit(player: Player, code: str, amount: int) -> None:
        """Gives money, and pays what is owed from it."""
        need(player.has(code) + amount <= CURRENCIES[code]["cap"], "BALANCE_CAP")
        Money.add(player, code, amount)

    @staticmethod
    def add(player: Player, code: str, amount: int) -> None:
        """Adds money, whatever cap there is."""
        balance = player.balance(code)
        balance.amount += amount
        balance.earned += amount
        player.given.note("money", code, amount)
        paid = min(balance.debt, balance.amount)
        if paid:
            balance.debt -= paid
            Money.debit(player, code, paid)

    @staticmethod
    def debit(player: Player, code: str, amount: int) -> None:
        """Takes money."""
        need(player.has(code) >= amount, "INSUFFICIENT_FUNDS")
        balance = player.balance(code)
        balance.amount -= amount
        balance.spent += amount
        player.given.note("money", code, -amount)

    @staticmethod
    def reward(
        player: Player, code: str, amount: int, now: int, spill: Spill | None, strict: bool = False
    ) -> None:
        """Gives money by the currency's overflow policy; with a spill only `strict` refuses."""
        if not amount:
            return
        policy = CURRENCIES[code]["overflow"]
        fits = min(amount, max(0, CURRENCIES[code]["cap"] - player.has(code)))
        refuses = policy == "refuse" and (spill is None or strict)
        need(fits == amount or not refuses, "BALANCE_CAP")
        if fits:
            Money.credit(player, code, fits)
        if fits == amount or (policy == "discard" and not (spill and spill.paid)):
            return
        if spill is not None:
            if not spill.finds_place(player, now):
                return
            spill.currencies[code] = spill.currencies.get(code, 0) + amount - fits
        else:
            send(player, [(code, amount - fits)], [], now)

    @staticmethod
    def give_back(player: Player, code: str, amount: int) -> None:
        """Gives back what was the player's own: the cap does not apply."""
        beyond = max(0, player.has(code) + amount - AMOUNT_MAX)
        if beyond:
            Money.debit(player, code, beyond)
        Money.add(player, code, amount)


@dataclass
class Spill:
    """What found no room and is sent, all in one mail.

    Attributes:
        paid: it was paid with real money: nothing is lost, nothing is turned into money.
        earned: it was earned by an activity: a full mailbox does not refuse, it loses.
        outer: what is sent later and has its place in the mailbox already.
        sent: items that the command has in the mail.
    """

    currencies: dict[str, int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)
    paid: bool = False
    earned: bool = False
    outer: Spill | None = None
    sent: set[str] = field(default_factory=set)

    def holds(self) -> bool:
        """Whether there is any."""
        return bool(self.currencies or self.items)

    def finds_place(self, player: Player, now: int) -> bool:
        """Whether what is added comes to be sent."""
        if not self.earned or self.holds():
            return True
        taken = 1 if self.outer and self.outer.holds() else 0
        return len(player.waiting(now)) + taken < MAILBOX

    def for_level(self) -> Spill | None:
        """Where a level's rewards go: in an activity each level sends its own mail."""
        return Spill(earned=True, outer=self, sent=self.sent) if self.earned else self

    def send(self, player: Player, now: int) -> None:
        """Sends it, if there is any."""
        if self.currencies or self.items:
            send(player, list(self.currencies.items()), list(self.items.items()), now)


def check_mailbox(player: Player, now: int) -> None:
    """A mail can be sent."""
    need(len(player.waiting(now)) < MAILBOX, "MAILBOX_FULL")


def send(player: Player, currencies: Pairs, items: Pairs, now: int) -> None:
    """Sends a mail."""
    check_mailbox(player, now)
    number = len(player.mail) + 1
    player.mail[number] = Mail(currencies, items, now + MAIL_LIFETIME)
    player.given.note("mail", "", number)


def level_of(xp: int) -> int:
    """The level that an amount of XP makes."""
    return min(LEVEL_MAX, xp // LEVEL_XP + 1)


def gain_xp(player: Player, base: int, now: int) -> None:
    """Gives XP: what acts multiplies it, and half of what lies beyond the soft cap counts."""
    if not base:
        return
    gained = Fraction(base)
    for _, factor, _, ends in player.factors:
        if ends > now:
            gained *= Fraction(factor, 10_000)
    room = max(0, SOFT_CAP_XP - player.xp)
    if gained > room:
        gained = room + (gained - room) / 2
    player.xp += int(gained)
    player.given.note("xp", "", int(gained))
    player.level = max(player.level, level_of(player.xp))


def pay_levels(
    player: Player,
    give: Callable[[Player, str, int, Spill | None], None],
    now: int,
    spill: Spill | None,
    left: Callable[[str], int],
    strict: bool = False,
) -> None:
    """Pays each level reached once; what the game gives no more of is left out."""
    due = range(player.paid_level + 1, player.level + 1)
    player.paid_level = max(player.paid_level, player.level)
    for level in due:
        player.given.level = level
        player.given.paid_levels.append(level)
        rewards = level_rewards(level)
        own = spill.for_level() if spill else None
        for code, amount in rewards["currencies"]:
            Money.reward(player, code, amount, now, own, strict)
        for item, quantity in rewards["items"]:
            if there := min(quantity, left(item)):
                give(player, item, there, own)
        if own and own is not spill:
            own.send(player, now)
    player.given.level = 0


def act(player: Player, source: str, factor: int, duration: int, now: int) -> None:
    """Lets a factor act from now on; the same again acts longer."""
    starts = now
    for place, (known, bp, since, ends) in enumerate(player.factors):
        if (known, bp) == (source, factor) and ends > now:
            player.factors[place] = (known, bp, since, ends + duration)
            starts = since
            break
    else:
        player.factors.append((source, factor, now, now + duration))
    player.given.note("factor", source, duration, factor=(factor, starts))


def day_of(moment: int) -> int:
    """The day of a moment, in UTC: players of the model live there."""
    return moment // DAY


def week_of(moment: int) -> int:
    """The Monday of a moment's week, as a day. 1970 began on a Thursday."""
    day = day_of(moment)
    return day - (day + 3) % 7
