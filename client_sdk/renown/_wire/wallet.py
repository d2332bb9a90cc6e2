"""Wallets, transactions and currencies."""

from __future__ import annotations

from collections.abc import Mapping

from renown._model.wallet import (
    Balance,
    Credit,
    Currency,
    Posting,
    Transaction,
    Transfer,
    Wallet,
)
from renown._wire.common import currency_amounts, to_currency_amounts
from renown._wire.scalars import check_integers, moment
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
        debt=message.debt,
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
        gift_daily_max=message.gift_daily_max,
        gift_receive_daily_max=message.gift_receive_daily_max,
        gift_fee_basis_points=message.gift_fee_basis_points,
    )


def transfer(message: pb.TransferResponse) -> Transfer:
    """Reads a TransferResponse."""
    return Transfer(transaction(message.transaction), currency_amounts(message.received))


def to_credit(credit: Credit) -> pb.CreditRequest:
    """Writes a Credit as the request that carries it out.

    Raises:
        TypeError: an amount is not an int.
    """
    return pb.CreditRequest(
        request_id=credit.request_id,
        player_id=credit.player_id,
        amounts=to_currency_amounts(credit.amounts),
        event_type=credit.event_type,
        description=credit.description,
        reference_type=credit.reference_type,
        reference_id=credit.reference_id,
    )


def to_adjustments(amounts: Mapping[str, int]) -> list[pb.CurrencyAdjustment]:
    """Writes signed amounts, in their order.

    Raises:
        TypeError: an amount is not an int.
    """
    check_integers("amounts", amounts)
    return [pb.CurrencyAdjustment(currency=code, amount=amount) for code, amount in amounts.items()]
