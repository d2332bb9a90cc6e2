"""Records in Postgres: how long, across partitions, releases and catalogs; and simulations."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from renown_server.engine import decide as engine_decide
from renown_server.engine.clock import FixedClock, to_us
from renown_server.engine.command import FINGERPRINT_VERSION, Recorded
from renown_server.engine.facts import ActivityRecorded, XpGained
from renown_server.engine.work import NotLoaded, Work
from renown_server.errors import (
    BalanceCap,
    DailyCap,
    PlayerNotFound,
    RequestIdReused,
    StorageUnavailable,
    UnknownActivityType,
)
from renown_server.leaderboards.commands import ScoreOutcome
from renown_server.profile.simulate import Simulator
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.catalogs import GAME
from tests.kit.commands import activity, create, credit, debit, score
from tests.kit.odd import Odd
from tests.kit.times import DAY, HOUR, MINUTE, SECOND
from tests.kit.workers import Worker, open_worker, open_workers, publish_game

pytestmark = pytest.mark.integration


@pytest.fixture
async def sql(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture
async def workers(database: Database) -> AsyncIterator[list[Worker]]:
    await publish_game(database.url)
    async with open_workers(database.url, 2) as workers:
        yield workers
    await check_books(database.superuser_url)


@pytest.fixture
def worker(workers: list[Worker]) -> Worker:
    return workers[0]


async def this_week(connection: asyncpg.Connection) -> int:
    """The first moment of the week, by the database's clock."""
    start: datetime = await connection.fetchval("SELECT date_trunc('week', now(), 'UTC')")
    return to_us(start)


async def test_another_worker_gives_the_same_answer(workers: list[Worker]) -> None:
    one, other = workers
    await one.run(create("p", "make", username="Ada", display_name="Ada L.", locale="en"))
    commands: list[Any] = [
        activity("p", "marathon", "a1", description='für Ada — “first”\\ {x}, "y"'),
        credit("p", "r1", coins=5),
        score("p", "high", 12, "r2"),
        debit("p", "r3", coins=9999),
        create("p", "r4"),
    ]
    first, again = await one.all(commands), await other.all(commands)
    for before, after in zip(first, again, strict=True):
        if isinstance(before, Recorded):
            assert after.replayed
            assert msgspec.structs.replace(after, replayed=False, result=None) == (
                msgspec.structs.replace(before, result=None)
            )
        else:
            assert after.refusal == before.refusal
    assert again[2].result_as(ScoreOutcome) == first[2].result_as(ScoreOutcome)


async def test_every_text_comes_back_as_it_went(worker: Worker, sql: asyncpg.Connection) -> None:
    """Alone and among others: columns travel joined."""
    texts = ["", "a", "{}", '"', "\\", "null", "NULL", "a,b", "ü", "🎲", " ", "{null}", "''"]
    await worker.all([create(f"p{n}", display_name=text) for n, text in enumerate(texts)])
    await worker.run(create("alone"))
    for kind in ("one by one", "together"):
        commands = []
        for n, text in enumerate(texts):
            command = credit(f"p{n}", f"{kind}-{n}", coins=1)
            command.body = msgspec.structs.replace(
                command.body, description=text, reference_type=text, reference_id=text
            )
            commands.append(command)
        if kind == "together":
            await worker.all(commands)
        else:
            for command in commands:
                await worker.run(command)
    rows = await sql.fetch(
        "SELECT player_id, description, reference_type, reference_id FROM ledger"
    )
    assert len(rows) == 2 * len(texts)
    for player, *found in rows:
        assert found == [texts[int(player[1:])]] * 3
    names = await sql.fetch("SELECT player_id, display_name, username, locale FROM profiles")
    assert {row[0]: row[1] for row in names} == {
        "alone": "",
        **{f"p{n}": text for n, text in enumerate(texts)},
    }
    assert {(row[2], row[3]) for row in names} == {("", "")}


