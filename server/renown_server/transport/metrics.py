"""Counters of calls, published for Prometheus.

The hot path adds to plain integers (0.3 µs a call); prometheus-client, which keeps its values in
files that the parent of all workers reads, costs 4 µs a call. So it gets the sums once a second.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from renown_server.transport.inflight import InFlight

LATENCY_BOUNDS_S = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
PUBLISH_INTERVAL_S = 1.0


class MethodStats:
    """What has happened to one method since the last publication.

    Attributes:
        codes: calls by the name of their status code.
        buckets: calls by latency; the last one is for those above every bound.
        seconds: the sum of their latencies.
        messages: messages streamed.
    """

    __slots__ = ("buckets", "codes", "messages", "seconds")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Starts anew."""
        self.codes: dict[str, int] = {"OK": 0}
        self.buckets = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self.seconds = 0.0
        self.messages = 0

    def count(self, code: str, seconds: float) -> None:
        """Counts one call."""
        self.codes[code] = self.codes.get(code, 0) + 1
        self.buckets[bisect_left(LATENCY_BOUNDS_S, seconds)] += 1
        self.seconds += seconds


class _SummedHistogram(Histogram):
    """A histogram that takes many observations at once."""

    def observe_sums(self, buckets: Sequence[int], total: float) -> None:
        """Adds counts by bucket and the sum of what was observed."""
        for bucket, count in zip(self._buckets, buckets, strict=True):
            if count:
                bucket.inc(count)
        self._sum.inc(total)


class Metrics:
    """The transport's metrics.

    Attributes:
        inflight: the calls under way, for the gauges.
        registry: where they are registered.
    """

    def __init__(self, inflight: InFlight, registry: CollectorRegistry = REGISTRY) -> None:
        self._inflight = inflight
        self._stats: dict[str, MethodStats] = {}
        self._calls = Counter(
            "renown_rpc_calls", "Calls by method and code.", ("method", "code"), registry=registry
        )
        self._seconds = _SummedHistogram(
            "renown_rpc_seconds",
            "Time from a request's arrival to the end of its answer.",
            ("method",),
            buckets=LATENCY_BOUNDS_S,
            registry=registry,
        )
        self._messages = Counter(
            "renown_rpc_stream_messages", "Messages streamed.", ("method",), registry=registry
        )
        self._in_flight_gauge = Gauge(
            "renown_rpc_in_flight",
            "Calls under way, streams included.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._streams_gauge = Gauge(
            "renown_rpc_streams",
            "Streams under way.",
            multiprocess_mode="livesum",
            registry=registry,
        )

    def stats_of(self, method: str) -> MethodStats:
        """Returns what the calls of a method are counted in."""
        return self._stats.setdefault(method, MethodStats())

    def publish(self) -> None:
        """Hands over what has been counted since the last time."""
        self._in_flight_gauge.set(len(self._inflight.calls))
        self._streams_gauge.set(self._inflight.streams)
        for method, stats in self._stats.items():
            if not any(stats.codes.values()) and not stats.messages:
                continue
            for code, count in stats.codes.items():
                self._calls.labels(method, code).inc(count)
            self._seconds.labels(method).observe_sums(stats.buckets, stats.seconds)
            if stats.messages:
                self._messages.labels(method).inc(stats.messages)
            stats.clear()
