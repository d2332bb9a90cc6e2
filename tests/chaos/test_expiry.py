"""The worker that ends a trade dies before the commit, or after it: the escrow comes back once."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import random
import signal
from collections.abc import AsyncIterator

import pytest

from renown_server.trade.expiry import INTERVAL_S
from tests.chaos.asking import Asker
from tests.chaos.deals import FEE_DIVISOR, Propose, Side
from tests.chaos.journal import Journal
from tests.chaos.market import dowry
from tests.chaos.site import WORKERS, Site
from tests.chaos.truth import verify_players
from tests.kit.processes import gone

TRADES = 12
LIFETIME_S = 3
"""Long enough for the server's own workers to be frozen before it is over."""

DEATH_S = 4 * INTERVAL_S
"""How long it may take until a worker finds what has expired, and dies of it."""

soak = pytest.mark.soak


@pytest.mark.parametrize(
    ("transport", "failpoint"),
    [
        ("native", "batch.locked"),
        pytest.param("native", "batch.committed", marks=soak),
        pytest.param("aio", "batch.written", marks=soak),
        pytest.param("aio", "batch.replied", marks=soak),
    ],
)
async def test_a_worker_dies_while_it_ends_trades(
    site: Site, transport: str, failpoint: str
) -> None:
    await site.serve(transport)
    journal = Journal()
    prefix = f"expiry-{failpoint}-"
    ids = (f"{prefix}{number}" for number in itertools.count())
    players = [f"{prefix}{name}" for name in ("ada", "bob", "cy")]
    async with site.clients() as clients:
        asker = Asker(clients, journal, random.Random(4))
        for player in players:
            for operation in dowry(player, ids):
                await asker.settle(operation)
        # It is asked for nothing: what ends trades is the first batch it ever runs.
        async with site.extra_worker(transport, failpoints=f"{failpoint}=kill") as victim:
            proposing = [
                asker.settle(_proposal(players, number, next(ids))) for number in range(TRADES)
            ]
            await asyncio.gather(*proposing)
            async with _frozen(site):
                async with asyncio.timeout(DEATH_S):
                    await gone([victim.pid])
                committed = failpoint in ("batch.committed", "batch.replied")
                assert await _open_trades(site, prefix) == (0 if committed else TRADES)
        await site.server.until_workers(WORKERS)
        await verify_players(site, journal, prefix)
        assert not await _open_trades(site, prefix)


def _proposal(players: list[str], number: int, key: str) -> Propose:
    one, other = (players[(number + place) % len(players)] for place in range(2))
    offered = Side(coins=FEE_DIVISOR * (1 + number), ore=1 + number)
    return Propose(one, key, other, offered, lifetime_s=LIFETIME_S)


@contextlib.asynccontextmanager
async def _frozen(site: Site) -> AsyncIterator[None]:
    """The server's own workers do nothing inside the block."""
    workers = await site.server.until_workers(WORKERS)
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)


async def _open_trades(site: Site, prefix: str) -> int:
    async with site.sql() as sql:
        return int(
            await sql.fetchval(
                "SELECT count(*) FROM trades WHERE state = 1 AND starts_with(proposer_id, $1)",
                prefix,
            )
        )
