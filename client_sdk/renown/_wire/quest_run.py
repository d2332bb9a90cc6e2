"""Players' attempts at quests."""

from __future__ import annotations

from renown._model.quest_run import ObjectiveState, QuestResult, QuestRun, QuestState, QuestTotals
from renown._wire.inventory import rewards
from renown._wire.scalars import moment, moment_if_set
from renown.v1 import quest_service_pb2 as pb


def objective_state(message: pb.ObjectiveState) -> ObjectiveState:
    """Reads an ObjectiveState."""
    return ObjectiveState(
        objective_id=message.objective_id,
        description=message.description,
        current=message.current,
        required=message.required,
        progress_basis_points=message.progress_basis_points,
        done=message.done,
        unlocked=message.unlocked,
        optional=message.optional,
        order=message.order,
        hide_progress=message.hide_progress,
        checkpoints_reached=tuple(message.checkpoints_reached),
        next_checkpoint=message.next_checkpoint,
        expires_at=moment_if_set(message, "expires_at"),
    )


def quest_run(message: pb.QuestRun) -> QuestRun:
    """Reads a QuestRun."""
    return QuestRun(
        quest_id=message.quest_id,
        attempt=message.attempt,
        state=QuestState(message.state),
        progress_basis_points=message.progress_basis_points,
        objectives=tuple(objective_state(item) for item in message.objectives),
        started_at=moment(message.started_at),
        expires_at=moment_if_set(message, "expires_at"),
        completed_at=moment_if_set(message, "completed_at"),
        claimed_at=moment_if_set(message, "claimed_at"),
        ended_at=moment_if_set(message, "ended_at"),
    )


def quest_totals(message: pb.QuestTotals) -> QuestTotals:
    """Reads QuestTotals."""
    return QuestTotals(
        active=message.active,
        claimable=message.claimable,
        completed_today=message.completed_today,
        completed_total=message.completed_total,
        quest_points=message.quest_points,
        challenges_won=message.challenges_won,
        challenges_total=message.challenges_total,
    )


def quest_result(
    message: pb.StartQuestResponse | pb.AdvanceObjectiveResponse | pb.ClaimQuestRewardResponse,
) -> QuestResult:
    """Reads the answer to a change of an attempt."""
    return QuestResult(
        run=quest_run(message.run),
        effects=rewards(message.effects),
    )
