"""Purchases by many at once on a real Postgres: nothing oversold, nothing paid twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from renown_server.engine.command import Command, Recorded
from renown_server.errors import PurchaseLimit, ReceiptUsed, SoldOut, StoredRefusal
from renown_server.store import queries
from renown_server.store.commands import EarlierPurchase
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import create, credit
from tests.kit.economy import ECONOMY
from tests.kit.store import buy, redeem
from tests.kit.workers import Worker, open_workers, publish_game

pytestmark = pytest.mark.integration

TEXT = ECONOMY.replace("    stock: 3\n", "    stock: 100\n").replace("Gems, cap: 100}", "Gems}")
GAME = snapshot_of(TEXT)


@pytest.fixture
async def workers(database: Database) -> AsyncIterator[list[Worker]]:
    """Two workers; the books are checked when the test has ended."""
    await publish_game(database.url, TEXT)
    async with open_workers(database.url, 2) as workers:
        yield workers
    await check_books(database.superuser_url)


async def both(workers: list[Worker], commands: list[Command]) -> list[Any]:
    """Each command on the one or the other worker, all at once."""
    return await asyncio.gather(
        *[workers[n % 2].run(command) for n, command in enumerate(commands)],
        return_exceptions=True,
    )


async def fetch(worker: Worker, sql: str, *args: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await worker.core.pool.fetch(sql, *args)]


async def rich_players(workers: list[Worker], count: int, **money: int) -> list[str]:
    players = [f"p{n:04}" for n in range(count)]
    made = await both(workers, [create(player) for player in players])
    paid = await both(workers, [credit(player, **money) for player in players])
    assert {type(outcome) for outcome in [*made, *paid]} == {Recorded}
    return players


async def deadlocks(worker: Worker) -> int:
    await worker.core.pool.execute("SELECT pg_stat_force_next_flush()")
    count: int = await worker.core.pool.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return count


async def test_a_thousand_buyers_of_a_hundred_pieces(workers: list[Worker]) -> None:
    players = await rich_players(workers, 1000, coins=10)
    found = await both(workers, [buy(player, "limited", catalog=GAME) for player in players])
    assert Counter(type(outcome) for outcome in found) == {Recorded: 100, SoldOut: 900}
    worker = workers[0]
    assert await fetch(worker, "SELECT * FROM stock") == [("offer:limited", 100, 100)]
    assert await fetch(worker, "SELECT count(*), sum(quantity)::int FROM purchases") == [(100, 100)]
    assert await fetch(worker, "SELECT count(*), sum(quantity)::int FROM items") == [(100, 100)]
    assert await fetch(worker, "SELECT sum(balance)::int FROM wallets") == [(10_000 - 500,)]
    assert await deadlocks(worker) == 0


async def test_buyers_of_several_at_once_and_again(workers: list[Worker]) -> None:
    """What does not fit is refused, what is left is sold to the last piece."""
    players = await rich_players(workers, 40, coins=100)
    commands = [
        buy(player, "limited", 1 + n % 3, request_id=f"r{player}", catalog=GAME)
        for n, player in enumerate(players * 5)
    ]
    found = await both(workers, [command for command in commands[:40] for _ in range(3)])
    done = [outcome for outcome in found if isinstance(outcome, Recorded)]
    assert sum(not outcome.replayed for outcome in done) == 40
    more = await both(
        workers, [buy(player, "limited", catalog=GAME) for player in players for _ in range(2)]
    )
    sold = sum(1 + n % 3 for n in range(40))
    assert sum(isinstance(outcome, Recorded) for outcome in more) == 100 - sold
    assert {type(outcome) for outcome in more} == {Recorded, SoldOut}
    assert await fetch(workers[0], "SELECT sold FROM stock") == [(100,)]
    assert await fetch(workers[0], "SELECT sum(quantity)::int FROM purchases") == [(100,)]


async def test_one_player_at_both_workers_keeps_to_the_limit(workers: list[Worker]) -> None:
    (player,) = await rich_players(workers, 1, coins=100)
    found = await both(workers, [buy(player, "daily", catalog=GAME) for _ in range(40)])
    assert Counter(type(outcome) for outcome in found) == {Recorded: 2, PurchaseLimit: 38}
    assert await fetch(workers[0], "SELECT bought FROM purchase_limits") == [(2,)]


async def test_retries_have_one_effect(workers: list[Worker]) -> None:
    (player,) = await rich_players(workers, 1, coins=100)
    found = await both(
        workers, [buy(player, "potion", request_id="r1", catalog=GAME) for _ in range(50)]
    )
    assert sum(not outcome.replayed for outcome in found) == 1
    assert all(outcome.facts == found[0].facts for outcome in found)
    assert await fetch(workers[0], "SELECT count(*) FROM purchases") == [(1,)]


async def test_one_receipt_for_two_players_at_once(workers: list[Worker]) -> None:
    """They lock different rows: only the receipt's own key can decide."""
    one, other = await rich_players(workers, 2, coins=1)
    for n in range(30):
        found = await both(
            workers, [redeem(one, f"r{n}", catalog=GAME), redeem(other, f"r{n}", catalog=GAME)]
        )
        assert sorted(type(outcome).__name__ for outcome in found) == ["ReceiptUsed", "Recorded"]
    totals = "SELECT count(*) FROM receipts UNION ALL SELECT count(*) FROM purchases"
    assert await fetch(workers[0], totals) == [(30,), (30,)]


