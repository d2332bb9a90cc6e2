"""Quests as they are for players, and how they have fared."""

from __future__ import annotations

from renown._model.quest import (
    Quest,
    QuestAvailability,
    QuestBlocker,
    QuestRating,
    QuestReason,
    QuestStatistics,
)
from renown._wire.quest_definition import quest_definition
from renown._wire.quest_run import quest_run
from renown._wire.scalars import moment_if_set, span_if_set
from renown.v1 import quest_service_pb2 as pb


def quest_reason(message: pb.QuestReason) -> QuestReason:
    """Reads a QuestReason."""
    return QuestReason(
        blocker=QuestBlocker(message.blocker),
        id=message.id,
        required=message.required,
        current=message.current,
        available_at=moment_if_set(message, "available_at"),
    )


def quest(message: pb.Quest) -> Quest:
    """Reads a Quest."""
    return Quest(
        definition=quest_definition(message.definition),
        availability=QuestAvailability(message.availability),
        reasons=tuple(quest_reason(item) for item in message.reasons),
        times_completed=message.times_completed,
        first_completed_at=moment_if_set(message, "first_completed_at"),
        last_completed_at=moment_if_set(message, "last_completed_at"),
        best_time=span_if_set(message, "best_time"),
        resets_at=moment_if_set(message, "resets_at"),
        run=quest_run(message.run) if message.HasField("run") else None,
        rating=message.rating,
    )


def quest_statistics(message: pb.QuestStatistics) -> QuestStatistics:
    """Reads QuestStatistics."""
    return QuestStatistics(
        attempts=message.attempts,
        completions=message.completions,
        abandonments=message.abandonments,
        expirations=message.expirations,
        success_rate_basis_points=message.success_rate_basis_points,
        abandonment_rate_basis_points=message.abandonment_rate_basis_points,
        average_time=span_if_set(message, "average_time"),
        rating_average_hundredths=message.rating_average_hundredths,
        rating_count=message.rating_count,
    )


def quest_rating(message: pb.RateQuestResponse) -> QuestRating:
    """Reads a RateQuestResponse."""
    return QuestRating(
        rating=message.rating,
        previous_rating=message.previous_rating,
    )
