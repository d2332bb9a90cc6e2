"""What events say about what players own, buy and exchange."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from renown._model.economy_event import (
    ActivityRevoked,
    Gift,
    GiftReceived,
    GiftSent,
    ItemEquipped,
    ItemUsed,
    MailClaimed,
    OfferPurchased,
    PurchaseRevoked,
    RewardOverflowed,
    TradeChanged,
    XpAdjusted,
)
from renown._model.event import Payload
from renown._model.trade import TradeState
from renown._wire.common import currency_amounts
from renown._wire.inventory import draw, item_change, mail, multiplier_grant
from renown._wire.revocation import debt
from renown.v1 import event_pb2 as pb

GiftT = TypeVar("GiftT", bound=Gift)


def _item_used(message: pb.ItemUsed) -> ItemUsed:
    return ItemUsed(
        item_id=message.item_id,
        instance_id=message.instance_id,
        uses=message.uses,
        uses_remaining=message.uses_remaining,
    )


def _item_equipped(message: pb.ItemEquipped) -> ItemEquipped:
    return ItemEquipped(message.slot, message.item_id, message.instance_id)


def _mail_claimed(message: pb.MailClaimed) -> MailClaimed:
    return MailClaimed(message.mail_id)


def _offer_purchased(message: pb.OfferPurchased) -> OfferPurchased:
    return OfferPurchased(
        purchase_id=message.purchase_id,
        offer_id=message.offer_id,
        quantity=message.quantity,
        paid=currency_amounts(message.paid),
    )


def _purchase_revoked(message: pb.PurchaseRevoked) -> PurchaseRevoked:
    return PurchaseRevoked(message.purchase_id, message.offer_id)


def _trade_changed(message: pb.TradeChanged) -> TradeChanged:
    return TradeChanged(message.trade_id, TradeState(message.state), message.counterpart_id)


def _gift(kind: type[GiftT]) -> Callable[[pb.Gift], GiftT]:
    return lambda message: kind(
        counterpart_id=message.counterpart_id,
        message=message.message,
        currencies=currency_amounts(message.currencies),
        item_id=message.item_id,
        quantity=message.quantity,
        badge_id=message.badge_id,
    )


def _reward_overflowed(message: pb.RewardOverflowed) -> RewardOverflowed:
    return RewardOverflowed(
        currency=message.currency,
        item_id=message.item_id,
        amount=message.amount,
        policy=message.policy,
    )


def _activity_revoked(message: pb.ActivityRevoked) -> ActivityRevoked:
    return ActivityRevoked(message.activity_id)


def _xp_adjusted(message: pb.XpAdjusted) -> XpAdjusted:
    return XpAdjusted(
        amount=message.amount,
        total=message.total,
        level_before=message.level_before,
        level=message.level,
    )


PAYLOADS: dict[str, Callable[[Any], Payload]] = {
    "item_changed": item_change,
    "item_used": _item_used,
    "item_equipped": _item_equipped,
    "loot_drawn": draw,
    "multiplier_granted": multiplier_grant,
    "mail_received": mail,
    "mail_claimed": _mail_claimed,
    "offer_purchased": _offer_purchased,
    "purchase_revoked": _purchase_revoked,
    "trade_changed": _trade_changed,
    "gift_sent": _gift(GiftSent),
    "gift_received": _gift(GiftReceived),
    "reward_overflowed": _reward_overflowed,
    "debt_changed": debt,
    "activity_revoked": _activity_revoked,
    "xp_adjusted": _xp_adjusted,
}
"""How to read each of them, by its name in Event's oneof."""
