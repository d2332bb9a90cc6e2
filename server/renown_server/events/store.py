"""The log in Postgres: every SQL statement of this slice.

There is no table of events. Each accepted command leaves one row, in
`activities` or `requests`, that holds its facts; the log is both, by sequence.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg

from renown_server.engine.clock import to_us
from renown_server.errors import StorageUnavailable
from renown_server.events.messages import REQUEST_ID_PATTERN, unescape
from renown_server.events.state import Entry, Position, read_facts

ROWS_MAX = 128
"""Rows in one page: some 3 ms to decode, in which no other call moves."""

PAGE_BYTES_MAX = 256 * 1024
"""Facts in one page, unless a single row has more."""

SCANNED_ROWS_MAX = 1024
"""Rows looked at for a page of some players."""

SUFFIX_ROWS_MAX = 200_000
"""Rows looked at to find where a player's log begins."""

_T = TypeVar("_T")

# The head comes from the same snapshot as the rows: a head beyond the last row
# then means that rows are gone, not that they are about to appear.
_PLAYER_PAGE_SQL = """
SELECT player.sequence AS head, page.*
FROM (VALUES ($1::text)) AS asked (player_id)
LEFT JOIN players AS player ON player.player_id = asked.player_id
LEFT JOIN LATERAL (
    SELECT log.*, count(*) OVER () AS found,
           sum(octet_length(log.facts)) OVER (ORDER BY log.last_sequence)
           - octet_length(log.facts) AS bytes_before
    FROM (
        SELECT * FROM (
            (SELECT first_sequence, last_sequence, recorded_at, catalog_version,
                    activity_id AS command_id, false AS is_request, facts
             FROM activities WHERE player_id = $1 AND last_sequence > $2
             ORDER BY last_sequence LIMIT $3 + 1)
            UNION ALL
            (SELECT first_sequence, last_sequence, recorded_at, catalog_version,
                    substring(request FROM $5::text), true, facts
             FROM requests WHERE player_id = $1 AND last_sequence > $2
             ORDER BY last_sequence LIMIT $3 + 1)
        ) AS both_tables ORDER BY last_sequence LIMIT $3 + 1
    ) AS log
) AS page ON page.bytes_before < $4
ORDER BY page.last_sequence
LIMIT $3
"""

# The log's last gap is where the player's kept events begin. The head counts
# as the row behind the last one: if that is gone, nothing is kept.
_OLDEST_SQL = """
SELECT first_sequence - 1 FROM (
    SELECT first_sequence, last_sequence,
           lead(last_sequence) OVER (ORDER BY last_sequence DESC) AS before
    FROM (
        SELECT sequence + 1 AS first_sequence, sequence + 1 AS last_sequence
        FROM players WHERE player_id = $1
        UNION ALL
        SELECT * FROM (
            SELECT first_sequence, last_sequence
            FROM activities WHERE player_id = $1 AND last_sequence > 0
            UNION ALL
            SELECT first_sequence, last_sequence
            FROM requests WHERE player_id = $1 AND last_sequence > 0
            ORDER BY last_sequence DESC LIMIT $2
        ) AS rows
    ) AS log
) AS edges
WHERE before IS DISTINCT FROM first_sequence - 1
ORDER BY last_sequence DESC LIMIT 1
"""

_HEADS_SQL = "SELECT player_id, sequence FROM players WHERE player_id = ANY($1::text[])"

