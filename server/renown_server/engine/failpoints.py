"""Named places where the chaos tests make a worker die, fail or wait.

`RENOWN_FAILPOINTS="batch.committed=kill@3,batch.written=raise"` kills the
worker the third time a batch has committed. Without the variable a place
costs one dictionary look-up.
"""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass

NAMES = frozenset(
    {
        "batch.locked",
        "batch.loaded",
        "batch.decided",
        "batch.written",
        "batch.committed",
        "batch.replied",
        "publish.sent",
    }
)


class FailpointError(ConnectionError):
    """Raised by the action `raise`, and handled like a lost connection."""


@dataclass(slots=True)
class _Action:
    kind: str
    argument: float
    countdown: int


_armed: dict[str, _Action] = {}


def arm(spec: str) -> None:
    """Arms failpoints from text; replaces what was armed before.

    Args:
        spec: comma-separated `name=action[@n]`; the action is `kill`, `raise`
            or `sleep:<ms>`, taken from the n-th visit on (1 when left out);
            `kill` and `raise` are taken once.

    Raises:
        ValueError: an unknown name or action.
    """
    _armed.clear()
    for item in filter(None, (part.strip() for part in spec.split(","))):
        name, _, rest = item.partition("=")
        action, _, visit = rest.partition("@")
        kind, _, argument = action.partition(":")
        if name not in NAMES or kind not in {"kill", "raise", "sleep"}:
            raise ValueError(f"unknown failpoint {item!r}")
        _armed[name] = _Action(kind, float(argument or 0), int(visit or 1))


async def hit(name: str) -> None:
    """Visits a failpoint."""
    if not _armed:
        return
    action = _armed.get(name)
    if action is None:
        return
    action.countdown -= 1
    if action.countdown > 0:
        return
    if action.kind == "sleep":
        await asyncio.sleep(action.argument / 1000)
        return
    del _armed[name]
    if action.kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise FailpointError(f"failpoint {name}")
