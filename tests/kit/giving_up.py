"""Calls to give up, and what must hold afterwards: each of them is all or nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import asyncpg
import grpc

from renown.v1 import common_pb2 as common
from renown.v1 import currency_service_pb2 as currency
from renown_server.engine import failpoints
from renown_server.main import App
from tests.kit.eventually import eventually
from tests.kit.examples import World, fresh
from tests.kit.raw import BY_NAME, Code

Call = grpc.aio.UnaryUnaryCall[bytes, bytes]


@contextmanager
def armed(spec: str) -> Iterator[None]:
    failpoints.arm(spec)
    try:
        yield
    finally:
        failpoints.arm("")


def credit(player_id: str, amount: int) -> currency.CreditRequest:
    return currency.CreditRequest(
        request_id=fresh("r"),
        player_id=player_id,
        amounts=[common.CurrencyAmount(currency="coins", amount=amount)],
        reference_id=str(amount),
    )


def start(world: World, name: str, request: Any, timeout_s: float | None = None) -> Call:
    """A call that can be cancelled."""
    method: Any = world.raw.channel.unary_unary(BY_NAME[name].path)
    metadata = [("authorization", f"Bearer {world.raw.key}")]
    call: Call = method(request.SerializeToString(), metadata=metadata, timeout=timeout_s)
    return call


async def cancel_at_random(calls: Sequence[Call], chance: random.Random, within_ms: int) -> None:
    async def give_up(call: Call) -> None:
        await asyncio.sleep(chance.uniform(0, within_ms) / 1000)
        call.cancel()

    await asyncio.gather(*[give_up(call) for call in calls])
    await asyncio.gather(*calls, return_exceptions=True)


async def check_once(
    world: World, sql: asyncpg.Connection, requests: Sequence[currency.CreditRequest]
) -> None:
    """Retried, each request gets an answer of its own; together they had one effect each."""
    rpc, player_id = BY_NAME["Credit"], requests[0].player_id
    answers = await asyncio.gather(*[world.raw.call(rpc, request) for request in requests])
    for request, answer in zip(requests, answers, strict=True):
        assert answer.code is Code.OK, answer
        done = rpc.response.FromString(answer.body).transaction
        assert done.command_id == request.request_id
        assert done.postings[0].amount == request.amounts[0].amount
    assert await postings(sql, player_id) == sorted(one.amounts[0].amount for one in requests)


async def postings(sql: asyncpg.Connection, player_id: str) -> list[int]:
    """The amounts of coins in a player's ledger; the last balance is their sum."""
    rows = await sql.fetch(
        "SELECT amount, balance_after"
        " FROM ledger, unnest(currencies, amounts, balances_after) WITH ORDINALITY"
        " AS u (currency, amount, balance_after, place)"
        " WHERE player_id = $1 AND currency = 'coins' ORDER BY sequence, place",
        player_id,
    )
    amounts = [row["amount"] for row in rows]
    assert [row["balance_after"] for row in rows] == [
        sum(amounts[: place + 1]) for place in range(len(amounts))
    ]
    return sorted(amounts)


async def check_idle(app: App, sql: asyncpg.Connection) -> None:
    """No call is under way, and no connection of the server is in a transaction."""
    inflight, pool = app.server._inflight, app.core.pool

    async def idle() -> bool:
        busy = await sql.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
        )
        resting = pool.get_idle_size() == pool.get_size() and not app.engine.queued
        return resting and not inflight.calls and not inflight.streams and not busy

    await eventually(idle)
