"""The tables of players."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata

players = sa.Table(
    "players",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("created_us", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("updated_us", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("last_active_us", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("xp", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("lifetime_xp", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("level", sa.Integer, nullable=False, server_default="1"),
    sa.Column("reward_level", sa.Integer, nullable=False, server_default="1"),
    sa.Column("prestige", sa.Integer, nullable=False, server_default="0"),
    sa.Column("time_zone", sa.Text, nullable=False, server_default="UTC"),
    # JSON as text: parsed by the workers only, so Postgres need not.
    sa.Column("metrics", sa.Text, nullable=False, server_default="{}"),
    sa.Column("usage", sa.Text, nullable=False, server_default="{}"),
    sa.Column("multipliers", sa.Text, nullable=False, server_default="[]"),
    sa.Column("metric_marks", sa.Text, nullable=False, server_default="{}"),
    sa.Column("zones", sa.Text, nullable=False, server_default="[]"),
)
"""Roots: locked by every batch that touches a player. Times in µs since 1970."""

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("username", sa.Text, nullable=False, server_default=""),
    sa.Column("display_name", sa.Text, nullable=False, server_default=""),
    sa.Column("avatar_url", sa.Text, nullable=False, server_default=""),
    sa.Column("locale", sa.Text, nullable=False, server_default=""),
)
"""What changes seldom, apart from the row that changes with every activity."""

usernames = sa.Table(
    "usernames",
    metadata,
    sa.Column("username_key", Id, primary_key=True),
    sa.Column("player_id", Id, nullable=False),
)
"""Reservations: usernames are unique across players, folded to lower case."""
