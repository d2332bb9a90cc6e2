"""Facts about items, draws and mail as messages: for events and for answers.

Answers fill messages in place: nested ones given to a constructor are copied.
"""

from __future__ import annotations

from collections.abc import Iterable

from renown.v1 import common_pb2, inventory_service_pb2, revocation_pb2
from renown_server.engine import facts
from renown_server.wire.timestamps import set_timestamp


def fill_currency_change(message: common_pb2.CurrencyChange, fact: facts.CurrencyChanged) -> None:
    """Says what a change did to a balance."""
    message.currency = fact.currency
    message.amount = fact.amount
    message.balance_after = fact.balance_after
    message.counter_account = fact.counter_account
    message.reason = fact.rule


def fill_score_change(message: common_pb2.ScoreChange, fact: facts.ScoreChanged) -> None:
    """Says what a change did to a board entry."""
    message.leaderboard_id = fact.board
    message.score_before = fact.score_before
    message.score = fact.score
    message.new_entry = fact.new_entry
    message.removed = fact.removed


def fill_item_change(message: inventory_service_pb2.ItemChange, fact: facts.ItemChanged) -> None:
    """Says what a change did to a stack or an instance."""
    message.item_id = fact.item
    message.instance_id = fact.instance
    message.quantity = fact.amount
    message.quantity_after = fact.quantity_after
    message.counter_account = fact.counter_account
    message.reason = fact.rule
    if fact.expires_us:
        set_timestamp(message.expires_at, fact.expires_us)


def item_change(fact: facts.ItemChanged) -> inventory_service_pb2.ItemChange:
    """A stack or instance that changed."""
    message = inventory_service_pb2.ItemChange()
    fill_item_change(message, fact)
    return message


def fill_draw(
    message: inventory_service_pb2.Draw, fact: facts.LootDrawn, catalog_version: int
) -> None:
    """Says what was drawn, and how it can be checked."""
    message.table_id = fact.table
    message.catalog_version = catalog_version
    message.roll = fact.roll
    message.total_weight = fact.total_weight
    message.entry_id = fact.entry
    message.pity_before = fact.pity_before
    message.guaranteed = fact.guaranteed
    message.duplicate = fact.duplicate
    message.excluded.extend(fact.excluded)


def draw(fact: facts.LootDrawn, catalog_version: int = 0) -> inventory_service_pb2.Draw:
    """A draw. Events say the catalog's version themselves."""
    message = inventory_service_pb2.Draw()
    fill_draw(message, fact, catalog_version)
    return message


def fill_multiplier(
    message: inventory_service_pb2.MultiplierGrant, fact: facts.MultiplierGranted
) -> None:
    """Says what a multiplier does, and when it acts."""
    message.source = fact.source
    message.basis_points = fact.factor_bp
    set_timestamp(message.starts_at, fact.starts_us)
    set_timestamp(message.ends_at, fact.ends_us)


def multiplier(fact: facts.MultiplierGranted) -> inventory_service_pb2.MultiplierGrant:
    """A multiplier and when it acts."""
    message = inventory_service_pb2.MultiplierGrant()
    fill_multiplier(message, fact)
    return message


def fill_mail(message: inventory_service_pb2.Mail, fact: facts.MailReceived, sent_us: int) -> None:
    """Says what was sent, and when; `sent_us` is 0 where the message need not say it."""
    message.mail_id = str(fact.mail_no)
    message.reason = fact.rule
    message.message = fact.message
    fill_contents(message, fact.currencies, fact.items)
    if sent_us:
        set_timestamp(message.sent_at, sent_us)
    set_timestamp(message.expires_at, fact.expires_us)


def mail(fact: facts.MailReceived, sent_us: int = 0) -> inventory_service_pb2.Mail:
    """A mail that was sent. Events say when themselves; else `sent_us`, µs since 1970."""
    message = inventory_service_pb2.Mail()
    fill_mail(message, fact, sent_us)
    return message


def fill_contents(
    message: inventory_service_pb2.Mail,
    currencies: Iterable[tuple[str, int]],
    items: Iterable[tuple[str, int]],
) -> None:
    """Says what a mail holds."""
    for code, amount in currencies:
        message.currencies.add(currency=code, amount=amount)
    for item, quantity in items:
        message.items.add(item_id=item, quantity=quantity)


def debt(fact: facts.DebtChanged) -> revocation_pb2.Debt:
    """A change of what is owed."""
    return revocation_pb2.Debt(
        currency=fact.currency, item_id=fact.item, amount=fact.amount, debt_after=fact.debt_after
    )


def amounts(pairs: tuple[tuple[str, int], ...]) -> list[common_pb2.CurrencyAmount]:
    """Pairs of currency and minor units."""
    return [common_pb2.CurrencyAmount(currency=code, amount=amount) for code, amount in pairs]
