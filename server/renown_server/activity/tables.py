"""The tables of activities beyond their records."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata

revocations = sa.Table(
    "revocations",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("activity_id", Id, primary_key=True),
    # Microseconds since 1970.
    sa.Column("revoked_us", sa.BigInteger, nullable=False),
    # JSON: the facts of the revocation.
    sa.Column("facts", sa.Text, nullable=False),
)
"""Append-only: activities that were taken back."""