async def test_a_request_is_known_across_partitions(
    database: Database, sql: asyncpg.Connection
) -> None:
    await publish_game(database.url)
    week = await this_week(sql)
    clock = FixedClock(week + 7 * DAY - SECOND)
    async with open_worker(database.url, clock=clock) as worker:
        await worker.run(create("p"))
        first = await worker.run(credit("p", "r1", coins=5))
        refused = (await worker.all([debit("p", "r2", coins=50)]))[0]
        for later in (2 * SECOND, DAY, 6 * DAY, 7 * DAY + 2 * SECOND):
            clock.value_us = week + 7 * DAY - SECOND + later
            again = await worker.run(credit("p", "r1", coins=5))
            assert again.replayed
            assert again.recorded_at_us == first.recorded_at_us
            (known,) = await worker.all([debit("p", "r2", coins=50)])
            assert known.refusal == refused.refusal
            with pytest.raises(RequestIdReused):
                await worker.run(credit("p", "r1", coins=6))
            await worker.run(credit("p", f"other-{later}", coins=1))
        assert await sql.fetchval("SELECT count(DISTINCT tableoid) FROM requests") == 3
    await check_books(database.superuser_url)


async def test_a_request_is_forgotten_in_the_end_and_an_activity_never(
    database: Database, sql: asyncpg.Connection
) -> None:
    await publish_game(database.url)
    clock = FixedClock(await this_week(sql))
    async with open_worker(database.url, clock=clock) as worker:
        await worker.run(create("p"))
        await worker.run(credit("p", "r1", coins=5))
        await worker.run(activity("p", "lesson", "a1"))
        clock.value_us += 20 * DAY
        assert not (await worker.run(credit("p", "r1", coins=5))).replayed
        assert (await worker.run(activity("p", "lesson", "a1"))).replayed
        assert isinstance(await refusal(worker, activity("p", "wave", "a1")), RequestIdReused)


async def refusal(worker: Worker, command: Any) -> Any:
    return (await worker.all([command]))[0]


@pytest.mark.parametrize("skew", [-23 * HOUR, 23 * HOUR])
async def test_a_workers_clock_may_be_wrong(
    database: Database, monkeypatch: pytest.MonkeyPatch, skew: int
) -> None:
    """The database's clock decides; the worker's only bounds the partitions looked into."""
    await publish_game(database.url)
    async with open_workers(database.url, 2) as (right, wrong):
        now_us = wrong.core.clock.now_us
        monkeypatch.setattr(wrong.core.clock, "now_us", lambda: now_us() + skew)
        await right.run(create("p"))
        done = await right.run(credit("p", "r1", coins=5))
        assert abs(done.recorded_at_us - right.core.clock.now_us()) < MINUTE
        assert (await wrong.run(credit("p", "r1", coins=5))).replayed
        late = await wrong.run(credit("p", "r2", coins=5))
        assert late.recorded_at_us >= done.recorded_at_us
        assert (await right.run(credit("p", "r2", coins=5))).replayed


