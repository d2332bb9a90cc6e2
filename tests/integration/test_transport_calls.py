"""What a request must be before a handler sees it, on both transports."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random

import grpc
import pytest
import pytest_asyncio

from renown.v1 import activity_service_pb2 as activity
from renown.v1 import currency_service_pb2 as currency
from renown.v1 import event_service_pb2 as event
from renown_server.transport.settings import Limits, TransportSettings
from tests.integration.transport_fakes import (
    ACTIVITY,
    CURRENCY,
    Game,
    fields_of,
    reason_of,
    serving,
)

Code = grpc.StatusCode


@pytest.fixture(params=["aio", "native"])
def settings(request: pytest.FixtureRequest) -> TransportSettings:
    return TransportSettings(port=0, transport=request.param)


@pytest_asyncio.fixture
async def game(settings: TransportSettings) -> AsyncIterator[Game]:
    async with serving(settings) as game:
        yield game


async def test_a_call_reaches_its_handler_with_who_and_until_when(game: Game) -> None:
    assert await game.get_wallet("p1") == "p1"
    (_, call), *_ = game.currency.seen
    assert call.method == f"/{CURRENCY}/GetWallet"
    assert call.principal.id == "key:k_1"
    assert call.call_id
    assert call.deadline < float("inf")


async def test_a_sane_request_id_names_the_call(game: Game) -> None:
    await game.get_wallet(metadata=[("x-request-id", "trace-7")])
    await game.get_wallet(metadata=[("x-request-id", "x" * 65)])
    await game.get_wallet(metadata=[("x-request-id", "")])
    ids = [call.call_id for _, call in game.currency.seen]
    assert ids[0] == "trace-7"
    assert all(re.fullmatch(r"[0-9a-f]{8}-\d+", generated) for generated in ids[1:])
    assert len(set(ids)) == 3


async def test_the_cache_of_principals_is_asked_first(game: Game) -> None:
    for _ in range(3):
        await game.get_wallet()
    assert game.authenticator.misses == 1


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", "Bearer unknown")],
        [("authorization", "Basic c2VydmVy")],
        [("authorization", "server")],
        [("authorization", "Bearer")],
        [("authorization", "")],
    ],
)
async def test_callers_without_a_good_credential(
    game: Game, metadata: list[tuple[str, str]]
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.get_wallet(token=None, metadata=metadata)
    assert refused.value.code() is Code.UNAUTHENTICATED
    assert reason_of(refused.value) == "UNAUTHENTICATED"
    assert not game.currency.seen


async def test_the_scheme_of_a_credential_has_no_case(game: Game) -> None:
    assert await game.get_wallet(token=None, metadata=[("authorization", "bearer server")]) == "p1"


@pytest.mark.parametrize(
    ("token", "method"),
    [
        ("alice", f"{CURRENCY}/Credit"),
        ("viewer", f"{CURRENCY}/GetWallet"),
        ("viewer", f"{ACTIVITY}/BatchRecordActivities"),
        ("alice", f"{ACTIVITY}/ExplainActivity"),
    ],
)
async def test_principals_of_the_wrong_kind(game: Game, token: str, method: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        # Before anything else is looked at: the bytes would be refused too.
        await game.call(method, b"\xff", token=token)
    assert refused.value.code() is Code.PERMISSION_DENIED
    assert reason_of(refused.value) == "PERMISSION_DENIED"


async def test_every_role_includes_the_viewer(game: Game) -> None:
    request = activity.ExplainActivityRequest(player_id="p", activity_id="a")
    for token in ("viewer", "support", "server"):
        await game.call(f"{ACTIVITY}/ExplainActivity", request, token=token)


async def test_a_player_is_filled_in_and_may_be_nobody_else(game: Game) -> None:
    assert await game.get_wallet("", token="alice") == "alice"
    assert await game.get_wallet("alice", token="alice") == "alice"
    for other in ("bob", "Alice", "alice "):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await game.get_wallet(other, token="alice")
        assert refused.value.code() is Code.PERMISSION_DENIED
    assert len(game.currency.seen) == 2


async def test_a_game_server_names_the_player(game: Game) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.get_wallet("")
    assert refused.value.code() is Code.INVALID_ARGUMENT
    assert fields_of(refused.value) == ["player_id"]


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff",
        b"\x0a\x05ab",
        b"\x0a\x02\xff\xfe",  # not UTF-8
        b"\xa3\x06" * 150 + b"\xa4\x06" * 150,  # groups in groups in groups …
    ],
)
async def test_bytes_that_are_no_request(game: Game, raw: bytes) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.call(f"{CURRENCY}/GetWallet", raw)
    assert refused.value.code() is Code.INVALID_ARGUMENT
    assert reason_of(refused.value) == "MALFORMED_REQUEST"
    assert fields_of(refused.value) == ["request"]
    assert refused.value.details() == "request: is not a renown.v1.GetWalletRequest"


async def test_requests_that_break_a_rule(game: Game) -> None:
    request = currency.CreditRequest(request_id="", player_id="a b")
    request.amounts.add(currency="coins", amount=0)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.call(f"{CURRENCY}/Credit", request)
    assert refused.value.code() is Code.INVALID_ARGUMENT
    assert reason_of(refused.value) == "INVALID_ARGUMENT"
    assert fields_of(refused.value) == ["request_id", "player_id", "amounts[0].amount"]
    assert not game.currency.seen


async def test_oversized_requests(game: Game) -> None:
    padding = b"\xfa\x3f" + _length(65_500) + b"x" * 65_500  # an unknown field
    await game.call(f"{CURRENCY}/GetWallet", b"\x0a\x01p" + padding)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.call(f"{CURRENCY}/GetWallet", b"\x0a\x01p" + padding * 2)
    assert refused.value.code() is Code.INVALID_ARGUMENT
    assert fields_of(refused.value) == ["request"]
    # Above what any method takes the transport itself refuses, before reading it.
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.call(f"{CURRENCY}/GetWallet", padding * 17)
    assert refused.value.code() is Code.RESOURCE_EXHAUSTED


def _length(count: int) -> bytes:
    encoded = bytearray()
    while count > 127:
        encoded.append(count & 127 | 128)
        count >>= 7
    return bytes([*encoded, count])


async def test_items_of_a_batch_are_left_to_its_handler(game: Game) -> None:
    good = activity.Activity(player_id="p", activity_id="a", type="t")
    request = activity.BatchRecordActivitiesRequest(activities=[good, activity.Activity()])
    await game.call(f"{ACTIVITY}/BatchRecordActivities", request)
    assert game.activity.seen == [request]


@pytest.mark.parametrize("count", [0, 1001])
async def test_a_batch_has_so_many_items(game: Game, count: int) -> None:
    request = activity.BatchRecordActivitiesRequest(activities=[activity.Activity()] * count)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.call(f"{ACTIVITY}/BatchRecordActivities", request)
    assert refused.value.code() is Code.INVALID_ARGUMENT
    assert fields_of(refused.value) == ["activities"]


async def test_a_batch_may_be_larger(game: Game) -> None:
    item = activity.Activity(player_id="p", activity_id="a", type="t", description="d" * 500)
    request = activity.BatchRecordActivitiesRequest(activities=[item] * 1000)
    assert 64 * 1024 < request.ByteSize() < 1024 * 1024
    await game.call(f"{ACTIVITY}/BatchRecordActivities", request)
    assert len(game.activity.seen) == 1


async def test_a_stream_selects_players_as_its_caller_may(game: Game) -> None:
    async def nothing(request: object, call: object) -> AsyncIterator[event.StreamEventsResponse]:
        yield event.StreamEventsResponse(cursor="c")

    game.events.stream = nothing
    everybody = event.StreamEventsRequest(all_players=True)
    several = event.StreamEventsRequest(player_ids=["alice", "bob"])
    for allowed in (everybody, several):
        assert [answer.cursor async for answer in game.stream(allowed)] == ["c"]
    for denied in (everybody, several):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await game.stream(denied, token="alice").read()
        assert refused.value.code() is Code.PERMISSION_DENIED
    assert [r async for r in game.stream(event.StreamEventsRequest(), token="alice")]
    assert game.events.requests[-1].player_id == "alice"
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.stream(event.StreamEventsRequest()).read()
    assert refused.value.code() is Code.INVALID_ARGUMENT


async def test_a_principal_has_so_many_calls(settings: TransportSettings) -> None:
    # A bucket that does not fill while the test runs.
    limits = Limits(calls_per_s=0.001, calls_burst=3)
    async with serving(replace(settings, limits=limits)) as game:
        for _ in range(3):
            await game.get_wallet()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await game.get_wallet()
        assert refused.value.code() is Code.RESOURCE_EXHAUSTED
        assert reason_of(refused.value) == "RATE_LIMITED"
        assert await game.get_wallet(token="other-server") == "p1"


async def test_unknown_methods(game: Game) -> None:
    for method in (f"{CURRENCY}/Steal", "renown.v1.NoService/GetWallet"):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await game.call(method, b"")
        assert refused.value.code() is Code.UNIMPLEMENTED


async def test_no_bytes_are_answered_with_a_failure_of_ours(game: Game) -> None:
    """Random and damaged requests: served or refused, and the next call is answered."""
    random = Random(17)
    request = currency.CreditRequest(request_id="r1", player_id="p1", description="é")
    request.amounts.add(currency="coins", amount=5)
    valid = request.SerializeToString()
    expected = {Code.OK, Code.INVALID_ARGUMENT}
    for _ in range(300):
        damaged = bytearray(valid if random.random() < 0.7 else random.randbytes(40))
        for _ in range(random.randint(1, 4)):
            damaged[random.randrange(len(damaged))] = random.randrange(256)
        call = game.start(f"{CURRENCY}/Credit", bytes(damaged))
        assert await call.code() in expected
    await game.call(f"{CURRENCY}/Credit", valid)


async def test_oversized_metadata(game: Game) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.get_wallet(metadata=[("x-large", "x" * 20_000)])
    # Native refuses in HTTP's words (431), which clients turn into UNKNOWN.
    assert refused.value.code() in {Code.RESOURCE_EXHAUSTED, Code.UNKNOWN}
    assert not game.currency.seen
    assert await game.get_wallet() == "p1"
