"""What can be wrong with items."""

from __future__ import annotations

from collections.abc import Iterator

from renown.v1 import inventory_service_pb2 as pb
from renown.v1.catalog_pb2 import Catalog, ItemDefinition
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.scalars import enum_words
from renown_server.catalog.validate_basics import (
    Known,
    check_amounts,
    check_level,
    check_moment,
    check_names,
)
from renown_server.catalog.validate_rewards import check_items, check_reward

_USED = {
    pb.ITEM_KIND_CONSUMABLE: "a consumable",
    pb.ITEM_KIND_POWER_UP: "a power-up",
    pb.ITEM_KIND_CONTAINER: "a container",
}


def check_item_definitions(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks what each item is, gives, and how many there may be."""
    for index, item in enumerate(catalog.items):
        path = ("items", index)
        yield from _check_kind(path, item)
        yield from _check_use(path, item, known)
        yield from _check_count(path, item)
        yield from _check_overflow(path, item, known)
        yield from check_level((*path, "min_level"), item.min_level, known)
        asked = (*path, "achievements")
        yield from check_names(asked, "achievements", item.achievements, known.achievements)
        until = item.limited.available_until
        yield from check_moment((*path, "limited", "available_until"), until)


def _check_kind(path: Path, item: ItemDefinition) -> Iterator[Finding]:
    if item.kind == pb.ITEM_KIND_COSMETIC and not item.cosmetic_kind:
        words = ", ".join(enum_words(pb.CosmeticKind.DESCRIPTOR))
        yield Finding((*path, "cosmetic_kind"), "is missing", f"write one of {words}")
    elif item.kind != pb.ITEM_KIND_COSMETIC and item.cosmetic_kind:
        yield Finding(
            (*path, "cosmetic_kind"),
            "is only for `kind: cosmetic`",
            "remove it, or change the kind",
        )
    if item.kind == pb.ITEM_KIND_EQUIPMENT and not item.slot:
        yield Finding((*path, "slot"), "is missing", "name where it is worn, such as weapon")


def _check_use(path: Path, item: ItemDefinition, known: Known) -> Iterator[Finding]:
    at = (*path, "use")
    used = _USED.get(item.kind)
    if not item.HasField("use"):
        if used:
            yield Finding(
                at, f"is missing: {used} is used", "say what it gives: `use: {effects: {xp: 10}}`"
            )
        return
    if not used:
        yield Finding(
            at,
            "is only for consumables, power-ups and containers",
            "remove it, or change the kind",
        )
    effects = item.use.effects
    yield from check_reward((*at, "effects"), effects, known)
    if item.kind == pb.ITEM_KIND_POWER_UP and not effects.multipliers:
        yield Finding(
            (*at, "effects", "multipliers"),
            "is missing: a power-up acts for a while",
            "add one, or change the kind to consumable",
        )
    if item.kind == pb.ITEM_KIND_CONTAINER and not effects.loot:
        yield Finding(
            (*at, "effects", "loot"),
            "is missing: what is in a container is drawn",
            "name a loot table, or change the kind to consumable",
        )
    yield from check_items((*at, "keys"), item.use.keys, known)
    for index, key in enumerate(item.use.keys):
        if key.item_id == item.id:
            yield Finding(
                (*at, "keys", index, "item_id"),
                "would be its own key",
                "name another item: one is used up anyway",
            )


def _check_count(path: Path, item: ItemDefinition) -> Iterator[Finding]:
    if item.uses > 1 and item.kind not in _USED and not item.HasField("use"):
        yield Finding((*path, "uses"), "has no effect without use", "remove it, or set use")
    if item.max_stack > 1 and (item.unique or item.uses > 1):
        cause = "unique" if item.unique else "uses"
        yield Finding(
            (*path, "max_stack"),
            f"is {item.max_stack}, but with `{cause}` each one takes a slot of its own",
            f"remove it, or {cause}",
        )


def _check_overflow(path: Path, item: ItemDefinition, known: Known) -> Iterator[Finding]:
    at = (*path, "convert_to")
    converts = item.overflow == pb.ITEM_OVERFLOW_CONVERT
    if converts and not item.convert_to:
        yield Finding(
            at, "is missing", "say what one is worth: `convert_to: [{currency: …, amount: 1}]`"
        )
    elif item.convert_to and not converts:
        yield Finding(
            at, "has no effect without `overflow: convert`", "set it, or remove convert_to"
        )
    yield from check_amounts(at, item.convert_to, known)
