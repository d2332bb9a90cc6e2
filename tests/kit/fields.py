"""Fills every field of a message, and tells which of them a typed value has lost."""

import itertools
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

DATES = re.compile(r"(.+_)?(dates?|today)")
"""Fields that hold a day, such as 2026-11-20."""

MOMENTS = ("available_from", "available_until", "expires_at")
"""Texts of definitions that hold a moment, in RFC 3339."""


def fill(message: Message, numbers: "itertools.count[int]") -> None:
    """Gives every field a value of its own; of a oneof the first field."""
    for field in message.DESCRIPTOR.fields:
        oneof = field.containing_oneof
        if oneof is not None and oneof.fields[0] is not field:
            continue
        if field.message_type and field.message_type.GetOptions().map_entry:
            value = field.message_type.fields_by_name["value"]
            getattr(message, field.name)["one"] = scalar(value, numbers)
        elif field.message_type:
            repeated = field.is_repeated
            child = getattr(message, field.name)
            child = child.add() if repeated else child
            child.SetInParent()
            fill(child, numbers)
        elif field.is_repeated:
            getattr(message, field.name).append(scalar(field, numbers))
        else:
            setattr(message, field.name, scalar(field, numbers))


def scalar(field: Any, numbers: "itertools.count[int]") -> object:
    if field.enum_type:
        return field.enum_type.values[-1].number
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        if DATES.fullmatch(field.name):
            return date.fromordinal(738_000 + next(numbers)).isoformat()
        if field.name in MOMENTS:
            return datetime.fromtimestamp(next(numbers), UTC).isoformat()
        return f"{field.name}-{next(numbers)}"
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return True
    return next(numbers)


def differences(message: Message, value: Any, path: str) -> list[str]:
    """Returns where a typed value says something else than its message."""
    found: list[str] = []
    for field in message.DESCRIPTOR.fields:
        name = field.name
        if field.containing_oneof is not None:
            if not message.HasField(name):
                continue
            if hasattr(value, "payload"):
                found += compare(getattr(message, name), value.payload, f"{path}.{name}")
            elif value.type != name:
                found.append(f"{path}.{name}: {value.type}")
        elif name.endswith("_s"):
            span = getattr(value, name.removesuffix("_s"))
            found += compare(getattr(message, name), span.total_seconds(), f"{path}.{name}")
        elif not hasattr(value, name):
            found.append(f"{path}.{name} is missing")
        else:
            found += compare(getattr(message, name), getattr(value, name), f"{path}.{name}")
    return found


def compare(sent: Any, got: Any, path: str) -> list[str]:
    if isinstance(sent, Timestamp):
        return [] if got == sent.ToDatetime(tzinfo=UTC) else [f"{path}: {got}"]
    if isinstance(sent, Duration):
        return [] if got == sent.ToTimedelta() else [f"{path}: {got}"]
    if isinstance(sent, Message):
        return differences(sent, got, path)
    if isinstance(got, tuple):
        pairs = zip(sent, got, strict=True)
        return [line for one, other in pairs for line in compare(one, other, path)]
    if isinstance(got, Mapping):
        return [] if dict(sent) == dict(got) else [f"{path}: {got}"]
    if isinstance(got, date):
        return [] if sent == got.isoformat() else [f"{path}: {got}, not {sent}"]
    got = got.value if isinstance(got, Enum) else got
    return [] if sent == got else [f"{path}: {got!r}, not {sent!r}"]
