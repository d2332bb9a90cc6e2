"""Streaks that are over: when and why they ended, and where they are kept then; pure."""

from __future__ import annotations

import msgspec

from renown_server.catalog.streaks import Streak
from renown_server.engine.work import Work
from renown_server.profile.days import day_of
from renown_server.profile.state import PlayerState
from renown_server.progress import streak_days
from renown_server.progress.state import ProgressBook
from renown_server.progress.streak_days import Run
from renown_server.progress.values import StreakState
from renown_server.streaks.standing import end_of_day, frozen_within
from renown_server.streaks.state import EndedRun, StreakEnd, keep


def end_of_run(player: PlayerState, state: StreakState, run: Run) -> tuple[int, StreakEnd]:
    """When and why a streak that is over ended."""
    cut = tuple([span for span in state.runs if span[1] <= run.last_day])
    needed = streak_days.needed_day(msgspec.structs.replace(state, runs=cut), player.time_zone)
    reason = StreakEnd.REVOKED if needed in state.revoked else StreakEnd.MISSED
    return end_of_day(player, needed), reason


def put_aside(
    work: Work,
    player: PlayerState,
    streak: Streak,
    before: StreakState,
    state: StreakState,
    fallen: tuple[Run, ...],
) -> None:
    """Stores the days that the packed state has no room for."""
    zone = player.time_zone
    whole = msgspec.structs.replace(
        state, runs=(*[(run.start_day, run.last_day) for run in fallen], *state.runs)
    )
    ends = {run.last_day for run in streak_days.history(whole, zone)}
    for run in fallen:
        ended_us = 0
        reason = StreakEnd.NOT_ENDED
        if run.last_day in ends:
            ended_us, reason = end_of_run(player, whole, run)
        following = min([span[0] for span in whole.runs if span[0] > run.last_day], default=0)
        kept = EndedRun(
            player.player_id,
            streak.id,
            start_day=run.start_day,
            end_day=run.last_day,
            length=run.length,
            frozen_days=0 if ended_us else frozen_within(before, run.start_day, following, zone),
            ended_us=ended_us,
            reason=reason,
        )
        keep(work, kept)


def reset(work: Work, player: PlayerState) -> None:
    """Ends all of a player's streaks: a prestige. Frozen days stay frozen.

    What happened before counts no more, late activities included; today does not count again.
    """
    progress = work.slice(ProgressBook).progress(player.player_id)
    today = day_of(player, work.now_us)
    streaks = work.catalog.progression.streaks
    for streak_id, state in list(progress.streaks.items()):
        for at, run in enumerate(reversed(streak_days.history(state, player.time_zone))):
            ended_us, reason = end_of_run(player, state, run)
            if not at and ended_us > work.now_us:
                ended_us, reason = work.now_us, StreakEnd.PRESTIGE
            keep(
                work,
                EndedRun(
                    player.player_id,
                    streak_id,
                    start_day=run.start_day,
                    end_day=run.last_day,
                    length=run.length,
                    frozen_days=frozen_within(state, run.start_day, run.last_day, player.time_zone),
                    ended_us=ended_us,
                    reason=reason,
                ),
            )
        progress.edit_streaks(work)[streak_id] = _started_over(state, today)
        rule = streaks[streak_id].rule if streak_id in streaks else f"streak:{streak_id}"
        progress.set_due(work, rule, 0)


def _started_over(state: StreakState, today: int) -> StreakState:
    last_day = state.runs[-1][1] if state.runs else 0
    longest = max(state.longest, state.past_longest)
    return StreakState(
        frozen=state.frozen,
        longest=longest,
        past_longest=longest,
        # An activity may be of tomorrow already.
        reset_day=max(state.reset_day, last_day, today - 1),
    )
