"""All SQL of purchases that batches use; `queries.py` has what readers ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from renown_server.engine.columns import integers, texts, unnest
from renown_server.engine.facts import decode_facts, encode_facts
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.store.state import LimitUse, Purchased, Receipt, ReceiptKey, StoreBook

PURCHASE_COLUMNS = (
    "player_id, purchase_id, offer_id, quantity, facts, catalog_version, purchased_us,"
    " revoked_us, window_us, stock_id, provider, receipt_id"
)


def purchase_of(row: Sequence[Any]) -> Purchased:
    """A row of `purchases`, in the order of its columns."""
    player_id, purchase_id, offer, quantity, facts, *rest = row
    return Purchased(player_id, purchase_id, offer, quantity, decode_facts(facts), *rest)


def _pairs(keys: Iterable[tuple[str, str]]) -> Args:
    keys = list(keys)
    return texts([key[0] for key in keys]), texts([key[1] for key in keys])


class PurchasesPart(Part):
    """Purchases: added, and looked at to undo them."""

    name = "purchases"
    by_player = False
    load_sql = (
        f"SELECT row({', '.join(f'b.{name}' for name in PURCHASE_COLUMNS.split(', '))})"
        f" FROM {unnest('text', 'text')} AS k(p, i),"
        " LATERAL (SELECT * FROM purchases"
        " WHERE player_id = k.p AND purchase_id = k.i LIMIT 1) AS b"
    )
    write_sql = (
        f"INSERT INTO purchases ({PURCHASE_COLUMNS}) SELECT u.p, u.i, u.o, u.q, u.f, u.c, u.b,"
        " u.r, u.w, coalesce(u.s, ''), coalesce(u.v, ''), coalesce(u.x, '') FROM "
        + unnest(
            *["text"] * 3, "bigint", "text", "int", "bigint", "bigint", "bigint", *["text"] * 3
        )
        + " AS u(p, i, o, q, f, c, b, r, w, s, v, x)"
    )

    def load_args(self, keys: Iterable[tuple[str, str]]) -> Args:
        """Players and purchase ids, side by side."""
        return _pairs(keys)

    def open(self, work: Work) -> None:
        """Attaches the empty book, which holds limits and receipts as well."""
        work.attach(StoreBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what is there; what this batch has made or changed stays."""
        book = work.slice(StoreBook).purchases
        for row in rows:
            if row[:2] not in book:
                book[row[:2]] = purchase_of(row)
        for key in keys:
            book.setdefault(key, None)

    def write_args(self, work: Work) -> Args | None:
        """The new purchases, column by column."""
        new = [purchase for purchase in work.dirty(Purchased) if purchase.is_new]
        if not new:
            return None
        return (
            texts([purchase.player_id for purchase in new]),
            texts([purchase.purchase_id for purchase in new]),
            texts([purchase.offer for purchase in new]),
            integers([purchase.quantity for purchase in new]),
            texts([encode_facts(list(purchase.facts)) for purchase in new]),
            integers([purchase.catalog_version for purchase in new]),
            integers([purchase.purchased_us for purchase in new]),
            integers([purchase.revoked_us for purchase in new]),
            integers([purchase.window_us for purchase in new]),
            texts([purchase.stock_id for purchase in new]),
            texts([purchase.provider for purchase in new]),
            texts([purchase.receipt_id for purchase in new]),
        )


class RevokedPurchasesPart(Part):
    """Purchases of earlier batches that were undone: the only thing about them that changes."""

    name = "revoked_purchases"
    by_player = False
    write_sql = (
        # By row: planned while the table was empty, a join read all of it.
        "UPDATE purchases AS b SET revoked_us ="
        f" (SELECT u.r FROM {unnest('text', 'text', 'bigint')} AS u(p, i, r)"
        " WHERE u.p = b.player_id AND u.i = b.purchase_id)"
        " WHERE ctid = ANY(ARRAY(SELECT i.ctid FROM "
        f"{unnest('text', 'text', 'bigint')} AS u(p, i, r), LATERAL (SELECT ctid FROM purchases"
        " WHERE player_id = u.p AND purchase_id = u.i LIMIT 1) AS i))"
    )

    def open(self, work: Work) -> None:
        """The book is attached by `PurchasesPart`."""

    def write_args(self, work: Work) -> Args | None:
        """What was undone, column by column."""
        changed = [purchase for purchase in work.dirty(Purchased) if not purchase.is_new]
        if not changed:
            return None
        return (
            texts([purchase.player_id for purchase in changed]),
            texts([purchase.purchase_id for purchase in changed]),
            integers([purchase.revoked_us for purchase in changed]),
        )


