"""The tables of boards."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from renown_server.storage.metadata import Id, metadata

scores = sa.Table(
    "scores",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    # The player's event sequence when the row was written: it only grows.
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("boards", ARRAY(sa.Text), nullable=False),
    sa.Column("scores", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("ties", ARRAY(sa.BigInteger), nullable=False),
    # Every activity rewrites the row: room on the page keeps the index out of it.
    postgresql_with={"fillfactor": 70},
)
"""The truth of all boards: one row a player, its entries side by side in arrays.

`boards` holds instance keys, `ties` microseconds since 1970; 0 for an entry that was removed.
"""

board_batches = sa.Table(
    "board_batches",
    metadata,
    sa.Column("lane", Id, primary_key=True),
    sa.Column("batch", sa.BigInteger, primary_key=True),
    sa.Column(
        "recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
    ),
    sa.Column("players", ARRAY(sa.Text), nullable=False),
)
"""The batches that changed scores and may not be published yet; trimmed once they are."""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", Id, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)
"""Who does what only one worker should do. Advisory locks do not survive PgBouncer."""

board_witness = sa.Table(
    "board_witness",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("identity", UUID(as_uuid=False), nullable=False),
    sa.Column("issued", sa.BigInteger, nullable=False),
    sa.Column("confirmed", sa.BigInteger, nullable=False),
    sa.CheckConstraint("id = 1", name="single"),
)
"""One row: what Valkey must know to be trusted (`repair.py` says how)."""
