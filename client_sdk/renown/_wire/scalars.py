"""Small conversions between wire values and Python's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp


def moment(timestamp: Timestamp) -> datetime:
    """Returns an aware UTC datetime, to the microsecond."""
    return timestamp.ToDatetime(tzinfo=UTC)


def moment_if_set(message: Message, field: str) -> datetime | None:
    """Returns a Timestamp field as a datetime; None if it is unset."""
    return moment(getattr(message, field)) if message.HasField(field) else None


def span_if_set(message: Message, field: str) -> timedelta | None:
    """Returns a Duration field as a timedelta; None if it is unset."""
    if not message.HasField(field):
        return None
    duration: Duration = getattr(message, field)
    return duration.ToTimedelta()


def day(text: str) -> date:
    """Reads a date, such as 2026-11-20; an unset one is the first of 1970, as a moment is."""
    return date.fromisoformat(text) if text else date(1970, 1, 1)


def day_if_set(text: str) -> date | None:
    """Reads a date; None if there is none."""
    return date.fromisoformat(text) if text else None


def to_day(when: date) -> str:
    """Writes a date.

    Raises:
        TypeError: it is a moment, and which date that is depends on the time zone.
    """
    if isinstance(when, datetime):
        raise TypeError("a day is a date, not a datetime")
    return when.isoformat()


def moment_of_text(text: str) -> datetime | None:
    """Reads an RFC 3339 moment, as definitions have them, in UTC; None if there is none."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def span_of_seconds(seconds: int) -> timedelta | None:
    """Returns whole seconds as a timedelta; None if there are none."""
    return timedelta(seconds=seconds) if seconds else None


def to_timestamp(when: datetime | None) -> Timestamp | None:
    """Turns an aware datetime into a Timestamp.

    Raises:
        ValueError: the datetime is naive: nobody knows which moment it means.
    """
    if when is None:
        return None
    if when.tzinfo is None:
        raise ValueError("a datetime needs a time zone, such as datetime.UTC")
    timestamp = Timestamp()
    timestamp.FromDatetime(when)
    return timestamp


def to_duration(span: timedelta | None) -> Duration | None:
    """Turns a timedelta into a Duration."""
    if span is None:
        return None
    duration = Duration()
    duration.FromTimedelta(span)
    return duration


def check_integers(what: str, values: Mapping[str, object]) -> None:
    """Refuses scaled amounts that are not integers, before protobuf says it less clearly.

    Raises:
        TypeError: a value is not an int.
    """
    for name, value in values.items():
        if not _is_integer(value):
            raise TypeError(f"{what} are scaled integers (765 is 76.5 with one decimal): {name}")


def check_quantities(values: Mapping[str, object]) -> None:
    """Refuses quantities of items that are not integers.

    Raises:
        TypeError: a value is not an int.
    """
    for name, value in values.items():
        if not _is_integer(value):
            raise TypeError(f"quantities are integers: {name}")


def to_quantity(quantity: int) -> int:
    """Refuses 0, which the wire would take as 1: a computed 0 must not buy or use one.

    Raises:
        ValueError: the quantity is 0.
    """
    if quantity == 0:
        raise ValueError("a quantity is at least 1")
    return quantity


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
