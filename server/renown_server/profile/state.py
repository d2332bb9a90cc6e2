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

    `source` names it among multipliers, such as `item:double_xp`. While one that is marked
    `highest` acts, only the highest factor of its source does.
    """

    source: str
    factor_bp: int
    starts_us: int
    ends_us: int
    highest: bool = False


class MetricMark(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a metric besides its value; moments are microseconds since 1970.

    Attributes:
        first_us: when it first moved, by when the activity was recorded.
        last_us: when it last moved, as `first_us`.
        latest_us: the latest that an activity which moved it occurred.
        count: how many activities have moved it; kept for averages only.
        sum: the sum of their amounts; kept for averages only.
    """

    first_us: int
    last_us: int
    latest_us: int
    count: int = 0
    sum: int = 0


class ZoneChange(msgspec.Struct, frozen=True, array_like=True):
    """A time zone that held until a moment, microseconds since 1970."""

    zone: str
    until_us: int


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
        marks_json: by metric, as JSON; `metric_marks` reads it.
        zones: earlier time zones, as far back as late activities may reach, by moment.
    """

    __slots__ = (
        "created_us",
        "last_active_us",
        "level",
        "lifetime_xp",
        "marks_json",
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
        "zones",
    )

    def __init__(self, player_id: str) -> None:
        self.touched_by = None
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
        self.marks_json = "{}"
        self.zones: tuple[ZoneChange, ...] = ()

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
            self.marks_json,
            self.zones,
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
            self.marks_json,
            self.zones,
        ) = saved

    @property
    def metric_marks(self) -> dict[str, MetricMark]:
        """What is known of metrics besides their values: a copy, to be set again if changed."""
        return {} if self.marks_json == "{}" else _marks_decoder.decode(self.marks_json)

    @metric_marks.setter
    def metric_marks(self, marks: dict[str, MetricMark]) -> None:
        self.marks_json = _marks_encoder.encode(marks).decode()

    @property
    def exists(self) -> bool:
        """Whether there is a player, not only a row to lock."""
        return self.created_us != 0


_marks_decoder = msgspec.json.Decoder(dict[str, MetricMark])
_marks_encoder = msgspec.json.Encoder()


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
