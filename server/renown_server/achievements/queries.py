"""What readers ask about achievements: all SQL of it."""

from __future__ import annotations

import asyncio
import time

import asyncpg
import msgspec

from renown_server.achievements.definitions import Viewer
from renown_server.progress.state import Earned
from renown_server.storage.reader import reaching

RECENT_MAX = 20
"""Completions that statistics name."""

PLAYERS_AGE_MAX_S = 1.0
"""How far the number of all players may lag."""

PLAYERS_COUNTED_MAX = 10_000
"""Up to so many players they are counted. Above, Postgres' own estimate is close enough for a
share, and costs nothing."""

VIEWER_SQL = """
SELECT e.achievements, e.badges, e.quests, e.honors
FROM players AS p LEFT JOIN LATERAL (
    SELECT * FROM earned AS e WHERE e.player_id = p.player_id LIMIT 1
) AS e ON true
WHERE p.player_id = $1 AND p.created_us > 0
"""

FIGURES_SQL = """
SELECT coalesce(sum(s.earned), 0)::text, coalesce(sum(s.owners), 0)::text,
       coalesce(sum(s.time_us), 0)::text, coalesce(sum(s.timed), 0)::text,
    (SELECT row(a.player_id, a.earned_us) FROM achievement_unlocks AS a
     WHERE a.achievement_id = $1 ORDER BY a.earned_us, a.player_id LIMIT 1),
    (SELECT array_agg(row(r.player_id, r.earned_us)) FROM (
        SELECT a.player_id, a.earned_us FROM achievement_unlocks AS a WHERE a.achievement_id = $1
        ORDER BY a.earned_us DESC, a.player_id DESC LIMIT $2
    ) AS r)
FROM progress_statistics AS s WHERE s.kind = 'achievement' AND s.definition_id = $1
"""

_COUNT_SQL = "SELECT count(*) FROM (SELECT 1 FROM players WHERE created_us > 0 LIMIT $1) AS p"
_ESTIMATE_SQL = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'players'::regclass"


class Figures(msgspec.Struct, frozen=True):
    """How an achievement has fared; moments are microseconds since 1970.

    Attributes:
        earned: completions.
        owners: players who have completed it.
        time_us: how long `timed` of the completions took together.
        timed: completions that were not granted and whose begin is known.
        first: (player, moment) of the first completion; None if there is none.
        recent: the same of the latest ones, the latest first.
        players: all players there are, about.
    """

    earned: int
    owners: int
    time_us: int
    timed: int
    first: tuple[str, int] | None
    recent: tuple[tuple[str, int], ...]
    players: int


async def find_viewer(pool: asyncpg.Pool, player_id: str) -> Viewer | None:
    """Reads what decides which secrets a player knows; None if there is no player."""
    with reaching():
        row = await pool.fetchrow(VIEWER_SQL, player_id)
    if row is None:
        return None
    return Viewer(Earned(player_id, () if row[0] is None else tuple(row)))


class Statistics:
    """Reads how achievements fare: the sums over the lanes' slots.

    The number of all players is read once a second at most, whoever asks.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._lock = asyncio.Lock()
        self._players = 0
        self._read_at_s = -PLAYERS_AGE_MAX_S

    async def of(self, achievement_id: str) -> Figures:
        """An achievement's figures."""
        with reaching():
            row = await self._pool.fetchrow(FIGURES_SQL, achievement_id, RECENT_MAX)
        earned, owners, time_us, timed = [max(0, int(value)) for value in row[:4]]
        # A number that is older than the achievement's own sums may be below them.
        players = max(await self._all_players(), owners)
        first, recent = row[4], row[5] or ()
        return Figures(
            earned=earned,
            owners=owners,
            time_us=time_us,
            timed=timed,
            first=None if first is None else (first[0], first[1]),
            recent=tuple([(player_id, at_us) for player_id, at_us in recent]),
            players=players,
        )

    async def _all_players(self) -> int:
        async with self._lock:
            if time.monotonic() - self._read_at_s >= PLAYERS_AGE_MAX_S:
                self._players = await count_players(self._pool)
                self._read_at_s = time.monotonic()
            return self._players


async def count_players(pool: asyncpg.Pool) -> int:
    """How many players there are: exactly while they are few, then about."""
    with reaching():
        counted = await pool.fetchval(_COUNT_SQL, PLAYERS_COUNTED_MAX + 1)
        if counted <= PLAYERS_COUNTED_MAX:
            return int(counted)
        # Below 0 where the table was never analysed, and behind where that was long ago.
        return max(int(counted), int(await pool.fetchval(_ESTIMATE_SQL)))
