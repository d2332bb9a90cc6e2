"""What asyncpg raises when Postgres is away, told apart from what a statement does wrong."""

from __future__ import annotations

import asyncpg

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # What asyncpg says when the server has ended a connection that was idle.
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    # A primary that has become a standby behind the same address.
    asyncpg.ReadOnlySQLTransactionError,
    OSError,  # a TimeoutError is one, too
)
"""The connection is gone; whether a commit under way happened is unknown."""

AWAY = (*LOST, asyncpg.InsufficientResourcesError)
"""Nothing can be read now; later it can."""
