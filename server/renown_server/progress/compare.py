"""Comparing values with what conditions ask for; pure."""

from __future__ import annotations

from collections.abc import Sequence

from renown_server.catalog.criteria import Condition, Criteria, Logic, Operator, RequirementType


def meets(item: Condition, value: int | None, target: int | None = None) -> bool:
    """Whether a value is what a condition asks for; none at all never is.

    Args:
        item: the condition.
        value: the value, scaled; None if there is none yet.
        target: what is asked for instead of the condition's own value.
    """
    if value is None:
        return False
    asked = item.value if target is None else target
    match item.operator:
        case Operator.AT_LEAST:
            return value >= asked
        case Operator.MORE_THAN:
            return value > asked
        case Operator.AT_MOST:
            return value <= asked
        case Operator.LESS_THAN:
            return value < asked
        case Operator.EQUAL:
            return value == asked
        case Operator.NOT_EQUAL:
            return value != asked


def combined(criteria: Criteria, met: Sequence[bool]) -> bool:
    """Whether criteria are met, by which of their conditions are."""
    if criteria.type is RequirementType.COLLECTION:
        return sum(met) >= criteria.required
    if criteria.logic is Logic.ANY:
        return any(met)
    return all(met)
