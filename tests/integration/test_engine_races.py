"""Many at once on a real Postgres: one effect a key, no lost update, no deadlock."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import msgspec
import pytest

from renown_server.engine.command import Command, Recorded
from renown_server.engine.facts import CurrencyChanged
from renown_server.errors import InsufficientFunds, RequestIdReused, StoredRefusal, UsernameTaken
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import activity, create, credit, debit, score
from tests.kit.model import ModelPlayer
from tests.kit.workers import Worker, open_workers, publish_game

pytestmark = pytest.mark.integration


@pytest.fixture
async def workers(database: Database) -> AsyncIterator[list[Worker]]:
    """Two workers; the books are checked when the test has ended."""
    await publish_game(database.url)
    async with open_workers(database.url, 2) as workers:
        yield workers
    await check_books(database.superuser_url)


def plain(outcome: Any) -> Any:
    """An answer without whether it is the first."""
    assert isinstance(outcome, Recorded), outcome
    return msgspec.structs.replace(outcome, replayed=False)


async def fetch(worker: Worker, sql: str, *args: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await worker.core.pool.fetch(sql, *args)]


async def both(workers: list[Worker], commands: list[Command]) -> list[Any]:
    """Each command on the one or the other worker, all at once."""
    return await asyncio.gather(
        *[workers[n % 2].run(command) for n, command in enumerate(commands)],
        return_exceptions=True,
    )


async def test_fifty_duplicates_have_one_effect_and_one_answer(workers: list[Worker]) -> None:
    found = await both(workers, [activity("p", "lesson", "a1") for _ in range(50)])
    assert sum(not outcome.replayed for outcome in found) == 1
    assert all(plain(outcome) == plain(found[0]) for outcome in found)
    assert await fetch(workers[0], "SELECT count(*) FROM activities") == [(1,)]
    assert await fetch(workers[0], "SELECT balance FROM wallets") == [(10,)]


async def test_fifty_duplicates_of_a_request(workers: list[Worker]) -> None:
    await workers[0].run(create("p"))
    found = await both(workers, [credit("p", "r1", coins=7) for _ in range(50)])
    assert sum(not outcome.replayed for outcome in found) == 1
    assert all(plain(outcome) == plain(found[0]) for outcome in found)
    assert await fetch(workers[0], "SELECT balance FROM wallets") == [(7,)]


async def test_fifty_duplicates_of_a_refusal(workers: list[Worker]) -> None:
    await workers[0].run(create("p"))
    found = await both(workers, [debit("p", "r1", coins=7) for _ in range(50)])
    assert {type(outcome) for outcome in found} == {InsufficientFunds, StoredRefusal}
    assert sum(type(outcome) is InsufficientFunds for outcome in found) == 1
    assert all(outcome.refusal == found[0].refusal for outcome in found)


async def test_the_same_id_with_other_bodies(workers: list[Worker]) -> None:
    await workers[0].run(create("p"))
    found = await both(workers, [credit("p", "r1", coins=1 + n) for n in range(20)])
    done = [outcome for outcome in found if isinstance(outcome, Recorded)]
    assert len(done) == 1
    assert sum(isinstance(outcome, RequestIdReused) for outcome in found) == 19
    (fact,) = done[0].facts
    assert isinstance(fact, CurrencyChanged)
    assert await fetch(workers[0], "SELECT balance FROM wallets") == [(fact.amount,)]


async def test_the_same_id_for_two_players_at_once(workers: list[Worker]) -> None:
    """They lock different rows: only the record's own key can decide."""
    await workers[0].all([create("p"), create("q")])
    for n in range(20):
        found = await both(workers, [credit("p", f"r{n}", coins=1), credit("q", f"r{n}", coins=1)])
        assert sorted(type(outcome).__name__ for outcome in found) == [
            "Recorded",
            "RequestIdReused",
        ]
    assert await fetch(workers[0], "SELECT sum(balance)::int FROM wallets") == [(20,)]


async def test_new_players_by_everyone_at_once(workers: list[Worker]) -> None:
    """First activities in opposite orders, with players that exist in between."""
    await workers[0].all([create(f"p{n:03}") for n in range(0, 300, 3)])
    names = [f"p{n:03}" for n in range(300)]
    forth = [activity(name) for name in names]
    back = [activity(name) for name in reversed(names)]
    found = await asyncio.gather(workers[0].call(forth), workers[1].call(back))
    assert all(isinstance(outcome, Recorded) for outcome in [*found[0], *found[1]])
    assert await deadlocks(workers[0]) == 0
    ((players, lessons),) = await fetch(
        workers[0],
        "SELECT count(*), sum((metrics::json->>'lessons')::int)::int FROM players",
    )
    assert (players, lessons) == (300, 600)


async def test_one_username_for_many_players(workers: list[Worker]) -> None:
    found = await both(
        workers, [create(f"p{n}", username="ada" if n % 3 else "ADA") for n in range(20)]
    )
    assert sum(isinstance(outcome, Recorded) for outcome in found) == 1
    assert sum(isinstance(outcome, UsernameTaken) for outcome in found) == 19
    assert await fetch(workers[0], "SELECT count(*) FROM profiles") == [(1,)]


