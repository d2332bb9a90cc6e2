"""Moving an objective by hand, for what only the game can see; pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from renown_server.catalog.criteria import (
    ANY_ACTIVITY,
    Condition,
    Logic,
    Operator,
    Subject,
    TimeFrame,
)
from renown_server.catalog.quests import Objective, Quest
from renown_server.engine.signals import ActivityView, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import (
    ObjectiveLocked,
    ObjectiveNotFound,
    QuestNotActive,
    RequirementNotMet,
)
from renown_server.profile.state import PlayerState
from renown_server.progress.counting import Met, observe, reached
from renown_server.progress.plans import REFERENCE, Mode, plan_of
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import EMPTY_TALLY, QuestRun, Tally
from renown_server.quests.objectives import Step
from renown_server.quests.runs import counts, is_open, is_under_way

RULE = "request:AdvanceObjective"

REPEATS_MAX = 1_000
"""How often one request does what can only be done one by one."""

_KINDS = {
    Subject.ITEM: SignalKind.ITEM,
    Subject.CURRENCY: SignalKind.CURRENCY,
    Subject.BADGE: SignalKind.BADGE,
    Subject.QUEST: SignalKind.QUEST,
    Subject.ACHIEVEMENT: SignalKind.ACHIEVEMENT,
}


def advance(
    work: Work,
    player: PlayerState,
    quest: Quest,
    objective_id: str,
    amount: int,
    context: Mapping[str, str],
) -> QuestRun:
    """Moves an objective of an attempt that is under way, as far as it asks for and no farther.

    Of several targets it moves the first that is not met and that the context fits.

    Args:
        work: the batch.
        player: whose attempt.
        quest: of what.
        objective_id: which objective.
        amount: how far, scaled as what is required; at least 1.
        context: what happened.

    Returns:
        The attempt; completed, if that was all.

    Raises:
        QuestNotActive: there is no attempt under way.
        ObjectiveNotFound: the quest has no such objective.
        ObjectiveLocked: it is not open, or follows from what the player has reached.
        RequirementNotMet: the context is not what it asks for.
    """
    run = work.slice(ProgressBook).progress(player.player_id).quests.get(quest.id)
    if run is None or not counts(quest) or not is_under_way(quest, run, work.now_us):
        raise QuestNotActive(quest.id)
    objective = next((each for each in quest.objectives if each.id == objective_id), None)
    if objective is None:
        raise ObjectiveNotFound(objective_id)
    if not is_open(quest, objective, run, work.now_us):
        raise ObjectiveLocked(quest.id, objective.id)
    modes = plan_of(objective.criteria, work.catalog).modes
    if all(mode is Mode.STANDING for mode in modes):
        raise ObjectiveLocked(quest.id, objective.id)
    step = Step(work, player, quest, run, work.now_us)
    known = step.open()
    tally = _moved(step, objective, amount, context)
    if tally is None:
        raise RequirementNotMet("another context")
    step.move(objective, tally, moved=True)
    step.settle(known)
    return step.run


def _moved(
    step: Step, objective: Objective, amount: int, context: Mapping[str, str]
) -> Tally | None:
    """The tally of an objective after it was moved; None if the context fits nowhere."""
    criteria = objective.criteria
    before = step.run.tallies.get(objective.id, EMPTY_TALLY)
    ways = reached(criteria, before, step.standing).conditions
    for item, way in zip(criteria.conditions, ways, strict=True):
        if way.met:
            continue
        signal = _signal(step, item, _clamped(item, way, amount), context)
        after = observe(criteria, before, signal, step.standing)
        if after is not before:
            return _repeated(step, objective, before, after, signal, _clamped(item, way, amount))
    return None


def _repeated(
    step: Step, objective: Objective, before: Tally, once: Tally, signal: Signal, amount: int
) -> Tally:
    """What counts one by one is counted `amount` times; the rest has been counted whole."""
    criteria = objective.criteria
    item = _one_by_one(objective, signal)
    if item is None or amount == 1:
        return once
    if _is_plain(objective, item):
        counted = list(once.counts)
        start = list(before.counts) or [0] * len(counted)
        start[item.place] += amount - 1
        return observe(criteria, replace(before, counts=tuple(start)), signal, step.standing)
    for _ in range(min(amount, REPEATS_MAX) - 1):
        if reached(criteria, once, step.standing).met:
            break
        once = observe(criteria, once, signal, step.standing)
    return once


def _one_by_one(objective: Objective, signal: Signal) -> Condition | None:
    """The condition that a signal counts for once, whatever its amount."""
    for item in objective.criteria.conditions:
        if item.subject is Subject.ACTIVITY and signal.kind is SignalKind.ACTIVITY:
            if not (signal.activity and signal.activity.moved):
                return item
        elif item.subject is Subject.ACHIEVEMENT and signal.kind is SignalKind.ACHIEVEMENT:
            return item
    return None


def _is_plain(objective: Objective, item: Condition) -> bool:
    """Whether a condition is one sum for all time."""
    criteria = objective.criteria
    return (
        len(criteria.conditions) == 1
        and item.frame is TimeFrame.ALL
        and not item.distinct
        and criteria.logic is not Logic.SEQUENCE
    )


def _clamped(item: Condition, way: Met, amount: int) -> int:
    left = way.target - way.current
    if item.operator is Operator.MORE_THAN:
        left += 1
    elif item.operator not in (Operator.AT_LEAST, Operator.EQUAL):
        return amount
    return max(1, min(amount, left))


def _signal(step: Step, item: Condition, amount: int, context: Mapping[str, str]) -> Signal:
    """What would have moved a condition, had the game told it as an activity or otherwise."""
    player_id, now_us = step.player.player_id, step.work.now_us
    kind = _KINDS.get(item.subject)
    if kind is not None:
        return Signal(player_id, kind, item.key, amount, now_us, RULE)
    is_named = item.subject is Subject.ACTIVITY and item.key != ANY_ACTIVITY
    activity_type = item.key if is_named else ""
    metrics = {item.key: amount} if item.subject is Subject.METRIC else {}
    view = ActivityView(
        activity_type=activity_type,
        context=context,
        perfect=True,
        first_try=True,
        time_us=0,
        expected_us=1,
        reference_id=context.get(REFERENCE, ""),
        moved=metrics,
        received=metrics,
    )
    return Signal(player_id, SignalKind.ACTIVITY, activity_type, 1, now_us, RULE, view)
