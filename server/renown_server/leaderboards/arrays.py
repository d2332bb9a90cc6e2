"""Postgres array literals.

asyncpg cannot decode arrays inside a row, and unnest flattens arrays of arrays, so a row's arrays
travel as text both ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

_PLAIN = re.compile(r"[A-Za-z0-9_.|:-]+")
_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,"]+)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_decode_integers = msgspec.json.Decoder(list[int]).decode


def format_texts(values: Iterable[str]) -> str:
    """A `text[]` literal of any texts."""
    return "{" + ",".join([_quote(value) for value in values]) + "}"


def parse_texts(literal: str) -> list[str]:
    """What Postgres writes for a one-dimensional `text[]` without nulls."""
    inner = literal[1:-1]
    if not inner:
        return []
    if '"' not in inner:
        return inner.split(",")
    return [plain or _ESCAPED.sub(r"\1", quoted) for quoted, plain in _ELEMENT.findall(inner)]


def parse_integers(literal: str) -> list[int]:
    """What Postgres writes for a one-dimensional `bigint[]` without nulls."""
    return _decode_integers(f"[{literal[1:-1]}]")


@lru_cache(maxsize=8192)
def _quote(value: str) -> str:
    if _PLAIN.fullmatch(value) and value.upper() != "NULL":
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
