"""What waits for one subscriber: bounded, whoever does not read."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

QUEUED_EVENTS_MAX = 1000
"""Events that may wait for one subscriber."""

QUEUED_EVENTS_TOTAL = 100_000
"""Events that may wait for all subscribers of a worker."""


class Budget:
    """The room all subscribers of a worker share.

    Past it nobody may let events wait: those who read find an empty queue, and
    those who don't are the ones to go.

    Attributes:
        left: events that may still be queued.
    """

    __slots__ = ("left",)

    def __init__(self, events: int = QUEUED_EVENTS_TOTAL) -> None:
        self.left = events


class Subscription(Generic[T]):
    """A queue between what happens and one stream.

    At the tip, an overflow means that the reader is too slow, if it is busy
    with what it has taken. If it was waiting, or catches up from the log, an
    overflow only means reading on there; then it is too slow if it does not
    come back for long.

    Args:
        capacity: events that may wait.
        budget: shared with all others.

    Attributes:
        behind: the queue lacks something; the reader has to consult the log.
        busy_since: when the reader took something it has not come back from,
            by the monotonic clock; infinite while it has come back.
        slow: the reader has lost its place in the queue for good.
        on_slow: called once, when the reader becomes too slow.
    """

    __slots__ = (
        "_budget",
        "_capacity",
        "_count",
        "_items",
        "_live",
        "_waiter",
        "behind",
        "busy_since",
        "on_slow",
        "slow",
    )

    def __init__(self, capacity: int, budget: Budget) -> None:
        self._items: deque[tuple[T, int]] = deque()
        self._capacity = capacity
        self._budget = budget
        self._count = 0
        self._live = False
        self._waiter: asyncio.Future[None] | None = None
        self.behind = True
        self.busy_since = math.inf
        self.slow = False
        self.on_slow: Callable[[], None] | None = None

    def offer(self, item: T, events: int) -> None:
        """Queues an item that holds so many events."""
        if self.behind or self.slow:
            return
        full = self._count + events > self._capacity or self._budget.left < events
        if full and self._items:
            if self._live and self._waiter is None:
                self.give_up()
            else:
                self.nudge()
            return
        self._items.append((item, events))
        self._count += events
        self._budget.left -= events
        self.wake()

    def nudge(self) -> None:
        """Says that the log holds more than the queue."""
        self._clear()
        self.behind = True
        self.wake()

    def give_up(self) -> None:
        """The reader is too slow: what it has not taken is for its next stream."""
        self._clear()
        self.slow = True
        self.wake()
        if self.on_slow is not None:
            self.on_slow()

    def begin_reading(self) -> None:
        """The reader consults the log: it will find there what is queued now."""
        self._clear()
        self.behind = False
        self._live = False

    def end_reading(self, *, at_tip: bool) -> None:
        """The reader has consulted the log, to its end or not."""
        self._live = at_tip
        if not at_tip:
            self.behind = True

    def take(self, events_max: int) -> list[T]:
        """The next items: so many events, or one item that has more."""
        taken: list[T] = []
        count = 0
        while self._items and (not taken or count + self._items[0][1] <= events_max):
            item, events = self._items.popleft()
            taken.append(item)
            count += events
        self._count -= count
        self._budget.left += count
        return taken

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._items

    @property
    def is_half_full(self) -> bool:
        """Whether the reader should be given time."""
        return 2 * self._count > self._capacity

    async def wait(self, timeout_s: float) -> bool:
        """Waits until there is something to do; False if that took too long."""
        if timeout_s <= 0:
            return False
        if self._items or self.behind or self.slow:
            return True
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_s):
                await self._waiter
        except TimeoutError:
            return False
        finally:
            self._waiter = None
        return True

    def wake(self) -> None:
        """Lets the reader look around."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """Gives the room back; nothing is taken any more."""
        self._clear()
        self.behind = True
        self.on_slow = None

    def _clear(self) -> None:
        self._items.clear()
        self._budget.left += self._count
        self._count = 0
