"""What is taken back."""

from __future__ import annotations

from dataclasses import dataclass

from renown_server.engine.signals import Signal
from renown_server.inventory.clawback import Given


@dataclass(frozen=True, slots=True)
class Record:
    """An activity or a purchase that is taken back.

    Attributes:
        given: all it did.
        rule: the request that takes it back.
        occurred_us: when it happened, microseconds since 1970.
        signal: what an activity told; None of a purchase.
        first_sequence: the sequence of its first fact; 0 if nobody knows.
    """

    given: Given
    rule: str
    occurred_us: int
    signal: Signal | None = None
    first_sequence: int = 0
