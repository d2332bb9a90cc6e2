"""One benchmark: fill the servers, run the rows, check the database."""

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.bench import database
from tests.bench.calls import Feed
from tests.bench.load import Outcome
from tests.bench.measure import Figures, Result, Timing, fill, run_row
from tests.bench.players import Drawn, EachOnce
from tests.bench.rows import RECORD_BATCH, SUBMIT_BATCH, Effect, Row
from tests.bench.servers import Stack
from tests.bench.verify import Check, Tally, verify


class FillFailed(Exception):
    """The servers could not be filled."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for."""

    players: int
    zipf: bool
    repeat: int
    timing: Timing


class Session:
    """The servers and what has been done to them so far."""

    def __init__(self, stack: Stack, options: Options) -> None:
        self._stack = stack
        self._options = options
        self._tally = Tally()
        self._epoch = time.monotonic()
        self._runs = itertools.count()
        self._players = 0
        self._board = 0

    def rows(self, rows: Iterable[Row]) -> Iterator[Result]:
        """Fills in the players and runs each row."""
        self._fill_players(self._options.players)
        for row in rows:
            if row.board:
                self._fill_board(row)
            if row.effect is Effect.NONE:
                self._tidy()
            yield self._row(row)

    def verify(self) -> list[Check]:
        """Compares the database with everything that was answered."""
        return verify(self._stack.database_url, self._tally)

    def _row(self, row: Row) -> Result:
        options = self._options
        population = row.board or options.players
        figures: list[Figures] = []
        errors: Counter[str] = Counter()
        for seed in range(options.repeat):
            feed = Feed(Drawn(population, options.zipf, seed), self._next_run(), self._epoch)
            measured, outcome = run_row(self._stack, row, feed, options.timing)
            self._count(row, outcome)
            errors += outcome.errors
            if measured:
                figures.append(measured)
        return Result(row, tuple(figures), errors)

    def _fill_players(self, count: int) -> None:
        self._fill(RECORD_BATCH, self._players, count)
        self._players = max(self._players, count)

    def _fill_board(self, row: Row) -> None:
        self._fill_players(row.board)
        self._fill(SUBMIT_BATCH, self._board, row.board)
        self._board = max(self._board, row.board)

    def _fill(self, row: Row, have: int, want: int) -> None:
        if have >= want:
            return
        players = EachOnce(have, want)
        outcome = fill(self._stack, row, players, self._next_run(), self._epoch)
        self._count(row, outcome)
        if outcome.answered != want - have:
            raise FillFailed(f"{outcome.answered:,} of {want - have:,}: {dict(outcome.errors)}")
        self._tidy()

    def _tidy(self) -> None:
        """Does what Postgres would do by itself sooner or later.

        Reads would pay for it after writes; writes pay for their own as it comes.
        """
        for statement in ("VACUUM (ANALYZE)", "CHECKPOINT"):
            database.fetch(self._stack.database_url, statement)

    def _count(self, row: Row, outcome: Outcome) -> None:
        self._tally.add(row.effect, outcome)

    def _next_run(self) -> str:
        return f"{next(self._runs):04d}"
