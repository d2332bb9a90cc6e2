"""An installation under attack: Postgres, Valkey, the real server, and further workers."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import redis.asyncio

import renown
from renown_server.admin.keyring import new_key
from renown_server.catalog.check import load_catalog
from renown_server.catalog.store import publish
from renown_server.config import Settings
from renown_server.storage.embedded import EmbeddedServers
from renown_server.transport.ports import reserve_port
from renown_server.worker_process import WorkerProcess
from renown_server.workers import WorkerPlan
from tests.conftest import CHECKOUT, TEMPLATE, Database, in_database
from tests.kit.keys import insert_key
from tests.kit.processes import START_PATIENCE_S, STOP_PATIENCE_S, ServerProcess

WORKERS = 2
GRACE_S = 5.0

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Extra:
    """A worker beside the server's own, on a port of its own and with settings of its own.

    Attributes:
        address: `host:port`.
        pid: its process; nobody replaces it when it is killed.
    """

    address: str
    pid: int


class Site:
    """An installation of the starter game, with the goods of goods.yaml.

    Args:
        servers: Postgres and Valkey.
        database: migrated, with a catalog.
        key: a game server's.
        log: where the server writes.
    """

    def __init__(self, servers: EmbeddedServers, database: Database, key: str, log: Path) -> None:
        self.servers = servers
        self.database = database
        self.key = key
        self._settings: dict[str, Any] = {
            "database_url": database.url,
            "redis_url": servers.urls.redis_url,
            "redis_prefix": f"chaos{next(_numbers)}",
            "token_keys": new_key(),
            "grace_s": GRACE_S,
            "metrics_port": None,
        }
        self.server = ServerProcess(self._environment(), log, "--workers", str(WORKERS))

    async def serve(self, transport: str, **settings: object) -> None:
        """Makes sure that the server runs with this transport and these settings."""
        wanted = self._environment(transport=transport, **settings)
        if self.server.is_running and self.server.environment == wanted:
            await self.server.until_workers(WORKERS)
            return
        if self.server.is_running:
            await self.server.stop()
        self.server.environment = wanted
        await self.server.start()

    @asynccontextmanager
    async def extra_worker(self, transport: str, **settings: object) -> AsyncIterator[Extra]:
        """Runs a worker of the same installation.

        Args:
            transport: how it serves.
            settings: instead of the installation's, `failpoints` for example.
        """
        with reserve_port("127.0.0.1", 0) as reserved:
            port: int = reserved.getsockname()[1]
            changed = {"port": port, "transport": transport, **settings}
            payload = Settings.from_payload({**self._settings, **changed}).to_payload()
            plan = WorkerPlan(count=1, target="renown_server.main:serve_worker", payload=payload)
            worker = await WorkerProcess.start(plan.order(), {})
            try:
                refusal = await worker.refusal(START_PATIENCE_S)
                assert not refusal, refusal
                yield Extra(f"127.0.0.1:{port}", worker.process_id)
            finally:
                worker.send(signal.SIGTERM)
                async with asyncio.timeout(STOP_PATIENCE_S):
                    await worker.ended()
                worker.close()

    @asynccontextmanager
    async def clients(self, *addresses: str) -> AsyncIterator[list[renown.Client]]:
        """A client for each address; two of the server's own unless some are named."""
        async with AsyncExitStack() as stack:
            yield [
                await stack.enter_async_context(renown.connect(address, key=self.key))
                for address in addresses or (self.server.address,) * 2
            ]

    @asynccontextmanager
    async def sql(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection that may see everything."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            yield connection
        finally:
            await connection.close()

    async def flush_redis(self) -> None:
        """FLUSHALL."""
        async with redis.asyncio.from_url(self.servers.urls.redis_url) as client:
            await client.flushall()

    def _environment(self, **settings: object) -> dict[str, str]:
        values = {**self._settings, "port": None, **settings}
        values["metrics_port"] = "none"
        return {
            f"RENOWN_{name.upper()}": str(value)
            for name, value in values.items()
            if value is not None
        }


def starter_game(folder: Path) -> Path:
    """The starter game with the goods of goods.yaml, in a folder of its own."""
    game: Path = shutil.copytree(CHECKOUT / "catalogs/starter", folder)
    shutil.copy(Path(__file__).with_name("goods.yaml"), game)
    return game


@asynccontextmanager
async def installed(
    servers: EmbeddedServers, log: Path, game: Path | None = None
) -> AsyncIterator[Site]:
    """A site with a fresh database; its server is not started yet, and stopped at the end.

    Args:
        servers: Postgres and Valkey.
        log: where the server writes.
        game: the folder of its catalog; the starter game unless given.
    """
    name = f"chaos_{os.getpid()}_{next(_numbers)}"
    urls = servers.urls
    superuser = await asyncpg.connect(urls.superuser_database_url)
    try:
        await superuser.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER renown_owner")
    finally:
        await superuser.close()
    database = Database(
        url=in_database(urls.database_url, name),
        owner_url=in_database(urls.owner_database_url, name),
        superuser_url=in_database(urls.superuser_database_url, name),
    )
    if game is None:
        game = starter_game(log.with_name("game"))
    connection = await asyncpg.connect(database.url)
    try:
        await publish(connection, load_catalog(game), created_by="test")
        key = await insert_key(connection, "chaos")
    finally:
        await connection.close()
    site = Site(servers, database, key, log)
    try:
        yield site
    finally:
        if site.server.is_running:
            await site.server.stop()
