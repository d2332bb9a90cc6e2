"""Keeping the live order true: one worker at a time, by a lease, looks every second.

- Rows of `board_batches` past their lane's mark and older than 2 s are what some worker has
  committed and not published: their players' rows are published again from Postgres. Versions
  make that harmless for lanes that are only slow.
- Rows that are published are trimmed. That is the moment from which Valkey alone remembers them,
  so it must be noticed if Valkey forgets: restarted from an old dump, failed over to a replica
  that was behind, or exchanged for another. Each trimming issues a number, writes it into every
  shard's epoch *after* the marks it relies on were read, and confirms it in the transaction that
  deletes the rows. A shard whose number is below the confirmed one has been set back; one with a
  higher number than was ever issued, or of another database, is not ours. All of these are lost.
- Lost shards are rebuilt (rebuild.py).
- While Valkey is away the rows are bounded: past a limit they are dropped and a number is confirmed
  that no shard holds, so that everything is rebuilt when it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import asyncpg
import structlog
import uuid_utils
from redis.exceptions import ResponseError

from renown_server.leaderboards import epochs, store
from renown_server.leaderboards.eviction import may_evict
from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Command, Link, LinkLost, exchange
from renown_server.leaderboards.rebuild import (
    IsDescending,
    Rebuild,
    Superseded,
    rows_to_calls,
)

_log = structlog.get_logger(__name__)

LEASE = "boards"
INTERVAL_S = 1.0
LEASE_S = 5.0
STALE_S = 2.0
"""Age at which an unpublished batch is no longer taken for one that is under way."""

BATCHES_A_LANE = 50
"""Batches repaired in one turn."""

PLAYERS_A_TIME = 1000
BATCHES_HELD_MAX = 50_000
"""Batches held for a Valkey that is away."""

MARKS_MAX = 64
"""Marks kept before those without rows are removed."""


@dataclass(slots=True)
class RepairStats:
    """Counters since the start."""

    batches_repaired: int = 0
    shards_rebuilt: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class _View:
    """What Valkey says: the shards' epochs and the lanes' marks."""

    epochs: list[epochs.Epoch]
    marks: dict[str, int]


class Repairer:
    """Repairs boards if this worker holds the lease.

    Args:
        database: the primary.
        link: to Valkey, for its use alone.
        keys: the names.
        is_descending: tells the boards' order.
        interval_s: how often to look.
        stale_s: age at which an unpublished batch is repaired.
        lease_s: how long the lease outlives its holder.
        batches_held_max: batches held while Valkey is away.
    """

    def __init__(
        self,
        database: store.Database,
        link: Link,
        keys: Keys,
        *,
        is_descending: IsDescending,
        interval_s: float = INTERVAL_S,
        stale_s: float = STALE_S,
        lease_s: float = LEASE_S,
        batches_held_max: int = BATCHES_HELD_MAX,
    ) -> None:
        self.stats = RepairStats()
        self._database = database
        self._link = link
        self._keys = keys
        self._is_descending = is_descending
        self._interval_s = interval_s
        self._stale_s = stale_s
        self._lease_s = lease_s
        self._batches_held_max = batches_held_max
        self._holder = uuid_utils.uuid7().hex
        self._leased_until = 0.0
        self._nudged = asyncio.Event()
        self._failing = False
        self._checked = False

    def nudge(self) -> None:
        """Something is lost: look now, not at the end of the second."""
        self._nudged.set()

    async def run(self) -> None:
        """Repairs until it is cancelled."""
        try:
            while True:
                self._nudged.clear()
                if not await self._try_turn():
                    await self._rest()
        finally:
            await asyncio.shield(self._release())

    async def turn(self) -> bool:
        """Looks once, and repairs what is found, if the lease can be had.

        Returns:
            Whether there may be more to do at once.

        Raises:
            LinkLost, ResponseError: Valkey failed.
            asyncpg.PostgresError, asyncpg.InterfaceError, OSError: Postgres failed.
        """
        if not await self._take_lease():
            return False
        await self._check_eviction()
        view = await self._look()
        witness = await store.load_witness(self._database)
        lost = [
            shard for shard, epoch in enumerate(view.epochs) if not epochs.is_whole(epoch, witness)
        ]
        if lost:
            await self._rebuild(lost, witness)
            return True
        return await self._repair(view, witness)

    async def bound_batches(self) -> None:
        """Drops the held batches if there are too many; everything is rebuilt later."""
        limit = self._batches_held_max
        if await store.count_batches(self._database, limit + 1) <= limit:
            return
        await store.load_witness(self._database)
        await store.trim_all(self._database, await store.issue_witness(self._database))
        _log.warning("boards will be rebuilt: too many batches wait for Valkey", batches=limit)

    async def invalidate(self) -> None:
        """Declares all shards lost, so that they are rebuilt: an order has changed, say.

        Raises:
            LinkLost, ResponseError: Valkey failed.
        """
        await exchange(self._link, [("DEL", epoch) for epoch in self._keys.epochs])
        self.nudge()

    async def _try_turn(self) -> bool:
        """A turn; failures wait for the next one and are logged once."""
        try:
            try:
                again = await self.turn()
            except (LinkLost, ResponseError):
                await self.bound_batches()
                raise
        except Superseded:
            return True
        except (
            LinkLost,
            ResponseError,
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            OSError,
        ) as error:
            self.stats.failures += 1
            if not self._failing:
                _log.warning("boards cannot be looked after", error=str(error) or repr(error))
            self._failing = True
            return False
        self._failing = False
        return again

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self._interval_s):
                await self._nudged.wait()
        except TimeoutError:
            return
        # A failing Valkey nudges with every read.
        await asyncio.sleep(min(0.05, self._interval_s))

    async def _take_lease(self) -> bool:
        taken = await store.take_lease(self._database, LEASE, self._holder, self._lease_s)
        self._leased_until = asyncio.get_running_loop().time() + self._lease_s if taken else 0.0
        return taken

    async def _keep_lease(self) -> None:
        half = self._lease_s / 2
        late = asyncio.get_running_loop().time() > self._leased_until - half
        if late and not await self._take_lease():
            raise Superseded

    async def _release(self) -> None:
        try:
            await store.release_lease(self._database, LEASE, self._holder)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            _log.info("the boards' lease is left to expire", error=str(error) or repr(error))

    async def _check_eviction(self) -> None:
        if not self._checked and await may_evict(self._link):
            _log.warning("Valkey may evict boards: set maxmemory-policy to noeviction")
        self._checked = True

    async def _look(self) -> _View:
        commands: list[Command] = [("GET", epoch) for epoch in self._keys.epochs]
        *held, flat = await exchange(self._link, [*commands, ("HGETALL", self._keys.marks)])
        marks = {
            lane.decode(): int(batch) for lane, batch in zip(flat[::2], flat[1::2], strict=True)
        }
        return _View(held, marks)

    async def _rebuild(self, shards: list[int], witness: store.Witness) -> None:
        started = asyncio.get_running_loop().time()
        rebuild = Rebuild(
            self._database,
            self._link,
            self._keys,
            identity=witness.identity,
            is_descending=self._is_descending,
            keep_lease=self._keep_lease,
        )
        players = await rebuild.run(shards)
        self.stats.shards_rebuilt += len(shards)
        seconds = round(asyncio.get_running_loop().time() - started, 3)
        _log.info("boards rebuilt", shards=len(shards), players=players, seconds=seconds)

    async def _repair(self, view: _View, witness: store.Witness) -> bool:
        lanes = await store.lanes_with_batches(self._database)
        await self._forget_marks(view, lanes)
        if not lanes:
            return False
        marks = {lane: view.marks.get(lane, -1) for lane in lanes}
        stale = await store.stale_batches(
            self._database, marks, age_s=self._stale_s, a_lane=BATCHES_A_LANE
        )
        if stale:
            await self._republish({player for batch in stale for player in batch.players})
            marks |= {batch.lane: batch.number for batch in stale}
            self.stats.batches_repaired += len(stale)
            _log.info("boards repaired", batches=len(stale))
        if await store.has_batches_up_to(self._database, marks):
            await self._trim(view, witness, marks)
        return len(stale) >= BATCHES_A_LANE

    async def _republish(self, players: Iterable[str]) -> None:
        names = sorted(players)
        for first in range(0, len(names), PLAYERS_A_TIME):
            rows = await store.load_rows(self._database, names[first : first + PLAYERS_A_TIME])
            # A shard lost meanwhile applies nothing, but its rebuild reads the same rows.
            await exchange(self._link, rows_to_calls(self._keys, rows, self._is_descending))
            await self._keep_lease()

    async def _trim(self, view: _View, witness: store.Witness, marks: Mapping[str, int]) -> None:
        number = await store.issue_witness(self._database)
        expected = dict(enumerate(view.epochs))
        new = epochs.ready(witness.identity, number)
        if await epochs.swap(self._link, self._keys, expected, new):
            await store.trim(self._database, number, marks)

    async def _forget_marks(self, view: _View, lanes: Iterable[str]) -> None:
        """Removes marks that nothing refers to, of lanes long gone.

        One that is still needed is set again by its lane's next flush; until then its rows count
        as unpublished, which is harmless.
        """
        if len(view.marks) <= MARKS_MAX:
            return
        unused = sorted(view.marks.keys() - set(lanes))
        if unused:
            await exchange(self._link, [("HDEL", self._keys.marks, *unused)])
