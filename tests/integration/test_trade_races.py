"""Gifts and trades by two workers at once on a real Postgres: exact totals, no deadlock."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import pytest

from renown_server.engine.command import Command, Recorded
from renown_server.engine.engine import Engine
from renown_server.errors import (
    GiftLimit,
    InsufficientFunds,
    InsufficientItems,
    TradeEnded,
    TradeLimit,
)
from renown_server.trade import store
from renown_server.trade.commands import ExpireTrade
from renown_server.trade.expiry import PAGE_SIZE, expire_all
from renown_server.trade.state import Side, TradeState, TradeView
from tests.conftest import Database
from tests.kit.books import check_books
from tests.kit.commands import create, credit
from tests.kit.economy import ECONOMY
from tests.kit.times import MINUTE
from tests.kit.trades import accept, cancel, gift, give, propose, side, trade_of, transfer
from tests.kit.workers import Worker, open_workers, publish_game

pytestmark = pytest.mark.integration

RACE_S = 4.0
GAME = (
    ECONOMY.replace("trades_open_max: 3", "trades_open_max: 200")
    .replace("inventory_capacity: 10", "inventory_capacity: 0")
    .replace("{code: coins, name: Coins, giftable: true}", "{code: coins, giftable: true}")
)


@pytest.fixture
async def workers(database: Database) -> AsyncIterator[list[Worker]]:
    """Two workers and two players; the books are checked when the test has ended."""
    await publish_game(database.url, GAME)
    async with open_workers(database.url, 2) as workers:
        for player in ("a", "b"):
            await workers[0].run(create(player))
            await workers[0].run(credit(player, coins=1000))
            await workers[0].run(give(player, shard=100, sword=3))
        yield workers
        assert await _deadlocks(workers[0]) == 0
    await check_books(database.superuser_url)


async def _deadlocks(worker: Worker) -> int:
    await worker.core.pool.execute("SELECT pg_stat_force_next_flush()")
    count: int = await worker.core.pool.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    return count


async def totals(worker: Worker) -> dict[str, int]:
    """What the players have together, what is in escrow left out."""
    rows = await worker.core.pool.fetch(
        "SELECT currency, sum(balance)::bigint FROM wallets GROUP BY 1"
        " UNION ALL SELECT item_id, sum(quantity)::bigint FROM items GROUP BY 1"
    )
    return dict(rows)


async def balance(worker: Worker, player_id: str) -> int:
    """A player's coins."""
    amount: int = await worker.core.pool.fetchval(
        "SELECT balance FROM wallets WHERE player_id = $1 AND currency = 'coins'", player_id
    )
    return amount


async def state_of(worker: Worker, trade: TradeView) -> TradeState:
    """Where a trade's row stands."""
    sql = "SELECT state FROM trades WHERE trade_id = $1"
    return TradeState(await worker.core.pool.fetchval(sql, trade.trade_id))


async def at_once(workers: list[Worker], *commands: Command) -> list[Any]:
    """Each command on the one or the other worker, all at once."""
    return await asyncio.gather(
        *[workers[n % 2].run(command) for n, command in enumerate(commands)],
        return_exceptions=True,
    )


EVERYTHING = {"coins": 2000, "shard": 200, "sword": 6}
MAY_FAIL = (InsufficientFunds, InsufficientItems, TradeEnded, TradeLimit)


async def test_opposing_trades_in_a_loop(workers: list[Worker]) -> None:
    """A proposes to B while B proposes to A; both end at random what was proposed."""
    found: list[TradeView] = []
    kinds: Counter[str] = Counter()
    until = time.monotonic() + RACE_S

    async def play(worker: Worker, me: str, other: str, dice: random.Random) -> None:
        while time.monotonic() < until:
            offered = side(("shard", "", dice.randint(1, 9)), coins=dice.randint(1, 99))
            asked = side(("shard", "", dice.randint(1, 9)), coins=dice.randint(1, 99))
            if dice.random() < 0.3:
                asked = side("sword")
            ends = [
                accept(trade) if dice.random() < 0.7 else cancel(trade, dice.choice("ab"))
                for trade in dice.sample(found, min(3, len(found)))
            ]
            commands = [propose(me, other, offered, asked), *ends]
            for outcome in await worker.all(commands):
                kinds[type(outcome).__name__] += 1
                assert isinstance(outcome, (Recorded, *MAY_FAIL)), outcome
                if isinstance(outcome, Recorded) and trade_of(outcome).state == TradeState.OPEN:
                    found.append(trade_of(outcome))

    await asyncio.gather(
        *[
            play(workers[n % 2], *(("a", "b") if n < 4 else ("b", "a")), random.Random(n))
            for n in range(8)
        ]
    )
    for trade in found:
        (outcome,) = await workers[0].all([cancel(trade)])
        assert isinstance(outcome, Recorded | TradeEnded)
    states = Counter([await state_of(workers[1], trade) for trade in found])
    assert states[TradeState.ACCEPTED] > 10
    assert states[TradeState.CANCELLED] > 10
    assert states[TradeState.OPEN] == 0
    assert kinds["TradeEnded"] > 10
    assert await totals(workers[0]) == EVERYTHING


