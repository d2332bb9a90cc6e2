"""Definitions as messages, without what is secret to who reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from renown.v1 import achievement_service_pb2 as service_pb
from renown.v1 import progression_pb2 as pb
from renown.v1 import reward_pb2
from renown_server.catalog.progression import Achievement, Progression, Status
from renown_server.progress.sight import sees_achievement, sees_badge, sees_quest, sees_title
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

    def hides_achievement(self, known: Progression, achievement_id: str) -> bool:
        """Whether an achievement is secret and not earned."""
        return not sees_achievement(known, self._seen, achievement_id)

    def hides_badge(self, known: Progression, badge_id: str) -> bool:
        """Whether a badge is secret and not owned."""
        return not sees_badge(known, self._seen, badge_id)

    def hides_quest(self, known: Progression, quest_id: str) -> bool:
        """Whether a quest is hidden, and was neither unlocked nor started."""
        return not sees_quest(known, self._seen, quest_id)

    def hides_title(self, known: Progression, title_id: str) -> bool:
        """Whether a title is secret and not earned."""
        return not sees_title(known, self._seen, title_id)

    @property
    def _seen(self) -> Earned:
        return self.earned or _NOTHING


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
    _clear(message.definition, known, viewer)


def _clear(message: pb.AchievementDefinition, known: Progression, viewer: Viewer) -> None:
    """Leaves out what is secret to the viewer."""
    shown = [
        name
        for name in message.prerequisite_achievements
        if not viewer.hides_achievement(known, name)
    ]
    if len(shown) < len(message.prerequisite_achievements):
        message.prerequisite_achievements[:] = shown
    for condition in message.requirements.conditions:
        hides = {
            "achievement": viewer.hides_achievement,
            "badge": viewer.hides_badge,
            "quest": viewer.hides_quest,
        }.get(str(condition.WhichOneof("of")))
        field = str(condition.WhichOneof("of"))
        if hides is not None and hides(known, getattr(condition, field)):
            condition.ClearField("of")
    for reward in _rewards(message):
        _clear_reward(reward, known, viewer)


def _rewards(message: pb.AchievementDefinition) -> Iterator[reward_pb2.Reward]:
    # To ask for a message that is not there would make it be there.
    if message.HasField("rewards"):
        yield message.rewards
    for milestone in message.milestones:
        if milestone.HasField("reward"):
            yield milestone.reward


def _clear_reward(reward: reward_pb2.Reward, known: Progression, viewer: Viewer) -> None:
    for names, hides in (
        (reward.badges, viewer.hides_badge),
        (reward.titles, viewer.hides_title),
        (reward.achievements, viewer.hides_achievement),
        (reward.unlock_quests, viewer.hides_quest),
    ):
        shown = [name for name in names if not hides(known, name)]
        if len(shown) < len(names):
            names[:] = shown
