"""SIGTERM under load: what was accepted is finished, streams end with their cursor."""

from __future__ import annotations

import os
import signal

from tests.chaos.lengths import rounds, runs
from tests.chaos.scene import playing
from tests.chaos.site import WORKERS, Site

DRAINING = "UNAVAILABLE DRAINING"
ENDED = "worker ended, starting another"


@runs("aio")
async def test_a_rolling_restart_loses_nothing(site: Site, transport: str, seconds: float) -> None:
    await site.serve(transport)
    known = len(site.server.entries(ENDED))
    async with playing(site, f"rolling-{transport}-{seconds:.0f}", cut=0.0) as scene:
        for _ in rounds(1, seconds):
            for worker in await site.server.until_workers(WORKERS):
                await scene.load.progress(100)
                os.kill(worker, signal.SIGTERM)
                await site.server.until_workers(WORKERS, without=[worker])
        ended = site.server.entries(ENDED)[known:]
        assert len(ended) >= WORKERS, site.server.words()
        assert {entry["reason"] for entry in ended} == {"a worker exited with code 0"}, ended
        assert scene.watchers.ends[DRAINING], scene.watchers.ends
        await scene.load.progress(100)
        assert await site.server.stop() == 0, site.server.words()
        await site.server.start()
        await scene.load.progress(100)
