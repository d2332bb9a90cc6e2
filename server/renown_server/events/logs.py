"""The log as readers meet it: without gaps, or with a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from renown_server.errors import CursorTrimmed, InvalidCursor
from renown_server.events.cursors import Cursors, Scope
from renown_server.events.state import Entry, Position
from renown_server.events.store import ROWS_MAX, SCANNED_ROWS_MAX, CommitPage, EventStore

RECENT_US = 3600 * 1_000_000
"""Retention keeps far more than an hour: what is younger needs no check."""

SLACK_US = 60 * 1_000_000
"""How far the order of transactions and the order of time may differ."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of one player's log without a gap.

    Attributes:
        after: the sequence it follows.
        entries: what comes then, in order.
        more: whether further entries are there already.
        head: the player's last sequence; 0 while the player does not exist.
    """

    after: int
    entries: Sequence[Entry]
    more: bool
    head: int


class PlayerLog:
    """One player's events, by sequence."""

    def __init__(self, store: EventStore, cursors: Cursors) -> None:
        self._store = store
        self._cursors = cursors

    async def read(self, player_id: str, after: int, *, rows_max: int = ROWS_MAX) -> Stretch:
        """Reads on after a sequence.

        Raises:
            CursorTrimmed: the next event is no longer kept.
            InvalidCursor: the log does not reach that far; it has been
                restored from an older state.
        """
        page = await self._store.player_page(player_id, after, rows_max=rows_max)
        if after > page.head:
            raise InvalidCursor
        entries = contiguous(page.entries, after)
        if not entries and page.head > after:
            oldest = await self._store.oldest(player_id)
            raise CursorTrimmed(self._cursors.of_player(player_id, oldest))
        more = page.more or len(entries) < len(page.entries)
        return Stretch(after, entries, more, page.head)

    async def read_oldest(self, player_id: str, *, rows_max: int = ROWS_MAX) -> Stretch:
        """Reads from the oldest event that is kept.

        Retention leaves activities and drops other requests, so a trimmed log
        is full of holes: it begins after the last one.
        """
        page = await self._store.player_page(player_id, 0, rows_max=rows_max)
        entries = contiguous(page.entries, 0)
        if len(entries) == len(page.entries) and (entries or not page.head):
            return Stretch(0, entries, page.more, page.head)
        return await self.read(player_id, await self._store.oldest(player_id), rows_max=rows_max)


class CommitLog:
    """All players' events, in commit-safe order."""

    def __init__(self, store: EventStore, cursors: Cursors) -> None:
        self._store = store
        self._cursors = cursors

    async def read(
        self, after: Position, scope: Scope, players: Sequence[str] | None
    ) -> CommitPage:
        """Reads on after a place; the page's end never knows less than it about time.

        Raises:
            CursorTrimmed: events after the place are no longer kept.
            InvalidCursor: the log does not reach that far; it has been
                restored from an older state.
        """
        rows_max = ROWS_MAX if players is None else SCANNED_ROWS_MAX
        page = await self._store.commit_page(after, players=players, rows_max=rows_max)
        if page.at_tip and page.end.key < after.key:
            raise InvalidCursor
        if page.now_us - after.at_us > RECENT_US:
            # Asked after reading: what retention drops meanwhile is noticed.
            kept_from_us = await self._kept_from_us()
            if after.at_us < kept_from_us:
                raise CursorTrimmed(self._cursors.of_position(scope, await self.beginning()))
        return replace(page, end=later(page.end, after))

    async def beginning(self) -> Position:
        """The place before the oldest events from which on all are kept."""
        kept_from_us = await self._kept_from_us()
        first = await self._store.activity_from(0)
        if first is None or first >= kept_from_us - SLACK_US:
            return Position(0, at_us=kept_from_us)
        # Activities outlive other requests and have no index by time, but
        # their transactions are in the order of time, near enough.
        low, high = 0, (await self._store.tip()).xid
        while low < high:
            middle = (low + high) // 2
            found = await self._store.activity_from(middle)
            if found is None or found >= kept_from_us:
                high = middle
            else:
                low = middle + 1
        return Position(low, at_us=kept_from_us)

    async def _kept_from_us(self) -> int:
        horizon = await self._store.horizon_us()
        return horizon + SLACK_US if horizon else 0


def contiguous(entries: Sequence[Entry], after: int) -> list[Entry]:
    """The entries that follow `after` without a gap, cut to what is new."""
    kept: list[Entry] = []
    for entry in entries:
        if entry.last_sequence <= after:
            continue
        if entry.first_sequence > after + 1:
            break
        kept.append(entry.after(after))
        after = entry.last_sequence
    return kept


def later(position: Position, than: Position) -> Position:
    """`position`, with what is known about time from either."""
    return replace(position, at_us=max(position.at_us, than.at_us))
