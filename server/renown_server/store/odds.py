"""How likely each entry of a loot table is for one player."""

from __future__ import annotations

from renown.v1 import store_service_pb2 as pb
from renown_server.catalog.goods import LootEntry, LootTable
from renown_server.catalog.openness import open_reward
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.inventory.definitions import fill_reward
from renown_server.inventory.loot import chances, odds_ppm
from renown_server.store.queries import Drawer


def items_of(table: LootTable) -> list[str]:
    """All items that a table can give."""
    return sorted({each.item for entry in table.entries for each in entry.reward.items})


def stock_of(catalog: CatalogSnapshot, table: LootTable) -> list[str]:
    """The stocks of those that the game gives out in a limited number."""
    return [f"item:{item}" for item in items_of(table) if catalog.items[item].limit_quantity]


def fill_odds(
    response: pb.GetOddsResponse,
    catalog: CatalogSnapshot,
    table: LootTable,
    drawer: Drawer,
    now_us: int,
) -> None:
    """The odds of the next draw."""
    owned = tuple([_has_all(entry, drawer) for entry in table.entries])
    gone = frozenset(
        [entry.id for entry in table.entries if _is_gone(catalog, entry, drawer, now_us)]
    )
    now = chances(table, drawer.pity.get(table.id, 0), owned, gone)
    shares = odds_ppm(now.weights)
    for entry, weight, share, has in zip(table.entries, now.weights, shares, owned, strict=True):
        odds = response.odds.add(entry_id=entry.id, weight=weight, probability_ppm=share, owned=has)
        fill_reward(odds.reward, open_reward(catalog.progression, entry.reward))
    response.total_weight = now.total
    response.pity_count = now.pity
    response.pity_after = table.pity_after
    response.guaranteed = now.guaranteed
    response.catalog_version = catalog.version


def _has_all(entry: LootEntry, drawer: Drawer) -> bool:
    items = entry.reward.items
    return bool(items) and all(each.item in drawer.owned for each in items)


def _is_gone(catalog: CatalogSnapshot, entry: LootEntry, drawer: Drawer, now_us: int) -> bool:
    """As `inventory.loot.gone_entries`, of what was read."""
    for each in entry.reward.items:
        item = catalog.items[each.item]
        if item.available_until_us and now_us >= item.available_until_us:
            return True
        left = item.limit_quantity - drawer.sold.get(f"item:{item.id}", 0)
        if item.limit_quantity and left < each.quantity:
            return True
    return False
