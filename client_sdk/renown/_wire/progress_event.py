"""What only events say about a player's progress."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from renown._model.progress_event import (
    AchievementProgress,
    BadgeEquipped,
    MetricReset,
    Prestiged,
    ProgressPayload,
    QuestAbandoned,
    QuestExpired,
    StreakAtRisk,
    StreakBroken,
    StreakFrozen,
    StreakRepaired,
    TimeZoneChange,
    TitleEquipped,
)
from renown._wire import progress
from renown._wire.scalars import day, moment
from renown.v1 import progress_pb2 as pb


def _achievement_progress(message: pb.AchievementProgress) -> AchievementProgress:
    return AchievementProgress(
        achievement_id=message.achievement_id,
        current=message.current,
        target=message.target,
    )


def _badge_equipped(message: pb.BadgeEquipped) -> BadgeEquipped:
    return BadgeEquipped(
        badge_id=message.badge_id,
        equipped=message.equipped,
    )


def _streak_broken(message: pb.StreakBroken) -> StreakBroken:
    return StreakBroken(
        streak_id=message.streak_id,
        length=message.length,
        start_date=day(message.start_date),
        end_date=day(message.end_date),
    )


def _streak_at_risk(message: pb.StreakAtRisk) -> StreakAtRisk:
    return StreakAtRisk(
        streak_id=message.streak_id,
        current=message.current,
        breaks_at=moment(message.breaks_at),
    )


def _streak_frozen(message: pb.StreakFrozen) -> StreakFrozen:
    return StreakFrozen(
        streak_id=message.streak_id,
        from_date=day(message.from_date),
        to_date=day(message.to_date),
    )


def _streak_repaired(message: pb.StreakRepaired) -> StreakRepaired:
    return StreakRepaired(
        streak_id=message.streak_id,
        current=message.current,
        dates=tuple(day(item) for item in message.dates),
    )


def _prestiged(message: pb.Prestiged) -> Prestiged:
    return Prestiged(
        prestige=message.prestige,
        level_before=message.level_before,
        xp_before=message.xp_before,
    )


def _metric_reset(message: pb.MetricReset) -> MetricReset:
    return MetricReset(
        metric=message.metric,
        amount=message.amount,
    )


def _time_zone_change(message: pb.TimeZoneChange) -> TimeZoneChange:
    return TimeZoneChange(
        from_zone=message.from_zone,
        to_zone=message.to_zone,
    )


def _title_equipped(message: pb.TitleChange) -> TitleEquipped:
    return TitleEquipped(message.title_id)


PAYLOADS: dict[str, Callable[[Any], ProgressPayload]] = {
    "achievement_progressed": _achievement_progress,
    "achievement_milestone": progress.achievement_milestone,
    "achievement_unlocked": progress.achievement_unlock,
    "achievement_revoked": progress.achievement_revoked,
    "badge_changed": progress.badge_change,
    "badge_equipped": _badge_equipped,
    "badge_collection_completed": progress.badge_collection_completed,
    "streak_advanced": progress.streak_advanced,
    "streak_broken": _streak_broken,
    "streak_milestone": progress.streak_milestone,
    "streak_at_risk": _streak_at_risk,
    "streak_frozen": _streak_frozen,
    "streak_repaired": _streak_repaired,
    "streak_day_removed": progress.streak_day_removed,
    "quest_started": progress.quest_started,
    "quest_unlocked": progress.quest_unlocked,
    "quest_objective": progress.objective_progress,
    "quest_completed": progress.quest_completed,
    "quest_claimed": progress.quest_claimed,
    "quest_abandoned": progress.quest_change(QuestAbandoned),
    "quest_expired": progress.quest_change(QuestExpired),
    "quest_revoked": progress.quest_revoked,
    "prestige_gained": _prestiged,
    "metric_reset": _metric_reset,
    "title_earned": progress.title_earned,
    "title_revoked": progress.title_revoked,
    "title_equipped": _title_equipped,
    "content_unlocked": progress.content_unlocked,
    "content_locked": progress.content_locked,
    "time_zone_changed": _time_zone_change,
}
"""How to read each of them, by its name in Event's oneof."""
