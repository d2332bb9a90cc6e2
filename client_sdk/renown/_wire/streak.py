"""Where players' streaks stand."""

from __future__ import annotations

from renown._model.streak import (
    PlayerStreaks,
    Streak,
    StreakEnd,
    StreakFreezeResult,
    StreakGoal,
    StreakRepair,
    StreakRepairResult,
    StreakRun,
)
from renown._wire.common import currency_amounts, currency_change
from renown._wire.inventory import item_changes, rewards
from renown._wire.reward import item_amounts, reward
from renown._wire.scalars import day, day_if_set, moment, moment_if_set
from renown.v1 import streak_service_pb2 as pb


def streak_repair(message: pb.StreakRepair) -> StreakRepair:
    """Reads a StreakRepair."""
    return StreakRepair(
        price=currency_amounts(message.price),
        items=item_amounts(message.items),
        days=message.days,
        missed_dates=tuple(day(item) for item in message.missed_dates),
        available_until=moment(message.available_until),
    )


def streak_goal(message: pb.StreakGoal) -> StreakGoal:
    """Reads a StreakGoal."""
    return StreakGoal(
        days=message.days,
        remaining_days=message.remaining_days,
        reward=reward(message.reward),
    )


def streak(message: pb.Streak) -> Streak:
    """Reads a Streak."""
    return Streak(
        streak_id=message.streak_id,
        name=message.name,
        current=message.current,
        longest=message.longest,
        start_date=day_if_set(message.start_date),
        last_active_date=day_if_set(message.last_active_date),
        active_today=message.active_today,
        frozen_dates=tuple(day(item) for item in message.frozen_dates),
        freezes_left=message.freezes_left,
        at_risk=message.at_risk,
        breaks_at=moment_if_set(message, "breaks_at"),
        next_milestone=streak_goal(message.next_milestone)
        if message.HasField("next_milestone")
        else None,
        bonus_basis_points=message.bonus_basis_points,
        repair=streak_repair(message.repair) if message.HasField("repair") else None,
    )


def player_streaks(message: pb.GetStreaksResponse) -> PlayerStreaks:
    """Reads a GetStreaksResponse."""
    return PlayerStreaks(
        streaks=tuple(streak(item) for item in message.streaks),
        today=day(message.today),
        time_zone=message.time_zone,
    )


def streak_run(message: pb.StreakRun) -> StreakRun:
    """Reads a StreakRun."""
    return StreakRun(
        streak_id=message.streak_id,
        start_date=day(message.start_date),
        end_date=day(message.end_date),
        length=message.length,
        frozen_days=message.frozen_days,
        ended_at=moment_if_set(message, "ended_at"),
        ended_reason=StreakEnd(message.ended_reason),
    )


def streak_freeze_result(message: pb.FreezeStreakResponse) -> StreakFreezeResult:
    """Reads a FreezeStreakResponse."""
    return StreakFreezeResult(
        streak=streak(message.streak),
        frozen_dates=tuple(day(item) for item in message.frozen_dates),
        payments=tuple(currency_change(item) for item in message.payments),
        items=item_changes(message.items),
    )


def streak_repair_result(message: pb.RepairStreakResponse) -> StreakRepairResult:
    """Reads a RepairStreakResponse."""
    return StreakRepairResult(
        streak=streak(message.streak),
        repaired_dates=tuple(day(item) for item in message.repaired_dates),
        payments=tuple(currency_change(item) for item in message.payments),
        items=item_changes(message.items),
        effects=rewards(message.effects),
    )
