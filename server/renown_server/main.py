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

from renown_server.achievements.rpc import AchievementServiceHandlers
from renown_server.activity.revoke_rpc import RevokeActivityHandlers
from renown_server.activity.rpc import ActivityServiceHandlers
from renown_server.admin.authenticator import Authenticator
from renown_server.admin.keyring import Keyring
from renown_server.admin.keys import KeySecrets
from renown_server.admin.rpc import AdminServiceHandlers, AuthServiceHandlers
from renown_server.admin.store import key_loader
from renown_server.admin.tokens import PlayerTokens
from renown_server.badges.queries import load_earned
from renown_server.badges.reads_rpc import BadgeReads
from renown_server.badges.rpc import BadgeHandlers
from renown_server.calls import Joined, Service
from renown_server.config import Settings
from renown_server.core import Core, open_core
from renown_server.currency.rpc import CurrencyServiceHandlers
from renown_server.currency.store import BalanceRow, load_wallets
from renown_server.engine import failpoints
from renown_server.engine.clock import Clock
from renown_server.engine.engine import Engine
from renown_server.engine.gather import Gather
from renown_server.engine.randomness import Randomness
from renown_server.events.bus import ValkeyBus
from renown_server.events.cursors import Cursors
from renown_server.events.hub import Hub
from renown_server.events.messages import Announcer, Channels
from renown_server.events.rpc import EventServiceHandlers
from renown_server.events.store import EventStore
from renown_server.inventory.gifts_rpc import GiftHandlers
from renown_server.inventory.queries import ItemsKey, ItemsPage, load_items
from renown_server.inventory.rpc import InventoryServiceHandlers
from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Link
from renown_server.leaderboards.publisher import Publisher
from renown_server.leaderboards.ranks import RankReader
from renown_server.leaderboards.repair import Repairer
from renown_server.leaderboards.rpc import LeaderboardServiceHandlers
from renown_server.players.lists_rpc import PlayerListHandlers
from renown_server.players.rpc import PlayerChangeHandlers
from renown_server.players.standing import PlayerStanding, load_standings
from renown_server.players.summary_rpc import PlayerSummaryHandlers
from renown_server.profile.history import XpHistory
from renown_server.profile.names import Names, load_names
from renown_server.profile.profiles import PlayerView
from renown_server.profile.rpc import PlayerProfileServiceHandlers
from renown_server.profile.simulate import Simulator
from renown_server.profile.store import load_views
from renown_server.progress.state import Earned
from renown_server.publishing import hooks
from renown_server.quests.rpc import QuestServiceHandlers
from renown_server.quests.runs_rpc import QuestRunHandlers
from renown_server.storage.partitions import keep_partitions, make_partitions
from renown_server.storage.reader import Reader
from renown_server.store.revoke_rpc import RevokePurchaseHandlers
from renown_server.store.rpc import StoreServiceHandlers
from renown_server.streaks.queries import PlayerStreaks, load_streaks
from renown_server.streaks.rpc import StreakServiceHandlers
from renown_server.timekeeping import keep_time
from renown_server.trade.expiry import keep_expiring
from renown_server.trade.rpc import TradeServiceHandlers
from renown_server.trade.state import TradeView
from renown_server.trade.store import load_trades
from renown_server.transport import logs
from renown_server.transport.server import GrpcServer
from renown_server.transport.settings import CannotServe
from renown_server.vitals import Vitals
from renown_server.wire.pages import PageTokens

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
        readers = [Reader(core.connect) for _ in range(8)]
        for reader in readers:
            stack.push_async_callback(reader.close)
        vitals = _vitals(core, engine, boards)
        events = _Events(settings, core, boards.channels, vitals)
        stack.push_async_callback(events.hub.close)
        services = _services(
            core,
            engine,
            boards.ranks,
            events,
            Gather(readers[0].loads(load_views)),
            Gather(readers[1].loads(load_wallets)),
            Names(readers[2].loads(load_names)),
            Gather(readers[3].loads(load_trades)),
            Gather(readers[4].loads(load_items)),
            Gather(readers[5].loads(load_standings)),
            Gather(readers[6].loads(load_earned)),
            Gather(readers[7].loads(load_streaks)),
        )
        authenticator = Authenticator(
            tokens=_tokens(core),
            load_keys=key_loader(lambda: core.pool),
            clock=core.clock,
        )
        server = GrpcServer(settings.transport_settings(share_port), services, authenticator)
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
            events.hub.drain()
            await server.stop(settings.grace_s)
            await engine.stop()


def _tokens(core: Core) -> PlayerTokens:
    return PlayerTokens(keyring=_keyring(core), clock=core.clock, random=core.random)


def _keyring(core: Core) -> Keyring:
    return core.settings.keyring()


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


