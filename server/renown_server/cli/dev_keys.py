"""The keys that `renown serve --dev` shows: made once, and again if the database has lost them."""

from __future__ import annotations

from renown_server.admin.keys import matches, split_credential
from renown_server.admin.store import load_keys
from renown_server.calls import Role
from renown_server.cli.changes import create_key, open_engine
from renown_server.cli.database import connected
from renown_server.cli.dev_files import DevFiles
from renown_server.config import Settings

NAME = "development"
SERVER = "server"
OPERATOR = "operator"

_ROLES: dict[str, tuple[Role, ...]] = {SERVER: (), OPERATOR: (Role.ADMIN,)}


async def ensure_keys(settings: Settings, files: DevFiles) -> dict[str, str]:
    """A game server's and an operator's key.

    Returns:
        Credentials by kind.
    """
    keys = await _valid(settings, files.read_keys())
    missing = [kind for kind in _ROLES if kind not in keys]
    if missing:
        async with open_engine(settings) as (_, engine):
            for kind in missing:
                keys[kind] = await create_key(engine, NAME, _ROLES[kind])
        files.write_keys(keys)
    return keys


async def _valid(settings: Settings, keys: dict[str, str]) -> dict[str, str]:
    """Those of the keys that this database accepts."""
    parts = {kind: split_credential(text) for kind, text in keys.items()}
    async with connected(settings.database_url.get_secret_value()) as connection:
        stored = await load_keys(connection, [part[0] for part in parts.values() if part])
    valid = {}
    for kind, part in parts.items():
        found = stored.get(part[0]) if part else None
        if found is None or part is None or found.key.ends_at_us() is not None:
            continue
        if matches(part[1], found.secret_sha256):
            valid[kind] = keys[kind]
    return valid
