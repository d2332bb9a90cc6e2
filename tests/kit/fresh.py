"""Ids nobody has used."""

from __future__ import annotations

import itertools

_numbers = itertools.count(1)


def fresh(prefix: str = "x") -> str:
    """An id nobody has used."""
    return f"{prefix}-{next(_numbers)}"
