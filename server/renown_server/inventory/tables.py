"""The tables of items. Times are microseconds since 1970; 0 is never."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.storage.metadata import Id, metadata

items = sa.Table(
    "items",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("item_id", Id, primary_key=True),
    # Empty for the plain stack; `x<expires_us>` for a stack that expires; else an instance's id.
    sa.Column("instance_id", Id, primary_key=True),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    # When it was acquired: for a stack the mean of its units.
    sa.Column("held_since_us", sa.BigInteger, nullable=False),
    sa.Column("expires_us", sa.BigInteger, nullable=False),
    sa.Column("uses_left", sa.Integer, nullable=False),
    # What is owed after a revocation; only on the plain stack's row.
    sa.Column("owed", sa.BigInteger, nullable=False),
    sa.Column("provenance", sa.Text, nullable=False),
    sa.CheckConstraint(f"quantity BETWEEN 0 AND {AMOUNT_MAX}", name="quantity"),
    sa.CheckConstraint("owed >= 0", name="owed"),
)
"""Stacks and instances; rows of nothing are removed."""

sa.Index(
    "ix_items_player_id_expires_us",
    items.c.player_id,
    items.c.expires_us,
    postgresql_where=sa.text("expires_us > 0"),
)

bags = sa.Table(
    "bags",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("slots_used", sa.Integer, nullable=False),
    # JSON as text, parsed by the workers only.
    sa.Column("cooldowns", sa.Text, nullable=False),
    sa.Column("pity", sa.Text, nullable=False),
    sa.Column("equipped", sa.Text, nullable=False),
    sa.CheckConstraint("slots_used >= 0", name="slots_used"),
)
"""What a player's items have in common, so that a grant need not read them all."""

mail = sa.Table(
    "mail",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("mail_no", sa.BigInteger, primary_key=True),
    sa.Column("contents", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("sent_us", sa.BigInteger, nullable=False),
    sa.Column("expires_us", sa.BigInteger, nullable=False),
    # Negative: withdrawn then.
    sa.Column("claimed_us", sa.BigInteger, nullable=False),
)
"""What waits to be claimed."""

sa.Index(
    "ix_mail_player_id_expires_us",
    mail.c.player_id,
    mail.c.expires_us,
    postgresql_where=mail.c.claimed_us == 0,
)

draws = sa.Table(
    "draws",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    # Of the command's first draw's event.
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("recorded_at", sa.DateTime(timezone=True), primary_key=True),
    sa.Column("command_id", sa.Text, nullable=False),
    sa.Column("catalog_version", sa.Integer, nullable=False),
    # The LootDrawn facts, as JSON.
    sa.Column("draws", sa.Text, nullable=False),
    postgresql_partition_by="RANGE (recorded_at)",
)
"""Append-only: one row a command, its draws side by side."""

item_statistics = sa.Table(
    "item_statistics",
    metadata,
    sa.Column("item_id", Id, primary_key=True),
    # Lanes write to different slots, so that no row is hot.
    sa.Column("slot", sa.SmallInteger, primary_key=True),
    sa.Column("distributed", sa.BigInteger, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("removed", sa.BigInteger, nullable=False),
    # Seconds that the used ones were held, summed up.
    sa.Column("held_s", sa.BigInteger, nullable=False),
)
"""How items have fared; the sum over the slots counts."""

stock = sa.Table(
    "stock",
    metadata,
    # `offer:<id>`, `offer:<id>@<turn's start in µs>` or `item:<id>`.
    sa.Column("stock_id", Id, primary_key=True),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("sold", sa.BigInteger, nullable=False),
    # Two batches that sell the last piece at once: the second one is refused and runs again.
    sa.CheckConstraint("sold BETWEEN 0 AND quantity", name="sold"),
)
"""What is limited for everybody."""
