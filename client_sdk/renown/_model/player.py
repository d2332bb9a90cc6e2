"""Players: who they are, their XP and level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from renown._model.common import CurrencyAmount
from renown._model.reward import ItemAmount


@dataclass(frozen=True, slots=True)
class LevelProgress:
    """Where a player stands.

    Attributes:
        level: the current level, from 1.
        total_xp: all XP ever earned.
        current_xp: the XP of this prestige, which the level follows from.
        current_level_xp: the XP gained within the level.
        next_level_xp: the XP that the level takes in all; 0 at the last level.
        progress_basis_points: the progress to the next level: 10000 is all.
        max_level: there is no next level.
        prestige: how often the player started over.
    """

    level: int
    total_xp: int
    current_xp: int
    current_level_xp: int
    next_level_xp: int
    progress_basis_points: int
    max_level: bool
    prestige: int


@dataclass(frozen=True, slots=True)
class Player:
    """A player as the caller may see it.

    Attributes:
        player_id: the game's id of the player.
        username: unique; empty if none was chosen.
        display_name: for people.
        avatar_url: the player's picture.
        time_zone: the IANA zone in which the player's days begin.
        locale: a BCP 47 tag.
        experience: the player's XP and level.
        stats: the totals of the catalog's metrics, as scaled integers.
        created_at: when the player came to be.
        updated_at: when anything about it last changed.
        last_active_at: when its latest activity was recorded; None if none was.
        title: the id of the title it wears; empty if none.
    """

    player_id: str
    username: str
    display_name: str
    avatar_url: str
    time_zone: str
    locale: str
    experience: LevelProgress
    stats: Mapping[str, int]
    created_at: datetime
    updated_at: datetime
    last_active_at: datetime | None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the curve.

    Attributes:
        level: its number, from 1.
        name: for people; may be empty.
        threshold_xp: the XP at which it is reached.
        level_xp: the XP from here to the next level; 0 at the last.
        rewards: what is paid for reaching it.
        items: what is given for reaching it.
    """

    level: int
    name: str
    threshold_xp: int
    level_xp: int
    rewards: tuple[CurrencyAmount, ...]
    items: tuple[ItemAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class XpEntry:
    """One XP change.

    Attributes:
        sequence: the sequence of its event.
        amount: the XP gained.
        base: the XP before multipliers.
        type: the kind of source: `activity`, `adjustment` by hand, or the method that
            was called.
        source: the definition that gave it.
        reason: the caller's description, if any.
        multiplier_basis_points: all factors together: 10000 is 1.
        leveled_up: whether a level was reached.
        level_to: the level after it.
        balance_after: the XP after it.
        recorded_at: when it was recorded.
        command_id: the activity_id or request_id that caused it.
    """

    sequence: int
    amount: int
    base: int
    type: str
    source: str
    reason: str
    multiplier_basis_points: int
    leveled_up: bool
    level_to: int
    balance_after: int
    recorded_at: datetime
    command_id: str
