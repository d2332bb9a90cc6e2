"""Validated conditions and requirements as what decisions count by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from renown.v1 import progression_pb2 as pb
from renown_server.catalog.criteria import (
    ANY_ACTIVITY,
    Condition,
    ConstraintType,
    Criteria,
    Logic,
    Operator,
    RequirementType,
    Stat,
    Subject,
    TimeFrame,
)
from renown_server.catalog.fields import duration_us
from renown_server.catalog.quests import ObjectiveType
from renown_server.catalog.snapshot import Metric, MetricAggregation

SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {
        "metric": Subject.METRIC,
        "activity_type": Subject.ACTIVITY,
        "any_activity": Subject.ACTIVITY,
        "streak": Subject.STREAK,
        "item": Subject.ITEM,
        "currency": Subject.CURRENCY,
        "achievement": Subject.ACHIEVEMENT,
        "badge": Subject.BADGE,
        "quest": Subject.QUEST,
        "stat": Subject.STAT,
    }
)
"""What a condition looks at, by its field."""

_OBJECTIVES = {
    ObjectiveType.COMPLETE: RequirementType.COUNTER,
    ObjectiveType.COLLECT: RequirementType.COUNTER,
    ObjectiveType.ACHIEVE: RequirementType.COLLECTION,
    ObjectiveType.REACH: RequirementType.THRESHOLD,
    ObjectiveType.INTERACT: RequirementType.COUNTER,
    ObjectiveType.TIME_LIMIT: RequirementType.TIME_LIMIT,
    ObjectiveType.PERFECT: RequirementType.PERFECT,
    ObjectiveType.SEQUENCE: RequirementType.SEQUENCE,
}


def subject_of(item: pb.Condition) -> Subject:
    """What a condition looks at.

    Raises:
        KeyError: it looks at nothing.
    """
    return SUBJECTS[str(item.WhichOneof("of"))]


def requirement_type(item: pb.Requirement) -> RequirementType:
    """How activities count; adding up unless the definition says otherwise."""
    return RequirementType(item.type or RequirementType.COUNTER.value)


def objective_type(item: pb.ObjectiveDefinition) -> ObjectiveType:
    """How an objective counts; adding up unless the definition says otherwise."""
    return ObjectiveType(item.type or ObjectiveType.COMPLETE.value)


def counted_as(item: pb.ObjectiveDefinition) -> RequirementType:
    """The type that criteria of an objective have.

    Different values are a collection; other things that are collected are counted as they come in.
    """
    kind = objective_type(item)
    if kind is ObjectiveType.COLLECT and all(each.distinct for each in item.targets):
        return RequirementType.COLLECTION
    return _OBJECTIVES[kind]


def unit(item: pb.Condition, metrics: Mapping[str, Metric]) -> int:
    """How many of a condition's counted units make a whole one: a metric's scale, else 1.

    Different values are counted one by one, of a metric's activities too.
    """
    if item.WhichOneof("of") == "metric" and not item.distinct:
        return metrics[item.metric].scale
    return 1


def unit_of_way(items: Sequence[pb.Condition], metrics: Mapping[str, Metric]) -> int:
    """The same for how far criteria are: of a single condition its count, else conditions met."""
    return unit(items[0], metrics) if len(items) == 1 else 1


def criteria(item: pb.Requirement, metrics: Mapping[str, Metric], *, own_start: bool) -> Criteria:
    """What an achievement asks for."""
    kind = requirement_type(item)
    sequence = RequirementType.SEQUENCE
    return _criteria(
        Criteria(
            type=kind,
            conditions=(),
            logic=Logic.SEQUENCE if kind is sequence else Logic(item.logic or Logic.ALL.value),
            required=_required(kind, item.required, len(item.conditions)),
            constraint=ConstraintType(item.time_constraint.type),
            constraint_us=duration_us(item.time_constraint.duration),
            time_limit_us=duration_us(item.time_limit),
            time_limit_percent=item.time_limit_percent,
            in_a_row=item.in_a_row,
            own_start=own_start,
        ),
        item.conditions,
        metrics,
    )


def objective_criteria(item: pb.ObjectiveDefinition, metrics: Mapping[str, Metric]) -> Criteria:
    """What an objective asks for, from the start of its quest."""
    kind = counted_as(item)
    return _criteria(
        Criteria(
            type=kind,
            conditions=(),
            logic=Logic.SEQUENCE if kind is RequirementType.SEQUENCE else Logic.ALL,
            required=_required(kind, 0, len(item.targets)),
            time_limit_us=duration_us(item.time_limit),
            time_limit_percent=item.time_limit_percent,
            in_a_row=item.in_a_row,
            own_start=True,
        ),
        item.targets,
        metrics,
    )


def _required(kind: RequirementType, required: int, conditions: int) -> int:
    return (required or conditions) if kind is RequirementType.COLLECTION else 1


def _criteria(
    frame: Criteria, items: Iterable[pb.Condition], metrics: Mapping[str, Metric]
) -> Criteria:
    """Fills in the conditions, which depend on the rest."""
    adds_up = (
        frame.type is RequirementType.COUNTER
        # Each of a sequence counts from where the one before was met.
        and frame.logic is not Logic.SEQUENCE
        and frame.constraint is ConstraintType.NONE
        and not frame.own_start
    )
    return replace(
        frame,
        conditions=tuple(
            _condition(place, item, metrics, adds_up=adds_up) for place, item in enumerate(items)
        ),
    )


def _condition(
    place: int, item: pb.Condition, metrics: Mapping[str, Metric], *, adds_up: bool
) -> Condition:
    subject = subject_of(item)
    operator = Operator(item.operator or Operator.AT_LEAST.value)
    value = item.value or (1 if operator is Operator.AT_LEAST else 0)
    stat = Stat(item.stat) if subject is Subject.STAT else None
    frame = TimeFrame(item.time_frame or TimeFrame.ALL.value)
    plain = not item.context and not item.distinct and frame is TimeFrame.ALL
    return Condition(
        place=place,
        subject=subject,
        key=_key(item, stat),
        value=value * unit(item, metrics),
        operator=operator,
        stat=stat,
        filters=tuple((each.key, frozenset(each.values)) for each in item.context),
        frame=frame,
        season=item.season,
        distinct=item.distinct,
        among=frozenset(item.among),
        best=item.best,
        derived=(
            adds_up
            and plain
            and operator is Operator.AT_LEAST
            and subject is Subject.METRIC
            and metrics[item.metric].aggregation is MetricAggregation.COUNTER
        ),
    )


def _key(item: pb.Condition, stat: Stat | None) -> str:
    if stat is not None:
        return stat.name
    of = str(item.WhichOneof("of"))
    return ANY_ACTIVITY if of == "any_activity" else str(getattr(item, of))
