"""Quests as the catalog defines them."""

from __future__ import annotations

from renown._model.definition import DefinitionStatus, Difficulty
from renown._model.quest_definition import (
    Checkpoint,
    ObjectiveDefinition,
    ObjectiveType,
    QuestDefinition,
    QuestItem,
    QuestNpc,
    QuestRequirements,
    QuestType,
    SkillRequirement,
)
from renown._wire.criteria import condition
from renown._wire.quest_outcome import quest_chain, quest_rewards
from renown._wire.reward import reward
from renown._wire.scalars import moment_of_text, span_if_set
from renown.v1 import progression_pb2 as pb


def checkpoint(message: pb.Checkpoint) -> Checkpoint:
    """Reads a Checkpoint."""
    return Checkpoint(
        value=message.value,
        reward=reward(message.reward),
    )


def objective_definition(message: pb.ObjectiveDefinition) -> ObjectiveDefinition:
    """Reads an ObjectiveDefinition."""
    return ObjectiveDefinition(
        id=message.id,
        description=message.description,
        type=ObjectiveType(message.type or ObjectiveType.COMPLETE.value),
        targets=tuple(condition(item) for item in message.targets),
        hide_progress=message.hide_progress,
        checkpoints=tuple(checkpoint(item) for item in message.checkpoints),
        optional=message.optional,
        order=message.order,
        unlocks=tuple(message.unlocks),
        time_limit=span_if_set(message, "time_limit"),
        time_limit_percent=message.time_limit_percent,
        within=span_if_set(message, "within"),
        in_a_row=message.in_a_row,
        progress_events=message.progress_events,
    )


def quest_item(message: pb.QuestItem) -> QuestItem:
    """Reads a QuestItem."""
    return QuestItem(
        item_id=message.item_id,
        quantity=message.quantity,
        consume=message.consume,
    )


def skill_requirement(message: pb.SkillRequirement) -> SkillRequirement:
    """Reads a SkillRequirement."""
    return SkillRequirement(
        skill=message.skill,
        level=message.level,
    )


def quest_requirements(message: pb.QuestRequirements) -> QuestRequirements:
    """Reads QuestRequirements."""
    return QuestRequirements(
        level=message.level,
        quests_completed=tuple(message.quests_completed),
        achievements=tuple(message.achievements),
        items=tuple(quest_item(item) for item in message.items),
        skills=tuple(skill_requirement(item) for item in message.skills),
        available_from=moment_of_text(message.available_from),
        available_until=moment_of_text(message.available_until),
        daily_reset=message.daily_reset,
        weekly_reset=message.weekly_reset,
        locked=message.locked,
    )


def quest_npc(message: pb.QuestNpc) -> QuestNpc:
    """Reads a QuestNpc."""
    return QuestNpc(
        name=message.name,
        avatar=message.avatar,
        dialogue=tuple(message.dialogue),
    )


def quest_definition(message: pb.QuestDefinition) -> QuestDefinition:
    """Reads a QuestDefinition."""
    return QuestDefinition(
        id=message.id,
        name=message.name,
        title=message.title,
        description=message.description,
        story=message.story,
        category=message.category,
        difficulty=Difficulty(message.difficulty),
        type=QuestType(message.type or QuestType.SIDE.value),
        icon=message.icon,
        banner=message.banner,
        npc=quest_npc(message.npc) if message.HasField("npc") else None,
        objectives=tuple(objective_definition(item) for item in message.objectives),
        requirements=quest_requirements(message.requirements),
        rewards=quest_rewards(message.rewards),
        repeatable=message.repeatable,
        auto_start=message.auto_start,
        auto_claim=message.auto_claim,
        time_limit=span_if_set(message, "time_limit"),
        chain=quest_chain(message.chain) if message.HasField("chain") else None,
        points=message.points,
        priority=message.priority,
        tags=tuple(message.tags),
        expires_at=moment_of_text(message.expires_at),
        status=DefinitionStatus(message.status or DefinitionStatus.ACTIVE.value),
    )
