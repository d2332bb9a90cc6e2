"""The parts every process needs that changes anything: engine, reads, catalog.

`main` builds the worker around it; the command line uses it alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
import uuid_utils
from sqlalchemy.ext.asyncio import AsyncEngine

from renown_server import reactions
from renown_server.achievements.store import AchievementRemovalsPart, AchievementUnlocksPart
from renown_server.activity.revoke_store import RevocationsPart
from renown_server.admin.store import ApiKeysPart, RequestLocks
from renown_server.audit import AuditPart
from renown_server.catalog.holder import CatalogHolder, NoCatalog
from renown_server.catalog.snapshot import empty_snapshot
from renown_server.config import Settings
from renown_server.currency.store import GiftUsagePart, LedgerPart, WalletsPart
from renown_server.engine.batch import BatchRunner, Commit
from renown_server.engine.clock import Clock, SystemClock
from renown_server.engine.engine import Engine, LaneHooks
from renown_server.engine.randomness import Randomness, SystemRandomness
from renown_server.inventory.draw_store import DrawsPart
from renown_server.inventory.mail_store import MailboxesPart, MailPart
from renown_server.inventory.store import (
    BagsPart,
    InventoriesPart,
    ItemRemovalsPart,
    ItemsPart,
    ItemStatisticsPart,
    StockPart,
)
from renown_server.leaderboards.history_store import BoardHistoryPart
from renown_server.leaderboards.store import BoardBatchesPart, ScoresPart
from renown_server.profile.store import PlayersPart, ProfilesPart, UsernamesPart
from renown_server.progress.store import EarnedPart, ProgressPart, ProgressStatisticsPart
from renown_server.quests.store import QuestRunsPart
from renown_server.storage import postgres
from renown_server.store.store import (
    PurchaseLimitsPart,
    PurchasesPart,
    ReceiptsPart,
    RevokedPurchasesPart,
)
from renown_server.streaks.store import DayActivitiesPart, StreakRunsPart
from renown_server.trade.store import OpenTradesPart, TradesPart


@dataclass(frozen=True, slots=True)
class Core:
    """What changes and reads players.

    Attributes:
        runner: runs batches; also simulations.
        pool: for reads that do not gather.
        sql: for lists.
        catalog: what everything is decided by.
        clock: time.
        random: chance.
        settings: how it was set up.
    """

    runner: BatchRunner
    pool: asyncpg.Pool
    sql: AsyncEngine
    catalog: CatalogHolder
    clock: Clock
    random: Randomness
    settings: Settings

    async def connect(self) -> asyncpg.Connection:
        """A connection of one's own, for a lane or a gathered read."""
        return await postgres.connect(
            self.settings.database_url.get_secret_value(),
            statement_cache_size=self.settings.statement_cache_size,
        )

    def engine(self, lanes: Sequence[LaneHooks]) -> Engine:
        """An engine with these lanes; to be started by the caller."""
        return Engine(
            runner=self.runner,
            connect=self.connect,
            lanes=lanes,
            queue_capacity=self.settings.queue_capacity,
            batch_max=self.settings.batch_max,
        )


@asynccontextmanager
async def open_core(
    settings: Settings,
    *,
    clock: Clock | None = None,
    random: Randomness | None = None,
) -> AsyncIterator[Core]:
    """Connects to Postgres and reads the catalog.

    Raises:
        OSError, asyncpg.PostgresError: Postgres cannot be reached.
        UnsafeDurability: it may lose what it acknowledges.
    """
    url = settings.database_url.get_secret_value()
    cache_size = settings.statement_cache_size
    clock = clock or SystemClock()
    random = random or SystemRandomness()
    pool = await postgres.create_pool(url, statement_cache_size=cache_size)
    sql = postgres.create_sql_engine(url, statement_cache_size=cache_size)
    try:
        async with pool.acquire() as connection:
            if not settings.allow_unsafe_durability:
                await postgres.check_durability(connection)
            catalog = await _catalog(connection)
        runner = BatchRunner(
            roots=PlayersPart(),
            parts=[
                ProfilesPart(),
                UsernamesPart(),
                WalletsPart(),
                LedgerPart(),
                GiftUsagePart(),
                ItemsPart(),
                InventoriesPart(),
                ItemRemovalsPart(),
                BagsPart(),
                MailboxesPart(),
                MailPart(),
                DrawsPart(),
                PurchasesPart(),
                RevokedPurchasesPart(),
                PurchaseLimitsPart(),
                ReceiptsPart(),
                TradesPart(),
                OpenTradesPart(),
                ScoresPart(),
                BoardBatchesPart(),
                BoardHistoryPart(),
                ProgressPart(),
                EarnedPart(),
                AchievementUnlocksPart(),
                AchievementRemovalsPart(),
                StreakRunsPart(),
                QuestRunsPart(),
                DayActivitiesPart(),
                RevocationsPart(),
                RequestLocks(),
                ApiKeysPart(),
                AuditPart(),
                # Rows that all players share are written last: nobody waits for them longer
                # than the commit takes.
                ItemStatisticsPart(),
                ProgressStatisticsPart(),
                StockPart(),
            ],
            catalog=catalog,
            clock=clock,
            random=random,
            react=reactions.react,
        )
        yield Core(runner, pool, sql, catalog, clock, random, settings)
    finally:
        await sql.dispose()
        await pool.close()


async def _catalog(connection: asyncpg.Connection) -> CatalogHolder:
    """The active catalog, or an empty one: keys can be made before any was published."""
    try:
        return await CatalogHolder.load(connection)
    except NoCatalog:
        return CatalogHolder(empty_snapshot())


def unwatched_lane() -> LaneHooks:
    """The lane of a process that publishes nothing: its batches are repaired."""

    def ignore_commit(commit: Commit) -> None:
        """Boards are repaired and events are read from Postgres."""

    lane_id = uuid_utils.uuid7().hex
    return LaneHooks(lambda: lane_id, ignore_commit, lambda: None)
