"""The tables of the records: what makes commands exactly-once."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata


def _record_columns() -> list[sa.Column[object]]:
    """The columns both kinds of record have."""
    columns: list[sa.Column[object]] = [
        sa.Column("principal", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("fingerprint_version", sa.SmallInteger, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("catalog_version", sa.Integer, nullable=False),
        sa.Column("first_sequence", sa.BigInteger, nullable=False),
        # 0 where the command was refused or had no events.
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("refusal", sa.Text),
        # Of the transaction that wrote it: the commit-safe order of events.
        sa.Column("xid", sa.BigInteger, nullable=False),
    ]
    return columns


activities = sa.Table(
    "activities",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("activity_id", Id, primary_key=True),
    sa.Column("activity_type", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    *_record_columns(),
    # Partial, so that the probe for an activity's key cannot use it: for a
    # player with few rows in the statistics it looks as good as the key.
    sa.Index(
        "ix_activities_player_id_last_sequence",
        "player_id",
        "last_sequence",
        postgresql_where=sa.text("last_sequence > 0"),
    ),
    sa.Index("ix_activities_xid", "xid"),
)
"""Permanent: one row an activity, with what it did."""

requests = sa.Table(
    "requests",
    metadata,
    sa.Column("request_key", sa.LargeBinary, primary_key=True),
    # The Monday of recorded_at: unique ids span whole partitions.
    sa.Column("week", sa.Date, primary_key=True),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("player_id", Id, nullable=False),
    *_record_columns(),
    sa.Column("result", sa.Text),
    sa.Index(
        "ix_requests_player_id_last_sequence",
        "player_id",
        "last_sequence",
        postgresql_where=sa.text("last_sequence > 0"),
    ),
    sa.Index("ix_requests_xid", "xid"),
    postgresql_partition_by="RANGE (week)",
)
"""All other mutations, in weekly partitions."""
