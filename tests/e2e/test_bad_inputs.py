"""Bad input → answer, by the contract alone: the table of promises for every RPC there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from renown.v1 import event_service_pb2 as event
from tests.e2e.conftest import Running
from tests.kit.examples import World, credential_of, example, visit
from tests.kit.mutants import mutants, text_places
from tests.kit.raw import BY_NAME, RPCS, Answer, Code, Rpc

PAGED = [rpc for rpc in RPCS if "page_token" in rpc.request.DESCRIPTOR.fields_by_name]
FIRST_OF_SERVICES = list({rpc.path.rpartition("/")[0]: rpc for rpc in reversed(RPCS)}.values())
MARK = "MARKMARKMARK"
NOT_UTF8 = (b"\xff\xfe" * 6, b"\xc0\x80" * 6, b"\xed\xa0\x80\xed\xb0\x80" * 2, b"abcdefghijk\xe2")
UNARY_BYTES_MAX = 64 * 1024
BATCH_BYTES_MAX = 1024 * 1024


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(running: Running) -> AsyncIterator[World]:
    operators = {"admin": running.admin_key}
    async with visit(running.address, running.server_key, operators) as world:
        yield world


async def send(world: World, rpc: Rpc, request: Any) -> Answer:
    return await world.raw.outcome(rpc, request, credential=credential_of(rpc, world))


def check_refused(answer: Answer, reason: str, field: str) -> None:
    assert (answer.code, answer.reason) == (Code.INVALID_ARGUMENT, reason), answer
    assert answer.fields == [field]
    answer.check_kept()


@pytest.mark.parametrize("rpc", RPCS, ids=str)
async def test_examples_are_valid(world: World, rpc: Rpc) -> None:
    """What the other tests break was whole before."""
    answer = await send(world, rpc, example(rpc, world))
    assert answer.code is Code.OK, answer


@pytest.mark.parametrize("rpc", RPCS, ids=str)
async def test_every_field_is_guarded(world: World, rpc: Rpc) -> None:
    """Empty, overlong, NUL, control characters, numbers out of range, unknown enums, …."""
    survived = []
    for mutant in mutants(rpc.name, rpc.request.DESCRIPTOR):
        request = example(rpc, world)
        mutant.apply(request)
        answer = await send(world, rpc, request)
        named = any(field.startswith(mutant.field) for field in answer.fields)
        if answer.code is not Code.INVALID_ARGUMENT or not named:
            survived.append(f"{mutant}: {answer.code.name} {answer.fields}")
            continue
        answer.check_kept()
    assert not survived, "\n".join(survived)


@pytest.mark.parametrize("rpc", RPCS, ids=str)
async def test_bytes_that_are_no_request(world: World, rpc: Rpc) -> None:
    """Cut off, wrong wire types, and nested deeper than anybody needs."""
    whole = example(rpc, world).SerializeToString()
    wrong = [
        b"\xff",
        b"\x0a\x7fcut off",
        whole + b"\x0a",
        b"\x0b" * 2000,
        b"\xa3\x06" * 150 + b"\xa4\x06" * 150,
        b"\xff" * 11,
        b"\x07",
    ]
    for raw in wrong:
        check_refused(await send(world, rpc, raw), "MALFORMED_REQUEST", "request")


@pytest.mark.parametrize("rpc", RPCS, ids=str)
async def test_text_that_is_not_utf_8(world: World, rpc: Rpc) -> None:
    for place in text_places(rpc.request.DESCRIPTOR):
        request = example(rpc, world)
        place.mutant(MARK).apply(request)
        raw = request.SerializeToString()
        for wrong in NOT_UTF8:
            answer = await send(world, rpc, raw.replace(MARK.encode(), wrong))
            check_refused(answer, "MALFORMED_REQUEST", "request")


@pytest.mark.parametrize("rpc", RPCS, ids=str)
async def test_oversized_requests(world: World, rpc: Rpc) -> None:
    """Above the method's limit, and at it."""
    whole = example(rpc, world).SerializeToString()
    if not rpc.name.startswith("Batch"):
        answer = await send(world, rpc, whole + _unknown_field(UNARY_BYTES_MAX))
        check_refused(answer, "INVALID_ARGUMENT", "request")
    answer = await send(world, rpc, whole + _unknown_field(UNARY_BYTES_MAX - len(whole) - 8))
    assert answer.code is not Code.INVALID_ARGUMENT, answer


