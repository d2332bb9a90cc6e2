"""Moments, in microseconds since 1970."""

from __future__ import annotations

from datetime import datetime

from renown_server.engine.clock import to_us

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def us(text: str) -> int:
    """An RFC 3339 moment."""
    return to_us(datetime.fromisoformat(text))


NOON = us("2026-11-18T12:00:00+00:00")
"""A Wednesday; its week began on 2026-11-16."""
