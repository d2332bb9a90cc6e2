"""The errors of what players achieve."""

from __future__ import annotations

from renown_server.errors.general import (
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    RateLimited,
    RenownError,
    Status,
)


class AchievementNotFound(NotFound):
    """The catalog has no such achievement, or it is secret and not earned."""

    reason = "ACHIEVEMENT_NOT_FOUND"
    kind = "achievement"


class BadgeNotFound(NotFound):
    """The catalog has no such badge, or it is secret and not owned."""

    reason = "BADGE_NOT_FOUND"
    kind = "badge"


class StreakNotFound(NotFound):
    """The catalog has no such streak activity."""

    reason = "STREAK_NOT_FOUND"
    kind = "streak"


class QuestNotFound(NotFound):
    """The catalog has no such quest, or it is hidden and not started."""

    reason = "QUEST_NOT_FOUND"
    kind = "quest"


class TitleNotFound(NotFound):
    """The catalog has no such title, or it is secret and not earned."""

    reason = "TITLE_NOT_FOUND"
    kind = "title"


class ObjectiveNotFound(NotFound):
    """The quest has no such objective."""

    reason = "OBJECTIVE_NOT_FOUND"
    kind = "objective"


class UnknownTier(InvalidArgument):
    """The achievement has no such tier."""

    reason = "UNKNOWN_TIER"


class AchievementNotEarned(FailedPrecondition):
    """The player has not earned it."""

    reason = "ACHIEVEMENT_NOT_EARNED"

    def __init__(self, achievement: str) -> None:
        super().__init__(f"{achievement} is not earned", metadata={"achievement": achievement})


class AchievementAlreadyEarned(FailedPrecondition):
    """The player has earned it, and it can't be earned again."""

    reason = "ACHIEVEMENT_ALREADY_EARNED"

    def __init__(self, achievement: str) -> None:
        super().__init__(f"{achievement} is earned already", metadata={"achievement": achievement})


class RequirementNotMet(FailedPrecondition):
    """Something is asked for that the player has not got; what is secret is not named."""

    reason = "REQUIREMENT_NOT_MET"

    def __init__(self, requirement: str) -> None:
        super().__init__(f"asks for {requirement}", metadata={"requirement": requirement})


class InsufficientBadges(FailedPrecondition):
    """The player has too few of a badge."""

    reason = "INSUFFICIENT_BADGES"

    def __init__(self, badge: str, needed: int, available: int) -> None:
        super().__init__(
            f"needs {needed} {badge}, has {available}",
            metadata={"badge": badge, "needed": str(needed), "available": str(available)},
        )


class BadgeLimit(FailedPrecondition):
    """A player may not own more of it; `player_id` says who, if that may be another one."""

    reason = "BADGE_LIMIT"

    def __init__(self, badge: str, limit: int, player_id: str = "") -> None:
        metadata = {"badge": badge, "limit": str(limit)}
        if player_id:
            message = f"{badge} can be owned {limit} times, and {player_id} can have no more"
            super().__init__(message, metadata={**metadata, "player_id": player_id})
            return
        super().__init__(f"{badge} can be owned {limit} times", metadata=metadata)


class EquipLimit(FailedPrecondition):
    """No more badges can be equipped."""

    reason = "EQUIP_LIMIT"

    def __init__(self, limit: int) -> None:
        super().__init__(f"no more than {limit} can be equipped", metadata={"limit": str(limit)})


class ShowcaseLimit(FailedPrecondition):
    """No more can be shown."""

    reason = "SHOWCASE_LIMIT"

    def __init__(self, limit: int) -> None:
        super().__init__(f"no more than {limit} can be shown", metadata={"limit": str(limit)})


class NoEvolution(FailedPrecondition):
    """The badge can't become another one."""

    reason = "NO_EVOLUTION"

    def __init__(self, badge: str) -> None:
        super().__init__(f"{badge} does not evolve", metadata={"badge": badge})


class BadgeInUse(FailedPrecondition):
    """The last one of the badge is equipped."""

    reason = "BADGE_IN_USE"

    def __init__(self, badge: str) -> None:
        super().__init__(f"{badge} is equipped", metadata={"badge": badge})


