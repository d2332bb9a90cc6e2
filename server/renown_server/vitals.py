"""What a worker does besides answering calls, for Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge

INTERVAL_S = 1.0

Read = Callable[[], float]


class _Counted:
    """A sum and the counter that follows it; the counter starts at 0, as the sum does."""

    def __init__(self, counter: Counter, read: Read) -> None:
        self._counter = counter
        self._read = read
        self._published = 0.0

    def publish(self) -> None:
        """Adds what has come since the last time."""
        total = self._read()
        self._counter.inc(total - self._published)
        self._published = total


class Vitals:
    """Gauges and counters that are read once a second and summed or compared over the workers.

    Args:
        summed: what to read for gauges whose sum over all workers counts, by name and text.
        counted: what to read for counters: sums since the worker started, by name and text.
        registry: where they are registered; workers share theirs through files.
    """

    def __init__(
        self,
        summed: Mapping[tuple[str, str], Read],
        counted: Mapping[tuple[str, str], Read] | None = None,
        registry: CollectorRegistry | None = None,
    ) -> None:
        found = registry or CollectorRegistry()
        self._gauges = [
            (Gauge(f"renown_{name}", text, multiprocess_mode="livesum", registry=found), read)
            for (name, text), read in summed.items()
        ]
        self._counters = [
            _Counted(Counter(f"renown_{name}", text, registry=found), read)
            for (name, text), read in (counted or {}).items()
        ]
        self._lag = Gauge(
            "renown_stream_lag_seconds",
            "How long the oldest committed event waits for an older writer, where anybody"
            " watches several or all players.",
            multiprocess_mode="livemax",
            registry=found,
        )

    def note_lag(self, seconds: float) -> None:
        """Takes the lag of all-player streams."""
        self._lag.set(seconds)

    def publish(self) -> None:
        """Reads everything once."""
        for gauge, read in self._gauges:
            gauge.set(read())
        for counted in self._counters:
            counted.publish()

    async def run(self) -> None:
        """Reads everything again and again, until cancelled."""
        while True:
            self.publish()
            await asyncio.sleep(INTERVAL_S)
