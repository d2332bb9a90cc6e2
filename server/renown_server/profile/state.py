"""A player in memory."""

from __future__ import annotations

from typing import Any

import msgspec

from renown_server.engine.state import Entity
from renown_server.errors import PlayerNotFound


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a player has used one activity type that has limits.

    Attributes:
        times_us: when the latest ones occurred, ascending; only for types with
            a cooldown.
        days: (local day as days since 1970, count, XP given), for the days
            within the lateness that the catalog allows.
    """

    times_us: tuple[int, ...] = ()
    days: tuple[tuple[int, int, int], ...] = ()


class Multiplier(msgspec.Struct, frozen=True, array_like=True):
    """A factor of XP that acts in [starts_us, ends_us), microseconds since 1970.

    `source` names it among multipliers, such as `item:double_xp`.
    """

    source: str
    factor_bp: int
    starts_us: int
    ends_us: int


class PlayerState(Entity):
    """The row that is locked: XP, level, metrics, and the event sequence.

    Attributes:
        player_id: the game's id.
        sequence: of the latest event.
        created_us: when the player came to be; 0 for a bare lock root, which
            no reader sees as a player.
        updated_us: when anything last changed.
        last_active_us: when the latest activity was recorded.
        xp: of this prestige; the level follows from it.
        lifetime_xp: ever earned.
        level: from 1.
        reward_level: the highest level whose rewards were paid in this
            prestige.
        prestige: how often the player started over.
        time_zone: IANA name.
        metrics: totals by metric, scaled.
        usage: by activity type, for types with limits.
        multipliers: those that act, or did within the lateness that the catalog allows.
    """

    __slots__ = (
        "created_us",
        "last_active_us",
        "level",
        "lifetime_xp",
        "metrics",
        "multipliers",
        "player_id",
        "prestige",
        "reward_level",
        "sequence",
        "time_zone",
        "updated_us",
        "usage",
        "xp",
    )

    def __init__(self, player_id: str) -> None:
        self._touched_by = None
        self.is_dirty = False
        self.player_id = player_id
        self.sequence = 0
        self.created_us = 0
        self.updated_us = 0
        self.last_active_us = 0
        self.xp = 0
        self.lifetime_xp = 0
        self.level = 1
        self.reward_level = 1
        self.prestige = 0
        self.time_zone = "UTC"
        self.metrics: dict[str, int] = {}
        self.usage: dict[str, Usage] = {}
        self.multipliers: tuple[Multiplier, ...] = ()

    def save(self) -> tuple[Any, ...]:
        """What `restore` needs; the maps are copied because they change."""
        return (
            self.sequence,
            self.created_us,
            self.updated_us,
            self.last_active_us,
            self.xp,
            self.lifetime_xp,
            self.level,
            self.reward_level,
            self.prestige,
            self.time_zone,
            self.metrics.copy(),
            self.usage.copy(),
            self.multipliers,
        )

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Undoes all changes since `save`."""
        (
            self.sequence,
            self.created_us,
            self.updated_us,
            self.last_active_us,
            self.xp,
            self.lifetime_xp,
            self.level,
            self.reward_level,
            self.prestige,
            self.time_zone,
            self.metrics,
            self.usage,
            self.multipliers,
        ) = saved

    @property
    def exists(self) -> bool:
        """Whether there is a player, not only a row to lock."""
        return self.created_us != 0


class PlayerBook:
    """The players of a batch."""

    __slots__ = ("by_id",)

    def __init__(self) -> None:
        self.by_id: dict[str, PlayerState] = {}

    def root(self, player_id: str) -> PlayerState:
        """A player's row, bare or not."""
        player = self.by_id.get(player_id)
        if player is None:
            player = self.by_id[player_id] = PlayerState(player_id)
        return player

    def get(self, player_id: str) -> PlayerState:
        """A player that exists.

        Raises:
            PlayerNotFound: there is none.
        """
        player = self.by_id.get(player_id)
        if player is None or not player.exists:
            raise PlayerNotFound(player_id)
        return player
