"""Calls that end badly: what clients are told, and that the server lives on."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from structlog.testing import capture_logs

from renown.v1 import currency_service_pb2 as currency
from renown_server import errors
from renown_server.calls import CallContext
from renown_server.transport.settings import Limits, TransportSettings
from tests.integration.transport_fakes import CURRENCY, Game, reason_of, serving, status_of

Code = grpc.StatusCode


@pytest.fixture(params=["aio", "native"])
def settings(request: pytest.FixtureRequest) -> TransportSettings:
    return TransportSettings(port=0, transport=request.param)


@pytest_asyncio.fixture
async def game(settings: TransportSettings) -> AsyncIterator[Game]:
    async with serving(settings) as game:
        yield game


def raising(error: BaseException) -> Any:
    async def answer(request: object, call: CallContext) -> object:
        await asyncio.sleep(0)
        raise error

    return answer


async def refusal_of(game: Game, error: BaseException) -> grpc.aio.AioRpcError:
    game.currency.answer = raising(error)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.get_wallet()
    game.currency.answer = None
    assert await game.get_wallet() == "p1"
    return refused.value


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InsufficientFunds("coins", 5, 2), Code.FAILED_PRECONDITION),
        (errors.PlayerNotFound("zoë – “ζ”"), Code.NOT_FOUND),
        (errors.Conflict(), Code.ABORTED),
        (errors.Overloaded(250), Code.RESOURCE_EXHAUSTED),
        (errors.StorageUnavailable(), Code.UNAVAILABLE),
        (errors.BalanceCap("coins", 5, 2), Code.OUT_OF_RANGE),
        (errors.StoredRefusal(errors.Cooldown("t", "now").refusal), Code.FAILED_PRECONDITION),
    ],
)
async def test_errors_arrive_with_their_details(
    game: Game, error: errors.RenownError, code: grpc.StatusCode
) -> None:
    refused = await refusal_of(game, error)
    assert refused.code() is code
    assert refused.details() == str(error)
    assert reason_of(refused) == error.refusal.reason
    assert status_of(refused).code == code.value[0]


async def test_the_largest_refusal_arrives(game: Game) -> None:
    violations = tuple((f"field_{number}" + "é" * 300, "ü" * 300) for number in range(300))
    refused = await refusal_of(
        game, errors.StoredRefusal(errors.Refusal("R", 3, "ß" * 5000, {}, violations))
    )
    assert refused.code() is Code.INVALID_ARGUMENT
    bad_request = details.BadRequest()
    assert status_of(refused).details[1].Unpack(bad_request)
    assert bad_request.field_violations


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("SELECT secret FROM keys"),
        errors.RenownError("SELECT secret FROM keys"),
        SystemExit("SELECT secret"),
        KeyboardInterrupt("SELECT secret"),
        asyncio.CancelledError("SELECT secret"),
        TimeoutError("SELECT secret"),
        StopAsyncIteration("SELECT secret"),
        MemoryError("SELECT secret"),
        Unprintable(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_bugs_are_incidents(game: Game, error: BaseException) -> None:
    with capture_logs() as logs:
        refused = await refusal_of(game, error)
    assert refused.code() is Code.INTERNAL
    match = re.fullmatch(r"internal error, incident ([0-9a-f]{16})", refused.details() or "")
    assert match
    assert reason_of(refused) == "INTERNAL"
    assert b"SELECT" not in status_of(refused).SerializeToString()
    incident, access = logs
    assert incident["incident"] == match[1]
    assert incident["exc_info"]
    assert (access["event"], access["code"], access["method"]) == (
        "call",
        "INTERNAL",
        f"/{CURRENCY}/GetWallet",
    )


@pytest.mark.parametrize("answer", [None, "text", b"bytes", currency.GetWalletRequest()])
async def test_an_answer_of_a_wrong_type_is_a_bug(game: Game, answer: object) -> None:
    async def wrong(request: object, call: CallContext) -> object:
        return answer

    game.currency.answer = wrong
    if isinstance(answer, Message):
        # As bytes it is an answer like another; types are the checker's business.
        await game.get_wallet()
        return
    with pytest.raises(grpc.aio.AioRpcError) as refused, capture_logs():
        await game.get_wallet()
    assert refused.value.code() is Code.INTERNAL


async def test_the_servers_deadline(settings: TransportSettings) -> None:
    limits = Limits(unary_deadline_s=0.1)
    cancelled = asyncio.Event()

    async def forever(request: object, call: CallContext) -> object:
        try:
            return await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with serving(replace(settings, limits=limits)) as game:
        game.currency.answer = forever
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await game.call(
                f"{CURRENCY}/GetWallet", currency.GetWalletRequest(player_id="p"), timeout_s=60
            )
        assert refused.value.code() is Code.DEADLINE_EXCEEDED
        assert reason_of(refused.value) == "DEADLINE_EXCEEDED"
        assert cancelled.is_set()
        game.currency.answer = None
        assert await game.get_wallet() == "p1"


async def test_the_deadline_is_the_servers_for_clients_without_one(game: Game) -> None:
    request = currency.GetWalletRequest(player_id="p")
    await game.start(f"{CURRENCY}/GetWallet", request, timeout_s=None)
    await game.start(f"{CURRENCY}/GetWallet", request, timeout_s=3600)
    await game.start(f"{CURRENCY}/GetWallet", request, timeout_s=5)
    without, longer, shorter = (call.deadline - time.monotonic() for _, call in game.currency.seen)
    assert 6 < without <= 10
    assert longer <= 10
    # Clients round their timeouts up.
    assert shorter < 6 < longer


@pytest.mark.parametrize("how", ["cancel", "deadline", "close"])
async def test_a_client_that_leaves_cancels_its_handler(game: Game, how: str) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def forever(request: object, call: CallContext) -> object:
        started.set()
        try:
            return await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    game.currency.answer = forever
    call = game.start(
        f"{CURRENCY}/GetWallet",
        currency.GetWalletRequest(player_id="p"),
        timeout_s=0.3 if how == "deadline" else 60,
    )
    await started.wait()
    if how == "cancel":
        call.cancel()
    if how == "close":
        await game.channel.close()
    with capture_logs() as logs:
        await asyncio.wait_for(cancelled.wait(), 20)
        with pytest.raises((grpc.aio.AioRpcError, asyncio.CancelledError)):
            await call
    # Nobody is there to be told, and it was no failure of ours.
    assert not logs


async def test_interrupting_a_call_answers_it(game: Game) -> None:
    async def forever(request: object, call: CallContext) -> object:
        assert call.interrupt is not None
        call.interrupt(errors.Overloaded(100))
        call.interrupt(errors.Conflict())
        return await asyncio.Event().wait()

    game.currency.answer = forever
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.get_wallet()
    assert reason_of(refused.value) == "OVERLOADED"


async def test_interrupting_a_call_that_has_ended_does_nothing(game: Game) -> None:
    await game.get_wallet()
    (_, call), *_ = game.currency.seen
    assert call.interrupt is not None
    call.interrupt(errors.Conflict())
    assert await game.get_wallet() == "p1"


@pytest.mark.parametrize(("slow_call_s", "logged"), [(60.0, 0), (0.0, 1)])
async def test_slow_calls_are_logged(
    settings: TransportSettings, slow_call_s: float, logged: int
) -> None:
    async with serving(replace(settings, slow_call_s=slow_call_s)) as game:
        with capture_logs() as logs:
            await game.get_wallet()
    assert len(logs) == logged
    assert "Bearer" not in str(logs)
