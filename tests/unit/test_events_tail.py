"""Who joins the tail while it reads."""

from __future__ import annotations

import asyncio

from renown_server.events.state import Entry, Position
from renown_server.events.store import CommitPage
from renown_server.events.subscription import Budget, Subscription
from renown_server.events.tail import Member, Tail
from tests.kit.eventually import eventually
from tests.unit.events_fakes import FakeStore


class SlowStore(FakeStore):
    """Answers when it is told to, with what was there when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()

    async def commit_page(
        self, after: Position, *, players: object = None, rows_max: int = 128
    ) -> CommitPage:
        page = await super().commit_page(after, players=players, rows_max=rows_max)  # type: ignore[arg-type]
        self.asked.set()
        await self.answer.wait()
        return page


def member(*players: str) -> Member:
    """A stream at the tip; without players it wants everybody's events."""
    subscription: Subscription[tuple[Position, Entry]] = Subscription(1000, Budget())
    subscription.begin_reading()
    subscription.end_reading(at_tip=True)
    return Member(subscription, frozenset(players) or None)


async def test_who_joins_during_a_read_that_left_out_its_players_reads_again() -> None:
    store = SlowStore()
    tail = Tail(store, poll_s=60.0, on_lag=lambda seconds: None)
    some, everybody = member("ada"), member()
    tail.join(some, Position(100))
    running = asyncio.create_task(tail.run())
    try:
        store.add("bob")
        store.asked.clear()
        tail.wake()
        await store.asked.wait()
        # It has read up to where the tail began: bob's row is still to come.
        assert tail.join(everybody, Position(100))
        store.answer.set()

        async def has_read() -> bool:
            return tail.position != Position(100)

        await eventually(has_read, 5)
        assert everybody.subscription.behind or not everybody.subscription.is_empty
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
