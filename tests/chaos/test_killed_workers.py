"""kill -9 under load: what was acknowledged is there, once; streams go on where they were."""

from __future__ import annotations

import os
import random
import signal

from tests.chaos.lengths import rounds, runs
from tests.chaos.scene import playing
from tests.chaos.site import WORKERS, Site
from tests.kit.processes import gone


@runs("native")
async def test_killed_workers_lose_and_double_nothing(
    site: Site, transport: str, seconds: float
) -> None:
    await site.serve(transport)
    chance = random.Random(11)
    name = f"workers-{transport}-{seconds:.0f}"
    async with site.server.supervised(), playing(site, name, expiring=True) as scene:
        await scene.load.progress(200)
        for _ in rounds(2, seconds):
            victim = chance.choice(await site.server.until_workers(1))
            os.kill(victim, signal.SIGKILL)
            await gone([victim])
            await scene.load.progress(200)
        await site.server.until_workers(WORKERS)
        await scene.load.progress(200)


@runs("aio")
async def test_killed_server_loses_and_doubles_nothing(
    site: Site, transport: str, seconds: float
) -> None:
    await site.serve(transport)
    async with playing(site, f"server-{transport}-{seconds:.0f}") as scene:
        for _ in rounds(1, seconds):
            await scene.load.progress(200)
            await site.server.kill()
            await site.server.start()
        await scene.load.progress(200)
