"""How far criteria have come: counting signals, and comparing; pure.

`observe` and `subtract` give a new tally, and the same object if nothing moved. What stands in the
player anyway (derived metrics, levels, what is owned) is never counted: `reached` reads it, so ask
it even if no tally moved.
"""

from __future__ import annotations

import msgspec

from renown_server.catalog.criteria import (
    ConstraintType,
    Criteria,
    Logic,
    RequirementType,
    TimeFrame,
)
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.snapshot import MetricAggregation
from renown_server.engine.signals import Signal
from renown_server.progress import marks, sums, tallies
from renown_server.progress.compare import combined, meets
from renown_server.progress.plans import Mode, Plan, Shape, plan_of, taken
from renown_server.progress.reaching import (
    Met,
    Reached,
    loosely_met,
    past_standing,
    reached,
    window_meets,
)
from renown_server.progress.readings import reading
from renown_server.progress.standing import Standing
from renown_server.progress.values import EMPTY_TALLY, Tally

__all__ = ["Met", "Reached", "adds_up", "observe", "reached", "restart", "subtract"]

replace = msgspec.structs.replace

_ADDING = frozenset({RequirementType.COUNTER, RequirementType.TIME_LIMIT, RequirementType.PERFECT})


def observe(criteria: Criteria, tally: Tally, signal: Signal, standing: Standing) -> Tally:
    """Counts a signal.

    Returns:
        The new tally; the same object if the signal moves nothing that is counted.
    """
    plan = plan_of(criteria, standing.catalog)
    shape = plan.shape
    if shape is Shape.PLAIN:
        return _observe_plain(criteria, tally, signal)
    if shape is Shape.DERIVED:
        return tally
    tally = tallies.fitted(plan, tally)
    if shape is Shape.MARKS:
        return _observe_marks(plan, tally, signal, standing)
    if plan.in_order and shape is Shape.LOOSE:
        return _observe_in_order(plan, tally, signal, standing)
    draft = sums.count(plan, tally, signal, standing)
    counted = _closed(plan, tally, draft, signal, standing) if draft.moved else tally
    if counted.met_us:
        return counted
    if shape is Shape.WINDOWS:
        met = draft.moved and window_meets(plan, counted.windows[draft.window], standing)
    else:
        met = loosely_met(plan, counted, standing)
    return _with_met(counted, signal) if met else counted


def subtract(criteria: Criteria, tally: Tally, signal: Signal, standing: Standing) -> Tally:
    """Takes back what `observe` counted of a signal: sums, averages and marks.

    Maxima, latest values, different values, sequences and runs stay. `met_us` is cleared if what
    was met is so no longer for want of what is taken back.

    Args:
        criteria: what is asked for.
        tally: what was counted.
        signal: the signal that was counted, as it was then.
        standing: what stands now, after the player's own values were taken back.

    Returns:
        The new tally; the same object if nothing can be taken back.
    """
    plan = plan_of(criteria, standing.catalog)
    if plan.shape is Shape.DERIVED:
        return tally
    tally = tallies.fitted(plan, tally)
    if plan.shape is Shape.MARKS:
        left = marks.remove(plan, tally, signal)
        if left is tally.marks:
            return tally
        return _emptied(replace(tally, marks=left, counts=tally.counts if left else ()))
    draft = sums.take_back(plan, tally, signal, standing)
    if not draft.moved:
        if tally.met_us and not plan.in_order and _metric_fell(plan, tally, signal, standing):
            return _emptied(replace(tally, met_us=0))
        return tally
    kept = replace(tally, counts=tuple(draft.counts), windows=draft.windows, seen=draft.seen)
    if tally.met_us and _is_lost(plan, tally, kept, draft, standing):
        kept = replace(kept, met_us=0)
    return _emptied(kept)


def adds_up(criteria: Criteria) -> bool:
    """Whether all of it are plain sums that go on: asked for again, more of the same is needed.

    Of such repeatable criteria pass `times` to `reached`; of others `restart` the tally.
    """
    return (
        criteria.type in _ADDING
        and not criteria.in_a_row
        and criteria.logic is not Logic.SEQUENCE
        and criteria.constraint is ConstraintType.NONE
        and all(item.frame is TimeFrame.ALL and not item.distinct for item in criteria.conditions)
    )


def restart(criteria: Criteria, tally: Tally) -> Tally:
    """What is left of a tally for the next time.

    Of sums, what is beyond their targets; of days and weeks, the others than one that met it and
    what is beyond in that one. Else nothing.
    """
    targets = [item.value for item in criteria.conditions]
    if adds_up(criteria):
        counts = tuple(
            max(0, have - value) for have, value in zip(tally.counts, targets, strict=False)
        )
        return _emptied(Tally(counts, tally.updated_us, tally.updated_us)) if any(counts) else (
            EMPTY_TALLY
        )  # fmt: skip
    if len(targets) != 1 or criteria.in_a_row or criteria.conditions[0].distinct:
        return EMPTY_TALLY
    windows = dict(tally.windows)
    spent = next((name for name, cells in windows.items() if cells[:1] >= (targets[0],)), None)
    if spent is None or len(windows[spent]) != 1:
        return EMPTY_TALLY
    windows[spent] = (windows[spent][0] - targets[0],)
    best = max(cells[0] for cells in windows.values())
    if not best:
        return EMPTY_TALLY
    return Tally((best,), tally.updated_us, tally.updated_us, windows=windows)


