"""Where a streak stands at a moment: what everything else about it follows from; pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.streaks import Streak
from renown_server.engine.work import Work
from renown_server.errors import StreakNotFound
from renown_server.profile.days import day_end_us, day_of, day_start_us, exists, month_of
from renown_server.profile.state import PlayerState
from renown_server.progress import streak_days
from renown_server.progress.streak_days import Run, Span
from renown_server.progress.values import StreakState

NO_DAYS = StreakState()


class Ends(NamedTuple):
    """When a streak breaks unless something is done.

    Attributes:
        needed_day: the first day that is neither active nor frozen.
        breaks_us: the end of that day, microseconds since 1970.
        risk_us: when the player is told; never if it is not before `breaks_us`.
    """

    needed_day: int
    breaks_us: int
    risk_us: int


def end_of_day(player: PlayerState, day: int) -> int:
    """The first moment after a player's day.

    A move to another zone makes the day of the move end where it began; see `days.day_of`.
    """
    end_us = day_end_us(player.time_zone, day)
    if not player.zones:
        return end_us
    ends = {end_us, *[day_end_us(move.zone, day) for move in player.zones]}
    return min([each for each in ends if day_of(player, each) > day], default=max(ends))


def ends_of(player: PlayerState, streak: Streak, state: StreakState) -> Ends | None:
    """When the latest streak breaks, or has broken; None if no day has counted."""
    needed = streak_days.needed_day(state, player.time_zone)
    if not needed:
        return None
    breaks_us = end_of_day(player, needed)
    risk_us = breaks_us
    if streak.at_risk_us:
        risk_us = max(breaks_us - streak.at_risk_us, day_start_us(player.time_zone, needed))
    return Ends(needed, breaks_us, risk_us)


def length_on(state: StreakState, day: int, zone: str) -> int:
    """The days that a streak had on a day, what came later left out."""
    runs = state.runs
    if len(runs) == 1 and runs[0][1] == day:
        return day - runs[0][0] + 1
    return _length_on(runs, state.frozen, state.repaired, day, zone)


@lru_cache(maxsize=1024)
def _length_on(
    runs: tuple[Span, ...],
    frozen: tuple[Span, ...],
    repaired: tuple[int, ...],
    day: int,
    zone: str,
) -> int:
    """As `length_on`. Most activities are not the first of their day: the answer is the same."""
    cut = tuple([(first, min(last, day)) for first, last in runs if first <= day])
    state = StreakState(runs=cut, frozen=frozen, repaired=repaired)
    return streak_days.current(state, day, zone)[0]


def run_around(state: StreakState, day: int, zone: str) -> Run | None:
    """The streak that holds a day, as active or as no gap; None if there is none."""
    for run in reversed(streak_days.history(state, zone)):
        if run.start_day <= day <= run.last_day:
            return run
    return None


def factor_of(streak: Streak, length: int) -> int:
    """What a streak of a length does to XP, in basis points."""
    return min(BASIS_POINTS + streak.bonus_bp_per_day * length, streak.bonus_bp_max)


def frozen_in_month(state: StreakState, month: int, zone: str) -> int:
    """How many days of a local month are frozen."""
    return sum(month_of(day) == month for day in frozen_days(state, zone))


def frozen_days(state: StreakState, zone: str, from_day: int = 0) -> Iterator[int]:
    """The frozen days from a day on; those that the zone does not have are none."""
    for first, last in state.frozen:
        for day in range(max(first, from_day), last + 1):
            if exists(zone, day):
                yield day


def frozen_within(state: StreakState, first_day: int, last_day: int, zone: str) -> int:
    """How many frozen days lie between the active ones of a span of days."""
    spans = [span for span in state.runs if first_day <= span[0] and span[1] <= last_day]
    return sum(
        streak_days.is_frozen(state, day) and exists(zone, day)
        for before, after in pairwise(spans)
        for day in range(before[1] + 1, after[0])
    )


def definition(work: Work, streak_id: str) -> Streak:
    """A streak activity of the catalog.

    Raises:
        StreakNotFound: the catalog has none.
    """
    streak = work.catalog.progression.streaks.get(streak_id)
    if streak is None:
        raise StreakNotFound(streak_id)
    return streak
