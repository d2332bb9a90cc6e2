"""What is asked of a player before something may be done; pure."""

from __future__ import annotations

from collections.abc import Iterable

from renown_server.engine.work import Work
from renown_server.errors import LevelTooLow, RequirementNotMet
from renown_server.profile.state import PlayerState
from renown_server.progress.sight import sees_achievement, sees_badge, sees_quest
from renown_server.progress.state import ProgressBook


def check(
    work: Work,
    player: PlayerState,
    *,
    min_level: int = 0,
    achievements: Iterable[str] = (),
    quests: Iterable[str] = (),
    badges: Iterable[str] = (),
) -> None:
    """Checks that a player has what is asked for.

    Args:
        work: the batch.
        player: who is asked.
        min_level: the lowest level; 0 is any.
        achievements: achievements to be earned.
        quests: quests to be completed.
        badges: badges to be owned.

    Raises:
        LevelTooLow: the level is not reached.
        RequirementNotMet: something else is missing; what the player may not know of is not named.
        NotLoaded: what was earned is asked for and was not loaded.
    """
    if player.level < min_level:
        raise LevelTooLow(min_level, player.level)
    missing = _missing(work, player, achievements, quests, badges)
    if missing:
        raise RequirementNotMet(missing)


def is_met(
    work: Work,
    player: PlayerState,
    *,
    min_level: int = 0,
    achievements: Iterable[str] = (),
    quests: Iterable[str] = (),
    badges: Iterable[str] = (),
) -> bool:
    """Whether `check` raises nothing."""
    return player.level >= min_level and not _missing(work, player, achievements, quests, badges)


def _missing(
    work: Work,
    player: PlayerState,
    achievements: Iterable[str],
    quests: Iterable[str],
    badges: Iterable[str],
) -> str:
    """The first thing that is missing, for people; empty if nothing is."""
    if not (achievements or quests or badges):
        return ""
    earned = work.slice(ProgressBook).earned(player.player_id)
    known = work.catalog.progression
    for key in achievements:
        if not earned.has_achievement(key):
            seen = sees_achievement(known, earned, key)
            return f"the achievement {key}" if seen else "a secret achievement"
    for key in quests:
        record = earned.quests.get(key)
        if record is None or not record.times:
            seen = sees_quest(known, earned, key)
            return f"the quest {key}" if seen else "a hidden quest"
    for key in badges:
        if not earned.badge_count(key):
            # One that only escrow holds is missing, but known.
            seen = sees_badge(known, earned, key)
            return f"the badge {key}" if seen else "a secret badge"
    return ""
