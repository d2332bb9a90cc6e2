"""How long a chaos test goes on: briefly in `make test`, for minutes in `make soak`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

SOAK_MINUTES = float(os.environ.get("SOAK_MINUTES", "3"))
"""Of each soak test; set the variable for more."""

TRANSPORTS = ("native", "aio")


def runs(short: str = "native") -> pytest.MarkDecorator:
    """Gives a test its `transport` and `seconds`: one short run, and a long one on each."""
    soaks = [
        pytest.param(transport, 60 * SOAK_MINUTES, id=f"soak-{transport}", marks=pytest.mark.soak)
        for transport in TRANSPORTS
    ]
    return pytest.mark.parametrize(
        ("transport", "seconds"), [pytest.param(short, 0.0, id=f"short-{short}"), *soaks]
    )


def durations() -> pytest.MarkDecorator:
    """Gives a test its `seconds`: a short run and a long one."""
    soak = pytest.param(60 * SOAK_MINUTES, id="soak", marks=pytest.mark.soak)
    return pytest.mark.parametrize("seconds", [pytest.param(0.0, id="short"), soak])


def rounds(least: int, seconds: float) -> Iterator[int]:
    """Counts rounds until so many seconds have passed, and so many rounds at least."""
    until = time.monotonic() + seconds
    number = 0
    while number < least or time.monotonic() < until:
        yield number
        number += 1