async def test_transfers_and_gifts_both_ways_at_once(workers: list[Worker]) -> None:
    commands: list[Command] = []
    for n in range(300):
        giver, receiver = ("a", "b") if n % 2 else ("b", "a")
        commands.append(transfer(giver, receiver, coins=1 + n % 7))
        commands.append(gift(giver, receiver, "shard", 1 + n % 3))
    random.Random(5).shuffle(commands)
    outcomes = await at_once(workers, *commands)
    assert all(isinstance(outcome, Recorded) for outcome in outcomes), set(map(type, outcomes))
    assert await totals(workers[0]) == EVERYTHING
    sent = sum(1 + n % 7 for n in range(1, 300, 2))
    received = sum(1 + n % 7 for n in range(0, 300, 2))
    assert await balance(workers[0], "a") == 1000 - sent + received


async def test_a_limit_of_a_day_holds_for_all_workers_together(workers: list[Worker]) -> None:
    await workers[0].run(credit("a", tokens=50))
    outcomes = await at_once(workers, *[transfer("a", "b", tokens=3) for _ in range(30)])
    assert Counter(map(type, outcomes)) == {Recorded: 6, GiftLimit: 24}


async def test_one_of_accept_and_cancel_wins(workers: list[Worker]) -> None:
    accepted = 0
    for n in range(40):
        trade = trade_of(await workers[n % 2].run(propose("a", "b", side(coins=1), side("shard"))))
        ends = [accept(trade), cancel(trade, "ab"[n % 2])]
        if n % 4 > 1:
            ends.reverse()
        outcomes = await at_once(workers, *ends)
        assert {type(outcome) for outcome in outcomes} == {Recorded, TradeEnded}
        won = trade_of(next(o for o in outcomes if isinstance(o, Recorded)))
        assert await state_of(workers[0], trade) == won.state
        accepted += won.state == TradeState.ACCEPTED
    assert await balance(workers[0], "b") == 1000 + accepted
    assert await totals(workers[0]) == EVERYTHING


async def test_a_trade_is_accepted_once(workers: list[Worker]) -> None:
    for _ in range(10):
        trade = trade_of(await workers[0].run(propose("a", "b", side(coins=7))))
        outcomes = await at_once(workers, *[accept(trade) for _ in range(10)])
        assert Counter(map(type, outcomes)) == {Recorded: 1, TradeEnded: 9}
    assert await balance(workers[1], "b") == 1070


async def test_a_retry_on_another_worker_has_the_same_answer(workers: list[Worker]) -> None:
    trade = trade_of(await workers[0].run(propose("a", "b", side("shard"), request_id="p")))
    again = propose("a", "b", side("shard"), request_id="p")
    assert trade_of(await workers[1].run(again)) == trade
    outcomes = await at_once(workers, *[accept(trade, "b", "same") for _ in range(20)])
    assert len({trade_of(outcome).ended_us for outcome in outcomes}) == 1
    assert sum(not outcome.replayed for outcome in outcomes) == 1


async def test_expiry_against_accept(workers: list[Worker]) -> None:
    """Both workers end what has expired while partners accept at the last moment."""
    dice = random.Random(11)
    commands = [
        propose("a", "b", side(coins=1), lifetime_us=dice.randint(50_000, 600_000))
        for _ in range(60)
    ]
    trades = [trade_of(outcome) for outcome in await at_once(workers, *commands)]

    async def sweep(worker: Worker) -> None:
        while True:
            await expire_all(worker.engine, worker.core.pool, worker.core.clock)
            await asyncio.sleep(0.005)

    async def accept_late(trade: TradeView, worker: Worker) -> Any:
        left_s = trade.expires_us / 1e6 - time.time()
        await asyncio.sleep(max(0.0, left_s + dice.uniform(-0.02, 0.004)))
        return (await worker.all([accept(trade)]))[0]

    sweeping = [asyncio.create_task(sweep(worker)) for worker in workers]
    outcomes = await asyncio.gather(
        *[accept_late(trade, workers[n % 2]) for n, trade in enumerate(trades)]
    )
    await asyncio.sleep(0.1)
    for task in sweeping:
        task.cancel()
    await asyncio.gather(*sweeping, return_exceptions=True)
    await expire_all(workers[0].engine, workers[0].core.pool, workers[0].core.clock)
    accepted = 0
    for trade, outcome in zip(trades, outcomes, strict=True):
        won = isinstance(outcome, Recorded)
        accepted += won
        expected = TradeState.ACCEPTED if won else TradeState.EXPIRED
        assert won or isinstance(outcome, TradeEnded)
        assert await state_of(workers[1], trade) == expected
    assert 0 < accepted < len(trades)
    assert await balance(workers[0], "b") == 1000 + accepted
    assert await balance(workers[0], "a") == 1000 - accepted


