"""All of it in random order: what holds against each alone must hold against their mixture."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from tests.chaos.lengths import SOAK_MINUTES, TRANSPORTS, rounds
from tests.chaos.scene import playing
from tests.chaos.site import WORKERS, Site

Blow = Callable[[Site, random.Random], Awaitable[None]]


async def kill_worker(site: Site, chance: random.Random) -> None:
    """kill -9."""
    os.kill(chance.choice(await site.server.until_workers(1)), signal.SIGKILL)


async def end_worker(site: Site, chance: random.Random) -> None:
    """SIGTERM."""
    os.kill(chance.choice(await site.server.until_workers(1)), signal.SIGTERM)


async def freeze_worker(site: Site, chance: random.Random) -> None:
    """SIGSTOP, perhaps for longer than a lease; and a while later SIGCONT."""
    worker = chance.choice(await site.server.until_workers(1))
    with contextlib.suppress(ProcessLookupError):
        os.kill(worker, signal.SIGSTOP)
        await asyncio.sleep(chance.uniform(0, 8))
        os.kill(worker, signal.SIGCONT)


async def kill_server(site: Site, chance: random.Random) -> None:
    """kill -9 of all workers' parent."""
    await site.server.kill()


async def end_server(site: Site, chance: random.Random) -> None:
    """SIGTERM of all workers' parent."""
    site.server.send(signal.SIGTERM)


async def flush(site: Site, chance: random.Random) -> None:
    """FLUSHALL."""
    await site.flush_redis()


async def kill_valkey(site: Site, chance: random.Random) -> None:
    """kill -9, and a while without it."""
    await asyncio.to_thread(site.servers.kill_redis)
    await asyncio.sleep(chance.uniform(0, 3))
    await asyncio.to_thread(site.servers.restart_redis)


async def freeze_valkey(site: Site, chance: random.Random) -> None:
    """SIGSTOP, and a while later SIGCONT."""
    await asyncio.to_thread(site.servers.pause_redis)
    await asyncio.sleep(chance.uniform(0, 6))
    await asyncio.to_thread(site.servers.resume_redis)


async def stop_postgres(site: Site, chance: random.Random) -> None:
    """An immediate stop, and a while without it."""
    await asyncio.to_thread(site.servers.kill_postgres)
    await asyncio.sleep(chance.uniform(0, 3))
    await asyncio.to_thread(site.servers.restart_postgres)


BLOWS: tuple[Blow, ...] = (
    *(kill_worker, end_worker, flush) * 3,
    *(kill_valkey, freeze_valkey, stop_postgres, freeze_worker),
    *(kill_server, end_server),
)


@pytest.mark.soak
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_everything_at_once(site: Site, transport: str) -> None:
    chance = random.Random()
    dealt: Counter[str] = Counter()
    for number in rounds(1, 60 * SOAK_MINUTES):
        await site.serve(transport)
        seed = chance.randrange(10**6)
        print(f"seed {seed}")
        name = f"all-{transport}-{number}"
        play = playing(site, name, cut=0.1, seed=seed, expiring=True)
        async with site.server.supervised(), play as scene:
            for _ in range(5):
                blow = chance.choice(BLOWS)
                dealt[blow.__name__] += 1
                await blow(site, chance)
                await scene.load.progress(chance.randrange(5, 100))
            await site.server.until_workers(WORKERS)
    print(f"dealt: {dict(dealt)}")
