"""One batch on one connection: lock, load, decide, write, commit.

Five statements, whatever the size, in two round trips: BEGIN, the lock and
the load; the write and COMMIT. Nothing is locked twice and nothing is read
before the lock is held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from renown_server.catalog.holder import CatalogHolder
from renown_server.engine import failpoints
from renown_server.engine.clock import Clock, to_us
from renown_server.engine.columns import texts
from renown_server.engine.command import ActivityKey, Command
from renown_server.engine.decide import Outcome, React, Rejoin, attempt, decide, no_reaction
from renown_server.engine.part import Args, Part, RootPart, Statements, number
from renown_server.engine.randomness import Randomness
from renown_server.engine.records import ActivityRecords, RecordBook, RequestRecords
from renown_server.engine.tape import Tape
from renown_server.engine.work import NotLoaded, Work
from renown_server.storage.exchange import ExchangeConnection, Statement, can_go_ahead

RELOADS_MAX = 256
"""How often one command may ask for more before it is a bug: a container that gives a hundred
things asks for one after the other."""

REPEATS_MAX = 4
"""How often one command may ask for what it has been given."""


@dataclass(slots=True)
class Commit:
    """What a committed batch did, for its callers and its watchers."""

    work: Work
    outcomes: list[Outcome | Rejoin]


@dataclass(slots=True)
class _Needs:
    """What a batch loads: keys by part, in the order they were asked for."""

    players: list[str] = field(default_factory=list)
    creating: set[str] = field(default_factory=set)
    keys: dict[str, dict[Any, None]] = field(default_factory=dict)

    def add(self, part: str, keys: Sequence[Any]) -> None:
        known = self.keys.get(part)
        if known is None:
            known = self.keys[part] = {}
        for key in keys:
            known[key] = None


@dataclass(frozen=True, slots=True)
class _Load:
    """A composed load: the parts whose rows it returns, in the order of its columns."""

    names: tuple[str, ...]
    sql: str
    args: Args


class BatchRunner:
    """Runs batches. It knows parts, not slices.

    Args:
        roots: the players.
        parts: what else commands load and change, in the order of their writes.
        catalog: what everything is decided by.
        clock: time.
        random: chance.
        react: called after each command with what it left in `Work.pending`.

    Attributes:
        races: names of the parts' checks that refuse what another batch was faster at.
        visited: definitions that committed batches have looked at, since the start.
    """

    def __init__(
        self,
        *,
        roots: RootPart,
        parts: Sequence[Part],
        catalog: CatalogHolder,
        clock: Clock,
        random: Randomness,
        react: React = no_reaction,
    ) -> None:
        self._roots = roots
        records: list[Part] = [ActivityRecords(), RequestRecords(clock)]
        self._parts: Mapping[str, Part] = {part.name: part for part in [*records, *parts]}
        self._order = {name: place for place, name in enumerate(self._parts)}
        self._locking = [part for part in self._parts.values() if part.lock_sql]
        self._statements = Statements(self._parts)
        self.races: frozenset[str] = frozenset().union(*[part.races for part in parts])
        self._catalog = catalog
        self._clock = clock
        self._random = random
        self._react = react
        self.visited = 0

    async def run(
        self,
        connection: asyncpg.Connection,
        commands: Sequence[Command],
        *,
        lane_id: str,
        batch_no: int,
    ) -> Commit:
        """Runs commands in one transaction and commits.

        Raises:
            asyncpg.PostgresError, OSError: nothing is known to have happened;
                the caller decides whether to run it again.
        """
        needs = self._needs(commands)
        while True:
            try:
                load = self._load_statement(needs.keys)
                rows, row = await self._begin(connection, needs, load)
                missing = self._to_create(needs, rows)
                if missing:
                    # Created while other rows are locked they deadlock: let
                    # go of everything first, and lock them like the others.
                    await connection.execute("ROLLBACK")
                    await connection.execute(self._roots.create_sql, texts(missing))
                    continue
                await failpoints.hit("batch.locked")
                work = self._open(rows, lane_id, batch_no)
                await self._absorb(connection, work, needs.keys, load.names, row)
                await failpoints.hit("batch.loaded")
                outcomes = await self._decide(connection, work, commands, needs)
                await failpoints.hit("batch.decided")
                await self._commit(connection, work)
            except BaseException:
                if not connection.is_closed() and connection.is_in_transaction():
                    await connection.execute("ROLLBACK")
                raise
            self.visited += work.visited
            await failpoints.hit("batch.committed")
            return Commit(work, outcomes)

    async def simulate(self, connection: asyncpg.Connection, command: Command) -> tuple[Work, Any]:
        """Decides one command on what is there now, and writes nothing.

        Returns:
            The working set, in which its effects and facts are left, and its result.

        Raises:
            RenownError: the command would be refused.
        """
        needs = self._needs([command])
        needs.keys.pop(_record_part(command), None)
        # Not the command's own: to try it must not tell what it is going to draw.
        tape: Tape = []
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            rows = await self._roots_rows(connection, needs, self._roots.peek_sql)
            await self._lock_shared(connection, needs)
            work = self._open(rows, "", 0)
            for _ in range(RELOADS_MAX + 1):
                await self._load(connection, work, needs.keys)
                try:
                    return work, attempt(command, work, self._roots, self._react, tape)
                except NotLoaded as missing:
                    work.rollback()
                    needs.keys = {missing.part: dict.fromkeys(missing.keys)}
        raise AssertionError(f"{command.method} asked for more {RELOADS_MAX} times")

    def _needs(self, commands: Sequence[Command]) -> _Needs:
        needs = _Needs()
        players: set[str] = set()
        for command in commands:
            players.update(command.players)
            if command.creates_players:
                needs.creating.update(command.players)
            needs.add(_record_part(command), (command.key,))
            for name in command.wanted():
                part = self._parts[name]
                keys = command.players if part.by_player else command.keys(name)
                needs.add(name, keys)
        needs.players = sorted(players)
        return needs

    async def _begin(
        self, connection: asyncpg.Connection, needs: _Needs, load: _Load
    ) -> tuple[list[Any], Any]:
        """Begins, locks and loads.

        Returns:
            The players' rows, and the row with everything else. It was read by
            a later statement than the lock: what it shows is the latest.
        """
        if (
            not isinstance(connection, ExchangeConnection)
            or not connection.pipelines
            or any(needs.keys.get(part.name) for part in self._locking)
        ):
            await connection.execute("BEGIN")
            rows = await self._roots_rows(connection, needs, self._roots.lock_sql)
            await self._lock_shared(connection, needs)
            return rows, await connection.fetchrow(load.sql, *load.args)
        ahead: list[Statement] = [("BEGIN", ())]
        if needs.players:
            lock_sql = self._statements.lock(self._roots.lock_sql, len(load.names))
            ahead.append((lock_sql, (texts(needs.players),)))
        *locked, row = await connection.fetch_behind(ahead, load.sql, load.args)
        return (locked[0][2] or []) if locked else [], row

    async def _roots_rows(
        self, connection: asyncpg.Connection, needs: _Needs, sql: str
    ) -> list[Any]:
        if not needs.players:
            return []
        rows = await connection.fetch(number(sql, 1, 1), texts(needs.players))
        return [row[0] for row in rows]

    async def _lock_shared(self, connection: asyncpg.Connection, needs: _Needs) -> None:
        """Locks shared rows, sorted, after the players."""
        for part in self._locking:
            keys = needs.keys.get(part.name)
            if keys and part.lock_sql is not None:
                await connection.execute(part.lock_sql.format("$1"), sorted(keys))

    def _to_create(self, needs: _Needs, rows: Sequence[Any]) -> list[str]:
        if len(rows) == len(needs.players):
            return []
        found = {row[0] for row in rows}
        return sorted(needs.creating - found)

    def _open(self, rows: Sequence[Any], lane_id: str, batch_no: int) -> Work:
        work = Work(
            catalog=self._catalog.current,
            now_us=0,
            random=self._random,
            lane_id=lane_id,
            batch_no=batch_no,
        )
        work.attach(RecordBook())
        for part in self._parts.values():
            part.open(work)
        self._roots.absorb(work, rows)
        return work

    def _load_statement(self, wanted: Mapping[str, Any]) -> _Load:
        names = tuple(
            sorted(
                [name for name, keys in wanted.items() if keys and self._parts[name].load_sql],
                key=self._order.__getitem__,
            )
        )
        args = [self._parts[name].load_args(wanted[name]) for name in names]
        sql = self._statements.load(names, [len(of_part) for of_part in args])
        return _Load(names, sql, tuple([value for of_part in args for value in of_part]))

    async def _load(
        self, connection: asyncpg.Connection, work: Work, wanted: Mapping[str, Any]
    ) -> None:
        load = self._load_statement(wanted)
        row = await connection.fetchrow(load.sql, *load.args)
        await self._absorb(connection, work, wanted, load.names, row)

    async def _absorb(
        self,
        connection: asyncpg.Connection,
        work: Work,
        wanted: Mapping[str, Any],
        names: Sequence[str],
        row: Sequence[Any],
    ) -> None:
        if not work.now_us:
            # The first load decides for the whole batch. It reads the time
            # after the locks are held: for one player, time follows the order
            # of its batches, whichever worker runs them.
            version, loaded_at = row[0], row[1]
            if version is not None and version != work.catalog.version:
                await self._catalog.reload(connection)
                work.catalog = self._catalog.current
            work.now_us = self._clock.batch_us(to_us(loaded_at))
        for place, name in enumerate(names, start=2):
            self._parts[name].absorb(work, wanted[name], row[place] or ())

    async def _decide(
        self,
        connection: asyncpg.Connection,
        work: Work,
        commands: Sequence[Command],
        needs: _Needs,
    ) -> list[Outcome | Rejoin]:
        outcomes: list[Outcome | Rejoin] = []
        reloads = repeats = 0
        while len(outcomes) < len(commands):
            try:
                command = commands[len(outcomes)]
                outcomes.append(decide(command, work, self._roots, self._react))
                reloads = repeats = 0
            except NotLoaded as missing:
                reloads += 1
                # What is loaded may have been changed by now: it stays as it is.
                known = needs.keys.get(missing.part, {})
                keys = [key for key in missing.keys if key not in known]
                repeats += not keys
                if reloads > RELOADS_MAX or repeats > REPEATS_MAX:
                    raise AssertionError("a command asks for more again and again") from missing
                needs.add(missing.part, keys)
                await self._load(connection, work, {missing.part: dict.fromkeys(keys)})
        return outcomes

    async def _commit(self, connection: asyncpg.Connection, work: Work) -> None:
        """Writes what has changed, and commits."""
        statement = self._write_statement(work)
        await failpoints.hit("batch.written")
        if statement is None:
            await connection.execute("COMMIT")
        elif (
            isinstance(connection, ExchangeConnection)
            and connection.pipelines
            and can_go_ahead(statement[1])
        ):
            await connection.fetch_behind([statement], "COMMIT", ())
        else:
            await connection.execute(statement[0], *statement[1])
            await connection.execute("COMMIT")

    def _write_statement(self, work: Work) -> Statement | None:
        writes: list[tuple[str, str, Args]] = []
        root_args = self._roots.write_args(work)
        if root_args is not None:
            writes.append(("players", self._roots.write_sql, root_args))
        for name, part in self._parts.items():
            args = part.write_args(work)
            if args is not None:
                writes.append((name, part.write_sql, args))
        if not writes:
            return None
        # Postgres runs the CTEs from the last to the first (tried on 18): what all players share
        # is listed last in the parts, and so is written last.
        writes.reverse()
        sql = self._statements.write([(name, text, len(args)) for name, text, args in writes])
        return sql, tuple([value for _, _, args in writes for value in args])


def _record_part(command: Command) -> str:
    return "activities" if isinstance(command.key, ActivityKey) else "requests"
