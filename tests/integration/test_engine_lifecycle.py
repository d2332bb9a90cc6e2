"""Several lanes, overload, deadlines and the end of a worker, on a real Postgres."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from renown_server.engine import failpoints
from renown_server.engine.command import Command, Recorded
from renown_server.errors import DeadlineExceeded, Draining, Overloaded
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import activity, create, credit, debit
from tests.kit.workers import open_worker, open_workers, publish_game

pytestmark = pytest.mark.integration


@pytest.fixture
async def game(database: Database) -> AsyncIterator[Database]:
    """A database with a game, whose books are checked in the end."""
    await publish_game(database.url)
    yield database
    failpoints.arm("")
    await check_books(database.superuser_url)


def kinds(outcomes: list[Any]) -> Counter[str]:
    return Counter(type(outcome).__name__ for outcome in outcomes)


async def test_lanes_and_workers_on_the_same_players(game: Database) -> None:
    dice = random.Random(5)
    players = [f"p{n}" for n in range(12)]
    async with open_workers(game.url, 2, lanes=3, batch_max=32) as workers:
        await workers[0].call([create(player) for player in players])
        commands: list[list[Command]] = [[], []]
        for n in range(600):
            player = dice.choice(players)
            commands[n % 2].append(
                dice.choice(
                    [
                        activity(player),
                        activity(f"new{dice.randrange(80)}"),
                        credit(player, coins=3),
                        debit(player, coins=2),
                    ]
                )
            )
        found = await asyncio.gather(
            workers[0].call(commands[0]), workers[1].all(commands[1]), return_exceptions=True
        )
        assert not [outcome for outcome in found if isinstance(outcome, BaseException)]
        lists: list[Any] = list(found)
        assert set(kinds(lists[0] + lists[1])) <= {"Recorded", "InsufficientFunds"}


async def test_a_long_call_does_not_hold_up_a_single_one(game: Database) -> None:
    async with open_worker(game.url, batch_max=40) as worker:
        await worker.call([create(f"p{n}") for n in range(200)])
        # Five long calls: more than enough to fill every batch.
        long = [
            asyncio.create_task(worker.call([credit(f"p{n}", coins=1) for n in range(200)]))
            for _ in range(5)
        ]
        await asyncio.sleep(0)
        before = len(worker.batches)
        await worker.run(credit("p0", coins=1))
        assert len(worker.batches) - before <= 4
        assert not all(task.done() for task in long)
        await asyncio.gather(*long)


async def test_too_much_is_refused_early(game: Database) -> None:
    async with open_worker(game.url, queue_capacity=50, batch_max=16) as worker:
        await worker.run(create("p"))
        found = await worker.all([credit("p", coins=1) for _ in range(500)])
        assert set(kinds(found)) == {"Recorded", "Overloaded"}
        refused = [outcome for outcome in found if isinstance(outcome, Overloaded)]
        assert all(outcome.refusal.retry_after_ms > 0 for outcome in refused)
        with pytest.raises(Overloaded):
            await worker.call([credit("p", coins=1) for _ in range(51)])
        done = kinds(found)["Recorded"]
        assert (await worker.run(credit("p", coins=1))).facts[0].balance_after == done + 1


async def test_who_waited_too_long_is_told_and_nothing_is_done(game: Database) -> None:
    async with open_worker(game.url, batch_max=4) as worker:
        await worker.run(create("p"))
        failpoints.arm("batch.loaded=sleep:60")
        now = time.monotonic()
        calls = [
            asyncio.create_task(worker.engine.submit(credit("p", f"r{n}", coins=1), deadline))
            for n, deadline in enumerate([now + 5, now + 0.03])
        ]
        await asyncio.sleep(0.01)
        calls.append(
            asyncio.create_task(worker.engine.submit(credit("p", "r2", coins=1), now + 0.04))
        )
        found = await asyncio.gather(*calls, return_exceptions=True)
        failpoints.arm("")
        # The second one's batch had taken it; the third one's had not.
        assert [type(outcome) for outcome in found] == [Recorded, Recorded, DeadlineExceeded]
        again = await worker.run(credit("p", "r2", coins=1))
        assert not again.replayed
        assert again.facts[0].balance_after == 3


async def test_the_end_of_a_worker_under_load_loses_nothing(game: Database) -> None:
    async with open_workers(game.url, 2) as (leaving, staying):
        await leaving.run(create("p"))
        calls = [
            asyncio.create_task(leaving.run(credit("p", f"r{n}", coins=1))) for n in range(300)
        ]
        await asyncio.sleep(0.005)
        stopping = asyncio.create_task(leaving.engine.stop())
        await asyncio.sleep(0)
        with pytest.raises(Draining):
            await leaving.run(credit("p", coins=1))
        await stopping
        found = await asyncio.gather(*calls, return_exceptions=True)
        assert set(kinds(found)) <= {"Recorded", "Draining"}
        assert leaving.engine.queued == 0
        # Every client tries again elsewhere.
        again = await staying.all([credit("p", f"r{n}", coins=1) for n in range(300)])
        replayed = sum(outcome.replayed for outcome in again)
        assert replayed == kinds(found)["Recorded"]
        assert (await staying.run(credit("p", coins=1))).facts[0].balance_after == 301


async def test_a_worker_that_stops_twice_or_never_started(game: Database) -> None:
    async with open_worker(game.url) as worker:
        await worker.engine.stop()
        await worker.engine.stop()
        with pytest.raises(Draining):
            await worker.run(create("p"))
