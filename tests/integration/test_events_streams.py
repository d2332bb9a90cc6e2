"""Streams on real Postgres and Valkey: nothing missing, nothing out of order."""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from google.protobuf.duration_pb2 import Duration

from renown.v1 import event_service_pb2 as pb
from renown_server.errors import Draining, SlowConsumer
from renown_server.events.cursors import Scope
from renown_server.storage.embedded import EmbeddedServers
from tests.conftest import Database
from tests.integration.events_log import (
    CURSORS,
    Happening,
    Reader,
    Worker,
    World,
    call,
    running,
    until,
)

pytestmark = pytest.mark.integration


@pytest.fixture
async def world(
    servers: EmbeddedServers, database: Database, redis_prefix: str
) -> AsyncIterator[World]:
    async with running(database.url, servers.urls.redis_url, redis_prefix) as world:
        yield world


async def test_a_stream_delivers_what_happens_from_now_on(world: World) -> None:
    worker = await world.worker()
    await worker.commit(Happening("alice", 3))
    stream = world.stream(player_id="alice")
    async with contextlib.aclosing(stream):  # type: ignore[type-var]
        first = await anext(stream)
        assert not first.events
        assert CURSORS.read_player(first.cursor, "alice") == 3
        await worker.commit(Happening("alice", 2, command_id="act-1"), Happening("bob", 1))
        second = await anext(stream)
    assert [event.sequence for event in second.events] == [4, 5]
    assert second.events[0].command_id == "act-1"
    assert second.events[0].type == "metric.moved"
    assert second.events[0].metric_moved.total == 4
    assert world.hub.subscribers == 0


async def test_an_event_is_the_same_live_and_from_the_log(world: World) -> None:
    worker = await world.worker()
    live = Reader(world, player_id="alice")
    reading = asyncio.create_task(live.read(events=9))
    await until(lambda: live.responses == 1)
    await worker.commit(Happening("alice", 3, command_id="act-1"))
    await worker.commit(Happening("alice", 2, is_request=True, command_id='req-"1"\\'))
    await worker.commit(Happening("alice", 1, refused=True), Happening("alice", 4, is_request=True))
    await reading
    listed = await world.list(player_id="alice")
    logged = Reader(world, player_id="alice", cursor="beginning")
    await logged.read(events=9)
    everybody = Reader(world, all_players=True, cursor="beginning")
    await everybody.read(events=9)
    assert live.sequences("alice") == list(range(1, 10))
    assert live.events == list(listed.events) == logged.events == everybody.events
    assert [event.command_id for event in live.events[:5]] == ["act-1"] * 3 + ['req-"1"\\'] * 2


async def write(worker: Worker, players: list[str], commits: int, seed: int, drop: float) -> int:
    """Commits batches of random players; some die between commit and publish."""
    chance = random.Random(seed)
    redis, written = worker.redis, 0
    for _ in range(commits):
        batch = [
            Happening(
                chance.choice(players), chance.randint(1, 4), is_request=chance.random() < 0.4
            )
            for _ in range(chance.randint(1, 6))
        ]
        worker.redis = None if chance.random() < drop else redis
        await worker.commit(*batch, pause_s=chance.choice([0, 0, 0, 0.002, 0.02]))
        written += sum(one.facts for one in batch)
        await asyncio.sleep(chance.choice([0, 0, 0.005]))
    return written


Selection = dict[str, Any]


@pytest.mark.parametrize(
    "selection",
    [{"player_id": "p1"}, {"player_ids": ["p0", "p2", "p5"]}, {"all_players": True}],
    ids=["one", "several", "all"],
)
async def test_a_reader_cut_at_random_misses_nothing(
    servers: EmbeddedServers, database: Database, redis_prefix: str, selection: Selection
) -> None:
    """Promise 6: cursors resume exactly, whatever is cut, dropped or overtaken."""
    players = [f"p{number}" for number in range(6)]
    async with running(
        database.url, servers.urls.redis_url, redis_prefix, sweep_s=0.3, poll_s=0.1
    ) as world:
        workers = [await world.worker() for _ in range(4)]
        reader = Reader(world, cursor="beginning", **selection)
        writing = asyncio.gather(
            *[write(worker, players, 60, seed, drop=0.2) for seed, worker in enumerate(workers)]
        )
        await asyncio.sleep(0.2)
        cutting = asyncio.create_task(reader.read_cut(random.Random(1), events=10**9))
        written = sum(await writing)
        rows = await world.pool.fetch("SELECT player_id, sequence FROM players")
        heads = {row[0]: row[1] for row in rows}
        assert sum(heads.values()) == written
        watched = selection.get("player_ids") or [selection.get("player_id")]
        wanted = heads if "all_players" in selection else {one: heads[one] for one in watched}
        await until(lambda: len(reader.events) >= sum(wanted.values()), seconds=30)
        cutting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await cutting
        for player_id, head in wanted.items():
            assert reader.sequences(player_id) == list(range(1, head + 1))
        assert len(reader.events) == sum(wanted.values())
        assert all(
            event.metric_moved.total == event.sequence
            for event in reader.events
            if event.sequence > 1
        )
        await until(lambda: world.hub.subscribers == 0)


