"""`renown ledger`: the proof finds every kind of tampering; closing months loses no money."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from typer.testing import CliRunner

from renown_server.cli import ledger as cli
from renown_server.cli.failures import Failure
from renown_server.currency import closing, store
from renown_server.currency.closing import CannotClose, close, list_tables
from renown_server.currency.report import Report
from renown_server.currency.verify import verify
from renown_server.engine.clock import FixedClock, to_us
from renown_server.storage import postgres
from renown_server.storage.embedded import EmbeddedServers
from renown_server.trade.escrow import held_currencies
from tests.conftest import TEMPLATE, Database, in_database
from tests.kit.commands import activity, create, credit, debit
from tests.kit.ledgers import ROUNDS, add_months, fill
from tests.kit.workers import open_worker, publish_game

pytestmark = pytest.mark.integration

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Books:
    """A database with three months of postings, and who may do what to it.

    Attributes:
        months: when they began, this month last.
    """

    database: Database
    app: asyncpg.Connection
    owner: asyncpg.Connection
    superuser: asyncpg.Connection
    months: list[datetime]

    async def verify(self, **options: object) -> Report:
        return await verify(self.app, **options)  # type: ignore[arg-type]

    async def play(self, month: datetime, *, day: int = 15) -> None:
        """Some postings of a month."""
        await play(self.database.url, month, day)


async def play(url: str, month: datetime, day: int) -> None:
    """Some postings of a month; an activity pays two together."""
    clock = FixedClock(to_us(month + timedelta(days=day)))
    async with open_worker(url, clock=clock) as worker:
        for player in ("ada", "bob", "eve"):
            for _ in range(5):
                await worker.run(activity(player))
            await worker.run(credit(player, coins=7, gems=2))
            await worker.run(debit(player, coins=3))


async def _make_books(servers: EmbeddedServers, name: str) -> list[datetime]:
    superuser = await asyncpg.connect(servers.urls.superuser_database_url)
    await superuser.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER renown_owner")
    await superuser.close()
    owner = await asyncpg.connect(in_database(servers.urls.owner_database_url, name))
    months = await add_months(owner, 2)
    await owner.close()
    url = in_database(servers.urls.database_url, name)
    await publish_game(url)
    async with open_worker(url) as worker:
        await worker.all([create(player) for player in ("ada", "bob", "eve")])
    for month in months:
        await play(url, month, 1)
    return months


@pytest.fixture(scope="module")
def template(servers: EmbeddedServers) -> tuple[str, list[datetime]]:
    """A database that was played in for three months: its name, and when they began."""
    name = f"ledger_template_{os.getpid()}"
    return name, asyncio.run(_make_books(servers, name))


@pytest.fixture
async def books(
    servers: EmbeddedServers, template: tuple[str, list[datetime]]
) -> AsyncIterator[Books]:
    """A copy of it."""
    source, months = template
    name = f"ledger_{os.getpid()}_{next(_numbers)}"
    urls = servers.urls
    database = Database(
        url=in_database(urls.database_url, name),
        owner_url=in_database(urls.owner_database_url, name),
        superuser_url=in_database(urls.superuser_database_url, name),
    )
    superuser = await asyncpg.connect(urls.superuser_database_url)
    await superuser.execute(f"CREATE DATABASE {name} TEMPLATE {source} OWNER renown_owner")
    connections = [
        await postgres.connect(url)
        for url in (database.url, database.owner_url, database.superuser_url)
    ]
    app, owner, root = connections
    yield Books(database, app, owner, root, months)
    for connection in connections:
        await connection.close()
    await superuser.close()


async def balances(connection: asyncpg.Connection) -> dict[str, int]:
    rows = await connection.fetch("SELECT currency, sum(balance)::bigint FROM wallets GROUP BY 1")
    return dict(rows)


async def test_what_was_played_adds_up(books: Books) -> None:
    report = await books.verify()
    assert report.is_sound, report
    assert report.wallets == 6
    postings = await books.app.fetchval("SELECT sum(cardinality(amounts)) FROM ledger")
    assert report.postings == postings > 40
    assert report.balances == await balances(books.app)
    assert {kind for _, kind in report.accounts} == {"issuance", "sink"}
    assert report.accounts["coins", "sink"] == -27


@pytest.mark.parametrize("postings_a_chunk", [1, 10, 100_000])
async def test_any_ranges_give_the_same_report(books: Books, postings_a_chunk: int) -> None:
    done: list[tuple[int, int]] = []
    report = await books.verify(
        postings_a_chunk=postings_a_chunk, progress=lambda *ranges: done.append(ranges)
    )
    assert report == await books.verify()
    assert done == [(number, len(done)) for number in range(1, len(done) + 1)]


async def test_an_empty_ledger_adds_up(database: Database) -> None:
    connection = await postgres.connect(database.url)
    assert await verify(connection) == Report()
    await connection.close()


LAST = "player_id = 'bob' AND sequence = (SELECT max(sequence) FROM ledger WHERE player_id = 'bob')"
FIRST = LAST.replace("max", "min")
MIDDLE = "(player_id, sequence) = (SELECT player_id, sequence FROM ledger"
MIDDLE += " WHERE player_id = 'bob' ORDER BY sequence OFFSET 6 LIMIT 1)"


@pytest.mark.parametrize(
    ("tampering", "why"),
    [
        (
            "UPDATE wallets SET balance = balance + 1, earned = earned + 1"
            " WHERE player_id = 'bob' AND currency = 'coins'",
            r"the balance is \d+, and postings add up to \d+",
        ),
        (
            "UPDATE wallets SET earned = earned + 1, spent = spent + 1"
            " WHERE player_id = 'bob' AND currency = 'coins'",
            r"\d+ was earned, and postings gave \d+",
        ),
        (f"DELETE FROM ledger WHERE {FIRST}", "the balance is"),
        (f"DELETE FROM ledger WHERE {MIDDLE}", "the balance is"),
        (f"DELETE FROM ledger WHERE {LAST}", "the balance is"),
        (f"UPDATE ledger SET amounts[1] = amounts[1] + 1 WHERE {MIDDLE}", "the balance is"),
        (
            f"UPDATE ledger SET balances_after[1] = balances_after[1] + 1 WHERE {MIDDLE}",
            r"the posting of transaction \d+ does not start where the last one ended",
        ),
        (
            f"UPDATE ledger SET balances_after[1] = balances_after[1] + 1 WHERE {LAST}",
            "does not start where",
        ),
        (
            "UPDATE ledger SET amounts[1] = amounts[1] + 1, balances_after[1] = balances_after[1]"
            f" + 1 WHERE {FIRST}",
            "the balance is",
        ),
        (
            f"UPDATE ledger SET amounts[1] = NULL WHERE {MIDDLE}",
            "the balance is",
        ),
        (f"UPDATE ledger SET currencies[1] = 'gold' WHERE {FIRST}", "there is no wallet"),
        (
            "DELETE FROM wallets WHERE player_id = 'bob' AND currency = 'coins'",
            "there is no wallet, and postings of",
        ),
        (
            "INSERT INTO wallets VALUES ('bob', 'silver', 5, 5, 0)",
            "the balance is 5, and postings add up to 0",
        ),
        (
            "INSERT INTO wallets VALUES ('bob', 'silver', 0, 5, 5)",
            "5 was earned, and postings gave 0",
        ),
        ("INSERT INTO ledger_openings VALUES ('bob', 'coins', 5, now())", "on an opening of 5"),
        (
            "INSERT INTO ledger_openings VALUES ('bob', 'coins', 5, now());"
            " UPDATE wallets SET balance = balance + 5, earned = earned + 5"
            " WHERE player_id = 'bob' AND currency = 'coins'",
            "the first posting starts at 0, not at 5",
        ),
        (
            "INSERT INTO ledger_openings VALUES ('bob', 'silver', 5, now())",
            "there is no wallet, and postings of 0 on an opening of 5",
        ),
    ],
)
async def test_tampering_is_found(books: Books, tampering: str, why: str) -> None:
    await books.superuser.execute(tampering)
    for size in (1, 1_000_000):
        report = await books.verify(postings_a_chunk=size)
        assert not report.is_sound
        assert report.broken_count == len(report.broken) > 0
        assert {broken.player_id for broken in report.broken} == {"bob"}
        assert any(re.search(why, broken.why) for broken in report.broken), report.broken


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        (
            "INSERT INTO ledger_opening_accounts VALUES ('coins', 'sink', -1)",
            r"coins: players have \d+, and \d+ came out of the accounts",
        ),
        (
            "UPDATE ledger SET counter_accounts[1] = 'player:eve' WHERE player_id = 'bob'",
            r"coins: what players gave each other leaves \d+, not 0",
        ),
    ],
)
async def test_currencies_must_add_up_as_a_whole(books: Books, tampering: str, says: str) -> None:
    await books.superuser.execute(tampering)
    report = await books.verify()
    assert (report.broken, report.is_sound) == ([], False)
    assert re.fullmatch(says, report.mismatches[0])


async def test_what_lies_in_an_account_is_compared(books: Books) -> None:
    await books.superuser.execute(
        "UPDATE ledger SET counter_accounts[1] = 'escrow:t1' WHERE event_type = 'debit'"
    )

    def escrow(**amounts: int) -> Callable[..., object]:
        async def read(connection: asyncpg.Connection) -> Mapping[str, int]:
            assert await connection.fetchval("SELECT count(*) FROM trades") == 0
            return amounts

        return read

    assert (await books.verify(held={"escrow": escrow(coins=27)})).is_sound
    short = await books.verify(held={"escrow": escrow(coins=26, gems=1)})
    assert short.mismatches == [
        "coins: 27 lies in escrow, and 26 should",
        "gems: 0 lies in escrow, and 1 should",
    ]


async def test_trades_say_what_lies_in_escrow(books: Books) -> None:
    def trade(number: int, state: int, escrow: str) -> str:
        return (
            f"INSERT INTO trades VALUES ('t{number}', 'ada', 'bob', {state}, '{{}}', '{{}}',"
            f" '{escrow}', '', 1, 2, 0)"
        )

    assert await held_currencies(books.app) == {}
    for statement in (
        trade(1, 1, '{"currencies":[["coins",20,1],["gems",3,0]]}'),
        trade(2, 1, '{"items":[]}'),
        trade(3, 2, "{}"),
        trade(4, 1, '{"currencies":[["coins",7,0]]}'),
    ):
        await books.superuser.execute(statement)
    assert await held_currencies(books.app) == {"coins": 27, "gems": 3}


async def test_only_the_first_are_named(database: Database) -> None:
    superuser = await postgres.connect(database.superuser_url)
    await superuser.execute(
        "INSERT INTO wallets SELECT 'p' || lpad(n::text, 3, '0'), 'coins', 1, 1, 0"
        " FROM generate_series(1, 50) AS n"
    )
    for size in (10_000, 1):
        report = await verify(superuser, postings_a_chunk=size)
        assert report.broken_count == 50
        assert [broken.player_id for broken in report.broken] == [
            f"p{number:03}" for number in range(1, 21)
        ]
    await superuser.close()


async def test_it_sees_one_moment_while_others_play(books: Books) -> None:
    async with open_worker(books.database.url) as worker:
        commands = [credit(player, coins=1) for player in ("ada", "bob") for _ in range(300)]
        playing = asyncio.create_task(worker.all(commands))
        for _ in range(5):
            report = await books.verify(postings_a_chunk=1)
            assert report.is_sound, report
        assert not any(isinstance(outcome, Exception) for outcome in await playing)


async def test_filled_ledgers_are_sound(database: Database) -> None:
    """What the long test runs on."""
    owner = await postgres.connect(database.owner_url)
    await fill(owner, 1_000, await add_months(owner, 3))
    report = await verify(owner, postings_a_chunk=2_000)
    assert report.is_sound
    assert (report.wallets, report.postings) == (1_000, 1_000 * ROUNDS)
    await owner.close()


def tables(books: Books) -> list[str]:
    return [f"ledger_{month:%Y%m%d}" for month in books.months]


async def transactions(books: Books, player: str) -> int:
    async with open_worker(books.database.url) as worker:
        rows = await store.list_entries(
            worker.core.sql, player, before=None, size=200, currency="", event_type=""
        )
    return len(rows)


async def test_closed_months_leave_their_openings(books: Books) -> None:
    before = await books.verify()
    listed = await transactions(books, "ada")
    closed = await close(books.owner, books.months[-1].date(), actor="cli")
    assert closed.tables == tuple(tables(books)[:2])
    after = await books.verify()
    assert after.is_sound, after
    assert (after.balances, after.accounts) == (before.balances, before.accounts)
    assert after.postings == before.postings - closed.postings
    assert await transactions(books, "ada") == listed // 3
    states = {table.name: table.attached for table in await list_tables(books.app)}
    assert [states[name] for name in tables(books)] == [False, False, True]
    row = await books.superuser.fetchrow("SELECT * FROM audit WHERE action = 'ledger.close'")
    assert (row["actor"], row["subject"]) == ("cli", "ledger")
    assert all(name in row["details"] for name in closed.tables)


async def test_month_after_month(books: Books) -> None:
    expected = await books.verify()
    for month, name in zip(books.months[1:], tables(books), strict=False):
        assert (await close(books.owner, month.date(), actor="cli")).tables == (name,)
        report = await books.verify()
        assert report.is_sound, report
        assert report.accounts == expected.accounts
    again = await close(books.owner, books.months[-1].date(), actor="cli")
    assert again == closing.Closed((), 0)
    assert await books.superuser.fetchval("SELECT count(*) FROM audit") == 2


async def test_postings_go_on_where_the_opening_ends(books: Books) -> None:
    await close(books.owner, books.months[-1].date(), actor="cli")
    await books.play(books.months[-1], day=3)
    async with open_worker(books.database.url) as worker:
        await worker.run(create("new"))
        await worker.run(credit("new", coins=1))
    report = await books.verify()
    assert report.is_sound, report
    assert report.wallets == 7


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE ledger_openings SET amount = amount + 1 WHERE player_id = 'bob'",
        "DELETE FROM ledger_openings WHERE player_id = 'bob' AND currency = 'gems'",
        "UPDATE wallets SET earned = balance, spent = 0 WHERE player_id = 'bob'",
        "UPDATE wallets SET spent = spent + 1 WHERE player_id = 'bob'",
        f"DELETE FROM ledger WHERE {LAST}",
    ],
)
async def test_tampering_after_a_close_is_found(books: Books, tampering: str) -> None:
    await close(books.owner, books.months[-1].date(), actor="cli")
    await books.superuser.execute(
        "ALTER TABLE wallets DROP CONSTRAINT IF EXISTS ck_wallets_lifetime"
    )
    await books.superuser.execute(tampering)
    report = await books.verify()
    assert {broken.player_id for broken in report.broken} == {"bob"}


async def test_what_does_not_add_up_is_not_closed(books: Books) -> None:
    await books.superuser.execute(
        f"UPDATE ledger SET amounts[1] = amounts[1] + 1 WHERE {FIRST}",
    )
    with pytest.raises(CannotClose, match="postings of bob in ledger_"):
        await close(books.owner, books.months[-1].date(), actor="cli")
    assert await books.owner.fetchval("SELECT count(*) FROM ledger_openings") == 0
    assert all(table.attached for table in await list_tables(books.owner))


async def test_this_month_is_not_closed(books: Books) -> None:
    with pytest.raises(CannotClose, match="only months that ended by"):
        await close(books.owner, date(2999, 1, 1), actor="cli")
    await books.play(books.months[-1], day=3)
    assert (await books.verify()).is_sound


async def test_strays_are_not_left_behind(books: Books) -> None:
    await books.play(datetime(2020, 1, 1, tzinfo=UTC))
    with pytest.raises(CannotClose, match="ledger_default holds rows of before"):
        await close(books.owner, books.months[-1].date(), actor="cli")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A close that tries again sooner, and oftener."""
    sooner = closing._SETTINGS.replace("lock_timeout = '2s'", "lock_timeout = '300ms'")
    assert sooner != closing._SETTINGS
    monkeypatch.setattr(closing, "_SETTINGS", sooner)
    monkeypatch.setattr(closing, "DETACH_PAUSE_S", 0.1)
    monkeypatch.setattr(closing, "DETACH_TRIES", 100)


