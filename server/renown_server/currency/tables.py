"""The tables of money."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from renown_server.storage.metadata import Id, metadata

AMOUNT_MAX = 2**53 - 1
"""The largest integer that JSON and Luau numbers hold."""

wallets = sa.Table(
    "wallets",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("currency", Id, primary_key=True),
    sa.Column("balance", sa.BigInteger, nullable=False),
    sa.Column("earned", sa.BigInteger, nullable=False),
    sa.Column("spent", sa.BigInteger, nullable=False),
    sa.CheckConstraint(f"balance BETWEEN 0 AND {AMOUNT_MAX}", name="balance"),
    sa.CheckConstraint("balance = earned - spent", name="lifetime"),
)
"""What players have; follows from the ledger. Minor units."""

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    # Of the first posting's event: names the entry among the player's.
    sa.Column("sequence", sa.BigInteger, primary_key=True),
    sa.Column("recorded_at", sa.DateTime(timezone=True), primary_key=True),
    sa.Column("currencies", ARRAY(sa.Text), nullable=False),
    sa.Column("amounts", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("balances_after", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("counter_accounts", ARRAY(sa.Text), nullable=False),
    sa.Column("rules", ARRAY(sa.Text), nullable=False),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("reference_type", sa.Text, nullable=False),
    sa.Column("reference_id", sa.Text, nullable=False),
    sa.Column("awarded_by", sa.Text, nullable=False),
    sa.Column("command_id", sa.Text, nullable=False),
    postgresql_partition_by="RANGE (recorded_at)",
)
"""Append-only: one row a command, its postings side by side in arrays."""
