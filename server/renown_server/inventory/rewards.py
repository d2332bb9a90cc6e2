"""What definitions give, given: money, items, XP, multipliers, draws; pure.

A reward may cause others: XP gains levels, levels pay rewards, draws give what they draw. The depth
is bounded by the catalog's rules: an entry cannot draw again, and a level's reward holds no XP.

Whether a command is refused never depends on what it drew: who met a refusal could draw again until
chance is kind. So what is drawn and finds no room goes to the mailbox, whatever the policy, all in
one mail; and who has no place for that mail draws nothing.
"""

from __future__ import annotations

from renown_server.catalog.goods import Item, ItemOverflow, LootRoll, Reward, TimedMultiplier
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.snapshot import CurrencyOverflow
from renown_server.currency import rules as currency
from renown_server.currency.state import WalletBook
from renown_server.engine.facts import MultiplierGranted, RewardOverflowed, XpGained
from renown_server.engine.work import Work
from renown_server.errors import BalanceCap
from renown_server.inventory import loot, mail
from renown_server.inventory.mail_state import Contents
from renown_server.inventory.reach import Reach
from renown_server.inventory.room import no_room, room_for
from renown_server.inventory.rules import add
from renown_server.inventory.supply import check_supply, left_to_give, note_issued
from renown_server.leaderboards.entries import submit
from renown_server.profile.experience import gain_xp, take_level_rewards
from renown_server.profile.state import Multiplier, PlayerBook, PlayerState
from renown_server.profile.xp import active_boosts

ISSUANCE_LEVEL = "issuance:level"
ISSUANCE_LOOT = "issuance:loot"

MULTIPLIERS_MAX = 100
"""Multipliers that a player keeps, past ones for late activities included: they are read whenever
the player is."""


class Spill:
    """What found no room and is sent instead, all in one mail."""

    __slots__ = ("currencies", "items")

    def __init__(self) -> None:
        self.currencies: dict[str, int] = {}
        self.items: dict[str, int] = {}

    def send(self, work: Work, player_id: str, rule: str) -> None:
        """Sends it, if there is any."""
        if self.currencies or self.items:
            contents = Contents(tuple(self.currencies.items()), tuple(self.items.items()))
            mail.send(work, player_id, contents, rule=f"overflow:{rule}")


def pay(
    work: Work,
    player_id: str,
    reward: Reward,
    *,
    counter_account: str,
    rule: str,
    times: int = 1,
    by_mail: bool = False,
) -> None:
    """Gives a player a reward, `times` over.

    Args:
        work: the batch.
        player_id: who gets it.
        reward: what. Draws come last: what else may refuse the command has to stand before.
        counter_account: where money and items come from.
        rule: why.
        times: how often.
        by_mail: whether what the catalog says to refuse is sent instead; for what was paid. What
            is drawn always is.

    Raises:
        BalanceCap, InventoryFull, ItemLimit, MailboxFull: there is no room, and the catalog says
            to refuse.
        QuantityOutOfRange: too many.
        NothingToDraw: a loot table has nothing left for the player.
    """
    spill = Spill() if by_mail else None
    _give(work, player_id, reward, counter_account, rule, times, spill)
    if reward.loot:
        spill = spill or Spill()
        _draw(work, player_id, reward.loot, rule, times, spill)
    if spill:
        spill.send(work, player_id, rule)


def _give(
    work: Work,
    player_id: str,
    reward: Reward,
    counter_account: str,
    rule: str,
    times: int,
    spill: Spill | None,
) -> None:
    """Everything but the draws."""
    for code, amount in reward.currencies:
        pay_currency(
            work,
            player_id,
            code,
            amount * times,
            counter_account=counter_account,
            rule=rule,
            spill=spill,
        )
    for each in reward.items:
        give_item(
            work,
            player_id,
            work.catalog.items[each.item],
            each.quantity * times,
            counter_account=counter_account,
            rule=rule,
            spill=spill,
        )
    if reward.xp:
        player = work.slice(PlayerBook).get(player_id)
        gain(work, player, min(reward.xp * times, AMOUNT_MAX), rule=rule, spill=spill)
    for multiplier in reward.multipliers:
        # Several of the same last longer; it takes no more facts.
        longer = TimedMultiplier(multiplier.factor_bp, multiplier.duration_us * times)
        grant_multiplier(work, player_id, longer, rule=rule)


