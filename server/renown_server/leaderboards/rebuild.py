"""Rebuilding the live order of lost shards from Postgres, while the boards are written.

The epoch is first `clearing`: nothing is taken in, so what is left can be deleted in peace. Then
it is `building`, and only then does the scan begin.

Why nothing is missed: an entry is published after its commit. If that came before `building` was
set, it was not applied, but the commit came earlier still, and the scan, which begins later, sees
it. If it came after, it was applied. Either way the newest version wins, whatever arrives first.
If the shard is lost again on the way, the epoch is no longer ours, and `ready` is not set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable

import uuid_utils

from renown_server.leaderboards import epochs, scripts, store
from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Command, Link, call, exchange
from renown_server.leaderboards.packing import NOT_APPLIED, Values, publish_calls
from renown_server.leaderboards.periods import board_of

PAGE_ROWS = 500
"""Rows read and applied at a time; with three entries each they take the event loop 2 ms."""

SCAN_COUNT = 1000
DELETE_MAX = 200

IsDescending = Callable[[str], bool | None]
"""From a board's id to whether the highest is its top; None if the catalog has no such board."""


class Superseded(Exception):
    """The shards were lost again, or another worker rebuilds them."""


def rows_to_calls(
    keys: Keys,
    rows: Iterable[store.ScoreRow],
    is_descending: IsDescending,
    shards: Collection[int] | None = None,
) -> list[Command]:
    """The commands that publish rows, or only what of them belongs to some shards."""
    boards: dict[str, dict[str, Values]] = {}
    for row in rows:
        for instance_key, score, tie_us in zip(row.boards, row.scores, row.ties, strict=True):
            board = boards.get(instance_key)
            if board is None:
                board = boards[instance_key] = {}
            board[row.player_id] = (row.version, tie_us, score)
    commands: list[Command] = []
    for instance_key, entries in boards.items():
        descending = is_descending(board_of(instance_key))
        wanted = shards is None or keys.board(instance_key).shard in shards
        if wanted and descending is not None:
            commands += publish_calls(keys, instance_key, descending, entries)
    return commands


class Rebuild:
    """One rebuild of some shards.

    Args:
        database: the primary: a replica could be behind the commits it must see.
        link: to Valkey.
        keys: the names.
        identity: of the database, as the witness has it.
        is_descending: tells the boards' order.
        keep_lease: called between pages; raises `Superseded` if the lease is gone.
    """

    def __init__(
        self,
        database: store.Database,
        link: Link,
        keys: Keys,
        *,
        identity: str,
        is_descending: IsDescending,
        keep_lease: Callable[[], Awaitable[None]],
    ) -> None:
        self._database = database
        self._link = link
        self._keys = keys
        self._identity = identity
        self._is_descending = is_descending
        self._keep_lease = keep_lease
        self._token = uuid_utils.uuid7().hex.encode()

    async def run(self, shards: Collection[int]) -> int:
        """Rebuilds shards.

        Returns:
            How many players' rows were read.

        Raises:
            Superseded: they were lost again; start anew.
            LinkLost, ResponseError: Valkey failed.
        """
        clearing, building = b"clearing:" + self._token, b"building:" + self._token
        await exchange(
            self._link, [("SET", self._keys.epochs[shard], clearing) for shard in shards]
        )
        await self._delete_boards(shards, clearing)
        # Issued before the scan, so that a number confirmed from here on is not ours.
        number = await store.issue_witness(self._database)
        await self._swap(shards, clearing, building)
        count = await self._apply_all(shards)
        await self._swap(shards, building, epochs.ready(self._identity, number))
        return count

    async def _swap(self, shards: Collection[int], expected: bytes, new: bytes) -> None:
        if not await epochs.swap(self._link, self._keys, dict.fromkeys(shards, expected), new):
            raise Superseded

    async def _delete_boards(self, shards: Collection[int], clearing: bytes) -> None:
        """Deletes what is left of the shards, by the keys' names: no index of them can be lost."""
        cursor = b"0"
        while True:
            [[cursor, names]] = await exchange(
                self._link,
                [("SCAN", cursor, "MATCH", self._keys.board_pattern, "COUNT", SCAN_COUNT)],
            )
            by_shard: dict[int, list[str]] = {}
            for name in names:
                shard = self._keys.shard_of_key(name.decode())
                if shard is not None and shard in shards:
                    by_shard.setdefault(shard, []).append(name.decode())
            commands = [
                call(
                    scripts.CLEAR,
                    (self._keys.epochs[shard], *found[first : first + DELETE_MAX]),
                    (clearing,),
                )
                for shard, found in by_shard.items()
                for first in range(0, len(found), DELETE_MAX)
            ]
            if not all(await exchange(self._link, commands)):
                raise Superseded
            if cursor == b"0":
                return

    async def _apply_all(self, shards: Collection[int]) -> int:
        count = 0
        page = await store.load_page(self._database, "", PAGE_ROWS)
        while page:
            count += len(page)
            await self._keep_lease()
            # Postgres reads the next page while Valkey takes in this one.
            ahead = asyncio.create_task(
                store.load_page(self._database, page[-1].player_id, PAGE_ROWS)
            )
            try:
                commands = rows_to_calls(self._keys, page, self._is_descending, shards)
                if NOT_APPLIED in await exchange(self._link, commands):
                    raise Superseded
            except BaseException:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)
                raise
            page = await ahead
        return count
