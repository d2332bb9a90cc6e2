"""What everybody may know: definitions' rewards without what is secret."""

from __future__ import annotations

from dataclasses import replace

from renown_server.catalog.goods import Reward
from renown_server.catalog.progression import Progression


def is_open_achievement(known: Progression, achievement_id: str) -> bool:
    """Whether it is there and not secret."""
    achievement = known.achievements.get(achievement_id)
    return achievement is not None and not achievement.secret


def is_open_badge(known: Progression, badge_id: str) -> bool:
    """Whether it is there and not secret."""
    badge = known.badges.get(badge_id)
    return badge is not None and not badge.secret


def is_open_quest(known: Progression, quest_id: str) -> bool:
    """Whether it is there and not hidden."""
    quest = known.quests.get(quest_id)
    return quest is not None and not quest.hidden


def is_open_title(known: Progression, title_id: str) -> bool:
    """Whether it is there and not secret."""
    title = known.titles.get(title_id)
    return title is not None and not title.secret


def open_reward(known: Progression, reward: Reward) -> Reward:
    """A reward as it is told to whoever asks, whatever that player has earned."""
    if not (reward.badges or reward.titles or reward.unlock_quests or reward.achievements):
        return reward
    return replace(
        reward,
        badges=tuple([name for name in reward.badges if is_open_badge(known, name)]),
        titles=tuple([name for name in reward.titles if is_open_title(known, name)]),
        unlock_quests=tuple([name for name in reward.unlock_quests if is_open_quest(known, name)]),
        achievements=tuple(
            [name for name in reward.achievements if is_open_achievement(known, name)]
        ),
    )
