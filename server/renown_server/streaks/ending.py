"""How streaks go on or end as time passes, and where they are kept; pure."""

from __future__ import annotations

import msgspec

from renown_server.catalog.streaks import Streak
from renown_server.engine.facts import StreakAtRisk, StreakBroken
from renown_server.engine.work import Work
from renown_server.profile.state import PlayerState
from renown_server.progress import streak_days
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import StreakState
from renown_server.streaks.standing import ends_of, length_on


def broken(work: Work, player: PlayerState, streak: Streak, state: StreakState) -> StreakState:
    """Tells of the end of the latest streak."""
    run = streak_days.history(state, player.time_zone)[-1]
    work.emit(
        player.player_id,
        StreakBroken(
            rule=streak.rule,
            streak=streak.id,
            length=run.length,
            start_day=run.start_day,
            end_day=run.last_day,
        ),
    )
    return msgspec.structs.replace(state, broken_day=run.last_day)


def save(work: Work, player: PlayerState, streak: Streak, state: StreakState) -> None:
    """Keeps a streak's state, and notes when something has to happen by itself."""
    progress = work.slice(ProgressBook).progress(player.player_id)
    if progress.streaks.get(streak.id) is not state:
        progress.edit_streaks(work)[streak.id] = state
    progress.set_due(work, streak.rule, next_due(player, streak, state, work.now_us))


def next_due(player: PlayerState, streak: Streak, state: StreakState, now_us: int) -> int:
    """When a player is to be told something; at once if that has gone by. 0 if there is nothing."""
    ends = ends_of(player, streak, state)
    if ends is None or state.broken_day >= state.runs[-1][1]:
        return 0
    if ends.risk_us < ends.breaks_us and state.at_risk_day < ends.needed_day:
        return max(ends.risk_us, now_us)
    return max(ends.breaks_us, now_us)


def pass_time(work: Work, player: PlayerState) -> None:
    """Tells what has happened to a player's streaks by itself: they are at risk, or broken.

    Each is told once, however often and however late this is called; who comes back after days is
    told of the end only.
    """
    progress = work.slice(ProgressBook).progress(player.player_id)
    streaks = work.catalog.progression.streaks
    for streak_id, state in list(progress.streaks.items()):
        streak = streaks.get(streak_id)
        if streak is None:
            progress.set_due(work, f"streak:{streak_id}", 0)
        else:
            settle(work, player, streak, state)


def settle(work: Work, player: PlayerState, streak: Streak, state: StreakState) -> None:
    """Tells what has happened to a streak by itself, and notes what comes next."""
    ends = ends_of(player, streak, state)
    if ends is not None and state.broken_day < state.runs[-1][1]:
        if work.now_us >= ends.breaks_us:
            state = broken(work, player, streak, state)
        elif ends.risk_us <= work.now_us and state.at_risk_day < ends.needed_day:
            length = length_on(state, ends.needed_day, player.time_zone)
            work.emit(
                player.player_id,
                StreakAtRisk(
                    rule=streak.rule,
                    streak=streak.id,
                    current=length,
                    breaks_us=ends.breaks_us,
                ),
            )
            state = msgspec.structs.replace(state, at_risk_day=ends.needed_day)
    save(work, player, streak, state)
