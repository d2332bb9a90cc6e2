"""A connection that carries several statements in one round trip.

A round trip costs Postgres and us about 100 µs, and a batch needs four statements and a COMMIT.
asyncpg sends one statement and waits. Here those that go ahead are written to the connection as
Bind and Execute, without the Sync that would ask for an answer; the last one goes through asyncpg,
which reads all the answers as if they were its own: rows, the first error, the transaction's state.
After an error Postgres skips what is left up to asyncpg's Sync.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

Args = tuple[Any, ...]
Statement = tuple[str, Args]

KEPT_MAX = 200
"""Prepared statements after which a connection begins anew."""

_EXECUTE = b"E\0\0\0\x09\0\0\0\0\0"
"""Execute the unnamed portal, all rows."""

_BINARY_RESULTS = b"\0\x01\0\x01"
"""All columns as asyncpg expects them."""


class ExchangeConnection(asyncpg.Connection):  # type: ignore[misc]  # it has no types
    """An asyncpg connection with statements that go ahead of another one."""

    __slots__ = ("_kept",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: dict[str, PreparedStatement] = {}

    @property
    def pipelines(self) -> bool:
        """Whether it may keep prepared statements, without which nothing can go ahead."""
        enabled: bool = self._stmt_cache_enabled
        return enabled

    async def fetch_behind(self, ahead: Sequence[Statement], sql: str, args: Args) -> list[Any]:
        """Runs statements in order, in one round trip; each sees what the ones before it did.

        Args:
            ahead: statements that return no rows, or rows with the columns of the last one. Their
                arguments are texts, integers, dates and moments (`can_go_ahead`).
            sql: the last statement.
            args: its arguments.

        Returns:
            The rows of all of them.

        Raises:
            asyncpg.PostgresError: of the first that failed; none after it was run. The connection
                is left in the failed transaction, or closed where there is none.
        """
        if len(self._kept) >= KEPT_MAX:
            self._kept.clear()  # not later: what is dropped is closed when another is prepared
        message = [_bound(await self._keep(text), values) for text, values in ahead]
        last = await self._keep(sql)
        self._transport.write(b"".join(message))
        try:
            rows: list[Any] = await last.fetch(*args)
        except asyncpg.PostgresError as error:
            if isinstance(error, asyncpg.InvalidCachedStatementError):
                # A migration has changed a table: prepare everything anew.
                self._kept.clear()
            if not self.is_in_transaction():
                # asyncpg raises this for an argument it cannot encode, too, and then what went
                # ahead was carried out and waits for a Sync: it ends with the connection.
                self.terminate()
            raise
        except BaseException:
            self.terminate()
            raise
        return rows

    async def _keep(self, sql: str) -> PreparedStatement:
        statement = self._kept.get(sql)
        if statement is None:
            statement = self._kept[sql] = await self.prepare(sql)
        return statement


def can_go_ahead(args: Args) -> bool:
    """Whether Postgres understands all arguments as plain text."""
    return all(isinstance(value, (str, int, date)) for value in args)


def _bound(statement: PreparedStatement, args: Args) -> bytes:
    """The messages that run a prepared statement; arguments travel as text."""
    parts = [b"\0", statement.get_name().encode(), b"\0\0\0", len(args).to_bytes(2, "big")]
    for value in args:
        data = (value if isinstance(value, str) else str(value)).encode()
        parts.append(len(data).to_bytes(4, "big"))
        parts.append(data)
    parts.append(_BINARY_RESULTS)
    body = b"".join(parts)
    return b"B" + (len(body) + 4).to_bytes(4, "big") + body + _EXECUTE
