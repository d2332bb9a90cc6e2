"""The snapshot in use, and its replacement."""

from __future__ import annotations

import asyncio
from typing import Any

from renown_server.catalog.compile import compile_catalog
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.catalog.store import decode_catalog, load_active


class NoCatalog(Exception):
    """No catalog has been published."""

    def __init__(self) -> None:
        super().__init__("no catalog has been published")


class CatalogHolder:
    """Holds the snapshot that decisions use; take `current` once a batch, it is replaced whole."""

    def __init__(self, snapshot: CatalogSnapshot) -> None:
        self._current = snapshot
        self._reloading = asyncio.Lock()

    @classmethod
    async def load(cls, connection: Any) -> CatalogHolder:
        """Holds the active version.

        Raises:
            NoCatalog: nothing was published yet.
            CatalogUnreadable: another release published it.
        """
        return cls(await _load(connection))

    @property
    def current(self) -> CatalogSnapshot:
        """The snapshot in use."""
        return self._current

    async def reload(self, connection: Any) -> CatalogSnapshot:
        """Takes the active version up, if it is another one, and returns it.

        Raises:
            NoCatalog: nothing is published any more.
            CatalogUnreadable: another release published it; `current` stays.
        """
        # One at a time: a slow load must not put an older version back.
        async with self._reloading:
            active = await load_active(connection)
            if active is None:
                raise NoCatalog
            version, content = active
            if version != self._current.version:
                self._current = compile_catalog(decode_catalog(version, content), version)
            return self._current


async def _load(connection: Any) -> CatalogSnapshot:
    active = await load_active(connection)
    if active is None:
        raise NoCatalog
    version, content = active
    return compile_catalog(decode_catalog(version, content), version)
