"""Everybody in this worker who watches, and what wakes them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import msgspec
import structlog

from renown_server.engine.gather import Gather
from renown_server.errors import StorageUnavailable
from renown_server.events.bus import Bus
from renown_server.events.cursors import Cursors, Start
from renown_server.events.feeds import CommitFeed, Feed, PlayerFeed
from renown_server.events.logs import CommitLog, PlayerLog
from renown_server.events.messages import SHARDS, Channels, decode
from renown_server.events.state import Entry, Position
from renown_server.events.store import EventStore
from renown_server.events.subscription import (
    QUEUED_EVENTS_MAX,
    QUEUED_EVENTS_TOTAL,
    Budget,
    Subscription,
)
from renown_server.events.tail import SPACING_S, Tail
from renown_server.events.waiting import woken
from renown_server.events.watchers import Watchers

_log = structlog.get_logger(__name__)

SHARED_FACTOR = 10
"""What an event counts for in a queue of its own, against one that many hold."""


@dataclass(frozen=True, slots=True)
class HubLimits:
    """What can be set of a hub.

    Attributes:
        queued_events_max: events that may wait for one subscriber.
        queued_events_total: events that may wait for all of them, and ten times
            as many where they wait for several subscribers at once.
        poll_s: how often Postgres is asked for news while Valkey is away, and
            without wake-ups for the streams of several or all players.
        sweep_s: how often it is asked while Valkey is there: messages may be
            dropped under pressure, or lost with the worker that sent them.
        stalled_s: how long a reader may take over one response while the log
            holds more for it; looked at in every sweep.
        linger_s: how long Valkey is listened to after the last stream.
    """

    queued_events_max: int = QUEUED_EVENTS_MAX
    queued_events_total: int = QUEUED_EVENTS_TOTAL
    poll_s: float = 1.0
    sweep_s: float = 5.0
    stalled_s: float = 10.0
    linger_s: float = 10.0


class Hub:
    """Knows the streams, hears the bus, reads the tail, sweeps for what was missed.

    It works while anybody watches. A worker without streams costs the others
    nothing, not even the encoding of their messages.

    Args:
        store: reads the log.
        cursors: makes cursors.
        bus: carries the workers' messages.
        channels: the bus's channels.
        limits: bounds and intervals.
        on_lag: told how many seconds the oldest committed row has been waiting
            for an older writer, while several or all players are watched.
    """

    def __init__(
        self,
        *,
        store: EventStore,
        cursors: Cursors,
        bus: Bus,
        channels: Channels,
        limits: HubLimits | None = None,
        on_lag: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._limits = limits or HubLimits()
        self._store = store
        self._cursors = cursors
        self._bus = bus
        self._channels = channels
        self._player_log = PlayerLog(store, cursors)
        self._commit_log = CommitLog(store, cursors)
        self._heads: Gather[str, int] = Gather(store.heads)
        self._tail = Tail(store, poll_s=self._limits.poll_s, on_lag=on_lag)
        self._budget = Budget(self._limits.queued_events_total)
        # What the tail hands out is the same to all, and counted for each.
        self._shared_budget = Budget(SHARED_FACTOR * self._limits.queued_events_total)
        self._watchers = Watchers(store)
        self._feeds: set[Feed] = set()
        self._unsure: set[int] = set()
        self._look = asyncio.Event()
        self._is_connected = False
        self._is_draining = False
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping: asyncio.TimerHandle | None = None

    @property
    def subscribers(self) -> int:
        """How many streams watch."""
        return len(self._feeds)

    @property
    def is_draining(self) -> bool:
        """Whether streams are being ended."""
        return self._is_draining

    def player(self, player_id: str, start: int | Start) -> PlayerFeed:
        """One player's events after a sequence; to be entered by `async with`."""
        queue: Subscription[Entry] = Subscription(self._limits.queued_events_max, self._budget)
        return PlayerFeed(
            self,
            queue,
            player_id,
            start,
            log=self._player_log,
            head=self._heads.get,
            cursors=self._cursors,
        )

    def commits(self, players: frozenset[str] | None, start: Position | Start) -> CommitFeed:
        """Several or (None) all players' events; to be entered by `async with`."""
        queue: Subscription[tuple[Position, Entry]] = Subscription(
            self._limits.queued_events_max, self._shared_budget
        )
        return CommitFeed(
            self,
            queue,
            players,
            start,
            log=self._commit_log,
            tail=self._tail,
            tip=self._store.tip,
            cursors=self._cursors,
        )

    def drain(self) -> None:
        """Ends all streams with their cursors, and those that are opened from now on."""
        self._is_draining = True
        for feed in self._feeds:
            feed.wake()

    async def close(self) -> None:
        """Stops listening; for when no stream is left."""
        if self._stopping is not None:
            self._stopping.cancel()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def enter(self, feed: Feed) -> None:
        """Takes note of a stream."""
        self._feeds.add(feed)
        if isinstance(feed, PlayerFeed):
            self._watchers.add(feed)
        if self._stopping is not None:
            self._stopping.cancel()
            self._stopping = None
        if not self._tasks:
            self._start()

    def leave(self, feed: Feed) -> None:
        """Forgets a stream."""
        self._feeds.discard(feed)
        if isinstance(feed, PlayerFeed):
            self._watchers.discard(feed)
        if not self._feeds and self._stopping is None:
            loop = asyncio.get_running_loop()
            self._stopping = loop.call_later(self._limits.linger_s, self._stop)

    def on_connected(self) -> None:
        """The bus is heard from now on; what came before is unknown."""
        self._is_connected = True
        self._look_at(range(SHARDS))
        self._tail.wake()

    def on_lost(self) -> None:
        """The bus is not heard."""
        self._is_connected = False
        self._look.set()

    def on_message(self, channel: str, payload: bytes) -> None:
        """A batch has been committed, here or elsewhere."""
        self._tail.wake()
        shard = self._channels.shard_of(channel)
        if shard is None or not self._watchers.has(shard):
            return
        if not payload:
            self._look_at((shard,))
            return
        try:
            self._watchers.deliver(shard, decode(payload))
        except msgspec.DecodeError as error:
            _log.error("a message is none of ours", channel=channel, error=str(error))
            self._look_at((shard,))

    def _look_at(self, shards: Iterable[int]) -> None:
        self._unsure.update(shards)
        self._look.set()

    def _start(self) -> None:
        jobs = (("bus", self._listen), ("sweep", self._sweep), ("tail", self._tail.run))
        self._tasks = [
            asyncio.create_task(_keep_running(name, job), name=f"events-{name}")
            for name, job in jobs
        ]

    def _stop(self) -> None:
        self._stopping = None
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self._is_connected = False

    async def _listen(self) -> None:
        await self._bus.run(self)

    async def _sweep(self) -> None:
        """Compares streams with the log: some when told to, all every now and then."""
        swept_at = time.monotonic()
        while True:
            every_s = self._limits.sweep_s if self._is_connected else self._limits.poll_s
            await woken(self._look, max(0.0, swept_at + every_s - time.monotonic()))
            if time.monotonic() >= swept_at + every_s:
                swept_at = time.monotonic()
                self._unsure.update(range(SHARDS))
                self._end_stalled(swept_at - self._limits.stalled_s)
            shards = sorted(self._unsure)
            self._unsure.clear()
            try:
                await self._watchers.compare(shards)
            except StorageUnavailable as error:
                _log.warning("events cannot be read", error=repr(error.__cause__))
                self._unsure.update(shards)
                await asyncio.sleep(self._limits.poll_s)
            await asyncio.sleep(SPACING_S)

    def _end_stalled(self, since: float) -> None:
        for feed in self._feeds:
            feed.end_if_stalled(since)


async def _keep_running(name: str, job: Callable[[], Awaitable[None]]) -> None:
    """Runs a job again if it fails: streams depend on it for as long as they last."""
    while True:
        try:
            await job()
        except Exception:  # noqa: BLE001 - it must not end
            _log.exception("a task of the event streams failed", task=name)
            await asyncio.sleep(1.0)
