"""Taking back a day of a streak because what was done on it was revoked; pure.

A day stands as long as enough is left of what was done on it. That is not counted while days pass,
which would be a write for each activity: it is read when an activity is revoked.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from renown_server.catalog.goods import Reward
from renown_server.catalog.streaks import Streak
from renown_server.engine.facts import ActivityRecorded, StreakDayRemoved
from renown_server.engine.records import RecordBook
from renown_server.engine.work import Work
from renown_server.profile.days import DAY_US, day_end_us, day_of, day_start_us
from renown_server.profile.state import PlayerState
from renown_server.progress import streak_days
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import StreakState
from renown_server.streaks.ending import save, settle
from renown_server.streaks.standing import NO_DAYS, run_around
from renown_server.streaks.state import DayActivity, DayBook, Span

STANDS_AFTER_DAYS = 60
"""A day that lies further back stays as it is, whatever is revoked: how many activities there were
is found by reading all that came later."""

REVOKED_MAX = 50
"""How many days that were taken back a state remembers: they tell why a streak ended."""

FUTURE_US = 60_000_000
"""How far ahead of the clock an activity may lie."""


class Removed(NamedTuple):
    """A day that counts no more, for who claws back what it paid.

    Attributes:
        streak: the streak.
        day: the day.
        current: the days that are left of the streak it was part of.
        milestones: lengths that were paid, and are reached no more: (days, reward as it is today).
    """

    streak: Streak
    day: int
    current: int
    milestones: tuple[tuple[int, Reward], ...]

    @property
    def daily_reward(self) -> Reward:
        """What the day itself was paid, as it is today."""
        return self.streak.daily_reward


def revoke(
    work: Work, player: PlayerState, activity_type: str, activity_id: str, occurred_us: int
) -> tuple[Removed, ...]:
    """Takes back what an activity did for streaks; to be called once for each revoked activity.

    Nobody is asked whether rewards can be taken back: that is the caller's business.

    Args:
        work: the batch.
        player: whose activity it was.
        activity_type: its type.
        activity_id: which one; it may be in the records still.
        occurred_us: when it happened, microseconds since 1970.

    Returns:
        The days that count no more.

    Raises:
        NotLoaded: more must be known.
    """
    progression = work.catalog.progression
    states = work.slice(ProgressBook).progress(player.player_id).streaks
    day = day_of(player, occurred_us)
    removed = []
    for streak_id in progression.listeners.streaks.get(activity_type, ()):
        streak = progression.streaks[streak_id]
        state = states.get(streak_id, NO_DAYS)
        counts = dict(state.counts)
        if day in counts:
            counts[day] -= 1
            left = tuple(sorted([each for each in counts.items() if each[1] > 0]))
            save(work, player, streak, msgspec.structs.replace(state, counts=left))
        elif streak_days.counted(state, day) and _may_fall(player, work, day):
            standing = _standing(work, player, streak_id, day, activity_id)
            if standing < streak.per_day:
                removed.append(remove_day(work, player, streak, day, standing))
    revoked = work.slice(DayBook).revoked(player.player_id)
    work.touch(revoked)
    revoked.activity_ids = revoked.activity_ids | {activity_id}
    return tuple(removed)


def _may_fall(player: PlayerState, work: Work, day: int) -> bool:
    return day_of(player, work.now_us) - day <= STANDS_AFTER_DAYS


def _standing(work: Work, player: PlayerState, streak_id: str, day: int, activity_id: str) -> int:
    """How many activities of a day are left for a streak."""
    listeners = work.catalog.progression.listeners.streaks
    book = work.slice(DayBook)
    gone = book.revoked(player.player_id).activity_ids | {activity_id}
    known = {each.activity_id: each for each in book.activities(_span(work, player, day))}
    known.update({each.activity_id: each for each in _of_this_batch(work, player)})
    return sum(
        each.activity_id not in gone
        and streak_id in listeners.get(each.activity_type, ())
        and day_of(player, each.occurred_us) == day
        for each in known.values()
    )


def _span(work: Work, player: PlayerState, day: int) -> Span:
    """When activities of a day may have been recorded: they may be late."""
    zones = {player.time_zone, *[move.zone for move in player.zones]}
    # A move can hold a day for more than a day.
    first_us = min(day_start_us(zone, day) for zone in zones) - FUTURE_US
    last_us = max(day_end_us(zone, day) for zone in zones) + 2 * DAY_US
    return Span(player.player_id, first_us, last_us + work.catalog.lateness_max_us)


def _of_this_batch(work: Work, player: PlayerState) -> list[DayActivity]:
    return [
        DayActivity(fact.activity_id, fact.activity_type, fact.occurred_at_us)
        for record in work.slice(RecordBook).new_activities
        if record.player_id == player.player_id
        for fact in record.recorded.facts
        if type(fact) is ActivityRecorded
    ]


def remove_day(
    work: Work, player: PlayerState, streak: Streak, day: int, standing: int = 0
) -> Removed:
    """Lets a day that counted count no more.

    Args:
        work: the batch.
        player: whose.
        streak: which.
        day: the day.
        standing: activities of that day that are left; too few.
    """
    zone = player.time_zone
    before = work.slice(ProgressBook).progress(player.player_id).streaks[streak.id]
    run = run_around(before, day, zone)
    assert run is not None, f"{day} does not count for {streak.id}"
    state = streak_days.remove_day(before, day, zone)
    state = msgspec.structs.replace(
        state,
        counts=tuple(sorted([*state.counts, (day, standing)])) if standing else state.counts,
        longest=max(state.longest, state.past_longest),
        revoked=(*state.revoked, day)[-REVOKED_MAX:],
    )
    parts = [
        part
        for part in streak_days.history(state, zone)
        if run.start_day <= part.start_day and part.last_day <= run.last_day
    ]
    paid = max([days for first, days in before.paid if _in(run, first)], default=0)
    state, kept = _marked(streak, state, run, parts, paid)
    # What goes on is what comes after the day, or what came before if nothing does.
    current = parts[-1].length if parts else 0
    work.emit(
        player.player_id,
        StreakDayRemoved(rule=streak.rule, streak=streak.id, day=day, current=current),
    )
    settle(work, player, streak, state)
    lost = tuple([each for each in streak.milestones if kept < each[0] <= paid])
    return Removed(streak, day, current, lost)


def _in(run: streak_days.Run, day: int) -> bool:
    return run.start_day <= day <= run.last_day


def _marked(
    streak: Streak,
    state: StreakState,
    run: streak_days.Run,
    parts: list[streak_days.Run],
    paid: int,
) -> tuple[StreakState, int]:
    """Shares out up to where milestones are paid among what is left of a streak.

    Returns:
        The state, and up to where it is still reached.
    """
    marks = [each for each in state.paid if not _in(run, each[0])]
    kept = 0
    for part in parts:
        reached = [days for days, _ in streak.milestones if days <= min(paid, part.length)]
        if reached:
            marks.append((part.start_day, reached[-1]))
            kept = max(kept, reached[-1])
    return msgspec.structs.replace(state, paid=tuple(sorted(marks))), kept
