"""What decisions ask of a quest again and again, worked out once for each definition; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from renown_server.catalog.compile_listeners import watched
from renown_server.catalog.quests import Objective, Quest

Key = tuple[int, str]
"""A `Watched` value and a key of it."""

Watch = Mapping[Key, frozenset[str]]
"""Ids of objectives by what they watch."""

PLANS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows from a definition.

    Attributes:
        quest: the definition.
        watch: which objectives what can move.
        required: the objectives without which it is not completed; all if none is required.
        within: those of them that have to be done within some time of the start.
        is_free: whether all objectives are open until they are done: none waits for another, and
            none ends before the attempt does.
    """

    quest: Quest
    watch: Watch
    required: tuple[Objective, ...]
    within: tuple[Objective, ...]
    is_free: bool


_plans: dict[int, Plan] = {}
"""By the identity of quests, which their plan keeps alive: hashing them would cost more."""


def plan_of(quest: Quest) -> Plan:
    """The plan of a definition."""
    known = _plans.get(id(quest))
    if known is None:
        if len(_plans) >= PLANS_MAX:
            # Those of catalogs that were replaced; the others are worked out again.
            _plans.clear()
        known = _plans[id(quest)] = _plan(quest)
    return known


def _plan(quest: Quest) -> Plan:
    objectives = quest.objectives
    required = tuple([each for each in objectives if not each.optional]) or objectives
    return Plan(
        quest=quest,
        watch=_watch(objectives),
        required=required,
        within=tuple([each for each in required if each.within_us]),
        is_free=not any(each.unlocked_by or each.within_us for each in objectives)
        and len({each.order for each in objectives}) <= 1,
    )


def _watch(objectives: tuple[Objective, ...]) -> Watch:
    found: dict[Key, set[str]] = {}
    for objective in objectives:
        for kind, key in watched(objective.criteria):
            found.setdefault((int(kind), key), set()).add(objective.id)
    return {key: frozenset(ids) for key, ids in found.items()}
