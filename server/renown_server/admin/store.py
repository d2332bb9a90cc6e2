"""All SQL of keys and the audit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from renown_server.admin.state import Key, KeyBook, KeyKind, StoredKey
from renown_server.admin.tables import api_keys, audit
from renown_server.calls import Role
from renown_server.engine.clock import from_us, to_us
from renown_server.engine.columns import as_texts
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.storage.reader import reaching

# For lists: secrets' hashes stay where they are.
_KEY_COLUMNS = [column for column in api_keys.c if column.name != "secret_sha256"]


class RequestLocks(Part):
    """Locks the requests of commands without a subject, so that duplicates queue up.

    A record has no row to lock before it exists, and no unique constraint
    spans the weekly partitions it is looked for in.
    """

    name = "request_locks"
    by_player = False
    # The arguments of a function in the select list are evaluated after the sort.
    lock_sql = (
        "SELECT pg_advisory_xact_lock(k.h) FROM (SELECT DISTINCT hashtextextended(u.k, 0) AS h"
        " FROM unnest({0}::text[]) AS u(k) ORDER BY h) AS k"
    )
    write_sql = ""

    def open(self, work: Work) -> None:
        """Holds nothing."""

    def write_args(self, work: Work) -> Args | None:
        """Writes nothing."""
        return None


class ApiKeysPart(Part):
    """Keys of servers and operators."""

    name = "api_keys"
    by_player = False
    lock_sql = (
        "SELECT key_id FROM api_keys WHERE key_id = ANY({0}::text[]) ORDER BY key_id FOR UPDATE"
    )
    load_sql = (
        "SELECT row(key_id, name, kind, roles::text, secret_sha256, created_at, created_by,"
        f" expires_at, revoked_at) FROM api_keys WHERE key_id = ANY({as_texts(0)})"
    )
    # A key changes in one way only; should an id ever be drawn twice, the
    # older key keeps its secret.
    write_sql = (
        "INSERT INTO api_keys (key_id, name, kind, roles, secret_sha256, created_at, created_by,"
        " expires_at, revoked_at)"
        " SELECT u.id, u.name, u.kind, u.roles::smallint[], u.hash, u.created_at, u.created_by,"
        " u.expires_at, u.revoked_at"
        " FROM unnest({0}::text[], {1}::text[], {2}::smallint[], {3}::text[], {4}::bytea[],"
        " {5}::timestamptz[], {6}::text[], {7}::timestamptz[], {8}::timestamptz[])"
        " AS u(id, name, kind, roles, hash, created_at, created_by, expires_at, revoked_at)"
        " ON CONFLICT (key_id) DO UPDATE SET revoked_at = EXCLUDED.revoked_at"
    )

    def open(self, work: Work) -> None:
        """Attaches the empty book."""
        work.attach(KeyBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes the keys."""
        by_id = work.slice(KeyBook).by_id
        for row in rows:
            by_id[row[0]] = _stored_key(row)

    def write_args(self, work: Work) -> Args | None:
        """New and changed keys, column by column."""
        changed = work.dirty(StoredKey)
        if not changed:
            return None
        keys = [stored.key for stored in changed]
        return (
            [key.key_id for key in keys],
            [key.name for key in keys],
            [key.kind.value for key in keys],
            ["{" + ",".join([str(role.value) for role in key.roles]) + "}" for key in keys],
            [stored.secret_sha256 for stored in changed],
            [from_us(key.created_at_us) for key in keys],
            [key.created_by for key in keys],
            [_moment(key.expires_at_us) for key in keys],
            [_moment(key.revoked_at_us) for key in keys],
        )


LoadKeys = Callable[[Sequence[str]], Awaitable[Mapping[str, StoredKey]]]
"""Reads keys by id; those that don't exist are left out."""


async def load_keys(
    connection: asyncpg.Connection | asyncpg.Pool, key_ids: Sequence[str]
) -> Mapping[str, StoredKey]:
    """Reads keys by id; those that don't exist are left out."""
    rows = await connection.fetch(
        "SELECT key_id, name, kind, roles::text, secret_sha256, created_at, created_by,"
        " expires_at, revoked_at FROM api_keys WHERE key_id = ANY($1::text[])",
        list(key_ids),
    )
    return {row[0]: _stored_key(row) for row in rows}


def key_loader(pool: Callable[[], asyncpg.Pool]) -> LoadKeys:
    """How an authenticator reads keys: on a connection of a small pool.

    Args:
        pool: gives the pool; asked at each load, because it may be opened later.
    """

    async def load(key_ids: Sequence[str]) -> Mapping[str, StoredKey]:
        return await load_keys(pool(), key_ids)

    return load


async def list_keys(engine: AsyncEngine, *, before: tuple[int, str] | None, size: int) -> list[Key]:
    """Reads `size` keys, the latest created first.

    Args:
        engine: where to read.
        before: only keys sorted after this (`created_at_us`, `key_id`).
        size: how many at most.
    """
    order = (api_keys.c.created_at, api_keys.c.key_id)
    query = sa.select(*_KEY_COLUMNS).order_by(*[column.desc() for column in order]).limit(size)
    if before is not None:
        created_at_us, key_id = before
        query = query.where(sa.tuple_(*order) < sa.tuple_(from_us(created_at_us), key_id))
    rows = await _read(engine, query)
    return [
        Key(
            key_id=row.key_id,
            name=row.name,
            kind=KeyKind(row.kind),
            roles=tuple(Role(value) for value in row.roles),
            created_at_us=to_us(row.created_at),
            created_by=row.created_by,
            expires_at_us=_moment_us(row.expires_at),
            revoked_at_us=_moment_us(row.revoked_at),
        )
        for row in rows
    ]


async def list_audit(
    engine: AsyncEngine, *, before: int | None, size: int, actor: str, subject: str
) -> Sequence[sa.Row[Any]]:
    """Reads `size` rows of the audit, the latest first.

    Args:
        engine: where to read.
        before: only rows with a lower id.
        size: how many at most.
        actor: only changes by this principal, unless empty.
        subject: only changes to this subject, unless empty.
    """
    query = sa.select(audit).order_by(audit.c.audit_id.desc()).limit(size)
    if before is not None:
        query = query.where(audit.c.audit_id < before)
    if actor:
        query = query.where(audit.c.actor == actor)
    if subject:
        query = query.where(audit.c.subject == subject)
    return await _read(engine, query)


async def _read(engine: AsyncEngine, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    with reaching():
        async with engine.connect() as connection:
            rows: Sequence[sa.Row[Any]] = (await connection.execute(query)).all()
            return rows


def _stored_key(row: Sequence[Any]) -> StoredKey:
    key_id, name, kind, roles, secret_sha256, created_at, created_by, expires_at, revoked_at = row
    key = Key(
        key_id=key_id,
        name=name,
        kind=KeyKind(kind),
        roles=tuple(Role(int(value)) for value in roles.strip("{}").split(",") if value),
        created_at_us=to_us(created_at),
        created_by=created_by,
        expires_at_us=_moment_us(expires_at),
        revoked_at_us=_moment_us(revoked_at),
    )
    return StoredKey(key, secret_sha256)


def _moment(moment_us: int | None) -> datetime | None:
    return None if moment_us is None else from_us(moment_us)


def _moment_us(moment: datetime | None) -> int | None:
    return None if moment is None else to_us(moment)
