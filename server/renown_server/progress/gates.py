"""Levels that ask for more than XP; pure."""

from __future__ import annotations

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.work import Work
from renown_server.profile.state import PlayerState
from renown_server.progress.state import ProgressBook


def highest_level(work: Work, player: PlayerState) -> int:
    """The highest level that a player may have, whatever the XP: above it something is missing.

    A level that was reached before its definition asked for anything is kept.

    Raises:
        NotLoaded: a level asks for achievements, and nobody has looked at those of the player.
    """
    for level, achievements in work.catalog.progression.level_achievements:
        if level > player.level:
            earned = work.slice(ProgressBook).earned(player.player_id)
            if not all(map(earned.has_achievement, achievements)):
                return level - 1
    return AMOUNT_MAX
