"""Revocations."""

from __future__ import annotations

from renown._model.revocation import Debt, Revocation, RevokedMetric
from renown._wire.common import currency_change, score_change
from renown._wire.inventory import item_changes
from renown._wire.progress import progress_changes
from renown._wire.scalars import moment_if_set
from renown.v1 import revocation_pb2 as pb


def revocation(message: pb.Revocation) -> Revocation:
    """Reads a Revocation."""
    return Revocation(
        xp=message.xp,
        level_before=message.level_before,
        level=message.level,
        currencies=tuple(currency_change(item) for item in message.currencies),
        items=item_changes(message.items),
        metrics=tuple(
            RevokedMetric(item.metric, item.amount, item.total) for item in message.metrics
        ),
        scores=tuple(score_change(item) for item in message.scores),
        debts=tuple(debt(item) for item in message.debts),
        revoked_at=moment_if_set(message, "revoked_at"),
        already_revoked=message.already_revoked,
        progress=progress_changes(message.progress),
    )


def debt(message: pb.Debt) -> Debt:
    """Reads a Debt."""
    return Debt(
        currency=message.currency,
        item_id=message.item_id,
        amount=message.amount,
        debt_after=message.debt_after,
    )
