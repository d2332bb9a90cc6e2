"""Workers that die at the worst moments: before and after the commit, the reply, the publishing."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Generator
from contextlib import AsyncExitStack
from typing import Any

import grpc
import grpc.aio

import renown
from tests.chaos.asking import Asker, ask_raw
from tests.chaos.boards import verify_boards
from tests.chaos.deals import CHEST, FEE_DIVISOR, Buy, Grant, Open, Propose, Side, Transfer, accept
from tests.chaos.journal import Journal
from tests.chaos.lengths import rounds, runs
from tests.chaos.market import dowry
from tests.chaos.model import Operation, Score
from tests.chaos.site import Extra, Site
from tests.chaos.truth import verify_invariants, verify_players, verify_replays
from tests.kit.processes import gone

BEFORE_COMMIT = ("batch.locked", "batch.loaded", "batch.decided", "batch.written")
AFTER_COMMIT = ("batch.committed", "batch.replied")
FAILPOINTS = (*BEFORE_COMMIT, *AFTER_COMMIT, "publish.sent")
SHORT = ("batch.written", *AFTER_COMMIT, "publish.sent")
"""What a short run visits: before the commit one place is like another."""

VISITS = 12
"""At which visit of its failpoint a worker dies."""

CALLERS = 24

Play = Generator[Operation, Any, None]
"""Yields what to ask for next, and is sent the answer."""


def _scores(player: str, other: str) -> Play:
    for value in itertools.count(1):
        yield Score(player, f"{player}-{value}", "high_score", value)


def _gifts(player: str, other: str) -> Play:
    for number in itertools.count(1):
        yield Transfer(player, f"{player}-{number}", other, FEE_DIVISOR)


def _trades(player: str, other: str) -> Play:
    for number in itertools.count(1):
        terms = Propose(player, f"{player}-{number}", other, Side(ore=1), Side(coins=FEE_DIVISOR))
        answer = yield terms
        yield accept(f"{player}-{number}-accept", terms, answer.trade.trade_id)


def _purchases(player: str, other: str) -> Play:
    for number in itertools.count(1):
        yield Buy(player, f"{player}-{number}", "edition")
        yield Buy(player, f"{player}-{number}-pack", "potion_pack")


def _chests(player: str, other: str) -> Play:
    for number in itertools.count(1):
        yield Grant(player, f"{player}-{number}", CHEST, 1)
        yield Open(player, f"{player}-{number}-open")


PLAYS: tuple[Callable[[str, str], Play], ...] = (
    *(_scores, _scores, _gifts, _trades, _purchases, _chests),
)


@runs("native")
async def test_deaths_at_failpoints_lose_and_double_nothing(
    site: Site, transport: str, seconds: float
) -> None:
    await site.serve(transport)
    failpoints = FAILPOINTS if seconds else SHORT
    for number in rounds(1, seconds):
        async with AsyncExitStack() as stack:
            victims = await asyncio.gather(
                *[
                    stack.enter_async_context(
                        site.extra_worker(transport, failpoints=f"{name}=kill@{VISITS}")
                    )
                    for name in failpoints
                ]
            )
            name = f"{transport}{seconds:.0f}-{number}"
            pairs = zip(failpoints, victims, strict=True)
            await asyncio.gather(*[_die(site, *pair, name) for pair in pairs])
        await verify_invariants(site)
        # None of those players is written to again: their last scores are repaired, or missing.
        async with site.clients() as clients:
            print("boards equal Postgres:", await verify_boards(site, clients[0]))


async def _die(site: Site, failpoint: str, victim: Extra, name: str) -> None:
    """Plays at a worker until it dies: whatever was under way is there once, and answered once."""
    journal = Journal()
    prefix = f"{failpoint}-{name}-"
    async with site.clients(victim.address, site.server.address) as (doomed, safe):
        asker = Asker([safe], journal, random.Random(2))
        players = [f"{prefix}{number}" for number in range(CALLERS)]
        # Those who play the same deal in a ring: each is giver and receiver at once.
        pairs = [(players[number], players[number - len(PLAYS)]) for number in range(CALLERS)]
        await asyncio.gather(*[_begin(asker, player) for player in players])
        plays = [play(*pair) for play, pair in zip(itertools.cycle(PLAYS), pairs, strict=False)]
        cut = await asyncio.gather(*[_until_cut(doomed, journal, play) for play in plays])
        await gone([victim.pid])
        asked = {(operation.player, operation.id) for operation in cut}
        done = asked & await _recorded(site, players)
        print(f"{failpoint}: {len(cut)} calls were cut, {len(done)} of them had been committed")
        if failpoint in BEFORE_COMMIT:
            # Answers to the batch before may have been cut as well, on their way out.
            assert asked - done, "the batch that died had an effect"
        elif failpoint in AFTER_COMMIT:
            assert done, "nothing was committed before the worker died"
        await asyncio.gather(*[asker.settle(operation) for operation in cut])
        await verify_players(site, journal, prefix)
        await verify_replays(journal, [safe])


async def _begin(asker: Asker, player: str) -> None:
    for operation in dowry(player, (f"{player}-born-{number}" for number in itertools.count())):
        await asker.settle(operation)


async def _until_cut(doomed: renown.Client, journal: Journal, play: Play) -> Operation:
    """Plays until an operation is left without an answer; returns that one."""
    operation = next(play)
    while True:
        try:
            answer = await ask_raw(doomed, operation)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            return operation
        journal.acknowledge(operation, answer, raw=True)
        operation = play.send(answer)


async def _recorded(site: Site, players: list[str]) -> set[tuple[str, str]]:
    """The operations that have left a trace: player and id."""
    async with site.sql() as sql:
        rows = await sql.fetch(
            "SELECT player_id, request::json->>'request_id' FROM requests"
            " WHERE player_id = ANY($1)",
            players,
        )
    return {(row[0], row[1]) for row in rows}
