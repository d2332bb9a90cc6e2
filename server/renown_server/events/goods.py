"""Facts about items, draws and mail as messages: for events and for answers."""

from __future__ import annotations

from renown.v1 import common_pb2, inventory_service_pb2, revocation_pb2, reward_pb2
from renown_server.engine import facts
from renown_server.wire.timestamps import to_timestamp


def item_change(fact: facts.ItemChanged) -> inventory_service_pb2.ItemChange:
    """A stack or instance that changed."""
    return inventory_service_pb2.ItemChange(
        item_id=fact.item,
        instance_id=fact.instance,
        quantity=fact.amount,
        quantity_after=fact.quantity_after,
        counter_account=fact.counter_account,
        reason=fact.rule,
        expires_at=to_timestamp(fact.expires_us) if fact.expires_us else None,
    )


def draw(fact: facts.LootDrawn, catalog_version: int = 0) -> inventory_service_pb2.Draw:
    """A draw. Events say the catalog's version themselves."""
    return inventory_service_pb2.Draw(
        table_id=fact.table,
        catalog_version=catalog_version,
        roll=fact.roll,
        total_weight=fact.total_weight,
        entry_id=fact.entry,
        pity_before=fact.pity_before,
        guaranteed=fact.guaranteed,
        duplicate=fact.duplicate,
        excluded=fact.excluded,
    )


def multiplier(fact: facts.MultiplierGranted) -> inventory_service_pb2.MultiplierGrant:
    """A multiplier and when it acts."""
    return inventory_service_pb2.MultiplierGrant(
        source=fact.source,
        basis_points=fact.factor_bp,
        starts_at=to_timestamp(fact.starts_us),
        ends_at=to_timestamp(fact.ends_us),
    )


def mail(fact: facts.MailReceived, sent_us: int = 0) -> inventory_service_pb2.Mail:
    """A mail that was sent. Events say when themselves; else `sent_us`, µs since 1970."""
    return inventory_service_pb2.Mail(
        mail_id=str(fact.mail_no),
        currencies=amounts(fact.currencies),
        items=[
            reward_pb2.ItemAmount(item_id=item, quantity=quantity) for item, quantity in fact.items
        ],
        reason=fact.rule,
        message=fact.message,
        sent_at=to_timestamp(sent_us) if sent_us else None,
        expires_at=to_timestamp(fact.expires_us),
    )


def debt(fact: facts.DebtChanged) -> revocation_pb2.Debt:
    """A change of what is owed."""
    return revocation_pb2.Debt(
        currency=fact.currency, item_id=fact.item, amount=fact.amount, debt_after=fact.debt_after
    )


def amounts(pairs: tuple[tuple[str, int], ...]) -> list[common_pb2.CurrencyAmount]:
    """Pairs of currency and minor units."""
    return [common_pb2.CurrencyAmount(currency=code, amount=amount) for code, amount in pairs]
