"""Valkey flushed, killed and frozen under load: nothing is lost, and no rank is ever wrong."""

from __future__ import annotations

import asyncio
import random

from tests.chaos.asking import Asker
from tests.chaos.boards import RankWatch, verify_boards
from tests.chaos.journal import Journal
from tests.chaos.lengths import rounds, runs
from tests.chaos.model import Activity, Score
from tests.chaos.scene import Scene, playing
from tests.chaos.site import Site
from tests.kit.eventually import eventually

STILL = "best_time"
"""The board on which nothing moves meanwhile."""

STILL_PLAYERS = 60


@runs("native")
async def test_boards_come_back_from_postgres(site: Site, transport: str, seconds: float) -> None:
    await site.serve(transport)
    name = f"valkey-{transport}-{seconds:.0f}"
    async with playing(site, name, boards=("high_score",)) as scene:
        await _fill_still_board(scene, f"still-{name}")
        await verify_boards(site, scene.clients[0], (STILL,))
        async with RankWatch(site, scene.clients[1], STILL) as ranks:
            for _ in rounds(1, seconds):
                await _flush(site, scene, ranks)
                await _kill(site, scene)
                await _freeze(site, scene)
                await _answered_again(ranks)
            assert ranks.refused["RANKS_UNAVAILABLE"], "no rank was asked for while there was none"
        refused = {code for code, _ in scene.load.journal.failures} - {"DEADLINE_EXCEEDED"}
        assert not refused, f"changes need no Valkey: {scene.load.journal.report()}"


async def _fill_still_board(scene: Scene, name: str) -> None:
    """Gives a board entries, many of them with equal scores."""
    asker = Asker(scene.clients, Journal(), random.Random(4))

    async def fill(number: int) -> None:
        player = f"{name}-{number}"
        await asker.settle(Activity(player, f"{player}-a", "lesson_completed"))
        await asker.settle(Score(player, f"{player}-s", STILL, number % 7))

    await asyncio.gather(*[fill(number) for number in range(STILL_PLAYERS)])


async def _flush(site: Site, scene: Scene, ranks: RankWatch) -> None:
    """FLUSHALL, twice; the second time possibly while boards are rebuilt."""
    for _ in range(2):
        await site.flush_redis()
        await scene.load.progress(75)
    await _answered_again(ranks)


async def _kill(site: Site, scene: Scene) -> None:
    """kill -9; streams go on without it."""
    await asyncio.to_thread(site.servers.kill_redis)
    try:
        await scene.load.progress(100)
        await scene.watchers.catch_up(site)
    finally:
        await asyncio.to_thread(site.servers.restart_redis)
    await scene.load.progress(50)


async def _freeze(site: Site, scene: Scene) -> None:
    """SIGSTOP: connections stay open and nothing answers."""
    await asyncio.to_thread(site.servers.pause_redis)
    try:
        await scene.load.progress(100)
        await scene.watchers.catch_up(site)
    finally:
        await asyncio.to_thread(site.servers.resume_redis)
    await scene.load.progress(50)


async def _answered_again(ranks: RankWatch) -> None:
    target = ranks.answered + 20

    async def reached() -> bool:
        ranks.check()
        return ranks.answered >= target

    await eventually(reached, 45)