class PurchaseLimitsPart(Part):
    """How many of limited offers players have bought."""

    name = "purchase_limits"
    by_player = False
    load_sql = (
        "SELECT row(l.player_id, l.offer_id, l.window_us, l.bought)"
        f" FROM {unnest('text', 'text')} AS k(p, o),"
        " LATERAL (SELECT * FROM purchase_limits"
        " WHERE player_id = k.p AND offer_id = k.o LIMIT 1) AS l"
    )
    write_sql = (
        "INSERT INTO purchase_limits (player_id, offer_id, window_us, bought)"
        f" SELECT u.* FROM {unnest('text', 'text', 'bigint', 'bigint')} AS u"
        " ON CONFLICT (player_id, offer_id) DO UPDATE SET window_us = EXCLUDED.window_us,"
        " bought = EXCLUDED.bought"
    )

    def load_args(self, keys: Iterable[tuple[str, str]]) -> Args:
        """Players and offers, side by side."""
        return _pairs(keys)

    def open(self, work: Work) -> None:
        """The book is attached by `PurchasesPart`."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what was bought; without a row it is nothing."""
        book = work.slice(StoreBook).limits
        for row in rows:
            book.setdefault(row[:2], LimitUse(*row))
        for key in keys:
            if key not in book:
                book[key] = LimitUse(*key)

    def write_args(self, work: Work) -> Args | None:
        """The changed limits, column by column."""
        changed = work.dirty(LimitUse)
        if not changed:
            return None
        return (
            texts([use.player_id for use in changed]),
            texts([use.offer for use in changed]),
            integers([use.window_us for use in changed]),
            integers([use.bought for use in changed]),
        )


class ReceiptsPart(Part):
    """The permanent keys of sales for real money.

    Two batches may redeem one receipt at once, for two players: the primary key refuses the
    second, which runs again and finds the first.
    """

    name = "receipts"
    by_player = False
    load_sql = (
        "SELECT row(r.provider, r.receipt_id, r.player_id, r.product_id, r.quantity,"
        f" r.purchase_id) FROM {unnest('text', 'text')} AS k(p, i),"
        " LATERAL (SELECT * FROM receipts"
        " WHERE provider = k.p AND receipt_id = k.i LIMIT 1) AS r"
    )
    write_sql = (
        "INSERT INTO receipts"
        " (provider, receipt_id, player_id, product_id, quantity, purchase_id)"
        f" SELECT u.* FROM {unnest(*['text'] * 4, 'bigint', 'text')} AS u"
    )

    def load_args(self, keys: Iterable[ReceiptKey]) -> Args:
        """Providers and receipt ids, side by side."""
        return _pairs(keys)

    def open(self, work: Work) -> None:
        """The book is attached by `PurchasesPart`."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what was redeemed, and that the rest was not."""
        book = work.slice(StoreBook).receipts
        for row in rows:
            key = ReceiptKey(row[0], row[1])
            if book.get(key) is None:
                book[key] = Receipt(key, *row[2:])
        for key in keys:
            book.setdefault(key, None)

    def write_args(self, work: Work) -> Args | None:
        """The new receipts, sorted: two batches that want the same ones don't deadlock."""
        new = sorted(work.dirty(Receipt), key=lambda receipt: receipt.key)
        if not new:
            return None
        return (
            texts([receipt.key.provider for receipt in new]),
            texts([receipt.key.receipt_id for receipt in new]),
            texts([receipt.player_id for receipt in new]),
            texts([receipt.product_id for receipt in new]),
            integers([receipt.quantity for receipt in new]),
            texts([receipt.purchase_id for receipt in new]),
        )
