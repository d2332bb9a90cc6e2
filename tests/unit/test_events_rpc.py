from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from renown.v1 import event_service_pb2 as pb
from renown_server.calls import CallContext, Principal, PrincipalKind
from renown_server.engine.clock import FixedClock
from renown_server.errors import (
    Draining,
    InvalidArgument,
    InvalidCursor,
    PermissionDenied,
    PlayerNotFound,
    RenownError,
    SlowConsumer,
)
from renown_server.events.cursors import Scope
from renown_server.events.rpc import EventServiceHandlers
from renown_server.events.state import Position
from tests.unit.events_fakes import CURSORS, Fakes, hub

SERVER = Principal(PrincipalKind.SERVER, "key:k_1")
ALICE = Principal(PrincipalKind.PLAYER, "player:alice", player_id="alice")
FOREVER = float("inf")


class Service:
    """The handlers on a log in memory."""

    def __init__(self, fakes: Fakes, heartbeat_s: float) -> None:
        self.fakes = fakes
        self.handlers = EventServiceHandlers(
            hub=fakes.hub,
            store=fakes.store,
            cursors=CURSORS,
            clock=FixedClock(1_700_000_000_000_000),
            heartbeat_s=heartbeat_s,
        )

    def stream(
        self, principal: Principal = SERVER, interrupt: Any = None, **request: Any
    ) -> AsyncIterator[pb.StreamEventsResponse]:
        call = CallContext("m", principal, FOREVER, interrupt=interrupt)
        return self.handlers.stream_events(pb.StreamEventsRequest(**request), call)

    async def list(
        self, principal: Principal = SERVER, deadline_s: float = FOREVER, **request: Any
    ) -> pb.ListEventsResponse:
        call = CallContext("m", principal, time.monotonic() + deadline_s)
        return await self.handlers.list_events(pb.ListEventsRequest(**request), call)


@contextlib.asynccontextmanager
async def service(heartbeat_s: float = 15.0, **limits: Any) -> AsyncIterator[Service]:
    async with hub(**limits) as fakes:
        yield Service(fakes, heartbeat_s)


@contextlib.asynccontextmanager
async def opened(stream: AsyncIterator[pb.StreamEventsResponse]) -> AsyncIterator[Any]:
    """A stream that is closed in the end, as transports do."""
    async with contextlib.aclosing(stream), asyncio.timeout(10):  # type: ignore[type-var]
        yield stream


OF_BOB = CURSORS.of_player("bob", 0)
OF_ALL = CURSORS.of_position(Scope.ALL, Position(1))

REFUSED: dict[str, tuple[Principal, dict[str, Any], type[RenownError]]] = {
    "nobody": (SERVER, {}, InvalidArgument),
    "one and all": (SERVER, {"player_id": "alice", "all_players": True}, InvalidArgument),
    "one and some": (SERVER, {"player_id": "alice", "player_ids": ["bob"]}, InvalidArgument),
    "some and all": (SERVER, {"player_ids": ["bob"], "all_players": True}, InvalidArgument),
    "a player, all": (ALICE, {"player_id": "alice", "all_players": True}, PermissionDenied),
    "a player, some": (ALICE, {"player_ids": ["alice"]}, PermissionDenied),
    "a player, another": (ALICE, {"player_id": "bob"}, PermissionDenied),
    "cursor of another": (SERVER, {"player_id": "alice", "cursor": OF_BOB}, InvalidCursor),
    "cursor of all for one": (SERVER, {"player_id": "alice", "cursor": OF_ALL}, InvalidCursor),
    "cursor of all for some": (SERVER, {"player_ids": ["a"], "cursor": OF_ALL}, InvalidCursor),
    "cursor of one for all": (SERVER, {"all_players": True, "cursor": OF_BOB}, InvalidCursor),
    "no cursor": (SERVER, {"all_players": True, "cursor": "12"}, InvalidCursor),
    "cursor of the future": (
        SERVER,
        {
            "all_players": True,
            "cursor": CURSORS.of_position(Scope.ALL, Position(2**40)),
        },
        InvalidCursor,
    ),
}


@pytest.mark.parametrize(("principal", "request_", "error"), REFUSED.values(), ids=REFUSED)
async def test_streams_that_are_refused(
    principal: Principal, request_: dict[str, Any], error: type[RenownError]
) -> None:
    async with service() as events:
        with pytest.raises(error):
            async with opened(events.stream(principal, **request_)) as stream:
                await anext(stream)
        assert events.fakes.hub.subscribers == 0


