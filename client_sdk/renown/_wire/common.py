"""Values that several services share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from renown._model.common import (
    CurrencyAmount,
    CurrencyChange,
    LevelUp,
    Multiplier,
    ScoreChange,
)
from renown._wire.scalars import check_integers
from renown.v1 import common_pb2 as pb


def currency_change(message: pb.CurrencyChange) -> CurrencyChange:
    """Reads a CurrencyChange."""
    return CurrencyChange(
        currency=message.currency,
        amount=message.amount,
        balance_after=message.balance_after,
        counter_account=message.counter_account,
        reason=message.reason,
    )


def score_change(message: pb.ScoreChange) -> ScoreChange:
    """Reads a ScoreChange."""
    return ScoreChange(
        leaderboard_id=message.leaderboard_id,
        score_before=message.score_before,
        score=message.score,
        new_entry=message.new_entry,
        removed=message.removed,
    )


def level_up(message: pb.LevelUp) -> LevelUp:
    """Reads a LevelUp."""
    return LevelUp(level=message.level, prestige=message.prestige)


def multiplier(message: pb.Multiplier) -> Multiplier:
    """Reads a Multiplier."""
    return Multiplier(source=message.source, basis_points=message.basis_points)


def currency_amounts(messages: Iterable[pb.CurrencyAmount]) -> tuple[CurrencyAmount, ...]:
    """Reads CurrencyAmounts, in their order."""
    return tuple(CurrencyAmount(message.currency, message.amount) for message in messages)


def to_currency_amounts(amounts: Mapping[str, int]) -> list[pb.CurrencyAmount]:
    """Writes CurrencyAmounts, in their order."""
    check_integers("amounts", amounts)
    return [pb.CurrencyAmount(currency=code, amount=amount) for code, amount in amounts.items()]
