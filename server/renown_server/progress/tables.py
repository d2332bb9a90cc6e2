"""The tables of what players have reached."""

from __future__ import annotations

import sqlalchemy as sa

from renown_server.storage.metadata import Id, metadata


def _packed(name: str) -> sa.Column[str]:
    # JSON as text: parsed by the workers only, so Postgres need not.
    return sa.Column(name, sa.Text, nullable=False)


progress = sa.Table(
    "progress",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    _packed("tallies"),
    _packed("streaks"),
    _packed("quests"),
    _packed("dues"),
    # The earliest of the dues, for who makes happen what happens by itself; 0 is never.
    sa.Column("due_us", sa.BigInteger, nullable=False),
    sa.Index("ix_progress_due_us", "due_us", "player_id", postgresql_where=sa.text("due_us > 0")),
)
"""What changes with activities; see `state.Progress`."""

earned = sa.Table(
    "earned",
    metadata,
    sa.Column("player_id", Id, primary_key=True),
    _packed("achievements"),
    _packed("badges"),
    _packed("quests"),
    _packed("honors"),
)
"""What changes seldom; see `state.Earned`."""

progress_statistics = sa.Table(
    "progress_statistics",
    metadata,
    # `achievement`, `badge`, `quest`, or `badge_value`: a badge and a currency it was traded for.
    sa.Column("kind", Id, primary_key=True),
    sa.Column("definition_id", Id, primary_key=True),
    # Lanes write to different slots, so that no row is hot.
    sa.Column("slot", sa.SmallInteger, primary_key=True),
    # Achievements: times earned. Badges: awarded. Quests: completed.
    sa.Column("earned", sa.BigInteger, nullable=False),
    # Players who have it, or have completed it.
    sa.Column("owners", sa.BigInteger, nullable=False),
    # Microseconds from start to end, summed up over `timed` of them.
    sa.Column("time_us", sa.Numeric, nullable=False),
    sa.Column("timed", sa.BigInteger, nullable=False),
    # Achievements: players who began. Quests: attempts.
    sa.Column("started", sa.BigInteger, nullable=False),
    # Badges: equipped now.
    sa.Column("active", sa.BigInteger, nullable=False),
    # Quests: abandoned, and expired.
    sa.Column("abandoned", sa.BigInteger, nullable=False),
    sa.Column("expired", sa.BigInteger, nullable=False),
    # Quests: stars given, summed up, and by how many.
    sa.Column("rating_sum", sa.BigInteger, nullable=False),
    sa.Column("ratings", sa.BigInteger, nullable=False),
    # Badges: traded. Of their values: what was paid for `valued` of them, in minor units.
    sa.Column("traded", sa.BigInteger, nullable=False),
    sa.Column("value_sum", sa.Numeric, nullable=False),
    sa.Column("valued", sa.BigInteger, nullable=False),
)
"""How definitions have fared; the sum over the slots counts."""
