"""Why requests about achievements, badges, streaks, quests and XP are refused."""

from __future__ import annotations

from renown._reasons.statuses import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    OutOfRange,
    ResourceExhausted,
)
from renown._reasons.values import (
    AboutAchievement,
    AboutBadge,
    AboutQuest,
    AboutStreak,
    Because,
    Limited,
    Short,
)

# INVALID_ARGUMENT, NOT_FOUND


class UnknownTier(InvalidArgument):
    """The achievement has no such tier."""

    REASON = "UNKNOWN_TIER"


class AchievementNotFound(NotFound):
    """The catalog has no such achievement, or it is secret and not earned."""

    REASON = "ACHIEVEMENT_NOT_FOUND"


class BadgeNotFound(NotFound):
    """The catalog has no such badge, or it is secret and not owned."""

    REASON = "BADGE_NOT_FOUND"


class StreakNotFound(NotFound):
    """The catalog has no such streak activity."""

    REASON = "STREAK_NOT_FOUND"


class QuestNotFound(NotFound):
    """The catalog has no such quest, or it is hidden and not started."""

    REASON = "QUEST_NOT_FOUND"


class TitleNotFound(NotFound):
    """The catalog has no such title, or it is secret and not earned."""

    REASON = "TITLE_NOT_FOUND"


class ObjectiveNotFound(NotFound):
    """The quest has no such objective."""

    REASON = "OBJECTIVE_NOT_FOUND"


# FAILED_PRECONDITION


class AchievementNotEarned(FailedPrecondition, AboutAchievement):
    """The player has not earned it."""

    REASON = "ACHIEVEMENT_NOT_EARNED"


class AchievementAlreadyEarned(FailedPrecondition, AboutAchievement):
    """The player has earned it, and it can't be earned again."""

    REASON = "ACHIEVEMENT_ALREADY_EARNED"


class RequirementNotMet(FailedPrecondition):
    """Something is asked for that the player has not got; what is secret is not named."""

    REASON = "REQUIREMENT_NOT_MET"

    @property
    def requirement(self) -> str:
        """What is asked for, in words."""
        return self.metadata.get("requirement", "")


class InsufficientBadges(FailedPrecondition, AboutBadge, Short):
    """The player has too few of a badge."""

    REASON = "INSUFFICIENT_BADGES"


class BadgeLimit(FailedPrecondition, AboutBadge, Limited):
    """A player may not own more of it."""

    REASON = "BADGE_LIMIT"

    @property
    def player_id(self) -> str:
        """Which player, if it is another one; empty if it is the caller's."""
        return self.metadata.get("player_id", "")


class EquipLimit(FailedPrecondition, Limited):
    """No more badges can be equipped."""

    REASON = "EQUIP_LIMIT"


class ShowcaseLimit(FailedPrecondition, Limited):
    """No more can be shown."""

    REASON = "SHOWCASE_LIMIT"


class NoEvolution(FailedPrecondition, AboutBadge):
    """The badge can't become another one."""

    REASON = "NO_EVOLUTION"


class BadgeInUse(FailedPrecondition, AboutBadge):
    """The last one of the badge is equipped: unequip it first."""

    REASON = "BADGE_IN_USE"


class NotForSale(FailedPrecondition, AboutBadge):
    """The badge can't be bought."""

    REASON = "NOT_FOR_SALE"


class TitleNotEarned(FailedPrecondition):
    """The player has not earned it."""

    REASON = "TITLE_NOT_EARNED"

    @property
    def title(self) -> str:
        """The title."""
        return self.metadata.get("title", "")


class PrestigeUnavailable(FailedPrecondition):
    """The game has no prestige, or no further one."""

    REASON = "PRESTIGE_UNAVAILABLE"

    @property
    def prestige(self) -> int:
        """How often the player has started over."""
        return int(self.metadata.get("prestige", 0))


class QuestUnavailable(FailedPrecondition, AboutQuest, Because):
    """It can't be started: locked, retired, out of its window, or done for this time."""

    REASON = "QUEST_UNAVAILABLE"


class QuestActive(FailedPrecondition, AboutQuest):
    """It is under way already."""

    REASON = "QUEST_ACTIVE"


class QuestNotActive(FailedPrecondition, AboutQuest):
    """It is not under way."""

    REASON = "QUEST_NOT_ACTIVE"


class QuestNotCompleted(FailedPrecondition, AboutQuest):
    """Its required objectives are not done."""

    REASON = "QUEST_NOT_COMPLETED"


class QuestLimit(FailedPrecondition, Limited):
    """Too many quests are under way."""

    REASON = "QUEST_LIMIT"


class ObjectiveLocked(FailedPrecondition, AboutQuest):
    """Others have to be done first, or it is done or out of time."""

    REASON = "OBJECTIVE_LOCKED"

    @property
    def objective(self) -> str:
        """The objective."""
        return self.metadata.get("objective", "")


class NothingToRepair(FailedPrecondition, AboutStreak):
    """The streak is not broken, or too much is missing or past."""

    REASON = "NOTHING_TO_REPAIR"


class FreezeLimit(FailedPrecondition, AboutStreak, Limited):
    """No more days of that month can be frozen."""

    REASON = "FREEZE_LIMIT"


class NotFreezable(FailedPrecondition, AboutStreak, Because):
    """The streak can't be frozen, or not on these days."""

    REASON = "NOT_FREEZABLE"


class CascadeTooLong(FailedPrecondition):
    """Rewards cause others without end: a defect of the catalog. Nothing was done."""

    REASON = "CASCADE_TOO_LONG"

    @property
    def steps(self) -> int:
        """How many things may follow from one request."""
        return int(self.metadata.get("steps", 0))


# OUT_OF_RANGE, RESOURCE_EXHAUSTED


class XpOutOfRange(OutOfRange):
    """XP would fall below 0 or pass 2^53-1."""

    REASON = "XP_OUT_OF_RANGE"

    @property
    def xp(self) -> int:
        """What it would be."""
        return int(self.metadata.get("xp", 0))


class TimeZoneChangedRecently(ResourceExhausted):
    """The time zone was changed too recently; `retry_after` says when it can be again."""

    REASON = "TIME_ZONE_CHANGED_RECENTLY"
