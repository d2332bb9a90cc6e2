"""Items in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded, Work


class Owner(msgspec.Struct, frozen=True, omit_defaults=True):
    """One who had an instance before; `how` is `gift` or `trade`."""

    player_id: str
    until_us: int
    how: str


class Provenance(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where an instance comes from.

    Attributes:
        rule: what gave it.
        command_id: the activity_id or request_id that gave it.
        created_us: when it came to be, microseconds since 1970.
        owners: those who had it before, the latest first.
    """

    rule: str
    command_id: str
    created_us: int
    owners: tuple[Owner, ...] = ()


class Stack(Entity):
    """A stack of equal items, or one instance. Times are microseconds since 1970; 0 is never.

    Attributes:
        player_id: whose it is.
        item: the item's id.
        instance: empty for the plain stack, `x<expires_us>` for one that expires, else an
            instance's id.
        quantity: units; 0 is no longer there.
        held_since_us: when it was acquired; the mean of a stack's units.
        expires_us: when it is gone.
        uses_left: how often an instance can still be used; 0 where it is not counted.
        owed: units owed after a revocation; on the plain stack only.
        provenance: an instance's history.
    """

    __slots__ = (
        "expires_us",
        "held_since_us",
        "instance",
        "item",
        "owed",
        "player_id",
        "provenance",
        "quantity",
        "uses_left",
    )

    saved = ("quantity", "held_since_us", "uses_left", "owed", "provenance")

    def __init__(
        self,
        player_id: str,
        item: str,
        instance: str = "",
        quantity: int = 0,
        held_since_us: int = 0,
        expires_us: int = 0,
        uses_left: int = 0,
        owed: int = 0,
        provenance: Provenance | None = None,
    ) -> None:
        super().__init__()
        self.player_id = player_id
        self.item = item
        self.instance = instance
        self.quantity = quantity
        self.held_since_us = held_since_us
        self.expires_us = expires_us
        self.uses_left = uses_left
        self.owed = owed
        self.provenance = provenance


