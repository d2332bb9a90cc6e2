"""How far players have come in achievements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.inventory import RewardsReceived
from renown._model.item import Rarity
from renown._model.revocation import Revocation


@dataclass(frozen=True, slots=True)
class AchievementBadge:
    """A badge that an achievement awards.

    Attributes:
        badge_id: the badge.
        name: for people.
    """

    badge_id: str
    name: str


@dataclass(frozen=True, slots=True)
class AchievementInfo:
    """The essentials of an achievement.

    Attributes:
        achievement_id: its id.
        name: for people.
        description: for people.
        achievement_type: the catalog's word for its kind, such as `hours_logged`.
        category: its category.
        rarity: how rare it is meant to be.
        points: the achievement points it counts for. They are no currency.
        points_reward: how much of the catalog's points currency one completion
            pays, in minor units; 0 if it pays none.
        badges: what it awards. Secret ones that the player has not earned are left
            out.
        icon: the address of the picture to show: the unlocked one once it is
            completed.
        is_secret: it is hidden until it is earned.
        is_repeatable: it can be completed again and again.
        tracks_progress: progress is shown before it is completed: it is neither
            hidden nor earned at once.
    """

    achievement_id: str
    name: str
    description: str
    achievement_type: str
    category: str
    rarity: Rarity
    points: int
    points_reward: int
    badges: tuple[AchievementBadge, ...]
    icon: str
    is_secret: bool
    is_repeatable: bool
    tracks_progress: bool


@dataclass(frozen=True, slots=True)
class AchievementTierStanding:
    """Where a player stands in a tiered achievement.

    Attributes:
        tier: the highest tier reached; 0 if none is.
        name: that tier's name.
        tiers: how many tiers there are.
        next_tier: the tier to come; 0 if all are reached.
        next_name: the next tier's name.
        next_requirement: the progress at which it is reached, scaled as
            target_progress is; 0 if all are reached.
    """

    tier: int
    name: str
    tiers: int
    next_tier: int
    next_name: str
    next_requirement: int


@dataclass(frozen=True, slots=True)
class AchievementMilestoneReached:
    """A milestone that was reached.

    Attributes:
        percentage: the share of the target at which it stands.
        message: for the player.
    """

    percentage: int
    message: str


@dataclass(frozen=True, slots=True)
class AchievementConditionProgress:
    """How far one condition is met.

    Attributes:
        index: the condition's place in the definition, from 0.
        current: what was counted, or the value watched, scaled by decimals. It may
            pass the target.
        target: what it is compared with, scaled by decimals.
        decimals: how many digits of current and target stand behind the point.
        progress_basis_points: the share of the target: 10000 is all, and the most.
        is_met: it is met. A condition with an upper bound is met as long as its
            value is within.
    """

    index: int
    current: int
    target: int
    decimals: int
    progress_basis_points: int
    is_met: bool


@dataclass(frozen=True, slots=True)
class PlayerAchievement:
    """How far a player has come in an achievement.

    Where tracks_progress is off and it is not completed, nothing tells progress:
    current_progress, target_progress, decimals and progress_basis_points are 0,
    last_progress_at and tier None, milestones and conditions empty.

    Attributes:
        achievement: what it is.
        current_progress: what was counted towards the next completion, at most
            target_progress, scaled by decimals. Of several conditions, it is how
            many are met; where any of them is enough, the progress of the one that
            has come farthest.
        target_progress: what completes it, scaled by decimals: 1000 with one
            decimal is 100.0. Of several conditions, how many of them are asked for.
            Of a tiered one, the requirement of the last tier.
        decimals: how many digits of current_progress and target_progress stand
            behind the point: those of the metric counted.
        progress_basis_points: current_progress of target_progress, rounded down:
            7650 is 76.5 %, 10000 is all. A completed one that is not repeatable has
            10000.
        is_completed: it was completed at least once. A tiered one is with its last
            tier.
        completed_at: when it was last completed: when that happened, not when it
            was recorded.
        times_completed: how often it was completed.
        started_at: when the first thing that counts happened; None if nothing has.
        last_progress_at: when the last thing that counts happened.
        tier: where the player stands in a tiered one; None in others.
        milestones: those reached on the way to this completion, lowest first.
        conditions: its conditions, in the definition's order.
        available: it can be completed now: it is active and within its season or
            limited time, the player has the level and the prerequisites, and it is
            not completed or can be again. Progress counts without level and
            prerequisites, too.
        showcased: the player shows it to others.
    """

    achievement: AchievementInfo
    current_progress: int
    target_progress: int
    decimals: int
    progress_basis_points: int
    is_completed: bool
    completed_at: datetime | None
    times_completed: int
    started_at: datetime | None
    last_progress_at: datetime | None
    tier: AchievementTierStanding | None
    milestones: tuple[AchievementMilestoneReached, ...]
    conditions: tuple[AchievementConditionProgress, ...]
    available: bool
    showcased: bool


@dataclass(frozen=True, slots=True)
class AchievementCategoryTotal:
    """How far a player has come in one category.

    Attributes:
        category: the category; empty for achievements that have none.
        earned: how many are completed.
        total: how many there are.
        points: the achievement points of those completed.
        progress_basis_points: earned of total, rounded down: 10000 is all.
    """

    category: str
    earned: int
    total: int
    points: int
    progress_basis_points: int


@dataclass(frozen=True, slots=True)
class AchievementTotals:
    """Everything of a player's achievements that it may see, in numbers.

    Attributes:
        total_achievements: how many there are.
        completed: how many are completed.
        in_progress: how many are begun and not completed.
        total_points: the achievement points of those completed: each counts once,
            however often it was completed.
        categories: the categories, by name.
        showcase: the achievements shown to others, in the player's order.
    """

    total_achievements: int
    completed: int
    in_progress: int
    total_points: int
    categories: tuple[AchievementCategoryTotal, ...]
    showcase: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AchievementGrant:
    """An achievement that was granted, and what followed.

    Attributes:
        progress: the achievement as it stands now.
        effects: all that followed: its rewards, and what they unlocked.
    """

    progress: PlayerAchievement
    effects: RewardsReceived


@dataclass(frozen=True, slots=True)
class AchievementRevocation:
    """An achievement that was taken back, and what followed.

    Attributes:
        progress: the achievement as it stands now.
        revocation: what was taken back.
        effects: what else followed, such as badges and achievements that rested on
            it and are lost.
    """

    progress: PlayerAchievement
    revocation: Revocation
    effects: RewardsReceived
