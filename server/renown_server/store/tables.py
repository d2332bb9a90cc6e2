"""The tables of the store. Times are microseconds since 1970; 0 is never."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata

purchases = sa.Table(
    "purchases",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("purchase_id", Id, primary_key=True),
    sa.Column("offer_id", Id, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    # JSON: the facts of the purchase, what was paid and given, in order.
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("catalog_version", sa.Integer, nullable=False),
    sa.Column("purchased_us", sa.BigInteger, nullable=False),
    sa.Column("revoked_us", sa.BigInteger, nullable=False),
    # The window of the limit it counts towards, as in `purchase_limits`; -1 for none.
    sa.Column("window_us", sa.BigInteger, nullable=False),
    # The stock it was taken from, or empty.
    sa.Column("stock_id", Id, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("receipt_id", sa.Text, nullable=False),
)
"""Kept for ever: what a purchase gave must be known when it is undone."""

sa.Index("ix_purchases_player_id_purchased_us", purchases.c.player_id, purchases.c.purchased_us)

purchase_limits = sa.Table(
    "purchase_limits",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("offer_id", Id, primary_key=True),
    sa.Column("window_us", sa.BigInteger, nullable=False),
    sa.Column("bought", sa.BigInteger, nullable=False),
    sa.CheckConstraint("bought >= 0", name="bought"),
)
"""How many of a limited offer a player has bought in the latest window with any.

`window_us` is 0 for ever, the start of a rotation's turn, or a local date as if it were UTC.
"""

receipts = sa.Table(
    "receipts",
    metadata,
    sa.Column("provider", Id, primary_key=True),
    sa.Column("receipt_id", Id, primary_key=True),
    sa.Column("player_id", Id, nullable=False),
    sa.Column("product_id", sa.Text, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("purchase_id", sa.Text, nullable=False),
)
"""The permanent keys of sales for real money, unique across players."""
