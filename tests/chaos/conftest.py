"""Servers of the chaos tests' own: they are killed, frozen and flushed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from renown_server.storage import migrate
from renown_server.storage.embedded import EmbeddedServers, temporary_data_dir
from tests.chaos.lengths import SOAK_MINUTES
from tests.chaos.site import Site, installed
from tests.conftest import TEMPLATE, in_database


@pytest.fixture(scope="session")
def backends() -> Iterator[EmbeddedServers]:
    """Postgres and Valkey for the chaos tests alone."""
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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(
    backends: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """One installation for all tests; each asks for its server by `site.serve`."""
    log: Path = tmp_path_factory.mktemp("chaos") / "server.log"
    async with installed(backends, log) as found:
        yield found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests here share one loop with their servers, and may take long."""
    for item in items:
        if "tests/chaos" in str(item.path):
            item.add_marker(pytest.mark.chaos)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            minutes = SOAK_MINUTES if item.get_closest_marker("soak") else 0
            item.add_marker(pytest.mark.timeout(300 + 60 * 3 * minutes))
