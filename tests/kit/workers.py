"""Workers without a transport: an engine on a real database, and what it committed."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

from renown_server.catalog.store import publish
from renown_server.config import Settings
from renown_server.core import Core, open_core
from renown_server.engine.batch import Commit
from renown_server.engine.clock import Clock
from renown_server.engine.command import Command, Recorded
from renown_server.engine.engine import LaneHooks
from tests.kit.catalogs import GAME, catalog_of

PATIENCE_S = 30.0


class Worker:
    """One worker's engine.

    Attributes:
        core: what it is built of.
        engine: where commands go.
        batches: how many commands each committed batch had.
        uncertain: how often it was unknown whether a batch was committed.
    """

    def __init__(self, core: Core, lanes: int) -> None:
        self.core = core
        self.batches: list[int] = []
        self.uncertain = 0
        self._name = secrets.token_hex(4)
        self.engine = core.engine([self._hooks(lane) for lane in range(lanes)])

    async def run(self, command: Command) -> Recorded:
        """Carries a command out.

        Raises:
            RenownError: it was refused.
        """
        return await self.engine.submit(command, time.monotonic() + PATIENCE_S)

    async def all(self, commands: Sequence[Command]) -> list[Any]:
        """Carries commands out, each a call of its own; what each did or why it was not done."""
        return await asyncio.gather(
            *[self.run(command) for command in commands], return_exceptions=True
        )

    async def call(self, commands: Sequence[Command]) -> list[Any]:
        """Carries commands out in one call."""
        return await self.engine.submit_many(commands, time.monotonic() + PATIENCE_S)

    def _hooks(self, lane: int) -> LaneHooks:
        def lane_id() -> str:
            return f"{self._name}-{lane}-{self.uncertain}"

        return LaneHooks(lane_id, self._committed, self._unknown)

    def _committed(self, commit: Commit) -> None:
        self.batches.append(len(commit.outcomes))

    def _unknown(self) -> None:
        self.uncertain += 1


@asynccontextmanager
async def open_worker(
    url: str, *, lanes: int = 1, clock: Clock | None = None, **settings: Any
) -> AsyncIterator[Worker]:
    """A worker that runs until the context is left, and then finishes what it accepted.

    Args:
        url: its database; a catalog must be published there.
        lanes: how many batches at once.
        clock: time; the database's unless given.
        settings: others, by name.
    """
    payload = {"database_url": url, "redis_url": "unix:///nowhere", **settings}
    async with open_core(Settings.from_payload(payload), clock=clock) as core:
        worker = Worker(core, lanes)
        worker.engine.start()
        try:
            yield worker
        finally:
            await worker.engine.stop()


@asynccontextmanager
async def open_workers(url: str, count: int, **options: Any) -> AsyncIterator[list[Worker]]:
    """Several workers on one database."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_worker(url, **options)) for _ in range(count)]


async def publish_game(url: str, text: str = GAME) -> int:
    """Makes a catalog the active one; returns its version."""
    connection = await asyncpg.connect(url)
    try:
        return await publish(connection, catalog_of(text), created_by="test")
    finally:
        await connection.close()
