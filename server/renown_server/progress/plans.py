"""How criteria are counted, worked out once; and what of a signal a condition takes."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from renown_server.catalog.criteria import (
    ANY_ACTIVITY,
    Condition,
    ConstraintType,
    Criteria,
    Logic,
    RequirementType,
    Subject,
    TimeFrame,
)
from renown_server.catalog.snapshot import CatalogSnapshot, Metric, MetricAggregation
from renown_server.engine.signals import ActivityView, Signal, SignalKind
from renown_server.enums import direct

NOT_TAKEN = -1
"""A signal is nothing to a condition."""

BREAKS = -2
"""A signal ends a run."""

REFERENCE = "reference_id"
"""What `distinct` is when references are counted."""

PLANS_MAX = 20_000


@direct
class Mode(enum.Enum):
    """How one condition comes to its value."""

    STANDING = 1
    """It is read from the player; nothing is counted."""
    SUM = 2
    """Amounts add up."""
    DISTINCT = 3
    """Different values are counted."""
    AGGREGATE = 4
    """Amounts make a value as the metric says; a second number goes with it."""


@direct
class Shape(enum.Enum):
    """How the conditions of criteria are counted together."""

    DERIVED = 1
    """Sums that the player has anyway: nothing is kept at all."""
    PLAIN = 2
    """One sum for all time: what most criteria are."""
    LOOSE = 3
    """Each condition by itself, in its own time frame."""
    WINDOWS = 4
    """All of them within a day or a week."""
    MARKS = 5
    """Within a sliding span, or in order within a day or a week: every moment is kept."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How criteria are counted.

    Attributes:
        criteria: the criteria.
        metrics: the catalog's metrics by which it was made.
        shape: how conditions are counted together.
        modes: by condition.
        aggregations: by condition; COUNTER where it is not AGGREGATE.
        width: numbers a tally has: one for each condition; with any AGGREGATE, another one each:
            how many amounts a sum or an average has; below 0, when the latest one occurred, or
            that there was any; 0 without any.
        in_order: whether conditions come one after the other.
    """

    criteria: Criteria
    metrics: Mapping[str, Metric]
    shape: Shape
    modes: tuple[Mode, ...]
    aggregations: tuple[MetricAggregation, ...]
    width: int
    in_order: bool


_plans: dict[int, Plan] = {}
"""By the identity of criteria, which their plan keeps alive: hashing them would cost more."""


def plan_of(criteria: Criteria, catalog: CatalogSnapshot) -> Plan:
    """How criteria are counted."""
    plan = _plans.get(id(criteria))
    if plan is None or plan.criteria is not criteria or plan.metrics is not catalog.metrics:
        if len(_plans) >= PLANS_MAX:
            # Those of catalogs that were replaced; the others are worked out again.
            _plans.clear()
        plan = _plans[id(criteria)] = _plan(criteria, catalog.metrics)
    return plan


def _plan(criteria: Criteria, metrics: Mapping[str, Metric]) -> Plan:
    aggregations = tuple(_aggregation(item, metrics) for item in criteria.conditions)
    modes = tuple(
        _mode(criteria, item, how)
        for item, how in zip(criteria.conditions, aggregations, strict=True)
    )
    in_order = (
        criteria.logic is Logic.SEQUENCE or criteria.type is RequirementType.SEQUENCE
    ) and criteria.type is not RequirementType.COLLECTION
    wide = Mode.AGGREGATE in modes
    return Plan(
        criteria=criteria,
        metrics=metrics,
        shape=_shape(criteria, modes, in_order=in_order),
        modes=modes,
        aggregations=aggregations,
        width=len(modes) * (2 if wide else 1),
        in_order=in_order,
    )


def _shape(criteria: Criteria, modes: tuple[Mode, ...], *, in_order: bool) -> Shape:
    if criteria.constraint is ConstraintType.WITHIN:
        return Shape.MARKS
    if criteria.constraint is not ConstraintType.NONE:
        return Shape.MARKS if in_order else Shape.WINDOWS
    if all(item.derived for item in criteria.conditions):
        return Shape.DERIVED
    first = criteria.conditions[0]
    if modes == (Mode.SUM,) and first.frame is TimeFrame.ALL and not criteria.in_a_row:
        return Shape.PLAIN
    return Shape.LOOSE


def _aggregation(item: Condition, metrics: Mapping[str, Metric]) -> MetricAggregation:
    if item.subject is Subject.METRIC and item.key in metrics:
        return metrics[item.key].aggregation
    return MetricAggregation.COUNTER


def _mode(criteria: Criteria, item: Condition, aggregation: MetricAggregation) -> Mode:
    if _stands(criteria, item):
        return Mode.STANDING
    if item.distinct:
        return Mode.DISTINCT
    if item.subject is Subject.METRIC and (
        criteria.type is RequirementType.THRESHOLD or aggregation is not MetricAggregation.COUNTER
    ):
        return Mode.AGGREGATE
    return Mode.SUM


def _stands(criteria: Criteria, item: Condition) -> bool:
    """Whether a condition looks at what the player has now."""
    if item.derived or item.subject in (Subject.STREAK, Subject.STAT):
        return True
    if item.frame is not TimeFrame.ALL or criteria.constraint is not ConstraintType.NONE:
        return False
    if item.filters or item.distinct:
        return False
    achieved = item.subject in (Subject.ACHIEVEMENT, Subject.QUEST)
    match criteria.type:
        case RequirementType.THRESHOLD:
            return True
        case RequirementType.COLLECTION:
            if item.subject is Subject.METRIC:
                return not criteria.own_start
            return achieved or item.subject in (Subject.ITEM, Subject.BADGE)
        case RequirementType.SEQUENCE:
            # What is there only once for each player could never be done again in its turn.
            return achieved or item.subject is Subject.BADGE
        case RequirementType.COUNTER:
            in_order = criteria.logic is Logic.SEQUENCE
            return achieved and (in_order or not criteria.own_start)
    return False


def taken(criteria: Criteria, item: Condition, signal: Signal) -> int:
    """What a condition takes of a signal.

    Returns:
        The amount, scaled as the condition's value; NOT_TAKEN, or BREAKS for an imperfect activity
        of a run.
    """
    activity = signal.activity
    if item.subject is Subject.METRIC:
        if activity is None:
            return NOT_TAKEN
        amount = activity.moved.get(item.key, NOT_TAKEN)
        if amount < 0:
            return NOT_TAKEN
    elif item.subject is Subject.ACTIVITY:
        if activity is None or item.key not in (ANY_ACTIVITY, signal.key):
            return NOT_TAKEN
        amount = 1
    else:
        return _other(item, signal)
    for key, values in item.filters:
        if activity.context.get(key) not in values:
            return NOT_TAKEN
    if criteria.type is RequirementType.TIME_LIMIT:
        return amount if _in_time(criteria, activity) else NOT_TAKEN
    if criteria.type is RequirementType.PERFECT and not activity.perfect:
        return BREAKS if criteria.in_a_row else NOT_TAKEN
    return amount


def _other(item: Condition, signal: Signal) -> int:
    match item.subject:
        case Subject.ITEM:
            kind = SignalKind.ITEM
        case Subject.CURRENCY:
            kind = SignalKind.CURRENCY
        case Subject.BADGE:
            kind = SignalKind.BADGE
        case Subject.QUEST:
            kind = SignalKind.QUEST
        case Subject.ACHIEVEMENT:
            # The amount is how often it has been earned by now.
            taken = signal.kind is SignalKind.ACHIEVEMENT and signal.key == item.key
            return 1 if taken else NOT_TAKEN
        case _:
            return NOT_TAKEN
    return signal.amount if signal.kind is kind and signal.key == item.key else NOT_TAKEN


def _in_time(criteria: Criteria, activity: ActivityView) -> bool:
    """Whether an activity was fast enough by either of the limits; without any it always is."""
    limit_us, percent = criteria.time_limit_us, criteria.time_limit_percent
    if not limit_us and not percent:
        return True
    if activity.time_us is None:
        return False
    if limit_us and activity.time_us <= limit_us:
        return True
    expected_us = activity.expected_us
    return bool(
        percent and expected_us is not None and activity.time_us * 100 <= percent * expected_us
    )


def distinct_value(item: Condition, activity: ActivityView | None) -> str:
    """The value of an activity that counts once; empty if none does."""
    if activity is None:
        return ""
    if item.distinct == REFERENCE:
        value = activity.reference_id
    else:
        value = activity.context.get(item.distinct, "")
    return value if not item.among or value in item.among else ""
