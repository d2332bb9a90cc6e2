"""When to try again, and after how long. Pure: no clock, no network."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from renown import errors
from renown._error import RenownError


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How unary calls are retried: always with the same id, so with one effect.

    Attributes:
        max_attempts: how often a call is sent at most; 1 never retries.
        attempt_timeout_s: how long one attempt may take, in seconds. One that
            hangs leaves the rest of the call's time to others.
        initial_backoff_s: the longest wait before the second attempt; it
            doubles with each further one.
        max_backoff_s: the longest wait before any attempt.
    """

    max_attempts: int = 10
    attempt_timeout_s: float = 5.0
    initial_backoff_s: float = 0.05
    max_backoff_s: float = 2.0

    def backoff_s(
        self, failures: int, error: RenownError, draw: Callable[[], float] = random.random
    ) -> float:
        """Returns how long to wait after a failure, in seconds.

        Full jitter spreads clients that failed together. What the server asked
        for (RetryInfo) is always waited, the jitter comes on top of it.

        Args:
            failures: how many attempts have failed, from 1.
            error: how the last one failed.
            draw: a random number in [0, 1).
        """
        asked = error.retry_after.total_seconds() if error.retry_after else 0.0
        # 2^30 is past any cap: a long outage must not overflow a float.
        ceiling = min(self.max_backoff_s, self.initial_backoff_s * 2.0 ** min(failures - 1, 30))
        return asked + draw() * ceiling


@dataclass(frozen=True, slots=True)
class StreamPolicy:
    """When a stream counts as cut, and when it gives up.

    Attributes:
        silence_max_s: after so many seconds without an answer the stream
            reconnects. The server sends a heartbeat every 15 s.
        connect_max_s: how long a stream tries to be answered at all.
        outage_max_s: how long a stream that had been answered tries to resume
            before it raises. Its cursor remains good.
        healthy_after_s: a connection that lived so long resets the backoff.
    """

    silence_max_s: float = 45.0
    connect_max_s: float = 10.0
    outage_max_s: float = 300.0
    healthy_after_s: float = 10.0


def is_resumable(error: RenownError) -> bool:
    """Whether a stream that ended so continues from its cursor."""
    if error.retryable or isinstance(error, errors.SlowConsumer):
        return True
    # A connection that breaks mid-stream may show as one of these. With a
    # reason it comes from Renown itself and is final.
    broken = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
    return error.code in broken and not error.reason
