"""Definitions as messages without what who looks may not know of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, MutableSequence

from renown.v1 import progression_pb2, reward_pb2
from renown_server.progress.sight import Eyes


def keep(names: MutableSequence[str], sees: Callable[[str], bool]) -> None:
    """Leaves out of a list what is not seen."""
    kept = [name for name in names if sees(name)]
    if len(kept) < len(names):
        names[:] = kept


def redact_reward(reward: reward_pb2.Reward, eyes: Eyes) -> None:
    """Leaves out of a reward what is not seen."""
    keep(reward.badges, eyes.sees_badge)
    keep(reward.titles, eyes.sees_title)
    keep(reward.achievements, eyes.sees_achievement)
    keep(reward.unlock_quests, eyes.sees_quest)


def redact_conditions(conditions: Iterable[progression_pb2.Condition], eyes: Eyes) -> None:
    """Leaves out what conditions ask for, where that is not seen; that they ask stays."""
    sees = {
        "achievement": eyes.sees_achievement,
        "badge": eyes.sees_badge,
        "quest": eyes.sees_quest,
    }
    for condition in conditions:
        of = str(condition.WhichOneof("of"))
        if of in sees and not sees[of](getattr(condition, of)):
            condition.ClearField("of")
