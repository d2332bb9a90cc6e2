"""Writes the log as workers do, without the engine, and runs the hub on it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from redis.asyncio import Redis

from renown.v1 import event_pb2
from renown.v1 import event_service_pb2 as pb
from renown_server.calls import CallContext, Principal, PrincipalKind
from renown_server.engine.clock import SystemClock, to_us
from renown_server.engine.facts import MetricMoved, PlayerCreated, encode_facts
from renown_server.engine.records import LOG_XID, week_of
from renown_server.events.bus import ValkeyBus
from renown_server.events.cursors import Cursors
from renown_server.events.hub import Hub, HubLimits
from renown_server.events.messages import Announcer, Channels, Packed
from renown_server.events.rpc import EventServiceHandlers
from renown_server.events.store import EventStore
from renown_server.storage.postgres import create_pool

SERVER = Principal(PrincipalKind.SERVER, "key:k_test")
CURSORS = Cursors(b"a secret of the tests")

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Happening:
    """One command to be: so many facts about a player."""

    player_id: str
    facts: int = 2
    is_request: bool = False
    refused: bool = False
    command_id: str = field(default_factory=lambda: f"c-{next(_ids)}")


class Worker:
    """Commits batches and tells the others.

    Args:
        connection: its own.
        redis: where it publishes; None: it dies before each time.
        channels: the channels.
    """

    def __init__(
        self, connection: asyncpg.Connection, redis: Redis | None, channels: Channels
    ) -> None:
        self.connection = connection
        self.redis = redis
        self.announcer = Announcer(channels)
        self.committed_at = 0.0
        self.sent: list[tuple[str, int]] = []

    async def commit(
        self, *batch: Happening, pause_s: float = 0.0, at: datetime | None = None
    ) -> list[Packed]:
        """Commits a batch, holding it open for a while, and publishes it.

        `at` stands for the database's clock.
        """
        players = sorted({one.player_id for one in batch})
        await self.connection.execute(
            "INSERT INTO players (player_id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING",
            players,
        )
        async with self.connection.transaction():
            rows = await self.connection.fetch(
                "SELECT player_id, sequence, clock_timestamp() FROM players"
                " WHERE player_id = ANY($1) ORDER BY player_id FOR UPDATE",
                players,
            )
            heads = {row[0]: row[1] for row in rows}
            packed = [await self._write(one, heads, at or rows[0][2]) for one in batch]
            await self.connection.executemany(
                "UPDATE players SET sequence = $2 WHERE player_id = $1", list(heads.items())
            )
            await asyncio.sleep(pause_s)
        self.committed_at = time.monotonic()
        written = [one for one in packed if one is not None]
        await self.publish(written)
        return written

    async def _write(self, one: Happening, heads: dict[str, int], at: Any) -> Packed | None:
        first = heads[one.player_id] + 1
        facts: list[Any] = []
        if not one.refused:
            facts = [
                PlayerCreated(rule="request:CreatePlayer")
                if sequence == 1
                else MetricMoved(rule="test", metric="m", amount=1, total=sequence)
                for sequence in range(first, first + one.facts)
            ]
            heads[one.player_id] += one.facts
        text = encode_facts(facts)
        common = (
            at,
            "key:k",
            b"f",
            1,
            7,
            first if facts else 0,
            heads[one.player_id] * bool(facts),
        )
        if one.is_request:
            await self.connection.execute(
                "INSERT INTO requests (request_key, player_id, method, request, recorded_at,"
                " principal, fingerprint, fingerprint_version, catalog_version, first_sequence,"
                " last_sequence, facts, week, xid) VALUES ($1, $2, 'Credit', $3, $4, $5, $6, $7,"
                f" $8, $9, $10, $11, $12, {LOG_XID})",
                one.command_id.encode(),
                one.player_id,
                msgspec.json.encode({"request_id": one.command_id}).decode(),
                *common,
                text,
                week_of(at),
            )
        else:
            await self.connection.execute(
                "INSERT INTO activities (player_id, activity_id, activity_type, request,"
                " recorded_at, principal, fingerprint, fingerprint_version, catalog_version,"
                " first_sequence, last_sequence, facts, xid) VALUES ($1, $2, 't', '{}', $3, $4,"
                f" $5, $6, $7, $8, $9, $10, {LOG_XID})",
                one.player_id,
                one.command_id,
                *common,
                text,
            )
        if not facts:
            return None
        return Packed(one.player_id, first, to_us(at), 7, one.command_id, text)

    async def publish(self, entries: Sequence[Packed]) -> None:
        """What the pipeline after a commit does."""
        if self.redis is None:
            return
        for channel, payload in self.announcer.encode_batch(entries):
            receivers = await self.redis.publish(channel, payload)
            self.announcer.note_receivers(channel, receivers)
            self.sent.append((channel, len(payload)))


@dataclass
class World:
    """A database, the bus and one worker's event service on them."""

    url: str
    redis_url: str
    pool: asyncpg.Pool
    store: EventStore
    hub: Hub
    handlers: EventServiceHandlers
    channels: Channels
    lags: list[float]
    stack: contextlib.AsyncExitStack

    async def worker(self, *, publishes: bool = True) -> Worker:
        """Another worker that writes."""
        connection = await asyncpg.connect(self.url)
        self.stack.push_async_callback(connection.close)
        redis = None
        if publishes:
            redis = Redis.from_url(self.redis_url)
            self.stack.push_async_callback(redis.aclose)
        return Worker(connection, redis, self.channels)

    def stream(self, **request: Any) -> AsyncIterator[pb.StreamEventsResponse]:
        """StreamEvents, as a game server calls it."""
        return self.handlers.stream_events(pb.StreamEventsRequest(**request), call())

    async def list(self, **request: Any) -> pb.ListEventsResponse:
        """ListEvents, as a game server calls it."""
        return await self.handlers.list_events(pb.ListEventsRequest(**request), call())


