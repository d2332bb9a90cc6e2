"""Wallets: balances, the ledger, the currencies. All amounts are minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What a player has of one currency, and all that ever came in and went out."""

    currency: str
    amount: int
    lifetime_earned: int
    lifetime_spent: int


@dataclass(frozen=True, slots=True)
class Wallet:
    """What a player has: the currencies it has ever had, by code."""

    player_id: str
    balances: tuple[Balance, ...]

    def amount(self, currency: str) -> int:
        """Returns the balance of a currency; 0 of one the player has never had."""
        return next((item.amount for item in self.balances if item.currency == currency), 0)


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement of one currency.

    Attributes:
        currency: the currency's code.
        amount: the signed change.
        balance_after: the balance after it.
        counter_account: the other side, such as `issuance:activity`.
        reason: the rule that moved it.
    """

    currency: str
    amount: int
    balance_after: int
    counter_account: str
    reason: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """The postings of one command.

    Attributes:
        transaction_id: names it among the player's transactions.
        player_id: the player.
        postings: its movements, in order.
        event_type: what happened: the activity type, or the caller's word.
        description: a sentence for people.
        reference_type: the kind of thing it was about.
        reference_id: that thing's id in the caller's system.
        awarded_by: the principal that asked for it, such as `key:k_…`.
        command_id: the activity_id or request_id that caused it.
        recorded_at: when it was recorded.
    """

    transaction_id: str
    player_id: str
    postings: tuple[Posting, ...]
    event_type: str
    description: str
    reference_type: str
    reference_id: str
    awarded_by: str
    command_id: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Currency:
    """What everybody may know of a currency.

    Attributes:
        code: its id, such as `coins`.
        name: for people.
        description: for people.
        decimals: how many digits of an amount stand behind the point.
        cap: the highest balance.
        premium: it is bought with real money.
        giftable: players may give it to each other.
        icon: a picture's address.
    """

    code: str
    name: str
    description: str
    decimals: int
    cap: int
    premium: bool
    giftable: bool
    icon: str
