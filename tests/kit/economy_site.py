"""A server of the kit's economy with a clock and chance that stand still, driven by a thread."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncpg

from renown_server.engine.clock import FixedClock
from tests.kit.raw import Raw

T = TypeVar("T")

PLAYER_TABLES = (
    *("players", "profiles", "usernames", "wallets", "ledger", "scores", "gift_usage", "items"),
    *("bags", "mail", "draws", "purchases", "purchase_limits", "receipts", "trades", "stock"),
    *("revocations", "item_statistics", "audit"),
)
RECORDS = ("activities", "requests")

# The kit's noon has its partitions whenever the tests run; named as the server names its own.
_PARTITION = (
    "CREATE TABLE IF NOT EXISTS {0}_{1} PARTITION OF {0} FOR VALUES"
    " FROM ('{1} 00:00:00+00') TO ('{2} 00:00:00+00')"
)
_PERIODS = [
    ("requests", "20261116", "20261123"),
    ("requests", "20261123", "20261130"),
    *[(table, "20261101", "20261201") for table in ("ledger", "draws")],
]


class KnownChance:
    """Chance that can be started again; names it gives rise, so that who comes first is known."""

    def __init__(self) -> None:
        self._random = random.Random(0)
        self._names = itertools.count(1)

    def restart(self, seed: int) -> None:
        """Begins the rolls of this seed."""
        self._random = random.Random(seed)

    def below(self, bound: int) -> int:
        """The next roll."""
        return self._random.randrange(bound)

    def token(self, size: int) -> str:
        """A name nobody has, above all before it."""
        return f"{next(self._names):0{2 * size}x}"


@dataclass
class Site:
    """The server, as a thread that is not its loop's sees it.

    Attributes:
        loop: where the server runs.
        raw: calls as the game server.
        admin_key: the credential of an operator who may do everything.
        sql: connected as a superuser.
        superuser_url: of the same database.
        clock: the server's.
        chance: the server's.
        expire: ends the trades whose time is over.
        outcomes: how often each operation has ended how: (method, reason or `OK`).
    """

    loop: asyncio.AbstractEventLoop
    raw: Raw
    admin_key: str
    sql: asyncpg.Connection
    superuser_url: str
    clock: FixedClock
    chance: KnownChance
    expire: Any
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs something on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=60)

    async def prepare(self) -> None:
        """Makes the partitions of the clock's days."""
        for table, begin, end in _PERIODS:
            await self.sql.execute(_PARTITION.format(table, begin, end))

    async def wipe(self) -> None:
        """Forgets all players: a run begins with an empty world."""
        tables = (*PLAYER_TABLES, *RECORDS)
        await self.sql.execute("BEGIN;" + ";".join(f"DELETE FROM {t}" for t in tables) + ";COMMIT")

    async def items(self, player_id: str) -> list[tuple[str, int]]:
        """A player's stacks and instances as they are stored: (item, units)."""
        sql = "SELECT item_id, quantity FROM items WHERE player_id = $1"
        return [(row[0], row[1]) for row in await self.sql.fetch(sql, player_id)]

    async def trace(self) -> tuple[dict[str, str], dict[str, str]]:
        """A digest of each table; of records once with and once without those of refusals."""
        names = [*PLAYER_TABLES, *RECORDS]
        parts = [_digest(table, "true") for table in names]
        parts += [_digest(table, "last_sequence > 0") for table in RECORDS]
        rows = [str(row[0]) for row in await self.sql.fetch(" UNION ALL ".join(parts))]
        everything = dict(zip(names, rows[: len(names)], strict=True))
        return everything, everything | dict(zip(RECORDS, rows[len(names) :], strict=True))


def _digest(table: str, where: str) -> str:
    return (
        "SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), ''))"
        f" FROM {table} AS t WHERE {where}"
    )
