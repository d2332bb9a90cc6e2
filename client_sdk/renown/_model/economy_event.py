"""What events say about what players own, buy and exchange."""

from __future__ import annotations

from dataclasses import dataclass

from renown._model.common import CurrencyAmount
from renown._model.trade import TradeState


@dataclass(frozen=True, slots=True)
class ItemUsed:
    """An item was used.

    Attributes:
        item_id: the item.
        instance_id: names an instance, or a stack that expires.
        uses: how often it was used.
        uses_remaining: how often the instance can still be used.
    """

    item_id: str
    instance_id: str
    uses: int
    uses_remaining: int


@dataclass(frozen=True, slots=True)
class ItemEquipped:
    """A slot changed; `item_id` is empty if nothing is there now."""

    slot: str
    item_id: str
    instance_id: str


@dataclass(frozen=True, slots=True)
class MailClaimed:
    """A mail was claimed."""

    mail_id: str


@dataclass(frozen=True, slots=True)
class OfferPurchased:
    """An offer was bought. Amounts are minor units."""

    purchase_id: str
    offer_id: str
    quantity: int
    paid: tuple[CurrencyAmount, ...]


@dataclass(frozen=True, slots=True)
class PurchaseRevoked:
    """A purchase was undone."""

    purchase_id: str
    offer_id: str


@dataclass(frozen=True, slots=True)
class TradeChanged:
    """A trade with another player was proposed, or has ended."""

    trade_id: str
    state: TradeState
    counterpart_id: str


@dataclass(frozen=True, slots=True)
class Gift:
    """What one player gave another.

    Attributes:
        counterpart_id: the other player.
        message: for the receiver.
        currencies: the amounts given, in minor units.
        item_id: the item given, if one was.
        quantity: how many of the item or badge.
        badge_id: the badge given, if one was.
    """

    counterpart_id: str
    message: str
    currencies: tuple[CurrencyAmount, ...]
    item_id: str
    quantity: int
    badge_id: str


@dataclass(frozen=True, slots=True)
class GiftSent(Gift):
    """The player gave a gift."""


@dataclass(frozen=True, slots=True)
class GiftReceived(Gift):
    """The player was given a gift."""


@dataclass(frozen=True, slots=True)
class RewardOverflowed:
    """A reward found no room.

    Attributes:
        currency: the code, if it was money.
        item_id: the item, if it was one.
        amount: how much found no room.
        policy: what happened to it: `mailbox`, `convert` or `discard`.
    """

    currency: str
    item_id: str
    amount: int
    policy: str


@dataclass(frozen=True, slots=True)
class ActivityRevoked:
    """An activity was taken back."""

    activity_id: str


@dataclass(frozen=True, slots=True)
class XpAdjusted:
    """XP changed by hand or by a revocation.

    Attributes:
        amount: the signed change.
        total: the player's XP after it.
        level_before: the level before it.
        level: the level after it.
    """

    amount: int
    total: int
    level_before: int
    level: int
