"""A log and a bus in memory, for the hub's tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from renown_server.engine.facts import LevelUp, encode_facts
from renown_server.errors import StorageUnavailable
from renown_server.events.bus import Listener
from renown_server.events.cursors import Cursors
from renown_server.events.feeds import Feed
from renown_server.events.hub import Hub, HubLimits
from renown_server.events.messages import Announcer, Channels, Packed
from renown_server.events.state import Entry, Position, read_facts
from renown_server.events.store import CommitPage, EventStore, PlayerPage

CHANNELS = Channels("test")
CURSORS = Cursors(b"secret")


class FakeStore(EventStore):
    """A log in memory; one transaction a row.

    Attributes:
        rows: (xid, entry) in the order of their transactions.
        hidden: transactions that have not committed.
        reads: names of what was asked, in order.
        away: whether reads fail.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[int, Entry]] = []
        self.hidden: set[int] = set()
        self.reads: list[str] = []
        self.away = False

    def add(self, player_id: str, facts: int = 1, *, committed: bool = True) -> Packed:
        """Writes a row; returns what is published of it."""
        first = self.head(player_id, hidden=True) + 1
        text = encode_facts([LevelUp(rule="r", level=first + place) for place in range(facts)])
        packed = Packed(player_id, first, 0, 1, f"c{first}", text)
        xid = 100 + len(self.rows)
        self.rows.append((xid, Entry(player_id, first, 0, 1, f"c{first}", read_facts(text))))
        if not committed:
            self.hidden.add(xid)
        return packed

    def head(self, player_id: str, *, hidden: bool = False) -> int:
        """The last sequence of a player."""
        return max(
            [
                entry.last_sequence
                for xid, entry in self.rows
                if entry.player_id == player_id and (hidden or xid not in self.hidden)
            ],
            default=0,
        )

    async def player_page(self, player_id: str, after: int, *, rows_max: int = 128) -> PlayerPage:
        await self._read("page")
        found = [
            entry
            for xid, entry in self.rows
            if entry.player_id == player_id
            and entry.last_sequence > after
            and xid not in self.hidden
        ]
        return PlayerPage(self.head(player_id), found[:rows_max], len(found) > rows_max)

    async def heads(self, player_ids: Sequence[str]) -> dict[str, int]:
        await self._read("heads")
        return {player_id: self.head(player_id) for player_id in player_ids}

    async def oldest(self, player_id: str) -> int:
        await self._read("oldest")
        mine = [entry for _, entry in self.rows if entry.player_id == player_id]
        return mine[0].first_sequence - 1 if mine else 0

    async def commit_page(
        self, after: Position, *, players: Sequence[str] | None = None, rows_max: int = 128
    ) -> CommitPage:
        await self._read("commits")
        below = self._below()
        found = [
            (Position(xid, entry.player_id, entry.first_sequence), entry)
            for xid, entry in self.rows
            if xid < below and Position(xid, entry.player_id, entry.first_sequence).key > after.key
        ]
        page = found[:rows_max]
        at_tip = len(page) == len(found)
        wanted = [row for row in page if players is None or row[1].player_id in players]
        end = Position(below) if at_tip else page[-1][0]
        return CommitPage(wanted, end, at_tip, bool(self.hidden), 0)

    async def tip(self) -> Position:
        return Position(self._below())

    async def lag_s(self) -> float:
        return 0.0

    async def horizon_us(self) -> int:
        return 0

    async def activity_from(self, xid: int) -> int | None:
        return None

    def _below(self) -> int:
        return min(self.hidden, default=100 + len(self.rows))

    async def _read(self, name: str) -> None:
        self.reads.append(name)
        await asyncio.sleep(0)
        if self.away:
            raise StorageUnavailable


class FakeBus:
    """Says what a test tells it to."""

    def __init__(self) -> None:
        self.listener: Listener | None = None

    async def run(self, listener: Listener) -> None:
        """Is connected at once."""
        self.listener = listener
        listener.on_connected()
        try:
            await asyncio.Event().wait()
        finally:
            self.listener = None

    def publish(self, *entries: Packed, wake_only: bool = False) -> None:
        """Delivers one batch."""
        for channel, payload in Announcer(CHANNELS).encode_batch(entries):
            self.send(channel, b"" if wake_only else payload)

    def send(self, channel: str, payload: bytes) -> None:
        """Delivers bytes; lost where nobody listens yet."""
        if self.listener is not None:
            self.listener.on_message(channel, payload)


class Fakes:
    """A hub on a log and a bus in memory."""

    def __init__(self, **limits: Any) -> None:
        self.store = FakeStore()
        self.bus = FakeBus()
        self.hub = Hub(
            store=self.store,
            cursors=CURSORS,
            bus=self.bus,
            channels=CHANNELS,
            limits=HubLimits(**({"poll_s": 0.02, "sweep_s": 60.0, "linger_s": 0.05} | limits)),
        )


@contextlib.asynccontextmanager
async def hub(**limits: Any) -> AsyncIterator[Fakes]:
    """A hub that is closed in the end."""
    fakes = Fakes(**limits)
    try:
        yield fakes
    finally:
        await fakes.hub.close()


async def sequences(feed: Feed, count: int, seconds: float = 5.0) -> list[int]:
    """The next so many sequences that a feed returns."""
    found: list[int] = []
    async with asyncio.timeout(seconds):
        while len(found) < count:
            for entry in await feed.next(seconds):
                found += range(entry.first_sequence, entry.last_sequence + 1)
    return found
