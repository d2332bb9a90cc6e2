"""Connections cut after the commit and before the answer: asking again gives that very answer."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
import pytest
import pytest_asyncio

import renown
from renown import errors
from renown._status import from_rpc_error
from tests.chaos.asking import Asker, ask_raw
from tests.chaos.deals import (
    FEE_DIVISOR,
    ORE,
    Buy,
    Consume,
    End,
    Grant,
    Open,
    Propose,
    Side,
    Transfer,
    accept,
)
from tests.chaos.journal import Journal
from tests.chaos.lengths import TRANSPORTS, durations, rounds
from tests.chaos.market import dowry
from tests.chaos.model import Activity, Move, Operation, Score
from tests.chaos.proxy import Proxy
from tests.chaos.site import Site
from tests.chaos.truth import refused_other_request, verify_players
from tests.kit.eventually import eventually

AT_ONCE = 50
DEALERS = 3

ATTEMPTS_MAX = 100
"""How often a client asks whose connection was cut; 50 ms apart."""


@dataclass(frozen=True, slots=True)
class Cuttable:
    """A proxy before a worker of its own, and who asks.

    Attributes:
        name: of the worker's transport.
        proxy: cuts.
        cut: asks through the proxy.
        other: asks the server's own workers.
    """

    name: str
    proxy: Proxy
    cut: renown.Client
    other: renown.Client

    async def hold(self) -> None:
        """Keeps answers back, on connections that have been made."""
        await asyncio.gather(*[self.cut.players.levels() for _ in range(8)])
        self.proxy.hold()


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=TRANSPORTS)
async def cuttable(site: Site, request: pytest.FixtureRequest) -> AsyncIterator[Cuttable]:
    """One for each transport."""
    await site.serve("native")
    async with (
        site.extra_worker(request.param) as extra,
        Proxy(extra.address) as proxy,
        site.clients(proxy.address, site.server.address) as (cut, other),
    ):
        yield Cuttable(request.param, proxy, cut, other)


@durations()
async def test_another_worker_gives_the_answer_that_was_cut(
    site: Site, cuttable: Cuttable, seconds: float
) -> None:
    proxy, cut, other = cuttable.proxy, cuttable.cut, cuttable.other
    for number in rounds(1, seconds):
        name = f"reply-{cuttable.name}-{seconds:.0f}-{number}"
        journal = Journal()
        operations = await _operations(Asker([other], journal, random.Random(6)), name)
        await cuttable.hold()
        asking = [asyncio.create_task(_ask(cut, operation)) for operation in operations]
        await _committed(site, name, {operation.id for operation in operations})
        kept_back = await _kept_back(proxy, len(operations))
        await proxy.cut()
        lost = await asyncio.gather(*asking)
        assert {type(outcome) for outcome in lost} == {errors.Unavailable}, Counter(map(repr, lost))
        again = await asyncio.gather(*[_ask(other, operation) for operation in operations])
        assert sorted(answer.SerializeToString() for answer in again) == sorted(kept_back)
        for operation, answer in zip(operations, again, strict=True):
            journal.acknowledge(operation, answer, raw=True)
        await verify_players(site, journal, f"{name}-")
        reasons = [
            await refused_other_request(other, operation)
            for operation in operations
            if isinstance(operation, Activity)
        ]
        assert set(reasons) == {"REQUEST_ID_REUSED"}


async def test_fifty_at_once_have_one_effect_though_some_are_cut(
    site: Site, cuttable: Cuttable
) -> None:
    player = f"crowd-{cuttable.name}"
    operation = Activity(player, f"{player}-once", "course_completed")
    proxy, cut, other = cuttable.proxy, cuttable.cut, cuttable.other
    await cuttable.hold()
    lost = [asyncio.create_task(_ask(cut, operation)) for _ in range(AT_ONCE // 2)]
    told = await asyncio.gather(*[_ask(other, operation) for _ in range(AT_ONCE // 2)])
    kept_back = await _kept_back(proxy, AT_ONCE // 2)
    await proxy.cut()
    await asyncio.gather(*lost)
    again = await asyncio.gather(*[_told(cut, operation) for _ in range(AT_ONCE)])
    answers = {answer.SerializeToString() for answer in (*told, *again)} | set(kept_back)
    assert len(answers) == 1, answers
    wallet = await other.wallets.get(player)
    assert {item.currency: item.amount for item in wallet.balances} == {"coins": 150}
    assert (await other.players.get(player)).experience.total_xp == 100


async def test_the_sdk_gets_the_answer_by_itself(site: Site, cuttable: Cuttable) -> None:
    player = f"sdk-{cuttable.name}"
    proxy, cut, other = cuttable.proxy, cuttable.cut, cuttable.other
    await other.activities.record(player, "lesson_completed")
    await cuttable.hold()
    crediting = [
        asyncio.create_task(
            cut.wallets.credit(player, {"gems": 2}, request_id=f"{player}-{number}")
        )
        for number in range(5)
    ]
    await _committed(site, player, {f"{player}-{number}" for number in range(5)})
    await proxy.cut()
    found = await asyncio.gather(*crediting)
    balances = sorted(transaction.postings[0].balance_after for transaction in found)
    assert balances == [2, 4, 6, 8, 10]


async def test_a_refusal_that_was_cut_stays_that_refusal(site: Site, cuttable: Cuttable) -> None:
    player = f"refused-{cuttable.name}"
    debit = Move(player, f"{player}-debit", "gems", -5)
    proxy, cut, other = cuttable.proxy, cuttable.cut, cuttable.other
    await other.activities.record(player, "lesson_completed")
    await cuttable.hold()
    asking = asyncio.create_task(_ask(cut, debit))
    await _committed(site, player, {debit.id})
    await proxy.cut()
    assert type(await asking) is errors.Unavailable
    # Now there would be enough, but that is not what the first attempt met.
    await other.wallets.credit(player, {"gems": 100})
    refusals = [await _told(client, debit) for client in (other, cut, other)]
    assert {type(refusal) for refusal in refusals} == {errors.InsufficientFunds}, refusals
    assert {(refusal.needed, refusal.available) for refusal in refusals} == {(5, 0)}


async def _operations(asker: Asker, name: str) -> Sequence[Operation]:
    """Fifty of all kinds, each of another player; and deals of pairs."""
    operations: list[Operation] = []
    for number in range(AT_ONCE):
        player, key = f"{name}-{number}", f"{name}-op-{number}"
        operations.append(
            (
                Activity(player, key, "lesson_completed", 20, perfect=True),
                Activity(player, key, "course_completed"),
                Move(player, key, "gems", 1 + number),
                Score(player, key, "high_score", number),
            )[number % 4]
        )
    born = [
        Activity(operation.player, f"{operation.player}-born", "lesson_completed")
        for operation in operations
    ]
    deals = [_deals(asker, f"{name}-deal-{number}") for number in range(DEALERS)]
    _, *prepared = await asyncio.gather(
        asyncio.gather(*[asker.settle(activity) for activity in born]), *deals
    )
    return operations + [deal for found in prepared for deal in found]


async def _deals(asker: Asker, name: str) -> list[Operation]:
    """Deals of every kind, of two players who are prepared for them."""
    one, other = f"{name}-a", f"{name}-b"
    ids = (f"{name}-{number}" for number in itertools.count())
    for operation in (*dowry(one, ids), *dowry(other, ids)):
        await asker.settle(operation)
    terms = [
        Propose(one, next(ids), other, Side(coins=FEE_DIVISOR, ore=3), Side(ore=number))
        for number in range(2)
    ]
    trades = [(await asker.settle(each)).trade.trade_id for each in terms]
    return [
        accept(next(ids), terms[0], trades[0]),
        End(other, next(ids), one, terms[1], trades[1], accepted=False),
        Propose(one, next(ids), other, Side(ore=2)),
        Transfer(one, next(ids), other, FEE_DIVISOR),
        Transfer(other, next(ids), one, FEE_DIVISOR),
        Buy(one, next(ids), "edition"),
        Buy(other, next(ids), "potion_pack"),
        *[Open(one, next(ids)) for _ in range(5)],
        Consume(other, next(ids)),
        Grant(one, next(ids), ORE, 7),
    ]


async def _ask(client: renown.Client, operation: Operation) -> Any:
    """Asks once; returns the answer or the error."""
    try:
        return await ask_raw(client, operation)
    except grpc.aio.AioRpcError as cause:
        return from_rpc_error(cause)


async def _told(client: renown.Client, operation: Operation) -> Any:
    """Asks until there is an answer: a channel may learn only now that its connection was cut."""
    for _ in range(ATTEMPTS_MAX):
        answer = await _ask(client, operation)
        if not isinstance(answer, errors.Unavailable):
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError(f"no answer in {ATTEMPTS_MAX} attempts")


async def _committed(site: Site, name: str, wanted: set[str]) -> None:
    """Waits until Postgres holds a record of each operation."""

    async def all_there() -> bool:
        async with site.sql() as sql:
            rows = await sql.fetch(
                "SELECT activity_id FROM activities WHERE starts_with(player_id, $1) UNION ALL"
                " SELECT request::json->>'request_id' FROM requests"
                " WHERE starts_with(player_id, $1)",
                name,
            )
        return wanted <= {row[0] for row in rows}

    await eventually(all_there)


async def _kept_back(proxy: Proxy, count: int) -> list[bytes]:
    """Waits until the proxy holds so many answers."""

    async def arrived() -> bool:
        return len(proxy.held()) >= count

    await eventually(arrived)
    return proxy.held()
