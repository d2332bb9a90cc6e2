"""How far players have come in achievements."""

from __future__ import annotations

from renown._model.item import Rarity
from renown._model.player_achievement import (
    AchievementBadge,
    AchievementCategoryTotal,
    AchievementConditionProgress,
    AchievementGrant,
    AchievementInfo,
    AchievementMilestoneReached,
    AchievementRevocation,
    AchievementTierStanding,
    AchievementTotals,
    PlayerAchievement,
)
from renown._wire.inventory import rewards
from renown._wire.revocation import revocation
from renown._wire.scalars import moment_if_set
from renown.v1 import achievement_service_pb2 as pb


def achievement_badge(message: pb.AchievementBadge) -> AchievementBadge:
    """Reads an AchievementBadge."""
    return AchievementBadge(
        badge_id=message.badge_id,
        name=message.name,
    )


def achievement_info(message: pb.AchievementInfo) -> AchievementInfo:
    """Reads an AchievementInfo."""
    return AchievementInfo(
        achievement_id=message.achievement_id,
        name=message.name,
        description=message.description,
        achievement_type=message.achievement_type,
        category=message.category,
        rarity=Rarity(message.rarity),
        points=message.points,
        points_reward=message.points_reward,
        badges=tuple(achievement_badge(item) for item in message.badges),
        icon=message.icon,
        is_secret=message.is_secret,
        is_repeatable=message.is_repeatable,
        tracks_progress=message.tracks_progress,
    )


def achievement_tier_standing(message: pb.AchievementTierStanding) -> AchievementTierStanding:
    """Reads an AchievementTierStanding."""
    return AchievementTierStanding(
        tier=message.tier,
        name=message.name,
        tiers=message.tiers,
        next_tier=message.next_tier,
        next_name=message.next_name,
        next_requirement=message.next_requirement,
    )


def achievement_milestone_reached(
    message: pb.AchievementMilestoneReached,
) -> AchievementMilestoneReached:
    """Reads an AchievementMilestoneReached."""
    return AchievementMilestoneReached(
        percentage=message.percentage,
        message=message.message,
    )


def achievement_condition_progress(
    message: pb.AchievementConditionProgress,
) -> AchievementConditionProgress:
    """Reads an AchievementConditionProgress."""
    return AchievementConditionProgress(
        index=message.index,
        current=message.current,
        target=message.target,
        decimals=message.decimals,
        progress_basis_points=message.progress_basis_points,
        is_met=message.is_met,
    )


def player_achievement(message: pb.PlayerAchievement) -> PlayerAchievement:
    """Reads a PlayerAchievement."""
    return PlayerAchievement(
        achievement=achievement_info(message.achievement),
        current_progress=message.current_progress,
        target_progress=message.target_progress,
        decimals=message.decimals,
        progress_basis_points=message.progress_basis_points,
        is_completed=message.is_completed,
        completed_at=moment_if_set(message, "completed_at"),
        times_completed=message.times_completed,
        started_at=moment_if_set(message, "started_at"),
        last_progress_at=moment_if_set(message, "last_progress_at"),
        tier=achievement_tier_standing(message.tier) if message.HasField("tier") else None,
        milestones=tuple(achievement_milestone_reached(item) for item in message.milestones),
        conditions=tuple(achievement_condition_progress(item) for item in message.conditions),
        available=message.available,
        showcased=message.showcased,
    )


def achievement_category_total(message: pb.AchievementCategoryTotal) -> AchievementCategoryTotal:
    """Reads an AchievementCategoryTotal."""
    return AchievementCategoryTotal(
        category=message.category,
        earned=message.earned,
        total=message.total,
        points=message.points,
        progress_basis_points=message.progress_basis_points,
    )


def achievement_totals(message: pb.ListPlayerAchievementsResponse) -> AchievementTotals:
    """Reads a ListPlayerAchievementsResponse."""
    return AchievementTotals(
        total_achievements=message.total_achievements,
        completed=message.completed,
        in_progress=message.in_progress,
        total_points=message.total_points,
        categories=tuple(achievement_category_total(item) for item in message.categories),
        showcase=tuple(message.showcase),
    )


def achievement_grant(message: pb.GrantAchievementResponse) -> AchievementGrant:
    """Reads a GrantAchievementResponse."""
    return AchievementGrant(
        progress=player_achievement(message.progress),
        effects=rewards(message.effects),
    )


def achievement_revocation(message: pb.RevokeAchievementResponse) -> AchievementRevocation:
    """Reads a RevokeAchievementResponse."""
    return AchievementRevocation(
        progress=player_achievement(message.progress),
        revocation=revocation(message.revocation),
        effects=rewards(message.effects),
    )