def _observe_plain(criteria: Criteria, tally: Tally, signal: Signal) -> Tally:
    item = criteria.conditions[0]
    amount = taken(criteria, item, signal)
    if amount <= 0:
        return tally
    total = tally.counts[0] + amount if tally.counts else amount
    total = min(total, AMOUNT_MAX)
    when_us = signal.occurred_us
    started_us, updated_us, met_us = tally.started_us, tally.updated_us, tally.met_us
    if not started_us or when_us < started_us:
        started_us = when_us
    updated_us = max(updated_us, when_us)
    if not met_us and total >= item.value:
        met_us = when_us
    return Tally((total,), started_us, updated_us, 0, tally.windows, (), (), met_us)


def _observe_marks(plan: Plan, tally: Tally, signal: Signal, standing: Standing) -> Tally:
    if tally.met_us:
        return tally
    with_new = marks.add(plan, tally, signal, standing)
    if with_new is tally.marks:
        return tally
    met, best = marks.around(plan, with_new, signal.occurred_us, standing)
    moved = replace(_moved(tally, signal), counts=_best(plan, tally, best))
    if met:
        # What it took to meet it is of no more use.
        return replace(moved, met_us=signal.occurred_us, marks=())
    return replace(moved, marks=with_new)


def _best(plan: Plan, tally: Tally, best: int) -> tuple[int, ...]:
    """The best that a span has come to, if there is one condition: what tiers ask for."""
    if len(plan.modes) > 1:
        return ()
    return (max(tally.counts[0] if tally.counts else 0, best), *[0] * (plan.width - 1))


def _observe_in_order(plan: Plan, tally: Tally, signal: Signal, standing: Standing) -> Tally:
    """Counts for the condition that is next; each only after the one before is met."""
    conditions = plan.criteria.conditions
    step = past_standing(plan, tally.step, standing)
    draft = sums.Draft(plan, tally)
    if step < len(conditions):
        item = conditions[step]
        sums.count_one(plan, draft, step, item, signal, standing)
        if draft.moved and meets(item, sums.value_of(plan, draft.counts, step)):
            step = past_standing(plan, step + 1, standing)
    if not draft.moved and step == tally.step:
        return tally
    counted = _closed(plan, tally, draft, signal, standing)
    counted = replace(counted, step=step)
    met = step == len(conditions) and not counted.met_us
    return _with_met(counted, signal) if met else counted


def _moved(tally: Tally, signal: Signal) -> Tally:
    when_us = signal.occurred_us
    return replace(
        tally,
        started_us=min(tally.started_us, when_us) if tally.started_us else when_us,
        updated_us=max(tally.updated_us, when_us),
    )


def _closed(
    plan: Plan, tally: Tally, draft: sums.Draft, signal: Signal, standing: Standing
) -> Tally:
    """The tally of a draft, without what no late activity can reach any more."""
    windows, seen = draft.windows, draft.seen
    if len(windows) > len(tally.windows):
        windows = tallies.open_windows(windows, standing)
        # What has just been counted is kept, however late.
        if draft.window:
            windows = {**windows, draft.window: draft.windows[draft.window]}
        if seen and len(windows) < len(draft.windows):
            seen = tallies.open_seen(seen, plan, windows)
    return replace(_moved(tally, signal), counts=tuple(draft.counts), windows=windows, seen=seen)


def _with_met(tally: Tally, signal: Signal) -> Tally:
    return replace(tally, met_us=signal.occurred_us)


def _emptied(tally: Tally) -> Tally:
    """The empty tally, if nothing is left."""
    if tally.met_us or tally.step or any(tally.counts) or any(tally.seen) or tally.marks:
        return tally
    return EMPTY_TALLY


def _metric_fell(plan: Plan, tally: Tally, signal: Signal, standing: Standing) -> bool:
    """Whether a metric that stands fell below what is asked for with what was taken back."""
    if plan.shape is not Shape.LOOSE:
        return False
    fell = [
        plan.modes[place] is Mode.STANDING
        and plan.aggregations[place] is MetricAggregation.COUNTER
        and taken(plan.criteria, item, signal) > 0
        and not meets(item, reading(item, standing))
        for place, item in enumerate(plan.criteria.conditions)
    ]
    return any(fell) and not combined(plan.criteria, [not each for each in fell])


def _is_lost(plan: Plan, before: Tally, left: Tally, draft: sums.Draft, standing: Standing) -> bool:
    """Whether what was met is so no longer."""
    if plan.shape is Shape.WINDOWS:
        return (
            window_meets(plan, before.windows[draft.window], standing)
            and not any(window_meets(plan, cells, standing) for cells in left.windows.values())
        )  # fmt: skip
    lost = [
        plan.modes[place] is not Mode.STANDING
        and meets(item, sums.value_of(plan, before.counts, place))
        and not meets(item, sums.value_of(plan, left.counts, place))
        for place, item in enumerate(plan.criteria.conditions)
    ]
    # What stands may have changed for other reasons since: that takes nothing back.
    stands = [
        not gone
        and (
            plan.modes[place] is Mode.STANDING
            or meets(item, sums.value_of(plan, left.counts, place))
        )
        for (place, item), gone in zip(enumerate(plan.criteria.conditions), lost, strict=True)
    ]
    return any(lost) and not combined(plan.criteria, stands)
