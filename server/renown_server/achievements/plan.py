"""How achievements are counted, worked out once for each definition; pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from renown_server.catalog.achievements import Achievement, AchievementKind
from renown_server.catalog.availability import ALWAYS
from renown_server.catalog.criteria import (
    Criteria,
    Logic,
    Operator,
    RequirementType,
    Subject,
    TimeFrame,
)
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.enums import direct
from renown_server.progress.counting import Met, Reached, adds_up
from renown_server.progress.values import EarnedAchievement

NOT_EARNED = EarnedAchievement()

BY_DEEDS = 1
GRANTED = 2
"""How the last tier was reached: values of `EarnedAchievement.completed`."""

_RISING = frozenset({Operator.AT_LEAST, Operator.MORE_THAN})


@direct
class Way(enum.Enum):
    """How one completion follows another."""

    SUM = 1
    """What was counted goes on: the next completion asks for as much again."""
    ANEW = 2
    """Counting starts anew."""
    STANDING = 3
    """What stands is compared: there is nothing to be done again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What decisions ask of a definition again and again.

    Attributes:
        definition: the definition.
        way: how one completion follows another.
        keeps: whether a tally is kept: not if all is read from the player's metrics.
        keys: the metrics whose values are read as sums.
        reads: the metrics whose values are read, whatever they are.
        looks_at: the metrics that may be compared without being counted.
        metric: the metric that is read if it is the only condition, else empty.
        adds: whether the tally that is kept is one sum, and no step of it is told.
        first: the value of `metric`, or of that sum, at which something happens for the first time.
        is_tiered: whether it is earned tier by tier.
        top: the last tier; 0 if it has none.
        rises: whether the way to it can be told from what was counted.
        always: whether it counts whenever it happens, on all platforms.
        compares_items: whether what is owned of items is compared.
    """

    definition: Achievement
    way: Way
    keeps: bool
    keys: frozenset[str]
    reads: frozenset[str]
    looks_at: frozenset[str]
    metric: str
    adds: bool
    first: int
    is_tiered: bool
    top: int
    rises: bool
    always: bool
    compares_items: bool

    @property
    def tells_steps(self) -> bool:
        """Whether every step is a fact."""
        definition = self.definition
        return definition.progress_events and not (definition.secret or definition.hide_progress)

    @property
    def goes_on(self) -> bool:
        """Whether it is counted on when it is done: a revocation asks whether it still is met."""
        return self.keeps and self.way is not Way.ANEW

    def is_done(self, state: EarnedAchievement) -> bool:
        """Whether there is nothing left to be earned."""
        if self.is_tiered:
            return state.tier >= self.top
        return state.times > 0 and not self.definition.repeatable

    def is_spent(self, state: EarnedAchievement) -> bool:
        """Whether what stands has earned it once, and earns it no more."""
        return self.way is Way.STANDING and not self.is_tiered and used(state) > 0

    def completions(self, state: EarnedAchievement) -> int:
        """How often it is completed, for lists and statistics; a tiered one with its last tier."""
        if self.is_tiered:
            return int(state.completed > 0)
        return state.times

    def granted(self, state: EarnedAchievement) -> int:
        """How many of the completions stand by themselves."""
        if self.is_tiered:
            return int(state.completed == GRANTED)
        return state.granted

    def timed(self, state: EarnedAchievement) -> int:
        """How many of the completions are in the average time."""
        return self.completions(state) - self.granted(state) if state.started_us else 0


def used(state: EarnedAchievement) -> int:
    """How many completions what was done has paid for, those taken by hand included."""
    return state.times - state.granted + state.revoked


@dataclass(frozen=True, slots=True)
class Standpoint:
    """How far a player is on the way to the next completion.

    Attributes:
        current: at most `target`.
        target: what completes it.
        count: how many completions all that was done is good for.
        tier: the highest tier that it is good for.
    """

    current: int
    target: int
    count: int
    tier: int = 0


def standpoint(plan: Plan, state: EarnedAchievement, reached: Reached) -> Standpoint:
    """Where a player stands, by how far the criteria are met."""
    if plan.is_tiered:
        return _tiered(plan, reached)
    if plan.way is Way.SUM:
        return _summed(plan, state, reached)
    current, target = reached.current, max(1, reached.target)
    if not plan.rises:
        current = target if reached.met else 0
    if plan.way is Way.STANDING:
        return Standpoint(max(0, min(current, target)), target, int(reached.met))
    count = used(state) + int(reached.met)
    return Standpoint(max(0, min(current, target)), target, count)


def _summed(plan: Plan, state: EarnedAchievement, reached: Reached) -> Standpoint:
    before = used(state)
    conditions = reached.conditions
    counts = [each.current // each.target for each in conditions]
    if plan.definition.criteria.logic is Logic.ANY or len(conditions) == 1:
        far = max(conditions, key=lambda each: each.current / each.target)
        current = max(0, min(far.current - before * far.target, far.target))
        return Standpoint(current, far.target, max(counts))
    met = [count > before for count in counts]
    return Standpoint(sum(met), len(met), min(counts))


def _tiered(plan: Plan, reached: Reached) -> Standpoint:
    """The first condition says which tier; the others hold for all of them."""
    first: Met = reached.conditions[0]
    current, target = first.best, first.target
    others = [each.met for each in reached.conditions[1:]]
    open_ = plan.definition.criteria.logic is Logic.ANY or all(others)
    tier = 0
    for each in plan.definition.tiers if open_ else ():
        if current >= each.value:
            tier = each.tier
    return Standpoint(max(0, min(current, target)), target, int(tier >= plan.top), tier)


def next_mark(plan: Plan, state: EarnedAchievement) -> int:
    """The value of the plan's metric, or of its only sum, at which something happens next."""
    if state is NOT_EARNED:
        return plan.first
    definition = plan.definition
    target = definition.criteria.conditions[0].value
    if plan.is_tiered:
        base = 0
        marks = [tier.value for tier in definition.tiers if tier.tier > highest(state)]
    else:
        base = used(state) * target
        marks = [base + target]
    paid = state.milestones
    for each in definition.milestones:
        if each.percentage not in paid:
            marks.append(base - (-each.percentage * target // 100))
    return min(marks, default=AMOUNT_MAX + 1)


def used_none(plan: Plan, state: EarnedAchievement) -> bool:
    """Whether nothing that the player has of it was earned by what was done."""
    return plan.completions(state) == plan.granted(state)


def highest(state: EarnedAchievement) -> int:
    """The highest tier that was reached once: what was done for it earns it no more."""
    return max(state.tier, state.revoked)


_plans: dict[str, Plan] = {}


def plan_of(definition: Achievement) -> Plan:
    """The plan of a definition; that of the catalog before is forgotten."""
    known = _plans.get(definition.id)
    if known is None or known.definition is not definition:
        known = _plans[definition.id] = _plan(definition)
    return known


def _plan(definition: Achievement) -> Plan:
    criteria = definition.criteria
    conditions = criteria.conditions
    derived = all(condition.derived for condition in conditions)
    way = _way(criteria)
    tiers = definition.tiers if definition.kind is AchievementKind.TIERED else ()
    always = definition.window == ALWAYS and not definition.platform
    metric = conditions[0].key if derived and len(conditions) == 1 else ""
    target = conditions[0].value
    return Plan(
        definition=definition,
        way=way,
        keeps=not derived,
        keys=frozenset(condition.key for condition in conditions if condition.derived),
        reads=frozenset(
            condition.key
            for condition in conditions
            if condition.subject is Subject.METRIC and (condition.derived or _compares(criteria))
        ),
        looks_at=frozenset(
            condition.key
            for condition in conditions
            if condition.subject is Subject.METRIC
            and not (condition.filters or condition.distinct)
            and condition.frame is TimeFrame.ALL
        ),
        metric=metric if always and not definition.progress_events else "",
        adds=(
            way is Way.SUM
            and len(conditions) == 1
            and not derived
            and not definition.progress_events
        ),
        first=min(
            [
                target,
                *[tier.value for tier in tiers],
                *[-(-each.percentage * target // 100) for each in definition.milestones],
            ]
        ),
        is_tiered=bool(tiers),
        top=tiers[-1].tier if tiers else 0,
        rises=all(condition.operator in _RISING for condition in conditions),
        always=always,
        compares_items=_way(criteria) is Way.STANDING
        and any(condition.subject is Subject.ITEM for condition in conditions),
    )


def _compares(criteria: Criteria) -> bool:
    return criteria.type is RequirementType.THRESHOLD and not criteria.own_start


def _way(criteria: Criteria) -> Way:
    if adds_up(criteria):
        return Way.SUM
    stands = criteria.type in (RequirementType.THRESHOLD, RequirementType.STREAK)
    if stands or (criteria.type is RequirementType.COLLECTION and not _counts_values(criteria)):
        return Way.STANDING
    return Way.ANEW


def _counts_values(criteria: Criteria) -> bool:
    return any(condition.distinct for condition in criteria.conditions)
