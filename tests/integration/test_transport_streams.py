"""Streams, on both transports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from renown.v1 import event_service_pb2 as event
from renown_server import errors
from renown_server.calls import CallContext
from renown_server.transport.settings import Limits, TransportSettings
from tests.integration.transport_fakes import Game, reason_of, serving, status_of

Code = grpc.StatusCode
EVERYBODY = event.StreamEventsRequest(all_players=True)


@pytest.fixture(params=["aio", "native"])
def settings(request: pytest.FixtureRequest) -> TransportSettings:
    return TransportSettings(port=0, transport=request.param)


@pytest_asyncio.fixture
async def game(settings: TransportSettings) -> AsyncIterator[Game]:
    async with serving(settings) as game:
        yield game


def answer(cursor: str) -> event.StreamEventsResponse:
    return event.StreamEventsResponse(cursor=cursor)


async def read_all(call: Any) -> list[str]:
    return [response.cursor async for response in call]


async def endless(request: object, call: CallContext) -> AsyncIterator[event.StreamEventsResponse]:
    yield answer("first")
    await asyncio.Event().wait()


async def test_messages_arrive_in_order_and_the_stream_ends(game: Game) -> None:
    async def count(
        request: object, call: CallContext
    ) -> AsyncIterator[event.StreamEventsResponse]:
        for number in range(500):
            yield answer(str(number))

    game.events.stream = count
    received = await read_all(game.stream(EVERYBODY))
    assert received == [str(number) for number in range(500)]
    assert game.events.closed.is_set()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (errors.CursorTrimmed("c9"), "CURSOR_TRIMMED"),
        (ValueError("SELECT secret"), "INTERNAL"),
        (SystemExit("SELECT secret"), "INTERNAL"),
        (asyncio.CancelledError("SELECT secret"), "INTERNAL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_an_error_ends_the_stream_after_its_messages(
    game: Game, error: BaseException, reason: str
) -> None:
    async def fail(request: object, call: CallContext) -> AsyncIterator[event.StreamEventsResponse]:
        yield answer("1")
        raise error

    game.events.stream = fail
    call = game.stream(EVERYBODY)
    assert (await call.read()).cursor == "1"
    with capture_logs(), pytest.raises(grpc.aio.AioRpcError) as refused:
        await call.read()
    assert reason_of(refused.value) == reason
    assert b"SELECT" not in status_of(refused.value).SerializeToString()


async def test_a_client_that_leaves_ends_the_handler(game: Game) -> None:
    game.events.stream = endless
    call = game.stream(EVERYBODY)
    assert (await call.read()).cursor == "first"
    call.cancel()
    with capture_logs() as logs:
        await asyncio.wait_for(game.events.closed.wait(), 20)
    assert not logs


async def test_bytes_that_are_no_request(game: Game) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.stream(b"\xff").read()
    assert reason_of(refused.value) == "MALFORMED_REQUEST"


async def test_a_stream_may_have_a_deadline(settings: TransportSettings) -> None:
    limits = Limits(unary_deadline_s=0.05, stream_deadline_s=0.3)
    async with serving(replace(settings, limits=limits)) as game:
        game.events.stream = endless
        call = game.stream(EVERYBODY)
        assert (await call.read()).cursor == "first"
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call.read()
        assert reason_of(refused.value) == "DEADLINE_EXCEEDED"


async def test_a_process_has_so_many_streams(settings: TransportSettings) -> None:
    limits = Limits(streams_max=2)
    async with serving(replace(settings, limits=limits)) as game:
        game.events.stream = endless
        open_calls = [game.stream(EVERYBODY) for _ in range(2)]
        for call in open_calls:
            await call.read()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await game.stream(EVERYBODY).read()
        assert refused.value.code() is Code.RESOURCE_EXHAUSTED
        assert reason_of(refused.value) == "TOO_MANY_STREAMS"
        game.events.closed.clear()
        open_calls[0].cancel()
        await game.events.closed.wait()
        another = game.stream(EVERYBODY)
        assert (await another.read()).cursor == "first"
        for call in (*open_calls, another):
            call.cancel()


async def test_a_reader_that_does_not_read_can_be_ended(game: Game) -> None:
    """A handler that waits for room at its `yield` is out of reach, but for `interrupt`."""
    blocked = asyncio.Event()

    async def flood(
        request: object, call: CallContext
    ) -> AsyncIterator[event.StreamEventsResponse]:
        assert call.interrupt is not None
        while True:
            watch = asyncio.get_running_loop().call_later(1.0, blocked.set)
            yield answer("x" * 500_000)
            watch.cancel()

    game.events.stream = flood
    call = game.stream(EVERYBODY)
    await asyncio.wait_for(blocked.wait(), 60)
    interrupt = game.events.calls[0].interrupt
    assert interrupt is not None
    interrupt(errors.SlowConsumer("c42"))
    await asyncio.wait_for(game.events.closed.wait(), 20)
    # It reads at last: what was under way, then why it ended.
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await read_all(call)
    assert refused.value.code() is Code.RESOURCE_EXHAUSTED
    assert reason_of(refused.value) == "SLOW_CONSUMER"


async def test_slow_readers_do_not_stop_the_others(
    game: Game, caplog: pytest.LogCaptureFixture
) -> None:
    async def flood(
        request: object, call: CallContext
    ) -> AsyncIterator[event.StreamEventsResponse]:
        for _ in range(40):
            yield answer("x" * 500_000)

    game.events.stream = flood
    slow = [game.stream(EVERYBODY) for _ in range(20)]
    for call in slow:
        await call.read()
    assert len(await read_all(game.stream(EVERYBODY))) == 40
    assert await game.get_wallet() == "p1"
    with capture_logs() as logs:
        for call in slow:
            call.cancel()
        await game.server.stop(20)
    # Leaving in the middle of a message is no incident.
    assert not logs
    assert not caplog.records
