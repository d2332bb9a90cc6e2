"""Failures on a real Postgres: every command is done once, and its caller is told."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs

from renown_server.currency.commands import MoveBody
from renown_server.engine import failpoints
from renown_server.engine.command import Recorded
from renown_server.engine.lane import CONFLICT_RERUNS_MAX, InternalFailure
from renown_server.errors import Conflict, StorageUnavailable
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import activity, create, credit
from tests.kit.conflicts import raising
from tests.kit.eventually import eventually
from tests.kit.odd import steal, stumble
from tests.kit.workers import Worker, open_worker, open_workers, publish_game

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield
    failpoints.arm("")


@pytest.fixture
async def worker(database: Database) -> AsyncIterator[Worker]:
    """A worker with a player; the books are checked when the test has ended."""
    await publish_game(database.url)
    async with open_worker(database.url) as worker:
        await worker.run(create("p"))
        yield worker
    await check_books(database.superuser_url)


@asynccontextmanager
async def superuser(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    try:
        yield connection
    finally:
        await connection.close()


async def balance(worker: Worker, player: str = "p") -> int:
    sql = "SELECT balance FROM wallets WHERE player_id = $1 AND currency = 'coins'"
    return int(await worker.core.pool.fetchval(sql, player) or 0)


def kinds(outcomes: list[Any]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)


@pytest.mark.parametrize("name", sorted(failpoints.NAMES - {"publish.sent"}))
@pytest.mark.parametrize("visit", [1, 2])
async def test_a_cut_at_each_failpoint(worker: Worker, name: str, visit: int) -> None:
    failpoints.arm(f"{name}=raise@{visit}")
    commands = [
        activity("new", "marathon", "a1"),
        *[credit("p", f"r{n}", coins=2**n) for n in range(10)],
        activity("p", "lesson", "a2"),
    ]
    found = [*await worker.all(commands[:6]), *await worker.all(commands[6:])]
    assert kinds(found) == {"Recorded": 12}
    assert await balance(worker) == 1023 + 10
    assert await balance(worker, "new") == 40
    assert worker.uncertain >= 1


@pytest.mark.parametrize("name", ["batch.locked", "batch.loaded", "batch.decided", "batch.written"])
async def test_a_backend_that_is_ended_at_each_place(
    worker: Worker, database: Database, name: str
) -> None:
    failpoints.arm(f"{name}=sleep:300")
    calling = asyncio.create_task(worker.all([credit("p", f"r{n}", coins=1) for n in range(20)]))
    async with superuser(database) as connection:

        async def is_ended() -> bool:
            ended: int = await connection.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
                " datname = current_database() AND state = 'idle in transaction'"
            )
            return ended > 0

        await eventually(is_ended)
    failpoints.arm("")
    assert kinds(await calling) == {"Recorded": 20}
    assert await balance(worker) == 20


async def test_backends_ended_all_the_time(database: Database) -> None:
    await publish_game(database.url)
    async with open_workers(database.url, 2) as workers:
        await workers[0].all([create(f"p{n}") for n in range(5)])
        ending = asyncio.create_task(end_backends(database, pause_s=0.07, count=15))
        sent = 0
        done = []
        while not ending.done():
            commands = [credit(f"p{n % 5}", f"r{sent}-{n}", coins=1) for n in range(20)] + [
                activity(f"new{sent}-{n}", "lesson", "a") for n in range(5)
            ]
            sent += 1
            done += await workers[sent % 2].all(commands)
        await ending
        # A retry of all that was left open answers for each.
        assert set(kinds(done)) <= {"Recorded", "StorageUnavailable"}
        assert kinds(done)["Recorded"] > 100
        total = await workers[0].core.pool.fetchval(
            "SELECT sum(balance)::int FROM wallets WHERE player_id LIKE 'p%'"
        )
        accepted = sum(isinstance(o, Recorded) and len(o.facts) == 1 for o in done)
        assert accepted <= total <= accepted + kinds(done)["StorageUnavailable"]
    await check_books(database.superuser_url)


async def end_backends(database: Database, pause_s: float, count: int) -> None:
    async with superuser(database) as connection:
        for _ in range(count):
            await asyncio.sleep(pause_s * random.random() * 2)
            await connection.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                " datname = current_database() AND application_name = 'renown'"
                " AND pid <> pg_backend_pid()"
            )


async def test_an_idle_connection_that_was_ended(worker: Worker, database: Database) -> None:
    await worker.run(credit("p", coins=1))
    await end_backends(database, pause_s=0, count=1)
    assert isinstance(await worker.run(credit("p", coins=1)), Recorded)
    assert await balance(worker) == 2


async def test_poison_in_a_batch_of_128(worker: Worker) -> None:
    players = [f"p{n}" for n in range(127)]
    await worker.all([create(player) for player in players])
    before = len(worker.batches)
    commands: list[Any] = [credit(player, coins=1) for player in players]
    commands.insert(60, steal("p"))
    found = await worker.call(commands[:64])
    found += await worker.call(commands[64:])
    assert isinstance(found[60], InternalFailure)
    assert isinstance(found[60].__cause__, asyncpg.CheckViolationError)
    assert kinds(found) == {"Recorded": 127, "InternalFailure": 1}
    assert len(worker.batches) - before < 12
    total = await worker.core.pool.fetchval("SELECT sum(balance)::int FROM wallets")
    assert total == 127
    assert isinstance(await worker.run(credit("p", coins=1)), Recorded)


async def test_every_third_command_is_poison(worker: Worker) -> None:
    await worker.all([create(f"p{n}") for n in range(30)])
    commands = [
        steal(f"p{n}")
        if n % 3 == 0
        else stumble(f"p{n}")
        if n % 3 == 1
        else credit(f"p{n}", coins=1)
        for n in range(30)
    ]
    found = await worker.all(commands)
    assert kinds(found) == {"InternalFailure": 10, "ZeroDivisionError": 10, "Recorded": 10}


@pytest.mark.parametrize(
    "description",
    ["a\x1fb", "\x1f", "\x1f" * 5, "a\x00b", "\ud800"],
    ids=["unit separator", "only one", "several", "nul", "surrogate"],
)
async def test_a_text_that_cannot_be_stored_hurts_nobody_else(
    worker: Worker, description: str
) -> None:
    """Contracts refuse control characters; if one slips through, it is refused by itself."""
    await worker.all([create(f"p{n}") for n in range(8)])
    bad = credit("p4", "bad", coins=1)
    bad.body = MoveBody("bad", "p4", (("coins", 1),), "word", description, "type", "id")
    commands = [bad if n == 4 else credit(f"p{n}", coins=n + 1) for n in range(8)]
    found = await worker.all(commands)
    assert kinds(found)["Recorded"] >= 7
    rows = await worker.core.pool.fetch(
        "SELECT player_id, amounts, description FROM ledger ORDER BY player_id"
    )
    expected = [(f"p{n}", [n + 1], "") for n in range(8) if n != 4]
    assert [tuple(row) for row in rows if row[0] != "p4"] == expected
    if not isinstance(found[4], Recorded):
        assert isinstance(found[4], InternalFailure | UnicodeError), found[4]


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
async def test_conflicts_run_again(worker: Worker, database: Database, sqlstate: str) -> None:
    async with raising(database, sqlstate, CONFLICT_RERUNS_MAX):
        assert isinstance(await worker.run(credit("p", coins=5)), Recorded)
    assert await balance(worker) == 5


async def test_conflicts_without_end_are_aborted(worker: Worker, database: Database) -> None:
    async with raising(database, "40001", 10**6):
        found = await worker.all([credit("p", "r1", coins=5), credit("p", "r2", coins=5)])
    assert kinds(found) == {"Conflict": 2}
    assert isinstance(found[0], Conflict)
    assert await balance(worker) == 0
    assert isinstance(await worker.run(credit("p", "r1", coins=5)), Recorded)


@pytest.mark.parametrize("sqlstate", ["53100", "53200"])
async def test_no_room_is_unavailable(worker: Worker, database: Database, sqlstate: str) -> None:
    async with raising(database, sqlstate, 1):
        with pytest.raises(StorageUnavailable):
            await worker.run(credit("p", "r1", coins=5))
        assert isinstance(await worker.run(credit("p", "r1", coins=5)), Recorded)


async def test_a_standby_is_left_for_the_primary(worker: Worker, database: Database) -> None:
    """Behind an address that moves, the old connection still leads to the old primary."""
    async with raising(database, "25006", 2):
        assert isinstance(await worker.run(credit("p", coins=5)), Recorded)
    assert worker.uncertain == 2


async def test_a_real_deadlock(database: Database) -> None:
    await publish_game(database.url)
    async with superuser(database) as other:
        name = await other.fetchval("SELECT current_database()")
        await other.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '150ms'")
        await other.execute("SET deadlock_timeout = '1min'")
        async with open_worker(database.url) as worker:
            await worker.all([create("a"), create("b")])
            transaction = other.transaction()
            await transaction.start()
            await other.execute("SELECT FROM players WHERE player_id = 'b' FOR UPDATE")
            calling = asyncio.create_task(worker.call([credit("a", coins=1), credit("b", coins=1)]))
            await asyncio.sleep(0.05)
            waiting = asyncio.create_task(
                other.execute("SELECT FROM players WHERE player_id = 'a' FOR UPDATE")
            )
            await waiting  # the engine was the victim, let go of a, and waits for b again
            await transaction.rollback()
            assert kinds(await calling) == {"Recorded": 2}
            assert await other.fetchval("SELECT sum(balance)::int FROM wallets") == 2
            assert worker.uncertain == 0
        await other.execute("SELECT pg_stat_force_next_flush()")
        assert await other.fetchval(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
    await check_books(database.superuser_url)


async def test_a_batch_that_waits_too_long_lets_go_and_comes_back(
    worker: Worker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """asyncpg's command_timeout: what happened is unknown, and nothing may stay locked."""
    connect = asyncpg.connect
    monkeypatch.setattr(
        asyncpg, "connect", lambda *args, **options: connect(*args, **options | SHORT)
    )
    await end_backends(database, pause_s=0, count=1)
    await worker.all([create("o"), create("q")])
    uncertain = worker.uncertain
    async with superuser(database) as other:
        transaction = other.transaction()
        await transaction.start()
        await other.execute("SELECT FROM players WHERE player_id = 'p' FOR UPDATE")
        blocked = asyncio.create_task(
            worker.call([credit("o", coins=3), credit("p", coins=3), credit("q", coins=3)])
        )
        await asyncio.sleep(0.5)
        assert not blocked.done()
        await transaction.rollback()
        assert kinds(await blocked) == {"Recorded": 3}
        assert worker.uncertain > uncertain
        locks = await other.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'renown' AND state <> 'idle'"
        )
        assert locks == 0
    assert await balance(worker) == 3


SHORT = {"command_timeout": 0.2}
