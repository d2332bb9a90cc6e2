"""Wallets: balances, the ledger, the currencies. All amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from renown._model.basics import new_id
from renown._model.common import CurrencyAmount


@dataclass(frozen=True, slots=True)
class Balance:
    """What a player has of one currency.

    Attributes:
        currency: the currency's code.
        amount: the balance.
        lifetime_earned: all that ever came in.
        lifetime_spent: all that ever went out.
        debt: what is still owed after a revocation: later income pays it first.
    """

    currency: str
    amount: int
    lifetime_earned: int
    lifetime_spent: int
    debt: int


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
        gift_daily_max: how much a player may give away in a local day; 0 is no
            limit.
        gift_receive_daily_max: how much a player may be given in a local day;
            0 is no limit.
        gift_fee_basis_points: the share of a gift that the receiver does not
            get, rounded up: 500 is 5 %.
    """

    code: str
    name: str
    description: str
    decimals: int
    cap: int
    premium: bool
    giftable: bool
    icon: str
    gift_daily_max: int
    gift_receive_daily_max: int
    gift_fee_basis_points: int


@dataclass(frozen=True, slots=True)
class Credit:
    """Money to give one player, in a batch.

    Attributes:
        player_id: the player.
        amounts: what to give, by currency code.
        request_id: its exactly-once key; made up if not given.
        event_type: the caller's word for what happened.
        description: a sentence for people.
        reference_type: the kind of thing it was about.
        reference_id: that thing's id in the caller's system.
    """

    player_id: str
    amounts: Mapping[str, int]
    request_id: str = field(default_factory=new_id)
    event_type: str = ""
    description: str = ""
    reference_type: str = ""
    reference_id: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """The giver's ledger entry, and what the receiver got, fees taken off."""

    transaction: Transaction
    received: tuple[CurrencyAmount, ...]
