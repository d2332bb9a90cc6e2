"""Conflicts that Postgres reports, made to order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from tests.conftest import Database


@asynccontextmanager
async def raising(
    database: Database, sqlstate: str, times: int, table: str = "wallets"
) -> AsyncIterator[None]:
    """Lets Postgres raise an error the first times a row of a table is written."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        await connection.execute(
            f"""
            CREATE SEQUENCE attempts;
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                IF nextval('attempts') <= {times} THEN
                    RAISE EXCEPTION 'forced' USING ERRCODE = '{sqlstate}';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER fail BEFORE INSERT ON {table}
                FOR EACH ROW EXECUTE FUNCTION fail();
            """
        )
        try:
            yield
        finally:
            await connection.execute("DROP FUNCTION fail CASCADE; DROP SEQUENCE attempts")
    finally:
        await connection.close()