def _draw(
    work: Work, player_id: str, rolls: tuple[LootRoll, ...], rule: str, times: int, spill: Spill
) -> None:
    reach = Reach(work.catalog)
    reach.add_loot(rolls, times)
    reach.require(work, player_id)
    mail.check_room(work, player_id)
    for roll in rolls:
        table = work.catalog.loot_tables[roll.table]
        cause = f"loot_table:{table.id}"
        for _ in range(roll.rolls * times):
            drawn = loot.draw(work, player_id, table, rule=rule)
            _give(work, player_id, drawn, ISSUANCE_LOOT, cause, 1, spill)


def pay_currency(
    work: Work,
    player_id: str,
    code: str,
    amount: int,
    *,
    counter_account: str,
    rule: str,
    spill: Spill | None = None,
) -> None:
    """Gives money; what is beyond the cap follows the currency's overflow policy.

    With a `spill` it goes there where the policy is to send or to refuse.

    Raises:
        BalanceCap: the policy is to refuse.
        MailboxFull: the policy is to send it, and too much mail waits.
    """
    if not amount:
        return
    definition = work.catalog.currencies[code]
    balance = work.slice(WalletBook).get(player_id, code)
    room = max(0, definition.cap - balance.amount)
    beyond = max(0, amount - room)
    if beyond and spill is None and definition.overflow is CurrencyOverflow.REFUSE:
        raise BalanceCap(code, definition.cap, balance.amount)
    if amount > beyond:
        currency.credit(
            work, player_id, code, amount - beyond, counter_account=counter_account, rule=rule
        )
    if not beyond:
        return
    to_mail = definition.overflow is not CurrencyOverflow.DISCARD
    policy = "mailbox" if to_mail else "discard"
    work.emit(player_id, RewardOverflowed(rule=rule, amount=beyond, policy=policy, currency=code))
    if to_mail and spill is not None:
        spill.currencies[code] = spill.currencies.get(code, 0) + beyond
    elif to_mail:
        mail.send(work, player_id, Contents(currencies=((code, beyond),)), rule=f"overflow:{code}")


def give_item(
    work: Work,
    player_id: str,
    item: Item,
    quantity: int,
    *,
    counter_account: str,
    rule: str,
    spill: Spill | None = None,
) -> None:
    """Gives items; what finds no room follows the item's overflow policy.

    With a `spill` it goes there where the policy is to send or to refuse. What waits in the mailbox
    counts as given out.

    Raises:
        ItemLimit: the game gives no more of it out; or the player may not own so many, and the
            policy is to refuse.
        InventoryFull: there is no room, and the policy is to refuse.
        MailboxFull: the policy is to send it, and too much mail waits.
    """
    check_supply(work, item, quantity)
    fits = room_for(work, player_id, item, quantity)
    if fits < quantity and spill is None and item.overflow is ItemOverflow.REFUSE:
        raise no_room(work, player_id, item, quantity)
    if fits:
        note_issued(work, item, fits)
        add(work, player_id, item, fits, counter_account=counter_account, rule=rule)
    if fits < quantity:
        _overflow(work, player_id, item, quantity - fits, rule, spill)


