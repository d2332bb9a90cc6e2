"""Streaks, as decisions read them: a part of the progression.

No protobuf, no SQL: rules may import it. Times and durations are microseconds. `wire` is the
definition as the catalog has it, a serialized message: views show it, decisions don't read it.
"""

from __future__ import annotations

from dataclasses import dataclass

from renown_server.catalog.goods import NOTHING, Reward
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.catalog.limits import BASIS_POINTS

FREEZE_AHEAD_DEFAULT_DAYS = 365


@dataclass(frozen=True, slots=True)
class StreakFreeze:
    """How days can be frozen."""

    days_per_month_max: int
    ahead_max_days: int = FREEZE_AHEAD_DEFAULT_DAYS
    price: CurrencyAmounts = ()
    item: str = ""


@dataclass(frozen=True, slots=True)
class StreakRepair:
    """How a broken streak can be made whole, within days of the first one missed."""

    window_days: int
    missed_days_max: int = 1
    price: CurrencyAmounts = ()
    item: str = ""


@dataclass(frozen=True, slots=True)
class Streak:
    """Something that players do day by day.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        rule: names it as a cause: `streak:<id>`.
        wire: a serialized `StreakDefinition`.
        activity_types: the activities that count; all when empty.
        per_day: how many activities a day takes.
        daily_reward: paid for each day that counts.
        milestones: (days, reward), shortest first.
        freeze: how days can be frozen, or None.
        repair: how it can be repaired, or None.
        bonus_bp_per_day: what each day adds to the factor of XP; 0 is no bonus.
        bonus_bp_max: the highest factor.
        at_risk_us: how long before the day ends a player is told; 0 is never.
    """

    id: str
    name: str
    description: str
    rule: str
    wire: bytes
    activity_types: frozenset[str] = frozenset()
    per_day: int = 1
    daily_reward: Reward = NOTHING
    milestones: tuple[tuple[int, Reward], ...] = ()
    freeze: StreakFreeze | None = None
    repair: StreakRepair | None = None
    bonus_bp_per_day: int = 0
    bonus_bp_max: int = 2 * BASIS_POINTS
    at_risk_us: int = 0
