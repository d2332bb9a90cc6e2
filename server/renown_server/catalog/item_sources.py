"""Where each item of a catalog comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from renown_server.catalog.fields import by_key
from renown_server.catalog.goods import Item, ItemAmount, ItemSource, LootTable, Offer
from renown_server.catalog.levels import LevelTable
from renown_server.catalog.snapshot import ActivityType

_CERTAIN_PPM = 1_000_000


def item_sources(
    items: Mapping[str, Item],
    loot_tables: Mapping[str, LootTable],
    offers: Mapping[str, Offer],
    levels: LevelTable,
    activity_types: Mapping[str, ActivityType],
) -> Mapping[str, tuple[ItemSource, ...]]:
    """What gives each item, by item id; items that nothing gives have none.

    A loot table counts once, under its own id: what rolls it is not followed.
    """
    sources: dict[str, list[ItemSource]] = {item: [] for item in items}
    gifts = [
        *_certain("activity_type", ((t.id, t.items) for t in activity_types.values())),
        *_certain("item", ((i.id, i.use.effects.items) for i in items.values() if i.use)),
        *_of_levels(levels),
        *_of_tables(loot_tables.values()),
        *_certain("offer", ((o.id, o.contents.items) for o in offers.values())),
    ]
    for item, source in gifts:
        sources[item].append(source)
    return by_key((item, tuple(found)) for item, found in sources.items())


def _certain(
    kind: str, givers: Iterable[tuple[str, tuple[ItemAmount, ...]]]
) -> Iterator[tuple[str, ItemSource]]:
    for giver, given in givers:
        for amount in given:
            yield amount.item, ItemSource(kind, giver, _CERTAIN_PPM)


def _of_levels(levels: LevelTable) -> Iterator[tuple[str, ItemSource]]:
    for level, given in levels.items.items():
        for item, _ in given:
            yield item, ItemSource("level", str(level), _CERTAIN_PPM)


def _of_tables(tables: Iterable[LootTable]) -> Iterator[tuple[str, ItemSource]]:
    for table in tables:
        weights: dict[str, int] = {}
        for entry in table.entries:
            for amount in entry.reward.items:
                weights[amount.item] = weights.get(amount.item, 0) + entry.weight
        for item, weight in weights.items():
            ppm = weight * _CERTAIN_PPM // table.total_weight
            yield item, ItemSource("loot_table", table.id, ppm)
