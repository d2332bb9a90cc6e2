"""Leaderboards: their definitions, entries and ranks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from renown._model.basics import WireEnum, new_id
from renown._model.common import ScoreChange


class LeaderboardPeriod(WireEnum):
    """How long a board's scores count."""

    UNKNOWN = 0
    ALL_TIME = 1
    WEEKLY = 2


class LeaderboardSource(WireEnum):
    """What a board counts."""

    UNKNOWN = 0
    XP = 1
    METRIC = 2
    DIRECT = 3
    CURRENCY = 4


class LeaderboardAggregation(WireEnum):
    """How a new value combines with the entry."""

    UNKNOWN = 0
    SUM = 1
    MAX = 2
    MIN = 3
    LATEST = 4


class LeaderboardOrder(WireEnum):
    """Which end is the top: the highest score (descending) or the lowest."""

    UNKNOWN = 0
    DESCENDING = 1
    ASCENDING = 2


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A board's definition.

    Attributes:
        leaderboard_id: its id.
        name: for people.
        description: for people.
        source: what it counts.
        metric: the metric counted, if the source is a metric.
        period: how long scores count.
        aggregation: how values combine.
        order: which end is the top.
        time_zone: the IANA zone in which periods begin.
        currency: the currency counted, if the source is a currency: what was earned
            of it, in minor units.
    """

    leaderboard_id: str
    name: str
    description: str
    source: LeaderboardSource
    metric: str
    period: LeaderboardPeriod
    aggregation: LeaderboardAggregation
    order: LeaderboardOrder
    time_zone: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a board: half-open, in UTC; both None for all time."""

    starts_at: datetime | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class LeaderboardStatus:
    """A board, its current period, and how many players have an entry in it."""

    leaderboard: Leaderboard
    period: Period
    total_participants: int


@dataclass(frozen=True, slots=True)
class LeaderboardEntry:
    """One player's place.

    Attributes:
        rank: the place, from 1.
        player_id: the player.
        score: the player's score.
        reached_at: when that score was reached.
        display_name: the player's name, if it has one.
        avatar_url: the player's picture, if it has one.
    """

    rank: int
    player_id: str
    score: int
    reached_at: datetime
    display_name: str
    avatar_url: str


@dataclass(frozen=True, slots=True)
class Standings:
    """The top of a board: best first, with how many players have an entry in the period."""

    entries: tuple[LeaderboardEntry, ...]
    total: int
    period: Period


@dataclass(frozen=True, slots=True)
class Rank:
    """Where a player stands.

    Attributes:
        rank: the place, from 1.
        score: the player's score.
        total: how many players have an entry.
        percentile_basis_points: the share of entries that the player is not
            below: 10000 is the top.
        reached_at: when the score was reached.
        neighbors: the entries around the player, best first.
        period: the current period; its end is the next reset.
    """

    rank: int
    score: int
    total: int
    percentile_basis_points: int
    reached_at: datetime
    neighbors: tuple[LeaderboardEntry, ...]
    period: Period


@dataclass(frozen=True, slots=True)
class Score:
    """A score to submit; its request_id is made up if not given."""

    leaderboard_id: str
    player_id: str
    score: int
    request_id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """What one submission did, and whether the entry changed for the better."""

    player_id: str
    change: ScoreChange
    improved: bool
    recorded_at: datetime