async def test_records_of_another_release(
    workers: list[Worker], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = workers
    await one.run(create("p"))
    await one.run(credit("p", "r1", coins=5))
    monkeypatch.setattr(engine_decide, "FINGERPRINT_VERSION", FINGERPRINT_VERSION + 1)
    assert (await other.run(credit("p", "r1", coins=5))).replayed
    assert isinstance(await refusal(other, debit("p", "r1", coins=5)), RequestIdReused)


async def test_time_follows_the_order_of_a_players_batches(workers: list[Worker]) -> None:
    await workers[0].run(create("p"))
    done = [await workers[n % 2].run(activity("p")) for n in range(20)]
    times = [outcome.recorded_at_us for outcome in done]
    assert times == sorted(times)
    assert len(set(times)) == 20


async def test_a_new_catalog_is_taken_up_between_batches(
    workers: list[Worker], database: Database
) -> None:
    """By every worker, with its next batch, and without being told."""
    before = await workers[0].run(activity("p", "lesson", "a1"))
    assert isinstance(await refusal(workers[1], activity("p", "extra")), UnknownActivityType)
    text = GAME.replace("id: lesson\n    base_xp: 25", "id: lesson\n    base_xp: 40") + (
        "# and one more\n"
    )
    text = text.replace("  - {id: wave}\n", "  - {id: wave}\n  - {id: extra, base_xp: 1}\n")
    assert await publish_game(database.url, text) == 2
    for worker in workers:
        after = await worker.run(activity("p"))
        assert (before.catalog_version, after.catalog_version) == (1, 2)
        assert [fact.base for fact in after.facts if isinstance(fact, XpGained)] == [40]
        assert (await worker.run(activity("p", "extra"))).facts
    # What was recorded by the old one stays as it was.
    assert (await workers[1].run(activity("p", "lesson", "a1"))).catalog_version == 1


async def test_an_older_catalog_may_become_the_active_one_again(
    workers: list[Worker], sql: asyncpg.Connection, database: Database
) -> None:
    await publish_game(database.url, GAME.replace("base_xp: 25", "base_xp: 40"))
    assert (await workers[0].run(activity("p"))).catalog_version == 2
    await sql.execute("UPDATE catalog_active SET version = 1")
    for worker in workers:
        assert (await worker.run(activity("p"))).catalog_version == 1


async def test_a_catalog_of_another_release_is_left_to_others(
    worker: Worker, sql: asyncpg.Connection
) -> None:
    await worker.run(activity("p"))
    await sql.execute(
        "INSERT INTO catalog_versions (version, name, content, digest, created_by)"
        """ VALUES (2, 'new', '{"name": "new", "not_known_here": []}', '', 'other')"""
    )
    await sql.execute("UPDATE catalog_active SET version = 2")
    found = await worker.all([activity("p") for _ in range(20)])
    assert {type(outcome) for outcome in found} == {StorageUnavailable}
    await sql.execute("UPDATE catalog_active SET version = 1")
    assert (await worker.run(activity("p"))).catalog_version == 1


class Interposed:
    """A connection that lets something happen before each load."""

    def __init__(self, connection: asyncpg.Connection, before: Callable[[], Awaitable[Any]]):
        self._connection = connection
        self._before = before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """Loads, afterwards."""
        await self._before()
        return await self._connection.fetchrow(query, *args)


def asking(asked: list[int]) -> Odd:
    """Asks once for wallets, which are loaded already."""

    def deed(work: Work) -> None:
        if not asked:
            asked.append(work.catalog.version)
            raise NotLoaded("wallets", ("p",))
        work.emit("p", ActivityRecorded("odd", "a", "t", 0))

    return Odd(deed, "p")


async def test_a_batch_sees_one_catalog(
    worker: Worker, database: Database, sql: asyncpg.Connection
) -> None:
    """Also if another one becomes active while it loads what a command asks for late."""
    await worker.run(create("p"))
    asked: list[int] = []

    async def publish_meanwhile() -> None:
        if asked:
            await publish_game(database.url, GAME.replace("base_xp: 25", "base_xp: 40"))

    connection = await worker.core.connect()
    try:
        interposed: Any = Interposed(connection, publish_meanwhile)
        commands = [activity("p", "lesson", "a1"), asking(asked), activity("p", "lesson", "a2")]
        commit = await worker.core.runner.run(interposed, commands, lane_id="l", batch_no=1)
    finally:
        await connection.close()
    done: list[Any] = commit.outcomes
    assert [outcome.catalog_version for outcome in done] == [1, 1, 1]
    gained = [fact.base for outcome in done for fact in outcome.facts if type(fact) is XpGained]
    assert gained == [25, 25]
    stored = await sql.fetch("SELECT DISTINCT catalog_version FROM activities")
    assert [row[0] for row in stored] == [1]
    assert (await worker.run(activity("p"))).catalog_version == 2


async def test_what_is_asked_for_late_does_not_undo_the_batch(worker: Worker) -> None:
    """A late load may bring what an earlier command of the batch has changed."""
    await worker.run(create("p"))
    await worker.run(credit("p", coins=100))
    connection = await worker.core.connect()
    try:
        commit = await worker.core.runner.run(
            connection,
            [credit("p", coins=7), asking([]), credit("p", coins=1)],
            lane_id="l",
            batch_no=1,
        )
    finally:
        await connection.close()
    assert [type(outcome) for outcome in commit.outcomes] == [Recorded] * 3
    assert (await worker.run(debit("p", coins=108))).facts


async def snapshot(sql: asyncpg.Connection) -> dict[str, Any]:
    """Every row of every table with the transaction that wrote it, and nothing's counters."""
    tables = await sql.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    return {
        name: await sql.fetch(f'SELECT xmin::text, xmax::text, t::text FROM "{name}" AS t')
        for (name,) in tables
    }


@pytest.mark.parametrize("player", ["p", "new"])
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("lesson", {"perfect": True}),
        ("marathon", {}),
        ("reading", {"metrics": {"pages": 3, "hours": 7}}),
        ("daily", {}),
        ("course", {"context": {"difficulty": "hard"}}),
    ],
)
async def test_a_simulation_writes_nothing_and_comes_true(
    worker: Worker, sql: asyncpg.Connection, player: str, kind: str, fields: dict[str, Any]
) -> None:
    await worker.run(activity("p", "lesson"))
    await worker.run(activity("p", "daily"))
    before = await snapshot(sql)
    simulator = Simulator(worker.core.runner, worker.core.pool)
    would = await simulator.run(activity(player, kind, "a9", **fields))
    assert await snapshot(sql) == before
    did = await worker.run(activity(player, kind, "a9", **fields))
    assert would.first_sequence == did.first_sequence
    assert [timeless(fact) for fact in would.facts] == [timeless(fact) for fact in did.facts]
    assert would.catalog_version == did.catalog_version


