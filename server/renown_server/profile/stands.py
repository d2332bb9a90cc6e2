"""Where a player stands on a catalog's curve, as values that answers can keep; pure."""

from __future__ import annotations

from typing import Protocol

import msgspec

from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.work import Work
from renown_server.profile.levels import held_level, progress
from renown_server.profile.state import PlayerBook


class Stands(msgspec.Struct, frozen=True):
    """XP, level and the way to the next one, as `renown.v1.LevelProgress` has them.

    Answers of commands keep it: a retry gets the same one after another curve was published.
    """

    level: int
    lifetime_xp: int
    xp: int
    current_level_xp: int
    next_level_xp: int
    progress_bp: int
    max_level: bool
    prestige: int


class Experienced(Protocol):
    """Who has XP: a player of a batch, or as readers see it."""

    @property
    def xp(self) -> int:
        """Of this prestige."""

    @property
    def lifetime_xp(self) -> int:
        """All ever earned."""

    @property
    def level(self) -> int:
        """The level that is held."""

    @property
    def prestige(self) -> int:
        """How often the player has started over."""


def stands(catalog: CatalogSnapshot, who: Experienced) -> Stands:
    """Where a player stands on the catalog's curve, by what its levels ask for."""
    gates = [gate for gate, _ in catalog.progression.level_achievements]
    level = held_level(catalog.levels, who.xp, who.level, gates)
    found = progress(catalog.levels, who.xp, level)
    return Stands(
        level=found.level,
        lifetime_xp=who.lifetime_xp,
        xp=who.xp,
        current_level_xp=found.current_level_xp,
        next_level_xp=found.next_level_xp,
        progress_bp=found.progress_bp,
        max_level=found.max_level,
        prestige=who.prestige,
    )


def stands_of(work: Work, player_id: str) -> Stands:
    """Where a player of the batch stands now."""
    return stands(work.catalog, work.slice(PlayerBook).get(player_id))
