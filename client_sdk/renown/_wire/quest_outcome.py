"""What quests pay, and where they lead."""

from __future__ import annotations

from renown._model.quest_outcome import (
    BonusCondition,
    BonusReward,
    QuestBranch,
    QuestChain,
    QuestRewards,
    RandomReward,
)
from renown._wire.reward import reward
from renown._wire.scalars import span_if_set
from renown.v1 import progression_pb2 as pb


def bonus_condition(message: pb.BonusCondition) -> BonusCondition:
    """Reads a BonusCondition."""
    return BonusCondition(
        type=message.WhichOneof("of") or "",
        objective=message.objective,
        within=span_if_set(message, "within"),
    )


def random_reward(message: pb.RandomReward) -> RandomReward:
    """Reads a RandomReward."""
    return RandomReward(
        probability_ppm=message.probability_ppm,
        reward=reward(message.reward),
    )


def bonus_reward(message: pb.BonusReward) -> BonusReward:
    """Reads a BonusReward."""
    return BonusReward(
        condition=bonus_condition(message.condition),
        reward=reward(message.reward),
    )


def quest_rewards(message: pb.QuestRewards) -> QuestRewards:
    """Reads QuestRewards."""
    return QuestRewards(
        guaranteed=reward(message.guaranteed),
        random=tuple(random_reward(item) for item in message.random),
        bonus=tuple(bonus_reward(item) for item in message.bonus),
        first_completion=reward(message.first_completion),
        repeat=reward(message.repeat) if message.HasField("repeat") else None,
    )


def quest_branch(message: pb.QuestBranch) -> QuestBranch:
    """Reads a QuestBranch."""
    return QuestBranch(
        condition=bonus_condition(message.condition) if message.HasField("condition") else None,
        quest=message.quest,
    )


def quest_chain(message: pb.QuestChain) -> QuestChain:
    """Reads a QuestChain."""
    return QuestChain(
        chain_id=message.chain_id,
        position=message.position,
        next_quest=message.next_quest,
        branches=tuple(quest_branch(item) for item in message.branches),
    )
