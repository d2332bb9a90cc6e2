"""Achievements as the catalog defines them."""

from __future__ import annotations

from renown._model.achievement_definition import (
    AchievementDefinition,
    AchievementDisplay,
    AchievementKind,
    AchievementMilestoneDefinition,
    AchievementTier,
)
from renown._model.definition import DefinitionStatus, Difficulty
from renown._model.item import Rarity
from renown._wire.criteria import requirement
from renown._wire.reward import reward
from renown._wire.scalars import moment_of_text, span_if_set
from renown.v1 import progression_pb2 as pb


def achievement_display(message: pb.AchievementDisplay) -> AchievementDisplay:
    """Reads an AchievementDisplay."""
    return AchievementDisplay(
        title=message.title,
        icon_locked=message.icon_locked,
        icon_unlocked=message.icon_unlocked,
        icon_animated=message.icon_animated,
        banner=message.banner,
        flavor_text=message.flavor_text,
    )


def achievement_tier(message: pb.AchievementTier) -> AchievementTier:
    """Reads an AchievementTier."""
    return AchievementTier(
        tier=message.tier,
        name=message.name,
        requirement=message.requirement,
        reward_basis_points=message.reward_basis_points,
    )


def achievement_milestone_definition(
    message: pb.AchievementMilestoneDefinition,
) -> AchievementMilestoneDefinition:
    """Reads an AchievementMilestoneDefinition."""
    return AchievementMilestoneDefinition(
        percentage=message.percentage,
        message=message.message,
        reward=reward(message.reward),
    )


def achievement_definition(message: pb.AchievementDefinition) -> AchievementDefinition:
    """Reads an AchievementDefinition."""
    return AchievementDefinition(
        id=message.id,
        name=message.name,
        slug=message.slug,
        description=message.description,
        achievement_type=message.achievement_type,
        category=message.category,
        tags=tuple(message.tags),
        display=achievement_display(message.display),
        requirements=requirement(message.requirements),
        prerequisite_achievements=tuple(message.prerequisite_achievements),
        level_requirement=message.level_requirement,
        rewards=reward(message.rewards),
        kind=AchievementKind(message.kind or AchievementKind.PROGRESSIVE.value),
        tiers=tuple(achievement_tier(item) for item in message.tiers),
        milestones=tuple(achievement_milestone_definition(item) for item in message.milestones),
        hide_progress=message.hide_progress,
        progress_events=message.progress_events,
        reset_on_prestige=message.reset_on_prestige,
        difficulty=Difficulty(message.difficulty),
        rarity=Rarity(message.rarity),
        points=message.points,
        estimated_time=span_if_set(message, "estimated_time"),
        secret=message.secret,
        season=message.season,
        available_from=moment_of_text(message.available_from),
        available_until=moment_of_text(message.available_until),
        repeatable=message.repeatable,
        platform=message.platform,
        status=DefinitionStatus(message.status or DefinitionStatus.ACTIVE.value),
        created_by=message.created_by,
    )