@pytest.mark.parametrize("rpc", FIRST_OF_SERVICES, ids=str)
async def test_requests_above_any_limit(world: World, rpc: Rpc) -> None:
    """The transport stops reading, whatever the method is."""
    whole = example(rpc, world).SerializeToString()
    answer = await send(world, rpc, whole + _unknown_field(BATCH_BYTES_MAX))
    assert answer.code is Code.RESOURCE_EXHAUSTED


def _unknown_field(size: int) -> bytes:
    """Field 2000 with `size` bytes in it."""
    length, rest = bytearray(), size
    while rest > 127:
        length.append(rest & 127 | 128)
        rest >>= 7
    return b"\x82\x7d" + bytes([*length, rest]) + b"x" * size


async def test_unknown_methods(world: World) -> None:
    services = {rpc.path.rpartition("/")[0] for rpc in RPCS}
    paths = [f"{service}/Steal" for service in services]
    for path in [*paths, "/renown.v1.NoService/GetWallet", "/", "/x", "/renown.v1.AuthService/"]:
        answer = await world.raw.call(path, b"\xff")
        assert answer.code is Code.UNIMPLEMENTED, (path, answer)


@pytest.mark.parametrize("rpc", PAGED, ids=str)
async def test_page_tokens_of_nobody(world: World, rpc: Rpc) -> None:
    token = await _page_token(world, rpc, example(rpc, world))
    middle = len(token) // 2
    changed = "A" if token[middle] != "A" else "B"
    foreign = next(other for other in PAGED if other is not rpc)
    forged = [
        "nonsense",
        "AAAA" * 16,
        "é",
        token[:-4],
        token[4:],
        token * 2,
        token[:middle] + changed + token[middle + 1 :],
        await _page_token(world, foreign, example(foreign, world)),
    ]
    for wrong in forged:
        request = example(rpc, world)
        request.page_token = wrong
        check_refused(await send(world, rpc, request), "INVALID_PAGE_TOKEN", "page_token")


@pytest.mark.parametrize("rpc", [rpc for rpc in PAGED if rpc.player_field], ids=str)
async def test_page_tokens_of_another_player(world: World, rpc: Rpc) -> None:
    theirs = example(rpc, world)
    setattr(theirs, rpc.player_field, world.other)
    request = example(rpc, world)
    request.page_token = await _page_token(world, rpc, theirs)
    check_refused(await send(world, rpc, request), "INVALID_PAGE_TOKEN", "page_token")


async def _page_token(world: World, rpc: Rpc, request: Any) -> str:
    answer = await send(world, rpc, request)
    assert answer.code is Code.OK, answer
    return str(rpc.response.FromString(answer.body).next_page_token)


@pytest.mark.parametrize("name", ["StreamEvents", "ListEvents"])
async def test_cursors_of_nobody(world: World, name: str) -> None:
    rpc = BY_NAME[name]
    own, theirs = [await _player_cursor(world, who) for who in (world.player, world.other)]
    middle = len(own) // 2
    changed = "A" if own[middle] != "A" else "B"
    everybody = await world.raw.call(
        BY_NAME["StreamEvents"], event.StreamEventsRequest(all_players=True, cursor="beginning")
    )
    forged = [
        "nonsense",
        "AAAA" * 16,
        "é",
        own[:-4],
        own + "==",
        own[:middle] + changed + own[middle + 1 :],
        theirs,
        event.StreamEventsResponse.FromString(everybody.body).cursor,
    ]
    for wrong in forged:
        request = example(rpc, world)
        request.cursor = wrong
        check_refused(await send(world, rpc, request), "INVALID_CURSOR", "cursor")


async def test_a_players_cursor_opens_no_other_stream(world: World) -> None:
    cursor = await _player_cursor(world, world.player)
    for selected in ({"all_players": True}, {"player_ids": [world.player]}):
        request = event.StreamEventsRequest(cursor=cursor, **selected)
        check_refused(
            await send(world, BY_NAME["StreamEvents"], request), "INVALID_CURSOR", "cursor"
        )


async def _player_cursor(world: World, player_id: str) -> str:
    answer = await world.raw.call(
        BY_NAME["ListEvents"], event.ListEventsRequest(player_id=player_id)
    )
    return event.ListEventsResponse.FromString(answer.body).next_cursor
