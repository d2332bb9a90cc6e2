"""Trying a command: the same decision, nothing written."""

from __future__ import annotations

import asyncpg

from renown_server.engine.batch import BatchRunner
from renown_server.engine.command import Command, Recorded
from renown_server.profile.state import PlayerBook
from renown_server.storage.reader import reaching


class Simulator:
    """Runs commands on what is there now and throws the result away."""

    def __init__(self, runner: BatchRunner, pool: asyncpg.Pool) -> None:
        self._runner = runner
        self._pool = pool

    async def run(self, command: Command) -> Recorded:
        """What the command would do.

        Raises:
            RenownError: it would be refused.
        """
        with reaching():
            async with self._pool.acquire() as connection:
                work, result = await self._runner.simulate(connection, command)
        player = command.players[0]
        first = work.slice(PlayerBook).root(player).sequence + 1
        facts = work.facts.get(player, [])
        return Recorded(work.now_us, work.catalog.version, first, facts, result)
