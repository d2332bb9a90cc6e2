"""The table of unlocks: who earned what, when."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata

achievement_unlocks = sa.Table(
    "achievement_unlocks",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("achievement_id", Id, primary_key=True),
    # 1 for the first time.
    sa.Column("no", sa.Integer, primary_key=True),
    sa.Column("earned_us", sa.BigInteger, nullable=False),
    sa.Index(
        "ix_achievement_unlocks_achievement_id_earned_us",
        "achievement_id",
        "earned_us",
        "player_id",
    ),
)
"""For the first and the recent earners; what counts for decisions is in `earned`."""
