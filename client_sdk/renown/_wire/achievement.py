"""Achievements, whoever asks: what there are, and how they have fared."""

from __future__ import annotations

from renown._model.achievement import (
    Achievement,
    AchievementEarner,
    AchievementGroup,
    AchievementStatistics,
    AchievementTypes,
)
from renown._wire.achievement_definition import achievement_definition
from renown._wire.scalars import moment, moment_if_set, span_if_set
from renown.v1 import achievement_service_pb2 as pb


def achievement(message: pb.Achievement) -> Achievement:
    """Reads an Achievement."""
    return Achievement(
        definition=achievement_definition(message.definition),
        in_window=message.in_window,
    )


def achievement_group(message: pb.ListAchievementTypesResponse.Group) -> AchievementGroup:
    """Reads a Group."""
    return AchievementGroup(
        name=message.name,
        count=message.count,
    )


def achievement_types(message: pb.ListAchievementTypesResponse) -> AchievementTypes:
    """Reads a ListAchievementTypesResponse."""
    return AchievementTypes(
        types=tuple(achievement_group(item) for item in message.types),
        categories=tuple(achievement_group(item) for item in message.categories),
    )


def achievement_earner(message: pb.AchievementStatistics.Earner) -> AchievementEarner:
    """Reads an Earner."""
    return AchievementEarner(
        player_id=message.player_id,
        earned_at=moment(message.earned_at),
    )


def achievement_statistics(message: pb.AchievementStatistics) -> AchievementStatistics:
    """Reads AchievementStatistics."""
    return AchievementStatistics(
        total_earned=message.total_earned,
        unique_earners=message.unique_earners,
        completion_rate_basis_points=message.completion_rate_basis_points,
        average_time=span_if_set(message, "average_time"),
        first_earned_by=message.first_earned_by,
        first_earned_at=moment_if_set(message, "first_earned_at"),
        recent_earners=tuple(achievement_earner(item) for item in message.recent_earners),
    )