class _Events:
    """Everything of a worker that has to do with streams."""

    def __init__(self, settings: Settings, core: Core, channels: Channels, vitals: Vitals) -> None:
        self.store = EventStore(core.pool)
        self.cursors = Cursors(_keyring(core).first.derive("cursors"))
        self.hub = Hub(
            store=self.store,
            cursors=self.cursors,
            bus=ValkeyBus(settings.redis_url.get_secret_value(), channels),
            channels=channels,
            on_lag=vitals.note_lag,
        )


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


def _services(
    core: Core,
    engine: Engine,
    ranks: RankReader,
    events: _Events,
    views: Gather[str, PlayerView],
    wallets: Gather[str, list[BalanceRow]],
    names: Names,
    trades: Gather[str, TradeView],
    items: Gather[ItemsKey, ItemsPage],
    standings: Gather[str, PlayerStanding],
    earned: Gather[str, Earned],
    streaks: Gather[str, PlayerStreaks],
) -> list[Service]:
    """Every service and what answers it."""
    keyring = _keyring(core)
    tokens = PageTokens(keyring.first.derive("page tokens"))
    simulator = Simulator(core.runner, core.pool)
    handlers = {
        "AuthService": AuthServiceHandlers(_tokens(core)),
        "AdminService": AdminServiceHandlers(
            engine=engine, reader=core.sql, secrets=KeySecrets(keyring), pages=tokens
        ),
        "ActivityService": Joined(
            ActivityServiceHandlers(
                engine=engine,
                simulator=simulator,
                pool=core.pool,
                sql=core.sql,
                views=views,
                catalog=core.catalog,
                tokens=tokens,
            ),
            RevokeActivityHandlers(engine=engine, simulator=simulator),
        ),
        "PlayerProfileService": Joined(
            PlayerProfileServiceHandlers(
                engine=engine,
                views=views,
                history=XpHistory(core.pool),
                catalog=core.catalog,
                tokens=tokens,
            ),
            PlayerChangeHandlers(engine=engine, catalog=core.catalog),
            PlayerListHandlers(
                standings=standings, catalog=core.catalog, clock=core.clock, tokens=tokens
            ),
            PlayerSummaryHandlers(
                standings=standings,
                wallets=wallets,
                ranks=ranks,
                history=XpHistory(core.pool),
                sql=core.sql,
                catalog=core.catalog,
                clock=core.clock,
            ),
        ),
        "CurrencyService": Joined(
            CurrencyServiceHandlers(
                engine=engine, wallets=wallets, sql=core.sql, catalog=core.catalog, tokens=tokens
            ),
            GiftHandlers(engine),
        ),
        "InventoryService": Joined(
            InventoryServiceHandlers(
                engine=engine,
                items=items,
                pool=core.pool,
                catalog=core.catalog,
                clock=core.clock,
                tokens=tokens,
            ),
            GiftHandlers(engine),
        ),
        "StoreService": Joined(
            StoreServiceHandlers(
                engine=engine, pool=core.pool, catalog=core.catalog, clock=core.clock, tokens=tokens
            ),
            RevokePurchaseHandlers(engine=engine, simulator=simulator, pool=core.pool),
        ),
        "TradeService": TradeServiceHandlers(
            engine=engine,
            trades=trades,
            pool=core.pool,
            views=views,
            clock=core.clock,
            tokens=tokens,
        ),
        "AchievementService": AchievementServiceHandlers(
            engine=engine,
            simulator=simulator,
            pool=core.pool,
            catalog=core.catalog,
            clock=core.clock,
            tokens=tokens,
        ),
        "BadgeService": Joined(
            BadgeHandlers(engine),
            BadgeReads(
                earned=earned,
                pool=core.pool,
                catalog=core.catalog,
                clock=core.clock,
                tokens=tokens,
            ),
        ),
        "QuestService": Joined(
            QuestServiceHandlers(
                engine=engine, pool=core.pool, catalog=core.catalog, clock=core.clock, tokens=tokens
            ),
            QuestRunHandlers(pool=core.pool, catalog=core.catalog, clock=core.clock, tokens=tokens),
        ),
        "StreakService": StreakServiceHandlers(
            engine=engine,
            streaks=streaks,
            pool=core.pool,
            catalog=core.catalog,
            clock=core.clock,
            tokens=tokens,
        ),
        "LeaderboardService": LeaderboardServiceHandlers(
            engine=engine,
            ranks=ranks,
            names=names,
            catalog=core.catalog,
            clock=core.clock,
            tokens=tokens,
        ),
        "EventService": EventServiceHandlers(
            hub=events.hub, store=events.store, cursors=events.cursors, clock=core.clock
        ),
    }
    return [Service(f"renown.v1.{name}", handler) for name, handler in handlers.items()]
