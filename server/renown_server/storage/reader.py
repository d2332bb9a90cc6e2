"""Reads that outlive a lost Postgres: refused while it is away, answered when it is back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

import asyncpg
import sqlalchemy as sa

from renown_server.errors import StorageUnavailable
from renown_server.storage.failures import AWAY

K = TypeVar("K")
V = TypeVar("V")

Load = Callable[[asyncpg.Connection, Sequence[K]], Awaitable[Mapping[K, V]]]


@contextmanager
def reaching() -> Iterator[None]:
    """Around a read by asyncpg or SQLAlchemy.

    Raises:
        StorageUnavailable: instead of whatever it raises where Postgres cannot be reached.
    """
    try:
        yield
    except (*AWAY, sa.exc.TimeoutError) as error:
        raise StorageUnavailable from error
    except sa.exc.DBAPIError as error:
        # Its class does not tell: most of what a lost connection raises is a plain one.
        driver = error.orig.__cause__ if error.orig else None
        if error.connection_invalidated or isinstance(driver, AWAY):
            raise StorageUnavailable from error
        raise


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
                connection = await self._connected()
                return await load(connection, keys)
            except AWAY as error:
                await self.close()
                raise StorageUnavailable from error

        return run

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await self._connect()
            except asyncpg.PostgresError as error:
                # A password, a name, too many: no read is to blame.
                raise ConnectionError(f"cannot connect: {error}") from error
        return self._connection

    async def close(self) -> None:
        """Closes the connection, at once."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()
