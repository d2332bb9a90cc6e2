"""What can be wrong with what has to be done: requirements, and how they count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from renown.v1 import progression_pb2 as pb
from renown_server.catalog.compile_criteria import counted_as, objective_type, requirement_type
from renown_server.catalog.criteria import RequirementType, Subject
from renown_server.catalog.limits import WITHIN_VALUE_MAX
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.quests import ObjectiveType
from renown_server.catalog.validate_basics import Known, check_span
from renown_server.catalog.validate_conditions import STANDING, Asked, check_condition, subject

_TARGETS = {
    ObjectiveType.ACHIEVE: frozenset({Subject.ACHIEVEMENT, Subject.BADGE}),
    ObjectiveType.INTERACT: frozenset({Subject.METRIC, Subject.ACTIVITY}),
}


def check_requirement(path: Path, item: pb.Requirement, known: Known) -> Iterator[Finding]:
    """Checks what an achievement asks for."""
    if item.type not in pb.RequirementType.values():
        return
    kind = requirement_type(item)
    asked = Asked(kind, kind.name.lower(), "threshold")
    yield from _check_conditions((*path, "conditions"), asked, item.conditions, known)
    yield from _check_limits(path, item, asked)
    yield from _check_logic(path, item, kind)
    yield from _check_constraint(path, item, kind)


def check_targets(path: Path, item: pb.ObjectiveDefinition, known: Known) -> Iterator[Finding]:
    """Checks what an objective asks for."""
    if item.type not in pb.ObjectiveType.values():
        return
    kind = objective_type(item)
    asked = Asked(counted_as(item), kind.name.lower(), "reach", _TARGETS.get(kind))
    yield from _check_conditions((*path, "targets"), asked, item.targets, known)
    yield from _check_limits(path, item, asked)
    yield from check_span(path, "within", item)


def _check_conditions(
    path: Path, asked: Asked, items: Sequence[pb.Condition], known: Known
) -> Iterator[Finding]:
    for index, item in enumerate(items):
        yield from check_condition((*path, index), asked, item, known)


def _check_limits(
    path: Path, item: pb.Requirement | pb.ObjectiveDefinition, asked: Asked
) -> Iterator[Finding]:
    yield from check_span(path, "time_limit", item)
    limits = {
        "time_limit": item.HasField("time_limit"),
        "time_limit_percent": item.time_limit_percent,
    }
    if asked.kind is RequirementType.TIME_LIMIT:
        within = isinstance(item, pb.ObjectiveDefinition) and item.HasField("within")
        if not any(limits.values()) and not within:
            yield Finding(
                (*path, "time_limit"),
                "is missing",
                "say how long an activity may take, as time_limit or time_limit_percent",
            )
    else:
        for name, given in limits.items():
            if given:
                yield Finding(
                    (*path, name), "is only for `type: time_limit`", "remove it, or change the type"
                )
    if item.in_a_row and asked.kind is not RequirementType.PERFECT:
        yield Finding(
            (*path, "in_a_row"), "is only for `type: perfect`", "remove it, or change the type"
        )


def _check_logic(path: Path, item: pb.Requirement, kind: RequirementType) -> Iterator[Finding]:
    collection = kind is RequirementType.COLLECTION
    if item.required and not collection:
        yield Finding(
            (*path, "required"), "is only for `type: collection`", "remove it, or change the type"
        )
    elif item.required > len(item.conditions) > 0:
        yield Finding(
            (*path, "required"),
            f"is {item.required}, of {len(item.conditions)} conditions",
            "lower it, or add conditions",
        )
    if collection and item.logic not in (pb.LOGIC_UNSPECIFIED, pb.LOGIC_ALL):
        yield Finding(
            (*path, "logic"),
            "has no effect on a collection",
            "remove it: `required` says how many are enough",
        )
    if kind is RequirementType.SEQUENCE and item.logic == pb.LOGIC_ANY:
        yield Finding(
            (*path, "logic"), "any of a sequence is no sequence", "remove it, or change the type"
        )


def _check_constraint(path: Path, item: pb.Requirement, kind: RequirementType) -> Iterator[Finding]:
    if not item.HasField("time_constraint"):
        return
    at, constraint = (*path, "time_constraint"), item.time_constraint
    within = constraint.type == pb.TIME_CONSTRAINT_TYPE_WITHIN
    if not constraint.type:
        yield Finding((*at, "type"), "is missing", "write one of within, daily, weekly")
    elif within and not constraint.HasField("duration"):
        yield Finding((*at, "duration"), "is missing", "write a duration between 1s and 31d")
    elif not within and constraint.HasField("duration"):
        yield Finding(
            (*at, "duration"), "is only for `type: within`", "remove it, or change the type"
        )
    if kind in (RequirementType.THRESHOLD, RequirementType.STREAK):
        yield Finding(
            at,
            f"has no effect on a {kind.name.lower()}: it is looked at as it stands",
            "remove it, or change the type of the requirement",
        )
        return
    for index, condition in enumerate(item.conditions):
        each = (*path, "conditions", index)
        if subject(condition) in STANDING:
            yield Finding(
                (*each, str(condition.WhichOneof("of"))),
                "has no time: it is looked at as it stands",
                "remove time_constraint, or ask for something that is counted",
            )
        elif within and condition.value > WITHIN_VALUE_MAX:
            yield Finding(
                (*each, "value"),
                f"is {condition.value}, more than is remembered one by one",
                f"ask for at most {WITHIN_VALUE_MAX}, or use a daily or weekly time_constraint",
            )
