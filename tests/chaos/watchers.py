"""Subscribers that are cut at random and return with their cursor."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import grpc
import grpc.aio

import renown
from renown import errors
from renown._status import from_rpc_error
from renown.v1 import event_service_pb2 as pb
from tests.chaos.journal import MAYBE
from tests.chaos.site import Site
from tests.kit.eventually import eventually

CATCH_UP_S = 45.0


class Seen:
    """The events that a subscriber has got: of each player in order, without gaps.

    Args:
        name: for messages.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.last: dict[str, int] = {}

    def take(self, player: str, sequence: int, cursor: str) -> None:
        """Takes in an event.

        Raises:
            AssertionError: it is not the player's next one.
        """
        last = self.last.get(player, 0)
        assert sequence == last + 1, f"{self.name}: {player}: {sequence} after {last}, at {cursor}"
        self.last[player] = sequence


class Watcher:
    """One subscriber by the bare stub, which keeps its own cursor.

    Args:
        client: whose connections to use.
        request: whom to watch.
        cut: how likely it leaves after a response.
        seed: of its decisions.
    """

    def __init__(
        self, client: renown.Client, request: pb.StreamEventsRequest, *, cut: float, seed: int
    ) -> None:
        kind = "all" if request.all_players else request.player_id or "several"
        self.seen = Seen(f"watcher of {kind}")
        self.ends: Counter[str] = Counter()
        self.opened = asyncio.Event()
        self._answered = False
        self._client = client
        self._request = request
        self._cut = cut
        self._chance = random.Random(seed)

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            call = self._client.raw.event.StreamEvents(self._request)
            self._answered = False
            try:
                await self._read(call)
            except grpc.aio.AioRpcError as cause:
                self._note(from_rpc_error(cause))
                await asyncio.sleep(self._chance.uniform(0.02, 0.2))
            finally:
                call.cancel()

    async def _read(
        self, call: grpc.aio.UnaryStreamCall[pb.StreamEventsRequest, pb.StreamEventsResponse]
    ) -> None:
        while True:
            response = await call.read()
            if not isinstance(response, pb.StreamEventsResponse):
                await call.code()
                self.ends["end without a status"] += 1
                return
            for event in response.events:
                self.seen.take(event.player_id, event.sequence, response.cursor)
            assert response.cursor, f"{self.seen.name}: a response without a cursor"
            self._request.cursor = response.cursor
            self._answered = True
            self.opened.set()
            if self._chance.random() < self._cut:
                self.ends["cut by itself"] += 1
                return

    def _note(self, error: errors.RenownError) -> None:
        self.ends[f"{error.code.name} {error.reason}".strip()] += 1
        # A connection that breaks in the middle of a stream is INTERNAL to some clients.
        broken = not error.reason and error.code in (
            grpc.StatusCode.INTERNAL,
            grpc.StatusCode.UNKNOWN,
        )
        assert broken or error.code in MAYBE, f"{self.seen.name}: {error!r}"
        if isinstance(error, errors.Draining) and self._answered:
            cursor = error.metadata.get("cursor")
            assert cursor, f"{self.seen.name}: {error!r} says not where to go on"
            self._request.cursor = cursor


