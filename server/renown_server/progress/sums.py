"""Counting each condition by itself, or all of them by days and weeks; pure."""

from __future__ import annotations

from bisect import bisect_left, insort

from renown_server.catalog.criteria import (
    Condition,
    ConstraintType,
    Criteria,
    Operator,
    TimeFrame,
)
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.snapshot import MetricAggregation
from renown_server.engine.signals import Signal
from renown_server.progress.days import window_name
from renown_server.progress.plans import BREAKS, NOT_TAKEN, Mode, Plan, distinct_value, taken
from renown_server.progress.standing import Standing
from renown_server.progress.tallies import seen_entry
from renown_server.progress.values import Tally

SEEN_MAX = 1_000
"""How many different values of a condition are remembered, of each of its windows."""

SEEN_WHOLE_MAX = 4 * SEEN_MAX
"""How many of all its windows together: beyond, the earliest one is forgotten."""

_CONSTRAINT_FRAMES = {
    ConstraintType.DAILY: TimeFrame.DAY,
    ConstraintType.WEEKLY: TimeFrame.WEEK,
}


class Draft:
    """A tally that is being changed.

    Attributes:
        counts: as the tally's, filled up.
        windows: as the tally's; a copy once it changed.
        seen: as the tally's, filled up; a copy once it changed.
        moved: whether anything changed.
        window: the window that changed last.
    """

    __slots__ = ("_plan", "counts", "moved", "seen", "window", "windows")

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._plan = plan
        self.counts = list(tally.counts) or [0] * plan.width
        self.windows = tally.windows
        self.seen = tally.seen
        self.moved = False
        self.window = ""

    def put(self, place: int, amount: int, signal: Signal, window: str) -> None:
        """Counts what a condition took of a signal, in a window or for all time."""
        cells = self.cells(window) if window else self.counts
        if not self._changed(cells, place, amount, signal, window):
            return
        self.moved = True
        if window:
            self.keep(window, cells)
            item = self._plan.criteria.conditions[place]
            now = value_of(self._plan, cells, place)
            best = self.counts[place]
            self.counts[place] = now if now is not None and better(item, now, best) else best
            if self._plan.modes[place] is Mode.AGGREGATE:
                self.counts[len(self._plan.modes) + place] = 1

    def cells(self, window: str) -> list[int]:
        """The counts of a window."""
        return list(self.windows.get(window, ())) or [0] * self._plan.width

    def keep(self, window: str, cells: list[int]) -> None:
        """Sets the counts of a window."""
        self.windows = {**self.windows, window: tuple(cells)}
        self.window = window

    def _changed(
        self, cells: list[int], place: int, amount: int, signal: Signal, window: str
    ) -> bool:
        mode = self._plan.modes[place]
        if amount == BREAKS:
            broken, cells[place] = cells[place], 0
            return broken > 0
        if mode is Mode.DISTINCT:
            return self._is_new(place, signal, window) and _add(cells, place, 1)
        if mode is Mode.AGGREGATE:
            return _aggregate(self._plan, cells, place, amount, signal.occurred_us)
        return _add(cells, place, amount)

    def _is_new(self, place: int, signal: Signal, window: str) -> bool:
        """Remembers a value, if it has not been counted."""
        item = self._plan.criteria.conditions[place]
        value = distinct_value(item, signal.activity)
        if not value:
            return False
        entry = seen_entry(value, window)
        seen = [list(each) for each in self.seen] or [[] for _ in self._plan.modes]
        if entry in seen[place] or _in_window(seen[place], window) >= SEEN_MAX:
            return False
        if len(seen[place]) >= SEEN_WHOLE_MAX:
            earliest = _earliest(self.windows, window)
            if not earliest:
                return False
            self.windows = {name: it for name, it in self.windows.items() if name != earliest}
            seen = [[it for it in each if not it.startswith(f"{earliest}/")] for each in seen]
        insort(seen[place], entry)
        self.seen = tuple(tuple(each) for each in seen)
        return True


def _in_window(seen: list[str], window: str) -> int:
    """How many of the values remembered belong to a window; all of them without one."""
    if not window:
        return len(seen)
    # "0" comes right after the "/" behind a window's name.
    return bisect_left(seen, f"{window}0") - bisect_left(seen, f"{window}/")


def _earliest(windows: dict[str, tuple[int, ...]], window: str) -> str:
    """The earliest window before another one; empty if there is none, as before a season."""
    if not window or window.startswith("s:"):
        return ""
    before = [name for name in windows if name[0] == window[0] and int(name[1:]) < int(window[1:])]
    return min(before, key=lambda name: int(name[1:]), default="")


def frame_window(
    criteria: Criteria, item: Condition, standing: Standing, moment_us: int
) -> str | None:
    """The window in which a condition counts at a moment; empty for all time, None for nowhere."""
    constrained = _CONSTRAINT_FRAMES.get(criteria.constraint)
    if constrained is not None:
        return window_name(standing.player, standing.catalog, constrained, "", moment_us)
    if item.frame is TimeFrame.ALL:
        return ""
    return window_name(standing.player, standing.catalog, item.frame, item.season, moment_us)


