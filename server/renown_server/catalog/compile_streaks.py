"""Validated definitions of streaks as parts of the snapshot."""

from __future__ import annotations

from renown.v1 import progression_pb2 as pb
from renown_server.catalog.compile_goods import reward
from renown_server.catalog.fields import amounts, duration_us
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.streaks import (
    FREEZE_AHEAD_DEFAULT_DAYS,
    Streak,
    StreakFreeze,
    StreakRepair,
)


def streak(item: pb.StreakDefinition) -> Streak:
    """Something that players do day by day."""
    return Streak(
        id=item.id,
        name=item.name,
        description=item.description,
        rule=f"streak:{item.id}",
        wire=item.SerializeToString(deterministic=True),
        activity_types=frozenset(item.activity_types),
        per_day=item.activities_per_day or 1,
        daily_reward=reward(item.daily_reward),
        milestones=tuple((each.days, reward(each.reward)) for each in item.milestones),
        freeze=_freeze(item.freeze) if item.HasField("freeze") else None,
        repair=_repair(item.repair) if item.HasField("repair") else None,
        bonus_bp_per_day=item.bonus_basis_points_per_day,
        bonus_bp_max=item.bonus_basis_points_max or 2 * BASIS_POINTS,
        at_risk_us=duration_us(item.at_risk_before),
    )


def _freeze(item: pb.StreakFreezeDefinition) -> StreakFreeze:
    return StreakFreeze(
        days_per_month_max=item.days_per_month_max,
        ahead_max_days=item.ahead_max_days or FREEZE_AHEAD_DEFAULT_DAYS,
        price=amounts(item.price),
        item=item.item,
    )


def _repair(item: pb.StreakRepairDefinition) -> StreakRepair:
    return StreakRepair(
        window_days=item.window_days,
        missed_days_max=item.missed_days_max or 1,
        price=amounts(item.price),
        item=item.item,
    )
