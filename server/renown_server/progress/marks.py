"""Counting within a sliding span, or in order within a day or a week, by moments; pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from zlib import crc32

from renown_server.catalog.criteria import ConstraintType, RequirementType, Subject
from renown_server.catalog.limits import AMOUNT_MAX, WITHIN_VALUE_MAX
from renown_server.catalog.snapshot import MetricAggregation
from renown_server.engine.signals import Signal
from renown_server.progress.compare import combined, meets
from renown_server.progress.days import DAY_US
from renown_server.progress.plans import BREAKS, NOT_TAKEN, Mode, Plan, distinct_value, taken
from renown_server.progress.standing import Standing
from renown_server.progress.sums import frame_window
from renown_server.progress.values import Tally

Mark = tuple[int, int, int]
"""The moment, the condition, the amount: of different values a number for each, of a run 0 for
what ends it."""

MARKS_BESIDES = 256
"""How many marks are kept besides those that the values ask for: what comes late meets them."""

_REACHES_US = {ConstraintType.DAILY: 3 * DAY_US, ConstraintType.WEEKLY: 9 * DAY_US}
"""How far back of a moment its day or week may reach, with two days for zones."""


def add(plan: Plan, tally: Tally, signal: Signal, standing: Standing) -> tuple[Mark, ...]:
    """The marks with those that a signal leaves; the same if it leaves none."""
    added = _of_signal(plan, signal)
    if not added:
        return tally.marks
    marks = list(tally.marks)
    for mark in added:
        _insert(plan, marks, mark)
    reach_us = standing.now_us - standing.catalog.lateness_max_us - _reach_us(plan)
    kept = marks[bisect_left(marks, (reach_us, 0, 0)) :][-_marks_max(plan) :]
    return tuple(kept)


def remove(plan: Plan, tally: Tally, signal: Signal) -> tuple[Mark, ...]:
    """The marks without those that a signal left."""
    marks = list(tally.marks)
    for moment_us, place, amount in _of_signal(plan, signal):
        for at, (when_us, other, value) in enumerate(marks):
            if (when_us, other) != (moment_us, place):
                continue
            if plan.modes[place] is Mode.SUM and amount and value > amount:
                marks[at] = (when_us, place, value - amount)
                break
            if value == amount:
                del marks[at]
                break
    left = tuple(marks)
    return tally.marks if left == tally.marks else left


def around(
    plan: Plan, marks: tuple[Mark, ...], moment_us: int, standing: Standing
) -> tuple[bool, int]:
    """What the spans that hold a moment come to.

    Returns:
        Whether one of them meets all that is asked for; the best value of the first condition.
    """
    found = [values(plan, each, standing) for each in _spans(plan, marks, moment_us, standing)]
    conditions = plan.criteria.conditions
    met = [
        combined(plan.criteria, [meets(*pair) for pair in zip(conditions, each, strict=True)])
        for each in found
    ]
    return any(met), max([each[0] or 0 for each in found], default=0)


def _spans(
    plan: Plan, marks: tuple[Mark, ...], moment_us: int, standing: Standing
) -> Iterator[Sequence[Mark]]:
    if plan.criteria.constraint is not ConstraintType.WITHIN:
        yield _of_window(plan, marks, moment_us, standing)
        return
    # It is enough to look at those that end with a mark.
    span_us = plan.criteria.constraint_us
    ends = {mark[0] for mark in _span(marks, moment_us, moment_us + span_us)}
    for end_us in sorted(ends):
        yield _span(marks, end_us - span_us, end_us)


def running(plan: Plan, marks: tuple[Mark, ...], standing: Standing) -> list[int | None]:
    """The values of the conditions within the span that ends now."""
    if plan.criteria.constraint is ConstraintType.WITHIN:
        now_us = standing.now_us
        within = _span(marks, now_us - plan.criteria.constraint_us, now_us)
    else:
        within = _of_window(plan, marks, standing.now_us, standing)
    return values(plan, within, standing)


def values(plan: Plan, marks: Sequence[Mark], standing: Standing) -> list[int | None]:
    """The values of the conditions by the marks of one span."""
    if plan.in_order:
        return _values_in_order(plan, marks)
    by_place: list[list[int]] = [[] for _ in plan.modes]
    for _, place, amount in marks:
        by_place[place].append(amount)
    return [_value(plan, place, amounts) for place, amounts in enumerate(by_place)]


def _values_in_order(plan: Plan, marks: Sequence[Mark]) -> list[int | None]:
    """What each condition got after the one before was met.

    Beginning with the first mark is never worse than beginning later.
    """
    conditions = plan.criteria.conditions
    found: list[int | None] = [0] * len(conditions)
    step, amounts, used_us = 0, list[int](), -1
    for moment_us, place, amount in marks:
        # One activity is one step, even if it is what the next one asks for as well.
        if place != step or moment_us == used_us:
            continue
        amounts.append(amount)
        value = found[step] = _value(plan, step, amounts)
        if meets(conditions[step], value):
            step, amounts, used_us = step + 1, [], moment_us
            if step == len(conditions):
                break
    return found


def _value(plan: Plan, place: int, amounts: list[int]) -> int | None:
    if plan.modes[place] is Mode.DISTINCT:
        return len(set(amounts))
    if plan.criteria.in_a_row:
        run = best = 0
        for amount in amounts:
            run = run + amount if amount else 0
            best = max(best, run)
        return best
    if plan.modes[place] is not Mode.AGGREGATE:
        return min(AMOUNT_MAX, sum(amounts))
    if not amounts:
        return None
    match plan.aggregations[place]:
        case MetricAggregation.MAX:
            return max(amounts)
        case MetricAggregation.MIN:
            return min(amounts)
        case MetricAggregation.AVERAGE:
            return sum(amounts) // len(amounts)
        case MetricAggregation.GAUGE | MetricAggregation.LATEST:
            return amounts[-1]
        case MetricAggregation.COUNTER:
            return min(AMOUNT_MAX, sum(amounts))


def _of_signal(plan: Plan, signal: Signal) -> list[Mark]:
    found: list[Mark] = []
    for place, item in enumerate(plan.criteria.conditions):
        mode = plan.modes[place]
        amount = NOT_TAKEN if mode is Mode.STANDING else taken(plan.criteria, item, signal)
        if amount == BREAKS:
            found.append((signal.occurred_us, place, 0))
            continue
        if amount == NOT_TAKEN or (mode is Mode.SUM and not amount):
            continue
        if mode is Mode.DISTINCT:
            value = distinct_value(item, signal.activity)
            if not value:
                continue
            amount = crc32(value.encode())
        found.append((signal.occurred_us, place, amount))
    return found


def _insert(plan: Plan, marks: list[Mark], mark: Mark) -> None:
    at = bisect_right(marks, mark)
    # What came at one moment is one mark, so that batches don't leave one each. Runs and steps
    # count activities one by one.
    same = plan.modes[mark[1]] is Mode.SUM and not plan.criteria.in_a_row
    for near in (at - 1, at):
        if same and 0 <= near < len(marks) and marks[near][:2] == mark[:2]:
            marks[near] = (*mark[:2], min(AMOUNT_MAX, marks[near][2] + mark[2]))
            return
    marks.insert(at, mark)


def _span(marks: Sequence[Mark], from_us: int, to_us: int) -> Sequence[Mark]:
    """The marks between two moments, both included."""
    first = bisect_left(marks, (from_us, -1, 0))
    return marks[first : bisect_left(marks, (to_us + 1, -1, 0))]


def _of_window(plan: Plan, marks: Sequence[Mark], moment_us: int, standing: Standing) -> list[Mark]:
    """The marks of the day or week that holds a moment."""
    first = plan.criteria.conditions[0]
    wanted = frame_window(plan.criteria, first, standing, moment_us)
    reach_us = _reach_us(plan)
    near = _span(marks, moment_us - reach_us, moment_us + reach_us)
    return [
        mark for mark in near if frame_window(plan.criteria, first, standing, mark[0]) == wanted
    ]


def _reach_us(plan: Plan) -> int:
    criteria = plan.criteria
    return _REACHES_US.get(criteria.constraint, criteria.constraint_us)


def _marks_max(plan: Plan) -> int:
    """How many marks a tally keeps: enough to meet values that come one by one."""
    asked = 0
    for item in plan.criteria.conditions:
        scale = 1
        if item.subject is Subject.METRIC and item.key in plan.metrics and not item.distinct:
            scale = plan.metrics[item.key].scale
        asked += min(WITHIN_VALUE_MAX, item.value // scale)
    if plan.criteria.type is RequirementType.COLLECTION:
        asked = min(asked, WITHIN_VALUE_MAX)
    return MARKS_BESIDES + asked
