"""The composition root: settings → parts → serving."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from renown_server.admin.authenticator import Authenticator
from renown_server.admin.store import key_loader
from renown_server.config import Settings
from renown_server.core import Core, open_core
from renown_server.engine import failpoints
from renown_server.engine.clock import Clock
from renown_server.engine.engine import Engine
from renown_server.engine.randomness import Randomness
from renown_server.events.bus import ValkeyBus
from renown_server.events.cursors import Cursors
from renown_server.events.hub import Hub
from renown_server.events.messages import Announcer, Channels
from renown_server.events.store import EventStore
from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Link
from renown_server.leaderboards.publisher import Publisher
from renown_server.leaderboards.ranks import RankReader
from renown_server.leaderboards.repair import Repairer
from renown_server.publishing import hooks
from renown_server.services import READERS, Reads, Streams, player_tokens, services
from renown_server.storage.partitions import keep_partitions, make_partitions
from renown_server.storage.reader import Reader
from renown_server.timekeeping import keep_time
from renown_server.trade.expiry import keep_expiring
from renown_server.transport import logs
from renown_server.transport.server import GrpcServer
from renown_server.transport.settings import CannotServe
from renown_server.vitals import Vitals

LINK_TIMEOUT_S = 2.0
"""How long one exchange with Valkey may take."""

PUBLISH_GRACE_S = 2.0
"""How long a worker that ends goes on publishing; the rest is repaired."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class App:
    """A worker that serves.

    Attributes:
        core: what it is built around.
        engine: where its changes go.
        server: where its calls arrive.
        repairer: keeps the boards true, if this worker holds the lease.
    """

    core: Core
    engine: Engine
    server: GrpcServer
    repairer: Repairer


async def serve_worker(
    payload: dict[str, Any], ready: Callable[[], None], stop: asyncio.Event
) -> None:
    """What a worker process runs.

    Args:
        payload: the settings, as `Settings.to_payload` gives them.
        ready: called once calls are served.
        stop: set when it shall finish.

    Raises:
        CannotServe: with a line for the operator.
    """
    settings = Settings.from_payload(payload)
    logs.configure_logs(settings.log_style(sys.stderr.isatty()), settings.log_level)
    failpoints.arm(settings.failpoints)
    async with run_app(settings, share_port=True):
        ready()
        await stop.wait()


@asynccontextmanager
async def run_app(
    settings: Settings,
    *,
    share_port: bool = False,
    clock: Clock | None = None,
    random: Randomness | None = None,
) -> AsyncIterator[App]:
    """Serves until the context is left; then finishes what was accepted.

    Args:
        settings: what was set.
        share_port: whether other workers listen on the same port.
        clock: time; the database's unless given.
        random: chance; the system's unless given.

    Raises:
        CannotServe: with a line for the operator.
    """
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(open_core(settings, clock=clock, random=random))
        if core.catalog.current.version == 0:
            raise CannotServe("no catalog was published: run `renown catalog apply DIR` first")
        boards = _Boards(settings, core)
        stack.push_async_callback(boards.close)
        engine = core.engine([hooks(lane, boards.announcer) for lane in boards.publishers])
        readers = [Reader(core.connect) for _ in range(READERS)]
        for reader in readers:
            stack.push_async_callback(reader.close)
        vitals = _vitals(core, engine, boards)
        streams = _streams(settings, core, boards.channels, vitals)
        stack.push_async_callback(streams.hub.close)
        answered = services(core, engine, boards.ranks, streams, Reads.over(readers))
        authenticator = Authenticator(
            tokens=player_tokens(core),
            load_keys=key_loader(lambda: core.pool),
            clock=core.clock,
        )
        server = GrpcServer(settings.transport_settings(share_port), answered, authenticator)
        await stack.enter_async_context(boards.running())
        # Before the first write: a row without a partition keeps that from being made.
        await make_partitions(core.pool)
        for housekeeping in (
            keep_partitions(core.pool),
            keep_expiring(engine, core.pool, core.clock),
            keep_time(engine, core.pool, core.clock, settings.timekeeping_interval_s),
            vitals.run(),
        ):
            stack.callback(asyncio.create_task(housekeeping).cancel)
        engine.start()
        await server.start()
        try:
            yield App(core, engine, server, boards.repairer)
        finally:
            streams.hub.drain()
            await server.stop(settings.grace_s)
            await engine.stop()


class _Boards:
    """Everything of a worker that talks to Valkey about boards."""

    def __init__(self, settings: Settings, core: Core) -> None:
        url = settings.redis_url.get_secret_value()
        keys = Keys(settings.redis_prefix)
        self._links = [Link(url, timeout_s=LINK_TIMEOUT_S) for _ in range(settings.lanes + 2)]
        self.repairer = Repairer(
            core.pool,
            self._links[0],
            keys,
            is_descending=lambda board_id: _is_descending(core, board_id),
        )
        self.ranks = RankReader(self._links[1], keys, on_lost=self.repairer.nudge)
        self.channels = Channels(f"{settings.redis_prefix}:events")
        self.announcer = Announcer(self.channels)
        self.publishers = [
            Publisher(
                link,
                keys,
                index=index,
                on_lost=self.repairer.nudge,
                on_sent=self.announcer.note_receivers,
            )
            for index, link in enumerate(self._links[2:])
        ]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publishes and repairs; at the end publishes what is left, for a while."""
        publishing = [asyncio.create_task(publisher.run()) for publisher in self.publishers]
        repairing = asyncio.create_task(self.repairer.run())
        try:
            yield
        finally:
            for publisher in self.publishers:
                publisher.stop()
            await asyncio.wait(publishing, timeout=PUBLISH_GRACE_S)
            for task in (*publishing, repairing):
                task.cancel()
            await asyncio.gather(*publishing, repairing, return_exceptions=True)

    async def close(self) -> None:
        """Closes the connections."""
        for link in self._links:
            with contextlib.suppress(OSError):
                await link.close()


def _streams(settings: Settings, core: Core, channels: Channels, vitals: Vitals) -> Streams:
    store = EventStore(core.pool)
    cursors = Cursors(settings.keyring().first.derive("cursors"))
    hub = Hub(
        store=store,
        cursors=cursors,
        bus=ValkeyBus(settings.redis_url.get_secret_value(), channels),
        channels=channels,
        on_lag=vitals.note_lag,
    )
    return Streams(store, cursors, hub)


def _vitals(core: Core, engine: Engine, boards: _Boards) -> Vitals:
    publishers = boards.publishers
    return Vitals(
        {
            ("commands_queued", "Commands that wait for a batch."): lambda: engine.queued,
            ("board_entries_pending", "Committed entries not yet in Valkey."): lambda: sum(
                publisher.pending for publisher in publishers
            ),
            ("board_entries_dropped", "Committed entries left to repairing."): lambda: sum(
                publisher.stats.entries_dropped for publisher in publishers
            ),
            ("board_batches_repaired", "Batches that repairing published."): lambda: (
                boards.repairer.stats.batches_repaired
            ),
            ("board_shards_rebuilt", "Shards of boards rebuilt from Postgres."): lambda: (
                boards.repairer.stats.shards_rebuilt
            ),
        },
        {
            (
                "definitions_visited",
                "Achievements, badges and objectives of quests that commands looked at.",
            ): lambda: core.runner.visited,
        },
    )


def _is_descending(core: Core, board_id: str) -> bool | None:
    board = core.catalog.current.boards.get(board_id)
    return None if board is None else board.descending
