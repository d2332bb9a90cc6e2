"""Players with all that lists and summaries tell of them, read in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from renown_server.profile.state import Multiplier, PlayerState, ZoneChange
from renown_server.progress.state import Earned, Progress

_multipliers_decoder = msgspec.json.Decoder(tuple[Multiplier, ...])
_zones_decoder = msgspec.json.Decoder(tuple[ZoneChange, ...])

_EMPTY = "{}"


@dataclass(frozen=True, slots=True)
class PlayerStanding:
    """A player to be read only: concurrent calls share it.

    Attributes:
        player: level, XP, prestige, time zones and multipliers; nothing else is set.
        progress: streaks.
        earned: achievements, badges and honors.
    """

    player: PlayerState
    progress: Progress
    earned: Earned


# LIMIT keeps the others inside: planned while the tables were empty, a join read all of them.
STANDING_SQL = (
    "SELECT p.player_id, p.last_active_us, p.xp, p.lifetime_xp, p.level, p.prestige, p.time_zone,"
    " p.zones, p.multipliers, g.streaks, e.achievements, e.badges, e.honors FROM players AS p"
    " LEFT JOIN LATERAL"
    " (SELECT streaks FROM progress WHERE player_id = p.player_id LIMIT 1) AS g ON true"
    " LEFT JOIN LATERAL (SELECT achievements, badges, honors FROM earned"
    " WHERE player_id = p.player_id LIMIT 1) AS e ON true"
    " WHERE p.player_id = ANY($1::text[]) AND p.created_us > 0"
)


async def load_standings(
    connection: asyncpg.Connection, player_ids: Sequence[str]
) -> dict[str, PlayerStanding]:
    """Reads players; those that do not exist are left out."""
    rows = await connection.fetch(STANDING_SQL, list(player_ids))
    return {row[0]: _standing(row) for row in rows}


def _standing(row: Sequence[Any]) -> PlayerStanding:
    player = PlayerState(row[0])
    player.last_active_us = row[1]
    player.xp, player.lifetime_xp, player.level, player.prestige = row[2:6]
    player.time_zone = row[6]
    if row[7] != "[]":
        player.zones = _zones_decoder.decode(row[7])
    if row[8] != "[]":
        player.multipliers = _multipliers_decoder.decode(row[8])
    streaks, achievements, badges, honors = [text or _EMPTY for text in row[9:13]]
    return PlayerStanding(
        player,
        Progress(row[0], _columns(Progress, streaks=streaks)),
        Earned(row[0], _columns(Earned, achievements=achievements, badges=badges, honors=honors)),
    )


def _columns(kind: type[Progress] | type[Earned], **known: str) -> tuple[str, ...]:
    """A packed row's columns; those that were not read look empty."""
    return tuple([known.get(name, _EMPTY) for name in kind.decoders])