class Watchers:
    """Several subscribers while a load plays: each of one player, of several, and of all.

    Args:
        clients: of one installation; they share the subscribers.
        players: who plays; the first ones are watched by themselves.
        ones: how many of them.
        several: how many are watched together.
        cut: how likely a subscriber leaves after a response.
    """

    def __init__(
        self,
        clients: Sequence[renown.Client],
        players: Sequence[str],
        *,
        ones: int = 3,
        several: int = 10,
        cut: float = 0.05,
    ) -> None:
        self._players = frozenset(players)
        requests = [pb.StreamEventsRequest(player_id=player) for player in players[:ones]]
        requests.append(pb.StreamEventsRequest(player_ids=players[:several]))
        requests.append(pb.StreamEventsRequest(all_players=True))
        self.watchers = [
            Watcher(clients[number % len(clients)], request, cut=cut, seed=number)
            for number, request in enumerate(requests)
        ]
        self._wanted = [frozenset((player,)) for player in players[:ones]]
        self._wanted += [frozenset(players[:several]), self._players]
        self._sdk = SdkWatcher(clients[0], players[0])
        self._running: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()

    @property
    def ends(self) -> Counter[str]:
        """How streams ended so far."""
        return sum((watcher.ends for watcher in self.watchers), Counter())

    async def __aenter__(self) -> Self:
        jobs = [watcher.run() for watcher in self.watchers]
        self._running = [asyncio.create_task(job) for job in (*jobs, self._sdk.run())]

        async def all_opened() -> bool:
            self.check()
            return all(watcher.opened.is_set() for watcher in self.watchers)

        try:
            await eventually(all_opened, CATCH_UP_S)
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        print(f"streams ended: {dict(self.ends)}")
        try:
            if error is None:
                self.check()
        finally:
            await self._end()

    def check(self) -> None:
        """Raises what went wrong with a subscriber, if something did."""
        for task in self._running:
            if task.done():
                task.result()

    async def catch_up(self, site: Site, patience_s: float = CATCH_UP_S) -> None:
        """Waits until everybody has seen what is committed now.

        Raises:
            AssertionError: somebody has missed something, or saw it out of order.
        """
        async with site.sql() as sql:
            rows = await sql.fetch(
                "SELECT player_id, sequence FROM players WHERE player_id = ANY($1)",
                list(self._players),
            )
        heads = {row["player_id"]: row["sequence"] for row in rows}
        everybody = [
            (watcher.seen, wanted)
            for watcher, wanted in zip(self.watchers, self._wanted, strict=True)
        ]
        everybody.append((self._sdk.seen, self._wanted[0]))

        async def seen_all() -> bool:
            self.check()
            return not any(_behind(seen, heads, wanted) for seen, wanted in everybody)

        try:
            await eventually(seen_all, patience_s)
        except AssertionError as error:
            self.check()
            missing = {
                seen.name: behind
                for seen, wanted in everybody
                if (behind := _behind(seen, heads, wanted))
            }
            raise AssertionError(
                f"missed: {missing}; streams ended: {self.ends}; {await _tip(site)}"
            ) from error

    async def _end(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


class SdkWatcher:
    """One player's subscriber by the SDK, which resumes by itself."""

    def __init__(self, client: renown.Client, player: str) -> None:
        self.seen = Seen(f"the SDK's watcher of {player}")
        self._client = client
        self._player = player

    async def run(self) -> None:
        """Watches until cancelled."""
        async with self._client.events.stream(self._player, cursor="beginning") as stream:
            async for event in stream:
                self.seen.take(event.player_id, event.sequence, stream.cursor)


def _behind(
    seen: Seen, heads: Mapping[str, int], wanted: Iterable[str]
) -> dict[str, tuple[int, int]]:
    """Whose events are missing: the last seen, and the last there is."""
    return {
        player: (seen.last.get(player, 0), heads[player])
        for player in wanted
        if seen.last.get(player, 0) < heads.get(player, 0)
    }


async def _tip(site: Site) -> str:
    """How far the log of all players may be read, and who holds that back."""
    async with site.sql() as sql:
        snapshot = await sql.fetchval("SELECT pg_current_snapshot()::text")
        last = await sql.fetchval(
            "SELECT greatest((SELECT max(xid) FROM activities), (SELECT max(xid) FROM requests))"
        )
        open_ones = await sql.fetch(
            "SELECT pid, datname, state, backend_xid::text, now() - xact_start AS age, query"
            " FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
        )
    return f"snapshot {snapshot}, last row {last}, open: {[dict(row) for row in open_ones]}"
