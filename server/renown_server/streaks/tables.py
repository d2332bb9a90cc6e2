"""The table of streaks that ended long ago."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata

streak_runs = sa.Table(
    "streak_runs",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("streak_id", Id, primary_key=True),
    # Local days, as days since 1970.
    sa.Column("start_day", sa.Integer, primary_key=True),
    sa.Column("end_day", sa.Integer, nullable=False),
    sa.Column("length", sa.Integer, nullable=False),
)
"""What the packed state has no room for any more."""
