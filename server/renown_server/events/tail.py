"""The end of the log of all players, read once a worker for all who wait there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from renown_server.errors import StorageUnavailable
from renown_server.events.logs import later
from renown_server.events.state import Entry, Position
from renown_server.events.store import ROWS_MAX, SCANNED_ROWS_MAX, CommitPage, EventStore
from renown_server.events.subscription import Subscription
from renown_server.events.waiting import woken

_log = structlog.get_logger(__name__)

SPACING_S = 0.005
"""Between two reads: wake-ups that come faster are answered together."""

HELD_BACK_MIN_S = 0.01
"""How soon to look again while an open transaction may hold the tip back."""

PATIENCE_S = 0.1
"""How long readers are given in the middle of a backlog, which comes faster than
anything live."""

WATCHED_MAX = 5000
"""Players up to which a read leaves out the facts of all others."""


@dataclass(slots=True, eq=False)
class Member:
    """One stream at the tip.

    Attributes:
        subscription: where its entries go.
        players: whose entries it wants; None for everybody's.
    """

    subscription: Subscription[tuple[Position, Entry]]
    players: frozenset[str] | None = None

    def is_served_by(self, watched: set[str] | None) -> bool:
        """Whether a read of these players (None: all) has all it wants."""
        return watched is None or (self.players is not None and self.players <= watched)


class Tail:
    """Reads new commits and hands them out, while anybody is there.

    Args:
        store: reads the log.
        poll_s: how long to wait without a wake-up.
        on_lag: told for how many seconds the oldest row has been waiting to be
            safe to read, about once a poll.

    Attributes:
        position: all up to here has been handed out.
    """

    def __init__(
        self, store: EventStore, *, poll_s: float, on_lag: Callable[[float], None]
    ) -> None:
        self._store = store
        self._poll_s = poll_s
        self._on_lag = on_lag
        self._members: set[Member] = set()
        self._wake = asyncio.Event()
        self.position = Position(0)

    def __len__(self) -> int:
        return len(self._members)

    def join(self, member: Member, position: Position) -> bool:
        """Takes in a stream that has read everything up to `position`.

        Returns:
            False if more than that has been handed out already: read on first.
        """
        if not self._members:
            self.position = position
        elif position.key < self.position.key:
            return False
        self._members.add(member)
        self.wake()
        return True

    def leave(self, member: Member) -> None:
        """Forgets a stream."""
        self._members.discard(member)

    def wake(self) -> None:
        """Something has been committed, somewhere."""
        self._wake.set()

    async def run(self) -> None:
        """Works until cancelled."""
        lag_at = 0.0
        pause_s = self._poll_s
        while True:
            was_woken = await woken(self._wake, pause_s if self._members else None)
            if not self._members:
                continue
            read_at = time.monotonic()
            try:
                page = await self._read()
                if read_at >= lag_at:
                    lag_at = read_at + self._poll_s
                    self._on_lag(await self._store.lag_s())
            except StorageUnavailable as error:
                _log.warning("events cannot be read", error=repr(error.__cause__))
                await asyncio.sleep(self._poll_s)
                continue
            if not page.in_flight:
                pause_s = self._poll_s
            elif was_woken or page.rows:
                pause_s = min(HELD_BACK_MIN_S, self._poll_s)
            else:
                pause_s = min(2 * pause_s, self._poll_s)
            if not page.at_tip:
                await self._let_read()
            await asyncio.sleep(max(0.0, read_at + SPACING_S - time.monotonic()))

    async def _let_read(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            await asyncio.sleep(0)
            if not any(member.subscription.is_half_full for member in self._members):
                return
            await asyncio.sleep(SPACING_S)

    async def _read(self) -> CommitPage:
        start, watched = self.position, self._watched()
        page = await self._store.commit_page(
            start,
            players=None if watched is None else list(watched),
            rows_max=ROWS_MAX if watched is None else SCANNED_ROWS_MAX,
        )
        # All may have left meanwhile, and others come who begin elsewhere.
        if self.position is start:
            members = [member for member in self._members if member.is_served_by(watched)]
            for position, entry in page.rows:
                _hand_out(members, position, entry)
            self.position = later(page.end, start)
            # Who came meanwhile may miss players that nobody watched before.
            for member in self._members.difference(members):
                member.subscription.nudge()
        if not page.at_tip:
            self.wake()
        return page

    def _watched(self) -> set[str] | None:
        watched: set[str] = set()
        for member in self._members:
            if member.players is None:
                return None
            watched |= member.players
            if len(watched) > WATCHED_MAX:
                return None
        return watched


def _hand_out(members: Iterable[Member], position: Position, entry: Entry) -> None:
    item, events = (position, entry), len(entry.facts)
    for member in members:
        if member.players is None or entry.player_id in member.players:
            member.subscription.offer(item, events)
