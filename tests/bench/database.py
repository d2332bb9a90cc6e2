"""Single statements against Postgres, each over a connection of its own."""

import asyncio
from typing import Any

import asyncpg


def fetch(url: str, sql: str) -> list[Any]:
    """Returns the rows of a query."""
    return asyncio.run(_fetch(url, sql))


def value(url: str, sql: str) -> Any:
    """Returns the only value of a query."""
    return fetch(url, sql)[0][0]


async def _fetch(url: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(url, timeout=30)
    try:
        rows: list[Any] = await connection.fetch(sql)
        return rows
    finally:
        await connection.close()
