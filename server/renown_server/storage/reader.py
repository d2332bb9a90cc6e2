"""A connection of its own for gathered reads, opened again when it is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import asyncpg

from renown_server.errors import StorageUnavailable

K = TypeVar("K")
V = TypeVar("V")

Load = Callable[[asyncpg.Connection, Sequence[K]], Awaitable[Mapping[K, V]]]

_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InterfaceError,
    OSError,
)


class Reader:
    """One connection, used by one load at a time.

    Args:
        connect: opens it.
    """

    def __init__(self, connect: Callable[[], Awaitable[asyncpg.Connection]]) -> None:
        self._connect = connect
        self._connection: asyncpg.Connection | None = None

    def loads(self, load: Load[K, V]) -> Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]:
        """What a `Gather` loads with."""

        async def run(keys: Sequence[K]) -> Mapping[K, V]:
            try:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await self._connect()
                return await load(self._connection, keys)
            except _LOST as error:
                await self.close()
                raise StorageUnavailable from error

        return run

    async def close(self) -> None:
        """Closes the connection, at once."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
