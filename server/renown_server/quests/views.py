"""Attempts as players see them: values that answers keep, so that a retry gets the same; pure."""

from __future__ import annotations

import msgspec

from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.quests import Objective, Quest
from renown_server.inventory.standing import require_items, standing
from renown_server.progress.counting import reached
from renown_server.progress.values import EMPTY_TALLY, QuestRun
from renown_server.quests.runs import EndedRun, ends_us, is_unlocked, required_of
from renown_server.quests.seeking import Seeker
from renown_server.quests.tables import QuestOutcome

ACTIVE = 1
CLAIMABLE = 2
"""Values of `renown.v1.QuestState`, beside those of `QuestOutcome`."""


class ObjectiveView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where an objective stands; see `renown.v1.ObjectiveState`."""

    id: str
    description: str = ""
    current: int = 0
    required: int = 0
    progress_bp: int = 0
    done: bool = False
    unlocked: bool = False
    optional: bool = False
    order: int = 0
    hide_progress: bool = False
    checkpoints: tuple[int, ...] = ()
    next_checkpoint: int = 0
    expires_us: int = 0


class RunView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where an attempt stands; see `renown.v1.QuestRun`. Moments of 0 are unset."""

    quest: str
    attempt: int
    state: int
    progress_bp: int = 0
    objectives: tuple[ObjectiveView, ...] = ()
    started_us: int = 0
    expires_us: int = 0
    completed_us: int = 0
    claimed_us: int = 0
    ended_us: int = 0


def open_view(seeker: Seeker, quest: Quest | None, quest_id: str, run: QuestRun) -> RunView:
    """An attempt that has not ended, as far as anybody has noted: it may have expired.

    What the catalog no longer defines has no objectives.
    """
    now_us = seeker.work.now_us
    end_us = ends_us(quest, run)
    if 0 < end_us <= now_us:
        expired = QuestOutcome.EXPIRED.value
        return RunView(
            quest_id,
            run.attempt,
            expired,
            _progress(_objectives(seeker, quest, run)),
            started_us=run.started_us,
            expires_us=end_us,
            ended_us=end_us,
        )
    objectives = _objectives(seeker, quest, run)
    return RunView(
        quest_id,
        run.attempt,
        CLAIMABLE if run.completed_us else ACTIVE,
        BASIS_POINTS if run.completed_us else _progress(objectives),
        objectives=objectives,
        started_us=run.started_us,
        expires_us=end_us,
        completed_us=run.completed_us,
    )


def paid_view(seeker: Seeker, quest: Quest, run: QuestRun) -> RunView:
    """An attempt that was completed and paid just now."""
    return RunView(
        quest.id,
        run.attempt,
        QuestOutcome.COMPLETED.value,
        BASIS_POINTS,
        started_us=run.started_us,
        completed_us=run.completed_us,
        claimed_us=seeker.work.now_us,
        ended_us=seeker.work.now_us,
    )


def latest_view(seeker: Seeker, quest: Quest, run: QuestRun) -> RunView:
    """An attempt after something was done to it: what completes it may have paid it."""
    kept = seeker.runs.get(quest.id)
    if kept is None or kept.attempt != run.attempt:
        return paid_view(seeker, quest, run)
    asked = [objective.criteria for objective in quest.objectives]
    require_items(seeker.work, seeker.player.player_id, asked)
    return open_view(seeker, quest, quest.id, kept)


def ended_view(run: EndedRun) -> RunView:
    """An attempt that has ended; how far it came is known of what was completed."""
    completed = bool(run.completed_us)
    expired = run.outcome is QuestOutcome.EXPIRED
    return RunView(
        run.quest,
        run.attempt,
        run.outcome.value,
        BASIS_POINTS if completed else 0,
        started_us=run.started_us,
        expires_us=run.ended_us if expired else 0,
        completed_us=run.completed_us,
        claimed_us=run.ended_us if run.outcome is QuestOutcome.COMPLETED else 0,
        ended_us=run.ended_us,
    )


def _objectives(seeker: Seeker, quest: Quest | None, run: QuestRun) -> tuple[ObjectiveView, ...]:
    if quest is None:
        return ()
    required = {each.id for each in required_of(quest)}
    return tuple(
        [
            _objective(seeker, quest, each, run, optional=each.id not in required)
            for each in quest.objectives
        ]
    )


def _objective(
    seeker: Seeker, quest: Quest, objective: Objective, run: QuestRun, *, optional: bool
) -> ObjectiveView:
    tally = run.tallies.get(objective.id, EMPTY_TALLY)
    way = reached(objective.criteria, tally, standing(seeker.work, seeker.player))
    done = objective.id in run.done
    current = way.target if done else max(0, min(way.current, way.target))
    share = BASIS_POINTS if done else _share(current, way.target)
    hidden = objective.hide_progress and not done
    paid = run.checkpoints.get(objective.id, 0)
    values = [value for value, _ in objective.checkpoints]
    left = [value for value in values if value > paid]
    return ObjectiveView(
        objective.id,
        objective.description,
        current=0 if hidden else current,
        required=way.target,
        progress_bp=0 if hidden else share,
        done=done,
        unlocked=is_unlocked(quest, objective, run),
        optional=optional,
        order=objective.order,
        hide_progress=objective.hide_progress,
        checkpoints=() if hidden else tuple([v // objective.unit for v in values if v <= paid]),
        next_checkpoint=left[0] // objective.unit if left and not hidden else 0,
        expires_us=run.started_us + objective.within_us if objective.within_us else 0,
    )


def _share(current: int, target: int) -> int:
    # Not all of it before it is done, whatever the operator asks for.
    return min(BASIS_POINTS - 1, current * BASIS_POINTS // target) if target > 0 else 0


def _progress(objectives: tuple[ObjectiveView, ...]) -> int:
    """The mean of the required ones; what hides its progress counts once it is done."""
    shares = [each.progress_bp for each in objectives if not each.optional]
    return sum(shares) // len(shares) if shares else 0
