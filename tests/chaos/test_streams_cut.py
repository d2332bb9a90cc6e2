"""Subscribers who leave all the time, and whose workers are killed, miss and repeat nothing."""

from __future__ import annotations

import os
import random
import signal

from tests.chaos.lengths import rounds, runs
from tests.chaos.scene import playing
from tests.chaos.site import WORKERS, Site
from tests.kit.processes import gone


@runs("aio")
async def test_cut_streams_resume_where_they_were(
    site: Site, transport: str, seconds: float
) -> None:
    await site.serve(transport)
    chance = random.Random(12)
    name = f"cut-{transport}-{seconds:.0f}"
    async with site.server.supervised(), playing(site, name, cut=0.4, seed=2) as scene:
        for _ in rounds(1, seconds):
            await scene.load.progress(150)
            victim = chance.choice(await site.server.until_workers(1))
            os.kill(victim, signal.SIGKILL)
            await gone([victim])
            await site.flush_redis()
            await scene.load.progress(150)
        await site.server.until_workers(WORKERS)
        assert scene.watchers.ends["cut by itself"] > 10, scene.watchers.ends
