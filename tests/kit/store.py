"""Commands of the store, in one line."""

from __future__ import annotations

from typing import Any

from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.store.commands import (
    Purchase,
    PurchaseBody,
    ReceiptBody,
    RedeemReceipt,
    purchase,
    redeem_receipt,
)
from tests.kit.commands import GAME_SERVER, _new_id
from tests.kit.economy import economy_game
from tests.kit.times import NOON

_SNAPSHOT = economy_game()


def buy(
    player_id: str,
    offer_id: str,
    quantity: int = 1,
    *,
    request_id: str = "",
    catalog: CatalogSnapshot = _SNAPSHOT,
    now_us: int = NOON,
    **fields: Any,
) -> Purchase:
    """A purchase; under a new request id unless one is given."""
    body = PurchaseBody(request_id or _new_id("r"), player_id, offer_id, quantity, **fields)
    return purchase(body, GAME_SERVER, catalog, now_us)


def redeem(
    player_id: str,
    receipt_id: str,
    product_id: str = "gems_50",
    quantity: int = 1,
    *,
    provider: str = "apple",
    principal: str = GAME_SERVER,
    catalog: CatalogSnapshot = _SNAPSHOT,
) -> RedeemReceipt:
    """A receipt."""
    body = ReceiptBody(provider, receipt_id, player_id, product_id, quantity)
    return redeem_receipt(body, principal, catalog)