class _Stuck:
    """An engine that cannot end some trades."""

    def __init__(self, worker: Worker, trade_ids: set[str]) -> None:
        self._engine = worker.engine
        self._trade_ids = trade_ids
        self.tried: list[str] = []

    async def submit_many(self, commands: Sequence[ExpireTrade], deadline: float) -> list[Any]:
        self.tried += [command.body.trade_id for command in commands]
        able = [c for c in commands if c.body.trade_id not in self._trade_ids]
        ended = iter(await self._engine.submit_many(able, deadline))
        return [next(ended) if c in able else RuntimeError("a bug") for c in commands]


async def test_what_cannot_be_ended_holds_up_nothing_else(workers: list[Worker]) -> None:
    worker = workers[0]
    commands = [propose("a", "b", side(coins=1), lifetime_us=1) for _ in range(PAGE_SIZE + 50)]
    trades = [trade_of(outcome) for outcome in await at_once([worker, worker], *commands)]
    trades.sort(key=lambda trade: (trade.expires_us, trade.trade_id))
    stuck = {trade.trade_id for trade in trades[:PAGE_SIZE]}
    engine = _Stuck(worker, stuck)
    for ended in (50, 0):
        engine.tried.clear()
        assert ended == await expire_all(cast(Engine, engine), worker.core.pool, worker.core.clock)
        assert stuck <= set(engine.tried)
        assert len(engine.tried) == PAGE_SIZE + ended
    assert await expire_all(worker.engine, worker.core.pool, worker.core.clock) == PAGE_SIZE
    assert await totals(worker) == EVERYTHING


async def test_what_has_expired_in_a_downtime_is_ended_once(workers: list[Worker]) -> None:
    commands = [propose("a", "b", side(coins=1), lifetime_us=1) for _ in range(PAGE_SIZE + 50)]
    outcomes = await at_once(workers, *commands)
    assert all(isinstance(outcome, Recorded) for outcome in outcomes)
    ended = await asyncio.gather(
        *[expire_all(w.engine, w.core.pool, w.core.clock) for w in workers]
    )
    assert max(ended) == PAGE_SIZE + 50
    assert await expire_all(workers[1].engine, workers[1].core.pool, workers[1].core.clock) == 0
    assert await totals(workers[0]) == EVERYTHING
    facts = await workers[0].core.pool.fetchval(
        "SELECT count(*) FROM requests, json_array_elements(facts::json) AS fact"
        " WHERE method = 'ExpireTrade' AND fact->>'type' = 'trade.changed'"
    )
    assert facts == 2 * (PAGE_SIZE + 50)


async def test_lists_of_trades(workers: list[Worker]) -> None:
    """Every state as readers see it, in pages that neither miss nor repeat."""
    made: list[TradeView] = []
    for n in range(12):
        pair = ("a", "b") if n % 2 else ("b", "a")
        lifetime_us = 1 if n % 3 == 0 else 10 * MINUTE
        command = propose(*pair, side(coins=1), Side(), lifetime_us=lifetime_us)
        made.append(trade_of(await workers[0].run(command)))
    await workers[0].run(accept(made[1]))
    await workers[0].run(cancel(made[2]))
    await workers[0].run(cancel(made[4], made[4].partner_id))
    pool = workers[0].core.pool
    assert await expire_all(workers[0].engine, pool, workers[0].core.clock) == 4
    late = trade_of(await workers[0].run(propose("a", "b", side(coins=1), lifetime_us=1)))
    now_us = workers[0].core.clock.now_us() + MINUTE
    names = [trade.trade_id for trade in (*made, late)]

    async def listed(state: int, size: int) -> list[int]:
        shown: list[int] = []
        before = None
        while True:
            page = await store.list_trades(
                pool, "a", before=before, size=size, state=state, now_us=now_us
            )
            shown += [names.index(trade.trade_id) for trade in page]
            assert all(not state or trade.at(now_us).state == state for trade in page)
            if len(page) < size:
                return shown
            before = (page[-1].created_us, page[-1].trade_id)

    for size in (1, 3, 50):
        assert await listed(0, size) == [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
        assert await listed(TradeState.OPEN, size) == [11, 10, 8, 7, 5]
        assert await listed(TradeState.ACCEPTED, size) == [1]
        assert await listed(TradeState.CANCELLED, size) == [2]
        assert await listed(TradeState.DECLINED, size) == [4]
        assert await listed(TradeState.EXPIRED, size) == [12, 9, 6, 3, 0]
    assert await store.list_trades(pool, "c", before=None, size=5, state=0, now_us=now_us) == []
