"""Progression: packed progress, what was earned, unlocks, ended streaks and quests, statistics."""

from __future__ import annotations

from alembic import context, op

revision = "0003"
down_revision = "0002"

PLAYERS = """
ALTER TABLE players
    ADD metric_marks text NOT NULL DEFAULT '{}',
    ADD zones text NOT NULL DEFAULT '[]'
"""

# Packed rows of up to 8 KB stay in line: a row that changes with every activity would be compressed
# and stored aside each time.
PACKED = """
CREATE TABLE progress (
    player_id text COLLATE "C" NOT NULL,
    tallies text NOT NULL,
    streaks text NOT NULL,
    quests text NOT NULL,
    dues text NOT NULL,
    due_us bigint NOT NULL,
    CONSTRAINT pk_progress PRIMARY KEY (player_id)
) WITH (fillfactor = 70, toast_tuple_target = 8160);

CREATE INDEX ix_progress_due_us ON progress (due_us, player_id) WHERE due_us > 0;

CREATE TABLE earned (
    player_id text COLLATE "C" NOT NULL,
    achievements text NOT NULL,
    badges text NOT NULL,
    quests text NOT NULL,
    honors text NOT NULL,
    CONSTRAINT pk_earned PRIMARY KEY (player_id)
) WITH (fillfactor = 80, toast_tuple_target = 8160)
"""

LISTS = """
CREATE TABLE achievement_unlocks (
    player_id text COLLATE "C" NOT NULL,
    achievement_id text COLLATE "C" NOT NULL,
    no integer NOT NULL,
    earned_us bigint NOT NULL,
    CONSTRAINT pk_achievement_unlocks PRIMARY KEY (player_id, achievement_id, no)
);

CREATE INDEX ix_achievement_unlocks_achievement_id_earned_us
    ON achievement_unlocks (achievement_id, earned_us, player_id);

CREATE TABLE streak_runs (
    player_id text COLLATE "C" NOT NULL,
    streak_id text COLLATE "C" NOT NULL,
    start_day integer NOT NULL,
    end_day integer NOT NULL,
    length integer NOT NULL,
    frozen_days integer NOT NULL,
    ended_us bigint NOT NULL,
    ended_reason smallint NOT NULL,
    CONSTRAINT pk_streak_runs PRIMARY KEY (player_id, streak_id, start_day)
);

CREATE TABLE quest_runs (
    player_id text COLLATE "C" NOT NULL,
    quest_id text COLLATE "C" NOT NULL,
    attempt integer NOT NULL,
    outcome smallint NOT NULL,
    started_us bigint NOT NULL,
    completed_us bigint NOT NULL,
    ended_us bigint NOT NULL,
    CONSTRAINT pk_quest_runs PRIMARY KEY (player_id, quest_id, attempt, outcome)
);

CREATE INDEX ix_quest_runs_player_id_ended_us ON quest_runs (player_id, ended_us)
"""

STATISTICS = """
CREATE TABLE progress_statistics (
    kind text COLLATE "C" NOT NULL,
    definition_id text COLLATE "C" NOT NULL,
    slot smallint NOT NULL,
    earned bigint NOT NULL,
    owners bigint NOT NULL,
    time_us numeric NOT NULL,
    timed bigint NOT NULL,
    started bigint NOT NULL,
    active bigint NOT NULL,
    abandoned bigint NOT NULL,
    expired bigint NOT NULL,
    rating_sum bigint NOT NULL,
    ratings bigint NOT NULL,
    traded bigint NOT NULL,
    value_sum numeric NOT NULL,
    valued bigint NOT NULL,
    CONSTRAINT pk_progress_statistics PRIMARY KEY (kind, definition_id, slot)
) WITH (fillfactor = 50)
"""

APP_MAY = {
    "SELECT, INSERT, UPDATE": ("progress", "earned", "progress_statistics"),
    # What is taken back leaves no row; a streak that late activities join to another is another.
    "SELECT, INSERT, UPDATE, DELETE": ("achievement_unlocks", "streak_runs"),
    "SELECT, INSERT": ("quest_runs",),
}


def upgrade() -> None:
    """Creates everything."""
    for script in (PLAYERS, PACKED, LISTS, STATISTICS):
        for statement in script.split(";\n"):
            op.execute(statement)
    role = context.config.attributes["app_role"]
    quoted = op.get_bind().dialect.identifier_preparer.quote(role)
    for privileges, tables in APP_MAY.items():
        op.execute(f"GRANT {privileges} ON {', '.join(tables)} TO {quoted}")
