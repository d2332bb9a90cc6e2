"""What happens by itself, on a real Postgres: once, however many workers look and whenever."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest

from renown_server import timekeeping
from renown_server.engine.clock import FixedClock
from renown_server.engine.command import Command, Recorded
from renown_server.engine.engine import Engine
from renown_server.errors import Overloaded
from renown_server.streaks.queries import load_streaks
from renown_server.streaks.standing import NO_DAYS
from renown_server.streaks.views import StreakView, view
from renown_server.timekeeping import PassTime, keep_time, pass_due, pass_time
from tests.conftest import CHECKOUT, Database
from tests.kit.books import check_books
from tests.kit.commands import activity, create
from tests.kit.eventually import eventually
from tests.kit.streaks import SNAPSHOT, STREAKS
from tests.kit.times import DAY, HOUR, NOON
from tests.kit.workers import Worker, open_workers, publish_game

pytestmark = pytest.mark.integration

PLAYERS = 250
EVENING = NOON + DAY + 9 * HOUR
"""The streaks of yesterday are at risk."""
MIDNIGHT = NOON + DAY + 12 * HOUR
"""They are broken."""


@pytest.fixture
def clock() -> FixedClock:
    """The time of all workers and batches."""
    return FixedClock(NOON)


@pytest.fixture
async def workers(database: Database, clock: FixedClock) -> AsyncIterator[list[Worker]]:
    """Two workers, and players who have begun a streak today."""
    await publish_game(database.url, STREAKS)
    async with open_workers(database.url, 2, clock=clock) as workers:
        done = await workers[0].all([activity(f"p{n}", "lesson") for n in range(PLAYERS)])
        assert all(isinstance(each, Recorded) for each in done)
        yield workers
    await check_books(database.superuser_url)


async def told(worker: Worker) -> Counter[str]:
    """The streak events of all players, by type, that came with time."""
    rows = await worker.core.pool.fetch(
        "SELECT fact->>'type' AS type FROM requests, json_array_elements(facts::json) AS fact"
        " WHERE method = 'PassTime'"
    )
    return Counter([row["type"] for row in rows])


async def sweep(worker: Worker) -> int:
    """One round."""
    return await pass_due(worker.engine, worker.core.pool, worker.core.clock)


async def seen(worker: Worker, player_id: str) -> StreakView:
    """What a reader sees."""
    async with worker.core.pool.acquire() as connection:
        found = (await load_streaks(connection, [player_id]))[player_id]
    streak = SNAPSHOT.progression.streaks["daily"]
    state = found.states.get("daily", NO_DAYS)
    now_us = worker.core.clock.now_us()
    return view(found.player, streak, state, SNAPSHOT.progression, now_us)


async def test_two_sweepers_tell_each_player_once(workers: list[Worker], clock: FixedClock) -> None:
    assert await sweep(workers[0]) == 0
    clock.value_us = EVENING
    await asyncio.gather(*[sweep(worker) for worker in workers for _ in range(2)])
    assert await told(workers[0]) == {"streak.at_risk": PLAYERS}
    clock.value_us = MIDNIGHT
    await asyncio.gather(*[sweep(worker) for worker in workers for _ in range(2)])
    assert await told(workers[0]) == {"streak.at_risk": PLAYERS, "streak.broken": PLAYERS}
    assert await sweep(workers[1]) == 0
    assert await workers[0].core.pool.fetchval("SELECT max(due_us) FROM progress") == 0


async def test_reads_do_not_wait_for_it(workers: list[Worker], clock: FixedClock) -> None:
    clock.value_us = EVENING
    before = await seen(workers[0], "p1")
    assert (before.current, before.at_risk, before.breaks_us) == (1, True, MIDNIGHT)
    clock.value_us = MIDNIGHT
    after = await seen(workers[0], "p1")
    assert (after.current, after.longest, after.at_risk) == (0, 1, False)
    assert after.repair is not None


async def test_a_downtime_is_caught_up_with_one_event_each(
    workers: list[Worker], clock: FixedClock
) -> None:
    clock.value_us = NOON + 6 * DAY
    assert await sweep(workers[0]) == PLAYERS
    assert await told(workers[0]) == {"streak.broken": PLAYERS}
    assert await sweep(workers[0]) == 0


async def test_who_is_active_meanwhile_is_told_nothing(
    workers: list[Worker], clock: FixedClock
) -> None:
    clock.value_us = EVENING
    sweeping = [asyncio.create_task(sweep(worker)) for worker in workers]
    active = await workers[0].all([activity(f"p{n}", "lesson") for n in range(PLAYERS)])
    assert all(isinstance(each, Recorded) for each in active)
    await asyncio.gather(*sweeping)
    clock.value_us = MIDNIGHT
    await sweep(workers[0])
    assert "streak.broken" not in await told(workers[0])
    assert (await seen(workers[0], "p7")).current == 2


async def test_a_clock_that_is_ahead_uses_up_nothing(
    workers: list[Worker], clock: FixedClock
) -> None:
    """The database's clock decides; what was looked at too early is done in time."""
    clock.value_us = EVENING - 2 * HOUR
    ahead = FixedClock(EVENING)
    assert await pass_due(workers[0].engine, workers[0].core.pool, ahead) == 0
    assert await told(workers[0]) == {}
    clock.value_us = EVENING
    assert await sweep(workers[0]) == PLAYERS
    assert await told(workers[0]) == {"streak.at_risk": PLAYERS}


