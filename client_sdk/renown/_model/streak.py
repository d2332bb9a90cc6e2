"""Where players' streaks stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from renown._model.basics import WireEnum
from renown._model.common import CurrencyAmount, CurrencyChange
from renown._model.inventory import ItemChange, RewardsReceived
from renown._model.reward import ItemAmount, Reward


class StreakEnd(WireEnum):
    """Why a streak ended.

    Attributes:
        UNKNOWN: it has not ended.
        MISSED: a day was missed.
        PRESTIGE: the player started over.
        REVOKED: the activities of all its days, or of one between them, were
            revoked.
    """

    UNKNOWN = 0
    MISSED = 1
    PRESTIGE = 2
    REVOKED = 3


@dataclass(frozen=True, slots=True)
class StreakRepair:
    """What it takes to make a broken streak whole.

    Attributes:
        price: what is paid for all missed days together.
        items: what is taken for them.
        days: how many active days the streak has once it is repaired, those since
            the gap included.
        missed_dates: the days paid for.
        available_until: when it can no longer be repaired, at this price: a further
            missed day raises it.
    """

    price: tuple[CurrencyAmount, ...]
    items: tuple[ItemAmount, ...]
    days: int
    missed_dates: tuple[date, ...]
    available_until: datetime


@dataclass(frozen=True, slots=True)
class StreakGoal:
    """The next milestone of a streak.

    Attributes:
        days: the length that reaches it.
        remaining_days: how many active days are missing.
        reward: what it gives.
    """

    days: int
    remaining_days: int
    reward: Reward


@dataclass(frozen=True, slots=True)
class Streak:
    """Where a player's streak stands now.

    Attributes:
        streak_id: the streak activity.
        name: for people.
        current: its length in active days; 0 if it is broken or was never begun.
        longest: the length of the longest one ever.
        start_date: the first day of the current one; None if there is none.
        last_active_date: the latest day that counted; None if none did.
        active_today: today counts already.
        frozen_dates: the frozen days from the start of the current streak on, days
            to come among them.
        freezes_left: how many more days of this month can be frozen.
        at_risk: it breaks soon unless something is done.
        breaks_at: when it breaks unless something is done: the end of the first day
            that is neither active nor frozen. None if there is none to break.
        next_milestone: the next milestone; None after the last one.
        bonus_basis_points: the factor it gives to the XP of an activity now: 11000
            is 1.1, and 10000 is no bonus.
        repair: how the last one can be repaired; None if it can't.
    """

    streak_id: str
    name: str
    current: int
    longest: int
    start_date: date | None
    last_active_date: date | None
    active_today: bool
    frozen_dates: tuple[date, ...]
    freezes_left: int
    at_risk: bool
    breaks_at: datetime | None
    next_milestone: StreakGoal | None
    bonus_basis_points: int
    repair: StreakRepair | None


@dataclass(frozen=True, slots=True)
class PlayerStreaks:
    """Where a player's streaks stand today.

    Attributes:
        streaks: the streaks, by id.
        today: the player's date now.
        time_zone: the IANA zone in which the player's days begin.
    """

    streaks: tuple[Streak, ...]
    today: date
    time_zone: str


@dataclass(frozen=True, slots=True)
class StreakRun:
    """One streak, from its first day to its last.

    Attributes:
        streak_id: the streak activity.
        start_date: its first active day.
        end_date: its latest active day.
        length: how many active days it had.
        frozen_days: how many frozen days lie between them.
        ended_at: when it ended; None while it runs.
        ended_reason: why it ended.
    """

    streak_id: str
    start_date: date
    end_date: date
    length: int
    frozen_days: int
    ended_at: datetime | None
    ended_reason: StreakEnd


@dataclass(frozen=True, slots=True)
class StreakFreezeResult:
    """Days that were frozen.

    Attributes:
        streak: where it stands now.
        frozen_dates: the days frozen by this request.
        payments: what was paid, and the balances it left.
        items: what was taken.
    """

    streak: Streak
    frozen_dates: tuple[date, ...]
    payments: tuple[CurrencyChange, ...]
    items: tuple[ItemChange, ...]


@dataclass(frozen=True, slots=True)
class StreakRepairResult:
    """A streak that was made whole.

    Attributes:
        streak: where it stands now.
        repaired_dates: the days that were missing.
        payments: what was paid, and the balances it left.
        items: what was taken.
        effects: what followed from it, payments aside.
    """

    streak: Streak
    repaired_dates: tuple[date, ...]
    payments: tuple[CurrencyChange, ...]
    items: tuple[ItemChange, ...]
    effects: RewardsReceived
