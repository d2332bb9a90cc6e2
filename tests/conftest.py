"""Real servers for every test that wants them: started once, a fresh database each."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from renown_server.storage import migrate
from renown_server.storage.embedded import EmbeddedServers, temporary_data_dir

if TYPE_CHECKING:
    from tests.kit.shares import ShareScheduling

CHECKOUT = Path(__file__).parent.parent
TEMPLATE = "renown_template"
END_CONNECTIONS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """A database of one test.

    Attributes:
        url: as the application.
        owner_url: as the schema's owner.
        superuser_url: as somebody who may do anything.
    """

    url: str
    owner_url: str
    superuser_url: str


def in_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def servers() -> Iterator[EmbeddedServers]:
    """Postgres and Valkey, for the whole run; one pair for each process of `-n`."""
    with temporary_data_dir() as data_dir, EmbeddedServers(data_dir) as servers:
        asyncio.run(_make_template(servers))
        yield servers


async def _make_template(servers: EmbeddedServers) -> None:
    connection = await asyncpg.connect(servers.urls.superuser_database_url)
    try:
        await connection.execute(f"CREATE DATABASE {TEMPLATE} OWNER renown_owner")
    finally:
        await connection.close()
    await migrate.upgrade(in_database(servers.urls.owner_database_url, TEMPLATE))


@pytest.fixture
async def database(servers: EmbeddedServers) -> AsyncIterator[Database]:
    """A fresh, migrated database."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    connection = await asyncpg.connect(servers.urls.superuser_database_url)
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER renown_owner")
        yield Database(
            url=in_database(servers.urls.database_url, name),
            owner_url=in_database(servers.urls.owner_database_url, name),
            superuser_url=in_database(servers.urls.superuser_database_url, name),
        )
        # Dropped with the servers: ext4 is slow to make files for seconds after many are removed.
        await connection.execute(END_CONNECTIONS, name)
    finally:
        await connection.close()


@pytest.fixture
def redis_prefix() -> str:
    """A prefix for keys in Valkey that no other test uses."""
    return f"test{os.getpid()}-{next(_numbers)}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ShareScheduling | None:
    """Divides a run among the processes of `-n`, unless `--dist` says how."""
    if config.getoption("dist") != "load":
        return None
    # Only such a run pays for importing xdist.
    from tests.kit.shares import ShareScheduling  # noqa: PLC0415

    config.option.loadscopereorder = False
    return ShareScheduling(config, log)
