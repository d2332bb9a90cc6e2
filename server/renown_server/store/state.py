"""What was bought, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from renown_server.engine.facts import Fact
from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded

NO_WINDOW = -1
"""The window of a purchase that counts towards no limit."""


class Purchased(Entity):
    """A purchase. Nobody knows its id before its command is accepted.

    Attributes:
        player_id: who bought.
        purchase_id: names it among the player's purchases.
        offer: the offer's id.
        quantity: how many.
        facts: what was paid and given, in order, and what followed from it.
        catalog_version: what decided.
        purchased_us: when, microseconds since 1970.
        revoked_us: when it was undone; 0 if it stands.
        window_us: the window of the limit that it counts towards, see `LimitUse`; `NO_WINDOW` if
            there is no limit.
        stock_id: the stock that it was taken from, or empty.
        provider: the store that sold it for real money, or empty.
        receipt_id: that store's id of the sale.
        is_new: whether it is not stored yet.
    """

    __slots__ = (
        "catalog_version",
        "facts",
        "is_new",
        "offer",
        "player_id",
        "provider",
        "purchase_id",
        "purchased_us",
        "quantity",
        "receipt_id",
        "revoked_us",
        "stock_id",
        "window_us",
    )

    saved = ("revoked_us",)

    def __init__(
        self,
        player_id: str,
        purchase_id: str,
        offer: str,
        quantity: int,
        facts: Sequence[Fact],
        catalog_version: int,
        purchased_us: int,
        revoked_us: int = 0,
        window_us: int = NO_WINDOW,
        stock_id: str = "",
        provider: str = "",
        receipt_id: str = "",
        *,
        is_new: bool = False,
    ) -> None:
        super().__init__()
        self.player_id = player_id
        self.purchase_id = purchase_id
        self.offer = offer
        self.quantity = quantity
        self.facts = facts
        self.catalog_version = catalog_version
        self.purchased_us = purchased_us
        self.revoked_us = revoked_us
        self.window_us = window_us
        self.stock_id = stock_id
        self.provider = provider
        self.receipt_id = receipt_id
        self.is_new = is_new


class LimitUse(Entity):
    """How many of a limited offer a player has bought in the latest window with any.

    `window_us` tells windows apart: 0 for ever, the start of a rotation's turn, or the local date
    of a day or of a week's Monday; in microseconds since 1970, dates as if they were UTC.
    """

    __slots__ = ("bought", "offer", "player_id", "window_us")

    saved = ("window_us", "bought")

    def __init__(self, player_id: str, offer: str, window_us: int = 0, bought: int = 0) -> None:
        super().__init__()
        self.player_id = player_id
        self.offer = offer
        self.window_us = window_us
        self.bought = bought


class ReceiptKey(NamedTuple):
    """What names a sale for real money, for ever and across players."""

    provider: str
    receipt_id: str


class Receipt(Entity):
    """A receipt that was redeemed. It never changes.

    `is_there` is false if the command that redeemed it was undone.
    """

    __slots__ = ("is_there", "key", "player_id", "product_id", "purchase_id", "quantity")

    saved = ("is_there",)

    def __init__(
        self, key: ReceiptKey, player_id: str, product_id: str, quantity: int, purchase_id: str
    ) -> None:
        super().__init__()
        self.key = key
        self.player_id = player_id
        self.product_id = product_id
        self.quantity = quantity
        self.purchase_id = purchase_id
        self.is_there = True


class StoreBook:
    """The purchases of a batch's players: what was looked at; None is what does not exist."""

    __slots__ = ("limits", "purchases", "receipts")

    def __init__(self) -> None:
        self.purchases: dict[tuple[str, str], Purchased | None] = {}
        self.limits: dict[tuple[str, str], LimitUse] = {}
        self.receipts: dict[ReceiptKey, Receipt | None] = {}

    def purchase(self, player_id: str, purchase_id: str) -> Purchased | None:
        """One purchase, or None if there is none.

        Raises:
            NotLoaded: nobody has looked.
        """
        key = (player_id, purchase_id)
        if key not in self.purchases:
            raise NotLoaded("purchases", (key,))
        return self.purchases[key]

    def limit(self, player_id: str, offer: str) -> LimitUse:
        """What a player has bought of a limited offer.

        Raises:
            NotLoaded: nobody has looked.
        """
        key = (player_id, offer)
        use = self.limits.get(key)
        if use is None:
            raise NotLoaded("purchase_limits", (key,))
        return use

    def receipt(self, key: ReceiptKey) -> Receipt | None:
        """A receipt, or None if it was not redeemed.

        Raises:
            NotLoaded: nobody has looked.
        """
        if key not in self.receipts:
            raise NotLoaded("receipts", (key,))
        receipt = self.receipts[key]
        return receipt if receipt is not None and receipt.is_there else None
