"""What is expected to go wrong, in one line. Imported when something has."""

from __future__ import annotations

import asyncpg
import sqlalchemy as sa
from alembic.util import CommandError

from renown_server.admin.keyring import InvalidKeyring
from renown_server.catalog.problems import CatalogInvalid
from renown_server.catalog.store import CatalogUnreadable
from renown_server.cli.failures import Failure, one_line
from renown_server.config import InvalidSettings
from renown_server.errors import RenownError
from renown_server.storage.embedded import EmbeddedServersError
from renown_server.storage.postgres import UnsafeDurability
from renown_server.transport.settings import CannotServe

_FOR_PEOPLE = (
    Failure,
    CannotServe,
    CatalogUnreadable,
    CommandError,
    EmbeddedServersError,
    InvalidKeyring,
    InvalidSettings,
    RenownError,
    UnsafeDurability,
)
"""Errors whose message says all there is to say."""


def explain(error: BaseException) -> str | None:
    """The line for an expected failure; None for a bug, which deserves its traceback."""
    if isinstance(error, _FOR_PEOPLE):
        return one_line(str(error))
    if isinstance(error, CatalogInvalid):
        more = len(error.problems) - 1
        return one_line(f"{error.problems[0]}{f' (and {more} more)' if more else ''}")
    if isinstance(error, sa.exc.DBAPIError):
        # The driver's own error, below the adapter's.
        cause = error.orig.__cause__ if error.orig is not None else None
        return explain(cause) if cause is not None else f"Postgres: {one_line(str(error.orig))}"
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        return f"Postgres: {one_line(str(error))}"
    if isinstance(error, TimeoutError):
        return "Postgres did not answer in time"
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return one_line(f"{error.filename}: {reason}" if error.filename else reason)
    return None
