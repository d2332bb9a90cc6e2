"""Why purchases, draws, trades and revocations are refused."""

from __future__ import annotations

from renown._model.trade import TradeState
from renown._reasons.statuses import FailedPrecondition, NotFound, OutOfRange
from renown._reasons.values import (
    AboutCurrency,
    AboutItem,
    AboutOffer,
    Limited,
    Remaining,
    Short,
)

# NOT_FOUND


class OfferNotFound(NotFound):
    """The catalog has no such offer, or none with this product_id."""

    REASON = "OFFER_NOT_FOUND"


class LootTableNotFound(NotFound):
    """The catalog has no such loot table."""

    REASON = "LOOT_TABLE_NOT_FOUND"


class PurchaseNotFound(NotFound):
    """The player has no such purchase."""

    REASON = "PURCHASE_NOT_FOUND"


class TradeNotFound(NotFound):
    """There is no such trade, or it is not this player's."""

    REASON = "TRADE_NOT_FOUND"


# FAILED_PRECONDITION


class NotOnSale(FailedPrecondition, AboutOffer):
    """The offer is not on sale now, or not for the game's currencies."""

    REASON = "NOT_ON_SALE"


class PurchaseLimit(FailedPrecondition, AboutOffer, Limited, Remaining):
    """The player may not buy so many."""

    REASON = "PURCHASE_LIMIT"


class SoldOut(FailedPrecondition, AboutOffer, Remaining):
    """Too few are left for everybody."""

    REASON = "SOLD_OUT"


class PriceChanged(FailedPrecondition, AboutOffer):
    """The price is not the expected one; nothing was bought."""

    REASON = "PRICE_CHANGED"


class NothingToDraw(FailedPrecondition):
    """The player owns everything the table can give."""

    REASON = "NOTHING_TO_DRAW"

    @property
    def table(self) -> str:
        """The loot table."""
        return self.metadata.get("table", "")


class ReceiptUsed(FailedPrecondition):
    """The receipt was redeemed for another player or product."""

    REASON = "RECEIPT_USED"


class TradeEnded(FailedPrecondition):
    """The trade is not open any more."""

    REASON = "TRADE_ENDED"

    @property
    def state(self) -> TradeState:
        """How it ended."""
        name = self.metadata.get("state", "").upper()
        return TradeState.__members__.get(name, TradeState.UNKNOWN)


class TradeLimit(FailedPrecondition, Limited):
    """The player has proposed as many trades as may be open."""

    REASON = "TRADE_LIMIT"


class AlreadySpent(FailedPrecondition, AboutItem, AboutCurrency, Short):
    """What is to be taken back is not all there; nothing was taken."""

    REASON = "ALREADY_SPENT"


class NotRevocable(FailedPrecondition):
    """There is nothing to take back: it was refused, or what it gave is no longer kept."""

    REASON = "NOT_REVOCABLE"


# OUT_OF_RANGE


class PriceOutOfRange(OutOfRange, AboutCurrency):
    """The price of the quantity would pass 2^53-1."""

    REASON = "PRICE_OUT_OF_RANGE"
