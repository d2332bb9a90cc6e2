"""Freezing days: they will be no gap; pure."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from renown_server.engine.facts import StreakFrozen
from renown_server.engine.work import Work
from renown_server.errors import FreezeLimit, InvalidArgument, NotFreezable
from renown_server.profile.days import day_of, exists, month_of
from renown_server.profile.state import PlayerState
from renown_server.progress import streak_days
from renown_server.progress.state import ProgressBook
from renown_server.streaks.ending import save
from renown_server.streaks.prices import charge
from renown_server.streaks.standing import NO_DAYS, definition, frozen_in_month


def freeze(work: Work, player: PlayerState, streak_id: str, from_day: int, to_day: int) -> None:
    """Freezes the days of a span, both ends included. Those that are frozen already cost nothing.

    Raises:
        StreakNotFound: the catalog has none.
        NotFreezable: the streak can't be frozen, or too many separate days are.
        InvalidArgument: a day has passed, or is too far ahead, or the span is none.
        FreezeLimit: too many days of a month.
        InsufficientFunds, InsufficientItems, ItemEquipped, PriceOutOfRange: it can't be paid.
    """
    streak = definition(work, streak_id)
    terms = streak.freeze
    if terms is None:
        raise NotFreezable(streak_id, "its days can't be frozen")
    zone = player.time_zone
    today = day_of(player, work.now_us)
    _check_span(today, from_day, to_day, terms.ahead_max_days)
    streaks = work.slice(ProgressBook).progress(player.player_id).streaks
    state = streaks.get(streak_id, NO_DAYS)
    new = [
        day
        for day in range(from_day, to_day + 1)
        if exists(zone, day) and not streak_days.is_frozen(state, day)
    ]
    if not new:
        return
    for month, count in Counter(map(month_of, new)).items():
        if frozen_in_month(state, month, zone) + count > terms.days_per_month_max:
            raise FreezeLimit(streak_id, terms.days_per_month_max)
    charge(work, player.player_id, terms, len(new), rule=streak.rule)
    ahead = [last for _, last in (*state.frozen, *_spans(new)) if last >= today]
    for first, last in _spans(new):
        state = streak_days.freeze(state, first, last, zone)
        work.emit(
            player.player_id,
            StreakFrozen(rule=streak.rule, streak=streak_id, from_day=first, to_day=last),
        )
    if not all(streak_days.is_frozen(state, day) for day in ahead):
        # A state keeps so many spans; what was paid for must not fall out before its day.
        raise NotFreezable(streak_id, "too many separate days are frozen")
    save(work, player, streak, state)


def _check_span(today: int, from_day: int, to_day: int, ahead_max_days: int) -> None:
    if to_day < from_day:
        raise InvalidArgument("to_date", "lies before the first day")
    if from_day < today:
        raise InvalidArgument("from_date", "has passed")
    if to_day > today + ahead_max_days:
        raise InvalidArgument("to_date", f"lies more than {ahead_max_days} days ahead")


def _spans(days: list[int]) -> list[tuple[int, int]]:
    """Ascending days as spans."""
    spans = []
    for _, group in groupby(enumerate(days), lambda each: each[1] - each[0]):
        together = [day for _, day in group]
        spans.append((together[0], together[-1]))
    return spans
