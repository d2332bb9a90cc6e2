"""Values that several services share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CurrencyAmount:
    """An amount of one currency, in minor units: 150 is 1.50 with two decimals."""

    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class CurrencyChange:
    """What one change did to one balance, in minor units.

    Attributes:
        currency: the currency's code.
        amount: the signed change.
        balance_after: the balance after it.
        counter_account: the other side of the posting, such as `issuance:activity`.
        reason: the rule that moved it, such as `activity_type:lesson`.
    """

    currency: str
    amount: int
    balance_after: int
    counter_account: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """What one change did to one board entry.

    `removed` says that there is none any more: what it came from was revoked.
    """

    leaderboard_id: str
    score_before: int
    score: int
    new_entry: bool
    removed: bool = False


@dataclass(frozen=True, slots=True)
class LevelUp:
    """One level gained, and the prestige at which it was."""

    level: int
    prestige: int


@dataclass(frozen=True, slots=True)
class Multiplier:
    """One factor of an amount, in ten-thousandths: 11000 is 1.1."""

    source: str
    basis_points: int
