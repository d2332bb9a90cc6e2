"""Postgres goes away and comes back: callers are told, nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from renown_server.engine import lane
from renown_server.engine.command import Recorded
from renown_server.errors import StorageUnavailable
from renown_server.storage import migrate
from renown_server.storage.embedded import EmbeddedServers, temporary_data_dir
from tests.kit.books import check_books
from tests.kit.commands import activity, create, credit
from tests.kit.workers import Worker, open_worker, publish_game

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def own_servers() -> Iterator[EmbeddedServers]:
    with temporary_data_dir() as path, EmbeddedServers(path) as servers:
        asyncio.run(migrate.upgrade(servers.urls.owner_database_url))
        asyncio.run(publish_game_at(servers))
        yield servers


async def publish_game_at(servers: EmbeddedServers) -> None:
    await publish_game(servers.urls.database_url)


@pytest.fixture
async def worker(own_servers: EmbeddedServers) -> AsyncIterator[Worker]:
    with capture_logs():
        async with open_worker(own_servers.urls.database_url) as worker:
            yield worker
    await check_books(own_servers.urls.superuser_database_url)


async def keep_trying(worker: Worker, command: Any) -> Recorded:
    """As a client does: again, under the same key, while the answer is UNAVAILABLE."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await worker.run(command)
            except StorageUnavailable:
                await asyncio.sleep(0.05)


@pytest.mark.parametrize("immediate", [True, False], ids=["crash", "shutdown"])
async def test_a_restart_under_load(
    worker: Worker,
    own_servers: EmbeddedServers,
    immediate: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A batch gives up after a third of a second, not after a second and a half.
    monkeypatch.setattr(lane, "RECONNECT_PAUSES_S", (0.0, 0.02, 0.1, 0.1, 0.1))
    name = "crash" if immediate else "shutdown"
    await worker.all([create(f"{name}-{n}") for n in range(4)])
    told: Counter[str] = Counter()
    running = True

    async def client(number: int) -> int:
        done = 0
        while running:
            command = credit(f"{name}-{number % 4}", f"{name}-{number}-{done}", coins=1)
            try:
                await worker.run(command)
            except StorageUnavailable:
                told["unavailable"] += 1
                await keep_trying(worker, command)
            done += 1
        return done

    clients = [asyncio.create_task(client(number)) for number in range(20)]
    await asyncio.sleep(0.2)
    await asyncio.to_thread(own_servers.kill_postgres, immediate=immediate)
    await asyncio.sleep(1)  # longer than a batch goes on trying
    with pytest.raises(StorageUnavailable):
        await worker.run(activity(f"{name}-0"))
    await asyncio.to_thread(own_servers.restart_postgres)
    await keep_trying(worker, activity(f"{name}-0"))
    await asyncio.sleep(0.2)
    running = False
    done = sum(await asyncio.gather(*clients))
    assert told["unavailable"] >= 20
    connection = await asyncpg.connect(own_servers.urls.database_url)
    try:
        total = await connection.fetchval(
            "SELECT sum(earned)::int FROM wallets WHERE player_id LIKE $1", f"{name}-%"
        )
    finally:
        await connection.close()
    assert total == done + 10  # each credit once, and the activity's coins


async def test_a_short_restart_is_not_noticed(worker: Worker, own_servers: EmbeddedServers) -> None:
    """Up to a second and a half a batch goes on trying."""
    await worker.run(create("short"))
    await asyncio.to_thread(own_servers.kill_postgres, immediate=False)
    calls = [asyncio.create_task(worker.run(credit("short", f"s{n}", coins=1))) for n in range(10)]
    await asyncio.to_thread(own_servers.restart_postgres)
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(outcome, Recorded | StorageUnavailable) for outcome in found)
    for n in range(10):
        await keep_trying(worker, credit("short", f"s{n}", coins=1))
    assert (await worker.run(credit("short", coins=1))).facts[0].balance_after == 11


async def test_a_worker_ends_while_postgres_is_away(own_servers: EmbeddedServers) -> None:
    with capture_logs():
        async with open_worker(own_servers.urls.database_url) as worker:
            await worker.run(create("end"))
            await asyncio.to_thread(own_servers.kill_postgres)
            try:
                calls = [asyncio.create_task(worker.run(credit("end", coins=1))) for _ in range(5)]
                await asyncio.sleep(0.01)
                async with asyncio.timeout(10):
                    await worker.engine.stop()
                found = await asyncio.gather(*calls, return_exceptions=True)
                assert {type(outcome) for outcome in found} == {StorageUnavailable}
            finally:
                await asyncio.to_thread(own_servers.restart_postgres)
