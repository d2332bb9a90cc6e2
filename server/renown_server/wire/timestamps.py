"""Microseconds since the epoch ↔ protobuf's Timestamp and Duration, in exact integers."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from renown_server.errors import InvalidArgument

US_PER_S = 1_000_000
NS_PER_US = 1_000
NS_PER_S = 1_000_000_000
# 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z: what a Timestamp may hold.
TIMESTAMP_MIN_S = -62_135_596_800
TIMESTAMP_MAX_S = 253_402_300_799
# 10,000 years: what a Duration may hold.
DURATION_MAX_S = 315_576_000_000


def to_timestamp(moment_us: int) -> Timestamp:
    """Returns the moment `moment_us` microseconds after the epoch."""
    seconds, rest_us = divmod(moment_us, US_PER_S)
    return Timestamp(seconds=seconds, nanos=rest_us * NS_PER_US)


def set_timestamp(moment: Timestamp, moment_us: int) -> None:
    """Sets a message's moment in place, at half the cost of a new one that is copied into it."""
    moment.seconds, rest_us = divmod(moment_us, US_PER_S)
    moment.nanos = rest_us * NS_PER_US


def from_timestamp(moment: Timestamp, field: str) -> int:
    """Returns microseconds after the epoch; what is finer is dropped, towards the past.

    Raises:
        InvalidArgument: at `field`, the values are outside what a Timestamp may hold.
    """
    seconds, nanos = moment.seconds, moment.nanos
    if not (TIMESTAMP_MIN_S <= seconds <= TIMESTAMP_MAX_S and 0 <= nanos < NS_PER_S):
        raise InvalidArgument(field, "must be a time between the years 1 and 9999")
    return seconds * US_PER_S + nanos // NS_PER_US


def to_duration(span_us: int) -> Duration:
    """Returns `span_us` microseconds; both parts carry its sign."""
    seconds, rest_us = divmod(abs(span_us), US_PER_S)
    sign = -1 if span_us < 0 else 1
    return Duration(seconds=sign * seconds, nanos=sign * rest_us * NS_PER_US)


def from_duration(span: Duration, field: str) -> int:
    """Returns microseconds; what is finer is dropped, towards zero.

    Raises:
        InvalidArgument: at `field`, the values are outside what a Duration may hold.
    """
    seconds, nanos = span.seconds, span.nanos
    in_range = abs(seconds) <= DURATION_MAX_S and abs(nanos) < NS_PER_S
    if not in_range or (seconds > 0 > nanos) or (seconds < 0 < nanos):
        raise InvalidArgument(field, "must be a duration of at most 10,000 years")
    sign = -1 if seconds < 0 or nanos < 0 else 1
    return sign * (abs(seconds) * US_PER_S + abs(nanos) // NS_PER_US)
