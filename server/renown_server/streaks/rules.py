"""Keeping streaks: days that count, what they pay, what happens when they end; pure.

A streak is a function of dated days; see `progress.streak_days`. What is paid once is remembered:
a day pays when it begins to count, a milestone when a streak first gets there.
"""

from __future__ import annotations

import msgspec

from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.streaks import Streak
from renown_server.engine.facts import StreakAdvanced
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.profile.days import DAY_US, day_of
from renown_server.profile.state import PlayerState
from renown_server.progress import streak_days
from renown_server.progress.state import ProgressBook
from renown_server.progress.streak_days import Run
from renown_server.progress.values import StreakState
from renown_server.streaks.ending import broken, pass_time, save
from renown_server.streaks.past import put_aside, reset
from renown_server.streaks.paying import pay, pay_milestones, pay_up_to
from renown_server.streaks.removing import Removed, revoke
from renown_server.streaks.standing import (
    NO_DAYS,
    end_of_day,
    factor_of,
    length_on,
    run_around,
)

__all__ = ["Removed", "pass_time", "record_day", "reset", "revoke"]


def record_day(
    work: Work, player: PlayerState, activity_type: str, occurred_us: int, rule: str
) -> int:
    """Counts an activity for the streaks it is for, on the day it happened.

    Args:
        work: the batch; the player's progress must have been loaded.
        player: whose.
        activity_type: its type.
        occurred_us: when it happened, microseconds since 1970.
        rule: the activity's, as the cause of what the streak sets off.

    Returns:
        The factor of the activity's XP in basis points: the highest that one of the streaks gives
        for its length on that day; 10000 if none does.
    """
    progression = work.catalog.progression
    ids = progression.listeners.streaks.get(activity_type)
    if not ids:
        return BASIS_POINTS
    states = work.slice(ProgressBook).progress(player.player_id).streaks
    day = day_of(player, occurred_us)
    factor = BASIS_POINTS
    for streak_id in ids:
        streak = progression.streaks[streak_id]
        state = states.get(streak_id, NO_DAYS)
        if not _has_counted(state, day):
            state = _note(work, player, streak, state, day, occurred_us, rule)
        if streak.bonus_bp_per_day:
            length = length_on(state, day, player.time_zone)
            factor = max(factor, factor_of(streak, length))
    return factor


def _has_counted(state: StreakState, day: int) -> bool:
    runs = state.runs
    if runs and runs[-1][1] == day:
        return True
    return day <= state.reset_day or streak_days.counted(state, day)


def _note(
    work: Work,
    player: PlayerState,
    streak: Streak,
    state: StreakState,
    day: int,
    occurred_us: int,
    rule: str,
) -> StreakState:
    """Counts one more activity on a day that has not got enough yet."""
    counts = dict(state.counts)
    count = counts.pop(day, 0) + 1
    if count >= streak.per_day:
        state = msgspec.structs.replace(state, counts=_open_counts(work, counts))
        return _advance(work, player, streak, state, day, occurred_us, rule)
    counts[day] = count
    state = msgspec.structs.replace(state, counts=_open_counts(work, counts))
    save(work, player, streak, state)
    return state


def _open_counts(work: Work, counts: dict[int, int]) -> tuple[tuple[int, int], ...]:
    """The counts of days that late activities may still add to; two days more for zones."""
    oldest = (work.now_us - work.catalog.lateness_max_us) // DAY_US - 2
    return tuple(sorted([(day, count) for day, count in counts.items() if day >= oldest]))


def _advance(
    work: Work,
    player: PlayerState,
    streak: Streak,
    state: StreakState,
    day: int,
    occurred_us: int,
    rule: str,
) -> StreakState:
    """Lets a day count, and pays what it is worth."""
    state = _end_before(work, player, streak, state, day)
    longest = max(state.longest, state.past_longest)
    before = state
    state, fallen = streak_days.add_day(state, day, player.time_zone)
    if fallen:
        put_aside(work, player, streak, before, state, fallen)
        state = msgspec.structs.replace(state, past_longest=longest)
    # A day so old that it falls out at once is a streak by itself.
    run = run_around(state, day, player.time_zone) or Run(day, day, 1)
    state = _still_told(player, before, state, run, work.now_us)
    if day in state.revoked:
        revoked = tuple([each for each in state.revoked if each != day])
        state = msgspec.structs.replace(state, revoked=revoked)
    work.emit(
        player.player_id,
        StreakAdvanced(
            rule=streak.rule,
            streak=streak.id,
            current=run.length,
            longest=state.longest,
            day=day,
        ),
    )
    state, due = pay_up_to(streak, state, run)
    save(work, player, streak, state)
    pay(work, player, streak, streak.daily_reward)
    pay_milestones(work, player, streak, run, due)
    work.signal(SignalKind.STREAK, player.player_id, streak.id, run.length, rule, occurred_us)
    return state


def _end_before(
    work: Work, player: PlayerState, streak: Streak, state: StreakState, day: int
) -> StreakState:
    """Tells of the end of the latest streak, if a day is behind it and does not continue it."""
    needed = streak_days.needed_day(state, player.time_zone)
    if not needed or day <= needed or state.broken_day >= state.runs[-1][1]:
        return state
    return broken(work, player, streak, state)


def _still_told(
    player: PlayerState, before: StreakState, state: StreakState, run: Run, now_us: int
) -> StreakState:
    """A streak that is longer by a late day, and over all the same, is not told of again."""
    told_day = before.broken_day
    if not before.runs or told_day != before.runs[-1][1]:
        return state
    if run.start_day <= told_day < run.last_day:
        needed = streak_days.needed_day(state, player.time_zone)
        if now_us >= end_of_day(player, needed):
            return msgspec.structs.replace(state, broken_day=run.last_day)
    return state
