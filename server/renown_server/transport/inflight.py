"""The calls under way: their deadlines, the streams among them, and the end of the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from renown_server.calls import ANONYMOUS, Principal
from renown_server.errors import DeadlineExceeded, RenownError

SWEEP_INTERVAL_S = 0.05


class Running:
    """One call under way. Times are `time.monotonic()` seconds.

    Attributes:
        task: runs the call.
        started: when it arrived.
        deadline: when it is ended.
        streaming: answers with a stream.
        principal: who calls, once that is known.
        call_id: names it in logs.
        code: the name of the status it was answered with.
        error: why it is being ended, once it is.
        ended: it has been answered, or nobody waits for the answer.
    """

    __slots__ = (
        "call_id",
        "code",
        "deadline",
        "ended",
        "error",
        "principal",
        "started",
        "streaming",
        "task",
    )

    def __init__(
        self, task: asyncio.Task[object], started: float, deadline: float, *, streaming: bool
    ) -> None:
        self.task = task
        self.started = started
        self.deadline = deadline
        self.streaming = streaming
        self.principal: Principal = ANONYMOUS
        self.call_id = ""
        self.code = "OK"
        self.error: RenownError | None = None
        self.ended = False

    def interrupt(self, error: RenownError) -> None:
        """Ends the call with an error wherever it waits, also for a client that doesn't read."""
        if self.error is None and not self.ended:
            self.error = error
            self.task.cancel()


class InFlight:
    """Every call under way in this process.

    Deadlines are looked at in intervals: a timer for each call costs 2 µs a call, this 0.1. A
    client's own deadline is not late: the transports enforce it, this one only the server's.

    Attributes:
        calls: the calls.
        streams: how many of them stream.
        draining: set once the server is shutting down.
    """

    def __init__(self) -> None:
        self.calls: set[Running] = set()
        self.streams = 0
        self.draining = asyncio.Event()

    def add(self, running: Running) -> None:
        """Takes note of a call."""
        self.calls.add(running)
        self.streams += running.streaming

    def remove(self, running: Running) -> None:
        """Forgets a call that is being answered, or was; nothing interrupts it any more."""
        if not running.ended:
            running.ended = True
            self.calls.discard(running)
            self.streams -= running.streaming

    def sweep(self) -> None:
        """Ends the calls whose deadline has passed."""
        now = time.monotonic()
        for running in [running for running in self.calls if running.deadline <= now]:
            running.interrupt(DeadlineExceeded())

    async def drain(self, grace_s: float, refusal: Callable[[], RenownError]) -> None:
        """Waits until all calls have ended, and ends those that don't.

        Streams have half of the time to end by themselves after `draining`.

        Args:
            grace_s: how long to wait.
            refusal: makes the error of the calls that are ended.
        """
        self.draining.set()
        await self._wait(grace_s / 2)
        for running in [running for running in self.calls if running.streaming]:
            running.interrupt(refusal())
        await self._wait(grace_s / 2)
        for running in list(self.calls):
            running.interrupt(refusal())
        # Time for their handlers to clean up after it.
        await self._wait(1.0)

    async def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        # Waiting for the tasks, not for `remove`: the answer is handed over after that.
        tasks = {running.task for running in self.calls}
        while tasks and (left := end - time.monotonic()) > 0:
            await asyncio.wait(tasks, timeout=left)
            tasks = {running.task for running in self.calls}