async def test_a_commit_that_comes_after_its_successors_is_not_skipped(world: World) -> None:
    slow, quick = await world.worker(), await world.worker()
    reader = Reader(world, all_players=True)
    reading = asyncio.create_task(reader.read(events=4))
    await until(lambda: reader.responses == 1)
    overtaken = asyncio.create_task(slow.commit(Happening("slow", 2), pause_s=0.3))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await quick.commit(Happening("quick", 2))
    await overtaken
    await reading
    assert [event.player_id for event in reader.events] == ["slow", "slow", "quick", "quick"]
    # The wait for the open transaction is not lengthened by the poll of 1 s.
    assert reader.arrived_at["quick", 1] - began < 0.8


async def test_a_batch_that_waited_for_another_comes_after_it(world: World) -> None:
    """A transaction's id is older than its place, if it waited for its second player."""
    early, late = await world.worker(), await world.worker()
    await early.commit(Happening("a", 1), Happening("b", 1), Happening("c", 1))
    other = await asyncpg.connect(world.url)
    blocker = other.transaction()
    await blocker.start()
    await other.execute("SELECT FROM players WHERE player_id = 'b' FOR UPDATE")
    batch = [Happening(player, 2) for player in "abc"]
    waiting = asyncio.create_task(early.commit(*batch))
    await asyncio.sleep(0.1)  # it holds `a` and an id, and waits for `b`
    await late.commit(Happening("c", 3))
    await blocker.rollback()
    await waiting
    await other.close()
    reader = Reader(world, cursor="beginning", all_players=True)
    await reader.read(events=12)
    assert reader.sequences("c") == [1, 2, 3, 4, 5, 6]


async def test_an_open_writer_elsewhere_holds_all_players_back_and_is_reported(
    servers: EmbeddedServers, database: Database, redis_prefix: str
) -> None:
    async with running(database.url, servers.urls.redis_url, redis_prefix, poll_s=0.1) as world:
        worker = await world.worker()
        other = await asyncpg.connect(database.superuser_url)
        reader = Reader(world, all_players=True)
        reading = asyncio.create_task(reader.read(events=2))
        single = Reader(world, player_id="alice")
        reading_single = asyncio.create_task(single.read(events=2))
        await until(lambda: reader.responses == single.responses == 1)
        writer = other.transaction()
        await writer.start()
        await other.execute("SELECT pg_current_xact_id()")
        await worker.commit(Happening("alice", 2))
        await reading_single
        await until(lambda: bool(world.lags) and world.lags[-1] > 0.2)
        assert not reader.events
        await writer.rollback()
        await reading
        assert reader.sequences("alice") == [1, 2]
        await other.close()


async def test_a_reader_that_does_not_read_is_ended_and_resumes(
    servers: EmbeddedServers, database: Database, redis_prefix: str
) -> None:
    async with running(
        database.url, servers.urls.redis_url, redis_prefix, queued_events_max=100
    ) as world:
        worker = await world.worker()
        for selection in ({"player_id": "alice"}, {"all_players": True}):
            reader = Reader(world, **selection)
            stream = world.stream(**selection)
            async with contextlib.aclosing(stream):  # type: ignore[type-var]
                reader.take(await anext(stream))
                for _ in range(30):
                    await worker.commit(Happening("alice", 5))
                    await asyncio.sleep(0.002)
                await asyncio.sleep(0.1)
                with pytest.raises(SlowConsumer) as error:
                    await anext(stream)
            assert error.value.refusal.metadata["cursor"] == reader.cursor
            await reader.read(events=150)
            first = reader.events[0].sequence
            assert reader.sequences("alice") == list(range(first, first + 150))


