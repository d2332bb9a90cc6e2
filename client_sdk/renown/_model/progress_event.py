"""What only events say about a player's progress."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from renown._model.progress import (
    AchievementMilestone,
    AchievementRevoked,
    AchievementUnlock,
    BadgeChange,
    BadgeCollectionCompleted,
    ContentLocked,
    ContentUnlocked,
    ObjectiveProgress,
    QuestChange,
    QuestClaimed,
    QuestCompleted,
    QuestRevoked,
    QuestStarted,
    QuestUnlocked,
    StreakAdvanced,
    StreakDayRemoved,
    StreakMilestone,
    TitleEarned,
    TitleRevoked,
)


@dataclass(frozen=True, slots=True)
class AchievementProgress:
    """A step towards an achievement that reports its steps.

    Attributes:
        achievement_id: the achievement.
        current: how far it has come, scaled as its target.
        target: how far it has to come.
    """

    achievement_id: str
    current: int
    target: int


@dataclass(frozen=True, slots=True)
class BadgeEquipped:
    """A badge put on or taken off.

    Attributes:
        badge_id: the badge.
        equipped: whether it is on now.
    """

    badge_id: str
    equipped: bool


@dataclass(frozen=True, slots=True)
class StreakBroken:
    """The end of a streak.

    Attributes:
        streak_id: the streak activity.
        length: how many days it had.
        start_date: its first day.
        end_date: its last day.
    """

    streak_id: str
    length: int
    start_date: dt.date
    end_date: dt.date


@dataclass(frozen=True, slots=True)
class StreakAtRisk:
    """A streak ends with the day unless something is done.

    Attributes:
        streak_id: the streak activity.
        current: its length in days.
        breaks_at: when the day ends.
    """

    streak_id: str
    current: int
    breaks_at: dt.datetime


@dataclass(frozen=True, slots=True)
class StreakFrozen:
    """A span of days that will be no gap.

    Attributes:
        streak_id: the streak activity.
        from_date: the first day.
        to_date: the last day.
    """

    streak_id: str
    from_date: dt.date
    to_date: dt.date


@dataclass(frozen=True, slots=True)
class StreakRepaired:
    """A broken streak made whole.

    Attributes:
        streak_id: the streak activity.
        current: its length in days.
        dates: the days that were missing.
    """

    streak_id: str
    current: int
    dates: tuple[dt.date, ...]


@dataclass(frozen=True, slots=True)
class Prestiged:
    """A player's new start.

    Attributes:
        prestige: how often the player has started over.
        level_before: the level left behind.
        xp_before: the XP left behind.
    """

    prestige: int
    level_before: int
    xp_before: int


@dataclass(frozen=True, slots=True)
class MetricReset:
    """A metric that starts at 0 again.

    Attributes:
        metric: the metric's id.
        amount: the scaled value that is gone.
    """

    metric: str
    amount: int


@dataclass(frozen=True, slots=True)
class TimeZoneChange:
    """A player's move to another time zone.

    Attributes:
        from_zone: the zone left.
        to_zone: the zone in which days begin from now on.
    """

    from_zone: str
    to_zone: str


@dataclass(frozen=True, slots=True)
class QuestAbandoned(QuestChange):
    """An attempt was given up."""


@dataclass(frozen=True, slots=True)
class QuestExpired(QuestChange):
    """An attempt ran out of time."""


@dataclass(frozen=True, slots=True)
class TitleEquipped:
    """A title is worn; none if `title_id` is empty."""

    title_id: str


ProgressPayload = (
    AchievementProgress
    | AchievementMilestone
    | AchievementUnlock
    | AchievementRevoked
    | BadgeChange
    | BadgeEquipped
    | BadgeCollectionCompleted
    | StreakAdvanced
    | StreakBroken
    | StreakMilestone
    | StreakAtRisk
    | StreakFrozen
    | StreakRepaired
    | StreakDayRemoved
    | QuestStarted
    | QuestUnlocked
    | ObjectiveProgress
    | QuestCompleted
    | QuestClaimed
    | QuestAbandoned
    | QuestExpired
    | QuestRevoked
    | Prestiged
    | MetricReset
    | TitleEarned
    | TitleRevoked
    | TitleEquipped
    | ContentUnlocked
    | ContentLocked
    | TimeZoneChange
)
"""What an event says of a player's progress."""