class NotForSale(FailedPrecondition):
    """The badge can't be bought."""

    reason = "NOT_FOR_SALE"

    def __init__(self, badge: str) -> None:
        super().__init__(f"{badge} is not for sale", metadata={"badge": badge})


class TitleNotEarned(FailedPrecondition):
    """The player has not earned it."""

    reason = "TITLE_NOT_EARNED"

    def __init__(self, title: str) -> None:
        super().__init__(f"{title} is not earned", metadata={"title": title})


class PrestigeUnavailable(FailedPrecondition):
    """The game has no prestige, or no further one."""

    reason = "PRESTIGE_UNAVAILABLE"

    def __init__(self, prestige: int) -> None:
        super().__init__(
            f"there is no prestige beyond {prestige}", metadata={"prestige": str(prestige)}
        )


class QuestUnavailable(FailedPrecondition):
    """It can't be started: locked, retired, out of its window, or done for this time."""

    reason = "QUEST_UNAVAILABLE"

    def __init__(self, quest: str, why: str) -> None:
        super().__init__(f"{quest} can't be started: {why}", metadata={"quest": quest, "why": why})


class QuestActive(FailedPrecondition):
    """It is under way already."""

    reason = "QUEST_ACTIVE"

    def __init__(self, quest: str) -> None:
        super().__init__(f"{quest} is under way", metadata={"quest": quest})


class QuestNotActive(FailedPrecondition):
    """It is not under way."""

    reason = "QUEST_NOT_ACTIVE"

    def __init__(self, quest: str) -> None:
        super().__init__(f"{quest} is not under way", metadata={"quest": quest})


class QuestNotCompleted(FailedPrecondition):
    """Its required objectives are not done."""

    reason = "QUEST_NOT_COMPLETED"

    def __init__(self, quest: str) -> None:
        super().__init__(f"{quest} is not completed", metadata={"quest": quest})


class QuestLimit(FailedPrecondition):
    """Too many quests are under way."""

    reason = "QUEST_LIMIT"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"no more than {limit} quests can be under way", metadata={"limit": str(limit)}
        )


class ObjectiveLocked(FailedPrecondition):
    """Others have to be done first, or it is done or out of time."""

    reason = "OBJECTIVE_LOCKED"

    def __init__(self, quest: str, objective: str) -> None:
        super().__init__(
            f"{objective} of {quest} is not open", metadata={"quest": quest, "objective": objective}
        )


class NothingToRepair(FailedPrecondition):
    """The streak is not broken, or too much is missing or past."""

    reason = "NOTHING_TO_REPAIR"

    def __init__(self, streak: str) -> None:
        super().__init__(f"{streak} can't be repaired", metadata={"streak": streak})


class FreezeLimit(FailedPrecondition):
    """No more days of that month can be frozen."""

    reason = "FREEZE_LIMIT"

    def __init__(self, streak: str, limit: int) -> None:
        super().__init__(
            f"{streak}: {limit} days a month can be frozen",
            metadata={"streak": streak, "limit": str(limit)},
        )


class NotFreezable(FailedPrecondition):
    """The streak can't be frozen, or not on these days."""

    reason = "NOT_FREEZABLE"

    def __init__(self, streak: str, why: str) -> None:
        super().__init__(
            f"{streak} can't be frozen: {why}", metadata={"streak": streak, "why": why}
        )


class CascadeTooLong(FailedPrecondition):
    """Rewards cause others without end: a defect of the catalog."""

    reason = "CASCADE_TOO_LONG"

    def __init__(self, steps: int) -> None:
        super().__init__(
            f"more than {steps} things followed from it", metadata={"steps": str(steps)}
        )


class TimeZoneChangedRecently(RateLimited):
    """The time zone was changed too recently."""

    reason = "TIME_ZONE_CHANGED_RECENTLY"


class XpOutOfRange(RenownError):
    """XP would fall below 0 or pass 2^53-1."""

    status = Status.OUT_OF_RANGE
    reason = "XP_OUT_OF_RANGE"

    def __init__(self, xp: int) -> None:
        super().__init__(f"XP would be {xp}", metadata={"xp": str(xp)})
