"""A slice's share of a batch's one load and one write."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from renown_server.engine.columns import texts
from renown_server.engine.work import Work

Args = tuple[Any, ...]


class Part(ABC):
    """One kind of rows that commands load and change.

    The SQL holds numbered placeholders `{0}`, `{1}`, …, which become `$n` of
    the combined statement. A key stands once in a statement: what a batch
    changes is coalesced in memory first.

    Attributes:
        name: what commands ask for it by.
        by_player: whether its keys are the command's players; else they are
            what `Command.keys(name)` says.
        lock_sql: locks shared rows, sorted, in a statement of its own, after
            the players; None for what the player's lock guards.
        races: names of checks that refuse what another batch was faster at; the batch runs again
            and sees what is left.
        load_sql: `SELECT row(…) …`, with as many placeholders as `load_args`
            gives. asyncpg cannot decode arrays inside a row: send them as
            text. None for a part that only writes.
        write_sql: `INSERT …` with as many placeholders as `write_args` gives.
    """

    name: ClassVar[str]
    by_player: ClassVar[bool] = True
    races: ClassVar[frozenset[str]] = frozenset()
    lock_sql: ClassVar[str | None] = None
    load_sql: ClassVar[str | None] = None
    write_sql: ClassVar[str]

    def load_args(self, keys: Iterable[Any]) -> Args:
        """The placeholders' values for loading `keys`; unless overridden, texts joined."""
        return (texts(keys),)

    @abstractmethod
    def open(self, work: Work) -> None:
        """Attaches the slice's empty state to a new working set."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Takes in what was loaded for `keys`."""
        raise AssertionError(f"{self.name} loads nothing")

    @abstractmethod
    def write_args(self, work: Work) -> Args | None:
        """The placeholders' values for what changed; None if nothing did."""


class RootPart(ABC):
    """The players: the rows that are locked, in one statement and sorted.

    The lock returns the rows themselves: Postgres re-reads a row it had to
    wait for, so what it returns is the latest. (That holds for the locked
    row only; everything else is read by a later statement.)

    Attributes:
        create_sql: brings missing players into being as bare lock roots, in a
            statement of its own that commits; `$1` is the sorted ids, joined as
            `columns.texts` joins them.
        lock_sql: `SELECT row(…) …`, locks and returns the rows of `{0}`, ids
            as above, in order of id; the first field is the id.
        peek_sql: the same without a lock, for simulations.
        write_sql: as in `Part`.
    """

    create_sql: ClassVar[str]
    lock_sql: ClassVar[str]
    peek_sql: ClassVar[str]
    write_sql: ClassVar[str]

    @abstractmethod
    def absorb(self, work: Work, rows: Sequence[Sequence[Any]]) -> None:
        """Attaches the players to a new working set."""

    @abstractmethod
    def require(self, work: Work, player_id: str) -> None:
        """Checks that a player exists.

        Raises:
            PlayerNotFound: there is none, or only a row to lock.
        """

    @abstractmethod
    def advance(self, work: Work, player_id: str, count: int) -> int:
        """Takes `count` event sequences of a player.

        Returns:
            The first of them.
        """

    @abstractmethod
    def write_args(self, work: Work) -> Args | None:
        """As in `Part`."""


def number(sql: str, first: int, count: int) -> str:
    """Replaces `{0}`, `{1}`, … by `$first`, `$first+1`, …."""
    return sql.format(*[f"${index}" for index in range(first, first + count)])


class Statements:
    """Composes the combined statements, each once.

    A variant is the parts that take part: a batch of credits does not pay for
    boards.
    """

    def __init__(self, parts: Mapping[str, Part]) -> None:
        self._parts = parts
        self._loads: dict[tuple[str, ...], str] = {}
        self._writes: dict[tuple[str, ...], str] = {}
        self._locks: dict[tuple[str, int], str] = {}

    def lock(self, fragment: str, parts: int) -> str:
        """One SELECT that gathers the roots' rows, with the columns of a load of `parts` parts.

        The rows stand where a load has its first part's.
        """
        sql = self._locks.get((fragment, parts))
        if sql is None:
            columns = ["NULL"] * (parts + 2)
            columns[2] = f"(SELECT array_agg(t.r) FROM ({number(fragment, 1, 1)}) AS t(r))"
            sql = self._locks[(fragment, parts)] = "SELECT " + ", ".join(columns)
        return sql

    def load(self, names: tuple[str, ...], counts: Sequence[int]) -> str:
        """One SELECT: the active catalog version, the time, and each part."""
        sql = self._loads.get(names)
        if sql is None:
            columns = ["(SELECT version FROM catalog_active)", "clock_timestamp()"]
            first = 1
            for name, count in zip(names, counts, strict=True):
                fragment = self._parts[name].load_sql
                assert fragment is not None
                body = number(fragment, first, count)
                columns.append(f"(SELECT array_agg(t.r) FROM ({body}) AS t(r))")
                first += count
            sql = "SELECT " + ", ".join(columns)
            self._loads[names] = sql
        return sql

    def write(self, writes: Sequence[tuple[str, str, int]]) -> str:
        """One statement of CTEs.

        Args:
            writes: name, SQL and number of placeholders of each part.
        """
        names = tuple([name for name, _, _ in writes])
        sql = self._writes.get(names)
        if sql is None:
            ctes = []
            first = 1
            for name, fragment, count in writes:
                ctes.append(f"w_{name} AS ({number(fragment, first, count)})")
                first += count
            sql = "WITH " + ", ".join(ctes) + " SELECT WHERE false"
            self._writes[names] = sql
        return sql
