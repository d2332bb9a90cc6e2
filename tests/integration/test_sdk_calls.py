"""Unary calls: retries with one id, deadlines, connections, credentials."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import grpc.aio
import pytest

import renown
from renown import errors
from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import currency_service_pb2 as currency_pb
from tests.integration.sdk_fakes import Behavior, FakeServer, hang, refuse

KEY = "k_test.secret"
FAST = renown.RetryPolicy(initial_backoff_s=0.001, max_backoff_s=0.005)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        yield running


def connect(server: FakeServer, **options: Any) -> renown.Client:
    options.setdefault("retry", FAST)
    return renown.connect(server.address, key=KEY, **options)


def recorded(request: Any, context: Any) -> activity_pb.RecordActivityResponse:
    """A behavior: answers for the activity that was sent."""
    activity = request.activity
    return activity_pb.RecordActivityResponse(
        result=activity_pb.ActivityResult(
            player_id=activity.player_id,
            activity_id=activity.activity_id,
            xp=activity_pb.XpChange(amount=25, total=125, level=2, level_before=1),
        )
    )


@pytest.mark.parametrize(
    "failure",
    [
        refuse(grpc.StatusCode.UNAVAILABLE, "STORAGE_UNAVAILABLE", retry_after_s=0.001),
        refuse(grpc.StatusCode.UNAVAILABLE),
        refuse(grpc.StatusCode.ABORTED, "CONFLICT", retry_after_s=0.001),
        refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", retry_after_s=0.001),
        refuse(grpc.StatusCode.CANCELLED),
        refuse(grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
    ],
    ids=["storage", "connection", "conflict", "overloaded", "cancelled", "deadline"],
)
async def test_a_failure_that_may_pass_is_retried_with_the_same_id(
    server: FakeServer, failure: Behavior
) -> None:
    server.on("RecordActivity", failure, failure, recorded)
    async with connect(server) as game:
        result = await game.activities.record("ada", "lesson_completed")

    sent = server.requests("RecordActivity")
    assert len(sent) == 3
    assert {request.activity.activity_id for request in sent} == {result.activity_id}
    assert result.xp.amount == 25


async def test_mutations_retry_with_one_request_id(server: FakeServer) -> None:
    unavailable = refuse(grpc.StatusCode.UNAVAILABLE)
    done = currency_pb.CreditResponse(transaction=currency_pb.Transaction(transaction_id="t1"))
    server.on("Credit", unavailable, lambda request, context: done)
    async with connect(server) as game:
        await game.wallets.credit("ada", {"coins": 10})
        await game.wallets.credit("ada", {"coins": 10}, request_id="mine")

    first, retried, own = (request.request_id for request in server.requests("Credit"))
    assert first == retried
    assert first
    assert own == "mine"


@pytest.mark.parametrize(
    "failure",
    [
        refuse(grpc.StatusCode.FAILED_PRECONDITION, "COOLDOWN"),
        refuse(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT"),
        # Without RetryInfo it is not a matter of time: a message too large, say.
        refuse(grpc.StatusCode.RESOURCE_EXHAUSTED),
        refuse(grpc.StatusCode.INTERNAL, "INTERNAL"),
    ],
    ids=["refused", "invalid", "too large", "bug"],
)
async def test_a_failure_that_stays_is_not_retried(server: FakeServer, failure: Behavior) -> None:
    server.on("RecordActivity", failure)
    async with connect(server) as game:
        with pytest.raises(renown.RenownError):
            await game.activities.record("ada", "lesson_completed")
    assert len(server.calls) == 1


async def test_an_error_is_typed_and_names_the_id(server: FakeServer) -> None:
    server.on(
        "Debit",
        refuse(
            grpc.StatusCode.FAILED_PRECONDITION,
            "INSUFFICIENT_FUNDS",
            metadata={"currency": "coins", "needed": "500", "available": "20"},
        ),
    )
    async with connect(server) as game:
        with pytest.raises(errors.InsufficientFunds) as caught:
            await game.wallets.debit("ada", {"coins": 500}, request_id="r1")
    error = caught.value
    assert (error.currency, error.needed, error.available) == ("coins", 500, 20)
    assert error.request_id == "r1"
    assert isinstance(error.__cause__, grpc.aio.AioRpcError)


async def test_attempts_are_bounded(server: FakeServer) -> None:
    server.on("RecordActivity", refuse(grpc.StatusCode.UNAVAILABLE, "DRAINING"))
    policy = renown.RetryPolicy(max_attempts=3, initial_backoff_s=0.001)
    async with connect(server, retry=policy) as game:
        with pytest.raises(errors.Draining) as caught:
            await game.activities.record("ada", "lesson_completed", activity_id="a1")
    assert len(server.calls) == 3
    assert caught.value.request_id == "a1"
    assert caught.value.__notes__ == ["renown: gave up after 3 attempts"]


async def test_an_attempt_that_hangs_leaves_time_for_another(server: FakeServer) -> None:
    server.on("RecordActivity", hang, recorded)
    policy = renown.RetryPolicy(attempt_timeout_s=0.2, initial_backoff_s=0.001)
    async with connect(server, retry=policy) as game:
        result = await game.activities.record("ada", "lesson_completed")
    assert [r.activity.activity_id for r in server.requests("RecordActivity")] == [
        result.activity_id
    ] * 2


async def test_the_deadline_bounds_all_attempts_together(server: FakeServer) -> None:
    server.on("RecordActivity", hang)
    clock = asyncio.get_running_loop().time
    policy = renown.RetryPolicy(attempt_timeout_s=0.15, initial_backoff_s=0.001)
    async with connect(server, retry=policy) as game:
        began = clock()
        with pytest.raises(errors.DeadlineExceeded):
            await game.activities.record("ada", "lesson_completed", timeout=0.4)
        assert 0.3 < clock() - began < 1.5
    assert len(server.calls) >= 2


async def test_the_server_says_how_long_to_wait(server: FakeServer) -> None:
    busy = refuse(grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED", retry_after_s=0.2)
    server.on("RecordActivity", busy, recorded)
    async with connect(server) as game:
        await game.activities.record("ada", "lesson_completed")
        first, second = server.calls
        assert second.at - first.at >= 0.2

        server.on("RecordActivity", busy)
        with pytest.raises(errors.RateLimited) as caught:
            # There is no time left to wait so long: it is said at once.
            await game.activities.record("ada", "lesson_completed", timeout=0.1)
    assert caught.value.retry_after == timedelta(seconds=0.2)
    assert len(server.calls) == 3


async def test_a_callers_own_cancellation_is_final(server: FakeServer) -> None:
    server.on("RecordActivity", hang)
    async with connect(server) as game:
        call = asyncio.create_task(game.activities.record("ada", "lesson_completed"))
        await server.called(1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(server.calls[0].ended.wait(), 5)
        await asyncio.sleep(0.05)
    assert len(server.calls) == 1


async def test_closing_the_client_fails_its_calls(server: FakeServer) -> None:
    server.on("RecordActivity", hang)
    game = connect(server)
    call = asyncio.create_task(game.activities.record("ada", "lesson_completed"))
    await server.called(1)
    await game.close()
    with pytest.raises(errors.ClientClosed):
        await call
    with pytest.raises(errors.ClientClosed):
        await game.players.get("ada")


async def test_calls_survive_a_restart_of_the_server(server: FakeServer) -> None:
    server.on("RecordActivity", recorded)
    async with connect(server, retry=renown.RetryPolicy(max_attempts=50)) as game:
        await game.activities.record("ada", "lesson_completed")
        await server.stop()
        call = asyncio.create_task(game.activities.record("ada", "lesson_completed"))
        await asyncio.sleep(0.3)
        assert not call.done()
        await server.start()
        await asyncio.wait_for(call, 10)


async def test_calls_are_spread_over_several_connections(server: FakeServer) -> None:
    async with connect(server, connections=3) as game:
        for _ in range(9):
            await game.players.get("ada")
    by_peer = [call.peer for call in server.calls]
    assert len(set(by_peer)) == 3
    assert {by_peer.count(peer) for peer in by_peer} == {3}


async def test_every_call_carries_the_credential(server: FakeServer) -> None:
    async with connect(server) as game:
        await game.players.get("ada")
    assert server.calls[0].metadata["authorization"] == f"Bearer {KEY}"


async def test_a_token_may_change_between_calls(server: FakeServer) -> None:
    tokens = iter(["first", "second"])
    async with renown.connect(server.address, token=lambda: next(tokens)) as game:
        await game.players.get("ada")
        await game.players.get("ada")
    sent = [call.metadata["authorization"] for call in server.calls]
    assert sent == ["Bearer first", "Bearer second"]


async def test_raw_stubs_are_reachable(server: FakeServer) -> None:
    server.on("RecordActivity", recorded, refuse(grpc.StatusCode.UNAVAILABLE))
    request = activity_pb.RecordActivityRequest(
        activity=activity_pb.Activity(player_id="ada", activity_id="a1", type="login")
    )
    async with connect(server) as game:
        response = await game.raw.activity.RecordActivity(
            request, timeout=5, metadata=(("x-trace", "7"),)
        )
        assert response.result.activity_id == "a1"
        with pytest.raises(grpc.aio.AioRpcError):
            await game.raw.activity.RecordActivity(request, timeout=5)
    assert len(server.calls) == 2
    assert server.calls[0].metadata["x-trace"] == "7"
    assert server.calls[0].metadata["authorization"] == f"Bearer {KEY}"
