"""What a reader hears when Postgres cannot be reached."""

from __future__ import annotations

import asyncpg
import pytest

from renown_server.errors import StorageUnavailable
from renown_server.storage.reader import reaching


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError("gone"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.AdminShutdownError("terminating"),
        asyncpg.TooManyConnectionsError("too many"),
        # asyncpg 0.32 on a connection that was idle when the server ended it.
        asyncpg.InternalClientError("cannot switch to state 15; another operation"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_lost_connection_is_unavailable(error: Exception) -> None:
    with pytest.raises(StorageUnavailable), reaching():
        raise error


def test_a_bug_stays_a_bug() -> None:
    with pytest.raises(asyncpg.UndefinedColumnError), reaching():
        raise asyncpg.UndefinedColumnError("no such column")