@pytest.mark.parametrize("player_id", ["", "alice"])
async def test_a_player_sees_its_own(player_id: str) -> None:
    async with service() as events:
        events.fakes.store.add("alice", 2)
        events.fakes.store.add("bob", 2)
        async with opened(events.stream(ALICE, player_id=player_id, cursor="beginning")) as stream:
            response = await anext(stream)
        assert [(one.player_id, one.sequence) for one in response.events] == [
            ("alice", 1),
            ("alice", 2),
        ]
        assert response.sent_at.seconds == 1_700_000_000
        listed = await events.list(ALICE, player_id=player_id)
        assert list(listed.events) == list(response.events)


async def test_a_player_that_does_not_exist_yet_can_be_watched() -> None:
    async with service() as events, opened(events.stream(player_id="new")) as stream:
        assert not (await anext(stream)).events
        events.fakes.bus.publish(events.fakes.store.add("new"))
        assert [event.sequence for event in (await anext(stream)).events] == [1]


async def test_silence_is_broken_by_heartbeats_with_the_latest_cursor() -> None:
    async with (
        service(heartbeat_s=0.1) as events,
        opened(events.stream(player_id="alice", types=["xp.*"])) as stream,
    ):
        start = await anext(stream)
        began = time.monotonic()
        events.fakes.bus.publish(events.fakes.store.add("alice", 3))
        beat = await anext(stream)
        assert 0.09 < time.monotonic() - began < 1
        assert not beat.events
        assert CURSORS.read_player(start.cursor, "alice") == 0
        assert CURSORS.read_player(beat.cursor, "alice") == 3, "past what was filtered out"
        assert not (await anext(stream)).events


async def test_types_are_filtered_and_sequences_kept() -> None:
    async with service() as events:
        events.fakes.store.add("alice", 3)
        async with opened(
            events.stream(player_id="alice", cursor="beginning", types=["level.up"])
        ) as stream:
            assert [event.sequence for event in (await anext(stream)).events] == [1, 2, 3]
        async with opened(
            events.stream(player_id="alice", cursor="beginning", types=["currency.*"])
        ) as stream:
            first = await anext(stream)
            assert not first.events
            assert CURSORS.read_player(first.cursor, "alice") == 3


async def test_draining_ends_a_stream_with_its_cursor() -> None:
    async with service() as events, opened(events.stream(player_id="alice")) as stream:
        await anext(stream)
        events.fakes.bus.publish(events.fakes.store.add("alice", 2))
        await anext(stream)
        events.fakes.hub.drain()
        with pytest.raises(Draining) as error:
            await anext(stream)
        assert CURSORS.read_player(error.value.refusal.metadata["cursor"], "alice") == 2


async def test_a_client_that_reads_nothing_is_cut_where_its_reading_ended() -> None:
    interruptions: list[RenownError] = []
    async with (
        service(queued_events_max=10) as events,
        opened(events.stream(player_id="alice", interrupt=interruptions.append)) as stream,
    ):
        await anext(stream)
        store, bus = events.fakes.store, events.fakes.bus
        bus.publish(store.add("alice", 2))
        await anext(stream)  # what it returned is never asked for again: not delivered
        for _ in range(5):
            bus.publish(store.add("alice", 5))
        (error,) = interruptions
        assert isinstance(error, SlowConsumer)
        assert CURSORS.read_player(error.refusal.metadata["cursor"], "alice") == 0


async def test_a_page_of_events() -> None:
    async with service() as events:
        for _ in range(300):
            events.fakes.store.add("alice", 2)
        seen: list[int] = []
        cursor, more = "", True
        sizes = []
        while more:
            page = await events.list(player_id="alice", cursor=cursor, page_size=151)
            seen += [event.sequence for event in page.events]
            sizes.append(len(page.events))
            cursor, more = page.next_cursor, page.more
        assert seen == list(range(1, 601))
        assert sizes == [151, 151, 151, 147]
        assert len((await events.list(player_id="alice")).events) == 100
        assert len((await events.list(player_id="alice", page_size=1000)).events) == 500
        last = await events.list(player_id="alice", cursor=cursor)
        assert (list(last.events), last.more) == ([], False)
        assert last.next_cursor


async def test_a_page_of_a_type() -> None:
    async with service() as events:
        events.fakes.store.add("alice", 5)
        page = await events.list(player_id="alice", types=["xp.gained"])
        assert (list(page.events), page.more) == ([], False)
        assert CURSORS.read_player(page.next_cursor, "alice") == 5


