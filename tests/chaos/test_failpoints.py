"""Workers that die at the worst moments: before and after the commit, the reply, the publishing."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack

import grpc
import grpc.aio

import renown
from tests.chaos.asking import Asker, ask_raw
from tests.chaos.boards import verify_boards
from tests.chaos.journal import Journal
from tests.chaos.lengths import rounds, runs
from tests.chaos.model import Activity, Score
from tests.chaos.site import Extra, Site
from tests.chaos.truth import verify_invariants, verify_replays
from tests.kit.processes import gone

FAILPOINTS = ("batch.written", "batch.committed", "batch.replied", "publish.sent")
VISITS = 12
"""At which visit of its failpoint a worker dies."""

CALLERS = 12
CALLS_MAX = 10_000


@runs("native")
async def test_deaths_at_failpoints_lose_and_double_nothing(
    site: Site, transport: str, seconds: float
) -> None:
    await site.serve(transport)
    for number in rounds(1, seconds):
        async with AsyncExitStack() as stack:
            victims = await asyncio.gather(
                *[
                    stack.enter_async_context(
                        site.extra_worker(transport, failpoints=f"{name}=kill@{VISITS}")
                    )
                    for name in FAILPOINTS
                ]
            )
            pairs = zip(FAILPOINTS, victims, strict=True)
            await asyncio.gather(*[_die(site, *pair, f"{transport}{number}") for pair in pairs])
        async with site.sql() as sql:
            await verify_invariants(sql)
        # None of those players is written to again: their last scores are repaired, or missing.
        async with site.clients() as clients:
            print("boards equal Postgres:", await verify_boards(site, clients[0]))


async def _die(site: Site, failpoint: str, victim: Extra, name: str) -> None:
    """Plays at a worker until it dies: whatever was under way is there once, and answered once."""
    journal = Journal()
    async with site.clients(victim.address, site.server.address) as (doomed, safe):
        asker = Asker([safe], journal, random.Random(2))
        players = [f"{failpoint}-{name}-{number}" for number in range(CALLERS)]
        born = [Activity(player, f"{player}-born", "lesson_completed") for player in players]
        await asyncio.gather(*[asker.settle(activity) for activity in born])
        cut = await asyncio.gather(*[_until_cut(doomed, journal, player) for player in players])
        await gone([victim.pid])
        done = {score.id for score in cut} & await _recorded(site, players)
        print(f"{failpoint}: {len(cut)} calls were cut, {len(done)} of them had been committed")
        if failpoint == "batch.written":
            assert not done, "an effect of what was not committed"
        elif failpoint.startswith("batch."):
            assert done, "nothing was committed before the worker died"
        await asyncio.gather(*[asker.settle(score) for score in cut])
        acknowledged = {key for _, key in journal.acknowledged if not key.endswith("-born")}
        found = await _recorded(site, players)
        assert found == acknowledged, f"{failpoint}: {found ^ acknowledged}"
        await verify_replays(journal, [safe])


async def _until_cut(doomed: renown.Client, journal: Journal, player: str) -> Score:
    """Sends scores until one is left without an answer; returns that one."""
    for value in range(1, CALLS_MAX):
        score = Score(player, f"{player}-{value}", "high_score", value)
        try:
            answer = await ask_raw(doomed, score)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            return score
        journal.acknowledge(score, answer, raw=True)
    raise AssertionError(f"the worker does not die in {CALLS_MAX} calls")


async def _recorded(site: Site, players: list[str]) -> set[str]:
    """The request ids that have left a trace, each once."""
    async with site.sql() as sql:
        rows = await sql.fetch(
            "SELECT request::json->>'request_id' FROM requests WHERE player_id = ANY($1)", players
        )
    found = [row[0] for row in rows]
    assert len(found) == len(set(found)), "a request is there twice"
    return set(found)