class _Stuck:
    """An engine that cannot serve some players, or that has no room."""

    def __init__(self, worker: Worker, stuck: set[str], room: int = 10**9) -> None:
        self._engine = worker.engine
        self._stuck = stuck
        self._room = room
        self.tried: list[str] = []

    async def submit_many(self, commands: Sequence[Command], deadline: float) -> list[Any]:
        self._room -= len(commands)
        if self._room < 0:
            raise Overloaded(50)
        self.tried += [command.players[0] for command in commands]
        able = [c for c in commands if c.players[0] not in self._stuck]
        done = iter(await self._engine.submit_many(able, deadline))
        return [next(done) if c in able else RuntimeError("a bug") for c in commands]


async def test_what_cannot_be_done_holds_up_nothing_else(
    workers: list[Worker], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeping, "WINDOW_SIZE", 20)
    clock.value_us = MIDNIGHT
    worker = workers[0]
    stuck = {f"p{n}" for n in range(60)}
    engine = _Stuck(worker, stuck)
    done = await pass_due(cast(Engine, engine), worker.core.pool, clock)
    assert done == PLAYERS - len(stuck)
    assert sorted(engine.tried) == sorted(f"p{n}" for n in range(PLAYERS))
    assert await sweep(worker) == len(stuck)
    assert await told(worker) == {"streak.broken": PLAYERS}


async def test_a_round_is_bounded_and_gives_way(workers: list[Worker], clock: FixedClock) -> None:
    clock.value_us = MIDNIGHT
    worker = workers[0]
    assert await pass_due(worker.engine, worker.core.pool, clock, at_most=130) == 130
    engine = _Stuck(worker, set(), room=50)
    with pytest.raises(Overloaded):
        await pass_due(cast(Engine, engine), worker.core.pool, clock)
    assert engine.tried == []
    assert await sweep(worker) == PLAYERS - 130
    assert await told(worker) == {"streak.broken": PLAYERS}


async def test_it_goes_on_after_failures(workers: list[Worker], clock: FixedClock) -> None:
    clock.value_us = MIDNIGHT
    worker = workers[0]
    engine = _Stuck(worker, set(), room=0)
    running = asyncio.create_task(
        keep_time(cast(Engine, engine), worker.core.pool, clock, interval_s=0.01)
    )
    await asyncio.sleep(0.1)
    assert not running.done()
    engine._room = 10**9

    async def all_told() -> bool:
        return await told(worker) == {"streak.broken": PLAYERS}

    await eventually(all_told)
    running.cancel()


VICTIM = """
import asyncio, sys
from renown_server.config import Settings
from renown_server.core import open_core, unwatched_lane
from renown_server.engine import failpoints
from renown_server.engine.clock import FixedClock
from renown_server.timekeeping import pass_due

async def main(url, failpoint, now_us):
    clock = FixedClock(int(now_us))
    payload = {"database_url": url, "redis_url": "unix:///nowhere"}
    async with open_core(Settings.from_payload(payload), clock=clock) as core:
        engine = core.engine([unwatched_lane()])
        engine.start()
        failpoints.arm(failpoint)
        await pass_due(engine, core.pool, clock)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize(
    ("failpoint", "told_before"),
    [("batch.written=kill@2", 100), ("batch.committed=kill@2", 200)],
)
async def test_killed_between_it_happens_exactly_once(
    workers: list[Worker],
    clock: FixedClock,
    database: Database,
    failpoint: str,
    told_before: int,
) -> None:
    clock.value_us = MIDNIGHT
    victim = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        VICTIM,
        database.url,
        failpoint,
        str(MIDNIGHT),
        cwd=CHECKOUT,
        env=dict(os.environ),
    )
    assert await asyncio.wait_for(victim.wait(), 60) == -signal.SIGKILL
    assert await told(workers[0]) == {"streak.broken": told_before}
    await asyncio.gather(*[sweep(worker) for worker in workers])
    assert await told(workers[0]) == {"streak.broken": PLAYERS}


async def test_who_is_gone_from_the_table_is_no_failure(
    workers: list[Worker], clock: FixedClock
) -> None:
    """What was due was done by somebody else since it was read."""
    clock.value_us = MIDNIGHT
    due_us = await workers[0].core.pool.fetchval("SELECT due_us FROM progress LIMIT 1")
    first: PassTime = pass_time((due_us, "p1"))
    done = await workers[0].run(first)
    assert len(done.facts) == 1
    again = await workers[1].run(pass_time((due_us, "p1")))
    assert again.replayed
    assert again.facts == done.facts
    late = await workers[1].run(pass_time((MIDNIGHT, "p1")))
    assert late.facts == []


async def test_many_that_are_due_at_once(workers: list[Worker], clock: FixedClock) -> None:
    """How long it takes is printed: a round must not take callers' time for minutes."""
    worker = workers[0]
    for start in range(0, 5000, 500):
        await worker.call([create(f"m{n}") for n in range(start, start + 500)])
    due_us = await worker.core.pool.fetchval("SELECT due_us FROM progress LIMIT 1")
    await worker.core.pool.execute(
        "INSERT INTO progress SELECT 'm' || n, p.tallies, p.streaks, p.quests, p.dues, p.due_us"
        " FROM progress AS p, generate_series(0, 4999) AS n WHERE p.player_id = 'p1'"
    )
    clock.value_us = MIDNIGHT
    started = time.monotonic()
    await asyncio.gather(*[sweep(each) for each in workers])
    took_s = time.monotonic() - started
    print(f"{5000 + PLAYERS} due since {due_us}: {took_s:.2f} s")
    assert await told(worker) == {"streak.broken": 5000 + PLAYERS}
