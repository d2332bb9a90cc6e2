"""Names and pictures for lists of players: read together, kept for some seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import asyncpg

from renown_server.engine.columns import texts

GENERATION_S = 15.0
"""A name in a list is at most two generations old."""

GENERATION_MAX = 50_000
"""Names of a generation; two are kept."""

Name = tuple[str, str]
"""Display name and avatar URL; empty where there is none."""

NO_NAME: Name = ("", "")

Load = Callable[[Sequence[str]], Awaitable[Mapping[str, Name]]]


async def load_names(
    connection: asyncpg.Connection, player_ids: Sequence[str]
) -> Mapping[str, Name]:
    """Reads names; players without a profile are left out."""
    rows = await connection.fetch(
        "SELECT player_id, display_name, avatar_url FROM profiles"
        " WHERE player_id = ANY(string_to_array($1::text, chr(31)))",
        texts(player_ids),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


class Names:
    """Names by player.

    What concurrent calls miss is read in one statement: on a large board every
    call misses some of its neighbours, and a read of its own costs 280 µs.

    Args:
        load: reads names.
        monotonic: seconds, for their age.
    """

    def __init__(self, load: Load, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._load = load
        self._monotonic = monotonic
        self._young: dict[str, Name] = {}
        self._old: dict[str, Name] = {}
        self._born = monotonic()
        self._wanted: set[str] = set()
        self._round: asyncio.Future[None] | None = None
        self._worker: asyncio.Task[None] | None = None

    async def get(self, player_ids: Iterable[str]) -> dict[str, Name]:
        """The names of players; empty for those without one."""
        self._age()
        young, old = self._young, self._old
        names: dict[str, Name] = {}
        missing: list[str] = []
        for player_id in player_ids:
            name = young.get(player_id) or old.get(player_id)
            if name is None:
                missing.append(player_id)
            else:
                names[player_id] = name
        if missing:
            await self._read(missing)
            for player_id in missing:
                names[player_id] = self._young.get(player_id, NO_NAME)
        return names

    def _age(self) -> None:
        now = self._monotonic()
        if now - self._born > GENERATION_S or len(self._young) > GENERATION_MAX:
            self._old, self._young, self._born = self._young, {}, now

    async def _read(self, player_ids: Sequence[str]) -> None:
        self._wanted.update(player_ids)
        if self._round is None:
            self._round = asyncio.get_running_loop().create_future()
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        # Shielded: others wait for the same round.
        await asyncio.shield(self._round)

    async def _work(self) -> None:
        try:
            while self._round is not None:
                answer, self._round = self._round, None
                wanted, self._wanted = list(self._wanted), set()
                try:
                    found = await self._load(wanted)
                except Exception as error:  # noqa: BLE001 - everybody who waits gets it
                    answer.set_exception(error)
                    answer.exception()  # seen, even if nobody waits any more
                    continue
                for player_id in wanted:
                    self._young[player_id] = found.get(player_id, NO_NAME)
                answer.set_result(None)
        finally:
            self._worker = None