def _overflow(
    work: Work, player_id: str, item: Item, quantity: int, rule: str, spill: Spill | None
) -> None:
    converts = item.overflow is ItemOverflow.CONVERT
    policy = "convert" if converts else "mailbox"
    work.emit(player_id, RewardOverflowed(rule=rule, amount=quantity, policy=policy, item=item.id))
    if converts:
        _convert(work, player_id, item, quantity, spill)
        return
    note_issued(work, item, quantity)
    if spill is not None:
        spill.items[item.id] = spill.items.get(item.id, 0) + quantity
        return
    contents = Contents(items=((item.id, quantity),))
    mail.send(work, player_id, contents, rule=f"overflow:{item.id}")


def _convert(work: Work, player_id: str, item: Item, quantity: int, spill: Spill | None) -> None:
    cause = f"convert:{item.id}"
    for code, worth in item.convert_to:
        pay_currency(
            work,
            player_id,
            code,
            worth * quantity,
            counter_account=cause,
            rule=cause,
            spill=spill,
        )


def gain(
    work: Work, player: PlayerState, base: int, *, rule: str, spill: Spill | None = None
) -> XpGained | None:
    """Gives XP outside of activities: multipliers apply, boards that count XP move."""
    gained = gain_xp(work, player, base, rule=rule, boosts=multipliers_at(player, work.now_us))
    pay_levels(work, player, spill=spill)
    if gained is not None and gained.amount:
        for board in work.catalog.boards_on_xp:
            submit(work, player.player_id, board, gained.amount, work.now_us, rule)
    return gained


def multipliers_at(player: PlayerState, at_us: int) -> tuple[tuple[str, int], ...]:
    """A player's multipliers at a moment, as factors."""
    return active_boosts(player.multipliers, at_us) if player.multipliers else ()


def pay_levels(work: Work, player: PlayerState, *, spill: Spill | None = None) -> None:
    """Pays the rewards of levels reached and not yet paid."""
    levels = work.catalog.levels
    for level in take_level_rewards(work, player):
        rule = f"level:{level}"
        for code, amount in levels.rewards.get(level, ()):
            pay_currency(
                work,
                player.player_id,
                code,
                amount,
                counter_account=ISSUANCE_LEVEL,
                rule=rule,
                spill=spill,
            )
        for item_id, quantity in levels.items.get(level, ()):
            item = work.catalog.items[item_id]
            # Nobody stays below a level because the game gives no more of what it pays.
            there = min(quantity, left_to_give(work, item))
            if there < quantity:
                gone = RewardOverflowed(rule, quantity - there, "discard", item=item_id)
                work.emit(player.player_id, gone)
            if there:
                give_item(
                    work,
                    player.player_id,
                    item,
                    there,
                    counter_account=ISSUANCE_LEVEL,
                    rule=rule,
                    spill=spill,
                )


def grant_multiplier(work: Work, player_id: str, multiplier: TimedMultiplier, *, rule: str) -> None:
    """Lets a factor of XP act from now on. The same source again lasts longer, not stronger."""
    player = work.slice(PlayerBook).get(player_id)
    starts_us = work.now_us
    ends_us = starts_us + multiplier.duration_us
    kept = []
    for known in player.multipliers:
        same = known.source == rule and known.factor_bp == multiplier.factor_bp
        if same and known.ends_us > work.now_us:
            starts_us = known.starts_us
            ends_us = known.ends_us + multiplier.duration_us
            continue
        # Late activities may still ask what acted when they happened.
        if known.ends_us > work.now_us - work.catalog.lateness_max_us:
            kept.append(known)
    while len(kept) >= MULTIPLIERS_MAX:
        kept.remove(min(kept, key=lambda known: known.ends_us))
    work.touch(player)
    player.multipliers = (*kept, Multiplier(rule, multiplier.factor_bp, starts_us, ends_us))
    work.emit(
        player_id,
        MultiplierGranted(
            rule=rule,
            source=rule,
            factor_bp=multiplier.factor_bp,
            starts_us=starts_us,
            ends_us=ends_us,
            added_us=multiplier.duration_us,
        ),
    )
