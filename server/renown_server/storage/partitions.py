"""Keeps time partitions ahead of time."""

from __future__ import annotations

import asyncio

import asyncpg
import structlog

_log = structlog.get_logger(__name__)

INTERVAL_S = 3600.0
"""Partitions exist three weeks ahead; once an hour is plenty."""


async def keep_partitions(pool: asyncpg.Pool) -> None:
    """Makes partitions and raises the alarm for rows that found none, for ever."""
    while True:
        try:
            await make_partitions(pool)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            _log.warning("partitions cannot be made", error=str(error) or repr(error))
        await asyncio.sleep(INTERVAL_S)


async def make_partitions(pool: asyncpg.Pool) -> None:
    """Makes the partitions of this period and of the next three; complains about strays."""
    astray: list[str] = await pool.fetchval("SELECT renown_make_partitions()")
    if astray:
        _log.error("rows lie in default partitions: theirs were missing", tables=astray)
