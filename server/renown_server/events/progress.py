"""Facts about progress as messages: for events and for answers.

Answers fill messages in place: nested ones given to a constructor are copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from renown.v1 import progress_pb2 as pb
from renown_server.engine import facts
from renown_server.engine.facts import Fact
from renown_server.wire.timestamps import set_timestamp

_EPOCH_DAY = date(1970, 1, 1).toordinal()


def date_of(day: int) -> str:
    """A day since 1970 as a date, such as 2026-11-20."""
    return date.fromordinal(day + _EPOCH_DAY).isoformat()


def fill_unlock(message: pb.AchievementUnlock, fact: facts.AchievementUnlocked) -> None:
    """Says what was earned."""
    message.achievement_id = fact.achievement
    message.tier = fact.tier
    message.times_completed = fact.times
    message.points = fact.points
    if fact.started_us:
        set_timestamp(message.started_at, fact.started_us)


def fill_milestone(
    message: pb.AchievementMilestone, fact: facts.AchievementMilestoneReached
) -> None:
    """Says what share of the way was reached."""
    message.achievement_id = fact.achievement
    message.percentage = fact.percentage
    message.message = fact.message


def fill_revoked(message: pb.AchievementRevoked, fact: facts.AchievementRevoked) -> None:
    """Says what is left of an achievement."""
    message.achievement_id = fact.achievement
    message.tier = fact.tier
    message.times_completed = fact.times


def fill_badge(message: pb.BadgeChange, fact: facts.BadgeChanged) -> None:
    """Says how many of a badge came or went."""
    message.badge_id = fact.badge
    message.quantity = fact.quantity
    message.quantity_after = fact.quantity_after
    message.counter_account = fact.counter_account
    message.reason = fact.reason
    message.awarded_by = fact.awarded_by


def fill_collection(
    message: pb.BadgeCollectionCompleted, fact: facts.BadgeCollectionCompleted
) -> None:
    """Says which collection is complete."""
    message.collection_id = fact.collection


def fill_streak(message: pb.StreakAdvanced, fact: facts.StreakAdvanced) -> None:
    """Says which day counts, and how long that makes the streak."""
    message.streak_id = fact.streak
    message.current = fact.current
    message.longest = fact.longest
    message.date = date_of(fact.day)


def fill_streak_milestone(message: pb.StreakMilestone, fact: facts.StreakMilestoneReached) -> None:
    """Says how long a streak has become."""
    message.streak_id = fact.streak
    message.days = fact.days


def fill_quest_started(message: pb.QuestChange, fact: facts.QuestStarted) -> None:
    """Says which attempt began."""
    message.quest_id = fact.quest
    message.attempt = fact.attempt
    if fact.expires_us:
        set_timestamp(message.expires_at, fact.expires_us)


def fill_quest_unlocked(message: pb.QuestChange, fact: facts.QuestUnlocked) -> None:
    """Says which quest can be started."""
    message.quest_id = fact.quest


def fill_objective(message: pb.ObjectiveProgress, fact: facts.ObjectiveProgressed) -> None:
    """Says how far an objective has come."""
    message.quest_id = fact.quest
    message.objective_id = fact.objective
    message.current = fact.current
    message.required = fact.required
    message.completed = fact.completed
    message.checkpoint = fact.checkpoint


def fill_quest_completed(message: pb.QuestCompleted, fact: facts.QuestCompleted) -> None:
    """Says which quest is done."""
    message.quest_id = fact.quest
    message.attempt = fact.attempt
    message.times_completed = fact.times
    message.claimable = fact.claimable


def fill_quest_claimed(message: pb.QuestChange, fact: facts.QuestClaimed) -> None:
    """Says which attempt was paid."""
    message.quest_id = fact.quest
    message.attempt = fact.attempt


def fill_day_removed(message: pb.StreakDayRemoved, fact: facts.StreakDayRemoved) -> None:
    """Says which day counts no more, and what that leaves."""
    message.streak_id = fact.streak
    message.date = date_of(fact.day)
    message.current = fact.current


def fill_quest_revoked(message: pb.QuestRevoked, fact: facts.QuestRevoked) -> None:
    """Says what counts for a quest no more."""
    message.quest_id = fact.quest
    message.attempt = fact.attempt
    message.objective_id = fact.objective
    message.current = fact.current
    message.completed = fact.completed


def fill_title(message: pb.TitleChange, fact: facts.TitleEarned | facts.TitleRevoked) -> None:
    """Says which title may be worn, or no more."""
    message.title_id = fact.title


def fill_unlocked(
    message: pb.ContentUnlocked, fact: facts.ContentUnlocked | facts.ContentLocked
) -> None:
    """Says which content may be used, or no more."""
    message.content_id = fact.content


CHANGES: dict[type[Fact], tuple[str, Callable[[Any, Any], None]]] = {
    facts.AchievementUnlocked: ("achievements", fill_unlock),
    facts.AchievementMilestoneReached: ("milestones", fill_milestone),
    facts.AchievementRevoked: ("achievements_revoked", fill_revoked),
    facts.BadgeChanged: ("badges", fill_badge),
    facts.BadgeCollectionCompleted: ("badge_collections", fill_collection),
    facts.StreakAdvanced: ("streaks", fill_streak),
    facts.StreakMilestoneReached: ("streak_milestones", fill_streak_milestone),
    facts.QuestStarted: ("quests_started", fill_quest_started),
    facts.QuestUnlocked: ("quests_unlocked", fill_quest_unlocked),
    facts.ObjectiveProgressed: ("objectives", fill_objective),
    facts.QuestCompleted: ("quests_completed", fill_quest_completed),
    facts.QuestClaimed: ("quests_claimed", fill_quest_claimed),
    facts.TitleEarned: ("titles", fill_title),
    facts.ContentUnlocked: ("unlocks", fill_unlocked),
    facts.StreakDayRemoved: ("streak_days_removed", fill_day_removed),
    facts.QuestRevoked: ("quests_revoked", fill_quest_revoked),
    facts.TitleRevoked: ("titles_revoked", fill_title),
    facts.ContentLocked: ("contents_locked", fill_unlocked),
}
"""Each fact that `ProgressChanges` holds: its list there, and what fills an entry."""


def add_change(message: pb.ProgressChanges, fact: Any) -> None:
    """Adds one of the facts of `CHANGES`."""
    field, fill = CHANGES[type(fact)]
    fill(getattr(message, field).add(), fact)


def fill_progress(message: pb.ProgressChanges, done: Iterable[Any]) -> None:
    """Says what something did to a player's progress, each kind of fact in order.

    Args:
        message: an empty one. One that is a field of another message is there, empty or not, as
            soon as something was added to it, and only then.
        done: what happened; other facts are left out.
    """
    for fact in done:
        if type(fact) in CHANGES:
            add_change(message, fact)
