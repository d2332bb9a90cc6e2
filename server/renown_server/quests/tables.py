"""The table of attempts that have ended."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata

quest_runs = sa.Table(
    "quest_runs",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("quest_id", Id, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("started_us", sa.BigInteger, nullable=False),
    sa.Column("ended_us", sa.BigInteger, nullable=False),
    # Value of `renown.v1.QuestOutcome`.
    sa.Column("outcome", sa.SmallInteger, nullable=False),
    sa.Index("ix_quest_runs_player_id_ended_us", "player_id", "ended_us"),
)
"""Append-only: completed, abandoned and expired attempts."""
