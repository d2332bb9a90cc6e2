"""Connections to Postgres: own ones for lanes and readers, a pool for the rest."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from renown_server.storage.exchange import ExchangeConnection

COLD_POOL_SIZE = 4
"""Connections of the cold paths, a worker."""

_SETTINGS = {
    "application_name": "renown",
    "timezone": "UTC",
    # Plans are made once, often while tables are empty: never let them be
    # made for a table that is small now and large tomorrow.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    # A frozen worker must not hold its players' locks for ever.
    "idle_in_transaction_session_timeout": "30s",
    "client_connection_check_interval": "10s",
}


class UnsafeDurability(RuntimeError):
    """Postgres may lose what it has acknowledged."""


async def connect(url: str, *, statement_cache_size: int = 100) -> ExchangeConnection:
    """Opens a connection for the hot path.

    Args:
        url: `postgresql://…`.
        statement_cache_size: 0 behind a PgBouncer that cannot keep prepared
            statements (older than 1.21).
    """
    connection: ExchangeConnection = await asyncpg.connect(
        url,
        connection_class=ExchangeConnection,
        server_settings=_SETTINGS,
        statement_cache_size=statement_cache_size,
        timeout=5,
        command_timeout=30,
    )
    return connection


async def create_pool(url: str, *, statement_cache_size: int = 100) -> asyncpg.Pool:
    """A small pool for reads that do not gather."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=COLD_POOL_SIZE,
        max_inactive_connection_lifetime=0,
        server_settings=_SETTINGS,
        statement_cache_size=statement_cache_size,
        timeout=5,
        command_timeout=30,
    )


def sqlalchemy_url(url: str) -> str:
    """The same address as SQLAlchemy's asyncpg dialect spells it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg"))


def create_sql_engine(url: str, *, statement_cache_size: int = 100) -> AsyncEngine:
    """SQLAlchemy's engine for lists and other cold paths."""
    return create_async_engine(
        sqlalchemy_url(url),
        pool_size=COLD_POOL_SIZE,
        max_overflow=0,
        # Players' data does not belong into the log.
        hide_parameters=True,
        pool_timeout=5,
        connect_args={
            "statement_cache_size": statement_cache_size,
            "server_settings": {"application_name": "renown", "timezone": "UTC", "jit": "off"},
            "timeout": 5,
        },
    )


async def check_durability(connection: asyncpg.Connection) -> None:
    """Refuses a Postgres that does not keep what it has acknowledged.

    Raises:
        UnsafeDurability: fsync, full_page_writes or synchronous_commit is off.
    """
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        value = await connection.fetchval("SELECT current_setting($1)", setting)
        if value == "off":
            raise UnsafeDurability(
                f"Postgres runs with {setting}=off and may lose acknowledged changes;"
                " set it to on, or RENOWN_ALLOW_UNSAFE_DURABILITY=true"
            )
