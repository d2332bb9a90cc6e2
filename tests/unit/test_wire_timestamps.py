import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from renown_server.errors import InvalidArgument
from renown_server.wire.timestamps import (
    DURATION_MAX_S,
    TIMESTAMP_MAX_S,
    TIMESTAMP_MIN_S,
    US_PER_S,
    from_duration,
    from_timestamp,
    to_duration,
    to_timestamp,
)


@given(st.integers(TIMESTAMP_MIN_S * US_PER_S, (TIMESTAMP_MAX_S + 1) * US_PER_S - 1))
def test_timestamps_return_exactly(moment_us: int) -> None:
    moment = to_timestamp(moment_us)
    assert 0 <= moment.nanos < 1_000_000_000
    assert from_timestamp(moment, "at") == moment_us


@given(st.integers(-DURATION_MAX_S * US_PER_S, DURATION_MAX_S * US_PER_S))
def test_durations_return_exactly(span_us: int) -> None:
    span = to_duration(span_us)
    assert span.seconds * span.nanos >= 0
    assert from_duration(span, "ttl") == span_us


def test_nanoseconds_are_dropped() -> None:
    assert from_timestamp(Timestamp(seconds=-1, nanos=999_999_999), "at") == -1
    assert from_duration(Duration(seconds=-1, nanos=-1_999), "ttl") == -1_000_001


@pytest.mark.parametrize(
    ("seconds", "nanos"),
    [
        (TIMESTAMP_MAX_S + 1, 0),
        (TIMESTAMP_MIN_S - 1, 0),
        (0, -1),
        (0, 1_000_000_000),
        (2**63 - 1, 0),
    ],
)
def test_impossible_timestamps_are_refused(seconds: int, nanos: int) -> None:
    with pytest.raises(InvalidArgument, match=r"^occurred_at: "):
        from_timestamp(Timestamp(seconds=seconds, nanos=nanos), "occurred_at")


@pytest.mark.parametrize(
    ("seconds", "nanos"),
    [(DURATION_MAX_S + 1, 0), (1, -1), (-1, 1), (0, 1_000_000_000), (-(2**63), 0)],
)
def test_impossible_durations_are_refused(seconds: int, nanos: int) -> None:
    with pytest.raises(InvalidArgument, match=r"^ttl: "):
        from_duration(Duration(seconds=seconds, nanos=nanos), "ttl")
