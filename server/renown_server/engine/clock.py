"""Time, injected. The database's clock decides; tests put their own in."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_us(moment: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(moment_us: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970, exact."""
    return _EPOCH + timedelta(microseconds=moment_us)


def rfc3339(moment_us: int) -> str:
    """Microseconds since 1970 as RFC 3339 text, in UTC."""
    return from_us(moment_us).isoformat().replace("+00:00", "Z")


class Clock(Protocol):
    """Where time comes from, in microseconds since 1970."""

    def now_us(self) -> int:
        """The time, for what no batch decides."""
        ...

    def batch_us(self, database_us: int) -> int:
        """The time of a batch whose locks were held at `database_us`."""
        ...


class SystemClock:
    """The machine's clock, and the database's for batches."""

    def now_us(self) -> int:
        """The machine's time."""
        return time.time_ns() // 1000

    def batch_us(self, database_us: int) -> int:
        """The database's time: one clock for every worker."""
        return database_us


class FixedClock:
    """A clock that stands until it is moved; for tests."""

    def __init__(self, start_us: int) -> None:
        self.value_us = start_us

    def now_us(self) -> int:
        """The time it was set to."""
        return self.value_us

    def batch_us(self, database_us: int) -> int:
        """The time it was set to, whatever the database says."""
        return self.value_us

    def advance(self, delta: timedelta) -> None:
        """Moves the clock."""
        self.value_us += delta // _MICROSECOND
