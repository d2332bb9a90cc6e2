"""Streams when Valkey, Postgres or retention take something away."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from redis.asyncio import Redis

from renown_server.errors import CursorTrimmed, RenownError, StorageUnavailable
from renown_server.events.bus import ValkeyBus
from renown_server.events.cursors import Scope
from renown_server.events.messages import WAKE_UP
from renown_server.events.state import Position
from renown_server.storage.embedded import EmbeddedServers
from tests.conftest import Database
from tests.integration.events_log import CURSORS, Happening, Reader, World, running, until

pytestmark = pytest.mark.integration

SELECTIONS: list[dict[str, Any]] = [{"player_id": "alice"}, {"all_players": True}]


@pytest.fixture
async def world(
    servers: EmbeddedServers, database: Database, redis_prefix: str
) -> AsyncIterator[World]:
    async with running(database.url, servers.urls.redis_url, redis_prefix) as world:
        yield world


@contextlib.asynccontextmanager
async def reading(world: World, *, events: int) -> AsyncIterator[list[Reader]]:
    """Readers of one and of all players, whose streams must deliver so much in the end."""
    readers = [Reader(world, **selection) for selection in SELECTIONS]
    tasks = [asyncio.create_task(reader.read(events=events)) for reader in readers]
    await until(lambda: all(reader.responses for reader in readers))
    yield readers
    await asyncio.wait_for(asyncio.gather(*tasks), 15)
    for reader in readers:
        assert reader.sequences("alice") == list(range(1, events + 1))


async def test_a_killed_valkey_delays_and_loses_nothing(
    servers: EmbeddedServers, world: World
) -> None:
    worker = await world.worker(publishes=False)
    publishing = await world.worker()
    async with reading(world, events=8) as readers:
        await publishing.commit(Happening("alice", 2))
        await until(lambda: all(len(reader.events) == 2 for reader in readers))
        try:
            servers.kill_redis()
            began = time.monotonic()
            await worker.commit(Happening("alice", 2))
            await until(lambda: all(len(reader.events) == 4 for reader in readers))
            assert time.monotonic() - began < 3, "polled each second"
        finally:
            servers.restart_redis()
        await worker.commit(Happening("alice", 2))
        await until(lambda: all(len(reader.events) == 6 for reader in readers))
        await until_heard(world)
        began = time.monotonic()
        await (await world.worker()).commit(Happening("alice", 2))
        await until(lambda: all(len(reader.events) == 8 for reader in readers))
        assert time.monotonic() - began < 0.8, "live again, not polled"


async def until_heard(world: World) -> None:
    """Waits until the hub listens again."""
    async with Redis.from_url(world.redis_url) as redis:
        for _ in range(200):
            counts = await redis.pubsub_numsub(*world.channels.names)
            if all(count for _, count in counts):
                return
            await asyncio.sleep(0.05)
    raise AssertionError("the hub did not come back")


async def test_a_frozen_valkey_is_noticed(servers: EmbeddedServers, world: World) -> None:
    worker = await world.worker(publishes=False)
    publishing = await world.worker()
    async with reading(world, events=4) as readers:
        await publishing.commit(Happening("alice", 2))
        await until(lambda: all(len(reader.events) == 2 for reader in readers))
        try:
            servers.pause_redis()
            await asyncio.sleep(2.5)  # connected, and silent
            began = time.monotonic()
            await worker.commit(Happening("alice", 2))
            await until(lambda: all(len(reader.events) == 4 for reader in readers))
            assert time.monotonic() - began < 2.5
        finally:
            servers.resume_redis()


async def test_listening_can_be_cancelled_at_any_moment(world: World) -> None:
    """redis-py loses cancellations where it waits by asyncio.wait_for (Python 3.11)."""

    class Deaf:
        def on_connected(self) -> None: ...
        def on_message(self, channel: str, payload: bytes) -> None: ...
        def on_lost(self) -> None: ...

    chance = random.Random(5)
    for _ in range(100):
        bus = ValkeyBus(world.redis_url, world.channels)
        listening = asyncio.create_task(bus.run(Deaf()))
        await asyncio.sleep(chance.choice([0.0, chance.uniform(0.0, 0.01)]))
        listening.cancel()
        done, _ = await asyncio.wait([listening], timeout=2)
        assert done


async def test_messages_of_strangers_do_no_harm(world: World) -> None:
    worker = await world.worker()
    async with reading(world, events=2), Redis.from_url(world.redis_url) as redis:
        for channel in world.channels.names:
            for payload in (b"\xc1", b"", b"hello", b"\x91\x96\xa5alice\x01\x00\x01\xa0\xa2[}"):
                await redis.publish(channel, payload)
        await worker.commit(Happening("alice", 2))


async def test_a_worker_without_listeners_sends_wake_ups_until_somebody_listens(
    world: World,
) -> None:
    worker = await world.worker()
    await worker.commit(Happening("alice", 1))
    await worker.commit(Happening("alice", 1))
    assert [size > 0 for _, size in worker.sent] == [True, False]
    reader = Reader(world, player_id="alice")
    task = asyncio.create_task(reader.read(events=4))
    await until(lambda: reader.responses == 1)
    await until_heard(world)
    began = time.monotonic()
    await worker.commit(Happening("alice", 2))
    await until(lambda: len(reader.events) == 2)
    print(f"first event, by a wake-up: {(time.monotonic() - began) * 1000:.1f} ms")
    assert time.monotonic() - began < 1
    assert worker.sent[-1][1] == len(WAKE_UP)
    await worker.commit(Happening("alice", 2))
    assert worker.sent[-1][1] > 0
    await task
    assert reader.sequences("alice") == [3, 4, 5, 6]


async def test_lost_connections_to_postgres(database: Database, world: World) -> None:
    worker = await world.worker()
    random_cuts = random.Random(3)
    admin = await asyncpg.connect(database.superuser_url)
    readers = [Reader(world, cursor="beginning", **selection) for selection in SELECTIONS]

    async def read(reader: Reader) -> None:
        while len(reader.events) < 90:
            with contextlib.suppress(StorageUnavailable):
                await reader.read(events=90, seconds=random_cuts.uniform(0.05, 0.5))

    tasks = [asyncio.create_task(read(reader)) for reader in readers]
    for place in range(30):
        await worker.commit(Happening("alice", 3))
        if place % 3 == 0:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'renown'"
            )
        await asyncio.sleep(0.02)
    await asyncio.wait_for(asyncio.gather(*tasks), 20)
    await admin.close()
    for reader in readers:
        assert reader.sequences("alice") == list(range(1, 91))


async def trimmed(reader: Reader) -> str:
    """Reads until retention is in the way; returns the oldest cursor."""
    with pytest.raises(CursorTrimmed) as error:
        await reader.read(seconds=5)
    return error.value.refusal.metadata["oldest_cursor"]


async def test_a_player_whose_requests_are_gone(database: Database, world: World) -> None:
    """Activities are kept for ever, other requests for some weeks."""
    worker = await world.worker()
    await worker.commit(Happening("alice", 2, is_request=True))
    await worker.commit(Happening("alice", 3))
    await worker.commit(Happening("alice", 2, is_request=True))
    await worker.commit(Happening("alice", 4))
    owner = await asyncpg.connect(database.superuser_url)

    # The first request is gone: 1–2.
    await owner.execute("DELETE FROM requests WHERE first_sequence = 1")
    oldest = await trimmed(Reader(world, CURSORS.of_player("alice", 0), player_id="alice"))
    assert CURSORS.read_player(oldest, "alice") == 2
    for cursor in (oldest, "beginning", CURSORS.of_player("alice", 4)):
        reader = Reader(world, cursor, player_id="alice")
        await reader.read(responses=1)
        assert reader.sequences("alice")[-1] == 11
    listed = await world.list(player_id="alice")
    assert [event.sequence for event in listed.events] == list(range(3, 12))

    # And the second, 6–7: what is before is kept, and yet not without a gap.
    await owner.execute("DELETE FROM requests")
    for sequence in (0, 2, 5, 6):
        cursor = CURSORS.of_player("alice", sequence)
        oldest = await trimmed(Reader(world, cursor, player_id="alice"))
        assert CURSORS.read_player(oldest, "alice") == 7
        with pytest.raises(CursorTrimmed):
            await list_all(world, cursor)
    listed = await world.list(player_id="alice", cursor="beginning")
    assert [event.sequence for event in listed.events] == [8, 9, 10, 11]

    # All there was.
    await owner.execute("DELETE FROM activities")
    oldest = await trimmed(Reader(world, CURSORS.of_player("alice", 9), player_id="alice"))
    assert CURSORS.read_player(oldest, "alice") == 11
    assert not (await world.list(player_id="alice")).events
    await owner.close()


async def list_all(world: World, cursor: str) -> None:
    """Reads pages to the end; what is left before a gap is a page of its own."""
    more = True
    while more:
        page = await world.list(player_id="alice", cursor=cursor)
        cursor, more = page.next_cursor, page.more


async def test_all_players_after_partitions_were_dropped(database: Database, world: World) -> None:
    worker = await world.worker()
    owner = await asyncpg.connect(database.superuser_url)
    monday = await owner.fetchval("SELECT date_trunc('week', now(), 'UTC')")
    weeks = [monday - timedelta(weeks=ago) for ago in (3, 2, 1)]
    for week in weeks:
        await owner.execute(
            f"CREATE TABLE requests_{week:%Y%m%d} PARTITION OF requests"
            f" FOR VALUES FROM ('{week:%Y-%m-%d}') TO ('{week + timedelta(weeks=1):%Y-%m-%d}')"
        )
    for number in range(60):
        at = weeks[number // 20] + timedelta(hours=number % 20)
        await worker.commit(
            Happening("alice", 2, is_request=number % 3 == 0), Happening("bob", 1), at=at
        )
    await worker.commit(Happening("bob", 1))
    before_all = CURSORS.of_position(Scope.ALL, Position(3, at_us=_us(weeks[0])))

    reader = Reader(world, cursor="beginning", all_players=True)
    await reader.read(events=181)
    assert reader.sequences("alice") == list(range(1, 121))
    in_second_week = Reader(world, cursor="beginning", all_players=True)
    stream = world.stream(all_players=True, cursor="beginning")
    async with contextlib.aclosing(stream):  # type: ignore[type-var]
        in_second_week.take(await anext(stream))
    assert in_second_week.events[-1].recorded_at.ToDatetime(UTC) > weeks[1]

    await owner.execute(f"DROP TABLE requests_{weeks[0]:%Y%m%d}")
    oldest = await trimmed(Reader(world, before_all, all_players=True))
    for cursor in (oldest, "beginning"):
        rest = Reader(world, cursor, all_players=True)
        await rest.read(seconds=1)
        kept = rest.sequences("alice")
        assert kept == list(range(kept[0], 121)), "from where on nothing is missing"
        assert 35 <= kept[0] <= 45
        assert rest.sequences("bob")[-1] == 61

    # A cursor of a time that is kept goes on.
    await in_second_week.read(seconds=1)
    assert in_second_week.sequences("alice") == list(range(1, 121))
    await owner.execute(f"DROP TABLE requests_{weeks[1]:%Y%m%d}")
    stale = CURSORS.of_position(Scope.ALL, Position(3, at_us=_us(weeks[1] + timedelta(hours=1))))
    assert await trimmed(Reader(world, stale, all_players=True))
    await owner.close()


async def test_a_cursor_of_all_players_from_before_a_restore(world: World) -> None:
    ahead = CURSORS.of_position(Scope.ALL, Position(2**50, at_us=_us(datetime.now(UTC))))
    with pytest.raises(RenownError, match="cursor"):
        await Reader(world, ahead, all_players=True).read(seconds=2)


def _us(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)
