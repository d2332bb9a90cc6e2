"""What moves money; pure. Every movement names its other side."""

from __future__ import annotations

from typing import Protocol

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.currency.state import Balance, WalletBook
from renown_server.engine.facts import CurrencyChanged, DebtChanged
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.errors import BalanceCap, InsufficientFunds, InvalidArgument, UnknownCurrency


class Post(Protocol):
    """Moves one amount: `credit` or `debit`."""

    def __call__(
        self,
        work: Work,
        player_id: str,
        currency: str,
        amount: int,
        *,
        counter_account: str,
        rule: str,
    ) -> None:
        """Moves `amount` minor units."""


ADJUSTMENT = "adjustment:operator"
ISSUANCE_ACTIVITY = "issuance:activity"
DEBT = "debt:clawback"
ISSUANCE_CREDIT = "issuance:credit"
SINK_DEBIT = "sink:debit"
SINK_OVERFLOW = "sink:overflow"

_EARNED_FROM = ("convert", "issuance", "mail")
"""Kinds of counter-accounts of what players earn. What they buy, exchange and are given back is
not earned; mail brings what was, and found no room."""


def check_currencies(work: Work, codes: list[str], field: str = "amounts") -> None:
    """Checks the currencies of a request, each once.

    Args:
        work: knows the catalog.
        codes: the currencies, in the request's order.
        field: the request's list they stand in.

    Raises:
        UnknownCurrency: the catalog has no such currency.
        InvalidArgument: one stands twice.
    """
    for place, code in enumerate(codes):
        at = f"{field}[{place}].currency"
        if code not in work.catalog.currencies:
            raise UnknownCurrency(at, f"the catalog has no currency {code!r}")
        if code in codes[:place]:
            raise InvalidArgument(at, f"{code!r} stands twice")


def credit(
    work: Work, player_id: str, currency: str, amount: int, *, counter_account: str, rule: str
) -> None:
    """Gives a player money.

    Raises:
        BalanceCap: the balance would pass the currency's cap.
    """
    cap = work.catalog.currencies[currency].cap
    balance = work.slice(WalletBook).get(player_id, currency)
    if balance.amount + amount > cap:
        raise BalanceCap(currency, cap, balance.amount)
    _add(work, balance, amount, counter_account, rule)
    if work.catalog.listens and counter_account.partition(":")[0] in _EARNED_FROM:
        work.signal(SignalKind.CURRENCY, player_id, currency, amount, rule)


def give_back(
    work: Work, player_id: str, currency: str, amount: int, *, counter_account: str, rule: str
) -> None:
    """Gives a player back what was the player's own, such as what escrow held.

    That is never refused: the cap does not apply, and what would pass 2^53-1 is lost.
    """
    balance = work.slice(WalletBook).get(player_id, currency)
    beyond = balance.amount + amount - AMOUNT_MAX
    if beyond > 0:
        # First, so that no balance lies beyond what JSON numbers hold.
        debit(work, player_id, currency, beyond, counter_account=SINK_OVERFLOW, rule=rule)
    _add(work, balance, amount, counter_account, rule)


def _add(work: Work, balance: Balance, amount: int, counter_account: str, rule: str) -> None:
    work.touch(balance)
    balance.amount += amount
    balance.earned += amount
    work.emit(
        balance.player_id,
        CurrencyChanged(
            rule=rule,
            currency=balance.currency,
            amount=amount,
            balance_after=balance.amount,
            counter_account=counter_account,
        ),
    )
    if balance.debt:
        _pay_debt(work, balance)


def _pay_debt(work: Work, balance: Balance) -> None:
    """Takes what is owed after a revocation from what has come in."""
    paid = min(balance.debt, balance.amount)
    rule = f"debt:{balance.currency}"
    balance.debt -= paid
    debit(work, balance.player_id, balance.currency, paid, counter_account=DEBT, rule=rule)
    work.emit(
        balance.player_id,
        DebtChanged(rule=rule, amount=-paid, debt_after=balance.debt, currency=balance.currency),
    )


def owe(work: Work, player_id: str, currency: str, amount: int, rule: str) -> None:
    """Notes money that could not be taken back; the next income pays it."""
    balance = work.slice(WalletBook).get(player_id, currency)
    work.touch(balance)
    balance.debt += amount
    work.emit(
        player_id,
        DebtChanged(rule=rule, amount=amount, debt_after=balance.debt, currency=currency),
    )


def debit(
    work: Work, player_id: str, currency: str, amount: int, *, counter_account: str, rule: str
) -> None:
    """Takes money from a player.

    Raises:
        InsufficientFunds: the balance would fall below zero.
    """
    balance = work.slice(WalletBook).get(player_id, currency)
    if balance.amount < amount:
        raise InsufficientFunds(currency, amount, balance.amount)
    work.touch(balance)
    balance.amount -= amount
    balance.spent += amount
    work.emit(
        player_id,
        CurrencyChanged(
            rule=rule,
            currency=currency,
            amount=-amount,
            balance_after=balance.amount,
            counter_account=counter_account,
        ),
    )


def adjust(work: Work, player_id: str, currency: str, amount: int) -> None:
    """Corrects a balance by hand, up or down.

    Raises:
        BalanceCap: the balance would pass the currency's cap.
        InsufficientFunds: it would fall below zero.
    """
    post: Post = credit if amount > 0 else debit
    post(
        work,
        player_id,
        currency,
        abs(amount),
        counter_account=ADJUSTMENT,
        rule="request:AdjustBalance",
    )
