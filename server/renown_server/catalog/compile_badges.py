"""Validated definitions of badges and their collections as parts of the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from renown.v1 import inventory_service_pb2
from renown.v1 import progression_pb2 as pb
from renown_server.catalog.availability import Status, Window
from renown_server.catalog.badges import Badge, BadgeBonus, BadgeCollection, BadgeMethod, Evolution
from renown_server.catalog.compile_goods import item_amounts, reward
from renown_server.catalog.fields import amounts, bound_us, by_key


def badge(item: pb.BadgeDefinition) -> Badge:
    """A badge that players own.

    Raises:
        ValueError: it was not validated.
    """
    how = item.acquisition
    return Badge(
        id=item.id,
        name=item.name,
        description=item.description,
        rule=f"badge:{item.id}",
        wire=item.SerializeToString(deterministic=True),
        method=BadgeMethod(how.method or BadgeMethod.ACHIEVEMENT.value),
        category=item.category,
        collection=item.collection,
        position=item.collection_position,
        tags=tuple(item.tags),
        rarity=item.rarity or inventory_service_pb2.RARITY_COMMON,
        points_value=item.points_value,
        achievement=how.achievement,
        min_level=how.level,
        quests=tuple(how.quests),
        items_needed=item_amounts(how.items_needed),
        badges_needed=tuple(how.badges_needed),
        cost=amounts(how.cost),
        drop_rate_ppm=how.drop_rate_ppm,
        activity_types=frozenset(how.activity_types),
        window=Window(bound_us(how.available_from), bound_us(how.available_until)),
        tradeable=how.tradeable,
        giftable=how.giftable,
        max_per_player=how.max_per_player or 1,
        bonuses=_bonuses(item.bonuses),
        set_badges=tuple(item.set_bonus.required_badges),
        set_bonuses=_bonuses(item.set_bonus.bonuses),
        stacks=item.stacks,
        evolution=_evolution(item.evolution) if item.HasField("evolution") else None,
        secret=item.secret,
        status=Status(item.status or Status.ACTIVE.value),
    )


def badge_collections(
    items: Iterable[pb.BadgeCollectionDefinition], badges: Mapping[str, Badge]
) -> Mapping[str, BadgeCollection]:
    """The sets of badges, each with those of the badges that name it."""
    members: dict[str, list[Badge]] = {}
    for each in sorted(badges.values(), key=lambda each: (each.position, each.id)):
        members.setdefault(each.collection, []).append(each)
    return by_key((item.id, _collection(item, members.get(item.id, ()))) for item in items)


def _collection(item: pb.BadgeCollectionDefinition, members: Iterable[Badge]) -> BadgeCollection:
    return BadgeCollection(
        id=item.id,
        name=item.name,
        description=item.description,
        icon=item.icon,
        rule=f"badge_collection:{item.id}",
        badges=tuple(each.id for each in members),
        reward=reward(item.reward),
    )


def _bonuses(items: Iterable[pb.BadgeBonus]) -> tuple[BadgeBonus, ...]:
    return tuple(
        BadgeBonus(item.stat, flat=item.value)
        if item.type == pb.BONUS_TYPE_FLAT
        else BadgeBonus(item.stat, percent_bp=item.value)
        for item in items
    )


def _evolution(item: pb.BadgeEvolution) -> Evolution:
    return Evolution(
        next_badge=item.next_badge,
        quantity=item.quantity or 1,
        min_level=item.level,
        achievements=tuple(item.achievements),
        items=item_amounts(item.items),
        cost=amounts(item.cost),
    )
