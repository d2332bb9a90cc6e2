"""Enums whose members are asked for with every activity."""

from __future__ import annotations

import enum
from typing import TypeVar

E = TypeVar("E", bound=enum.Enum)


def direct(kind: type[E]) -> type[E]:
    """Makes an enum's members plain attributes of its class, as they are since Python 3.12.

    Before, each time that a member is named costs a call, 0.15 µs where an attribute costs 0.02,
    and the way of an activity names some fifty.
    """
    for member in kind:
        # Not by `setattr`, which guards members against being replaced.
        type.__setattr__(kind, member.name, member)
    return kind
