"""Where an amount of XP stands on the level curve. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from renown_server.catalog.levels import LevelTable
from renown_server.catalog.limits import BASIS_POINTS


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a player stands.

    Attributes:
        level: the level, from 1.
        current_level_xp: XP gained within it; more than it takes while the next is held back.
        next_level_xp: XP that it takes in all; 0 at the last level.
        progress_bp: progress to the next level in basis points; 10000 at the last level.
        max_level: whether there is no next level.
    """

    level: int
    current_level_xp: int
    next_level_xp: int
    progress_bp: int
    max_level: bool


def level_for(table: LevelTable, xp: int) -> int:
    """The level of a player with `xp` (at least 0) XP."""
    return bisect_right(table.thresholds, xp)


def threshold_of(table: LevelTable, level: int) -> int:
    """The XP at which a level begins."""
    return table.thresholds[level - 1]


def level_xp(table: LevelTable, level: int) -> int:
    """The XP that a level takes in all; 0 at the last."""
    if level >= table.hard_cap:
        return 0
    return table.thresholds[level] - table.thresholds[level - 1]


def held_level(table: LevelTable, xp: int, level: int, gates: Iterable[int]) -> int:
    """The level of a player with `xp` XP, by today's curve.

    Args:
        table: the level curve.
        xp: at least 0.
        level: the level the player was seen to have reached.
        gates: levels that ask for more than XP, lowest first. One above `level` has not been
            passed: who gets what it asks for passes it at once.
    """
    stands = level_for(table, xp)
    for gate in gates:
        if level < gate <= stands:
            return gate - 1
    return stands


def progress(table: LevelTable, xp: int, level: int | None = None) -> Progress:
    """Where a player with `xp` (at least 0) XP stands.

    Args:
        table: the level curve.
        xp: the XP.
        level: the level, if something holds it back below that of the XP; see `held_level`.
    """
    if level is None:
        level = level_for(table, xp)
    gained = xp - threshold_of(table, level)
    needed = level_xp(table, level)
    done = min(BASIS_POINTS, gained * BASIS_POINTS // needed) if needed else BASIS_POINTS
    return Progress(level, gained, needed, done, max_level=not needed)


def room_to_soft_cap(table: LevelTable, xp: int) -> int:
    """XP that a player with `xp` XP gains in full; 0 from the soft cap on."""
    return max(0, table.thresholds[table.soft_cap - 1] - xp) if table.soft_cap else 0


def beyond_rate_bp(table: LevelTable) -> int:
    """The share of XP that is gained beyond the soft cap, in basis points."""
    return table.soft_cap_rate_bp if table.soft_cap else BASIS_POINTS
