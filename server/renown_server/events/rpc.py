"""EventService: messages ↔ domain."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence

from renown.v1 import event_pb2
from renown.v1 import event_service_pb2 as pb
from renown_server.calls import CallContext, PrincipalKind
from renown_server.engine.clock import Clock
from renown_server.errors import (
    Draining,
    InvalidArgument,
    PermissionDenied,
    PlayerNotFound,
    SlowConsumer,
)
from renown_server.events.convert import events_of
from renown_server.events.cursors import Cursors, Scope, Start
from renown_server.events.feeds import Feed
from renown_server.events.filters import TypeFilter
from renown_server.events.hub import Hub
from renown_server.events.logs import PlayerLog
from renown_server.events.state import Entry
from renown_server.events.store import ROWS_MAX, EventStore
from renown_server.wire.timestamps import from_duration, to_timestamp

HEARTBEAT_S = 15.0
PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 500

READS_MAX = 10
"""Pages of the log one ListEvents looks at for the types it wants."""

DEADLINE_MARGIN_S = 0.25
"""How long before its deadline a waiting call answers."""


class EventServiceHandlers:
    """Answers EventService.

    Args:
        hub: knows the streams.
        store: reads the log.
        cursors: reads and makes cursors.
        clock: stamps what is sent.
        heartbeat_s: silence after which a stream shows that it is alive.
    """

    def __init__(
        self,
        *,
        hub: Hub,
        store: EventStore,
        cursors: Cursors,
        clock: Clock,
        heartbeat_s: float = HEARTBEAT_S,
    ) -> None:
        self._hub = hub
        self._log = PlayerLog(store, cursors)
        self._cursors = cursors
        self._clock = clock
        self._heartbeat_s = heartbeat_s

    async def stream_events(
        self, request: pb.StreamEventsRequest, call: CallContext
    ) -> AsyncIterator[pb.StreamEventsResponse]:
        """Sends events as they are committed."""
        accepts = TypeFilter(request.types).accepts
        async with self._feed(request, call) as feed:
            sent = feed.cursor
            if (interrupt := call.interrupt) is not None:
                # A client that does not read holds this generator at its
                # `yield`; what waits there has not arrived.
                feed.call_when_slow(lambda: interrupt(SlowConsumer(sent)))
            due_at = time.monotonic()  # the first response says where the stream begins
            while True:
                entries = await feed.next(due_at - time.monotonic())
                events = _convert(entries, accepts)
                if events or time.monotonic() >= due_at:
                    cursor = feed.cursor
                    yield pb.StreamEventsResponse(
                        events=events, cursor=cursor, sent_at=to_timestamp(self._clock.now_us())
                    )
                    sent = cursor
                    due_at = time.monotonic() + self._heartbeat_s

    async def list_events(
        self, request: pb.ListEventsRequest, call: CallContext
    ) -> pb.ListEventsResponse:
        """Reads one player's events, and waits for some if asked to."""
        player_id = _acting_player(request.player_id, call)
        if not player_id:
            raise InvalidArgument("player_id", "must be set")
        start = self._cursors.read_player(request.cursor, player_id)
        wait_s = from_duration(request.wait, "wait") / 1_000_000
        accepts = TypeFilter(request.types).accepts
        wanted = min(request.page_size or PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX)
        page = await self._read(player_id, start, wanted, accepts)
        if not page.events and not page.more and wait_s:
            left_s = call.deadline - time.monotonic() - DEADLINE_MARGIN_S
            await self._wait(page, min(wait_s, left_s), accepts)
        return pb.ListEventsResponse(
            events=page.events,
            next_cursor=self._cursors.of_player(player_id, page.sequence),
            more=page.more,
        )

    async def _read(
        self, player_id: str, start: int | Start, wanted: int, accepts: Callable[[str], bool]
    ) -> _Page:
        page = _Page(player_id, wanted)
        rows_max = min(wanted, ROWS_MAX)  # each row has an event, at least
        if isinstance(start, Start):
            stretch = await self._log.read_oldest(player_id, rows_max=rows_max)
        else:
            stretch = await self._log.read(player_id, start, rows_max=rows_max)
        if not stretch.head:
            raise PlayerNotFound(player_id)
        page.sequence = stretch.after
        for _ in range(READS_MAX):
            page.add(stretch.entries, accepts, more=stretch.more)
            if page.is_full or not page.more:
                break
            stretch = await self._log.read(player_id, page.sequence)
        return page

    async def _wait(self, page: _Page, wait_s: float, accepts: Callable[[str], bool]) -> None:
        """Adds what happens within the time to an empty page."""
        until = time.monotonic() + wait_s
        async with self._hub.player(page.player_id, page.sequence) as feed:
            while not page.events and (left_s := until - time.monotonic()) > 0:
                try:
                    entries = await feed.next(left_s)
                except Draining:
                    return  # an empty page sends the poller to another worker, too
                page.add(entries, accepts, more=False)

    def _feed(self, request: pb.StreamEventsRequest, call: CallContext) -> Feed:
        player_id = _acting_player(request.player_id, call)
        if _is_player(call) and (request.player_ids or request.all_players):
            raise PermissionDenied("a player sees its own events only")
        if bool(player_id) + bool(request.player_ids) + request.all_players != 1:
            raise InvalidArgument(
                "player_id", "one of player_id, player_ids and all_players must be set"
            )
        if player_id:
            return self._hub.player(player_id, self._cursors.read_player(request.cursor, player_id))
        players = None if request.all_players else frozenset(request.player_ids)
        scope = Scope.ALL if request.all_players else Scope.PLAYERS
        return self._hub.commits(players, self._cursors.read_position(request.cursor, scope))


class _Page:
    """The answer of a ListEvents while it is put together.

    Attributes:
        player_id: whose events.
        events: those found.
        sequence: up to where the log has been looked at.
        more: whether there is more.
    """

    def __init__(self, player_id: str, wanted: int) -> None:
        self.player_id = player_id
        self.events: list[event_pb2.Event] = []
        self.sequence = 0
        self.more = False
        self._wanted = wanted

    @property
    def is_full(self) -> bool:
        """Whether there is no room left."""
        return len(self.events) >= self._wanted

    def add(self, entries: Sequence[Entry], accepts: Callable[[str], bool], *, more: bool) -> None:
        """Takes what fits; `more` says whether the log goes on behind the entries."""
        self.more = more
        for entry in entries:
            for event in events_of(entry, accepts):
                if self.is_full:
                    self.more = True
                    return
                self.events.append(event)
                self.sequence = event.sequence
            self.sequence = entry.last_sequence


def _is_player(call: CallContext) -> bool:
    return call.principal.kind is PrincipalKind.PLAYER


def _acting_player(player_id: str, call: CallContext) -> str:
    """The player asked for; a player need not say, and may not ask for another."""
    if not _is_player(call):
        return player_id
    if player_id not in ("", call.principal.player_id):
        raise PermissionDenied("a player sees its own events only")
    return call.principal.player_id


def _convert(entries: Sequence[Entry], accepts: Callable[[str], bool]) -> list[event_pb2.Event]:
    return [event for entry in entries for event in events_of(entry, accepts)]
