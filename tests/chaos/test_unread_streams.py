"""Many streams, and readers that don't read: bounded memory, and nothing is missed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc
import grpc.aio
import pytest

import renown
from renown import errors
from renown._status import from_rpc_error
from renown.v1 import event_service_pb2 as pb
from renown.v1.event_service_pb2_grpc import EventServiceStub
from tests.chaos.lengths import TRANSPORTS
from tests.chaos.site import Site
from tests.chaos.watchers import Seen
from tests.kit.processes import resident_bytes

GROWTH_BYTES_MAX = 64 * 2**20
STREAMS_PER_CONNECTION = 80
SLOW_READERS = 3
READERS = 50
FLOOD = {"native": 1500, "aio": 6000}
"""Activities that are more than what may wait, there and on the way."""

FLOOD_BATCH = 100
GROWTH_BYTES_A_STREAM_MAX = 128 * 2**10
ANSWER_S = 60.0

StreamCall = grpc.aio.UnaryStreamCall[pb.StreamEventsRequest, pb.StreamEventsResponse]


@pytest.mark.parametrize(
    ("transport", "count"),
    [
        pytest.param("native", 1000, id="short-native"),
        *[
            pytest.param(transport, 10_000, id=f"soak-{transport}", marks=pytest.mark.soak)
            for transport in TRANSPORTS
        ],
    ],
)
async def test_many_streams_and_readers_that_do_not_read(
    site: Site, transport: str, count: int
) -> None:
    await site.serve("native")
    name = f"streams-{transport}-{count}"
    async with AsyncExitStack() as stack:
        extra = await stack.enter_async_context(
            site.extra_worker(transport, streams_max=count + SLOW_READERS)
        )
        (game,) = await stack.enter_async_context(site.clients(extra.address))
        first = await game.activities.record(f"{name}-0", "lesson_completed")
        before = resident_bytes(extra.pid)
        *many, own = [
            await stack.enter_async_context(_connection(site, extra.address))
            for _ in range(-(-count // STREAMS_PER_CONNECTION) + 1)
        ]
        calls = [many[n % len(many)].watch(player_id=f"{name}-{n}") for n in range(count)]
        slow = [own.watch(all_players=True) for _ in range(SLOW_READERS)]
        try:
            await asyncio.gather(*[_read(call) for call in (*calls, *slow)])
            await _one_too_many(own)
            _check_growth(extra.pid, before, count)
            start = {first.player_id: first.last_sequence}
            heads = await _flood(game, name, FLOOD[transport])
            ends = [_read_to_the_end(own, call, heads, start) for call in slow]
            await asyncio.gather(*ends)
            await _delivered(calls[:READERS], heads, start)
            _check_growth(extra.pid, before, count)
        finally:
            for call in (*calls, *slow):
                call.cancel()
        # All places are free again.
        again = [many[n % len(many)].watch(player_id=f"{name}-{n}") for n in range(count)]
        await asyncio.gather(*[_read(call) for call in again])
        for call in again:
            call.cancel()


def _check_growth(pid: int, before_bytes: int, streams: int) -> None:
    grown = resident_bytes(pid) - before_bytes
    print(f"grown by {grown / 2**20:.1f} MiB with {streams} streams")
    assert grown < GROWTH_BYTES_MAX + GROWTH_BYTES_A_STREAM_MAX * streams


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection of its own; it takes in little of what nobody reads."""

    stub: EventServiceStub
    metadata: tuple[tuple[str, str], ...]

    def watch(self, **request: object) -> StreamCall:
        """Opens a stream."""
        message = pb.StreamEventsRequest(**request)  # type: ignore[arg-type]
        call: StreamCall = self.stub.StreamEvents(message, metadata=self.metadata)
        return call


@asynccontextmanager
async def _connection(site: Site, address: str) -> AsyncIterator[Connection]:
    options = [
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", 65_535),
    ]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        yield Connection(EventServiceStub(channel), (("authorization", f"Bearer {site.key}"),))


async def _read(call: StreamCall) -> pb.StreamEventsResponse:
    async with asyncio.timeout(ANSWER_S):
        response = await call.read()
    assert isinstance(response, pb.StreamEventsResponse), f"the stream has ended: {call}"
    return response


async def _one_too_many(connection: Connection) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await _read(connection.watch(all_players=True))
    error = from_rpc_error(refused.value)
    assert isinstance(error, errors.TooManyStreams), error
    assert error.retry_after, error


async def _flood(game: renown.Client, name: str, activities: int) -> dict[str, int]:
    """Writes much more than a queue and a connection hold; returns the players' sequences."""
    heads: dict[str, int] = {}
    for number in range(0, activities, FLOOD_BATCH):
        batch = [
            renown.Activity(f"{name}-{place % READERS}", "lesson_completed", f"{name}-{place}")
            for place in range(number, number + FLOOD_BATCH)
        ]
        for outcome in await game.activities.record_batch(batch):
            assert isinstance(outcome, renown.ActivityResult), outcome
            heads[outcome.player_id] = max(outcome.last_sequence, heads.get(outcome.player_id, 0))
    return heads


async def _read_to_the_end(
    connection: Connection, call: StreamCall, heads: dict[str, int], sequences: dict[str, int]
) -> None:
    """A slow reader is told so, and with its cursor it misses nothing.

    Args:
        connection: to resume on.
        call: was not read.
        heads: where players are at the end.
        sequences: where they were at the start of the stream.
    """
    seen = Seen("a slow reader")
    seen.last.update(sequences)
    error = await _until_ended(call, seen, heads)
    assert isinstance(error, errors.SlowConsumer), error
    behind = {player: seen.last.get(player, 0) for player in heads}
    assert behind != heads, "it had everything, and was ended nevertheless"
    again = connection.watch(all_players=True, cursor=error.metadata["cursor"])
    try:
        while {player: seen.last.get(player, 0) for player in heads} != heads:
            # That cursor is of what has arrived for certain: some may come again.
            _take(seen, await _read(again), heads, repeats=True)
    finally:
        again.cancel()


async def _until_ended(call: StreamCall, seen: Seen, heads: dict[str, int]) -> errors.RenownError:
    try:
        while True:
            _take(seen, await _read(call), heads)
    except grpc.aio.AioRpcError as cause:
        return from_rpc_error(cause)


def _take(
    seen: Seen, response: pb.StreamEventsResponse, players: dict[str, int], *, repeats: bool = False
) -> None:
    for event in response.events:
        repeated = repeats and event.sequence <= seen.last.get(event.player_id, 0)
        if event.player_id in players and not repeated:
            seen.take(event.player_id, event.sequence, response.cursor)


async def _delivered(calls: list[StreamCall], heads: dict[str, int], first: dict[str, int]) -> None:
    """Those who watch one player each have got all of it, though they read late."""
    for call, (player, head) in zip(calls, heads.items(), strict=True):
        seen = Seen(f"a watcher of {player}")
        seen.last.update(first)
        while seen.last.get(player, 0) < head:
            _take(seen, await _read(call), heads)
