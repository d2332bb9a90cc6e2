"""How long to wait before the next attempt, and when a stream goes on."""

from datetime import timedelta

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

import renown
from renown import errors
from renown._retry import RetryPolicy, is_resumable
from renown.errors import ErrorDetails


def failure(
    code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE,
    reason: str = "",
    retry_after_s: float | None = None,
) -> renown.RenownError:
    asked = None if retry_after_s is None else timedelta(seconds=retry_after_s)
    return renown.RenownError(ErrorDetails(code, "no", reason=reason, retry_after=asked))


@pytest.mark.parametrize(
    ("failures", "longest_s"),
    [(1, 0.05), (2, 0.1), (3, 0.2), (6, 1.6), (7, 2.0), (1000, 2.0), (100_000, 2.0)],
)
def test_the_longest_wait_doubles_up_to_a_cap(failures: int, longest_s: float) -> None:
    assert RetryPolicy().backoff_s(failures, failure(), lambda: 1.0) == pytest.approx(longest_s)
    assert RetryPolicy().backoff_s(failures, failure(), lambda: 0.0) == 0.0


@given(
    failures=st.integers(1, 10_000),
    asked_s=st.floats(0, 60),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_what_the_server_asks_for_is_always_waited(
    failures: int, asked_s: float, draw: float
) -> None:
    policy = RetryPolicy()
    error = failure(retry_after_s=asked_s)
    asked = error.retry_after or timedelta()
    wait_s = policy.backoff_s(failures, error, lambda: draw)
    assert asked.total_seconds() <= wait_s <= asked.total_seconds() + policy.max_backoff_s


def test_waits_are_spread() -> None:
    policy = RetryPolicy()
    waits = {policy.backoff_s(10, failure()) for _ in range(100)}
    assert len(waits) > 90
    assert max(waits) - min(waits) > policy.max_backoff_s / 2


@pytest.mark.parametrize(
    ("error", "resumes"),
    [
        (failure(), True),
        (failure(grpc.StatusCode.UNAVAILABLE, "DRAINING"), True),
        (failure(grpc.StatusCode.CANCELLED), True),
        (errors.SlowConsumer(ErrorDetails(grpc.StatusCode.RESOURCE_EXHAUSTED)), True),
        (failure(grpc.StatusCode.RESOURCE_EXHAUSTED), False),
        (failure(grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_STREAMS", 1.0), True),
        # A broken connection, and a bug of the server.
        (failure(grpc.StatusCode.INTERNAL), True),
        (failure(grpc.StatusCode.INTERNAL, "INTERNAL"), False),
        (failure(grpc.StatusCode.OUT_OF_RANGE, "CURSOR_TRIMMED"), False),
        (failure(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"), False),
        (errors.ClientClosed(), False),
    ],
)
def test_which_ends_a_stream_survives(error: renown.RenownError, resumes: bool) -> None:
    assert is_resumable(error) is resumes
