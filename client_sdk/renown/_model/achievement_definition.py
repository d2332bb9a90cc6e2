"""Achievements as the catalog defines them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from renown._model.basics import WireEnum
from renown._model.criteria import Requirement
from renown._model.definition import DefinitionStatus, Difficulty
from renown._model.item import Rarity
from renown._model.reward import Reward


class AchievementKind(WireEnum):
    """How an achievement is earned.

    Attributes:
        INSTANT: earned at once, and shows no progress.
        PROGRESSIVE: earned step by step.
        TIERED: earned tier by tier.
    """

    UNKNOWN = 0
    INSTANT = 1
    PROGRESSIVE = 2
    TIERED = 3


@dataclass(frozen=True, slots=True)
class AchievementDisplay:
    """How an achievement looks.

    Attributes:
        title: shown to players; the name when empty.
        icon_locked: a picture's address.
        icon_unlocked: a picture's address.
        icon_animated: a picture's address.
        banner: a picture's address.
        flavor_text: lore.
    """

    title: str
    icon_locked: str
    icon_unlocked: str
    icon_animated: str
    banner: str
    flavor_text: str


@dataclass(frozen=True, slots=True)
class AchievementTier:
    """One tier of a tiered achievement.

    Attributes:
        tier: its number, from 1, rising.
        name: for people.
        requirement: what the first condition asks for here, in whole units.
        reward_basis_points: by how much XP and currencies of the rewards are
            multiplied: 20000 doubles; 10000 when 0.
    """

    tier: int
    name: str
    requirement: int
    reward_basis_points: int


@dataclass(frozen=True, slots=True)
class AchievementMilestoneDefinition:
    """Pays for a share of the way.

    Attributes:
        percentage: the share: 1 to 99.
        message: for the player.
        reward: paid once.
    """

    percentage: int
    message: str
    reward: Reward


@dataclass(frozen=True, slots=True)
class AchievementDefinition:
    """A goal that players earn.

    Attributes:
        id: its id.
        name: for people.
        slug: its name in addresses; the id when empty.
        description: for people.
        achievement_type: the game's own kind, such as `hours_logged`.
        category: for lists.
        tags: for filters of the game.
        display: how it looks.
        requirements: what has to be done.
        prerequisite_achievements: what has to be earned first. Progress counts
            meanwhile.
        level_requirement: the level from which it can be earned.
        rewards: given for earning it.
        kind: how it is earned.
        tiers: those of a tiered achievement, lowest first.
        milestones: what is paid for shares of the way, lowest first.
        hide_progress: keeps progress from players until it is earned.
        progress_events: sends an event for every step.
        reset_on_prestige: starts it anew with a prestige.
        difficulty: how hard it is meant to be.
        rarity: how rare it is meant to be.
        points: its achievement points.
        estimated_time: how long it takes, as the game sees it.
        secret: hides it until it is earned.
        season: the season in which it can be earned; always when empty.
        available_from: the first moment in which it counts; None is always.
        available_until: the first moment after it; None is never.
        repeatable: lets it be earned again and again.
        platform: the only platform (context `platform`) whose activities count; all
            when empty.
        status: whether it can be earned.
        created_by: who wrote it.
    """

    id: str
    name: str
    slug: str
    description: str
    achievement_type: str
    category: str
    tags: tuple[str, ...]
    display: AchievementDisplay
    requirements: Requirement
    prerequisite_achievements: tuple[str, ...]
    level_requirement: int
    rewards: Reward
    kind: AchievementKind
    tiers: tuple[AchievementTier, ...]
    milestones: tuple[AchievementMilestoneDefinition, ...]
    hide_progress: bool
    progress_events: bool
    reset_on_prestige: bool
    difficulty: Difficulty
    rarity: Rarity
    points: int
    estimated_time: timedelta | None
    secret: bool
    season: str
    available_from: datetime | None
    available_until: datetime | None
    repeatable: bool
    platform: str
    status: DefinitionStatus
    created_by: str
