"""The table of attempts that have ended."""

from __future__ import annotations

import enum

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata


class QuestOutcome(enum.IntEnum):
    """How an attempt ended. Values are those of `renown.v1.QuestState`."""

    COMPLETED = 3
    ABANDONED = 4
    EXPIRED = 5
    RESET = 6
    REVOKED = 7


quest_runs = sa.Table(
    "quest_runs",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    sa.Column("quest_id", Id, primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    # A `QuestOutcome`. A completion that was taken back has a second row, which goes before.
    sa.Column("outcome", sa.SmallInteger, primary_key=True),
    sa.Column("started_us", sa.BigInteger, nullable=False),
    # When the last required objective was done; 0 if that never was.
    sa.Column("completed_us", sa.BigInteger, nullable=False),
    # When it was paid, abandoned, taken back, or had expired.
    sa.Column("ended_us", sa.BigInteger, nullable=False),
    sa.Index("ix_quest_runs_player_id_ended_us", "player_id", "ended_us"),
)
"""Append-only: attempts that were completed and paid, abandoned, or otherwise ended."""
