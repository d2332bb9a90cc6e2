"""What something did to a player's progress, as results and events carry it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from renown._model.progress import (
    AchievementMilestone,
    AchievementRevoked,
    AchievementUnlock,
    BadgeChange,
    BadgeCollectionCompleted,
    ContentLocked,
    ContentUnlocked,
    ObjectiveProgress,
    ProgressChanges,
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
from renown._wire.scalars import day, moment_if_set
from renown.v1 import progress_pb2 as pb

QuestChangeT = TypeVar("QuestChangeT", bound=QuestChange)


def achievement_milestone(message: pb.AchievementMilestone) -> AchievementMilestone:
    """Reads an AchievementMilestone."""
    return AchievementMilestone(
        achievement_id=message.achievement_id,
        percentage=message.percentage,
        message=message.message,
    )


def achievement_unlock(message: pb.AchievementUnlock) -> AchievementUnlock:
    """Reads an AchievementUnlock."""
    return AchievementUnlock(
        achievement_id=message.achievement_id,
        tier=message.tier,
        times_completed=message.times_completed,
        points=message.points,
        started_at=moment_if_set(message, "started_at"),
    )


def achievement_revoked(message: pb.AchievementRevoked) -> AchievementRevoked:
    """Reads an AchievementRevoked."""
    return AchievementRevoked(
        achievement_id=message.achievement_id,
        tier=message.tier,
        times_completed=message.times_completed,
    )


def badge_change(message: pb.BadgeChange) -> BadgeChange:
    """Reads a BadgeChange."""
    return BadgeChange(
        badge_id=message.badge_id,
        quantity=message.quantity,
        quantity_after=message.quantity_after,
        counter_account=message.counter_account,
        reason=message.reason,
        awarded_by=message.awarded_by,
    )


def badge_collection_completed(message: pb.BadgeCollectionCompleted) -> BadgeCollectionCompleted:
    """Reads a BadgeCollectionCompleted."""
    return BadgeCollectionCompleted(
        collection_id=message.collection_id,
    )


def streak_advanced(message: pb.StreakAdvanced) -> StreakAdvanced:
    """Reads a StreakAdvanced."""
    return StreakAdvanced(
        streak_id=message.streak_id,
        current=message.current,
        longest=message.longest,
        date=day(message.date),
    )


def streak_milestone(message: pb.StreakMilestone) -> StreakMilestone:
    """Reads a StreakMilestone."""
    return StreakMilestone(
        streak_id=message.streak_id,
        days=message.days,
    )


def objective_progress(message: pb.ObjectiveProgress) -> ObjectiveProgress:
    """Reads an ObjectiveProgress."""
    return ObjectiveProgress(
        quest_id=message.quest_id,
        objective_id=message.objective_id,
        current=message.current,
        required=message.required,
        completed=message.completed,
        checkpoint=message.checkpoint,
    )


def quest_completed(message: pb.QuestCompleted) -> QuestCompleted:
    """Reads a QuestCompleted."""
    return QuestCompleted(
        quest_id=message.quest_id,
        attempt=message.attempt,
        times_completed=message.times_completed,
        claimable=message.claimable,
    )


def content_unlocked(message: pb.ContentUnlocked) -> ContentUnlocked:
    """Reads a ContentUnlocked."""
    return ContentUnlocked(
        content_id=message.content_id,
    )


def quest_change(kind: type[QuestChangeT]) -> Callable[[pb.QuestChange], QuestChangeT]:
    """Returns what reads a QuestChange as one kind of it."""
    return lambda message: kind(
        quest_id=message.quest_id,
        attempt=message.attempt,
        expires_at=moment_if_set(message, "expires_at"),
    )


quest_started = quest_change(QuestStarted)
quest_unlocked = quest_change(QuestUnlocked)
quest_claimed = quest_change(QuestClaimed)


def title_earned(message: pb.TitleChange) -> TitleEarned:
    """Reads a TitleChange."""
    return TitleEarned(message.title_id)


def streak_day_removed(message: pb.StreakDayRemoved) -> StreakDayRemoved:
    """Reads a StreakDayRemoved."""
    return StreakDayRemoved(
        streak_id=message.streak_id,
        date=day(message.date),
        current=message.current,
    )


def quest_revoked(message: pb.QuestRevoked) -> QuestRevoked:
    """Reads a QuestRevoked."""
    return QuestRevoked(
        quest_id=message.quest_id,
        attempt=message.attempt,
        objective_id=message.objective_id,
        current=message.current,
        completed=message.completed,
    )


def title_revoked(message: pb.TitleChange) -> TitleRevoked:
    """Reads a TitleChange of a title that is taken."""
    return TitleRevoked(message.title_id)


def content_locked(message: pb.ContentUnlocked) -> ContentLocked:
    """Reads a ContentUnlocked of what is locked again."""
    return ContentLocked(message.content_id)


_LISTS: dict[str, Callable[[Any], Any]] = {
    "achievements": achievement_unlock,
    "milestones": achievement_milestone,
    "achievements_revoked": achievement_revoked,
    "badges": badge_change,
    "badge_collections": badge_collection_completed,
    "streaks": streak_advanced,
    "streak_milestones": streak_milestone,
    "quests_started": quest_started,
    "quests_unlocked": quest_unlocked,
    "objectives": objective_progress,
    "quests_completed": quest_completed,
    "quests_claimed": quest_claimed,
    "titles": title_earned,
    "unlocks": content_unlocked,
    "streak_days_removed": streak_day_removed,
    "quests_revoked": quest_revoked,
    "titles_revoked": title_revoked,
    "contents_locked": content_locked,
}
_NOTHING = ProgressChanges()


def progress_changes(message: pb.ProgressChanges) -> ProgressChanges:
    """Reads ProgressChanges: only the lists that hold something, for most activities hold none."""
    held = message.ListFields()
    if not held:
        return _NOTHING
    return ProgressChanges(
        **{field.name: tuple(map(_LISTS[field.name], items)) for field, items in held}
    )
