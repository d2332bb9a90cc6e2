"""Streaks as the catalog defines them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from renown._model.common import CurrencyAmount
from renown._model.reward import Reward


@dataclass(frozen=True, slots=True)
class StreakMilestoneDefinition:
    """Pays for a length of a streak.

    Attributes:
        days: the length.
        reward: paid once for each streak that gets there.
    """

    days: int
    reward: Reward


@dataclass(frozen=True, slots=True)
class StreakFreezeDefinition:
    """How days can be frozen.

    Attributes:
        days_per_month_max: how many days a local month may be frozen; none when 0.
        ahead_max_days: how far ahead a frozen day may lie; 365 when 0.
        price: paid for each day.
        item: taken for each day; none when empty.
    """

    days_per_month_max: int
    ahead_max_days: int
    price: tuple[CurrencyAmount, ...]
    item: str


@dataclass(frozen=True, slots=True)
class StreakRepairDefinition:
    """How a broken streak can be made whole.

    Attributes:
        window_days: how many days after the first missed day it can be; never when
            0.
        missed_days_max: how many days may be missing; 1 when 0.
        price: paid for each missing day.
        item: taken for each missing day; none when empty.
    """

    window_days: int
    missed_days_max: int
    price: tuple[CurrencyAmount, ...]
    item: str


@dataclass(frozen=True, slots=True)
class StreakDefinition:
    """Something that players do day by day.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        activity_types: the activities that count; all when empty.
        activities_per_day: how many a day it takes; 1 when 0.
        daily_reward: paid for each day that counts.
        milestones: what is paid for lengths, shortest first.
        freeze: how days can be frozen; not at all when None.
        repair: how it can be repaired; not at all when None.
        bonus_basis_points_per_day: raises the XP of activities with each day: 500
            is 5 %. No bonus when 0.
        bonus_basis_points_max: the highest factor: 20000 doubles; 20000 when 0.
        at_risk_before: how long before the end of the day a player is told that a
            streak will break; never when None.
        icon: a picture's address.
    """

    id: str
    name: str
    description: str
    activity_types: tuple[str, ...]
    activities_per_day: int
    daily_reward: Reward
    milestones: tuple[StreakMilestoneDefinition, ...]
    freeze: StreakFreezeDefinition | None
    repair: StreakRepairDefinition | None
    bonus_basis_points_per_day: int
    bonus_basis_points_max: int
    at_risk_before: timedelta | None
    icon: str


@dataclass(frozen=True, slots=True)
class StreakActivity:
    """Something that a streak can be kept in.

    Attributes:
        definition: what the catalog says of it.
    """

    definition: StreakDefinition
