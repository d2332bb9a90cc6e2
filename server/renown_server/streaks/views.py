"""Streaks as players see them: all of it follows from dates, at the moment it is asked; pure."""

from __future__ import annotations

import msgspec

from renown_server.catalog.goods import ItemAmount, Reward
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.openness import open_reward
from renown_server.catalog.progression import Progression
from renown_server.catalog.streaks import Streak
from renown_server.profile.days import day_of, month_of
from renown_server.profile.state import PlayerState
from renown_server.progress import streak_days
from renown_server.progress.values import StreakState
from renown_server.streaks.past import end_of_run
from renown_server.streaks.prices import items_of, price_of
from renown_server.streaks.repairing import offer_of
from renown_server.streaks.standing import (
    ends_of,
    factor_of,
    frozen_days,
    frozen_in_month,
    frozen_within,
)
from renown_server.streaks.state import StreakEnd


class GoalView(msgspec.Struct, frozen=True):
    """The next milestone."""

    days: int
    remaining_days: int
    reward: Reward


class RepairView(msgspec.Struct, frozen=True):
    """What it takes to make a broken streak whole."""

    price: CurrencyAmounts
    items: tuple[ItemAmount, ...]
    days: int
    missed: tuple[int, ...]
    until_us: int


class StreakView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a streak stands. Days are days since 1970; a day or moment of 0 is none.

    Attributes:
        streak_id: which.
        name: for people.
        bonus_bp: the factor of an activity's XP now.
        current: its days; 0 if it is broken or was never begun.
        longest: the days of the longest one.
        start_day: the first day of the current one.
        last_day: the latest day that counted.
        active_today: whether today counts already.
        frozen: frozen days from the current one's start on.
        freezes_left: how many more days of this month can be frozen.
        at_risk: whether it breaks soon.
        breaks_us: when it breaks, microseconds since 1970.
        goal: the next milestone.
        repair: how the last one can be repaired.
    """

    streak_id: str
    name: str
    bonus_bp: int
    current: int = 0
    longest: int = 0
    start_day: int = 0
    last_day: int = 0
    active_today: bool = False
    frozen: tuple[int, ...] = ()
    freezes_left: int = 0
    at_risk: bool = False
    breaks_us: int = 0
    goal: GoalView | None = None
    repair: RepairView | None = None


class RunView(msgspec.Struct, frozen=True):
    """A streak from its first to its last day; see `state.EndedRun`."""

    streak_id: str
    start_day: int
    end_day: int
    length: int
    frozen_days: int
    ended_us: int
    reason: int


def view(
    player: PlayerState, streak: Streak, state: StreakState, known: Progression, now_us: int
) -> StreakView:
    """Where a streak stands at a moment."""
    zone, today = player.time_zone, day_of(player, now_us)
    ends = ends_of(player, streak, state)
    alive = ends is not None and now_us < ends.breaks_us
    current, start_day = 0, 0
    if ends is not None and alive:
        current, start_day = streak_days.current(state, ends.needed_day, zone)
    # What counted before a prestige does not count again.
    active_today = today <= state.reset_day or streak_days.counted(state, today)
    last_day = state.runs[-1][1] if state.runs else 0
    return StreakView(
        streak_id=streak.id,
        name=streak.name,
        bonus_bp=factor_of(streak, _length_next(streak, state, today, current, active_today)),
        current=current,
        longest=max(state.longest, state.past_longest),
        start_day=start_day,
        last_day=last_day,
        active_today=active_today,
        frozen=tuple(frozen_days(state, zone, start_day or today)),
        freezes_left=_freezes_left(streak, state, today, zone),
        at_risk=ends is not None and ends.risk_us <= now_us < ends.breaks_us,
        breaks_us=ends.breaks_us if ends is not None and alive else 0,
        goal=_goal(streak, known, current),
        repair=_repair(player, streak, state, now_us),
    )


def _length_next(
    streak: Streak, state: StreakState, today: int, current: int, active_today: bool
) -> int:
    """The length that gives its bonus to an activity now, which may make today count."""
    if active_today:
        return current
    enough = dict(state.counts).get(today, 0) + 1 >= streak.per_day
    return current + 1 if enough else current


def _freezes_left(streak: Streak, state: StreakState, today: int, zone: str) -> int:
    if streak.freeze is None:
        return 0
    used = frozen_in_month(state, month_of(today), zone)
    return max(0, streak.freeze.days_per_month_max - used)


def _goal(streak: Streak, known: Progression, current: int) -> GoalView | None:
    for days, reward in streak.milestones:
        if days > current:
            return GoalView(days, days - current, open_reward(known, reward))
    return None


def _repair(
    player: PlayerState, streak: Streak, state: StreakState, now_us: int
) -> RepairView | None:
    offer = offer_of(player, streak, state, now_us)
    if offer is None:
        return None
    price = price_of(offer.terms, len(offer.missed))
    if any(amount > AMOUNT_MAX for _, amount in price):
        return None
    items = items_of(offer.terms, len(offer.missed))
    return RepairView(price, items, offer.days, offer.missed, offer.until_us)


def runs_of(player: PlayerState, streak_id: str, state: StreakState, now_us: int) -> list[RunView]:
    """The streaks that a state knows, oldest first; the last one may still go on."""
    zone = player.time_zone
    found = []
    for run in streak_days.history(state, zone):
        ended_us, reason = end_of_run(player, state, run)
        if run.last_day == state.runs[-1][1] and now_us < ended_us:
            ended_us, reason = 0, StreakEnd.NOT_ENDED
        frozen = frozen_within(state, run.start_day, run.last_day, zone)
        found.append(
            RunView(
                streak_id,
                run.start_day,
                run.last_day,
                run.length,
                frozen,
                ended_us,
                int(reason),
            )
        )
    return found


def with_past(recent: list[RunView], past: list[RunView]) -> list[RunView]:
    """All streaks of one streak activity, oldest first: those stored, then those of the state.

    A stored one that has not ended is the beginning of what comes next.
    """
    found: list[RunView] = []
    for run in [*past, *recent]:
        if found and not found[-1].ended_us:
            begun = found[-1]
            found[-1] = msgspec.structs.replace(
                run,
                start_day=begun.start_day,
                length=begun.length + run.length,
                frozen_days=begun.frozen_days + run.frozen_days,
            )
        else:
            found.append(run)
    return found
