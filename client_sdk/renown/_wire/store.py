"""Offers, purchases, odds and draws."""

from __future__ import annotations

from renown._model.store import (
    DrawRecord,
    Odds,
    OddsTable,
    Offer,
    Price,
    Purchase,
    PurchaseResult,
    PurchaseRevocation,
)
from renown._wire.common import currency_amounts, currency_change
from renown._wire.inventory import draw, rewards
from renown._wire.revocation import revocation
from renown._wire.reward import reward
from renown._wire.scalars import moment, moment_if_set
from renown.v1 import store_service_pb2 as pb


def offer(message: pb.Offer) -> Offer:
    """Reads an Offer."""
    return Offer(
        offer_id=message.offer_id,
        name=message.name,
        description=message.description,
        icon=message.icon,
        category=message.category,
        tags=tuple(message.tags),
        prices=tuple(_price(item) for item in message.prices),
        contents=reward(message.contents),
        min_level=message.min_level,
        limit_per_player=message.limit_per_player,
        remaining_for_player=_remaining(message.remaining_for_player),
        stock=message.stock,
        remaining_stock=_remaining(message.remaining_stock),
        available_until=moment_if_set(message, "available_until"),
        purchasable=message.purchasable,
        blocked_by=message.blocked_by,
        product_id=message.product_id,
    )


def _remaining(count: int) -> int | None:
    return count if count >= 0 else None


def _price(message: pb.Price) -> Price:
    return Price(
        currencies=currency_amounts(message.currencies),
        undiscounted=currency_amounts(message.undiscounted),
        discount_basis_points=message.discount_basis_points,
        discount_ends_at=moment_if_set(message, "discount_ends_at"),
    )


def purchase(message: pb.PurchaseRecord) -> Purchase:
    """Reads a PurchaseRecord."""
    return Purchase(
        purchase_id=message.purchase_id,
        player_id=message.player_id,
        offer_id=message.offer_id,
        quantity=message.quantity,
        paid=currency_amounts(message.paid),
        rewards=rewards(message.rewards),
        purchased_at=moment(message.purchased_at),
        revoked_at=moment_if_set(message, "revoked_at"),
        receipt_provider=message.receipt_provider,
        receipt_id=message.receipt_id,
        catalog_version=message.catalog_version,
    )


def purchase_result(message: pb.PurchaseResponse) -> PurchaseResult:
    """Reads a PurchaseResponse."""
    payments = tuple(currency_change(item) for item in message.payments)
    return PurchaseResult(purchase(message.purchase), payments)


def purchase_revocation(message: pb.RevokePurchaseResponse) -> PurchaseRevocation:
    """Reads a RevokePurchaseResponse."""
    return PurchaseRevocation(revocation(message.revocation), purchase(message.purchase))


def odds_table(message: pb.GetOddsResponse) -> OddsTable:
    """Reads a GetOddsResponse."""
    return OddsTable(
        odds=tuple(_odds(item) for item in message.odds),
        total_weight=message.total_weight,
        pity_count=message.pity_count,
        pity_after=message.pity_after,
        guaranteed=message.guaranteed,
        catalog_version=message.catalog_version,
    )


def _odds(message: pb.Odds) -> Odds:
    return Odds(
        entry_id=message.entry_id,
        weight=message.weight,
        probability_ppm=message.probability_ppm,
        reward=reward(message.reward),
        owned=message.owned,
    )


def draw_record(message: pb.DrawRecord) -> DrawRecord:
    """Reads a DrawRecord."""
    return DrawRecord(draw(message.draw), message.command_id, moment(message.recorded_at))