async def test_one_call_does_not_read_a_whole_log_for_a_type() -> None:
    async with service() as events:
        for _ in range(5000):
            events.fakes.store.add("alice")
        page = await events.list(player_id="alice", types=["xp.gained"])
        assert (list(page.events), page.more) == ([], True)
        assert 0 < int(CURSORS.read_player(page.next_cursor, "alice")) < 5000  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("principal", "request_", "error"),
    [
        (SERVER, {}, InvalidArgument),
        (SERVER, {"player_id": "nobody"}, PlayerNotFound),
        (ALICE, {"player_id": "bob"}, PermissionDenied),
        (ALICE, {}, PlayerNotFound),
        (SERVER, {"player_id": "alice", "cursor": OF_BOB}, InvalidCursor),
        (SERVER, {"player_id": "alice", "cursor": CURSORS.of_player("alice", 9)}, InvalidCursor),
    ],
)
async def test_pages_that_are_refused(
    principal: Principal, request_: dict[str, Any], error: type[RenownError]
) -> None:
    async with service() as events:
        events.fakes.store.add("bob")
        with pytest.raises(error):
            await events.list(principal, **request_)


async def test_a_waiting_page_is_answered_by_the_first_event() -> None:
    async with service() as events:
        first = events.fakes.store.add("alice", 2)
        cursor = CURSORS.of_player("alice", 2)
        waiting = asyncio.create_task(
            events.list(player_id="alice", cursor=cursor, wait=Duration(seconds=30))
        )
        await asyncio.sleep(0.05)
        assert events.fakes.hub.subscribers == 1
        events.fakes.bus.publish(first, events.fakes.store.add("alice", 3))
        page = await asyncio.wait_for(waiting, 5)
        assert [event.sequence for event in page.events] == [3, 4, 5]
        assert CURSORS.read_player(page.next_cursor, "alice") == 5
        assert events.fakes.hub.subscribers == 0


async def test_a_waiting_page_is_not_longer_than_asked_for() -> None:
    async with service() as events:
        events.fakes.store.add("alice")
        waiting = asyncio.create_task(
            events.list(
                player_id="alice",
                cursor=CURSORS.of_player("alice", 1),
                page_size=2,
                wait=Duration(seconds=30),
            )
        )
        await asyncio.sleep(0.05)
        events.fakes.bus.publish(events.fakes.store.add("alice", 5))
        page = await asyncio.wait_for(waiting, 5)
        assert [event.sequence for event in page.events] == [2, 3]
        assert page.more
        assert CURSORS.read_player(page.next_cursor, "alice") == 3


@pytest.mark.parametrize(("wait_ms", "deadline_s"), [(50, FOREVER), (30_000, 0.4), (0, FOREVER)])
async def test_a_waiting_page_ends_in_time(wait_ms: int, deadline_s: float) -> None:
    async with service() as events:
        events.fakes.store.add("alice")
        began = time.monotonic()
        page = await events.list(
            player_id="alice",
            cursor=CURSORS.of_player("alice", 1),
            wait=Duration(nanos=wait_ms * 1_000_000)
            if wait_ms < 1000
            else Duration(seconds=wait_ms // 1000),
            deadline_s=deadline_s,
        )
        assert not page.events
        assert time.monotonic() - began < 0.35
        assert CURSORS.read_player(page.next_cursor, "alice") == 1


async def test_a_waiting_page_passes_over_what_it_does_not_want() -> None:
    async with service() as events:
        events.fakes.store.add("alice")
        waiting = asyncio.create_task(
            events.list(
                player_id="alice",
                cursor=CURSORS.of_player("alice", 1),
                types=["xp.*"],
                wait=Duration(nanos=200_000_000),
            )
        )
        await asyncio.sleep(0.05)
        events.fakes.bus.publish(events.fakes.store.add("alice", 2))
        page = await asyncio.wait_for(waiting, 5)
        assert not page.events
        assert CURSORS.read_player(page.next_cursor, "alice") == 3


async def test_a_waiting_page_is_answered_when_the_worker_drains() -> None:
    async with service() as events:
        events.fakes.store.add("alice")
        waiting = asyncio.create_task(
            events.list(
                player_id="alice",
                cursor=CURSORS.of_player("alice", 1),
                wait=Duration(seconds=30),
            )
        )
        await asyncio.sleep(0.05)
        events.fakes.hub.drain()
        page = await asyncio.wait_for(waiting, 5)
        assert not page.events
        assert CURSORS.read_player(page.next_cursor, "alice") == 1


async def test_a_cancelled_wait_leaves_nobody_behind() -> None:
    async with service() as events:
        events.fakes.store.add("alice")
        waiting = asyncio.create_task(
            events.list(
                player_id="alice",
                cursor=CURSORS.of_player("alice", 1),
                wait=Duration(seconds=30),
            )
        )
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert events.fakes.hub.subscribers == 0
