"""Item definitions."""

from __future__ import annotations

from datetime import timedelta

from renown._model.item import (
    CosmeticKind,
    ItemDefinition,
    ItemDetails,
    ItemDisplay,
    ItemKind,
    ItemOverflow,
    ItemSource,
    ItemStatistics,
    Rarity,
)
from renown._wire.reward import reward
from renown._wire.scalars import moment_if_set, span_of_seconds
from renown.v1 import inventory_service_pb2 as pb


def item_details(message: pb.GetItemDefinitionResponse) -> ItemDetails:
    """Reads a GetItemDefinitionResponse."""
    return ItemDetails(
        item=item_definition(message.item),
        sources=tuple(
            ItemSource(item.type, item.id, item.probability_ppm) for item in message.sources
        ),
        statistics=_statistics(message.statistics),
    )


def item_definition(message: pb.ItemDefinitionView) -> ItemDefinition:
    """Reads an ItemDefinitionView."""
    return ItemDefinition(
        item_id=message.item_id,
        name=message.name,
        description=message.description,
        kind=ItemKind(message.kind),
        cosmetic_kind=cosmetic_kind(message.cosmetic_kind),
        rarity=Rarity(message.rarity),
        display=_display(message.display),
        tags=tuple(message.tags),
        max_stack=message.max_stack,
        unique=message.unique,
        lifetime=span_of_seconds(message.lifetime_s),
        uses=message.uses,
        cooldown=span_of_seconds(message.cooldown_s),
        min_level=message.min_level,
        environments=tuple(message.environments),
        activities=tuple(message.activities),
        slot=message.slot,
        tradeable=message.tradeable,
        giftable=message.giftable,
        limit_quantity=message.limit_quantity,
        limit_per_player=message.limit_per_player,
        available_until=moment_if_set(message, "available_until"),
        overflow=ItemOverflow(message.overflow),
        effects=reward(message.effects),
        purchasable=message.purchasable,
    )


def cosmetic_kind(number: pb.CosmeticKind.ValueType) -> CosmeticKind | None:
    """Reads a CosmeticKind; None if the item is no cosmetic."""
    return CosmeticKind(number) if number else None


def _display(message: pb.ItemDisplay) -> ItemDisplay:
    return ItemDisplay(
        title=message.title,
        icon=message.icon,
        image=message.image,
        preview=message.preview,
        particle=message.particle,
        sound=message.sound,
        animation=message.animation,
    )


def _statistics(message: pb.ItemStatistics) -> ItemStatistics:
    return ItemStatistics(
        distributed=message.distributed,
        used=message.used,
        active=message.active,
        removed=message.removed,
        average_hold=timedelta(seconds=message.average_hold_s),
        popularity_ppm=message.popularity_ppm,
    )
