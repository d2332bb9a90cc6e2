"""The database, as commands meet it."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import structlog
from alembic.script import ScriptDirectory

from renown_server.cli.failures import Failure, one_line
from renown_server.config import Settings
from renown_server.storage import migrate, postgres

ACTOR = "cli"
"""The principal of the command line, in audits."""

_log = structlog.get_logger(__name__)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Connects for a moment.

    Raises:
        Failure: Postgres cannot be reached, or does not let us in.
    """
    try:
        connection = await postgres.connect(url)
    except ValueError:
        # Their messages quote what they could not parse, passwords included.
        raise Failure("the database URL is malformed") from None
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Failure(f"cannot reach Postgres at {address_of(url)}: {_why(error)}") from None
    try:
        yield connection
    finally:
        await connection.close()


def address_of(url: str) -> str:
    """Where a URL points to, without its user and password."""
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", ["localhost"])[0]
    if host.startswith("/"):
        return host
    try:
        return f"{host}:{parts.port or 5432}"
    except ValueError:
        return host


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError) and not error.args:
        return "no answer in time"
    if isinstance(error, OSError) and error.errno:
        # asyncio's own text repeats the address.
        return os.strerror(error.errno) if error.errno > 0 else str(error.strerror)
    return one_line(str(error))


async def upgrade(settings: Settings) -> str:
    """Brings the schema up to date.

    Returns:
        The revision it is at now.

    Raises:
        Failure: Postgres cannot be reached.
    """
    url = settings.owner_database_url.get_secret_value()
    url = url or settings.database_url.get_secret_value()
    async with connected(url):
        pass  # to fail with a clear word
    logging.getLogger("alembic").setLevel(logging.WARNING)
    await migrate.upgrade(url, app_role(settings))
    return _script().get_current_head() or ""


def app_role(settings: Settings) -> str:
    """The role that gets the application's rights: the one it connects as, unless named."""
    user = urlsplit(settings.database_url.get_secret_value()).username
    return settings.app_role or unquote(user or migrate.APP_ROLE)


async def check(settings: Settings) -> None:
    """Checks that a server may work on the database.

    Raises:
        Failure: it cannot be reached, or its schema is older than this release.
        UnsafeDurability: it may lose what it acknowledges.
    """
    async with connected(settings.database_url.get_secret_value()) as connection:
        if not settings.allow_unsafe_durability:
            await postgres.check_durability(connection)
        try:
            found = await connection.fetchval("SELECT version_num FROM alembic_version")
        except asyncpg.UndefinedTableError:
            raise Failure("the database has no schema yet: run `renown migrate`") from None
    script = _script()
    head = script.get_current_head()
    if found == head:
        return
    if found in {revision.revision for revision in script.walk_revisions()}:
        raise Failure(
            f"the schema is at {found} and this release needs {head}: run `renown migrate`"
        )
    # A newer release is being rolled out: its schema serves this one, too.
    _log.warning("the schema is newer than this release", found=found, known=head)


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(migrate.config())
