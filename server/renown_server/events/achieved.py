"""Facts about progress as the payloads of events; those of answers are in `progress.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from renown.v1 import progress_pb2 as pb
from renown_server.engine import facts
from renown_server.events import progress
from renown_server.events.progress import date_of
from renown_server.wire.timestamps import to_timestamp


def _filled(kind: type[Message], fill: Callable[[Any, Any], None]) -> Callable[[Any], Message]:
    """What makes the message that `fill` fills."""

    def make(fact: Any) -> Message:
        message = kind()
        fill(message, fact)
        return message

    return make


def _achievement_progressed(fact: facts.AchievementProgressed) -> pb.AchievementProgress:
    return pb.AchievementProgress(
        achievement_id=fact.achievement, current=fact.current, target=fact.target
    )


def _badge_equipped(fact: facts.BadgeEquipped) -> pb.BadgeEquipped:
    return pb.BadgeEquipped(badge_id=fact.badge, equipped=fact.equipped)


def _streak_broken(fact: facts.StreakBroken) -> pb.StreakBroken:
    return pb.StreakBroken(
        streak_id=fact.streak,
        length=fact.length,
        start_date=date_of(fact.start_day),
        end_date=date_of(fact.end_day),
    )


def _streak_at_risk(fact: facts.StreakAtRisk) -> pb.StreakAtRisk:
    return pb.StreakAtRisk(
        streak_id=fact.streak, current=fact.current, breaks_at=to_timestamp(fact.breaks_us)
    )


def _streak_frozen(fact: facts.StreakFrozen) -> pb.StreakFrozen:
    return pb.StreakFrozen(
        streak_id=fact.streak, from_date=date_of(fact.from_day), to_date=date_of(fact.to_day)
    )


def _streak_repaired(fact: facts.StreakRepaired) -> pb.StreakRepaired:
    return pb.StreakRepaired(
        streak_id=fact.streak, current=fact.current, dates=[date_of(day) for day in fact.days]
    )


def _quest_abandoned(fact: facts.QuestAbandoned) -> pb.QuestChange:
    return pb.QuestChange(quest_id=fact.quest, attempt=fact.attempt)


def _quest_expired(fact: facts.QuestExpired) -> pb.QuestChange:
    return pb.QuestChange(
        quest_id=fact.quest, attempt=fact.attempt, expires_at=to_timestamp(fact.expires_us)
    )


def _prestige_gained(fact: facts.Prestiged) -> pb.Prestiged:
    return pb.Prestiged(
        prestige=fact.prestige, level_before=fact.level_before, xp_before=fact.xp_before
    )


def _metric_reset(fact: facts.MetricReset) -> pb.MetricReset:
    return pb.MetricReset(metric=fact.metric, amount=fact.amount)


def _title(fact: facts.TitleRevoked | facts.TitleEquipped) -> pb.TitleChange:
    return pb.TitleChange(title_id=fact.title)


def _content_locked(fact: facts.ContentLocked) -> pb.ContentUnlocked:
    return pb.ContentUnlocked(content_id=fact.content)


def _time_zone_changed(fact: facts.TimeZoneChanged) -> pb.TimeZoneChange:
    return pb.TimeZoneChange(from_zone=fact.zone_before, to_zone=fact.zone)


PAYLOADS: dict[type[facts.Fact], tuple[str, Callable[[Any], Any]]] = {
    facts.AchievementProgressed: ("achievement_progressed", _achievement_progressed),
    facts.AchievementMilestoneReached: (
        "achievement_milestone",
        _filled(pb.AchievementMilestone, progress.fill_milestone),
    ),
    facts.AchievementUnlocked: (
        "achievement_unlocked",
        _filled(pb.AchievementUnlock, progress.fill_unlock),
    ),
    facts.AchievementRevoked: (
        "achievement_revoked",
        _filled(pb.AchievementRevoked, progress.fill_revoked),
    ),
    facts.BadgeChanged: ("badge_changed", _filled(pb.BadgeChange, progress.fill_badge)),
    facts.BadgeEquipped: ("badge_equipped", _badge_equipped),
    facts.BadgeCollectionCompleted: (
        "badge_collection_completed",
        _filled(pb.BadgeCollectionCompleted, progress.fill_collection),
    ),
    facts.StreakAdvanced: ("streak_advanced", _filled(pb.StreakAdvanced, progress.fill_streak)),
    facts.StreakBroken: ("streak_broken", _streak_broken),
    facts.StreakMilestoneReached: (
        "streak_milestone",
        _filled(pb.StreakMilestone, progress.fill_streak_milestone),
    ),
    facts.StreakAtRisk: ("streak_at_risk", _streak_at_risk),
    facts.StreakFrozen: ("streak_frozen", _streak_frozen),
    facts.StreakRepaired: ("streak_repaired", _streak_repaired),
    facts.StreakDayRemoved: (
        "streak_day_removed",
        _filled(pb.StreakDayRemoved, progress.fill_day_removed),
    ),
    facts.QuestStarted: ("quest_started", _filled(pb.QuestChange, progress.fill_quest_started)),
    facts.QuestUnlocked: ("quest_unlocked", _filled(pb.QuestChange, progress.fill_quest_unlocked)),
    facts.ObjectiveProgressed: (
        "quest_objective",
        _filled(pb.ObjectiveProgress, progress.fill_objective),
    ),
    facts.QuestCompleted: (
        "quest_completed",
        _filled(pb.QuestCompleted, progress.fill_quest_completed),
    ),
    facts.QuestClaimed: ("quest_claimed", _filled(pb.QuestChange, progress.fill_quest_claimed)),
    facts.QuestAbandoned: ("quest_abandoned", _quest_abandoned),
    facts.QuestExpired: ("quest_expired", _quest_expired),
    facts.QuestRevoked: ("quest_revoked", _filled(pb.QuestRevoked, progress.fill_quest_revoked)),
    facts.Prestiged: ("prestige_gained", _prestige_gained),
    facts.MetricReset: ("metric_reset", _metric_reset),
    facts.TitleEarned: ("title_earned", _filled(pb.TitleChange, progress.fill_title)),
    facts.TitleRevoked: ("title_revoked", _title),
    facts.TitleEquipped: ("title_equipped", _title),
    facts.ContentUnlocked: (
        "content_unlocked",
        _filled(pb.ContentUnlocked, progress.fill_unlocked),
    ),
    facts.ContentLocked: ("content_locked", _content_locked),
    facts.TimeZoneChanged: ("time_zone_changed", _time_zone_changed),
}
"""Each class of fact about progress: the event's payload field, and what makes it."""