# Every transaction below the snapshot's xmin has ended, so no row can appear
# there any more. Rows of players nobody asked for come without their facts:
# they only move the position.
_COMMIT_PAGE_SQL = """
SELECT safe.below, safe.next, clock_timestamp() AS now, page.*
FROM (
    SELECT pg_snapshot_xmin(taken)::text::bigint AS below,
           pg_snapshot_xmax(taken)::text::bigint AS next
    FROM pg_current_snapshot() AS taken
) AS safe
LEFT JOIN LATERAL (
    SELECT log.*, count(*) OVER () AS found,
           sum(coalesce(octet_length(log.facts), 0))
               OVER (ORDER BY log.xid, log.player_id COLLATE "C", log.first_sequence)
           - coalesce(octet_length(log.facts), 0) AS bytes_before
    FROM (
        SELECT * FROM (
            (SELECT xid, player_id, first_sequence, recorded_at, catalog_version,
                    activity_id AS command_id, false AS is_request,
                    CASE WHEN $5::text[] IS NULL OR player_id = ANY($5) THEN facts END AS facts
             FROM activities
             WHERE xid >= $1 AND xid < safe.below AND last_sequence > 0
               AND (xid > $1 OR (player_id COLLATE "C", first_sequence) > ($2, $3))
             ORDER BY xid, player_id COLLATE "C", first_sequence LIMIT $4 + 1)
            UNION ALL
            (SELECT xid, player_id, first_sequence, recorded_at, catalog_version,
                    substring(request FROM $7::text), true,
                    CASE WHEN $5::text[] IS NULL OR player_id = ANY($5) THEN facts END
             FROM requests
             WHERE xid >= $1 AND xid < safe.below AND last_sequence > 0
               AND (xid > $1 OR (player_id COLLATE "C", first_sequence) > ($2, $3))
             ORDER BY xid, player_id COLLATE "C", first_sequence LIMIT $4 + 1)
        ) AS both_tables
        ORDER BY xid, player_id COLLATE "C", first_sequence LIMIT $4 + 1
    ) AS log
) AS page ON page.bytes_before < $6
ORDER BY page.xid, page.player_id COLLATE "C", page.first_sequence
LIMIT $4
"""

_TIP_SQL = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, clock_timestamp()
"""

# What is committed and visible, and still has to wait for an older writer.
_LAG_SQL = """
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float8
FROM (
    (SELECT recorded_at FROM activities
     WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xid LIMIT 1)
    UNION ALL
    (SELECT recorded_at FROM requests
     WHERE xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY xid LIMIT 1)
) AS waiting
"""

# Retention drops whole partitions; what is left of them says how far it came.
_HORIZON_SQL = """
SELECT min(substring(pg_get_expr(part.relpartbound, part.oid)
                     FROM 'FROM \\(''([^'']+)''\\)')::timestamptz)
FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
WHERE inhparent = to_regclass('requests')
"""

_FIRST_XID_SQL = """
SELECT recorded_at FROM activities WHERE xid >= $1 ORDER BY xid LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class PlayerPage:
    """A page of one player's log.

    Attributes:
        head: the player's last sequence; 0 while the player does not exist.
        entries: in order; gaps are left for the reader to judge.
        more: whether further rows are there already.
    """

    head: int
    entries: Sequence[Entry]
    more: bool


@dataclass(frozen=True, slots=True)
class CommitPage:
    """A page of the log of all players.

    Attributes:
        rows: places in order, each with its entry if its player was asked for.
        end: the place behind this page: its last row, or the tip.
        at_tip: whether nothing more is safe to read.
        in_flight: whether transactions were open that can hold the tip back.
    """

    rows: Sequence[tuple[Position, Entry | None]]
    end: Position
    at_tip: bool
    in_flight: bool