async def test_receipts_in_opposite_orders(workers: list[Worker]) -> None:
    count = 120
    players = await rich_players(workers, count, coins=1)
    for attempt in range(4):
        names = [f"{attempt}-{n:03}" for n in range(count)]
        forth = [redeem(*pair, catalog=GAME) for pair in zip(players, names, strict=True)]
        back = [redeem(*pair, catalog=GAME) for pair in zip(players, names[::-1], strict=True)]
        found = await asyncio.gather(workers[0].all(forth), workers[1].all(back))
        outcomes = Counter(type(outcome) for outcome in [*found[0], *found[1]])
        assert outcomes == {Recorded: count, ReceiptUsed: count}
    assert await fetch(workers[0], "SELECT count(*) FROM receipts") == [(4 * count,)]
    assert await deadlocks(workers[0]) == 0


async def test_a_receipt_whose_request_is_no_longer_known(
    workers: list[Worker], database: Database
) -> None:
    """After eight days only its own row answers."""
    one, other = await rich_players(workers, 2, coins=1)
    first = await workers[0].run(redeem(one, "r1", catalog=GAME))
    superuser = await asyncpg.connect(database.superuser_url)
    try:
        # Under a key that no probe looks for; its facts still count.
        await superuser.execute(
            "UPDATE requests SET request_key = sha256(request_key) WHERE player_id = $1", one
        )
    finally:
        await superuser.close()
    found = await both(workers, [redeem(one, "r1", catalog=GAME) for _ in range(4)])
    assert {type(outcome) for outcome in found} == {Recorded}
    given = {outcome.result_as(EarlierPurchase).purchase_id for outcome in found}
    assert given == {first.facts[0].purchase_id}
    refused = await both(workers, [redeem(other, "r1", catalog=GAME) for _ in range(3)])
    assert {type(outcome) for outcome in refused} == {ReceiptUsed}
    assert await fetch(workers[0], "SELECT count(*) FROM purchases") == [(1,)]


async def test_a_refusal_is_the_same_at_the_other_worker(workers: list[Worker]) -> None:
    (player,) = await rich_players(workers, 1, coins=1)
    found = await both(
        workers, [buy(player, "limited", 101, request_id="r", catalog=GAME) for _ in range(10)]
    )
    assert {type(outcome) for outcome in found} == {SoldOut, StoredRefusal}
    assert {outcome.refusal.reason for outcome in found} == {"SOLD_OUT"}


@pytest.mark.parametrize(
    ("bytes_max", "pages"), [(1, [1] * 7), (10**6, [3, 3, 1]), (700, [2, 2, 2, 1])]
)
async def test_pages_of_purchases_end_where_they_gave_much(
    workers: list[Worker], monkeypatch: pytest.MonkeyPatch, bytes_max: int, pages: list[int]
) -> None:
    worker = workers[0]
    await rich_players(workers, 1, coins=1000)
    outcomes = await worker.all([buy("p0000", "potion", catalog=GAME) for _ in range(7)])
    assert {type(outcome) for outcome in outcomes} == {Recorded}
    ((least, most),) = await fetch(
        worker, "SELECT min(length(facts)), max(length(facts)) FROM purchases"
    )
    assert 350 <= least <= most < 700
    monkeypatch.setattr(queries, "FACTS_BYTES", bytes_max)
    before, more = (2**62, ""), True
    shown: list[tuple[int, str]] = []
    sizes = []
    while more:
        rows, more = await queries.list_purchases(worker.core.pool, "p0000", before=before, size=3)
        shown += [(row.purchased_us, row.purchase_id) for row in rows]
        sizes.append(len(rows))
        before = shown[-1]
    assert sizes == pages
    assert shown == sorted(shown, reverse=True)
    assert len(set(shown)) == 7
    assert await queries.list_purchases(worker.core.pool, "nobody", before=before, size=3) == (
        [],
        False,
    )
