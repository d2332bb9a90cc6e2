"""Names and pictures for lists of players: read gathered, kept for some seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import asyncpg

NAME_S = 30.0
"""How old a name in a list may be."""

NAMES_MAX = 50_000
"""Names kept; the longest kept go first."""

Name = tuple[str, str]
"""Display name and avatar URL; empty where there is none."""

NO_NAME: Name = ("", "")

_SQL = "SELECT player_id, display_name, avatar_url FROM profiles WHERE player_id = ANY($1::text[])"


class Names:
    """Names by player.

    Args:
        pool: where they are read.
        monotonic: seconds, for their age.
    """

    def __init__(self, pool: asyncpg.Pool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._monotonic = monotonic
        self._kept: dict[str, tuple[float, Name]] = {}

    async def get(self, player_ids: Iterable[str]) -> Mapping[str, Name]:
        """The names of players; those without one are left out or empty."""
        oldest = self._monotonic() - NAME_S
        names: dict[str, Name] = {}
        missing: list[str] = []
        for player_id in player_ids:
            kept = self._kept.get(player_id)
            if kept is not None and kept[0] > oldest:
                names[player_id] = kept[1]
            else:
                missing.append(player_id)
        if missing:
            names.update(await self._read(missing))
        return names

    async def _read(self, player_ids: Sequence[str]) -> Mapping[str, Name]:
        read_at = self._monotonic()
        rows = await self._pool.fetch(_SQL, player_ids)
        found: dict[str, Name] = {row[0]: (row[1], row[2]) for row in rows}
        for player_id in player_ids:
            self._kept.pop(player_id, None)
            self._kept[player_id] = (read_at, found.get(player_id, NO_NAME))
        while len(self._kept) > NAMES_MAX:
            del self._kept[next(iter(self._kept))]
        return found
