"""What readers ask about streaks: all SQL of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import asyncpg
import msgspec

from renown_server.profile.state import PlayerState, ZoneChange
from renown_server.progress.values import StreakState
from renown_server.storage.reader import reaching
from renown_server.streaks.views import RunView

_streaks_decoder = msgspec.json.Decoder(dict[str, StreakState])
_zones_decoder = msgspec.json.Decoder(tuple[ZoneChange, ...])

PAST_MAX = 10_000
"""Streaks of a player that have left the packed state; each takes days at least."""


class PlayerStreaks(NamedTuple):
    """A player's streaks, and the player as far as days depend on it."""

    player: PlayerState
    states: Mapping[str, StreakState]


STREAKS_SQL = (
    "SELECT p.player_id, p.time_zone, p.zones,"
    " (SELECT streaks FROM progress AS g WHERE g.player_id = p.player_id)"
    " FROM players AS p WHERE p.player_id = ANY($1::text[]) AND p.created_us > 0"
)

PAST_SQL = (
    "SELECT streak_id, start_day, end_day, length, frozen_days, ended_us, ended_reason"
    " FROM streak_runs WHERE player_id = $1 AND ($2 = '' OR streak_id = $2)"
    " ORDER BY streak_id, start_day LIMIT $3"
)


async def load_streaks(
    connection: asyncpg.Connection, player_ids: Sequence[str]
) -> dict[str, PlayerStreaks]:
    """Reads streaks; players that do not exist are left out."""
    found = {}
    for player_id, time_zone, zones, streaks in await connection.fetch(
        STREAKS_SQL, list(player_ids)
    ):
        player = PlayerState(player_id)
        player.time_zone = time_zone
        player.zones = _zones_decoder.decode(zones)
        states = _streaks_decoder.decode(streaks) if streaks else {}
        found[player_id] = PlayerStreaks(player, states)
    return found


async def list_past(pool: asyncpg.Pool, player_id: str, streak_id: str = "") -> list[RunView]:
    """Reads what the packed state holds no more, by streak and first day."""
    with reaching():
        rows = await pool.fetch(PAST_SQL, player_id, streak_id, PAST_MAX)
    return [RunView(*row) for row in rows]
