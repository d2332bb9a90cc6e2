"""A whole server on each transport, and clients of every kind."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import grpc
import pytest
import pytest_asyncio

import renown
from renown_server.admin import authenticator
from renown_server.admin.keyring import new_key
from renown_server.catalog.check import load_catalog
from renown_server.catalog.store import publish
from renown_server.config import Settings
from renown_server.engine.clock import Clock, FixedClock
from renown_server.engine.randomness import Randomness
from renown_server.main import App, run_app
from renown_server.storage.embedded import EmbeddedServers
from renown_server.trade.expiry import expire_all
from tests.conftest import CHECKOUT, TEMPLATE, Database, in_database
from tests.kit.economy_model_goods import GAME
from tests.kit.economy_site import KnownChance, Site
from tests.kit.goals import write_game
from tests.kit.keys import insert_key
from tests.kit.raw import Raw
from tests.kit.times import NOON

TRANSPORTS = ("aio", "native")

ACCEPTED_S = 1.0
"""How long a server here remembers a key: a revocation is noticed sooner than the promised 5 s."""

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Running:
    """A server and what is needed to talk to it.

    Attributes:
        app: the worker, in this process.
        address: `host:port`.
        database: its database.
        server_key: of a game server.
        admin_key: of an operator who may do everything.
        viewer_key: of an operator who may only look.
    """

    app: App
    address: str
    database: Database
    server_key: str
    admin_key: str
    viewer_key: str


@asynccontextmanager
async def running_server(
    servers: EmbeddedServers,
    transport: str,
    catalog: str | Path = "catalogs/starter",
    *,
    clock: Clock | None = None,
    random: Randomness | None = None,
) -> AsyncIterator[Running]:
    """Serves a catalog from a fresh database, by a time and chance of one's own if wanted."""
    name = f"e2e_{os.getpid()}_{next(_numbers)}"
    urls = servers.urls
    async with AsyncExitStack() as stack:
        superuser = await asyncpg.connect(urls.superuser_database_url)
        stack.push_async_callback(superuser.close)
        await superuser.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER renown_owner")
        stack.push_async_callback(superuser.execute, f"DROP DATABASE {name} WITH (FORCE)")
        database = Database(
            url=in_database(urls.database_url, name),
            owner_url=in_database(urls.owner_database_url, name),
            superuser_url=in_database(urls.superuser_database_url, name),
        )
        connection = await asyncpg.connect(database.url)
        try:
            await publish(connection, load_catalog(CHECKOUT / catalog), created_by="test")
            server_key = await insert_key(connection, "server")
            admin_key = await insert_key(connection, "admin", roles=(4,))
            viewer_key = await insert_key(connection, "viewer", roles=(1,))
        finally:
            await connection.close()
        settings = Settings.from_payload(
            {
                "database_url": database.url,
                "redis_url": urls.redis_url,
                "redis_prefix": name,
                "token_keys": new_key(),
                "port": 0,
                "transport": transport,
                "grace_s": 2,
            }
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(authenticator, "ACCEPTED_S", ACCEPTED_S)
            app = await stack.enter_async_context(run_app(settings, clock=clock, random=random))
        address = f"127.0.0.1:{app.server.port}"
        yield Running(app, address, database, server_key, admin_key, viewer_key)


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=TRANSPORTS)
async def running(
    servers: EmbeddedServers,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Running]:
    """The starter game with goals on each transport."""
    catalog = write_game(tmp_path_factory.mktemp("running") / "game")
    async with running_server(servers, request.param, catalog) as found:
        yield found


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=TRANSPORTS)
async def site(
    servers: EmbeddedServers,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Site]:
    """The kit's economy on each transport; its time and chance stand still."""
    catalog = tmp_path_factory.mktemp("economy")
    (catalog / "game.yaml").write_text(GAME)
    clock, chance = FixedClock(NOON), KnownChance()
    async with (
        running_server(servers, request.param, catalog, clock=clock, random=chance) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        sql = await asyncpg.connect(running.database.superuser_url)
        app = running.app
        site = Site(
            loop=asyncio.get_running_loop(),
            raw=Raw(channel, running.server_key),
            admin_key=running.admin_key,
            sql=sql,
            superuser_url=running.database.superuser_url,
            clock=clock,
            chance=chance,
            expire=lambda: expire_all(app.engine, app.core.pool, clock),
        )
        await site.prepare()
        yield site
        await sql.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def game(running: Running) -> AsyncIterator[renown.Client]:
    """The SDK as a game server."""
    async with renown.connect(running.address, key=running.server_key) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def operator(running: Running) -> AsyncIterator[renown.Client]:
    """The SDK as an admin."""
    async with renown.connect(running.address, key=running.admin_key) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def channel(running: Running) -> AsyncIterator[grpc.aio.Channel]:
    """A bare channel, for what the SDK would not send."""
    async with grpc.aio.insecure_channel(running.address) as channel:
        yield channel


@pytest_asyncio.fixture(loop_scope="session")
async def sql(running: Running) -> AsyncIterator[asyncpg.Connection]:
    """The server's database, to look behind it."""
    connection = await asyncpg.connect(running.database.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture
def player() -> str:
    """A player nobody has used."""
    return f"p{next(_numbers)}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share one loop with the servers they talk to."""
    for item in items:
        if "tests/e2e" in str(item.path):
            item.add_marker(pytest.mark.e2e)
            if inspect.iscoroutinefunction(getattr(item, "function", None)):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
