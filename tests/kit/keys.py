"""Keys for tests, put into the database as `renown keys create` would."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import asyncpg

from renown_server.admin.keys import hash_secret


async def insert_key(
    connection: asyncpg.Connection, name: str, *, roles: tuple[int, ...] = ()
) -> str:
    """A new key's credential; with roles it is an operator's, else a game server's."""
    key_id = f"k_{secrets.token_hex(8)}"
    secret = secrets.token_urlsafe(32)
    await connection.execute(
        "INSERT INTO api_keys (key_id, name, kind, roles, secret_sha256, created_at, created_by)"
        " VALUES ($1, $2, $3, $4::smallint[], $5, $6, 'test')",
        key_id,
        name,
        2 if roles else 1,
        list(roles),
        hash_secret(secret),
        datetime.now(UTC),
    )
    return f"{key_id}.{secret}"
