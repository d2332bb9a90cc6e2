"""How often a principal may call a method."""

from __future__ import annotations

import math

from renown_server.errors import RateLimited


class RateLimiter:
    """A token bucket a principal and method, kept as the time at which it will be full again.

    Attributes:
        calls_per_s: how fast a bucket fills; above 0.
        burst: how many calls a full bucket allows at once; at least 1.
        buckets_max: buckets kept. The least recently used is dropped, which is full again
            when its principal returns: at worst a burst too many.
    """

    def __init__(self, calls_per_s: float, burst: int, buckets_max: int) -> None:
        self._interval_s = 1.0 / calls_per_s
        self._slack_s = (burst - 1) * self._interval_s
        self._buckets_max = buckets_max
        self._full_at: dict[tuple[str, str], float] = {}

    def take(self, bucket: tuple[str, str], now: float) -> None:
        """Takes one call out of the bucket.

        Args:
            bucket: the principal's id and the method's path.
            now: `time.monotonic()` seconds.

        Raises:
            RateLimited: it is empty; says when to try again.
        """
        full_at = max(self._full_at.pop(bucket, now), now)
        wait_s = full_at - self._slack_s - now
        # Less than a microsecond is rounding of the sums, not a call too many.
        if wait_s > 1e-6:
            self._full_at[bucket] = full_at
            retry_after_ms = math.ceil(wait_s * 1000)
            raise RateLimited("too many calls", retry_after_ms=retry_after_ms)
        self._full_at[bucket] = full_at + self._interval_s
        if len(self._full_at) > self._buckets_max:
            del self._full_at[next(iter(self._full_at))]
