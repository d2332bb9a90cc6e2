"""Waiting for what follows a commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 20.0


async def eventually(holds: Callable[[], Awaitable[bool]], patience_s: float = PATIENCE_S) -> None:
    """Waits until something holds.

    Raises:
        AssertionError: it did not in time.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    while not await holds():
        assert loop.time() < deadline, f"did not come true within {patience_s} s"
        await asyncio.sleep(0.01)
