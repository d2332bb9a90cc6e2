"""Workers that die at the worst moments: before and after the commit, the reply, the publishing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack

import grpc.aio

import renown
from tests.chaos.boards import verify_boards
from tests.chaos.lengths import rounds, runs
from tests.chaos.load import Asker, Journal, ask_raw
from tests.chaos.model import Activity, Score
from tests.chaos.scene import playing
from tests.chaos.site import Extra, Site
from tests.kit.eventually import eventually
from tests.kit.processes import START_PATIENCE_S, gone

COMMITTED = {"batch.written": False, "batch.committed": True, "batch.replied": True}
"""Whether what a worker was doing is done, by where it dies."""

FAILPOINTS = (*COMMITTED, "publish.sent")
CALLS_MAX = 10_000


@runs("native")
async def test_deaths_at_failpoints_lose_and_double_nothing(
    site: Site, transport: str, seconds: float
) -> None:
    await site.serve(transport)
    # In a soak they live longer: whoever dies ten times in a row is given up.
    visits = 1500 if seconds else 20
    async with AsyncExitStack() as stack:
        victims = await asyncio.gather(
            *[
                stack.enter_async_context(
                    site.extra_worker(transport, failpoints=f"{name}=kill@{visits}")
                )
                for name in FAILPOINTS
            ]
        )
        await asyncio.gather(*[_die(site, *pair) for pair in zip(FAILPOINTS, victims, strict=True)])
        # None of those players is written to again: their last scores are repaired, or missing.
        async with site.clients() as clients:
            await verify_boards(site, clients[0])
        addresses = [site.server.address, *[victim.address for victim in victims]]
        name = f"failpoints-{transport}-{seconds:.0f}"
        async with playing(site, name, addresses=addresses) as scene:
            for _ in rounds(1, seconds):
                await _replaced(victims)
            await scene.load.progress(200)


async def _die(site: Site, failpoint: str, victim: Extra) -> None:
    """Sends scores to a worker until it dies; the last one is there once, wherever it died."""
    journal = Journal()
    player = f"dying-{failpoint}-{victim.port}"
    pid = victim.pid
    async with site.clients(victim.address, site.server.address) as (doomed, safe):
        asker = Asker([safe], journal, random.Random(2))
        await asker.settle(Activity(player, f"{player}-born", "lesson_completed"))
        score, cut = await _until_cut(doomed, journal, player)
        await gone([pid])
        done = await _recorded(site, score)
        if failpoint in COMMITTED:
            assert cut, f"{failpoint}: {score} was answered, though it should not be"
            assert done == COMMITTED[failpoint], f"{failpoint}: {score} is there: {done}"
        if cut:
            await asker.settle(score)
        assert await _recorded(site, score), f"{failpoint}: {score} is lost"
        await _verify_scores(site, journal, player)


async def _until_cut(doomed: renown.Client, journal: Journal, player: str) -> tuple[Score, bool]:
    """Sends scores; returns the last one, and whether it was left without an answer."""
    for value in range(1, CALLS_MAX):
        score = Score(player, f"{player}-{value}", "high_score", value)
        try:
            answer = await ask_raw(doomed, score)
        except grpc.aio.AioRpcError as error:
            assert error.code() is grpc.StatusCode.UNAVAILABLE, error
            return score, True
        journal.acknowledge(score, answer, raw=True)
    raise AssertionError(f"the worker does not die in {CALLS_MAX} calls")


async def _recorded(site: Site, score: Score) -> bool:
    async with site.sql() as sql:
        count: int = await sql.fetchval(
            "SELECT count(*) FROM requests WHERE player_id = $1"
            " AND request::json->>'request_id' = $2",
            score.player,
            score.id,
        )
    assert count < 2, f"{score} is there {count} times"
    return count == 1


async def _verify_scores(site: Site, journal: Journal, player: str) -> None:
    """Exactly what was acknowledged has left a trace."""
    async with site.sql() as sql:
        rows = await sql.fetch(
            "SELECT request::json->>'request_id' FROM requests WHERE player_id = $1", player
        )
    found = {row[0] for row in rows}
    acknowledged = {key for _, key in journal.acknowledged if not key.endswith("-born")}
    assert found == acknowledged, found ^ acknowledged


async def _replaced(victims: Sequence[Extra]) -> None:
    """Waits until each of them has died and another serves in its place."""
    before = [victim.pid for victim in victims]

    async def others() -> bool:
        now = [victim.pid for victim in victims]
        return all(new not in (0, old) for old, new in zip(before, now, strict=True))

    try:
        await eventually(others, START_PATIENCE_S)
    except AssertionError:
        now = [victim.pid for victim in victims]
        stuck = dict(zip(FAILPOINTS, zip(before, now, strict=True), strict=True))
        raise AssertionError(f"not all have died and been replaced: {stuck}") from None
