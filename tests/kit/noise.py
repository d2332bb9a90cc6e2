"""Damage to requests, bytes and metadata, by a seeded chance."""

from __future__ import annotations

import base64
import random
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from tests.kit.mutants import CONTROLLED, INT32, INT64, MOMENTS, NOT_AN_ID, SPANS, Place, places

VARINT_MAX = b"\xff" * 9 + b"\x01"
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
WORDS = (
    *("", "coins", "gems", "high_score", "best_time", "xp_weekly", "login", "task_completed"),
    *("hours_logged", "quiz_completed", "daily_bonus", "lessons", "hours", "difficulty", "hard"),
    *("xp.*", "level.up", "beginning", "somebody", "k_nothing", "UTC", "Asia/Kathmandu", "x" * 64),
    *("\u202e\u2028\u0301", "👩‍👩‍👧‍👦", "\U0010ffff", "ﷺ" * 60, "%s%n{}$1;--'\"\\", *NOT_AN_ID),
)
KEY_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_."


def scramble(chance: random.Random, request: Any) -> None:
    """Puts other values into a few fields of a valid request, good and bad ones."""
    everywhere = list(places(request.DESCRIPTOR))
    for place in chance.sample(everywhere, min(len(everywhere), chance.randint(1, 3))):
        try:
            _put(chance, place, request)
        except IndexError:
            continue  # an earlier step has emptied the list around it


def _put(chance: random.Random, place: Place, request: Any) -> None:
    owner, field = place.owner(request), place.field
    inner = field.message_type
    if inner is not None and inner.GetOptions().map_entry:
        pairs = getattr(owner, field.name)
        for _ in range(chance.randint(0, 20)):
            key = f"{chance.choice(WORDS)}{chance.randrange(9) or ''}"
            pairs[key] = _value(chance, inner.fields_by_name["value"])
    elif inner is not None and inner.full_name == "google.protobuf.FieldMask":
        paths = getattr(owner, field.name).paths
        paths.extend([chance.choice(WORDS) for _ in range(chance.randint(0, 40))])
    elif inner is not None:
        part = getattr(owner, field.name)
        part.seconds, part.nanos = chance.choice((*SPANS, *MOMENTS, (1, 5), (0, 0)))
    elif field.is_repeated:
        values = getattr(owner, field.name)
        del values[:]
        values.extend([_value(chance, field) for _ in range(chance.randint(0, 40))])
    else:
        setattr(owner, field.name, _value(chance, field))


def _value(chance: random.Random, field: FieldDescriptor) -> Any:
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING:
            if chance.random() < 0.1:
                return chance.choice(CONTROLLED)
            return chance.choice(WORDS)
        case FieldDescriptor.CPPTYPE_INT64:
            return chance.choice((*INT64, 0, 1, 5, 20, 50, 10**9, 2**53 - 1))
        case FieldDescriptor.CPPTYPE_BOOL:
            return chance.random() < 0.5
        case FieldDescriptor.CPPTYPE_ENUM:
            return chance.randint(-1, 6)
        case _:
            return chance.choice((*INT32, 0, 1, 2, 100, 1000))


def damaged(chance: random.Random, whole: bytes, other: bytes) -> bytes:
    """Bytes that were a request: cut, flipped, doubled, spliced with another, or random.

    Args:
        chance: decides what happens.
        whole: a valid request.
        other: another one, of any method.
    """
    raw = whole
    for _ in range(chance.randint(1, 3)):
        raw = _damage(chance, raw, other)
    return raw


def _damage(chance: random.Random, raw: bytes, other: bytes) -> bytes:
    at, to = sorted(chance.randint(0, len(raw)) for _ in range(2))
    match chance.randrange(8):
        case 0:
            return raw[:at]
        case 1 if raw:
            flipped = bytearray(raw)
            flipped[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            return bytes(flipped)
        case 2:
            return raw[:at] + chance.randbytes(chance.randint(1, 8)) + raw[at:]
        case 3:
            return raw[:to] + raw[at:to] + raw[to:]
        case 4:
            return raw[:at] + raw[to:]
        case 5:
            return raw[:at] + VARINT_MAX + raw[to:]
        case 6:
            return raw[:at] + other[chance.randint(0, len(other)) :]
        case _:
            return chance.randbytes(chance.randint(0, 300))


def metadata(chance: random.Random) -> list[tuple[str, str | bytes]]:
    """Some metadata that a client library lets through."""
    found: list[tuple[str, str | bytes]] = []
    for _ in range(chance.randint(0, 6)):
        key = "".join(chance.choices(KEY_LETTERS, k=chance.randint(1, 20))).lstrip(".-_") or "x"
        if key.startswith("grpc-"):
            continue
        if chance.random() < 0.3:
            found.append((f"{key}-bin", chance.randbytes(chance.randint(0, 200))))
        else:
            found.append((key.removesuffix("-bin"), text(chance, 200)))
    if chance.random() < 0.5:
        found.append(("x-request-id", text(chance, 100)))
    return found


def credential(chance: random.Random) -> str:
    """Something in the shape of a key, of a token, or of nothing."""
    match chance.randrange(4):
        case 0:
            return f"k_{text(chance, 20)}.{text(chance, 50)}"
        case 1:
            parts = [base64.urlsafe_b64encode(chance.randbytes(40)).decode() for _ in range(3)]
            return ".".join(parts)
        case 2:
            header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":' + chance.randbytes(9) + b"}")
            return f"{header.decode()}.e30.AAAA"
        case _:
            return text(chance, 300)


def text(chance: random.Random, length_max: int) -> str:
    """Printable characters, none of them at the edges a space."""
    return "".join(chance.choices(PRINTABLE, k=chance.randint(0, length_max))).strip()
