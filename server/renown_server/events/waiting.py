"""Waiting for an event, or for a while."""

from __future__ import annotations

import asyncio


async def woken(event: asyncio.Event, timeout_s: float | None) -> bool:
    """Waits until the event is set, and clears it; False if that took too long."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True
