"""What the tests of boards share: a stand-in for the engine, and a model of a board."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from renown_server.engine.part import Part, Statements, number
from renown_server.engine.work import Work
from renown_server.leaderboards import store, tables
from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Link
from renown_server.leaderboards.packing import publish_calls
from renown_server.leaderboards.publisher import Publisher
from renown_server.leaderboards.ranks import Position, RankedEntry, RankReader
from renown_server.leaderboards.repair import Repairer
from renown_server.leaderboards.state import Entry, ScoreBook, Update, updates_of
from renown_server.profile.state import PlayerBook
from renown_server.storage.embedded import EmbeddedServers

TABLES: Sequence[sa.Table] = (
    tables.scores,
    tables.board_batches,
    tables.leases,
    tables.board_witness,
)
HIGH, LOW = "high||", "low||2026-11-16"
"""An instance whose highest score is the top, and one whose lowest is."""


def is_descending(board_id: str) -> bool | None:
    return {"high": True, "low": False}.get(board_id)


@dataclass
class Model:
    """One board instance, as a dictionary."""

    descending: bool
    entries: dict[str, tuple[int, int]] = field(default_factory=dict)

    def ranked(self) -> list[RankedEntry]:
        sign = -1 if self.descending else 1
        order = sorted(
            (sign * score, tie_us, player_id) for player_id, (score, tie_us) in self.entries.items()
        )
        return [
            RankedEntry(rank, player_id, sign * score, tie_us)
            for rank, (score, tie_us, player_id) in enumerate(order, start=1)
        ]


async def create_tables(servers: EmbeddedServers) -> None:
    connection = await asyncpg.connect(servers.urls.superuser_database_url)
    try:
        for table in TABLES:
            ddl = sa.schema.CreateTable(table).compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
            await connection.execute(str(ddl))
    finally:
        await connection.close()


async def make_ready(link: Link, keys: Keys) -> None:
    await link.exchange([("SET", epoch, "ready:test:1") for epoch in keys.epochs])


async def publish(link: Link, keys: Keys, updates: Iterable[Update]) -> list[Any]:
    """Publishes updates at once; only the last one of a player and board."""
    boards: dict[tuple[str, bool], dict[str, tuple[int, int, int]]] = {}
    for instance_key, descending, player_id, version, tie_us, score in updates:
        boards.setdefault((instance_key, descending), {})[player_id] = (version, tie_us, score)
    return await link.exchange(
        [
            command
            for (instance_key, descending), entries in boards.items()
            for command in publish_calls(keys, instance_key, descending, entries)
        ]
    )


async def read_all(
    reader: RankReader, instance_key: str, descending: bool, size: int = 200
) -> list[RankedEntry]:
    """A whole board, page by page."""
    entries: list[RankedEntry] = []
    after: Position | None = None
    while True:
        page = await reader.page(instance_key, descending, size, after)
        entries += page.entries
        after = page.next_position
        if after is None:
            return entries


class Game:
    """A worker's write path to boards, with the SQL the engine uses, and a model beside it."""

    def __init__(self, servers: EmbeddedServers, pool: asyncpg.Pool) -> None:
        self.servers = servers
        self.pool = pool
        self.keys = Keys("test")
        self.models = {HIGH: Model(True), LOW: Model(False)}
        self.versions: dict[str, int] = {}
        self._ties = itertools.count(1_790_000_000_000_000)
        self._batches = itertools.count(1)
        self._links: list[Link] = []

    def link(self, timeout_s: float = 2.0) -> Link:
        link = Link(self.servers.urls.redis_url, timeout_s=timeout_s)
        self._links.append(link)
        return link

    def publisher(self, **options: Any) -> Publisher:
        return Publisher(self.link(timeout_s=0.5), self.keys, **options)

    def repairer(self, **options: Any) -> Repairer:
        timing: dict[str, Any] = {"interval_s": 0.05, "stale_s": 0.3, "lease_s": 1.0}
        return Repairer(
            self.pool,
            self.link(timeout_s=0.5),
            self.keys,
            is_descending=is_descending,
            **(timing | options),
        )

    async def write(
        self,
        publisher: Publisher,
        scores: Iterable[tuple[str, int | None]],
        *,
        offer: bool = True,
    ) -> None:
        """Commits a batch that sets scores on both boards, and offers it.

        Args:
            publisher: the lane.
            scores: players, each once, and their new scores; None takes the player off.
            offer: False for a worker that dies between commit and publishing.
        """
        work = self._open(publisher.lane_id)
        players, book = work.slice(PlayerBook), work.slice(ScoreBook)
        for player_id, score in scores:
            book.loaded.add(player_id)  # the model knows what there is
            self.versions[player_id] = self.versions.get(player_id, 0) + 3
            players.root(player_id).sequence = self.versions[player_id]
            for instance_key, model in self.models.items():
                if score is None:
                    last = Entry(*model.entries.pop(player_id, (0, 1)))
                    book.get(player_id).entries[instance_key] = last
                    book.get(player_id).remove(work, instance_key, model.descending)
                    continue
                if model.entries.get(player_id, (None, 0))[0] != score:
                    model.entries[player_id] = (score, work.now_us)
                # The row holds every entry of a player; the engine would have loaded them.
                entry = Entry(*model.entries[player_id])
                book.get(player_id).put(work, instance_key, model.descending, entry)
        work.commit()
        await self._write(work)
        if offer:
            updates = [
                update
                for player_id, entries in book.by_player.items()
                for update in updates_of(entries, players.root(player_id).sequence)
            ]
            publisher.offer(work.batch_no, updates)

    async def load(self, player_ids: Sequence[str]) -> dict[str, dict[str, Entry]]:
        """Entries by instance and player, as the engine loads them."""
        work = self._open("")
        part = store.ScoresPart()
        args = part.load_args(player_ids)
        assert part.load_sql is not None
        rows = await self.pool.fetch(number(part.load_sql, 1, len(args)), *args)
        part.absorb(work, player_ids, [row[0] for row in rows])
        return {name: row.entries for name, row in work.slice(ScoreBook).by_player.items()}

    def _open(self, lane_id: str) -> Work:
        work = Work(
            catalog=cast(Any, None),
            now_us=next(self._ties),
            random=cast(Any, None),
            lane_id=lane_id,
            batch_no=next(self._batches),
        )
        work.attach(PlayerBook())
        work.attach(ScoreBook())
        work.begin("test")
        return work

    async def _write(self, work: Work) -> None:
        parts: dict[str, Part] = {
            part.name: part for part in (store.ScoresPart(), store.BoardBatchesPart())
        }
        writes = {name: part.write_args(work) or () for name, part in parts.items()}
        sql = Statements(parts).write(
            [(name, parts[name].write_sql, len(args)) for name, args in writes.items()]
        )
        await self.pool.execute(sql, *[value for args in writes.values() for value in args])

    async def held_batches(self) -> int:
        count: int = await self.pool.fetchval("SELECT count(*) FROM board_batches")
        return count

    async def epochs(self) -> list[bytes | None]:
        return await self.link().exchange([("GET", epoch) for epoch in self.keys.epochs])

    async def assert_boards_equal(self) -> None:
        """Every rank of every board, against the model."""
        reader = RankReader(self.link(), self.keys)
        for instance_key, model in self.models.items():
            expected = model.ranked()
            assert await read_all(reader, instance_key, model.descending) == expected
            ranks = await asyncio.gather(
                *[
                    reader.rank(instance_key, model.descending, entry.player_id)
                    for entry in expected
                ]
            )
            assert [found and found.rank for found in ranks] == [entry.rank for entry in expected]

    async def close(self) -> None:
        for link in self._links:
            await link.close()


@asynccontextmanager
async def opened_game(servers: EmbeddedServers) -> AsyncIterator[Game]:
    """A game on empty servers."""
    async with asyncpg.create_pool(
        servers.urls.superuser_database_url, min_size=1, max_size=4
    ) as pool:
        await pool.execute(f"TRUNCATE {', '.join(table.name for table in TABLES)}")
        game = Game(servers, pool)
        await game.link().exchange([("FLUSHALL",), ("SCRIPT", "FLUSH")])
        try:
            yield game
        finally:
            await game.close()


@asynccontextmanager
async def running(*parts: Publisher | Repairer) -> AsyncIterator[None]:
    """Runs parts; a publisher is given time to finish, as on SIGTERM."""
    tasks = {part: asyncio.create_task(part.run()) for part in parts}
    try:
        yield
        for part, task in tasks.items():
            if isinstance(part, Publisher):
                part.stop()
                await asyncio.wait_for(task, 10)
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