@pytest.mark.usefixtures("impatient")
async def test_a_ledger_that_is_read_is_closed_later(books: Books) -> None:
    reading = books.superuser.transaction()
    await reading.start()
    await books.superuser.fetch("SELECT FROM ledger")
    asking = asyncio.create_task(close(books.owner, books.months[-1].date(), actor="cli"))
    await asyncio.sleep(0.6)  # it has given up once at least
    await books.play(books.months[-1], day=3)  # nobody waits for long
    await reading.rollback()
    assert len((await asking).tables) == 2
    assert (await books.verify()).is_sound


@pytest.mark.usefixtures("impatient")
async def test_a_ledger_that_is_always_read_stays(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "DETACH_TRIES", 1)
    async with books.superuser.transaction():
        await books.superuser.fetch("SELECT FROM ledger")
        with pytest.raises(CannotClose, match="is in use"):
            await close(books.owner, books.months[-1].date(), actor="cli")
    assert (await books.verify()).is_sound
    assert await books.owner.fetchval("SELECT count(*) FROM ledger_openings") == 0


async def test_the_application_may_neither_open_nor_close(books: Books) -> None:
    for statement in (
        "INSERT INTO ledger_openings VALUES ('bob', 'coins', 5, now())",
        "INSERT INTO ledger_opening_accounts VALUES ('coins', 'sink', -1)",
        "UPDATE ledger_openings SET amount = 0",
        "DELETE FROM ledger_opening_accounts",
        f"ALTER TABLE ledger DETACH PARTITION {tables(books)[0]}",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await books.app.execute(statement)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await close(books.app, books.months[-1].date(), actor="cli")


def run(*words: str) -> tuple[int, str, str]:
    """The command in this process: code, output, the failure's line."""
    result = CliRunner().invoke(cli.app, words)
    if result.exception is None or isinstance(result.exception, SystemExit):
        return result.exit_code, result.output, ""
    assert isinstance(result.exception, Failure), result.exception
    return result.exit_code, result.output, str(result.exception)


async def test_the_commands(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENOWN_DATABASE_URL", books.database.url)
    monkeypatch.setenv("RENOWN_OWNER_DATABASE_URL", books.database.owner_url)
    monkeypatch.setenv("RENOWN_METRICS_PORT", "none")
    code, out, _ = await asyncio.to_thread(run, "verify")
    assert (code, out.splitlines()[-1].startswith("6 wallets and ")) == (0, True), out
    assert re.search(r"^coins +issuance +-\d+ *$", out, re.MULTILINE)
    assert re.search(r"^coins +sink +27 *$", out, re.MULTILINE)

    this_month = f"{books.months[-1]:%Y-%m-%d}"
    code, out, _ = await asyncio.to_thread(run, "close", "--before", this_month)
    assert code == 0
    assert out.startswith(f"detached {', '.join(tables(books)[:2])} with ")
    code, out, _ = await asyncio.to_thread(run, "close", "--before", this_month)
    assert (code, out) == (0, f"nothing to close before {this_month}\n")
    code, _, line = await asyncio.to_thread(run, "close", "--before", "2999-01-01")
    assert code == 1
    assert "only months that ended" in line
    assert (await asyncio.to_thread(run, "close", "--before", "soon"))[0] == 2
    assert (await asyncio.to_thread(run, "close"))[0] == 2

    code, out, _ = await asyncio.to_thread(run, "partitions")
    assert code == 0
    assert re.search(rf"^{tables(books)[0]} .*\d kB +detached *$", out, re.MULTILINE)
    assert re.search(rf"^{tables(books)[2]} +{this_month} .* attached *$", out, re.MULTILINE)

    assert (await asyncio.to_thread(run, "verify"))[0] == 0
    await books.superuser.execute("UPDATE wallets SET balance = balance + 1, earned = earned + 1")
    code, out, line = await asyncio.to_thread(run, "verify")
    assert (code, line) == (1, "the ledger does not add up: 8 problem(s)")
    assert re.search(r"^ada coins: the balance is \d+", out, re.MULTILINE)
