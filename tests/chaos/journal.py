"""What clients were told, written down."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import grpc

from renown import errors
from tests.chaos.model import Activity, Move, Operation, Player, Score
from tests.chaos.outcomes import carry_out

MAYBE = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        # Of a server that goes away, before it has looked at the call.
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""The answers after which the same request may be sent again."""

WITH_RETRY_INFO = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """An operation and its answer.

    Attributes:
        raw: the answer is the message itself, not the SDK's value.
    """

    operation: Operation
    answer: Any
    raw: bool


@dataclass(slots=True)
class Journal:
    """What clients were told.

    Attributes:
        acknowledged: by player and id.
        refused: debits beyond the balance, purchases of what is sold out.
        players: what everybody must have.
        failures: answers other than OK, by code and reason.
        slowest_s: the longest that any attempt took that was answered well.
    """

    acknowledged: dict[tuple[str, str], Acknowledged] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    players: dict[str, Player] = field(default_factory=dict)
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)
    slowest_s: float = 0.0

    def acknowledge(self, operation: Operation, answer: object, *, raw: bool) -> None:
        """Notes an operation that was answered well, the first time."""
        key = operation.player, operation.id
        assert key not in self.acknowledged, f"asked for twice by the test: {operation}"
        self.acknowledged[key] = Acknowledged(operation, answer, raw)
        if isinstance(operation, Activity | Move | Score):
            self.player(operation.player).apply(operation)
        else:
            carry_out(self.player, operation, answer)

    def player(self, player: str) -> Player:
        """What a player must have."""
        return self.players.setdefault(player, Player())

    def note(self, error: errors.RenownError) -> None:
        """Notes an answer other than OK.

        Raises:
            AssertionError: callers may not get it for what happens here.
        """
        self.failures[error.code.name, error.reason or error.message[:60]] += 1
        assert error.code in MAYBE, f"not an answer to a valid request: {error!r}"
        if error.reason and error.code in WITH_RETRY_INFO:
            assert error.retry_after is not None, f"says not when to try again: {error!r}"

    def report(self) -> str:
        """What happened, for whoever reads a failed test."""
        failures = ", ".join(f"{n}x {code} {why}" for (code, why), n in self.failures.most_common())
        kinds = Counter(type(item.operation).__name__ for item in self.acknowledged.values())
        return (
            f"{len(self.acknowledged)} acknowledged {dict(kinds)}, {len(self.refused)} refused, "
            f"slowest {self.slowest_s:.2f} s; failures: {failures or 'none'}"
        )
