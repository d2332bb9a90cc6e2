"""Statements that go ahead of another one, on a real Postgres."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest

from renown_server.storage import postgres
from renown_server.storage.exchange import KEPT_MAX, ExchangeConnection, can_go_ahead
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import activity, create, credit
from tests.kit.workers import open_worker, publish_game

pytestmark = pytest.mark.integration

BEGIN = ("BEGIN", ())
CREATE = ("INSERT INTO players (player_id, sequence) VALUES ($1::text, $2::text::bigint)", ("p", 1))
LOCK = "SELECT sequence FROM players WHERE player_id = $1::text FOR UPDATE"
READ = "SELECT sequence FROM players WHERE player_id = $1::text"


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[ExchangeConnection]:
    connection = await postgres.connect(database.url)
    yield connection
    await connection.close()


async def test_each_statement_sees_what_the_ones_before_it_did(
    connection: ExchangeConnection,
) -> None:
    rows = await connection.fetch_behind([BEGIN, CREATE, (READ, ("p",))], READ, ("p",))
    assert [tuple(row) for row in rows] == [(1,), (1,)]
    assert connection.is_in_transaction()
    write = ("UPDATE players SET sequence = 7 WHERE player_id = $1::text", ("p",))
    assert await connection.fetch_behind([write], "COMMIT", ()) == []
    assert not connection.is_in_transaction()
    assert await connection.fetchval(READ, "p") == 7


async def test_what_follows_a_lock_reads_what_the_one_before_it_committed(
    connection: ExchangeConnection, database: Database
) -> None:
    """A read with the snapshot of before the wait would lose an update."""
    await connection.fetch_behind([BEGIN, CREATE], "COMMIT", ())
    other = await postgres.connect(database.url)
    try:
        await other.fetch_behind([BEGIN], LOCK, ("p",))
        waiting = asyncio.create_task(
            connection.fetch_behind([BEGIN, (LOCK, ("p",))], READ, ("p",))
        )
        await asyncio.sleep(0.1)
        assert not waiting.done()
        change = ("UPDATE players SET sequence = 2 WHERE player_id = $1::text", ("p",))
        await other.fetch_behind([change], "COMMIT", ())
        assert [row[0] for row in await waiting] == [2, 2]
    finally:
        await other.close()


async def test_nothing_runs_after_what_fails(connection: ExchangeConnection) -> None:
    twice = [BEGIN, CREATE, CREATE, ("UPDATE players SET sequence = 9", ())]
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.fetch_behind(twice, "COMMIT", ())
    assert connection.is_in_transaction()
    await connection.execute("ROLLBACK")
    assert await connection.fetch_behind([BEGIN], READ, ("p",)) == []
    await connection.execute("ROLLBACK")


async def test_an_argument_that_cannot_be_sent_leaves_nothing_locked(
    connection: ExchangeConnection, database: Database
) -> None:
    await connection.fetch_behind([BEGIN, CREATE], "COMMIT", ())
    with pytest.raises(asyncpg.DataError):
        await connection.fetch_behind([BEGIN, (LOCK, ("p",))], READ, (1,))
    assert connection.is_closed()
    other = await postgres.connect(database.url)
    try:
        await other.execute("SET lock_timeout = '5s'")
        assert [row[0] for row in await other.fetch_behind([BEGIN], LOCK, ("p",))] == [1]
    finally:
        await other.close()


async def test_a_changed_table_is_noticed_and_the_statement_prepared_anew(
    connection: ExchangeConnection, database: Database
) -> None:
    everything = ("SELECT * FROM players WHERE player_id = $1::text", ("p",))
    await connection.fetch_behind([BEGIN], *everything)
    await connection.execute("ROLLBACK")
    owner = await asyncpg.connect(database.owner_url)
    try:
        await owner.execute("ALTER TABLE players ADD COLUMN shoes integer")
    finally:
        await owner.close()
    with pytest.raises(asyncpg.InvalidCachedStatementError):
        await connection.fetch_behind([BEGIN, everything], "COMMIT", ())
    await connection.execute("ROLLBACK")
    assert await connection.fetch_behind([BEGIN, everything], *everything) == []
    await connection.execute("ROLLBACK")


async def test_arguments_arrive_as_they_are(connection: ExchangeConnection) -> None:
    moment = datetime(2026, 11, 20, 13, 30, 5, 123456, tzinfo=UTC)
    sql = "SELECT $1::text, $2::int, $3::bigint, $4::date, $5::timestamptz"
    for args in [
        ("", 0, -(2**62), date(2026, 11, 16), moment),
        ("é\x1f\"'\\{}🙂", 2**31 - 1, 2**53, date.min, datetime(2000, 1, 1, tzinfo=UTC)),
    ]:
        assert can_go_ahead(args)
        first, second = await connection.fetch_behind([(sql, args)], sql, args)
        assert tuple(first) == tuple(second) == args
    assert not can_go_ahead((["a list"],))
    assert not can_go_ahead((None,))


async def test_statements_are_kept_in_bounds(connection: ExchangeConnection) -> None:
    for number in range(KEPT_MAX + 10):
        (row,) = await connection.fetch_behind([BEGIN], f"SELECT {number}", ())
        assert row[0] == number
        await connection.execute("ROLLBACK")
    assert await connection.fetchval("SELECT count(*) FROM pg_prepared_statements") <= KEPT_MAX + 3


async def test_the_engine_works_where_statements_cannot_be_kept(database: Database) -> None:
    await publish_game(database.url)
    async with open_worker(database.url, statement_cache_size=0) as worker:
        connection = await worker.core.connect()
        assert not connection.pipelines
        await connection.close()
        await worker.run(create("p"))
        await worker.all([credit("p", coins=5), activity("p"), activity("new")])
        balance = await worker.core.pool.fetchval(
            "SELECT balance FROM wallets WHERE player_id = 'p' AND currency = 'coins'"
        )
    assert balance >= 5
    await check_books(database.superuser_url)
