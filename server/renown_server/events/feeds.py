"""A stream's side of the log: catch up, then follow."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

from renown_server.errors import Draining, SlowConsumer
from renown_server.events.cursors import Cursors, Scope, Start
from renown_server.events.logs import CommitLog, PlayerLog, contiguous, later
from renown_server.events.state import Entry, Position
from renown_server.events.subscription import Subscription
from renown_server.events.tail import Member, Tail

RESPONSE_EVENTS_MAX = 256
"""Events taken from a queue at once."""


class Room(Protocol):
    """Where feeds are known while they are used."""

    @property
    def is_draining(self) -> bool:
        """Whether the worker is shutting down."""

    def enter(self, feed: Feed) -> None:
        """Takes note of a feed."""

    def leave(self, feed: Feed) -> None:
        """Forgets a feed."""


class Feed(ABC):
    """One subscriber's events from a place on; an async context manager.

    Not for use by several tasks at once.
    """

    def __init__(self, room: Room, queue: Subscription[Any]) -> None:
        self._room = room
        self._queue = queue

    @property
    @abstractmethod
    def cursor(self) -> str:
        """Resumes after what `next` has returned so far."""

    def call_when_slow(self, act: Callable[[], None]) -> None:
        """Has `act` called if the reader becomes too slow; `next` then raises, too."""
        self._queue.on_slow = act

    def wake(self) -> None:
        """Lets a waiting `next` look around."""
        self._queue.wake()

    def end_if_stalled(self, since: float) -> None:
        """Ends it as slow if more waits in the log and `next` was not called since."""
        if self._queue.behind and self._queue.busy_since < since and not self._queue.slow:
            self._queue.give_up()

    async def next(self, timeout_s: float) -> Sequence[Entry]:
        """The next entries, in order; none if there are none in time.

        The queue or a page of the log is looked at whatever the time.

        Raises:
            SlowConsumer: the reader has fallen behind; the cursor says where.
            Draining: the worker is shutting down.
            CursorTrimmed: the next events are no longer kept.
            InvalidCursor: the log does not reach that far.
            StorageUnavailable: the log cannot be read.
        """
        self._queue.busy_since = math.inf
        try:
            return await self._next(time.monotonic() + timeout_s)
        finally:
            self._queue.busy_since = time.monotonic()

    async def _next(self, until: float) -> Sequence[Entry]:
        while True:
            if self._room.is_draining:
                raise Draining(self.cursor)
            if self._queue.slow:
                raise SlowConsumer(self.cursor)
            entries = await self._catch_up() if self._queue.behind else self._follow()
            if entries:
                return entries
            if not await self._queue.wait(until - time.monotonic()):
                return ()

    async def __aenter__(self) -> Self:
        # Known before it reads: what is committed meanwhile is not missed.
        self._room.enter(self)
        try:
            await self._open()
        except BaseException:
            self._leave()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self._room.leave(self)
        self._queue.close()

    @abstractmethod
    async def _open(self) -> None:
        """Finds the place to start from."""

    @abstractmethod
    async def _catch_up(self) -> Sequence[Entry]:
        """Reads a page of the log."""

    @abstractmethod
    def _follow(self) -> Sequence[Entry]:
        """Takes from the queue."""


class PlayerFeed(Feed):
    """One player's events, published or read.

    Attributes:
        player_id: the player.
        sequence: the last one returned, or what there was at the start.
    """

    def __init__(
        self,
        room: Room,
        queue: Subscription[Entry],
        player_id: str,
        start: int | Start,
        *,
        log: PlayerLog,
        head: Callable[[str], Awaitable[int | None]],
        cursors: Cursors,
    ) -> None:
        super().__init__(room, queue)
        self.player_id = player_id
        self.sequence = start if isinstance(start, int) else 0
        self._start = start
        self._highest = 0
        self._log = log
        self._head = head
        self._cursors = cursors

    @property
    def cursor(self) -> str:
        """Resumes after what `next` has returned so far."""
        return self._cursors.of_player(self.player_id, self.sequence)

    def offer(self, entry: Entry) -> None:
        """Takes what was published."""
        self._highest = max(self._highest, entry.last_sequence)
        self._queue.offer(entry, len(entry.facts))

    def note_head(self, sequence: int) -> None:
        """Learns the player's last sequence; what was not published must be read."""
        if sequence > max(self.sequence, self._highest):
            self._queue.nudge()

    async def _open(self) -> None:
        if self._start is Start.NOW:
            self.sequence = await self._head(self.player_id) or 0

    async def _catch_up(self) -> Sequence[Entry]:
        self._queue.begin_reading()
        if self._start is Start.BEGINNING:
            stretch = await self._log.read_oldest(self.player_id)
            self._start = self.sequence = stretch.after
        else:
            stretch = await self._log.read(self.player_id, self.sequence)
        self._queue.end_reading(at_tip=not stretch.more)
        return self._advance(stretch.entries)

    def _follow(self) -> Sequence[Entry]:
        taken = self._queue.take(RESPONSE_EVENTS_MAX)
        entries = self._advance(contiguous(taken, self.sequence))
        if any(entry.last_sequence > self.sequence for entry in taken):
            self._queue.nudge()  # a message was lost, or overtaken by a later one
        return entries

    def _advance(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        if entries:
            self.sequence = entries[-1].last_sequence
        return entries


class CommitFeed(Feed):
    """The events of several or all players, always read, never published.

    Attributes:
        position: up to where they were returned.
    """

    def __init__(
        self,
        room: Room,
        queue: Subscription[tuple[Position, Entry]],
        players: frozenset[str] | None,
        start: Position | Start,
        *,
        log: CommitLog,
        tail: Tail,
        tip: Callable[[], Awaitable[Position]],
        cursors: Cursors,
    ) -> None:
        super().__init__(room, queue)
        self.position = start if isinstance(start, Position) else Position(0)
        self._start = start
        self._scope = Scope.ALL if players is None else Scope.PLAYERS
        self._wanted = None if players is None else sorted(players)
        self._log = log
        self._tail = tail
        self._tip = tip
        self._cursors = cursors
        self._member = Member(queue, players)

    @property
    def cursor(self) -> str:
        """Resumes after what `next` has returned so far."""
        return self._cursors.of_position(self._scope, self.position)

    async def _open(self) -> None:
        if self._start is Start.NOW:
            self.position = await self._tip()
        elif self._start is Start.BEGINNING:
            self.position = await self._log.beginning()

    def _leave(self) -> None:
        self._tail.leave(self._member)
        super()._leave()

    async def _catch_up(self) -> Sequence[Entry]:
        self._tail.leave(self._member)
        self._queue.begin_reading()
        page = await self._log.read(self.position, self._scope, self._wanted)
        # What the tail hands out from now on waits in the queue.
        joined = page.at_tip and self._tail.join(self._member, page.end)
        self._queue.end_reading(at_tip=joined)
        self.position = page.end
        return [entry for _, entry in page.rows]

    def _follow(self) -> Sequence[Entry]:
        entries = []
        for position, entry in self._queue.take(RESPONSE_EVENTS_MAX):
            if position.key > self.position.key:
                entries.append(entry)
                self.position = later(position, self.position)
        handed_out = self._tail.position
        if self._queue.is_empty and handed_out.key >= self.position.key:
            self.position = later(handed_out, self.position)
        return entries
