"""Badges as the catalog defines them."""

from __future__ import annotations

from renown._model.badge_definition import (
    BadgeAcquisition,
    BadgeBonus,
    BadgeCategoryDefinition,
    BadgeCollectionDefinition,
    BadgeDefinition,
    BadgeEvolution,
    BadgeMethod,
    BadgeSetBonus,
    BadgeVisual,
    BonusType,
)
from renown._model.definition import DefinitionStatus
from renown._model.item import Rarity
from renown._wire.common import currency_amounts
from renown._wire.reward import item_amounts, reward
from renown._wire.scalars import moment_of_text
from renown.v1 import progression_pb2 as pb


def badge_visual(message: pb.BadgeVisual) -> BadgeVisual:
    """Reads a BadgeVisual."""
    return BadgeVisual(
        image=message.image,
        thumbnail=message.thumbnail,
        animation=message.animation,
        shine_effect=message.shine_effect,
        color=message.color,
        rarity_color=message.rarity_color,
        size=message.size,
        style=message.style,
    )


def badge_acquisition(message: pb.BadgeAcquisition) -> BadgeAcquisition:
    """Reads a BadgeAcquisition."""
    return BadgeAcquisition(
        method=BadgeMethod(message.method or BadgeMethod.ACHIEVEMENT.value),
        achievement=message.achievement,
        level=message.level,
        quests=tuple(message.quests),
        items_needed=item_amounts(message.items_needed),
        badges_needed=tuple(message.badges_needed),
        cost=currency_amounts(message.cost),
        drop_rate_ppm=message.drop_rate_ppm,
        activity_types=tuple(message.activity_types),
        available_from=moment_of_text(message.available_from),
        available_until=moment_of_text(message.available_until),
        tradeable=message.tradeable,
        giftable=message.giftable,
        max_per_player=message.max_per_player,
    )


def badge_bonus(message: pb.BadgeBonus) -> BadgeBonus:
    """Reads a BadgeBonus."""
    return BadgeBonus(
        stat=message.stat,
        type=BonusType(message.type or BonusType.PERCENTAGE.value),
        value=message.value,
    )


def badge_set_bonus(message: pb.BadgeSetBonus) -> BadgeSetBonus:
    """Reads a BadgeSetBonus."""
    return BadgeSetBonus(
        required_badges=tuple(message.required_badges),
        bonuses=tuple(badge_bonus(item) for item in message.bonuses),
    )


def badge_evolution(message: pb.BadgeEvolution) -> BadgeEvolution:
    """Reads a BadgeEvolution."""
    return BadgeEvolution(
        next_badge=message.next_badge,
        quantity=message.quantity,
        level=message.level,
        achievements=tuple(message.achievements),
        items=item_amounts(message.items),
        cost=currency_amounts(message.cost),
    )


def badge_definition(message: pb.BadgeDefinition) -> BadgeDefinition:
    """Reads a BadgeDefinition."""
    return BadgeDefinition(
        id=message.id,
        name=message.name,
        title=message.title,
        description=message.description,
        lore=message.lore,
        category=message.category,
        collection=message.collection,
        collection_position=message.collection_position,
        tier=message.tier,
        tags=tuple(message.tags),
        visual=badge_visual(message.visual),
        icon_url=message.icon_url,
        rarity=Rarity(message.rarity),
        points_value=message.points_value,
        power=message.power,
        acquisition=badge_acquisition(message.acquisition),
        bonuses=tuple(badge_bonus(item) for item in message.bonuses),
        set_bonus=badge_set_bonus(message.set_bonus) if message.HasField("set_bonus") else None,
        stacks=message.stacks,
        evolution=badge_evolution(message.evolution) if message.HasField("evolution") else None,
        secret=message.secret,
        status=DefinitionStatus(message.status or DefinitionStatus.ACTIVE.value),
    )


def badge_collection_definition(message: pb.BadgeCollectionDefinition) -> BadgeCollectionDefinition:
    """Reads a BadgeCollectionDefinition."""
    return BadgeCollectionDefinition(
        id=message.id,
        name=message.name,
        description=message.description,
        icon=message.icon,
        reward=reward(message.reward),
    )


def badge_category_definition(message: pb.BadgeCategoryDefinition) -> BadgeCategoryDefinition:
    """Reads a BadgeCategoryDefinition."""
    return BadgeCategoryDefinition(
        id=message.id,
        name=message.name,
        description=message.description,
    )
