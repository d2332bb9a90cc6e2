"""Gathered reads: one load at a time, fresh, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from renown_server.engine.gather import Gather


class Source:
    """Loads when it is told to."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.failures: list[BaseException] = []
        self.gate = asyncio.Event()
        self.running = 0

    async def load(self, keys: Sequence[int]) -> Mapping[int, str]:
        self.asked.append(list(keys))
        self.running += 1
        assert self.running == 1, "one load at a time"
        try:
            await self.gate.wait()
            if self.failures:
                raise self.failures.pop()
            return {key: f"v{key}" for key in keys if key >= 0}
        finally:
            self.running -= 1


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_comes_during_a_load_gathers() -> None:
    source = Source()
    gather = Gather(source.load)
    first = asyncio.create_task(gather.get(1))
    await settle()
    others = [asyncio.create_task(gather.get(key)) for key in (2, 3, 1, 2, -1)]
    await settle()
    assert source.asked == [[1]]
    source.gate.set()
    assert await first == "v1"
    assert await asyncio.gather(*others) == ["v2", "v3", "v1", "v2", None]
    # Key 1 again: the answer under way was read before it was asked for.
    assert source.asked == [[1], [2, 3, 1, -1]]


async def test_a_load_is_bounded() -> None:
    source = Source()
    source.gate.set()
    gather = Gather(source.load, batch_max=2)
    values = await asyncio.gather(*[gather.get(key) for key in range(5)])
    assert values == [f"v{key}" for key in range(5)]
    assert source.asked == [[0, 1], [2, 3], [4]]


async def test_a_failure_reaches_its_readers_only() -> None:
    source = Source()
    gather = Gather(source.load)
    failing = [asyncio.create_task(gather.get(1)) for _ in range(2)]
    await settle()
    later = asyncio.create_task(gather.get(2))
    source.failures.append(OSError("lost"))
    source.gate.set()
    for task in failing:
        with pytest.raises(OSError, match="lost"):
            await task
    assert await later == "v2"
    assert await gather.get(1) == "v1"


async def test_who_leaves_disturbs_nobody() -> None:
    source = Source()
    gather = Gather(source.load)
    leaving = asyncio.create_task(gather.get(1))
    staying = asyncio.create_task(gather.get(1))
    await settle()
    leaving.cancel()
    await settle()
    source.gate.set()
    assert await staying == "v1"
    assert leaving.cancelled()


async def test_who_leaves_before_a_failure_misses_it() -> None:
    source = Source()
    gather = Gather(source.load)
    leaving = asyncio.create_task(gather.get(1))
    await settle()
    leaving.cancel()
    await settle()
    source.failures.append(OSError("lost"))
    source.gate.set()
    await settle()
    assert await gather.get(2) == "v2"
