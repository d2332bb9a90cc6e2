"""The model's items: room, use, chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.kit.economy_model import (
    Given,
    Mail,
    Money,
    Player,
    Refused,
    Spill,
    Stack,
    act,
    check_mailbox,
    gain_xp,
    need,
    pay_levels,
    send,
)
from tests.kit.economy_model_goods import (
    AMOUNT_MAX,
    CAPACITY,
    CURRENCIES,
    ITEMS,
    SECOND,
    TABLES,
    Definition,
    Pairs,
)

MINUTE = 60 * SECOND
INSTANCES_MAX = 1000
"""More instances in one go are out of range: each is a row."""


DRAWS_MAX = 1000
"""More draws in one go are no valid argument: each is a fact."""


def draws_of(reward: Definition) -> int:
    """How many draws a reward makes."""
    return sum(rolls for _, rolls in reward["loot"])


class NeedDraw(Exception):
    """A draw of this table's entries comes next, and nobody has said which."""

    def __init__(self, entries: list[str]) -> None:
        super().__init__(entries)
        self.entries = entries


@dataclass
class Chance:
    """The draws of one command: what was drawn is told, what follows from it is checked.

    Attributes:
        told: the entries drawn, in order.
        made: what each draw must say, by name of the contract's fields.
    """

    told: Sequence[str] = ()
    made: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Items:
    """Everything that happens to items of one world.

    Attributes:
        now: microseconds since 1970.
        players: by name.
        sold: what is gone of limited things, by name.
        chance: the draws of the command that runs.
        made: how many instances there ever were; their names rise.
    """

    now: int
    players: dict[str, Player]
    sold: dict[str, int] = field(default_factory=dict)
    chance: Chance = field(default_factory=Chance)
    made: int = 0

    def room(self, player: Player, item: str, wanted: int) -> int:
        """Units of `wanted` that fit."""
        kind = ITEMS[item]
        fits = wanted
        if kind["per_player"]:
            fits = min(fits, max(0, kind["per_player"] - player.count(item, self.now)))
        in_place = 0
        if not kind["instanced"]:
            joined = player.stacks.get((item, self.name_of_new(item)))
            in_place = joined.quantity if joined else 0
            fits = min(fits, AMOUNT_MAX - in_place)
        if kind["slotless"]:
            return fits
        size = 1 if kind["instanced"] else kind["max_stack"]
        free = max(0, CAPACITY - player.slots(self.now)) * size
        free += -(-in_place // size) * size - in_place
        return min(fits, free)

    def name_of_new(self, item: str) -> str:
        """The stack that new units join; those that expire end on a full minute."""
        lifetime = ITEMS[item]["lifetime"]
        return f"x{-(-(self.now + lifetime) // MINUTE) * MINUTE}" if lifetime else ""

    def check_supply(self, item: str, quantity: int) -> None:
        """The game gives out so many."""
        kind = ITEMS[item]
        need(not kind["instanced"] or quantity <= INSTANCES_MAX, "QUANTITY_OUT_OF_RANGE")
        need(self.left(item) >= quantity, "ITEM_LIMIT")

    def left(self, item: str) -> int:
        """Units that the game still gives out."""
        kind = ITEMS[item]
        if kind["until"] and self.now >= kind["until"]:
            return 0
        return kind["limit"] - self.sold.get(f"item:{item}", 0) if kind["limit"] else AMOUNT_MAX

    def note_issued(self, item: str, quantity: int) -> None:
        """Counts what was given out, or waits in a mail."""
        if ITEMS[item]["limit"]:
            self.sold[f"item:{item}"] = self.sold.get(f"item:{item}", 0) + quantity

    def give(self, player: Player, item: str, quantity: int, spill: Spill | None = None) -> None:
        """Gives new units by the item's overflow policy."""
        kind = ITEMS[item]
        if spill is not None and spill.earned:
            quantity = min(quantity, self.left(item))
        self.check_supply(item, quantity)
        fits = self.room(player, item, quantity)
        if fits < quantity and kind["overflow"] == "refuse" and spill is None:
            self.refuse(player, item, quantity)
        if fits:
            self.note_issued(item, fits)
            self.add(player, item, fits)
        beyond = quantity - fits
        if not beyond:
            return
        if kind["overflow"] == "convert" and not (spill and spill.paid):
            for code, worth in kind["convert_to"]:
                Money.reward(player, code, worth * beyond, self.now, spill)
            return
        if spill is not None and not spill.finds_place(player, self.now):
            return
        self.note_issued(item, beyond)
        if spill is not None:
            spill.sent.add(item)
            spill.items[item] = spill.items.get(item, 0) + beyond
        else:
            send(player, [], [(item, beyond)], self.now)

    def refuse(self, player: Player, item: str, quantity: int) -> None:
        """Says why there is no room."""
        most = ITEMS[item]["per_player"]
        need(not most or player.count(item, self.now) + quantity <= most, "ITEM_LIMIT")
        in_place = player.stacks.get((item, ""), Stack()).quantity
        need(in_place + quantity <= AMOUNT_MAX, "QUANTITY_OUT_OF_RANGE")
        raise Refused("INVENTORY_FULL")

    def add(self, player: Player, item: str, quantity: int) -> None:
        """Puts new units where they belong, then pays what is owed."""
        kind = ITEMS[item]
        ends = self.now + kind["lifetime"] if kind["lifetime"] else 0
        for _ in range(quantity if kind["instanced"] else 1):
            if kind["instanced"]:
                uses = kind["uses"] if kind["uses"] > 1 else 0
                self.made += 1
                self._join(player, item, f"?{self.made:06d}", Stack(1, ends, uses, self.now))
            else:
                name = self.name_of_new(item)
                ends = int(name[1:] or 0)
                self._join(player, item, name, Stack(quantity, ends, 0, self.now))

    def _join(self, player: Player, item: str, instance: str, units: Stack) -> None:
        stack = player.stacks.setdefault((item, instance), Stack(0, units.expires, units.uses))
        after = stack.quantity + units.quantity
        need(after <= AMOUNT_MAX, "QUANTITY_OUT_OF_RANGE")
        held = stack.acquired * stack.quantity + units.acquired * units.quantity
        stack.quantity, stack.acquired, stack.uses = after, held // after, units.uses
        player.given.note("item", item, units.quantity, instance=instance, expires=units.expires)
        self._pay_debt(player, item)

    def _pay_debt(self, player: Player, item: str) -> None:
        owed = player.owed.get(item, 0)
        paid = min(owed, player.count(item, self.now))
        if paid:
            player.owed[item] = owed - paid
            self.take(player, item, paid, keep_equipped=False)

    def take(
        self,
        player: Player,
        item: str,
        quantity: int,
        instance: str = "",
        keep_equipped: bool = True,
    ) -> list[tuple[str, Stack]]:
        """Takes units: what is equipped last, or not at all."""
        there = player.live(item, self.now)
        if instance:
            there = [one for one in there if one[0] == instance]
            need(bool(there), "ITEM_NOT_FOUND")
        need(sum(stack.quantity for _, stack in there) >= quantity, "INSUFFICIENT_ITEMS")
        plan = {name: 0 for name, _ in there}
        left = quantity
        for kept in (1, 0):
            need(kept == 1 or not left or not keep_equipped, "ITEM_EQUIPPED")
            for name, stack in there:
                free = stack.quantity - plan[name]
                free -= kept if player.worn(item, name) else 0
                amount = min(left, max(0, free))
                plan[name] += amount
                left -= amount
        return [
            (name, self._remove(player, item, name, plan[name])) for name, _ in there if plan[name]
        ]

    def _remove(self, player: Player, item: str, instance: str, quantity: int) -> Stack:
        stack = player.stacks[item, instance]
        stack.quantity -= quantity
        player.given.note("item", item, -quantity, instance=instance)
        if not stack.quantity:
            del player.stacks[item, instance]
            if slot := player.worn(item, instance):
                del player.equipped[slot]
        return Stack(quantity, stack.expires, stack.uses, stack.acquired)

    def receive(self, player: Player, item: str, taken: list[tuple[str, Stack]]) -> None:
        """Gives units that somebody had before: instances keep their names."""
        for instance, units in taken:
            arrived = Stack(units.quantity, units.expires, units.uses, self.now)
            self._join(player, item, instance, arrived)

    def pay(
        self,
        player: Player,
        reward: Definition,
        rule: str,
        times: int = 1,
        spill: Spill | None = None,
    ) -> None:
        """Gives a reward, `times` over; the draws last. What is drawn finds room in the mail."""
        self._pay(player, reward, rule, times, spill)
        if reward["loot"]:
            spill = spill or Spill()
            if not spill.earned:
                check_mailbox(player, self.now)
                for table, _ in reward["loot"]:
                    weights = self.weights(player, table, spill)[0]
                    need(any(weights.values()), "NOTHING_TO_DRAW")
            for table, rolls in reward["loot"]:
                for _ in range(rolls * times):
                    # A table that has nothing more ends its draws.
                    if not any(self.weights(player, table, spill)[0].values()):
                        break
                    drawn = self.draw(player, table, spill)
                    self._pay(player, drawn, f"loot_table:{table}", 1, spill)
        if spill is not None:
            spill.send(player, self.now)

    def _pay(
        self, player: Player, reward: Definition, rule: str, times: int, spill: Spill | None
    ) -> None:
        for code, amount in reward["currencies"]:
            Money.reward(player, code, amount * times, self.now, spill)
        for item, quantity in reward["items"]:
            self.give(player, item, quantity * times, spill)
        if reward["xp"]:
            gain_xp(player, reward["xp"] * times, self.now)
            self.pay_levels(player, spill)
        for factor, duration in reward["multipliers"]:
            act(player, rule, factor, duration * times, self.now)

    def pay_levels(self, player: Player, spill: Spill | None = None, strict: bool = False) -> None:
        """Pays the levels reached."""
        pay_levels(player, self.give, self.now, spill, self.left, strict)

    def weights(
        self, player: Player, table: str, spill: Spill
    ) -> tuple[dict[str, int], list[bool], bool]:
        """(weights by entry, which are owned, whether pity decides). What is sent is owned."""
        kind = TABLES[table]
        owned = [
            kind["duplicates"] != "allow"
            and bool(reward["items"])
            and all(
                item in spill.sent or player.count(item, self.now) for item, _ in reward["items"]
            )
            for _, _, reward in kind["entries"]
        ]
        excluded = kind["duplicates"] == "exclude"
        weights = {
            name: 0 if excluded and has else weight
            for has, (name, weight, _) in zip(owned, kind["entries"], strict=True)
        }
        before = player.pity.get(table, 0)
        promised = {name: weight for name, weight in weights.items() if name in kind["promised"]}
        guaranteed = bool(kind["after"]) and before >= kind["after"] and any(promised.values())
        if guaranteed:
            weights = {name: promised.get(name, 0) for name in weights}
        return weights, owned, guaranteed

    def draw(self, player: Player, table: str, spill: Spill) -> Definition:
        """Draws what it was told, if that can be drawn.

        Raises:
            NeedDraw: it was not told.
        """
        kind = TABLES[table]
        weights, owned, guaranteed = self.weights(player, table, spill)
        excluded = kind["duplicates"] == "exclude"
        before = player.pity.get(table, 0)
        made = self.chance.made
        if len(made) == len(self.chance.told):
            raise NeedDraw([name for name, weight in weights.items() if weight])
        drawn = self.chance.told[len(made)]
        assert weights[drawn], f"{drawn} can't be drawn from {table}"
        place = list(weights).index(drawn)
        duplicate = kind["duplicates"] == "convert" and owned[place]
        if kind["after"]:
            player.pity[table] = 0 if drawn in kind["promised"] else before + 1
        low = sum(list(weights.values())[:place])
        made.append(
            {
                "table_id": table,
                "entry_id": drawn,
                "rolls": range(low, low + weights[drawn]),
                "total_weight": sum(weights.values()),
                "pity_before": before,
                "guaranteed": guaranteed,
                "duplicate": duplicate,
                "excluded": [
                    name
                    for has, (name, _, _) in zip(owned, kind["entries"], strict=True)
                    if excluded and has
                ],
            }
        )
        reward: Definition = kind["entries"][place][2]
        if duplicate:
            return {**reward, "xp": 0, "items": [], "currencies": kind["duplicate_reward"]}
        return reward

    def claim(self, player: Player, mail: Mail) -> None:
        """Takes what fits out of a mail; if that is nothing, the first of it says why."""
        stays = [*mail.currencies, *mail.items]
        codes, items = mail.currencies, mail.items
        mail.currencies, mail.items = [], []
        for code, amount in codes:
            fits = min(amount, max(0, CURRENCIES[code]["cap"] - player.has(code)))
            if fits:
                Money.credit(player, code, fits)
                mail.took[code] = mail.took.get(code, 0) + fits
            if fits < amount:
                mail.currencies.append((code, amount - fits))
        for item, quantity in items:
            fits = self.room(player, item, quantity)
            if fits:
                self.add(player, item, fits)
                mail.took[item] = mail.took.get(item, 0) + fits
            if fits < quantity:
                mail.items.append((item, quantity - fits))
        if [*mail.currencies, *mail.items] == stays and stays:
            need(not mail.currencies, "BALANCE_CAP")
            self.refuse(player, *mail.items[0])
        mail.claimed = not (mail.currencies or mail.items)

    def mail_items(self, player: Player, items: Pairs) -> None:
        """Sends items instead of giving them."""
        for item, quantity in items:
            self.check_supply(item, quantity)
            self.note_issued(item, quantity)
        send(player, [], items, self.now)

    def check_arrival(self, player: Player, items: dict[str, int], before: int) -> None:
        """What has come from another player fits, after it has come."""
        for item in items:
            most = ITEMS[item]["per_player"]
            need(not most or player.count(item, self.now) <= most, "ITEM_LIMIT")
        need(player.slots(self.now) <= max(CAPACITY, before), "INVENTORY_FULL")

    def begin(self) -> None:
        """Starts a command: what it gives is noted anew."""
        for player in self.players.values():
            player.given = Given()
