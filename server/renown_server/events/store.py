"""The log in Postgres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from renown_server.engine.clock import to_us
from renown_server.errors import StorageUnavailable
from renown_server.events import queries
from renown_server.events.messages import REQUEST_ID_PATTERN, unescape
from renown_server.events.state import Entry, Position, read_facts
from renown_server.storage.failures import AWAY

ROWS_MAX = 128
"""Rows in one page: some 3 ms to decode, in which no other call moves."""

PAGE_BYTES_MAX = 256 * 1024
"""Facts in one page, unless a single row has more."""

SCANNED_ROWS_MAX = 1024
"""Rows looked at for a page of some players."""

SUFFIX_ROWS_MAX = 200_000
"""Rows looked at to find where a player's log begins."""


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
        rows: the entries of the players asked for with their places, in order.
        end: the place behind this page: its last row, or the tip.
        at_tip: whether nothing more is safe to read.
        in_flight: whether transactions were open that can hold the tip back.
        now_us: when it was read, by the database's clock.
    """

    rows: Sequence[tuple[Position, Entry]]
    end: Position
    at_tip: bool
    in_flight: bool
    now_us: int


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
            queries.PLAYER_PAGE, player_id, after, rows_max, PAGE_BYTES_MAX, REQUEST_ID_PATTERN
        )
        head = rows[0]["head"] or 0
        if rows[0]["first_sequence"] is None:
            return PlayerPage(head, (), more=False)
        entries = [_entry(player_id, row) for row in rows]
        return PlayerPage(head, entries, more=rows[0]["found"] > len(entries))

    async def heads(self, player_ids: Sequence[str]) -> dict[str, int]:
        """The last sequences of players; those that do not exist are left out."""
        rows = await self._fetch(queries.HEADS, player_ids)
        return {row[0]: row[1] for row in rows}

    async def oldest(self, player_id: str) -> int:
        """The sequence before the first of the player's events that are kept.

        Reads the log backwards to its last gap, so it costs as much as what
        is kept: ask only where a gap was met.
        """
        rows = await self._fetch(queries.OLDEST, player_id, SUFFIX_ROWS_MAX)
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
            queries.COMMIT_PAGE,
            after.xid,
            after.player_id,
            after.sequence,
            rows_max,
            players,
            PAGE_BYTES_MAX,
            REQUEST_ID_PATTERN,
        )
        below, next_xid, now = rows[0][:3]
        now_us = to_us(now)
        if rows[0]["xid"] is None:
            return CommitPage((), Position(below, at_us=now_us), True, below < next_xid, now_us)
        at_tip = rows[0]["found"] == len(rows)
        return CommitPage(
            rows=[
                (_position(row), _entry(row["player_id"], row))
                for row in rows
                if row["facts"] is not None
            ],
            end=Position(below, at_us=now_us) if at_tip else _position(rows[-1]),
            at_tip=at_tip,
            in_flight=below < next_xid,
            now_us=now_us,
        )

    async def tip(self) -> Position:
        """The place behind everything that is safe to read now."""
        below, now = (await self._fetch(queries.TIP))[0]
        return Position(below, at_us=to_us(now))

    async def lag_s(self) -> float:
        """For how long the oldest committed row has been waiting to be safe, in seconds."""
        return float((await self._fetch(queries.LAG))[0][0])

    async def horizon_us(self) -> int:
        """From when on rows are kept, microseconds since 1970; 0 if all are."""
        found = (await self._fetch(queries.HORIZON))[0][0]
        return 0 if found is None else to_us(found)

    async def activity_from(self, xid: int) -> int | None:
        """When the first activity of a transaction or a later one was recorded, in µs.

        None if there is none.
        """
        rows = await self._fetch(queries.FIRST_XID, xid)
        return to_us(rows[0][0]) if rows else None

    async def _fetch(self, sql: str, *args: object) -> list[asyncpg.Record]:
        try:
            rows: list[asyncpg.Record] = await self._pool.fetch(sql, *args)
        except AWAY as error:
            raise StorageUnavailable from error
        return rows


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


def _position(row: asyncpg.Record) -> Position:
    return Position(row["xid"], row["player_id"], row["first_sequence"], to_us(row["recorded_at"]))
