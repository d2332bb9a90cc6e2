"""Single statements against Postgres, each over a connection of its own."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg


def fetch(url: str, sql: str) -> list[Sequence[Any]]:
    """Returns the rows of a query."""
    return asyncio.run(_fetch(url, sql))


def value(url: str, sql: str) -> Any:
    """Returns the only value of a query."""
    return fetch(url, sql)[0][0]


async def _fetch(url: str, sql: str) -> list[Sequence[Any]]:
    connection = await asyncpg.connect(url, timeout=30)
    try:
        rows: list[Sequence[Any]] = await connection.fetch(sql)
        return rows
    finally:
        await connection.close()
