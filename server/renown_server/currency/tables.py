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
    # What is owed after a revocation; the next income pays it.
    sa.Column("debt", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint(f"balance BETWEEN 0 AND {AMOUNT_MAX}", name="balance"),
    sa.CheckConstraint("balance = earned - spent", name="lifetime"),
    sa.CheckConstraint("debt >= 0", name="debt"),
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

ledger_openings = sa.Table(
    "ledger_openings",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("currency", Id, primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("before", sa.DateTime(timezone=True), nullable=False),
)
"""What the postings of detached partitions add up to, by wallet: all of them before `before`."""

ledger_opening_accounts = sa.Table(
    "ledger_opening_accounts",
    metadata,
    sa.Column("currency", Id, primary_key=True),
    # The account's kind: what stands before its first colon, such as `issuance`.
    sa.Column("account", Id, primary_key=True),
    sa.Column("amount", sa.Numeric, nullable=False),
)
"""The same by counter-account: what came out of it, as the players' postings say."""

gift_usage = sa.Table(
    "gift_usage",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("currency", Id, primary_key=True),
    # The player's local day, as days since 1970.
    sa.Column("day", sa.Integer, nullable=False),
    sa.Column("sent", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
)
"""Gifts of the latest day that had any. Minor units."""
