"""A lane's queue: bounded, fair between calls, and aware of deadlines."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from renown_server.engine.command import Command
from renown_server.engine.decide import Outcome
from renown_server.errors import DeadlineExceeded, Overloaded


@dataclass(slots=True)
class Pending:
    """A command that waits for its batch.

    Attributes:
        command: what to do.
        deadline: `time.monotonic()` seconds after which nobody wants it.
        answer: its outcome; an exception is a result here, because a batch
            call looks at each of its answers.
    """

    command: Command
    deadline: float
    answer: asyncio.Future[Outcome]


class CommandQueue:
    """Commands of calls, in the order of their arrival within a call.

    A call that brings many commands fills at most a quarter of a batch, so
    that a batch import does not hold up single requests.
    """

    def __init__(self, *, capacity: int, batch_max: int) -> None:
        self._capacity = capacity
        self._batch_max = batch_max
        self._share = max(1, batch_max // 4)
        self._calls: deque[deque[Pending]] = deque()
        self._length = 0
        self._arrived = asyncio.Event()
        self._batch_s = 0.002
        self.is_closed = False

    def __len__(self) -> int:
        return self._length

    def put(self, call: Sequence[Pending]) -> None:
        """Queues the commands of one call.

        Raises:
            Overloaded: there is no room, or the deadline cannot be met.
        """
        wait_s = (self._length // self._batch_max + 1) * self._batch_s
        if self._length + len(call) > self._capacity:
            raise Overloaded(retry_after_ms=max(10, int(wait_s * 1000)))
        if self._length and time.monotonic() + wait_s > call[0].deadline:
            raise Overloaded(retry_after_ms=max(10, int(wait_s * 1000)))
        self._calls.append(deque(call))
        self._length += len(call)
        self._arrived.set()

    def put_first(self, pending: Pending) -> None:
        """Queues a command again, before all others."""
        self._calls.appendleft(deque((pending,)))
        self._length += 1
        self._arrived.set()

    def close(self) -> None:
        """Wakes the lane up to finish."""
        self.is_closed = True
        self._arrived.set()

    async def take(self) -> list[Pending]:
        """The next batch: whatever has gathered; waits for at least one.

        Returns:
            An empty list once the queue is closed and empty.
        """
        while True:
            batch = self._gather()
            if batch or self.is_closed:
                return batch
            self._arrived.clear()
            await self._arrived.wait()

    def note_batch_time(self, seconds: float) -> None:
        """Keeps the estimate of how long a batch takes."""
        self._batch_s += (seconds - self._batch_s) / 8

    def _gather(self) -> list[Pending]:
        batch: list[Pending] = []
        waiting: deque[deque[Pending]] = deque()
        now = time.monotonic()
        while self._calls and len(batch) < self._batch_max:
            call = self._calls.popleft()
            room = min(self._share, self._batch_max - len(batch))
            while call and room:
                pending = call.popleft()
                self._length -= 1
                if pending.answer.done():
                    continue  # cancelled while it waited: it leaves no trace
                if pending.deadline < now:
                    pending.answer.set_result(DeadlineExceeded())
                    continue
                batch.append(pending)
                room -= 1
            if call:
                waiting.append(call)
        # To the back: four large calls would fill every batch until they end.
        self._calls.extend(waiting)
        return batch
