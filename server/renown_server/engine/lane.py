"""A lane: one connection, one batch at a time, and what to do when it fails."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import structlog

from renown_server.catalog.holder import NoCatalog
from renown_server.catalog.store import CatalogUnreadable
from renown_server.engine import failpoints
from renown_server.engine.batch import BatchRunner, Commit
from renown_server.engine.decide import Outcome, Rejoin
from renown_server.engine.queue import CommandQueue, Pending
from renown_server.errors import (
    Conflict,
    RenownError,
    StorageUnavailable,
)
from renown_server.storage.failures import LOST

_log = structlog.get_logger(__name__)

CONFLICT_RERUNS_MAX = 5
"""Deadlocks and serialization failures a batch may meet before ABORTED."""

RECONNECT_PAUSES_S = (0.0, 0.02, 0.1, 0.3, 1.0)
"""How long to wait before each new attempt on a lost connection."""

CLOSE_S = 2.0
"""How long a lane takes leave of Postgres at its end."""

_RETRIABLE = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    # A migration has changed a type; by now asyncpg has forgotten the statement.
    asyncpg.InvalidCachedStatementError,
)

Connect = Callable[[], Awaitable[asyncpg.Connection]]
OnCommit = Callable[[Commit], None]


class InternalFailure(Exception):
    """A command that cannot be carried out: a bug, or data against a rule."""


class Lane:
    """Runs the batches of its queue, one after another, for ever.

    Args:
        runner: runs a batch.
        connect: opens the lane's connection.
        queue: where commands arrive.
        lane_id: the lane's name in `board_batches`, asked for each batch.
        on_commit: called after each commit and its replies; must not block.
        on_uncertain: called when it is unknown whether a batch was committed.

    Attributes:
        queue: where commands arrive.
    """

    def __init__(
        self,
        *,
        runner: BatchRunner,
        connect: Connect,
        queue: CommandQueue,
        lane_id: Callable[[], str],
        on_commit: OnCommit,
        on_uncertain: Callable[[], None] = lambda: None,
    ) -> None:
        self._runner = runner
        self._connect = connect
        self.queue = queue
        self._lane_id = lane_id
        self._on_commit = on_commit
        self._on_uncertain = on_uncertain
        self._connection: asyncpg.Connection | None = None
        self._batch_no = 0

    async def run(self) -> None:
        """Works until the queue is closed and empty."""
        while batch := await self.queue.take():
            started = time.perf_counter()
            await self._process(batch)
            self.queue.note_batch_time(time.perf_counter() - started)
        if self._connection is not None:
            # Everybody has an answer: nothing depends on a farewell.
            with contextlib.suppress(Exception):
                await self._connection.close(timeout=CLOSE_S)

    async def _process(self, batch: Sequence[Pending]) -> None:
        """Runs a batch to its end; every command gets an answer.

        What the database refuses is split until the culprit stands alone: it
        gets the failure, its neighbours their results.
        """
        try:
            await self._run(batch)
        except asyncpg.InsufficientResourcesError as error:
            _log.error("postgres is out of resources", error=str(error))
            _answer_all(batch, StorageUnavailable())
        except _RETRIABLE:
            _answer_all(batch, Conflict())
        except LOST as error:
            _log.warning("postgres cannot be reached", error=str(error) or repr(error))
            _answer_all(batch, StorageUnavailable())
        except (NoCatalog, CatalogUnreadable) as error:
            # Newer workers can read it: the caller may find one.
            _log.error("the active catalog cannot be used", error=str(error))
            _answer_all(batch, StorageUnavailable())
        except asyncpg.PostgresError as error:
            await self._bisect(batch, error)
        except Exception as error:  # noqa: BLE001 - a bug outside any rule: the lane stays alive
            # Nobody knows what state the connection is in, nor the batch.
            self._on_uncertain()
            await self._drop()
            await self._bisect(batch, error)

    async def _bisect(self, batch: Sequence[Pending], error: Exception) -> None:
        if len(batch) > 1:
            middle = len(batch) // 2
            await self._process(batch[:middle])
            await self._process(batch[middle:])
            return
        _log.error(
            "a command was refused by the database",
            method=batch[0].command.method,
            error=repr(error),
            exc_info=error,
        )
        failure = InternalFailure(batch[0].command.method)
        failure.__cause__ = error
        _answer(batch[0], failure)

    async def _run(self, batch: Sequence[Pending]) -> None:
        """Runs a batch and answers it: replies first, then whoever watches."""
        commit = await self._commit(batch)
        self._reply(batch, commit.outcomes)
        try:
            await failpoints.hit("batch.replied")
            self._on_commit(commit)
        except Exception:  # noqa: BLE001 - whatever it is, the batch is committed
            # It is answered, too: this must not run it again. Under a new name
            # no later batch's mark hides that it was not offered.
            _log.exception("a batch was not announced; its boards will be repaired")
            self._on_uncertain()

    async def _commit(self, batch: Sequence[Pending]) -> Commit:
        """Runs a batch, again where that may help.

        A lost connection leaves it open whether the commit happened; the
        records decide that when the batch runs again from the lock.
        """
        conflicts = 0
        overtaken = 0
        losses = 0
        while True:
            try:
                connection = await self._connected()
                self._batch_no += 1
                return await self._runner.run(
                    connection,
                    [pending.command for pending in batch],
                    lane_id=self._lane_id(),
                    batch_no=self._batch_no,
                )
            except _RETRIABLE:
                conflicts += 1
                if conflicts > CONFLICT_RERUNS_MAX:
                    raise
            except asyncpg.CheckViolationError as error:
                if error.constraint_name not in self._runner.races:
                    raise
                # Another batch took what this one had seen: look again.
                conflicts += 1
                if conflicts > CONFLICT_RERUNS_MAX:
                    raise asyncpg.SerializationError("others were faster") from error
            except asyncpg.UniqueViolationError:
                # Another worker has left the record since the batch looked:
                # once more, and it will be found.
                overtaken += 1
                if overtaken > 1:
                    raise
            except LOST:
                self._on_uncertain()
                await self._drop()
                losses += 1
                if losses >= len(RECONNECT_PAUSES_S) or _all_late(batch):
                    raise
                await asyncio.sleep(RECONNECT_PAUSES_S[losses])

    def _reply(self, batch: Sequence[Pending], outcomes: Sequence[Outcome | Rejoin]) -> None:
        for pending, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Rejoin):
                pending.command.players = outcome.players
                self.queue.put_first(pending)
            else:
                _answer(pending, outcome)

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            try:
                self._connection = await self._connect()
            except asyncpg.PostgresError as error:
                # A password, a name, too many: no command is to blame.
                raise ConnectionError(f"cannot connect: {error}") from error
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.terminate()


def _answer(pending: Pending, outcome: Outcome) -> None:
    if not pending.answer.done():
        pending.answer.set_result(outcome)


def _answer_all(batch: Sequence[Pending], error: RenownError) -> None:
    for pending in batch:
        _answer(pending, error)


def _all_late(batch: Sequence[Pending]) -> bool:
    now = time.monotonic()
    return all(pending.deadline < now for pending in batch)