async def test_draining_loses_nothing(
    servers: EmbeddedServers, database: Database, redis_prefix: str, world: World
) -> None:
    """Promise 15: streams end with their cursor, and go on at another worker."""
    worker = await world.worker()
    readers = [Reader(world, player_id="alice"), Reader(world, all_players=True)]
    reading = [asyncio.create_task(reader.read()) for reader in readers]
    await until(lambda: all(reader.responses for reader in readers))
    writing = asyncio.create_task(write(worker, ["alice"], 40, 1, drop=0.1))
    await asyncio.sleep(0.15)
    world.hub.drain()
    for reader, ended in zip(readers, reading, strict=True):
        with pytest.raises(Draining) as error:
            await ended
        assert error.value.refusal.metadata["cursor"]
        reader.cursor = error.value.refusal.metadata["cursor"]
    async with running(database.url, servers.urls.redis_url, redis_prefix) as other:
        for reader in readers:
            reader.world = other
        written = await writing
        await asyncio.gather(*[reader.read(events=written) for reader in readers])
    for reader in readers:
        assert reader.sequences("alice") == list(range(1, written + 1))


async def test_a_thousand_streams(world: World) -> None:
    worker = await world.worker()
    alices = [Reader(world, player_id="alice") for _ in range(400)]
    others = [Reader(world, player_id=f"p{number}") for number in range(400)]
    everybodys = [Reader(world, all_players=True) for _ in range(200)]
    readers = alices + others + everybodys
    reading = [asyncio.create_task(reader.read(events=5)) for reader in alices]
    reading += [asyncio.create_task(reader.read(events=2)) for reader in others]
    reading += [asyncio.create_task(reader.read(events=805)) for reader in everybodys]
    await until(lambda: all(reader.responses for reader in readers), seconds=20)
    assert world.hub.subscribers == 1000
    began = time.monotonic()
    await worker.commit(Happening("alice", 5), *[Happening(f"p{n}", 2) for n in range(400)])
    await asyncio.wait_for(asyncio.gather(*reading), 60)
    print(f"fan-out to 1,000 streams: {time.monotonic() - began:.3f} s")
    assert all(reader.sequences("alice") == [1, 2, 3, 4, 5] for reader in alices)
    assert all(reader.sequences(f"p{n}") == [1, 2] for n, reader in enumerate(others))
    assert all(len(reader.events) == 805 for reader in everybodys)
    assert world.hub.subscribers == 0


@pytest.mark.parametrize("selection", [{"player_id": "alice"}, {"all_players": True}])
async def test_events_are_live(world: World, selection: Selection) -> None:
    worker = await world.worker()
    reader = Reader(world, **selection)
    reading = asyncio.create_task(reader.read(events=100))
    await until(lambda: reader.responses == 1)
    committed_at = []
    for _ in range(100):
        await worker.commit(Happening("alice", 1))
        committed_at.append(worker.committed_at)
        await asyncio.sleep(0.01)
    await reading
    ms = sorted(
        (reader.arrived_at["alice", place] - at) * 1000
        for place, at in enumerate(committed_at, start=1)
    )
    print(f"live {selection}: p50 {statistics.median(ms):.2f} ms, max {ms[-1]:.2f} ms")
    assert statistics.median(ms) < 50


async def test_cancelled_and_closed_streams_leave_nothing_behind(world: World) -> None:
    worker = await world.worker()
    await worker.commit(Happening("alice", 2))
    for selection in ({"player_id": "alice"}, {"player_ids": ["alice"]}, {"all_players": True}):
        for delay in (0.0, 0.001, 0.01, 0.1):
            reading = asyncio.create_task(Reader(world, "beginning", **selection).read())
            await asyncio.sleep(delay)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            assert world.hub.subscribers == 0
    waiting = asyncio.create_task(
        world.handlers.list_events(
            pb.ListEventsRequest(
                player_id="alice", cursor=CURSORS.of_player("alice", 2), wait=Duration(seconds=30)
            ),
            call(),
        )
    )
    await until(lambda: world.hub.subscribers == 1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert world.hub.subscribers == 0
    assert (await world.pool.fetchval("SELECT 1")) == 1, "no connection was left in a read"


async def test_a_cursor_of_all_players_moves_while_nothing_happens(
    servers: EmbeddedServers, database: Database, redis_prefix: str
) -> None:
    async with running(
        database.url, servers.urls.redis_url, redis_prefix, heartbeat_s=0.2, poll_s=0.05
    ) as world:
        reader = Reader(world, all_players=True)
        await reader.read(responses=1)
        first = CURSORS.read_position(reader.cursor, Scope.ALL)
        await reader.read(responses=4)
        last = CURSORS.read_position(reader.cursor, Scope.ALL)
        assert last.at_us > first.at_us  # type: ignore[union-attr]
        assert not reader.events
