"""Catalog versions in Postgres."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from google.protobuf import json_format

from renown.v1.catalog_pb2 import Catalog

Audit = Callable[[int], Awaitable[None]]
"""Writes the audit row of a new version, in the transaction that publishes it."""

_PUBLISH_LOCK = 0x52454E43
"""Advisory: before the first version there is no row to lock."""

_ACTIVE = """
SELECT v.version, v.content
FROM catalog_active AS a JOIN catalog_versions AS v USING (version)
"""

_ACTIVE_DIGEST = """
SELECT v.version, v.digest
FROM catalog_active AS a JOIN catalog_versions AS v USING (version)
"""

_INSERT = """
INSERT INTO catalog_versions (version, name, content, digest, created_by)
SELECT coalesce(max(version), 0) + 1, $1, $2, $3, $4 FROM catalog_versions
RETURNING version
"""

_ACTIVATE = """
INSERT INTO catalog_active (singleton, version) VALUES (true, $1)
ON CONFLICT (singleton) DO UPDATE SET version = excluded.version
"""


class CatalogUnreadable(Exception):
    """A stored version was written by another release, whose definitions this one doesn't know."""

    def __init__(self, version: int, cause: str) -> None:
        super().__init__(f"catalog version {version} cannot be read by this release: {cause}")


def encode_catalog(catalog: Catalog) -> str:
    """The catalog as JSON, always the same text for the same catalog."""
    content = json_format.MessageToDict(catalog, preserving_proto_field_name=True)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def decode_catalog(version: int, content: str) -> Catalog:
    """Reads what `encode_catalog` wrote.

    Raises:
        CatalogUnreadable: it holds what this release does not know.
    """
    try:
        return json_format.Parse(content, Catalog())
    except json_format.ParseError as error:
        raise CatalogUnreadable(version, str(error)) from error


async def load_active(connection: Any) -> tuple[int, str] | None:
    """The active version and its content; None if nothing was published yet."""
    row = await connection.fetchrow(_ACTIVE)
    return (row["version"], row["content"]) if row else None


async def publish(
    connection: Any, catalog: Catalog, *, created_by: str, audit: Audit | None = None
) -> int:
    """Stores a validated catalog as a new version and activates it, in one transaction.

    A catalog equal to the active one changes nothing.

    Args:
        connection: an asyncpg connection.
        catalog: the catalog.
        created_by: who publishes it, such as `key:k_1a2b` or `dev`.
        audit: called with the new version before the commit; not called if nothing changes.

    Returns:
        The version that is active now.
    """
    content = encode_catalog(catalog)
    digest = hashlib.sha256(content.encode()).digest()
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _PUBLISH_LOCK)
        active = await connection.fetchrow(_ACTIVE_DIGEST)
        if active and active["digest"] == digest:
            return int(active["version"])
        version = int(await connection.fetchval(_INSERT, catalog.name, content, digest, created_by))
        await connection.execute(_ACTIVATE, version)
        if audit is not None:
            await audit(version)
        return version
