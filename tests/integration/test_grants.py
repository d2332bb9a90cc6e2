"""What the application's role may do, and what no bug of it can do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.conftest import Database
from tests.kit.commands import activity, create, credit, score
from tests.kit.workers import open_worker, publish_game

pytestmark = pytest.mark.integration

APPEND_ONLY = (
    "ledger",
    "activities",
    "requests",
    "audit",
    "catalog_versions",
    "draws",
    "receipts",
    "revocations",
)


@pytest.fixture
async def app(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """The application, in a database where everything has a row."""
    await publish_game(database.url)
    async with open_worker(database.url) as worker:
        await worker.run(create("p", username="ada"))
        await worker.run(activity("p"))
        await worker.run(credit("p", coins=1))
        await worker.run(score("p", "high", 1))
    connection = await asyncpg.connect(database.url)
    await connection.execute(
        "INSERT INTO audit (recorded_at, actor, action, subject, reason, details)"
        " VALUES (now(), 'a', 'b', 'c', 'd', '{}')"
    )
    yield connection
    await connection.close()


async def tables(connection: asyncpg.Connection) -> dict[str, str]:
    """Every table and its parent, or itself."""
    rows = await connection.fetch(
        "SELECT c.relname, coalesce(p.relname, c.relname) FROM pg_class AS c"
        " LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid"
        " LEFT JOIN pg_class AS p ON p.oid = i.inhparent"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace"
    )
    return {row[0]: row[1] for row in rows}


async def is_denied(connection: asyncpg.Connection, statement: str) -> bool:
    try:
        async with connection.transaction():
            await connection.execute(statement)
            raise ConnectionAbortedError  # roll back
    except asyncpg.InsufficientPrivilegeError:
        return True
    except ConnectionAbortedError:
        return False


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_what_was_written_stays_as_it_is(app: asyncpg.Connection, table: str) -> None:
    ours = [name for name, parent in (await tables(app)).items() if parent == table]
    assert table in ours
    for name in ours:
        column = await app.fetchval(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0"
            " AND attidentity = '' ORDER BY attnum LIMIT 1",
            name,
        )
        for statement in (
            f"UPDATE {name} SET {column} = {column}",
            f"DELETE FROM {name}",
            f"TRUNCATE {name}",
            f"SELECT FROM {name} FOR UPDATE",
            f"DROP TABLE {name}",
            f"ALTER TABLE {name} ADD x int",
            f"ALTER TABLE {name} DISABLE TRIGGER ALL",
        ):
            assert await is_denied(app, statement), statement


async def test_partitions_are_reached_through_their_parent_only(app: asyncpg.Connection) -> None:
    children = [name for name, parent in (await tables(app)).items() if name != parent]
    assert len(children) == 15
    for name in children:
        for statement in (f"SELECT FROM {name}", f"INSERT INTO {name} DEFAULT VALUES"):
            assert await is_denied(app, statement), statement


async def test_players_and_money_are_never_deleted(app: asyncpg.Connection) -> None:
    for name in (
        "players",
        "profiles",
        "usernames",
        "wallets",
        "scores",
        "api_keys",
        "bags",
        "mail",
        "purchases",
        "purchase_limits",
        "stock",
        "trades",
        "item_statistics",
        "gift_usage",
        "ledger_openings",
        "ledger_opening_accounts",
    ):
        assert await is_denied(app, f"DELETE FROM {name}"), name
        assert await is_denied(app, f"TRUNCATE {name}"), name


async def test_of_a_key_only_its_end_may_change(app: asyncpg.Connection) -> None:
    assert not await is_denied(app, "UPDATE api_keys SET revoked_at = now()")
    for column in ("key_id", "secret_sha256", "roles", "kind", "expires_at"):
        assert await is_denied(app, f"UPDATE api_keys SET {column} = {column}"), column


async def test_of_a_purchase_only_its_revocation_may_change(app: asyncpg.Connection) -> None:
    assert not await is_denied(app, "UPDATE purchases SET revoked_us = 1")
    for column in ("player_id", "purchase_id", "facts", "quantity", "receipt_id"):
        assert await is_denied(app, f"UPDATE purchases SET {column} = {column}"), column


async def test_opening_balances_are_written_by_the_owner_only(app: asyncpg.Connection) -> None:
    for table in ("ledger_openings", "ledger_opening_accounts"):
        assert not await is_denied(app, f"SELECT FROM {table}")
        assert await is_denied(app, f"INSERT INTO {table} DEFAULT VALUES")
        assert await is_denied(app, f"UPDATE {table} SET amount = amount")


async def test_the_application_owns_and_makes_nothing(app: asyncpg.Connection) -> None:
    for statement in (
        "CREATE TABLE mine (x int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SET ROLE renown_owner",
        "CREATE ROLE mine",
    ):
        assert await is_denied(app, statement), statement
    owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
    assert await app.fetchval(owned) == 0


async def test_what_it_needs_is_allowed(app: asyncpg.Connection) -> None:
    for statement in (
        "SELECT FROM players FOR UPDATE",
        "UPDATE players SET xp = xp",
        "UPDATE wallets SET balance = balance",
        "UPDATE scores SET version = version",
        "UPDATE profiles SET locale = locale",
        "DELETE FROM board_batches",
        "DELETE FROM leases",
        "UPDATE catalog_active SET version = version",
        "UPDATE board_witness SET issued = issued",
        "SELECT renown_make_partitions()",
        "SELECT FROM ledger",
        "SELECT FROM activities",
        "SELECT FROM requests",
        "SELECT FROM audit",
        "SELECT FROM alembic_version",
    ):
        assert not await is_denied(app, statement), statement


async def test_balances_below_zero_are_refused_by_the_table(app: asyncpg.Connection) -> None:
    for assignment in (
        "balance = -1, spent = earned + 1",
        "balance = 9007199254740992, earned = spent + 9007199254740992",
        "balance = balance + 1",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await app.execute(f"UPDATE wallets SET {assignment}")


async def test_others_may_not_make_partitions(database: Database) -> None:
    connection = await asyncpg.connect(database.superuser_url)
    try:
        await connection.execute("CREATE ROLE stranger_of_grants")
        try:
            may = await connection.fetchval(
                "SELECT has_function_privilege('stranger_of_grants',"
                " 'renown_make_partitions()', 'EXECUTE')"
            )
            assert may is False
        finally:
            await connection.execute("DROP ROLE stranger_of_grants")
    finally:
        await connection.close()
