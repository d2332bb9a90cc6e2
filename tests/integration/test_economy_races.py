"""Money and goods under races and forced failures on a real Postgres with two workers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from renown_server.engine.command import Command, Recorded
from renown_server.engine.lane import CONFLICT_RERUNS_MAX
from renown_server.errors import Conflict, InsufficientFunds, InsufficientItems
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import create, credit, debit
from tests.kit.conflicts import raising
from tests.kit.economy import ECONOMY
from tests.kit.store import buy
from tests.kit.trades import accept, give, propose, side, trade_of, transfer
from tests.kit.workers import Worker, open_workers, publish_game

pytestmark = pytest.mark.integration

GAME = snapshot_of(ECONOMY)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
async def workers(database: Database) -> AsyncIterator[list[Worker]]:
    """Two workers, two players with 100 coins; the books are checked when the test has ended."""
    await publish_game(database.url, ECONOMY)
    async with open_workers(database.url, 2) as workers:
        for player in ("a", "b"):
            await workers[0].run(create(player))
            await workers[0].run(credit(player, coins=100))
            await workers[0].run(give(player, shard=5))
        yield workers
    await check_books(database.superuser_url)


async def both(workers: list[Worker], commands: list[Command]) -> list[Any]:
    """Each command on the one or the other worker, all at once."""
    return await asyncio.gather(
        *[workers[n % 2].run(command) for n, command in enumerate(commands)],
        return_exceptions=True,
    )


async def coins(worker: Worker, player: str) -> int:
    sql = "SELECT balance FROM wallets WHERE player_id = $1 AND currency = 'coins'"
    return int(await worker.core.pool.fetchval(sql, player))


async def everything(worker: Worker) -> dict[str, list[Any]]:
    """All that is owned, held, sold and recorded."""
    tables = ("wallets", "items", "bags", "trades", "purchases", "stock", "requests", "ledger")
    return {
        name: await worker.core.pool.fetch(f"SELECT t::text FROM {name} AS t ORDER BY 1")
        for name in tables
    }


async def test_debits_race_to_zero(workers: list[Worker]) -> None:
    """Of 300 that want one coin of a hundred, a hundred get it."""
    found = await both(workers, [debit("a", coins=1) for _ in range(300)])
    assert Counter(type(one) for one in found) == {Recorded: 100, InsufficientFunds: 200}
    assert await coins(workers[0], "a") == 0


async def test_everything_that_spends_races_to_zero(workers: list[Worker]) -> None:
    """Debits, purchases and gifts take from one wallet; what they took is what is gone."""
    kinds: list[Callable[[], Command]] = [
        lambda: debit("a", coins=3),
        lambda: buy("a", "potion", catalog=GAME),
        lambda: transfer("a", "b", coins=7),
    ]
    found = await both(workers, [kinds[n % 3]() for n in range(120)])
    assert {type(one) for one in found} == {Recorded, InsufficientFunds}
    done = [isinstance(one, Recorded) for one in found]
    debits, purchases, gifts = (sum(done[place::3]) for place in range(3))
    assert await coins(workers[0], "a") == 100 - 3 * debits - 10 * purchases - 7 * gifts
    assert await coins(workers[0], "b") == 100 + 7 * gifts
    potions = "SELECT coalesce(sum(quantity), 0)::int FROM items WHERE item_id = 'potion'"
    assert await workers[0].core.pool.fetchval(potions) == purchases


SPENDING: dict[str, Callable[[], Command]] = {
    "purchase": lambda: buy("a", "potion", request_id="once", catalog=GAME),
    "limited": lambda: buy("a", "limited", request_id="once", catalog=GAME),
    "transfer": lambda: transfer("a", "b", "once", coins=7),
    "proposal": lambda: propose("a", "b", side("shard", coins=5), request_id="once"),
}


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
@pytest.mark.parametrize("name", SPENDING)
async def test_conflicts_run_again_and_have_one_effect(
    workers: list[Worker], database: Database, name: str, sqlstate: str
) -> None:
    async with raising(database, sqlstate, CONFLICT_RERUNS_MAX):
        first = await workers[0].run(SPENDING[name]())
    again = await workers[1].run(SPENDING[name]())
    assert again.replayed
    assert (again.facts, again.result) == (first.facts, _plain(first.result))


def _plain(result: Any) -> Any:
    """A result as it comes back from the table."""
    return None if result is None else msgspec.json.decode(msgspec.json.encode(result))


@pytest.mark.parametrize("name", SPENDING)
async def test_conflicts_without_end_leave_no_trace(
    workers: list[Worker], database: Database, name: str
) -> None:
    before = await everything(workers[0])
    async with raising(database, "40001", 10**6):
        with pytest.raises(Conflict):
            await workers[0].run(SPENDING[name]())
    assert await everything(workers[0]) == before
    assert isinstance(await workers[1].run(SPENDING[name]()), Recorded)


async def test_a_trade_that_fails_at_the_last_moment_is_still_open(
    workers: list[Worker], database: Database
) -> None:
    proposed = await workers[0].run(propose("a", "b", side("shard"), side(coins=9)))
    trade = trade_of(proposed)
    before = await everything(workers[0])
    async with raising(database, "40001", 10**6, "items"):
        with pytest.raises(Conflict):
            await workers[0].run(accept(trade, request_id="deal"))
    assert await everything(workers[0]) == before
    assert isinstance(await workers[1].run(accept(trade, request_id="deal")), Recorded)
    assert [await coins(workers[0], player) for player in "ab"] == [109, 91]


async def test_one_stack_is_given_away_once(workers: list[Worker]) -> None:
    """Fifty trades want the same five shards."""
    found = await both(workers, [propose("a", "b", side("shard")) for _ in range(50)])
    kinds = Counter(type(one).__name__ for one in found)
    # Three trades may be open; none of the others may have taken anything.
    assert kinds["Recorded"] == 3
    assert set(kinds) <= {"Recorded", "TradeLimit", InsufficientItems.__name__}
    left = "SELECT quantity FROM items WHERE player_id = 'a' AND item_id = 'shard'"
    assert await workers[0].core.pool.fetchval(left) == 2
