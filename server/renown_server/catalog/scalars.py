"""Texts as values of the schema's types."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration

from renown_server.catalog.problems import nearest
from renown_server.catalog.yaml_tree import Scalar

_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*(_[0-9]+)*)")
_DIGITS_MAX = 40
_UNITS = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?")
_UNIT_SECONDS = (86_400, 3_600, 60, 1)
_JSON_DURATION = re.compile(r"-?\d{1,12}(\.\d{1,9})?s")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Unreadable(ValueError):
    """A text that is no value of the wanted type."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend


def read_scalar(field: FieldDescriptor, scalar: Scalar) -> Any:
    """Reads a scalar as a value that may be assigned to `field`.

    Raises:
        Unreadable: the text is no such value.
    """
    return _READERS[field.type](field, scalar)


def read_duration(scalar: Scalar) -> Duration:
    """Reads `1d`, `72h`, `1h30m`, `90s` or protobuf's JSON form (`1.5s`).

    Raises:
        Unreadable: the text is no duration.
    """
    text = scalar.text
    duration = Duration()
    if _JSON_DURATION.fullmatch(text):
        try:
            duration.FromJsonString(text)
        except ValueError as error:
            raise Unreadable(f"`{text}` is too long", "use at most 366d") from error
        return duration
    parts = _UNITS.fullmatch(text)
    if not text or not parts:
        raise Unreadable(f"`{text}` is no duration", "write it like 90s, 15m, 72h or 1d")
    counts = zip(parts.groups(), _UNIT_SECONDS, strict=True)
    duration.FromSeconds(sum(int(count) * seconds for count, seconds in counts if count))
    return duration


def enum_words(enum: EnumDescriptor) -> dict[str, int]:
    """An enum's values by their short names: `weekly` for LEADERBOARD_PERIOD_WEEKLY."""
    return dict(_enum_words(enum))


@cache
def _enum_words(enum: EnumDescriptor) -> dict[str, int]:
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return {
        value.name.removeprefix(prefix).lower(): value.number
        for value in enum.values
        if value.number != 0
    }


def _read_string(_field: FieldDescriptor, scalar: Scalar) -> str:
    if _CONTROL.search(scalar.text):
        raise Unreadable("holds control characters", "remove them")
    return scalar.text


def _read_bool(_field: FieldDescriptor, scalar: Scalar) -> bool:
    if scalar.plain and scalar.text.lower() in ("true", "false"):
        return scalar.text.lower() == "true"
    raise Unreadable(f"`{scalar.text}` is neither true nor false", "write true or false")


def _read_integer(bits: int) -> Callable[[FieldDescriptor, Scalar], int]:
    limit = 1 << (bits - 1)

    def read(_field: FieldDescriptor, scalar: Scalar) -> int:
        text = scalar.text
        if not _INTEGER.fullmatch(text):
            raise Unreadable(
                f"`{text}` is no whole number", "write digits only, without leading zeros"
            )
        if len(text) > _DIGITS_MAX or not -limit <= int(text) < limit:
            raise Unreadable(f"{text} is out of range", f"use at most {limit - 1}")
        return int(text)

    return read


def _read_enum(field: FieldDescriptor, scalar: Scalar) -> int:
    enum: Any = field.enum_type
    words = _enum_words(enum)
    if scalar.text in words:
        return words[scalar.text]
    value = enum.values_by_name.get(scalar.text)
    if value is not None and value.number != 0:
        return int(value.number)
    meant = nearest(scalar.text.lower(), words)
    mend = f"did you mean {meant}?" if meant else f"use {', '.join(words)}"
    raise Unreadable(f"unknown value `{scalar.text}`", mend)


_READERS: dict[int, Callable[[FieldDescriptor, Scalar], Any]] = {
    FieldDescriptor.TYPE_STRING: _read_string,
    FieldDescriptor.TYPE_BOOL: _read_bool,
    FieldDescriptor.TYPE_INT32: _read_integer(32),
    FieldDescriptor.TYPE_INT64: _read_integer(64),
    FieldDescriptor.TYPE_ENUM: _read_enum,
}
