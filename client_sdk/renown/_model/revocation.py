"""Revocations: what was taken back, and what could not be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.basics import WireEnum
from renown._model.common import CurrencyChange, ScoreChange
from renown._model.inventory import ItemChange
from renown._model.progress import ProgressChanges


class RevokePolicy(WireEnum):
    """What to do about what is spent already.

    REFUSE takes back everything or nothing. DEBT takes what is there and notes
    the rest as a debt, which later income pays off first.
    """

    UNKNOWN = 0
    REFUSE = 1
    DEBT = 2


@dataclass(frozen=True, slots=True)
class RevokedMetric:
    """What a revocation did to one metric. Amounts are scaled integers."""

    metric: str
    amount: int
    total: int


@dataclass(frozen=True, slots=True)
class Debt:
    """What could not be taken back.

    Attributes:
        currency: the code, if money is owed.
        item_id: the item, if items are owed.
        amount: how much was added to what is owed, in minor units or items.
        debt_after: all that is owed of it now.
    """

    currency: str
    item_id: str
    amount: int
    debt_after: int


@dataclass(frozen=True, slots=True)
class Revocation:
    """What was taken back, in the order it had been given, and what followed from that.

    Attributes:
        xp: the signed change of XP.
        level_before: the level before it.
        level: the level after it.
        currencies: the balances that changed, in order.
        items: the stacks and instances that changed, in order.
        metrics: the metrics that changed.
        scores: the board entries that changed.
        debts: what could not be taken back.
        revoked_at: when; None if it was only tried.
        already_revoked: it had been revoked before: nothing was done.
        progress: what it did to achievements, badges, streaks and quests.
    """

    xp: int
    level_before: int
    level: int
    currencies: tuple[CurrencyChange, ...]
    items: tuple[ItemChange, ...]
    metrics: tuple[RevokedMetric, ...]
    scores: tuple[ScoreChange, ...]
    debts: tuple[Debt, ...]
    revoked_at: datetime | None
    already_revoked: bool
    progress: ProgressChanges
