"""What a player may know of: what is secret exists for those only who have it; pure."""

from __future__ import annotations

from dataclasses import dataclass

from renown_server.catalog.progression import Progression
from renown_server.progress.state import Earned


def sees_achievement(known: Progression, earned: Earned, achievement_id: str) -> bool:
    """Whether the catalog has an achievement, and it is not secret, or earned."""
    achievement = known.achievements.get(achievement_id)
    return achievement is not None and (
        not achievement.secret or earned.has_achievement(achievement_id)
    )


def sees_badge(known: Progression, earned: Earned, badge_id: str) -> bool:
    """Whether the catalog has a badge, and it is not secret, or owned, be it in escrow."""
    badge = known.badges.get(badge_id)
    if badge is None or not badge.secret:
        return badge is not None
    owned = earned.badges.get(badge_id)
    return owned is not None and owned.count + owned.escrowed > 0


def sees_quest(known: Progression, earned: Earned, quest_id: str) -> bool:
    """Whether the catalog has a quest, and it is not hidden, or was unlocked or started."""
    quest = known.quests.get(quest_id)
    if quest is None or not quest.hidden:
        return quest is not None
    record = earned.quests.get(quest_id)
    return record is not None and (record.attempts > 0 or record.unlocked)


def sees_title(known: Progression, earned: Earned, title_id: str) -> bool:
    """Whether the catalog has a title, and it is not secret, or earned."""
    title = known.titles.get(title_id)
    return title is not None and (not title.secret or title_id in earned.honors.titles)


@dataclass(frozen=True, slots=True)
class Eyes:
    """Who looks: what has been earned decides which secrets of the catalog are seen."""

    known: Progression
    earned: Earned

    def sees_achievement(self, achievement_id: str) -> bool:
        """See `sees_achievement`."""
        return sees_achievement(self.known, self.earned, achievement_id)

    def sees_badge(self, badge_id: str) -> bool:
        """See `sees_badge`."""
        return sees_badge(self.known, self.earned, badge_id)

    def sees_quest(self, quest_id: str) -> bool:
        """See `sees_quest`."""
        return sees_quest(self.known, self.earned, quest_id)

    def sees_title(self, title_id: str) -> bool:
        """See `sees_title`."""
        return sees_title(self.known, self.earned, title_id)
