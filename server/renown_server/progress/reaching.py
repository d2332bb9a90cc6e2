"""How far criteria have come, compared with what they ask for; pure."""

from __future__ import annotations

from typing import NamedTuple

from renown_server.catalog.criteria import (
    Criteria,
    Logic,
    Operator,
    RequirementType,
)
from renown_server.progress import marks, sums, tallies
from renown_server.progress.compare import combined, meets
from renown_server.progress.plans import Mode, Plan, Shape, plan_of
from renown_server.progress.readings import reading
from renown_server.progress.standing import Standing
from renown_server.progress.values import Tally

_RISING = frozenset({Operator.AT_LEAST, Operator.MORE_THAN})


class Met(NamedTuple):
    """How far one condition has come, scaled as its value.

    Attributes:
        current: its value; of a day, week or other span the one that is running.
        target: what is asked for.
        met: whether it is met; of spans, whether it was in any of them, or in the one that is
            running where all conditions have to be met in the same.
        best: the best value of any span; else as `current`.
    """

    current: int
    target: int
    met: bool
    best: int = 0


class Reached(NamedTuple):
    """How far criteria have come.

    Of one condition, its own values, scaled as its value. Of several: conditions met of their
    number (of a COLLECTION: of those required); of ANY, the values of the one farthest along.
    """

    current: int
    target: int
    met: bool
    conditions: tuple[Met, ...]


def reached(
    criteria: Criteria,
    tally: Tally,
    standing: Standing,
    *,
    target: int | None = None,
    times: int = 1,
) -> Reached:
    """How far criteria have come.

    Args:
        criteria: what is asked for.
        tally: what was counted.
        standing: what stands now.
        target: what the first condition asks for instead of its own value, scaled: a tier. What was
            met by its own value (`tally.met_us`) is compared anew.
        times: how often it is asked for: of criteria that `adds_up`, conditions ask for that many
            times their values. Compared anew if it is more than 1.
    """
    plan = plan_of(criteria, standing.catalog)
    held = bool(tally.met_us) and target is None and times == 1
    if plan.shape is Shape.PLAIN or (plan.shape is Shape.DERIVED and len(plan.modes) == 1):
        # What most criteria are.
        item = criteria.conditions[0]
        if plan.shape is Shape.PLAIN:
            current = tally.counts[0] if tally.counts else 0
        else:
            current = standing.player.metrics.get(item.key, 0)
        asked = (item.value if target is None else target) * times
        met = held or current >= asked
        return Reached(current, asked, met, (Met(current, asked, met, current),))
    tally = tallies.fitted(plan, tally)
    conditions = _conditions(plan, tally, standing, target, times)
    met = held or _all_met(plan, tally, standing, conditions, target)
    return _summary(criteria, conditions, met=met)


def past_standing(plan: Plan, step: int, standing: Standing) -> int:
    """The step after those that the player's own values meet."""
    conditions = plan.criteria.conditions
    while (
        step < len(conditions)
        and plan.modes[step] is Mode.STANDING
        and meets(conditions[step], reading(conditions[step], standing))
    ):
        step += 1
    return step


def _values(plan: Plan, tally: Tally, standing: Standing) -> list[int | None]:
    """By condition, what counts for meeting it: of spans the best, or what came last."""
    return [
        reading(item, standing)
        if plan.modes[place] is Mode.STANDING
        else sums.value_of(plan, tally.counts, place)
        for place, item in enumerate(plan.criteria.conditions)
    ]


def loosely_met(plan: Plan, tally: Tally, standing: Standing) -> bool:
    """Whether each condition, by itself, has been met so that all is."""
    found = _values(plan, tally, standing)
    conditions = plan.criteria.conditions
    return combined(
        plan.criteria,
        [meets(item, value) for item, value in zip(conditions, found, strict=True)],
    )


def window_meets(
    plan: Plan, cells: tuple[int, ...], standing: Standing, target: int | None = None
) -> bool:
    """Whether one day or week meets all that is asked for."""
    return combined(
        plan.criteria,
        [
            meets(
                item,
                reading(item, standing)
                if plan.modes[place] is Mode.STANDING
                else sums.value_of(plan, cells, place),
                None if place else target,
            )
            for place, item in enumerate(plan.criteria.conditions)
        ],
    )


def _conditions(
    plan: Plan, tally: Tally, standing: Standing, target: int | None, times: int
) -> tuple[Met, ...]:
    conditions = plan.criteria.conditions
    best: list[int | None]
    if plan.shape is not Shape.MARKS:
        best = running = _values(plan, tally, standing)
    else:
        best = running = marks.running(plan, tally.marks, standing)
        if len(conditions) == 1 and tally.counts:
            best = [tally.counts[0]]
    step = past_standing(plan, tally.step, standing) if plan.in_order else 0
    in_steps = plan.in_order and plan.shape is Shape.LOOSE
    found = []
    for place, item in enumerate(conditions):
        asked = (item.value if place or target is None else target) * times
        now = _running(plan, tally, standing, place, running[place])
        met = place < step if in_steps else meets(item, best[place], asked)
        if plan.shape is Shape.WINDOWS and len(conditions) > 1:
            # It takes all of them in one day or week.
            met = meets(item, now, asked)
        found.append(Met(now or 0, asked, met, best[place] or 0))
    return tuple(found)


def _running(
    plan: Plan, tally: Tally, standing: Standing, place: int, best: int | None
) -> int | None:
    """The value of a condition in the span that is running; `best` if it counts for all time."""
    if plan.shape is Shape.MARKS or plan.modes[place] is Mode.STANDING:
        return best
    item = plan.criteria.conditions[place]
    window = sums.frame_window(plan.criteria, item, standing, standing.now_us)
    if window == "":
        return best
    if window is None:
        return None
    return sums.value_of(plan, tally.windows.get(window, ()), place)


def _all_met(
    plan: Plan,
    tally: Tally,
    standing: Standing,
    conditions: tuple[Met, ...],
    target: int | None,
) -> bool:
    if plan.shape is Shape.WINDOWS and len(conditions) > 1:
        return any(window_meets(plan, cells, standing, target) for cells in tally.windows.values())
    return combined(plan.criteria, [each.met for each in conditions])


def _summary(criteria: Criteria, conditions: tuple[Met, ...], *, met: bool) -> Reached:
    if criteria.logic is Logic.ANY and criteria.type is not RequirementType.COLLECTION:
        farthest = max(conditions, key=_way)
        current, target = farthest.current, farthest.target
        rising = True
    elif len(conditions) == 1:
        (only,) = conditions
        current, target = only.current, only.target
        rising = criteria.conditions[0].operator in _RISING
    else:
        target = len(conditions)
        if criteria.type is RequirementType.COLLECTION:
            target = criteria.required
        current = min(target, sum(each.met for each in conditions))
        rising = True
    if met and rising:
        # It was met once, if not in the span that is running.
        current = max(current, target)
    return Reached(current, target, met, conditions)


def _way(each: Met) -> tuple[bool, float]:
    return each.met, each.current / each.target if each.target else 0.0
