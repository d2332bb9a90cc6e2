"""What a worker does besides answering calls, for Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Gauge

INTERVAL_S = 1.0

Read = Callable[[], float]


class Vitals:
    """Gauges that are read once a second and summed or compared over the workers.

    Args:
        summed: what to read for gauges whose sum over all workers counts, by name and text.
        registry: where they are registered; workers share theirs through files.
    """

    def __init__(
        self,
        summed: Mapping[tuple[str, str], Read],
        registry: CollectorRegistry | None = None,
    ) -> None:
        found = registry or CollectorRegistry()
        self._gauges = [
            (Gauge(f"renown_{name}", text, multiprocess_mode="livesum", registry=found), read)
            for (name, text), read in summed.items()
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

    async def run(self) -> None:
        """Reads the gauges until cancelled."""
        while True:
            for gauge, read in self._gauges:
                gauge.set(read())
            await asyncio.sleep(INTERVAL_S)
