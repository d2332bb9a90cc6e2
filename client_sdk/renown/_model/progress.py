"""What something did to a player's progress, as results and events carry it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AchievementMilestone:
    """A share of the way to an achievement.

    Attributes:
        achievement_id: the achievement.
        percentage: the share reached: 1 to 99.
        message: the milestone's text; may be empty.
    """

    achievement_id: str
    percentage: int
    message: str


@dataclass(frozen=True, slots=True)
class AchievementUnlock:
    """An achievement earned, or a tier of it.

    Attributes:
        achievement_id: the achievement.
        tier: the tier reached; 0 if it has none.
        times_completed: how often the player has earned it now.
        points: its achievement points.
        started_at: when the player began with it; None if it was given.
    """

    achievement_id: str
    tier: int
    times_completed: int
    points: int
    started_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class AchievementRevoked:
    """An achievement taken back.

    Attributes:
        achievement_id: the achievement.
        tier: the tier that is left; 0 if none is.
        times_completed: how often it is left earned.
    """

    achievement_id: str
    tier: int
    times_completed: int


@dataclass(frozen=True, slots=True)
class BadgeChange:
    """A change of how many of a badge a player owns.

    Attributes:
        badge_id: the badge.
        quantity: the signed change.
        quantity_after: how many the player owns now.
        counter_account: names where it came from or went, such as
            `achievement:century_club`, `player:bob` or `admin`.
        reason: how it was earned.
        awarded_by: who awarded it by hand; empty if nobody did.
    """

    badge_id: str
    quantity: int
    quantity_after: int
    counter_account: str
    reason: str
    awarded_by: str


@dataclass(frozen=True, slots=True)
class BadgeCollectionCompleted:
    """The last missing badge of a collection.

    Attributes:
        collection_id: the collection.
    """

    collection_id: str


@dataclass(frozen=True, slots=True)
class StreakAdvanced:
    """A day added to a streak.

    Attributes:
        streak_id: the streak activity.
        current: the length in days.
        longest: the longest ever.
        date: the local day that counted.
    """

    streak_id: str
    current: int
    longest: int
    date: dt.date


@dataclass(frozen=True, slots=True)
class StreakMilestone:
    """A length of a streak that counts.

    Attributes:
        streak_id: the streak activity.
        days: the length.
    """

    streak_id: str
    days: int


@dataclass(frozen=True, slots=True)
class ObjectiveProgress:
    """A step of an objective.

    Attributes:
        quest_id: the quest.
        objective_id: the objective.
        current: how far it has come, scaled as what it requires.
        required: how far it has to come.
        completed: it is done.
        checkpoint: the checkpoint passed; 0 if none was.
    """

    quest_id: str
    objective_id: str
    current: int
    required: int
    completed: bool
    checkpoint: int


@dataclass(frozen=True, slots=True)
class QuestCompleted:
    """A quest whose required objectives are done.

    Attributes:
        quest_id: the quest.
        attempt: the number of the player's attempt, from 1.
        times_completed: how often the player has completed it now.
        claimable: its reward waits to be claimed.
    """

    quest_id: str
    attempt: int
    times_completed: int
    claimable: bool


@dataclass(frozen=True, slots=True)
class ContentUnlocked:
    """Content of the game that a player may use now.

    Attributes:
        content_id: the game's name of it.
    """

    content_id: str


@dataclass(frozen=True, slots=True)
class QuestChange:
    """A change of a quest's attempt.

    Attributes:
        quest_id: the quest.
        attempt: the number of the player's attempt, from 1; 0 if none began.
        expires_at: when it ends; None if it doesn't, or has ended.
    """

    quest_id: str
    attempt: int
    expires_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class QuestStarted(QuestChange):
    """An attempt began."""


@dataclass(frozen=True, slots=True)
class QuestUnlocked(QuestChange):
    """A quest can be started."""


@dataclass(frozen=True, slots=True)
class QuestClaimed(QuestChange):
    """The rewards of an attempt were paid."""


@dataclass(frozen=True, slots=True)
class TitleEarned:
    """A title may be worn."""

    title_id: str


@dataclass(frozen=True, slots=True)
class StreakDayRemoved:
    """A day that counts no more: what was done on it was revoked.

    Attributes:
        streak_id: the streak activity.
        date: the local day.
        current: the length in days that is left.
    """

    streak_id: str
    date: dt.date
    current: int


@dataclass(frozen=True, slots=True)
class QuestRevoked:
    """A quest for which something counts no more.

    Attributes:
        quest_id: the quest.
        attempt: the number of the player's attempt, from 1.
        objective_id: the objective that moved back; empty if the completion is
            undone.
        current: how far the objective has come.
        completed: the quest is still completed.
    """

    quest_id: str
    attempt: int
    objective_id: str
    current: int
    completed: bool


@dataclass(frozen=True, slots=True)
class TitleRevoked:
    """A title may be worn no more."""

    title_id: str


@dataclass(frozen=True, slots=True)
class ContentLocked:
    """Content of the game may be used no more: what unlocked it was taken back."""

    content_id: str


@dataclass(frozen=True, slots=True)
class ProgressChanges:
    """What something did to a player's progress, each in order.

    Attributes:
        achievements: those earned, tiers and repeats included.
        milestones: shares of the way to achievements.
        achievements_revoked: those taken back.
        badges: those that came or went.
        badge_collections: those completed.
        streaks: the days added to streaks.
        streak_milestones: lengths of streaks that count.
        quests_started: attempts begun.
        quests_unlocked: quests that can be started now.
        objectives: those that were completed, passed a checkpoint or report their
            steps.
        quests_completed: those whose required objectives are done.
        quests_claimed: those whose rewards were paid.
        titles: those earned.
        unlocks: contents that the player may use now.
        streak_days_removed: days that count no more after a revocation.
        quests_revoked: quests for which something counts no more.
        titles_revoked: those that may be worn no more.
        contents_locked: contents that the player may use no more.
    """

    achievements: tuple[AchievementUnlock, ...] = ()
    milestones: tuple[AchievementMilestone, ...] = ()
    achievements_revoked: tuple[AchievementRevoked, ...] = ()
    badges: tuple[BadgeChange, ...] = ()
    badge_collections: tuple[BadgeCollectionCompleted, ...] = ()
    streaks: tuple[StreakAdvanced, ...] = ()
    streak_milestones: tuple[StreakMilestone, ...] = ()
    quests_started: tuple[QuestStarted, ...] = ()
    quests_unlocked: tuple[QuestUnlocked, ...] = ()
    objectives: tuple[ObjectiveProgress, ...] = ()
    quests_completed: tuple[QuestCompleted, ...] = ()
    quests_claimed: tuple[QuestClaimed, ...] = ()
    titles: tuple[TitleEarned, ...] = ()
    unlocks: tuple[ContentUnlocked, ...] = ()
    streak_days_removed: tuple[StreakDayRemoved, ...] = ()
    quests_revoked: tuple[QuestRevoked, ...] = ()
    titles_revoked: tuple[TitleRevoked, ...] = ()
    contents_locked: tuple[ContentLocked, ...] = ()