class EventStore:
    """Reads the log.

    Args:
        pool: an open pool, or whatever else has its `fetch`.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def player_page(
        self, player_id: str, after: int, *, rows_max: int = ROWS_MAX
    ) -> PlayerPage:
        """Reads what follows the sequence `after` in one player's log.

        Raises:
            StorageUnavailable: Postgres cannot be reached.
        """
        rows = await self._fetch(
            _PLAYER_PAGE_SQL, player_id, after, rows_max, PAGE_BYTES_MAX, REQUEST_ID_PATTERN
        )
        head = rows[0]["head"] or 0
        if rows[0]["first_sequence"] is None:
            return PlayerPage(head, (), more=False)
        entries = [_entry(player_id, row) for row in rows]
        return PlayerPage(head, entries, more=rows[0]["found"] > len(entries))

    async def heads(self, player_ids: Sequence[str]) -> dict[str, int]:
        """The last sequences of players; those that do not exist are left out."""
        rows = await self._fetch(_HEADS_SQL, player_ids)
        return {row[0]: row[1] for row in rows}

    async def oldest(self, player_id: str) -> int:
        """The sequence before the first of the player's events that are kept.

        Reads the log backwards to its last gap, so it costs as much as what
        is kept: ask only where a gap was met.
        """
        rows = await self._fetch(_OLDEST_SQL, player_id, SUFFIX_ROWS_MAX)
        return int(rows[0][0]) if rows else 0

    async def commit_page(
        self,
        after: Position,
        *,
        players: Sequence[str] | None = None,
        rows_max: int = ROWS_MAX,
    ) -> CommitPage:
        """Reads what follows `after` in the log of all players.

        Args:
            after: a place in it.
            players: whose entries to bring along; None for everybody's.
            rows_max: how many rows to look at.
        """
        rows = await self._fetch(
            _COMMIT_PAGE_SQL,
            after.xid,
            after.player_id,
            after.sequence,
            rows_max,
            players,
            PAGE_BYTES_MAX,
            REQUEST_ID_PATTERN,
        )
        below, next_xid, now = rows[0][:3]
        found = []
        if rows[0]["xid"] is not None:
            found = [(_position(row), _commit_entry(row)) for row in rows]
        at_tip = not found or rows[0]["found"] == len(found)
        # Never backwards: the tip may stand still behind an open transaction.
        tip = max(after, Position(below, at_us=to_us(now)), key=_key)
        return CommitPage(found, tip if at_tip else found[-1][0], at_tip, below < next_xid)

    async def tip(self) -> Position:
        """The place behind everything that is safe to read now."""
        below, now = (await self._fetch(_TIP_SQL))[0]
        return Position(below, at_us=to_us(now))

    async def lag_s(self) -> float:
        """For how long the oldest committed row has been waiting to be safe, in seconds."""
        return float((await self._fetch(_LAG_SQL))[0][0])

    async def horizon_us(self) -> int:
        """From when on rows are kept, microseconds since 1970; 0 if all are."""
        found = (await self._fetch(_HORIZON_SQL))[0][0]
        return 0 if found is None else to_us(found)

    async def activity_from(self, xid: int) -> int | None:
        """When the first activity at or after a transaction was recorded, in
        microseconds since 1970; None if there is none."""
        rows = await self._fetch(_FIRST_XID_SQL, xid)
        return to_us(rows[0][0]) if rows else None

    async def _fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        return await _reached(lambda: self._pool.fetch(sql, *args))


async def _reached(read: Callable[[], Awaitable[_T]]) -> _T:
    try:
        return await read()
    except (
        asyncpg.PostgresConnectionError,
        asyncpg.InterfaceError,
        asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError,
        OSError,  # a timeout is one, too
    ) as error:
        raise StorageUnavailable from error


def _entry(player_id: str, row: asyncpg.Record) -> Entry:
    command_id = row["command_id"] or ""
    return Entry(
        player_id,
        row["first_sequence"],
        to_us(row["recorded_at"]),
        row["catalog_version"],
        unescape(command_id) if row["is_request"] else command_id,
        read_facts(row["facts"]),
    )


def _commit_entry(row: asyncpg.Record) -> Entry | None:
    return None if row["facts"] is None else _entry(row["player_id"], row)


def _position(row: asyncpg.Record) -> Position:
    return Position(
        row["xid"], row["player_id"], row["first_sequence"], to_us(row["recorded_at"])
    )


def _key(position: Position) -> tuple[Any, ...]:
    return position.key
