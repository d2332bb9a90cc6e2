"""Small fields of definitions as values: durations, moments, amounts, tables by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from google.protobuf.duration_pb2 import Duration

from renown.v1.common_pb2 import CurrencyAmount
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.catalog.times import parse_moment

_K = TypeVar("_K", str, int, tuple[int, str])
_V = TypeVar("_V")


def duration_us(duration: Duration) -> int:
    """Microseconds, rounded down."""
    return duration.seconds * 1_000_000 + duration.nanos // 1_000


def moment_us(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 moment.

    Raises:
        ValueError: it is none.
    """
    moment = parse_moment(text)
    if moment is None:
        raise ValueError(f"{text} is no RFC 3339 moment")
    return moment


def bound_us(text: str) -> int:
    """The same, for a bound that may be missing: 0 is none.

    Raises:
        ValueError: it is neither empty nor a moment.
    """
    return moment_us(text) if text else 0


def amounts(items: Iterable[CurrencyAmount]) -> CurrencyAmounts:
    """Pairs of code and minor units, in the order of the file."""
    return tuple((item.currency, item.amount) for item in items)


def by_key(items: Iterable[tuple[_K, _V]]) -> Mapping[_K, _V]:
    """A table that cannot change, in the order of its keys."""
    return MappingProxyType(dict(sorted(items, key=lambda item: item[0])))