class Bag(Entity):
    """What a player's items have in common.

    Attributes:
        player_id: whose it is.
        slots_used: slots taken, by what has expired since, too.
        cooldowns: when items with a cooldown were used last, by item; microseconds since 1970.
        pity: misses in a row, by loot table.
        equipped: (item, instance) by slot.
    """

    __slots__ = ("cooldowns", "equipped", "pity", "player_id", "slots_used")

    def __init__(self, player_id: str) -> None:
        super().__init__()
        self.player_id = player_id
        self.slots_used = 0
        self.cooldowns: dict[str, int] = {}
        self.pity: dict[str, int] = {}
        self.equipped: dict[str, tuple[str, str]] = {}

    def save(self) -> tuple[Any, ...]:
        """What `restore` needs; the maps are copied because they change."""
        return (self.slots_used, self.cooldowns.copy(), self.pity.copy(), self.equipped.copy())

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Undoes all changes since `save`."""
        self.slots_used, self.cooldowns, self.pity, self.equipped = saved

    def slot_of(self, item: str, instance: str) -> str:
        """The slot in which something is equipped, or empty."""
        for slot, equipped in self.equipped.items():
            if equipped == (item, instance):
                return slot
        return ""


LOOKED_AT_MAX = 64
"""How many of a player's items are loaded by name. A command that follows from many definitions may
need any number, and a batch gives up on who asks too often."""


class InventoryBook:
    """The items of a batch's players.

    Attributes:
        stacks: by player and item, then by instance; only what was looked at.
        bags: by player.
        whole: players whose items are all here.
        made: how many instances a command has made, beside its facts, which name it.
    """

    __slots__ = ("bags", "made", "stacks", "whole")

    def __init__(self) -> None:
        self.stacks: dict[tuple[str, str], dict[str, Stack]] = {}
        self.bags: dict[str, Bag] = {}
        self.whole: set[str] = set()
        self.made: tuple[object, int] = (None, 0)

    def of(self, player_id: str, item: str) -> dict[str, Stack]:
        """A player's stacks and instances of an item, by instance.

        Raises:
            NotLoaded: nobody has looked.
        """
        key = (player_id, item)
        found = self.stacks.get(key)
        if found is None:
            if player_id not in self.whole:
                raise self._missing(player_id, (key,))
            found = self.stacks[key] = {}
        return found

    def require(self, player_id: str, items: Iterable[str]) -> None:
        """Checks that all of these were looked at; a batch reloads only so often for a command.

        Raises:
            NotLoaded: some were not.
        """
        if player_id in self.whole:
            return
        missing = [key for item in items if (key := (player_id, item)) not in self.stacks]
        if missing:
            raise self._missing(player_id, tuple(missing))

    def _missing(self, player_id: str, keys: tuple[tuple[str, str], ...]) -> NotLoaded:
        """What is to be loaded: who needs more and more of a player's items gets all of them."""
        looked_at = sum(1 for player, _ in self.stacks if player == player_id)
        if looked_at >= LOOKED_AT_MAX:
            return NotLoaded("inventories", (player_id,))
        return NotLoaded("items", keys)

    def bag(self, player_id: str) -> Bag:
        """A player's bag.

        Raises:
            NotLoaded: nobody has looked.
        """
        bag = self.bags.get(player_id)
        if bag is None:
            raise NotLoaded("bags", (player_id,))
        return bag

    def everything(self, player_id: str) -> list[Stack]:
        """All a player's stacks and instances, in order of item and instance.

        Raises:
            NotLoaded: nobody has looked.
        """
        if player_id not in self.whole:
            raise NotLoaded("inventories", (player_id,))
        # A batch may hold the bags of hundreds: only this player's part of them is sorted.
        own = [(key[1], stacks) for key, stacks in self.stacks.items() if key[0] == player_id]
        return [stack for _, stacks in sorted(own) for _, stack in sorted(stacks.items())]

    def absorb(self, rows: Iterable[Stack]) -> None:
        """Takes in what was loaded; what is here already may have been changed and stays."""
        for stack in rows:
            stacks = self.stacks.setdefault((stack.player_id, stack.item), {})
            stacks.setdefault(stack.instance, stack)


class ItemCount(Entity):
    """What a batch adds to an item's statistics."""

    __slots__ = ("distributed", "held_s", "item", "removed", "used")

    saved = ("distributed", "used", "removed", "held_s")

    def __init__(self, item: str) -> None:
        super().__init__()
        self.item = item
        self.distributed = 0
        self.used = 0
        self.removed = 0
        self.held_s = 0


class Stock(Entity):
    """Something limited for everybody.

    Attributes:
        stock_id: `offer:<id>`, `offer:<id>@<turn's start>` or `item:<id>`.
        quantity: the limit, by the catalog that sold last.
        sold: pieces gone as the batch has read it; others may sell meanwhile.
        delta: pieces this batch sells; what is taken back counts below zero.
    """

    __slots__ = ("delta", "quantity", "sold", "stock_id")

    saved = ("delta", "quantity")

    def __init__(self, stock_id: str, sold: int = 0) -> None:
        super().__init__()
        self.stock_id = stock_id
        self.quantity = 0
        self.sold = sold
        self.delta = 0

    def left(self, quantity: int) -> int:
        """Pieces left of a limit."""
        return max(0, quantity - self.sold - self.delta)


class CommonBook:
    """What is counted for everybody."""

    __slots__ = ("counts", "stock")

    def __init__(self) -> None:
        self.counts: dict[str, ItemCount] = {}
        self.stock: dict[str, Stock] = {}

    def count(self, work: Work, item: str) -> ItemCount:
        """An item's count, to be changed."""
        count = self.counts.get(item)
        if count is None:
            count = self.counts[item] = ItemCount(item)
        work.touch(count)
        return count

    def stock_of(self, stock_id: str) -> Stock:
        """A limit's stock.

        Raises:
            NotLoaded: nobody has looked.
        """
        stock = self.stock.get(stock_id)
        if stock is None:
            raise NotLoaded("stock", (stock_id,))
        return stock