async def test_usernames_taken_in_opposite_orders_do_not_deadlock(workers: list[Worker]) -> None:
    for attempt in range(10):
        names = [f"name{attempt}-{n}" for n in range(60)]
        forth = [create(f"a{attempt}-{n}", username=name) for n, name in enumerate(names)]
        back = [create(f"b{attempt}-{n}", username=name) for n, name in enumerate(names)]
        found = await asyncio.gather(workers[0].all(forth), workers[1].all(list(reversed(back))))
        outcomes = [*found[0], *found[1]]
        assert sum(isinstance(outcome, Recorded) for outcome in outcomes) == 60
        assert sum(isinstance(outcome, UsernameTaken) for outcome in outcomes) == 60
    assert await deadlocks(workers[0]) == 0


async def deadlocks(worker: Worker) -> int:
    """How many deadlocks Postgres has found in this database."""
    await worker.core.pool.execute("SELECT pg_stat_force_next_flush()")
    count: int = await worker.core.pool.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return count


async def test_two_workers_on_the_same_players_lose_nothing(workers: list[Worker]) -> None:
    """A thousand and more mixed commands come to what a model of forty lines says."""
    dice = random.Random(7)
    players = [f"p{n}" for n in range(6)]
    await workers[0].all([create(player) for player in players])
    for _ in range(3):
        await both(workers, [activity(player, "marathon") for player in players])
    commands: list[Command] = []
    for _ in range(1200):
        player = dice.choice(players)
        commands.append(
            dice.choice(
                [
                    activity(player, "lesson", perfect=dice.random() < 0.5),
                    activity(player, "marathon"),
                    credit(player, coins=dice.randint(1, 50)),
                    debit(player, coins=dice.randint(1, 400)),
                    score(player, "high", dice.randint(0, 1000)),
                ]
            )
        )
    models = {player: ModelPlayer() for player in players}
    for player in players:
        for _ in range(3):
            models[player].marathon()
    found = await both(workers, commands)
    for command, outcome in zip(commands, found, strict=True):
        count(models[command.players[0]], command, outcome)
    rows = await fetch(
        workers[0],
        "SELECT p.player_id, xp, level, (metrics::json->>'lessons')::int,"
        " coalesce((SELECT balance FROM wallets AS w WHERE w.player_id = p.player_id"
        " AND currency = 'coins'), 0),"
        " coalesce((SELECT balance FROM wallets AS w WHERE w.player_id = p.player_id"
        " AND currency = 'gems'), 0) FROM players AS p ORDER BY 1",
    )
    assert rows == [
        (p, m.xp, m.level, m.lessons, m.coins, m.gems) for p, m in sorted(models.items())
    ]
    best = dict.fromkeys(players, 0)
    for command in commands:
        if command.method == "SubmitScore":
            body: Any = command.body
            best[body.player_id] = max(best[body.player_id], body.score)
    high = await fetch(
        workers[0],
        "SELECT player_id, scores[array_position(boards, 'high||')] FROM scores ORDER BY 1",
    )
    assert high == sorted(best.items())


def count(model: ModelPlayer, command: Command, outcome: Any) -> None:
    """Tells the model what was done; a debit may be refused, nothing else."""
    body: Any = command.body
    match command.method:
        case "RecordActivity" if body.type == "marathon":
            model.marathon()
        case "RecordActivity":
            model.lesson(body.perfect)
        case "Credit":
            model.credit(body.amounts[0][1])
        case "Debit" if isinstance(outcome, InsufficientFunds):
            return
        case "Debit":
            model.coins -= body.amounts[0][1]
    assert isinstance(outcome, Recorded), outcome


async def test_money_cannot_be_spent_twice(workers: list[Worker]) -> None:
    await workers[0].run(create("p"))
    await workers[0].run(credit("p", coins=100))
    found = await both(workers, [debit("p", coins=7) for _ in range(60)])
    assert sum(isinstance(outcome, Recorded) for outcome in found) == 14
    assert sum(isinstance(outcome, InsufficientFunds) for outcome in found) == 46
    assert await fetch(workers[0], "SELECT balance FROM wallets") == [(2,)]


async def test_callers_who_leave_get_all_or_nothing(workers: list[Worker]) -> None:
    await workers[0].run(create("p"))
    dice = random.Random(3)
    for n in range(150):
        deadline = asyncio.get_running_loop().time() + dice.random() * 0.01
        tasks = [
            asyncio.create_task(workers[w].run(activity("p", "marathon", f"a{n}-{w}")))
            for w in range(2)
        ]
        await asyncio.sleep(max(0, deadline - asyncio.get_running_loop().time()))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    # Whatever was left is finished by now; the books are checked by the fixture.
    assert isinstance(await workers[0].run(activity("p")), Recorded)
    ((recorded,),) = await fetch(workers[0], "SELECT count(*) FROM activities")
    assert 1 <= recorded <= 301


async def test_connections_come_back_idle(workers: list[Worker], database: Database) -> None:
    tasks = [asyncio.create_task(workers[0].run(activity(f"p{n}"))) for n in range(100)]
    await asyncio.sleep(0.002)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await workers[0].run(activity("last"))
    connection = await asyncpg.connect(database.superuser_url)
    try:
        states = await connection.fetch(
            "SELECT state FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'renown'"
        )
    finally:
        await connection.close()
    assert states
    assert {row[0] for row in states} == {"idle"}
