"""Draws from loot tables; pure. Every draw can be checked.

Chance comes from the command's tape: a command that runs again draws the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from renown_server.catalog.goods import DuplicatePolicy, LootEntry, LootTable, Reward
from renown_server.engine.facts import LootDrawn
from renown_server.engine.work import Work
from renown_server.errors import NothingToDraw
from renown_server.inventory.state import InventoryBook
from renown_server.inventory.supply import left_to_give

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Chances:
    """What a player can draw now.

    Attributes:
        weights: of each entry, in the table's order; 0 for what can't be drawn.
        owned: whether the player has everything an entry gives, in the table's order.
        pity: misses in a row.
        guaranteed: whether pity leaves only the entries it guarantees.
    """

    weights: tuple[int, ...]
    owned: tuple[bool, ...]
    pity: int
    guaranteed: bool

    @property
    def total(self) -> int:
        """The sum of the weights."""
        return sum(self.weights)


def chances(
    table: LootTable, pity: int, owned: tuple[bool, ...], gone: frozenset[str] = frozenset()
) -> Chances:
    """What can be drawn with so many misses behind and so much owned.

    Args:
        table: what is drawn from.
        pity: misses in a row.
        owned: whether the player has everything an entry gives, in the table's order.
        gone: ids of entries that hold what the game gives no more of.
    """
    weights = [0 if entry.id in gone else entry.weight for entry in table.entries]
    if table.duplicates is DuplicatePolicy.EXCLUDE:
        weights = [0 if has else weight for has, weight in zip(owned, weights, strict=True)]
    guaranteed = False
    if table.pity_after and pity >= table.pity_after:
        promised = [
            weight if entry.id in table.pity_entries else 0
            for entry, weight in zip(table.entries, weights, strict=True)
        ]
        # With all of them owned and excluded there is nothing to promise.
        if any(promised):
            weights, guaranteed = promised, True
    return Chances(tuple(weights), owned, pity, guaranteed)


def odds_ppm(weights: tuple[int, ...]) -> tuple[int, ...]:
    """Shares in millionths that add up to exactly one million, by the largest remainder.

    All are 0 if nothing can be drawn.
    """
    total = sum(weights)
    if not total:
        return tuple(0 for _ in weights)
    shares = [weight * PPM // total for weight in weights]
    remainders = sorted(
        range(len(weights)), key=lambda place: (-(weights[place] * PPM % total), place)
    )
    for place in remainders[: PPM - sum(shares)]:
        shares[place] += 1
    return tuple(shares)


def owned_entries(
    work: Work, player_id: str, table: LootTable, mailed: Collection[str] = ()
) -> tuple[bool, ...]:
    """Which entries give items of which the player has every one, or is being sent it."""
    if table.duplicates is DuplicatePolicy.ALLOW:
        return tuple(False for _ in table.entries)
    return tuple(_has_all(work, player_id, entry, mailed) for entry in table.entries)


def _has_all(work: Work, player_id: str, entry: LootEntry, mailed: Collection[str]) -> bool:
    book = work.slice(InventoryBook)
    return bool(entry.reward.items) and all(
        each.item in mailed
        or any(
            stack.quantity and not 0 < stack.expires_us <= work.now_us
            for stack in book.of(player_id, each.item).values()
        )
        for each in entry.reward.items
    )


def gone_entries(work: Work, table: LootTable) -> frozenset[str]:
    """Entries that hold items of which the game has too few left to give out."""
    items = work.catalog.items
    return frozenset(
        [
            entry.id
            for entry in table.entries
            if any(
                left_to_give(work, items[each.item]) < each.quantity for each in entry.reward.items
            )
        ]
    )


def open_to(
    work: Work, player_id: str, table: LootTable, mailed: Collection[str] = ()
) -> tuple[Chances, frozenset[str]]:
    """What a player can draw now, and the entries that the game has no more of."""
    pity = work.slice(InventoryBook).bag(player_id).pity.get(table.id, 0)
    gone = gone_entries(work, table)
    return chances(table, pity, owned_entries(work, player_id, table, mailed), gone), gone


def draw(
    work: Work, player_id: str, table: LootTable, *, rule: str, mailed: Collection[str] = ()
) -> Reward:
    """Draws once, counts the misses, and keeps a record of the draw.

    What the entries hold and the table counts must be there: it decides what can be drawn. What
    they touch besides had better be: see `reach`.

    Args:
        work: the batch.
        player_id: who draws.
        table: from what.
        rule: why.
        mailed: items that the command sends the player: they count as owned.

    Returns:
        What is given.

    Raises:
        NothingToDraw: the player owns everything the table can give, or the game gives no more.
    """
    bag = work.slice(InventoryBook).bag(player_id)
    open_, gone = open_to(work, player_id, table, mailed)
    before = open_.pity
    if not open_.total:
        raise NothingToDraw(table.id)
    roll = work.random.below(open_.total)
    place = _hit(open_.weights, roll)
    entry = table.entries[place]
    if table.pity_after:
        work.touch(bag)
        bag.pity[table.id] = 0 if entry.id in table.pity_entries else before + 1
    is_duplicate = table.duplicates is DuplicatePolicy.CONVERT and open_.owned[place]
    excludes = table.duplicates is DuplicatePolicy.EXCLUDE
    excluded = [
        each.id
        for each, has in zip(table.entries, open_.owned, strict=True)
        if each.id in gone or (excludes and has)
    ]
    work.emit(
        player_id,
        LootDrawn(
            rule=rule,
            table=table.id,
            roll=roll,
            total_weight=open_.total,
            entry=entry.id,
            pity_before=before,
            guaranteed=open_.guaranteed,
            duplicate=is_duplicate,
            excluded=tuple(excluded),
        ),
    )
    return Reward(currencies=table.duplicate_reward) if is_duplicate else entry.reward


def _hit(weights: tuple[int, ...], roll: int) -> int:
    """The entry in whose stretch a roll in [0, sum of weights) lies."""
    for place, weight in enumerate(weights):
        if roll < weight:
            return place
        roll -= weight
    raise AssertionError("the roll lies beyond the weights")
