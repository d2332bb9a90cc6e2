"""A call that is given up is all or nothing, and no answer reaches another caller."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import grpc
import pytest
import pytest_asyncio

from renown.v1 import activity_service_pb2 as activity
from renown.v1 import currency_service_pb2 as currency
from renown.v1 import event_service_pb2 as event
from renown.v1 import leaderboard_service_pb2 as leaderboard
from renown.v1 import player_profile_service_pb2 as profile
from renown_server.engine import failpoints
from tests.e2e.conftest import Running
from tests.kit.eventually import eventually
from tests.kit.examples import World, example, fresh, visit
from tests.kit.giving_up import (
    armed,
    cancel_at_random,
    check_idle,
    check_once,
    credit,
    postings,
    start,
)
from tests.kit.raw import BY_NAME, Answer, Code

POINTS = sorted(name for name in failpoints.NAMES if name.startswith("batch."))
SLEEP_MS = 60
# Fewer than the streams a connection may have: those above would be refused, not queued.
CALLS_AT_ONCE = 90


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(running: Running) -> AsyncIterator[World]:
    operators = {"admin": running.admin_key}
    async with visit(running.address, running.server_key, operators) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="session")
async def player(world: World) -> str:
    """Somebody with an empty wallet."""
    request = example(BY_NAME["CreatePlayer"], world)
    answer = await world.raw.call(BY_NAME["CreatePlayer"], request)
    assert answer.code is Code.OK
    return str(request.player_id)


@pytest.mark.parametrize("point", POINTS)
async def test_given_up_at_a_failpoint(
    running: Running, world: World, sql: asyncpg.Connection, player: str, point: str
) -> None:
    """The first ones are in a batch that waits there; the others are in the queue."""
    chance = random.Random(point)
    requests = [credit(player, amount) for amount in range(1, 13)]
    with armed(f"{point}=sleep:{SLEEP_MS}"):
        calls = []
        for request in requests:
            calls.append(start(world, "Credit", request))
            await asyncio.sleep(0.005)
        await cancel_at_random(calls, chance, within_ms=2 * SLEEP_MS)
    await check_once(world, sql, requests)
    await check_idle(running.app, sql)


async def test_given_up_in_the_queue_leaves_no_trace(
    running: Running, world: World, sql: asyncpg.Connection, player: str
) -> None:
    """A command that no batch has taken is forgotten; the one that was taken is done."""
    taken, queued = credit(player, 1), [credit(player, amount) for amount in range(2, 22)]
    with armed("batch.loaded=sleep:200"):
        first = start(world, "Credit", taken)
        await asyncio.sleep(0.05)
        waiting = [start(world, "Credit", request) for request in queued]
        await asyncio.sleep(0.05)
        for call in (first, *waiting):
            call.cancel()
        await asyncio.gather(first, *waiting, return_exceptions=True)
        await check_idle(running.app, sql)
    assert await postings(sql, player) == [1]
    await check_once(world, sql, [taken, *queued])


async def test_given_up_at_any_moment(
    running: Running, world: World, sql: asyncpg.Connection, player: str
) -> None:
    """Beside those who stay: each of them gets its own answer."""
    chance = random.Random(3)
    rpc = BY_NAME["Credit"]
    for _ in range(5):
        requests = [credit(player, chance.randint(1, 9)) for _ in range(60)]
        calls = [start(world, "Credit", request) for request in requests]
        staying = [number for number in range(60) if chance.random() < 0.5]
        leaving = [call for number, call in enumerate(calls) if number not in staying]
        await cancel_at_random(leaving, chance, within_ms=15)
        for number in staying:
            done = rpc.response.FromString(await calls[number]).transaction
            assert done.command_id == requests[number].request_id
            assert done.postings[0].amount == requests[number].amounts[0].amount
        answers = await asyncio.gather(*[world.raw.call(rpc, one) for one in requests])
        assert {answer.code for answer in answers} == {Code.OK}
    assert len(await postings(sql, player)) == 300
    await check_idle(running.app, sql)


async def test_a_batch_given_up_is_whole_in_each_item(
    running: Running, world: World, sql: asyncpg.Connection
) -> None:
    """Its items are commands of their own; a retry brings those that were not done."""
    rpc, players = BY_NAME["BatchRecordActivities"], [fresh("batch") for _ in range(100)]
    request = activity.BatchRecordActivitiesRequest()
    for name in players:
        for number in range(4):
            request.activities.add(
                player_id=name, activity_id=f"a{number}", type="lesson_completed"
            )
    for within_s in (0.002, 0.01, 0.03):
        call = start(world, rpc.name, request)
        await asyncio.sleep(within_s)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    response = rpc.response.FromString((await world.raw.call(rpc, request)).body)
    assert [item.WhichOneof("outcome") for item in response.items] == ["result"] * 400
    assert [item.result.player_id for item in response.items] == [
        one.player_id for one in request.activities
    ]
    rows = await sql.fetch(
        "SELECT player_id, count(*), sum(amount) FROM ledger, unnest(amounts) AS u (amount)"
        " WHERE player_id = ANY($1) AND event_type = 'lesson_completed' GROUP BY 1",
        players,
    )
    # Four lessons give 10 coins each, and the 100 XP of them the 50 coins of level 2.
    assert {tuple(row)[1:] for row in rows} == {(5, 90)}
    assert len(rows) == 100
    await check_idle(running.app, sql)


def reads(player_id: str) -> list[tuple[str, Any, Callable[[Any], str]]]:
    """Reads of one player by every kind of connection, and whom their answers are about."""
    return [
        ("GetPlayer", profile.GetPlayerRequest(player_id=player_id),
         lambda r: r.player.player_id),
        ("GetWallet", currency.GetWalletRequest(player_id=player_id),
         lambda r: r.wallet.player_id),
        ("ListTransactions", currency.ListTransactionsRequest(player_id=player_id),
         lambda r: r.transactions[0].player_id),
        ("ListActivities", activity.ListActivitiesRequest(player_id=player_id),
         lambda r: r.items[0].activity.player_id),
        ("ListXpHistory", profile.ListXpHistoryRequest(player_id=player_id),
         lambda r: r.entries[0].command_id.removesuffix("-a")),
        ("ListEvents", event.ListEventsRequest(player_id=player_id),
         lambda r: r.events[0].player_id),
        ("ExplainActivity",
         activity.ExplainActivityRequest(player_id=player_id, activity_id=f"{player_id}-a"),
         lambda r: r.activity.player_id),
        ("GetRank", leaderboard.GetRankRequest(
            leaderboard_id="xp_all_time", player_id=player_id, neighbors=1),
         lambda r: r.neighbors[0].player_id),
    ]  # fmt: skip


async def test_no_answer_reaches_another_caller(
    running: Running, world: World, sql: asyncpg.Connection
) -> None:
    """Readers leave in the middle of an exchange; the next ones must not get what was theirs."""
    players, chance = [fresh("reader") for _ in range(20)], random.Random(7)
    for name in players:
        request = example(BY_NAME["RecordActivity"], world)
        request.activity.player_id, request.activity.activity_id = name, f"{name}-a"
        assert (await world.raw.call(BY_NAME["RecordActivity"], request)).code is Code.OK

    async def ranked() -> bool:
        rank = leaderboard.GetRankRequest(leaderboard_id="xp_all_time", player_id=players[-1])
        return (await world.raw.call(BY_NAME["GetRank"], rank)).code is Code.OK

    await eventually(ranked)
    for _ in range(6):
        asked = [(name, *read) for name in players for read in reads(name)]
        asked = chance.sample(asked, CALLS_AT_ONCE)
        calls = [start(world, rpc, request) for _, rpc, request, _ in asked]
        staying = {number for number in range(len(calls)) if chance.random() < 0.5}
        leaving = [call for number, call in enumerate(calls) if number not in staying]
        await cancel_at_random(leaving, chance, within_ms=25)
        for number in staying:
            name, rpc, _, about = asked[number]
            assert about(BY_NAME[rpc].response.FromString(await calls[number])) == name, rpc
    await check_idle(running.app, sql)


@pytest.mark.parametrize("point", [point for point in POINTS if point != "batch.replied"])
async def test_a_deadline_passes_at_a_failpoint(
    running: Running, world: World, sql: asyncpg.Connection, player: str, point: str
) -> None:
    """Whatever was done by then: a retry under the same id makes it one effect."""
    requests = [credit(player, amount) for amount in range(1, 4)]
    with armed(f"{point}=sleep:250"):
        late = [start(world, "Credit", request, timeout_s=0.1) for request in requests]
        ended = await asyncio.gather(*late, return_exceptions=True)
    for error in ended:
        assert isinstance(error, grpc.aio.AioRpcError)
        assert Answer.of_error(error).code is Code.DEADLINE_EXCEEDED
    await check_once(world, sql, requests)
    await check_idle(running.app, sql)


async def test_a_deadline_that_has_passed_already(world: World, sql: asyncpg.Connection) -> None:
    """The tightest ones, all the way down to none at all."""
    player_id = world.other
    before = await postings(sql, player_id)
    requests = [credit(player_id, 1) for _ in range(30)]
    deadlines = [0.0, 0.000_001, 0.000_1, 0.001, 0.002, 0.003]
    calls = [
        start(world, "Credit", request, timeout_s=deadlines[number % 6])
        for number, request in enumerate(requests)
    ]
    ended = await asyncio.gather(*calls, return_exceptions=True)
    failures = [error for error in ended if isinstance(error, grpc.aio.AioRpcError)]
    assert {error.code() for error in failures} <= {Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED}
    answers = [await world.raw.call(BY_NAME["Credit"], request) for request in requests]
    assert {answer.code for answer in answers} == {Code.OK}
    assert await postings(sql, player_id) == sorted([*before, *[1] * 30])


async def test_a_connection_cut_in_the_middle(
    running: Running, world: World, sql: asyncpg.Connection, player: str
) -> None:
    """Every call of a client ends with its connection, and another client carries on."""
    requests = [credit(player, amount) for amount in range(1, 11)]
    with armed(f"batch.written=sleep:{SLEEP_MS}"):
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(running.address, options=options) as channel:
            method: Any = channel.unary_unary(BY_NAME["Credit"].path)
            metadata = [("authorization", f"Bearer {world.raw.key}")]
            calls = [method(one.SerializeToString(), metadata=metadata) for one in requests]
            await asyncio.sleep(0.03)
            await channel.close()
        await asyncio.gather(*calls, return_exceptions=True)
    await check_once(world, sql, requests)
    await check_idle(running.app, sql)


async def test_streams_and_long_polls_given_up(
    running: Running, world: World, sql: asyncpg.Connection, player: str
) -> None:
    """Before the first response, at it and after it; nothing of them stays behind."""
    chance = random.Random(9)
    method: Any = world.raw.channel.unary_stream(BY_NAME["StreamEvents"].path)
    metadata = [("authorization", f"Bearer {world.raw.key}")]
    selections = [
        event.StreamEventsRequest(player_id=player, cursor="beginning"),
        event.StreamEventsRequest(player_ids=[player, world.player]),
        event.StreamEventsRequest(all_players=True, cursor="beginning"),
    ]

    async def watch(number: int) -> None:
        stream = method(selections[number % 3].SerializeToString(), metadata=metadata)
        reading = asyncio.ensure_future(stream.read())
        await asyncio.sleep(chance.uniform(0, 0.03))
        stream.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    await asyncio.gather(*[watch(number) for number in range(60)])
    poll = event.ListEventsRequest(player_id=player, types=["season.*"])
    poll.wait.FromSeconds(8)
    polls = [start(world, "ListEvents", poll) for _ in range(20)]
    await cancel_at_random(polls, chance, within_ms=60)
    await check_idle(running.app, sql)
    answer: Awaitable[Answer] = world.raw.call(BY_NAME["Credit"], credit(player, 5))
    assert (await answer).code is Code.OK
