"""A player's commands, read back: the log behind histories and events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from renown_server.engine.clock import to_us
from renown_server.engine.facts import decode_facts
from renown_server.storage.reader import reaching

_LATEST_SQL = """
SELECT * FROM (
    (SELECT recorded_at, catalog_version, first_sequence, last_sequence, facts, request,
            activity_type AS label, activity_id AS command_id, true AS is_activity
     FROM activities WHERE player_id = $1 AND last_sequence > 0 AND last_sequence <= $2
     ORDER BY last_sequence DESC LIMIT $3)
    UNION ALL
    (SELECT recorded_at, catalog_version, first_sequence, last_sequence, facts, request,
            method AS label, request::json->>'request_id' AS command_id, false AS is_activity
     FROM requests WHERE player_id = $1 AND last_sequence > 0 AND last_sequence <= $2
     ORDER BY last_sequence DESC LIMIT $3)
) AS log ORDER BY last_sequence DESC LIMIT $3
"""


class LogEntry(msgspec.Struct, frozen=True):
    """One command of a player.

    Attributes:
        recorded_at_us: when, µs since 1970.
        catalog_version: the catalog that decided.
        first_sequence: of its first fact.
        last_sequence: of its last fact.
        facts: what happened, in order.
        request: the decoded request as JSON.
        label: the activity's type, or the method.
        command_id: the activity_id or request_id.
        is_activity: which of the two it is.
    """

    recorded_at_us: int
    catalog_version: int
    first_sequence: int
    last_sequence: int
    facts: list[Any]
    request: str
    label: str
    command_id: str
    is_activity: bool


async def latest(
    pool: asyncpg.Pool, player_id: str, *, up_to: int, size: int
) -> Sequence[LogEntry]:
    """Reads `size` accepted commands of a player, the latest first.

    Args:
        pool: where to read.
        player_id: whose.
        up_to: the highest last sequence wanted.
        size: how many at most.
    """
    with reaching():
        rows = await pool.fetch(_LATEST_SQL, player_id, up_to, size)
    return [
        LogEntry(
            recorded_at_us=to_us(row["recorded_at"]),
            catalog_version=row["catalog_version"],
            first_sequence=row["first_sequence"],
            last_sequence=row["last_sequence"],
            facts=decode_facts(row["facts"]),
            request=row["request"],
            label=row["label"],
            command_id=row["command_id"] or "",
            is_activity=row["is_activity"],
        )
        for row in rows
    ]
