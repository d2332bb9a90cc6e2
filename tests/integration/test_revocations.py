"""Revocations on Postgres: what the past says, and races."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from renown_server.engine.command import Recorded
from renown_server.engine.part import number
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.work import Work
from renown_server.inventory.clawback import Policy
from renown_server.leaderboards.history import XP, HistoryBook, Past, activity_cause, purchase_cause
from renown_server.leaderboards.history_store import BoardHistoryPart
from renown_server.profile.simulate import Simulator
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import activity, create, credit, debit
from tests.kit.economy import ECONOMY
from tests.kit.revocations import revoke, undo
from tests.kit.store import buy
from tests.kit.workers import Worker, open_workers, publish_game

pytestmark = pytest.mark.integration

MAX_XP = ECONOMY.replace(
    "id: xp_all, source: xp, period: all_time",
    "id: xp_all, source: xp, period: all_time, aggregation: max",
)


@pytest.fixture
async def sql(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture
async def workers(database: Database) -> AsyncIterator[list[Worker]]:
    await publish_game(database.url, MAX_XP)
    async with open_workers(database.url, 2) as workers:
        yield workers
    await check_books(database.superuser_url)


@pytest.fixture
def worker(workers: list[Worker]) -> Worker:
    return workers[0]


async def board(sql: asyncpg.Connection, name: str) -> int | None:
    """Player p's score on a board that is for all time."""
    found: int | None = await sql.fetchval(
        "SELECT s FROM scores, unnest(boards, scores, ties) AS e(b, s, t)"
        " WHERE player_id = 'p' AND b = $1 AND t > 0",
        f"{name}||",
    )
    return found


async def past(worker: Worker, metric: str, since_us: int = 0) -> Past:
    part = BoardHistoryPart()
    work = Work(catalog=worker.core.catalog.current, now_us=1, random=SeededRandomness(1))
    part.open(work)
    key = ("p", metric, since_us)
    args = part.load_args([key])
    assert part.load_sql is not None
    rows = await worker.core.pool.fetch(number(part.load_sql, 1, len(args)), *args)
    part.absorb(work, [key], [row[0] for row in rows])
    return work.slice(HistoryBook).by_key[key]


async def reading(worker: Worker, name: str, hours: int) -> Recorded:
    return await worker.run(activity("p", "reading", name, metrics={"hours": hours}))


async def test_the_past_of_a_metric(worker: Worker) -> None:
    nothing = await past(worker, "hours")
    assert (nothing.contributions, nothing.is_whole) == ((), True)
    done = [await reading(worker, name, hours) for name, hours in (("a", 3), ("b", 9), ("c", 5))]
    await worker.run(activity("p", "lesson", "d"))
    await worker.run(revoke("p", "b"))
    found = (await past(worker, "hours")).contributions
    assert [(each.cause, each.amount) for each in found] == [
        (activity_cause("a"), 3),
        (activity_cause("c"), 5),
    ]
    assert [each.recorded_us for each in found] == [done[0].recorded_at_us, done[2].recorded_at_us]
    assert [each.sequence for each in found] == [done[0].first_sequence, done[2].first_sequence]
    since = await past(worker, "hours", done[2].recorded_at_us)
    assert [each.amount for each in since.contributions] == [5]


async def test_the_past_of_xp_holds_purchases(worker: Worker) -> None:
    await worker.run(activity("p", "lesson", "a"))
    await worker.run(credit("p", coins=500))
    names = []
    for quantity in (1, 2):
        done = await worker.run(buy("p", "bundle", quantity))
        names += [f.purchase_id for f in done.facts if type(f).__name__ == "OfferPurchased"]
    found = (await past(worker, XP)).contributions
    assert [(each.cause, each.amount) for each in found] == [
        (activity_cause("a"), 25),
        (purchase_cause(names[0]), 50),
        (purchase_cause(names[1]), 100),
    ]
    await worker.run(undo("p", names[1]))
    await worker.run(revoke("p", "a"))
    found = (await past(worker, XP)).contributions
    assert [each.cause for each in found] == [purchase_cause(names[0])]


async def test_a_past_that_is_too_long(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    await reading(worker, "a", 3)
    monkeypatch.setattr("renown_server.leaderboards.history_store.RECORDS_MAX", 1)
    assert not (await past(worker, "hours")).is_whole


async def test_boards_that_do_not_sum(worker: Worker, sql: asyncpg.Connection) -> None:
    for name, hours in (("a", 30), ("b", 90), ("c", 50)):
        await reading(worker, name, hours)
    assert (await board(sql, "hours_best"), await board(sql, "xp_all")) == (90, 45)
    await worker.run(revoke("p", "b"))
    assert (await board(sql, "hours_best"), await board(sql, "xp_all")) == (50, 25)
    await worker.run(revoke("p", "c"))
    await worker.run(revoke("p", "a"))
    assert (await board(sql, "hours_best"), await board(sql, "xp_all")) == (None, None)


async def test_two_operators_at_once(workers: list[Worker], sql: asyncpg.Connection) -> None:
    one, other = workers
    for number_ in range(20):
        await one.run(activity("p", "lesson", f"a{number_}"))
    await one.run(debit("p", coins=150))
    commands = [revoke("p", f"a{n}", Policy.DEBT) for n in range(20)]
    again = [revoke("p", f"a{n}", Policy.DEBT) for n in range(20)]
    answers: list[Any] = [
        answer
        for each in await asyncio.gather(one.all(commands), other.all(again))
        for answer in each
    ]
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    assert sum(answer.result_as(type(answer.result)).already for answer in answers) == 20
    row = await sql.fetchrow("SELECT balance, debt FROM wallets WHERE player_id = 'p'")
    assert (await sql.fetchval("SELECT count(*) FROM revocations")) == 20
    assert (await sql.fetchval("SELECT xp FROM players WHERE player_id = 'p'")) == 0
    assert row is not None
    assert (row["balance"], row["debt"]) == (0, 150)


async def test_an_activity_is_revoked_while_others_are_recorded(
    workers: list[Worker], sql: asyncpg.Connection
) -> None:
    one, other = workers
    await one.run(create("p"))
    await reading(one, "best", 1000)
    recording = other.all(
        [activity("p", "reading", f"r{n}", metrics={"hours": n + 1}) for n in range(60)]
    )
    outcomes, _ = await asyncio.gather(recording, one.run(revoke("p", "best")))
    assert not [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert await board(sql, "hours_best") == 60


async def test_a_preview_is_what_is_done(worker: Worker, sql: asyncpg.Connection) -> None:
    await worker.run(activity("p", "marathon", "a"))
    await worker.run(activity("p", "hunt", "b"))
    await reading(worker, "c", 90)
    await worker.run(debit("p", coins=30))
    simulator = Simulator(worker.core.runner, worker.core.pool)
    for name in "abc":
        command = revoke("p", name, Policy.DEBT)
        would = await simulator.run(command)
        assert not await sql.fetchval(
            "SELECT count(*) FROM revocations WHERE activity_id = $1", name
        )
        did = await worker.run(command)
        assert would.facts == did.facts
        assert would.first_sequence == did.first_sequence
