"""Every service, and what answers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from renown_server.achievements.rpc import AchievementServiceHandlers
from renown_server.activity.revoke_rpc import RevokeActivityHandlers
from renown_server.activity.rpc import ActivityServiceHandlers
from renown_server.admin.keys import KeySecrets
from renown_server.admin.rpc import AdminServiceHandlers, AuthServiceHandlers
from renown_server.admin.tokens import PlayerTokens
from renown_server.badges.queries import load_earned
from renown_server.badges.reads_rpc import BadgeReads
from renown_server.badges.rpc import BadgeHandlers
from renown_server.calls import Joined, Service
from renown_server.core import Core
from renown_server.currency.rpc import CurrencyServiceHandlers
from renown_server.currency.store import BalanceRow, load_wallets
from renown_server.engine.engine import Engine
from renown_server.engine.gather import Gather
from renown_server.events.cursors import Cursors
from renown_server.events.hub import Hub
from renown_server.events.rpc import EventServiceHandlers
from renown_server.events.store import EventStore
from renown_server.inventory.gifts_rpc import GiftHandlers
from renown_server.inventory.queries import ItemsKey, ItemsPage, load_items
from renown_server.inventory.rpc import InventoryServiceHandlers
from renown_server.leaderboards.ranks import RankReader
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
from renown_server.quests.rpc import QuestServiceHandlers
from renown_server.quests.runs_rpc import QuestRunHandlers
from renown_server.storage.reader import Reader
from renown_server.store.revoke_rpc import RevokePurchaseHandlers
from renown_server.store.rpc import StoreServiceHandlers
from renown_server.streaks.queries import PlayerStreaks, load_streaks
from renown_server.streaks.rpc import StreakServiceHandlers
from renown_server.trade.rpc import TradeServiceHandlers
from renown_server.trade.state import TradeView
from renown_server.trade.store import load_trades
from renown_server.wire.pages import PageTokens


@dataclass(frozen=True, slots=True)
class Reads:
    """Reads of players that gather across concurrent calls, each over a connection of its own."""

    views: Gather[str, PlayerView]
    wallets: Gather[str, list[BalanceRow]]
    names: Names
    trades: Gather[str, TradeView]
    items: Gather[ItemsKey, ItemsPage]
    standings: Gather[str, PlayerStanding]
    earned: Gather[str, Earned]
    streaks: Gather[str, PlayerStreaks]

    @classmethod
    def over(cls, readers: Sequence[Reader]) -> Reads:
        """The reads over `READERS` connections."""
        return cls(
            views=Gather(readers[0].loads(load_views)),
            wallets=Gather(readers[1].loads(load_wallets)),
            names=Names(readers[2].loads(load_names)),
            trades=Gather(readers[3].loads(load_trades)),
            items=Gather(readers[4].loads(load_items)),
            standings=Gather(readers[5].loads(load_standings)),
            earned=Gather(readers[6].loads(load_earned)),
            streaks=Gather(readers[7].loads(load_streaks)),
        )


READERS = 8
"""How many connections `Reads` take."""


@dataclass(frozen=True, slots=True)
class Streams:
    """What event streams are served from."""

    store: EventStore
    cursors: Cursors
    hub: Hub


def player_tokens(core: Core) -> PlayerTokens:
    """What issues and checks players' tokens."""
    return PlayerTokens(keyring=core.settings.keyring(), clock=core.clock, random=core.random)


def services(
    core: Core, engine: Engine, ranks: RankReader, streams: Streams, reads: Reads
) -> list[Service]:
    """Every service and what answers it."""
    keyring = core.settings.keyring()
    tokens = PageTokens(keyring.first.derive("page tokens"))
    simulator = Simulator(core.runner, core.pool)
    handlers = {
        "AuthService": AuthServiceHandlers(player_tokens(core)),
        "AdminService": AdminServiceHandlers(
            engine=engine, reader=core.sql, secrets=KeySecrets(keyring), pages=tokens
        ),
        "ActivityService": Joined(
            ActivityServiceHandlers(
                engine=engine,
                simulator=simulator,
                pool=core.pool,
                sql=core.sql,
                views=reads.views,
                catalog=core.catalog,
                tokens=tokens,
            ),
            RevokeActivityHandlers(engine=engine, simulator=simulator),
        ),
        "PlayerProfileService": Joined(
            PlayerProfileServiceHandlers(
                engine=engine,
                views=reads.views,
                history=XpHistory(core.pool),
                catalog=core.catalog,
                tokens=tokens,
            ),
            PlayerChangeHandlers(engine=engine, catalog=core.catalog),
            PlayerListHandlers(
                standings=reads.standings, catalog=core.catalog, clock=core.clock, tokens=tokens
            ),
            PlayerSummaryHandlers(
                standings=reads.standings,
                wallets=reads.wallets,
                ranks=ranks,
                history=XpHistory(core.pool),
                sql=core.sql,
                catalog=core.catalog,
                clock=core.clock,
            ),
        ),
        "CurrencyService": Joined(
            CurrencyServiceHandlers(
                engine=engine,
                wallets=reads.wallets,
                sql=core.sql,
                catalog=core.catalog,
                tokens=tokens,
            ),
            GiftHandlers(engine),
        ),
        "InventoryService": Joined(
            InventoryServiceHandlers(
                engine=engine,
                items=reads.items,
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
            trades=reads.trades,
            pool=core.pool,
            views=reads.views,
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
                earned=reads.earned,
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
            streaks=reads.streaks,
            pool=core.pool,
            catalog=core.catalog,
            clock=core.clock,
            tokens=tokens,
        ),
        "LeaderboardService": LeaderboardServiceHandlers(
            engine=engine,
            ranks=ranks,
            names=reads.names,
            catalog=core.catalog,
            clock=core.clock,
            tokens=tokens,
        ),
        "EventService": EventServiceHandlers(
            hub=streams.hub, store=streams.store, cursors=streams.cursors, clock=core.clock
        ),
    }
    return [Service(f"renown.v1.{name}", handler) for name, handler in handlers.items()]
