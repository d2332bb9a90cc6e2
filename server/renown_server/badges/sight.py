"""Who sees what: a secret thing exists for those only who have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from renown_server.catalog.goods import Reward
from renown_server.catalog.progression import Badge, Progression
from renown_server.progress.sight import sees_achievement, sees_badge, sees_quest, sees_title
from renown_server.progress.state import Earned

NOBODY = Earned("")
"""Who asks for nobody, and owns nothing."""


class Sight:
    """What one player sees of the catalog.

    Args:
        progression: the catalog's.
        earned: what the player has earned.
    """

    __slots__ = ("_progression", "earned")

    def __init__(self, progression: Progression, earned: Earned) -> None:
        self._progression = progression
        self.earned = earned

    def badge(self, badge_id: str) -> Badge | None:
        """A badge, unless it is secret and not owned."""
        if not sees_badge(self._progression, self.earned, badge_id):
            return None
        return self._progression.badges[badge_id]

    def sees_achievement(self, achievement_id: str) -> bool:
        """Whether an achievement is not secret, or earned."""
        return sees_achievement(self._progression, self.earned, achievement_id)

    def sees_quest(self, quest_id: str) -> bool:
        """Whether a quest is not hidden, or was unlocked or started."""
        return sees_quest(self._progression, self.earned, quest_id)

    def sees_title(self, title_id: str) -> bool:
        """Whether a title is not secret, or earned."""
        return sees_title(self._progression, self.earned, title_id)

    def badges(self, badge_ids: Iterable[str]) -> tuple[str, ...]:
        """Those badges that are seen."""
        return tuple([name for name in badge_ids if self.badge(name) is not None])

    def reward(self, reward: Reward) -> Reward:
        """A reward without what is not seen."""
        return replace(
            reward,
            badges=self.badges(reward.badges),
            achievements=tuple(filter(self.sees_achievement, reward.achievements)),
            titles=tuple(filter(self.sees_title, reward.titles)),
            unlock_quests=tuple(filter(self.sees_quest, reward.unlock_quests)),
        )


def names_secrets(progression: Progression, badge: Badge) -> bool:
    """Whether a badge's definition names something that is not for everybody."""
    nobody = Sight(progression, NOBODY)
    how = badge.evolution
    achievements = [badge.achievement] if badge.achievement else []
    badges = [*badge.badges_needed, *badge.set_badges]
    if how is not None:
        achievements += how.achievements
        badges.append(how.next_badge)
    return not (
        all(map(nobody.sees_achievement, achievements))
        and all(map(nobody.sees_quest, badge.quests))
        and all(nobody.badge(name) is not None for name in badges)
    )
