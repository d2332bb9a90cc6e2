"""Chance on a real Postgres: whatever makes a command run again, it draws what it drew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from renown_server.currency.state import WalletBook
from renown_server.engine import failpoints
from renown_server.engine.command import Recorded
from renown_server.engine.lane import InternalFailure
from renown_server.engine.work import NotLocked, Work
from renown_server.profile.simulate import Simulator
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import create, credit
from tests.kit.conflicts import raising
from tests.kit.odd import Odd, steal
from tests.kit.workers import Worker, open_worker, publish_game

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield
    failpoints.arm("")


@pytest.fixture
async def worker(database: Database) -> AsyncIterator[Worker]:
    """A worker with two players; the books are checked when the test has ended."""
    await publish_game(database.url)
    async with open_worker(database.url) as worker:
        for player in "pq":
            await worker.run(create(player))
        yield worker
    await check_books(database.superuser_url)


class Rolling(Odd):
    """Draws, and then asks for what was not loaded."""

    __slots__ = ("runs",)

    def __init__(self, *players: str) -> None:
        super().__init__(self._roll, *players)
        self.runs: list[list[Any]] = []

    def wanted(self) -> tuple[str, ...]:
        """Nothing, to begin with."""
        return ()

    def _roll(self, work: Work) -> list[Any]:
        drawn = [work.random.below(10**9), work.random.token(8)]
        self.runs.append(drawn)
        work.slice(WalletBook).get("p", "coins")
        return drawn

    def check(self, outcome: object, runs_min: int = 3) -> None:
        """Checks that it ran again, and always drew the same."""
        assert isinstance(outcome, Recorded)
        assert len(self.runs) >= runs_min
        assert all(drawn == self.runs[0] for drawn in self.runs)
        assert outcome.result == self.runs[0]


@pytest.mark.parametrize("name", ["batch.decided", "batch.written", "batch.committed"])
async def test_a_lost_connection_keeps_the_roll(worker: Worker, name: str) -> None:
    failpoints.arm(f"{name}=raise")
    rolling = Rolling("p")
    found = await worker.all([credit("q", coins=1), rolling, credit("q", coins=1)])
    # After the commit its record answers, which holds what it drew.
    rolling.check(found[1], runs_min=2 if name == "batch.committed" else 3)
    assert worker.uncertain == 1


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
async def test_a_lost_race_keeps_the_roll(
    worker: Worker, database: Database, sqlstate: str
) -> None:
    rolling = Rolling("p")
    async with raising(database, sqlstate, times=3):
        found = await worker.all([credit("q", coins=1), rolling])
    rolling.check(found[1], runs_min=5)


async def test_bisecting_keeps_the_roll(worker: Worker) -> None:
    rollings = [Rolling("p") for _ in range(8)]
    found = await worker.all([*rollings[:5], steal("q"), *rollings[5:]])
    assert isinstance(found.pop(5), InternalFailure)
    for rolling, outcome in zip(rollings, found, strict=True):
        rolling.check(outcome, runs_min=2)
    assert len({rolling.runs[0][1] for rolling in rollings}) == 8


async def test_other_locks_keep_the_roll(worker: Worker) -> None:
    runs: list[int] = []

    def deed(work: Work) -> int:
        runs.append(work.random.below(10**9))
        if len(runs) < 3:
            raise NotLocked(("p", "q"))
        return runs[-1]

    done = await worker.run(Odd(deed, "p"))
    assert runs == [done.result] * 3


async def test_a_simulation_draws_once_and_tells_nothing(worker: Worker) -> None:
    rolling = Rolling("p")
    simulator = Simulator(worker.core.runner, worker.core.pool)
    tried = await simulator.run(rolling)
    assert rolling.runs == [tried.result] * 2
    again = await simulator.run(rolling)
    done = await worker.run(rolling)
    results = [tried.result, again.result, done.result]
    assert [rolling.runs.count(result) for result in results] == [2, 2, 2]
    assert rolling.tape


async def test_definitions_looked_at_are_counted_when_they_are_committed(worker: Worker) -> None:
    def look(work: Work) -> None:
        work.visited += 3

    await worker.run(Odd(look, "p"))
    await worker.all([Odd(look, "p"), steal("q")])
    await Simulator(worker.core.runner, worker.core.pool).run(Odd(look, "p"))
    assert worker.core.runner.visited == 6
