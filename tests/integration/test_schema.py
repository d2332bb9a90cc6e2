"""The migrations make what the tables say, and partitions ahead of time."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

import renown_server
from renown_server.storage import migrate
from renown_server.storage.metadata import metadata
from renown_server.storage.partitions import make_partitions
from renown_server.storage.postgres import create_pool, sqlalchemy_url
from tests.conftest import Database

pytestmark = pytest.mark.integration

RESERVATIONS = ("requests", "usernames", "receipts")
"""What is unique across players."""

PARTITIONED = ("requests", "ledger", "draws")


@pytest.fixture
async def sql(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


def import_tables() -> None:
    """Every slice's tables, so that none is forgotten here."""
    found = [
        name
        for _, name, _ in pkgutil.walk_packages(renown_server.__path__, "renown_server.")
        if name.endswith(".tables")
    ]
    assert len(found) >= 6
    for name in found:
        importlib.import_module(name)


def differences(connection: Connection) -> list[Any]:
    """What alembic would change to get from the database to the tables."""
    partitions = {
        row[0]
        for row in connection.execute(
            sa.text("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")
        )
    }

    def is_ours(kept: Any, name: str | None, kind: str, reflected: bool, compared: Any) -> bool:
        table = name if kind == "table" else getattr(getattr(kept, "table", None), "name", None)
        return table not in partitions and table != "alembic_version"

    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": True,
            "include_object": is_ours,
        },
    )
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    import_tables()
    engine = create_async_engine(sqlalchemy_url(database.owner_url))
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await engine.dispose()


async def test_checks_and_partition_keys_are_as_the_tables_say(sql: asyncpg.Connection) -> None:
    """What alembic does not compare."""
    import_tables()
    checks = {
        (row[0], row[1])
        for row in await sql.fetch(
            "SELECT c.conrelid::regclass::text, c.conname FROM pg_constraint AS c"
            " JOIN pg_class AS t ON t.oid = c.conrelid"
            " WHERE c.contype = 'c' AND NOT t.relispartition"
            " AND c.connamespace = 'public'::regnamespace"
        )
    }
    declared = {
        (table.name, str(constraint.name))
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    named = {
        (table, name if name.startswith("ck_") else f"ck_{table}_{name}")
        for table, name in declared
    }
    assert checks == named
    keys = {
        row[0]: row[1].lower()
        for row in await sql.fetch(
            "SELECT oid::regclass::text, pg_get_partkeydef(oid) FROM pg_class WHERE relkind = 'p'"
        )
    }
    assert keys == {
        table.name: table.dialect_options["postgresql"]["partition_by"].lower()
        for table in metadata.tables.values()
        if table.dialect_options["postgresql"]["partition_by"]
    }


async def test_every_player_table_begins_its_key_with_the_player(sql: asyncpg.Connection) -> None:
    """So that the same schema can be distributed by player."""
    import_tables()
    for table in metadata.tables.values():
        if "player_id" in table.c and table.name not in RESERVATIONS:
            assert next(iter(table.primary_key.columns)).name == "player_id", table


async def test_running_the_migrations_again_changes_nothing(
    database: Database, sql: asyncpg.Connection
) -> None:
    before = await sql.fetch("SELECT oid, relname FROM pg_class ORDER BY oid")
    await migrate.upgrade(database.owner_url)
    assert await sql.fetch("SELECT oid, relname FROM pg_class ORDER BY oid") == before


async def partitions(sql: asyncpg.Connection, parent: str) -> list[str]:
    rows = await sql.fetch(
        "SELECT relname FROM pg_class JOIN pg_inherits ON oid = inhrelid"
        " WHERE inhparent = to_regclass($1) ORDER BY relname",
        parent,
    )
    return [row[0] for row in rows]


def expected(parent: str) -> list[str]:
    """This period's partition and the next three."""
    today = datetime.now(UTC).date()
    if parent == "requests":
        monday = today - timedelta(days=today.weekday())
        starts = [monday + timedelta(weeks=n) for n in range(4)]
    else:
        months = [today.year * 12 + today.month - 1 + n for n in range(4)]
        starts = [today.replace(year=m // 12, month=m % 12 + 1, day=1) for m in months]
    return [f"{parent}_{start:%Y%m%d}" for start in starts]


@pytest.mark.parametrize("parent", PARTITIONED)
async def test_partitions_are_three_ahead(sql: asyncpg.Connection, parent: str) -> None:
    assert await partitions(sql, parent) == [*expected(parent), f"{parent}_default"]


async def test_the_application_makes_partitions_again_and_again(
    database: Database, sql: asyncpg.Connection
) -> None:
    before = {parent: await partitions(sql, parent) for parent in PARTITIONED}
    for parent in PARTITIONED:
        await sql.execute(f"DROP TABLE {before[parent][-2]}")
    pool = await create_pool(database.url)
    try:
        for _ in range(2):
            await make_partitions(pool)
            assert {parent: await partitions(sql, parent) for parent in PARTITIONED} == before
    finally:
        await pool.close()


async def test_partitions_lie_side_by_side(sql: asyncpg.Connection) -> None:
    """Half-open, without gaps, in UTC."""
    for parent in PARTITIONED:
        bounds = await sql.fetch(
            "SELECT pg_get_expr(relpartbound, oid) FROM pg_class JOIN pg_inherits ON oid = inhrelid"
            " WHERE inhparent = to_regclass($1) AND relname NOT LIKE '%default' ORDER BY relname",
            parent,
        )
        texts = [row[0] for row in bounds]
        starts = [text.split("FROM (")[1].split(")")[0] for text in texts]
        ends = [text.split("TO (")[1].split(")")[0] for text in texts]
        assert starts[1:] == ends[:-1]


async def test_partitions_do_not_depend_on_the_sessions_zone(
    database: Database, sql: asyncpg.Connection
) -> None:
    for parent in PARTITIONED:
        for name in (await partitions(sql, parent))[:-1]:
            await sql.execute(f"DROP TABLE {name}")
    connection = await asyncpg.connect(
        database.url, server_settings={"timezone": "Pacific/Kiritimati"}
    )
    try:
        await connection.execute("SELECT renown_make_partitions()")
    finally:
        await connection.close()
    for parent in PARTITIONED:
        assert await partitions(sql, parent) == [*expected(parent), f"{parent}_default"]
    await sql.execute("SET timezone = 'UTC'")
    bound = await sql.fetchval(
        "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = $1",
        expected("ledger")[0],
    )
    assert "-01 00:00:00+00" in bound


async def test_a_stray_row_is_told_and_stops_no_other_partition(
    database: Database, sql: asyncpg.Connection
) -> None:
    """After weeks without a worker the first rows may come before their partition."""
    for parent in PARTITIONED:
        for name in (await partitions(sql, parent))[:-1]:
            await sql.execute(f"DROP TABLE {name}")
    await sql.execute(
        "INSERT INTO ledger VALUES ('p', 1, now(), '{}', '{}', '{}', '{}', '{}',"
        " '', '', '', '', '', '')"
    )
    connection = await asyncpg.connect(database.url)
    try:
        astray = await connection.fetchval("SELECT renown_make_partitions()")
    finally:
        await connection.close()
    assert astray == ["ledger"]
    assert await partitions(sql, "requests") == [*expected("requests"), "requests_default"]
    assert await partitions(sql, "ledger") == [*expected("ledger")[1:], "ledger_default"]
