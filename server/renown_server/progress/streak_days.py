"""A streak as a function of dates; pure.

Days are days since 1970, by the player's zone when something happened. A streak is a chain of days
that counted; days between two of them are no gap if they were frozen, repaired, or don't exist in
the zone. Those don't count: only days with activity do.

All functions give a new state, and the same one if nothing changed::

    state, fallen = add_day(state, day, zone)
    length, start_day = current(state, today, zone)
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import msgspec

from renown_server.profile.days import exists
from renown_server.progress.values import StreakState

SPANS_MAX = 200
"""How many spans of a kind a state keeps; the oldest fall out."""

Span = tuple[int, int]
"""The first day and the last day."""


class Run(NamedTuple):
    """A streak, ended or not: from its first to its last day, `length` of which counted."""

    start_day: int
    last_day: int
    length: int


NO_STREAK = (0, 0)


def add_day(state: StreakState, day: int, zone: str) -> tuple[StreakState, tuple[Run, ...]]:
    """Counts a day, which may be a late one.

    Returns:
        The state, and the streaks whose days fell out of it, to be stored elsewhere: those that
        were cut off are complete only together with what fell out before.
    """
    runs = _with_span(state.runs, (day, day))
    if runs is state.runs:
        return state, ()
    kept = runs[-SPANS_MAX:]
    fallen = tuple(Run(first, last, last - first + 1) for first, last in runs[:-SPANS_MAX])
    length = _length_around(state, runs, day, zone)
    past = state.past_longest
    if fallen:
        whole = history(msgspec.structs.replace(state, runs=runs), zone)
        past = max(past, *[run.length for run in whole if run.start_day < kept[0][0]])
    added = msgspec.structs.replace(
        state, runs=kept, longest=max(state.longest, length), past_longest=past
    )
    if fallen:
        added = _paid_as(msgspec.structs.replace(added, runs=runs), added, zone)
    return added, fallen


def remove_day(state: StreakState, day: int, zone: str) -> StreakState:
    """Takes back a day: nothing that was done on it counts any more."""
    runs = _without_day(state.runs, day)
    if runs is state.runs:
        return state
    left = msgspec.structs.replace(state, runs=runs)
    best = max([run.length for run in history(left, zone)], default=0)
    return msgspec.structs.replace(left, longest=max(best, state.past_longest))


def freeze(state: StreakState, from_day: int, to_day: int, zone: str) -> StreakState:
    """Makes the days of a span no gap, both ends included."""
    frozen = _with_span(state.frozen, (from_day, to_day))
    if frozen is state.frozen:
        return state
    whole = _bridged(msgspec.structs.replace(state, frozen=frozen), to_day, zone)
    if len(frozen) <= SPANS_MAX:
        return whole
    return _paid_as(whole, msgspec.structs.replace(whole, frozen=frozen[-SPANS_MAX:]), zone)


def repair(state: StreakState, days: Iterable[int], zone: str) -> StreakState:
    """Makes days that were missed no gap."""
    repaired = tuple(sorted({*state.repaired, *days}))
    if repaired == state.repaired:
        return state
    whole = _bridged(msgspec.structs.replace(state, repaired=repaired), repaired[-1], zone)
    if len(repaired) <= SPANS_MAX:
        return whole
    return _paid_as(whole, msgspec.structs.replace(whole, repaired=repaired[-SPANS_MAX:]), zone)


def current(state: StreakState, today: int, zone: str) -> tuple[int, int]:
    """The streak that still goes on: it may end yesterday, today is not over.

    Returns:
        Its days that counted and its first day; (0, 0) if there is none.
    """
    if not state.runs or needed_day(state, zone) < today:
        return NO_STREAK
    run = _run_to(state, len(state.runs) - 1, zone)
    return run.length, run.start_day


def longest(state: StreakState) -> int:
    """The days of the longest streak there ever was."""
    return state.longest


def needed_day(state: StreakState, zone: str) -> int:
    """The first day after the last that counted on which something has to be done.

    The streak is broken when that day is over without. 0 if no day has counted.
    """
    return _open_after(state, state.runs[-1][1], zone) if state.runs else 0


def missed(state: StreakState, today: int, zone: str) -> tuple[int, ...]:
    """The days that broke the streak: what a repair has to pay for; empty if it goes on."""
    if not state.runs:
        return ()
    days = []
    day = needed_day(state, zone)
    while day < today:
        days.append(day)
        day = _open_after(state, day, zone)
    return tuple(days)


def counted(state: StreakState, day: int) -> bool:
    """Whether a day counted."""
    return _within(state.runs, day)


def is_frozen(state: StreakState, day: int) -> bool:
    """Whether a day was frozen; it may have counted all the same."""
    return _within(state.frozen, day)


def history(state: StreakState, zone: str) -> tuple[Run, ...]:
    """All streaks that the state knows, oldest first; the last one may still go on."""
    found: list[Run] = []
    for first, last in state.runs:
        length = last - first + 1
        if found and _open_after(state, found[-1].last_day, zone) >= first:
            found[-1] = Run(found[-1].start_day, last, found[-1].length + length)
        else:
            found.append(Run(first, last, length))
    return tuple(found)


def _run_to(state: StreakState, at: int, zone: str) -> Run:
    """The streak up to the end of a span."""
    runs = state.runs
    first, end = runs[at]
    length = end - first + 1
    while at and _open_after(state, runs[at - 1][1], zone) >= first:
        at -= 1
        length += runs[at][1] - runs[at][0] + 1
        first = runs[at][0]
    return Run(first, end, length)


def _length_around(state: StreakState, runs: tuple[Span, ...], day: int, zone: str) -> int:
    """The length of the streak that holds a day that has just been added."""
    changed = msgspec.structs.replace(state, runs=runs)
    if runs[-1][1] == day:
        return _run_to(changed, len(runs) - 1, zone).length
    return max(run.length for run in history(changed, zone) if run.start_day <= day <= run.last_day)


def _paid_as(whole: StreakState, cut: StreakState, zone: str) -> StreakState:
    """What is left of a whole state: what a streak was paid stays paid, and how long it was.

    A streak that loses its oldest days begins later, or falls apart. It must not be paid anew.
    """
    runs, parts = history(whole, zone), history(cut, zone)
    marks: list[tuple[int, int]] = []
    for run in runs:
        paid = [days for first, days in whole.paid if run.start_day <= first <= run.last_day]
        starts = [each.start_day for each in parts if run.start_day <= each.start_day]
        marks += [(start, max(paid)) for start in starts if paid and start <= run.last_day]
    best = max([run.length for run in runs], default=0)
    # The longest may be one that the state knows in parts only.
    shown = max([part.length for part in parts], default=0)
    past = cut.past_longest if shown >= best else max(cut.past_longest, best)
    return msgspec.structs.replace(cut, paid=tuple(sorted(marks)), past_longest=past)


def _bridged(state: StreakState, day: int, zone: str) -> StreakState:
    """The state with its longest streak, after a gap may have been closed."""
    if not state.runs or day < state.runs[0][0]:
        return state
    best = max(run.length for run in history(state, zone))
    return msgspec.structs.replace(state, longest=max(state.longest, best))


def _open_after(state: StreakState, day: int, zone: str) -> int:
    """The first day after another that is a gap unless it counts."""
    day += 1
    while True:
        end = _end_of_span(state.frozen, day)
        if end:
            day = end + 1
        elif day in state.repaired or not exists(zone, day):
            day += 1
        else:
            return day


def _end_of_span(spans: tuple[Span, ...], day: int) -> int:
    for first, last in reversed(spans):
        if first <= day:
            return last if day <= last else 0
    return 0


def _within(spans: tuple[Span, ...], day: int) -> bool:
    return any(first <= day <= last for first, last in reversed(spans))


def _with_span(spans: tuple[Span, ...], added: Span) -> tuple[Span, ...]:
    """Spans with another one, merged with those that it touches."""
    first, last = added
    if spans:
        latest = spans[-1]
        if latest[0] <= first and last <= latest[1]:
            return spans
        if latest[1] + 1 < first:
            return (*spans, added)
    before = [span for span in spans if span[1] + 1 < first]
    after = [span for span in spans if span[0] > last + 1]
    touched = spans[len(before) : len(spans) - len(after)]
    if touched:
        first, last = min(first, touched[0][0]), max(last, touched[-1][1])
        if touched == ((first, last),):
            return spans
    return (*before, (first, last), *after)


def _without_day(spans: tuple[Span, ...], day: int) -> tuple[Span, ...]:
    for at, (first, last) in enumerate(spans):
        if first <= day <= last:
            rest = [span for span in ((first, day - 1), (day + 1, last)) if span[0] <= span[1]]
            return (*spans[:at], *rest, *spans[at + 1 :])
    return spans


def is_whole(spans: tuple[Span, ...]) -> bool:
    """Whether spans are as a state keeps them: ascending and not touching."""
    return all(first <= last for first, last in spans) and all(
        one[1] + 1 < two[0] for one, two in pairwise(spans)
    )
