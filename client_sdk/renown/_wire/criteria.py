"""What definitions ask for: conditions, and how activities count for them."""

from __future__ import annotations

from renown._model.criteria import (
    Condition,
    ContextFilter,
    Logic,
    Operator,
    Requirement,
    RequirementType,
    Stat,
    TimeConstraint,
    TimeConstraintType,
    TimeFrame,
)
from renown._wire.scalars import span_if_set
from renown.v1 import progression_pb2 as pb


def context_filter(message: pb.ContextFilter) -> ContextFilter:
    """Reads a ContextFilter."""
    return ContextFilter(
        key=message.key,
        values=tuple(message.values),
    )


def condition(message: pb.Condition) -> Condition:
    """Reads a Condition. What the server has left unsaid is what the contract says it is."""
    kind = message.WhichOneof("of") or ""
    named = kind not in ("", "stat", "any_activity")
    return Condition(
        type=kind,
        id=getattr(message, kind) if named else "",
        stat=Stat(message.stat) if kind == "stat" else None,
        operator=Operator(message.operator or Operator.AT_LEAST.value),
        value=message.value,
        context=tuple(context_filter(item) for item in message.context),
        time_frame=TimeFrame(message.time_frame or TimeFrame.ALL.value),
        distinct=message.distinct,
        among=tuple(message.among),
        best=message.best,
        season=message.season,
    )


def time_constraint(message: pb.TimeConstraint) -> TimeConstraint:
    """Reads a TimeConstraint."""
    return TimeConstraint(
        type=TimeConstraintType(message.type),
        duration=span_if_set(message, "duration"),
    )


def requirement(message: pb.Requirement) -> Requirement:
    """Reads a Requirement."""
    return Requirement(
        type=RequirementType(message.type or RequirementType.COUNTER.value),
        conditions=tuple(condition(item) for item in message.conditions),
        logic=Logic(message.logic or Logic.ALL.value),
        required=message.required,
        time_constraint=time_constraint(message.time_constraint)
        if message.HasField("time_constraint")
        else None,
        time_limit=span_if_set(message, "time_limit"),
        time_limit_percent=message.time_limit_percent,
        in_a_row=message.in_a_row,
    )