def call(principal: Principal = SERVER, **options: Any) -> CallContext:
    """A call without a deadline."""
    return CallContext("/renown.v1.EventService/Test", principal, float("inf"), **options)


@contextlib.asynccontextmanager
async def running(
    url: str, redis_url: str, prefix: str, *, heartbeat_s: float = 15.0, **limits: Any
) -> AsyncIterator[World]:
    """A world with one worker that serves events."""
    channels = Channels(prefix)
    lags: list[float] = []
    async with contextlib.AsyncExitStack() as stack:
        pool = await create_pool(url)
        stack.push_async_callback(pool.close)
        store = EventStore(pool)
        hub = Hub(
            store=store,
            cursors=CURSORS,
            bus=ValkeyBus(redis_url, channels),
            channels=channels,
            limits=HubLimits(**limits),
            on_lag=lags.append,
        )
        stack.push_async_callback(hub.close)
        handlers = EventServiceHandlers(
            hub=hub, store=store, cursors=CURSORS, clock=SystemClock(), heartbeat_s=heartbeat_s
        )
        yield World(url, redis_url, pool, store, hub, handlers, channels, lags, stack)


class Reader:
    """A client: reads streams, resumes from its cursor, remembers what it saw."""

    def __init__(self, world: World, cursor: str = "", **request: Any) -> None:
        self.world = world
        self.request = request
        self.cursor = cursor
        self.events: list[event_pb2.Event] = []
        self.responses = 0
        self.arrived_at: dict[tuple[str, int], float] = {}

    async def read(
        self, *, seconds: float = 30.0, events: int | None = None, responses: int | None = None
    ) -> None:
        """Reads one stream, until so many events or responses have been seen in all.

        The time may end it, too: then, as a cut line does.
        """
        stream = self.world.stream(cursor=self.cursor, **self.request)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), contextlib.aclosing(stream):  # type: ignore[type-var]
                async for response in stream:
                    self.take(response)
                    if events is not None and len(self.events) >= events:
                        return
                    if responses is not None and self.responses >= responses:
                        return

    async def read_cut(self, random: random.Random, *, events: int, seconds: float = 60.0) -> int:
        """Reads through many cut streams until so many events have been seen.

        Some responses are lost with their stream: they arrive again. Returns
        how many streams it took.
        """
        streams = 0
        async with asyncio.timeout(seconds):
            while len(self.events) < events:
                streams += 1
                stream = self.world.stream(cursor=self.cursor, **self.request)
                left = random.randint(1, 6)
                with contextlib.suppress(TimeoutError):
                    async with (
                        asyncio.timeout(random.uniform(0.01, 0.3)),
                        contextlib.aclosing(stream),  # type: ignore[type-var]
                    ):
                        async for response in stream:
                            left -= 1
                            if left == 0 and random.random() < 0.5:
                                break  # it had arrived, and was not kept
                            self.take(response)
                            if left == 0:
                                break
        return streams

    def take(self, response: pb.StreamEventsResponse) -> None:
        """Keeps a response and its cursor."""
        self.responses += 1
        self.events += response.events
        for event in response.events:
            self.arrived_at.setdefault((event.player_id, event.sequence), time.monotonic())
        self.cursor = response.cursor

    def sequences(self, player_id: str) -> list[int]:
        """What was seen of a player, in the order it came."""
        return [event.sequence for event in self.events if event.player_id == player_id]


async def until(condition: Any, seconds: float = 10.0) -> None:
    """Waits for something to become true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "in vain"
        await asyncio.sleep(0.005)
