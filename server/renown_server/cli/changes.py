"""The engine's own commands, run in this process on the database."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from renown_server.admin.commands import (
    CreatedKey,
    CreateKey,
    CreateKeyBody,
    RevokeKey,
    RevokeKeyBody,
)
from renown_server.admin.keyring import Keyring, new_key
from renown_server.admin.keys import KeySecrets
from renown_server.admin.state import KeyKind
from renown_server.calls import Role
from renown_server.cli import database
from renown_server.config import Settings
from renown_server.core import Core, open_core, unwatched_lane
from renown_server.engine.engine import Engine

_DEADLINE_S = 30.0


@asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[tuple[Core, Engine]]:
    """An engine of one's own, whose batches nobody watches.

    Raises:
        Failure: Postgres cannot be reached, or its schema is too old.
    """
    await database.check(settings)
    async with open_core(settings) as core:
        engine = core.engine([unwatched_lane()])
        engine.start()
        try:
            yield core, engine
        finally:
            await engine.stop()


async def create_key(
    engine: Engine, name: str, roles: tuple[Role, ...] = (), expires_at_us: int | None = None
) -> str:
    """Creates a key, a game server's unless there are roles, and returns its credential.

    Raises:
        InvalidArgument: the name or the expiry is not possible.
    """
    # Nobody will ask for this secret again: a keyring for this moment will do.
    secrets = KeySecrets(Keyring.parse(new_key()))
    kind = KeyKind.OPERATOR if roles else KeyKind.SERVER
    command = CreateKey(
        principal=database.ACTOR,
        request_id=uuid.uuid4().hex,
        body=CreateKeyBody(name, kind, roles, expires_at_us),
        secrets=secrets,
    )
    done = await engine.submit(command, time.monotonic() + _DEADLINE_S)
    return msgspec.convert(done.result, CreatedKey).credential(secrets)


async def revoke_key(engine: Engine, key_id: str, reason: str) -> None:
    """Ends a key.

    Raises:
        KeyNotFound: there is no such key.
        InvalidArgument: the reason is not possible.
    """
    command = RevokeKey(
        principal=database.ACTOR,
        request_id=uuid.uuid4().hex,
        body=RevokeKeyBody(key_id, reason),
    )
    await engine.submit(command, time.monotonic() + _DEADLINE_S)
