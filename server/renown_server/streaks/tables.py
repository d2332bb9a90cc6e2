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
    sa.Column("frozen_days", sa.Integer, nullable=False),
    # Microseconds since 1970; 0 for the beginning of a streak that goes on with what comes next.
    sa.Column("ended_us", sa.BigInteger, nullable=False),
    # Value of `renown.v1.StreakEnd`.
    sa.Column("ended_reason", sa.SmallInteger, nullable=False),
)
"""What the packed state has no room for any more, or what a prestige has ended."""
