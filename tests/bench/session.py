"""One benchmark: fill the servers, run the rows, check the database."""

import itertools
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.bench import database
from tests.bench.calls import Feed
from tests.bench.cascade import rows as cascade
from tests.bench.economy.rows import PROPOSE, SUPPLIES
from tests.bench.economy.trades import open_trades, trades_for
from tests.bench.load import Outcome
from tests.bench.measure import Figures, Result, Timing, fill, run_row
from tests.bench.players import Drawn, EachOnce, InTurn, Players
from tests.bench.row import Effect, Game, Row, Supply
from tests.bench.rows import RECORD_BATCH, SUBMIT_BATCH
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
        self._filled: Counter[str] = Counter()
        self._proposed = 0
        self._game = Game.FIRST_PATH

    def rows(self, rows: Iterable[Row]) -> Iterator[Result]:
        """Fills in the players and runs each row."""
        self._fill(RECORD_BATCH, self._options.players)
        for row in rows:
            self._play(row.game)
            if row.board:
                self._fill(RECORD_BATCH, row.board)
                self._fill(SUBMIT_BATCH, row.board)
            for supply in row.needs:
                self._supply(supply)
            if row.effect is Effect.NONE:
                self._tidy()
            yield self._row(row)

    def verify(self) -> list[Check]:
        """Compares the database with everything that was answered."""
        return verify(self._stack.database_url, self._tally)

    def _row(self, row: Row) -> Result:
        options = self._options
        population = row.board or options.players
        if row.players_max:
            population = min(population, row.players_max)
        figures: list[Figures] = []
        errors: Counter[str] = Counter()
        operations = 0
        before = self._stack.visited() if row.visits else 0
        for seed in range(options.repeat):
            feed = Feed(
                Drawn(population, options.zipf, seed),
                self._next_run(),
                self._epoch,
                self._trades(seed) if Supply.TRADES in row.needs else (),
            )
            measured, outcome = run_row(self._stack, row, feed, options.timing)
            self._count(row, outcome)
            errors += outcome.errors
            operations += outcome.operations
            if feed.trades and outcome.operations >= len(feed.trades):
                errors["no trades were left before the end"] += 1
            if measured:
                figures.append(measured)
        visits = None
        if row.visits and operations:
            visits = (self._stack.visited() - before) / operations
            if round(visits, 2) != row.visits:
                errors[f"{visits:.2f} definitions looked at, not {row.visits}"] += 1
        return Result(row, tuple(figures), errors, visits)

    def _play(self, game: Game) -> None:
        """Makes the catalog of a row the active one; a worker takes it up with its next batch."""
        if game is not self._game:
            self._stack.play(game)
            self._game = game

    def _supply(self, supply: Supply) -> None:
        """Gives all players what they do not have yet."""
        for row in (SUPPLIES | cascade.SUPPLIES)[supply]:
            players = self._options.players
            self._fill(row, min(players, row.players_max or players))

    def _trades(self, seed: int) -> tuple[tuple[str, str], ...]:
        """Returns enough open trades for a run, after proposing what is missing."""
        url, timing = self._stack.database_url, self._options.timing
        missing = trades_for(timing.warmup_seconds + timing.seconds) - len(open_trades(url, seed))
        if missing > 0:
            first, stop = self._proposed, self._proposed + missing
            self._load(PROPOSE, InTurn(first, stop, self._options.players), missing)
            self._proposed = stop
        return open_trades(url, seed)

    def _fill(self, row: Row, want: int) -> None:
        """Runs a row for the first players that it has not been run for."""
        have = self._filled[row.name]
        if want > have:
            self._load(row, EachOnce(have, want), want - have)
            self._filled[row.name] = want

    def _load(self, row: Row, players: Players, count: int) -> None:
        outcome = fill(self._stack, row, players, self._next_run(), self._epoch)
        self._count(row, outcome)
        if outcome.answered != count:
            raise FillFailed(
                f"{row.name}: {outcome.answered:,} of {count:,}: {dict(outcome.errors)}"
            )
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
