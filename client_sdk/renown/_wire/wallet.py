"""Wallets, transactions and currencies."""

from __future__ import annotations

from renown._model.wallet import Balance, Currency, Posting, Transaction, Wallet
from renown._wire.scalars import moment
from renown.v1 import currency_service_pb2 as pb


def wallet(message: pb.Wallet) -> Wallet:
    """Reads a Wallet."""
    return Wallet(message.player_id, tuple(_balance(item) for item in message.balances))


def _balance(message: pb.Balance) -> Balance:
    return Balance(
        currency=message.currency,
        amount=message.amount,
        lifetime_earned=message.lifetime_earned,
        lifetime_spent=message.lifetime_spent,
    )


def transaction(message: pb.Transaction) -> Transaction:
    """Reads a Transaction."""
    return Transaction(
        transaction_id=message.transaction_id,
        player_id=message.player_id,
        postings=tuple(_posting(item) for item in message.postings),
        event_type=message.event_type,
        description=message.description,
        reference_type=message.reference_type,
        reference_id=message.reference_id,
        awarded_by=message.awarded_by,
        command_id=message.command_id,
        recorded_at=moment(message.recorded_at),
    )


def _posting(message: pb.Posting) -> Posting:
    return Posting(
        currency=message.currency,
        amount=message.amount,
        balance_after=message.balance_after,
        counter_account=message.counter_account,
        reason=message.reason,
    )


def currency(message: pb.CurrencyInfo) -> Currency:
    """Reads a CurrencyInfo."""
    return Currency(
        code=message.code,
        name=message.name,
        description=message.description,
        decimals=message.decimals,
        cap=message.cap,
        premium=message.premium,
        giftable=message.giftable,
        icon=message.icon,
    )