def timeless(fact: Any) -> Any:
    if isinstance(fact, ActivityRecorded):
        return msgspec.structs.replace(fact, occurred_at_us=0)
    return fact


async def test_a_simulation_is_refused_as_the_activity_would_be(
    worker: Worker, sql: asyncpg.Connection
) -> None:
    for kind in ("daily", "daily", "gift", "gift"):
        await worker.run(activity("p", kind))
    before = await snapshot(sql)
    simulator = Simulator(worker.core.runner, worker.core.pool)
    for kind, error in (("daily", DailyCap), ("gift", BalanceCap), ("no", UnknownActivityType)):
        with pytest.raises(error) as raised:
            await simulator.run(activity("p", kind, "a9"))
        real = await refusal(worker, activity("q" if kind == "no" else "p", kind, f"real-{kind}"))
        assert raised.value.refusal == real.refusal
    after = await snapshot(sql)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"activities", "players"}  # by the real ones: records, and a bare root


async def test_a_simulation_ignores_the_id(worker: Worker) -> None:
    await worker.run(activity("p", "lesson", "a1"))
    simulator = Simulator(worker.core.runner, worker.core.pool)
    assert (await simulator.run(activity("p", "wave", "a1"))).facts


async def test_a_simulation_sees_the_new_catalog(worker: Worker, database: Database) -> None:
    await publish_game(database.url, GAME.replace("base_xp: 25", "base_xp: 40"))
    would = await Simulator(worker.core.runner, worker.core.pool).run(activity("p"))
    assert would.catalog_version == 2


async def test_a_simulation_says_when_its_connection_was_ended(
    worker: Worker, sql: asyncpg.Connection
) -> None:
    simulator = Simulator(worker.core.runner, worker.core.pool)
    await asyncio.gather(*[simulator.run(activity("p")) for _ in range(8)])
    await sql.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
        " datname = current_database() AND pid <> pg_backend_pid()"
    )
    for _ in range(8):
        # Whatever asyncpg makes of it; `test_engine_reads` says what callers should hear.
        with contextlib.suppress(StorageUnavailable, asyncpg.InternalClientError):
            await simulator.run(activity("p"))
    assert (await simulator.run(activity("p"))).facts


async def test_the_player_must_exist_where_nothing_creates_it(
    worker: Worker, sql: asyncpg.Connection
) -> None:
    for command in (credit("x", coins=1), debit("x", coins=1), score("x", "high", 1)):
        assert isinstance(await refusal(worker, command), PlayerNotFound)
    assert await sql.fetchval("SELECT count(*) FROM players") == 0
    found = await worker.call([credit("y", coins=1), activity("y"), credit("y", coins=1)])
    assert [type(outcome) for outcome in found] == [PlayerNotFound, Recorded, Recorded]


async def test_rows_of_another_time_find_a_partition(database: Database) -> None:
    """Also where none was made: in the default one, and nothing is lost."""
    await publish_game(database.url)
    clock = FixedClock(to_us(datetime.fromisoformat("2031-05-05T00:00:00+00:00")))
    async with open_worker(database.url, clock=clock) as worker:
        await worker.run(create("p"))
        await worker.run(credit("p", "r1", coins=5))
        clock.advance(timedelta(days=3))
        assert (await worker.run(credit("p", "r1", coins=5))).replayed
