"""The commands of the store."""

from __future__ import annotations

from typing import Any

import msgspec

from renown_server.catalog.goods import Offer
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Command, RequestKey
from renown_server.engine.facts import AnyFact
from renown_server.engine.work import Work
from renown_server.errors import ReceiptUsed, RenownError
from renown_server.store import rules
from renown_server.store.shelves import sale_of
from renown_server.store.state import Receipt, ReceiptKey, StoreBook

Keys = dict[str, tuple[Any, ...]]
"""What a command will touch, by part; of parts that are keyed by player the names are enough."""


class _Selling(Command):
    """What sells an offer.

    What it will touch is looked up in the catalog of the worker and of the moment it is made; if
    that has changed until it is decided, the batch loads what is missing.
    """

    __slots__ = ("_keys",)

    def __init__(self, *, keys: Keys, **fields: Any) -> None:
        super().__init__(**fields)
        self._keys = keys

    def wanted(self) -> tuple[str, ...]:
        """The parts that the offer touches."""
        return tuple(self._keys)

    def keys(self, part: str) -> tuple[Any, ...]:
        """What the offer touches of a part."""
        return self._keys[part]


def _keys_of(catalog: CatalogSnapshot, offer: Offer, quantity: int, player_id: str) -> Keys:
    reach = rules.reach_of(catalog, offer, quantity)
    return {part: reach.keys(part, player_id) for part in sorted(reach.parts)}


class PurchaseBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a Purchase.

    Attributes:
        expected: (currency, minor units), each currency once; empty for any price.
    """

    request_id: str
    player_id: str
    offer_id: str
    quantity: int = 1
    price_option: int = 0
    expected: tuple[tuple[str, int], ...] = ()


class Purchase(_Selling):
    """Sells an offer for the game's currencies."""

    __slots__ = ()

    method = "Purchase"
    body: PurchaseBody

    def decide(self, work: Work) -> None:
        """Pays, gives, and keeps the purchase."""
        body = self.body
        rules.buy(
            work,
            body.player_id,
            body.offer_id,
            body.quantity,
            option=body.price_option,
            expected=body.expected,
        )


def purchase(body: PurchaseBody, principal: str, catalog: CatalogSnapshot, now_us: int) -> Purchase:
    """The command of a purchase.

    Args:
        body: the request.
        principal: who asks.
        catalog: the worker's catalog.
        now_us: the worker's time, microseconds since 1970.
    """
    keys: Keys = {}
    offer = catalog.offers.get(body.offer_id)
    if offer is not None:
        keys = _keys_of(catalog, offer, body.quantity, body.player_id)
        if offer.prices:
            keys["wallets"] = ()
        if offer.achievements:
            keys["earned"] = ()
        if offer.limit_per_player:
            keys["purchase_limits"] = ((body.player_id, offer.id),)
        sale = sale_of(offer, catalog.rotations, now_us) if offer.stock else None
        if sale is not None:
            keys["stock"] = (*keys.get("stock", ()), sale.stock_id)
    return Purchase(
        key=RequestKey(principal, body.request_id),
        players=(body.player_id,),
        principal=principal,
        body=body,
        keys=keys,
    )


class ReceiptBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a RedeemReceipt."""

    provider: str
    receipt_id: str
    player_id: str
    product_id: str
    quantity: int = 1

    @property
    def key(self) -> ReceiptKey:
        """The permanent key."""
        return ReceiptKey(self.provider, self.receipt_id)


class EarlierPurchase(msgspec.Struct, frozen=True):
    """What a receipt gave long ago; it has the fields of `state.Purchased`."""

    purchase_id: str
    offer: str
    quantity: int
    facts: list[AnyFact]
    catalog_version: int
    purchased_us: int


RECEIPTS = "receipts"
"""Who all receipts are asked for by, as their keys say: any two servers mean the same one."""


class RedeemReceipt(_Selling):
    """Gives what was bought for real money, once for ever.

    Requests are known for some days by the engine's records, receipts for ever by their own row.
    So that both say the same, refusals are not kept: they would be found under the key of a
    receipt that was never redeemed, or by another player than the one who did.
    """

    __slots__ = ()

    method = "RedeemReceipt"
    keeps_refusals = False
    body: ReceiptBody

    def reused(self) -> RenownError:
        """The receipt was redeemed for somebody or something else."""
        return ReceiptUsed(*self.body.key)

    def decide(self, work: Work) -> EarlierPurchase | None:
        """Gives the goods, or finds what was given."""
        body = self.body
        receipt = work.slice(StoreBook).receipt(body.key)
        if receipt is not None:
            return self._given(work, receipt)
        rules.redeem(work, body.player_id, body.product_id, body.quantity, body.key)
        return None

    def _given(self, work: Work, receipt: Receipt) -> EarlierPurchase:
        body = self.body
        asked = (body.player_id, body.product_id, body.quantity)
        if asked != (receipt.player_id, receipt.product_id, receipt.quantity):
            raise self.reused()
        purchase = work.slice(StoreBook).purchase(receipt.player_id, receipt.purchase_id)
        assert purchase is not None, f"{body.key} has lost its purchase"
        return EarlierPurchase(
            purchase.purchase_id,
            purchase.offer,
            purchase.quantity,
            list(purchase.facts),  # type: ignore[arg-type]
            purchase.catalog_version,
            purchase.purchased_us,
        )


def redeem_receipt(body: ReceiptBody, principal: str, catalog: CatalogSnapshot) -> RedeemReceipt:
    """The command of a receipt; its key is the receipt's, whoever asks."""
    keys: Keys = {}
    offer = catalog.offers_by_product.get(body.product_id)
    if offer is not None:
        keys = _keys_of(catalog, offer, body.quantity, body.player_id)
    keys["receipts"] = (body.key,)
    return RedeemReceipt(
        key=RequestKey(RECEIPTS, f"{body.provider}/{body.receipt_id}"),
        players=(body.player_id,),
        principal=principal,
        body=body,
        keys=keys,
    )
