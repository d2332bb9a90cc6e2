"""Badges: what there are, how they have fared, and their collections."""

from __future__ import annotations

from renown._model.badge import (
    Badge,
    BadgeCategory,
    BadgeCollection,
    BadgeCollectionMember,
    BadgeSetProgress,
    BadgeStatistics,
    BadgeValue,
)
from renown._wire.badge_definition import (
    badge_bonus,
    badge_category_definition,
    badge_collection_definition,
    badge_definition,
)
from renown._wire.scalars import moment_if_set
from renown.v1 import badge_service_pb2 as pb


def badge(message: pb.Badge) -> Badge:
    """Reads a Badge."""
    return Badge(
        definition=badge_definition(message.definition),
        in_window=message.in_window,
    )


def badge_category(message: pb.ListBadgeCategoriesResponse.Category) -> BadgeCategory:
    """Reads a Category."""
    return BadgeCategory(
        definition=badge_category_definition(message.definition),
        count=message.count,
    )


def badge_value(message: pb.BadgeValue) -> BadgeValue:
    """Reads a BadgeValue."""
    return BadgeValue(
        currency=message.currency,
        amount=message.amount,
        traded=message.traded,
    )


def badge_statistics(message: pb.BadgeStatistics) -> BadgeStatistics:
    """Reads BadgeStatistics."""
    return BadgeStatistics(
        total_awarded=message.total_awarded,
        unique_owners=message.unique_owners,
        equipped_count=message.equipped_count,
        trade_volume=message.trade_volume,
        average_values=tuple(badge_value(item) for item in message.average_values),
    )


def badge_collection_member(message: pb.BadgeCollectionMember) -> BadgeCollectionMember:
    """Reads a BadgeCollectionMember."""
    return BadgeCollectionMember(
        badge_id=message.badge_id,
        name=message.name,
        position=message.position,
        owned=message.owned,
    )


def badge_set_progress(message: pb.BadgeSetProgress) -> BadgeSetProgress:
    """Reads a BadgeSetProgress."""
    return BadgeSetProgress(
        badge_id=message.badge_id,
        required_badge_ids=tuple(message.required_badge_ids),
        owned=message.owned,
        bonuses=tuple(badge_bonus(item) for item in message.bonuses),
        active=message.active,
    )


def badge_collection(message: pb.BadgeCollection) -> BadgeCollection:
    """Reads a BadgeCollection."""
    return BadgeCollection(
        definition=badge_collection_definition(message.definition),
        badges=tuple(badge_collection_member(item) for item in message.badges),
        owned=message.owned,
        total=message.total,
        progress_basis_points=message.progress_basis_points,
        completed=message.completed,
        completed_at=moment_if_set(message, "completed_at"),
        sets=tuple(badge_set_progress(item) for item in message.sets),
    )
