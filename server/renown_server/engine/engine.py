"""The engine's face: submit commands, get what they did."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from renown_server.engine.batch import BatchRunner
from renown_server.engine.command import Command, Recorded
from renown_server.engine.decide import Outcome
from renown_server.engine.lane import Connect, Lane, OnCommit
from renown_server.engine.queue import CommandQueue, Pending
from renown_server.errors import Draining

QUEUE_CAPACITY = 8192
"""Commands that may wait in a lane; what comes then is refused."""

BATCH_MAX = 512
"""Commands in one batch; one call fills at most a quarter of it."""


@dataclass(frozen=True, slots=True)
class LaneHooks:
    """What watches a lane; none of it may block.

    Attributes:
        lane_id: gives the lane's name in `board_batches`, asked for each batch.
        on_commit: called after each commit, when its callers have their answers.
        on_uncertain: called when it is unknown whether a batch was committed.
    """

    lane_id: Callable[[], str]
    on_commit: OnCommit
    on_uncertain: Callable[[], None]


class Engine:
    """Lanes and their life.

    Args:
        runner: runs batches.
        connect: opens a lane's connection.
        lanes: what watches each lane. One is right for a worker with one core.
    """

    def __init__(
        self,
        *,
        runner: BatchRunner,
        connect: Connect,
        lanes: Sequence[LaneHooks],
        queue_capacity: int = QUEUE_CAPACITY,
        batch_max: int = BATCH_MAX,
    ) -> None:
        self._lanes = [
            Lane(
                runner=runner,
                connect=connect,
                queue=CommandQueue(capacity=queue_capacity, batch_max=batch_max),
                lane_id=hooks.lane_id,
                on_commit=hooks.on_commit,
                on_uncertain=hooks.on_uncertain,
            )
            for hooks in lanes
        ]
        self._tasks: list[asyncio.Task[None]] = []
        self._draining = False

    def start(self) -> None:
        """Starts the lanes."""
        self._tasks = [asyncio.create_task(lane.run()) for lane in self._lanes]

    async def stop(self) -> None:
        """Refuses new commands and finishes the accepted ones."""
        self._draining = True
        for lane in self._lanes:
            lane.queue.close()
        await asyncio.gather(*self._tasks)

    @property
    def queued(self) -> int:
        """Commands that wait for a batch."""
        return sum(len(lane.queue) for lane in self._lanes)

    async def submit(self, command: Command, deadline: float) -> Recorded:
        """Carries out one command.

        Cancelling the caller takes a command out of the queue; once its batch
        has taken it, it finishes.

        Args:
            command: what to do.
            deadline: `time.monotonic()` seconds.

        Raises:
            RenownError: it was refused, or could not be carried out.
        """
        if self._draining:
            raise Draining
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._lane(command).queue.put((Pending(command, deadline, answer),))
        outcome = await answer
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def submit_many(self, commands: Sequence[Command], deadline: float) -> list[Outcome]:
        """Carries out the commands of one call, each on its own.

        Returns:
            What each did or why it was not done, in order.

        Raises:
            Overloaded, Draining: none was carried out.
        """
        if self._draining:
            raise Draining
        loop = asyncio.get_running_loop()
        calls: dict[int, list[Pending]] = {}
        pendings = []
        for command in commands:
            pending = Pending(command, deadline, loop.create_future())
            pendings.append(pending)
            calls.setdefault(self._place(command), []).append(pending)
        try:
            for place, call in calls.items():
                self._lanes[place].queue.put(call)
            return [await pending.answer for pending in pendings]
        finally:
            for pending in pendings:
                # Of a caller that left, or a call that found no room in one of
                # the lanes; no effect on the answered.
                pending.answer.cancel()

    def _place(self, command: Command) -> int:
        if len(self._lanes) == 1 or not command.players:
            return 0
        return zlib.crc32(min(command.players).encode()) % len(self._lanes)

    def _lane(self, command: Command) -> Lane:
        return self._lanes[self._place(command)]
