"""Streaks as the catalog defines them."""

from __future__ import annotations

from renown._model.streak_definition import (
    StreakActivity,
    StreakDefinition,
    StreakFreezeDefinition,
    StreakMilestoneDefinition,
    StreakRepairDefinition,
)
from renown._wire.common import currency_amounts
from renown._wire.reward import reward
from renown._wire.scalars import span_if_set
from renown.v1 import progression_pb2 as pb
from renown.v1 import streak_service_pb2


def streak_milestone_definition(message: pb.StreakMilestoneDefinition) -> StreakMilestoneDefinition:
    """Reads a StreakMilestoneDefinition."""
    return StreakMilestoneDefinition(
        days=message.days,
        reward=reward(message.reward),
    )


def streak_freeze_definition(message: pb.StreakFreezeDefinition) -> StreakFreezeDefinition:
    """Reads a StreakFreezeDefinition."""
    return StreakFreezeDefinition(
        days_per_month_max=message.days_per_month_max,
        ahead_max_days=message.ahead_max_days,
        price=currency_amounts(message.price),
        item=message.item,
    )


def streak_repair_definition(message: pb.StreakRepairDefinition) -> StreakRepairDefinition:
    """Reads a StreakRepairDefinition."""
    return StreakRepairDefinition(
        window_days=message.window_days,
        missed_days_max=message.missed_days_max,
        price=currency_amounts(message.price),
        item=message.item,
    )


def streak_definition(message: pb.StreakDefinition) -> StreakDefinition:
    """Reads a StreakDefinition."""
    return StreakDefinition(
        id=message.id,
        name=message.name,
        description=message.description,
        activity_types=tuple(message.activity_types),
        activities_per_day=message.activities_per_day,
        daily_reward=reward(message.daily_reward),
        milestones=tuple(streak_milestone_definition(item) for item in message.milestones),
        freeze=streak_freeze_definition(message.freeze) if message.HasField("freeze") else None,
        repair=streak_repair_definition(message.repair) if message.HasField("repair") else None,
        bonus_basis_points_per_day=message.bonus_basis_points_per_day,
        bonus_basis_points_max=message.bonus_basis_points_max,
        at_risk_before=span_if_set(message, "at_risk_before"),
        icon=message.icon,
    )


def streak_activity(message: streak_service_pb2.StreakActivity) -> StreakActivity:
    """Reads a StreakActivity."""
    return StreakActivity(
        definition=streak_definition(message.definition),
    )