def value_of(plan: Plan, cells: list[int] | tuple[int, ...], place: int) -> int | None:
    """The value of a condition that is counted; None if there is none yet."""
    if not cells:
        return None if plan.modes[place] is Mode.AGGREGATE else 0
    if plan.modes[place] is not Mode.AGGREGATE:
        return cells[place]
    beside = cells[len(plan.modes) + place]
    if not beside:
        return None
    if plan.aggregations[place] is MetricAggregation.AVERAGE and beside > 0:
        return cells[place] // beside
    return cells[place]


def better(item: Condition, value: int, than: int) -> bool:
    """Whether a value comes nearer to what is asked for, or meets it where another does not.

    The other one is 0 when there is none.
    """
    match item.operator:
        case Operator.AT_LEAST | Operator.MORE_THAN:
            return value > than
        case _:
            # What is met by small values is met by none at all: the latest is kept.
            return True


def count(plan: Plan, tally: Tally, signal: Signal, standing: Standing) -> Draft:
    """Counts a signal for every condition that takes it."""
    draft = Draft(plan, tally)
    for place, item in enumerate(plan.criteria.conditions):
        count_one(plan, draft, place, item, signal, standing)
    return draft


def count_one(
    plan: Plan, draft: Draft, place: int, item: Condition, signal: Signal, standing: Standing
) -> None:
    """Counts a signal for one condition."""
    if plan.modes[place] is Mode.STANDING:
        return
    amount = taken(plan.criteria, item, signal)
    if amount == NOT_TAKEN:
        return
    window = frame_window(plan.criteria, item, standing, signal.occurred_us)
    if window is not None:
        draft.put(place, amount, signal, window)


def take_back(plan: Plan, tally: Tally, signal: Signal, standing: Standing) -> Draft:
    """Takes back what a signal added to sums and averages."""
    draft = Draft(plan, tally)
    if plan.in_order or plan.criteria.in_a_row:
        return draft
    for place, item in enumerate(plan.criteria.conditions):
        amount = taken(plan.criteria, item, signal)
        if amount < 0 or not _can_take_back(plan, place):
            continue
        window = frame_window(plan.criteria, item, standing, signal.occurred_us)
        if window is None or (window and window not in draft.windows):
            continue
        cells = draft.cells(window) if window else draft.counts
        before = value_of(plan, cells, place)
        if not _take(plan, cells, place, amount):
            continue
        draft.moved = True
        if window:
            draft.keep(window, cells)
            if draft.counts[place] == before:
                draft.counts[place] = _best(plan, draft, place, item)
    return draft


def _can_take_back(plan: Plan, place: int) -> bool:
    mode = plan.modes[place]
    return mode is Mode.SUM or (
        mode is Mode.AGGREGATE
        and plan.aggregations[place] in (MetricAggregation.COUNTER, MetricAggregation.AVERAGE)
    )


def _take(plan: Plan, cells: list[int], place: int, amount: int) -> bool:
    before = cells[place]
    if plan.modes[place] is Mode.AGGREGATE:
        beside = len(plan.modes) + place
        if cells[beside] <= 0:
            return False
        cells[place], cells[beside] = max(0, before - amount), cells[beside] - 1
        return True
    cells[place] = max(0, before - amount)
    return cells[place] != before


def _best(plan: Plan, draft: Draft, place: int, item: Condition) -> int:
    """The best value of the windows that are kept."""
    best = 0
    for cells in draft.windows.values():
        value = value_of(plan, cells, place)
        if value is not None and better(item, value, best):
            best = value
    return best


def _add(cells: list[int], place: int, amount: int) -> bool:
    cells[place] = min(AMOUNT_MAX, cells[place] + amount)
    return amount > 0


def _aggregate(plan: Plan, cells: list[int], place: int, amount: int, occurred_us: int) -> bool:
    """Brings an amount to a value that may have been another aggregation's before.

    Only sums and averages count their amounts. The others have a number below 0, of a latest value
    its moment, so that none is taken for the other: an average begins anew without a count.
    """
    beside = len(plan.modes) + place
    value, others = cells[place], cells[beside]
    match plan.aggregations[place]:
        case MetricAggregation.LATEST:
            if others < 0 and occurred_us < -others:
                return False
            value, others = amount, min(-1, -occurred_us)
        case MetricAggregation.MAX:
            value, others = max(value, amount) if others else amount, -1
        case MetricAggregation.MIN:
            value, others = min(value, amount) if others else amount, -1
        case MetricAggregation.GAUGE:
            value, others = amount, -1
        case MetricAggregation.AVERAGE if others <= 0:
            value, others = amount, 1
        case _:
            value, others = min(AMOUNT_MAX, value + amount), max(0, others) + 1
    cells[place], cells[beside] = value, others
    return True
