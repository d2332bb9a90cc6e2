"""Definitions as messages, without what is secret to who reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from renown.v1 import achievement_service_pb2 as service_pb
from renown.v1 import progression_pb2 as pb
from renown.v1 import reward_pb2
from renown_server.catalog.achievements import Achievement
from renown_server.catalog.availability import Status
from renown_server.catalog.progression import Progression
from renown_server.progress.redaction import keep, redact_conditions, redact_reward
from renown_server.progress.sight import Eyes
from renown_server.progress.state import Earned

CACHED_MAX = 10_000
"""Definitions that are kept as messages."""


@lru_cache(maxsize=CACHED_MAX)
def _parsed(wire: bytes) -> pb.AchievementDefinition:
    """A definition's message; it is shared, and never changed."""
    return pb.AchievementDefinition.FromString(wire)


def icon_of(definition: Achievement, is_completed: bool) -> str:
    """The address of the picture to show."""
    display = _parsed(definition.wire).display
    return display.icon_unlocked if is_completed else display.icon_locked


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who reads definitions: what a player has earned decides which secrets it knows.

    Attributes:
        earned: what it has earned; None for who is no player.
    """

    earned: Earned | None = None

    def has_achievement(self, achievement_id: str) -> bool:
        """Whether it was earned."""
        return self.earned is not None and self.earned.has_achievement(achievement_id)

    def knows(self, definition: Achievement) -> bool:
        """Whether an achievement exists for who reads."""
        return not definition.secret or self.has_achievement(definition.id)

    def eyes(self, known: Progression) -> Eyes:
        """What the viewer may know of."""
        return Eyes(known, self.earned or _NOTHING)


_NOTHING = Earned("")

NOBODY = Viewer()


def fill_achievement(
    message: service_pb.Achievement,
    known: Progression,
    definition: Achievement,
    viewer: Viewer,
    now_us: int,
) -> None:
    """Says what everybody, or this viewer, may know of an achievement."""
    message.definition.CopyFrom(_parsed(definition.wire))
    is_active = definition.status is Status.ACTIVE
    message.in_window = is_active and definition.window.holds(now_us)
    _clear(message.definition, viewer.eyes(known))


def _clear(message: pb.AchievementDefinition, eyes: Eyes) -> None:
    """Leaves out what is secret to the viewer."""
    keep(message.prerequisite_achievements, eyes.sees_achievement)
    redact_conditions(message.requirements.conditions, eyes)
    for reward in _rewards(message):
        redact_reward(reward, eyes)


def _rewards(message: pb.AchievementDefinition) -> Iterator[reward_pb2.Reward]:
    # To ask for a message that is not there would make it be there.
    if message.HasField("rewards"):
        yield message.rewards
    for milestone in message.milestones:
        if milestone.HasField("reward"):
            yield milestone.reward
