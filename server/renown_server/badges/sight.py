"""Who sees what: a secret thing exists for those only who have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from renown_server.badges.holding import is_known
from renown_server.catalog.goods import Reward
from renown_server.catalog.progression import Badge, Progression
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
        badge = self._progression.badges.get(badge_id)
        return badge if badge is not None and is_known(self.earned, badge) else None

    def sees_achievement(self, achievement_id: str) -> bool:
        """Whether an achievement is not secret, or earned."""
        achievement = self._progression.achievements.get(achievement_id)
        if achievement is None:
            return False
        return not achievement.secret or self.earned.has_achievement(achievement_id)

    def sees_quest(self, quest_id: str) -> bool:
        """Whether a quest is not hidden, or was started."""
        quest = self._progression.quests.get(quest_id)
        if quest is None or not quest.hidden:
            return quest is not None
        record = self.earned.quests.get(quest_id)
        return record is not None and record.attempts > 0

    def sees_title(self, title_id: str) -> bool:
        """Whether a title is not secret, or earned."""
        title = self._progression.titles.get(title_id)
        if title is None:
            return False
        return not title.secret or title_id in self.earned.honors.titles

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
