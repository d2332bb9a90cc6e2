"""All SQL of streaks that batches use; where they stand is a part of `progress`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from renown_server.engine.columns import integers, texts, unnest
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.streaks.state import DayActivity, DayBook, EndedRun, Span


class StreakRunsPart(Part):
    """Streaks that the packed state has no room for; only written by batches."""

    name = "streak_runs"
    load_sql = None
    write_sql = (
        "INSERT INTO streak_runs (player_id, streak_id, start_day, end_day, length, frozen_days,"
        " ended_us, ended_reason) SELECT u.* FROM "
        + unnest("text", "text", *["int"] * 4, "bigint", "smallint")
        # What fell out once may come back as a late day, and fall out again.
        + " AS u ON CONFLICT (player_id, streak_id, start_day) DO UPDATE SET"
        " end_day = EXCLUDED.end_day, length = EXCLUDED.length,"
        " frozen_days = EXCLUDED.frozen_days, ended_us = EXCLUDED.ended_us,"
        " ended_reason = EXCLUDED.ended_reason"
    )

    def open(self, work: Work) -> None:
        """Needs no state: what ends is new."""

    def write_args(self, work: Work) -> Args | None:
        """The streaks that ended, column by column; each once."""
        found = {
            (run.player_id, run.streak_id, run.start_day): run
            for run in work.dirty(EndedRun)
            if run.is_there
        }
        if not found:
            return None
        ended = list(found.values())
        return (
            texts([run.player_id for run in ended]),
            texts([run.streak_id for run in ended]),
            integers([run.start_day for run in ended]),
            integers([run.end_day for run in ended]),
            integers([run.length for run in ended]),
            integers([run.frozen_days for run in ended]),
            integers([run.ended_us for run in ended]),
            integers([int(run.reason) for run in ended]),
        )


class DayActivitiesPart(Part):
    """What a player did on a day, as the records have it; only read, when something is revoked.

    A player's records are found by their sequences, which ascend with time: from the last one
    before the span on.
    """

    name = "day_activities"
    by_player = False
    load_sql = (
        "SELECT row(k.p, k.a, k.z, a.activity_id, a.activity_type, (SELECT"
        " (f->>'occurred_at_us')::bigint FROM json_array_elements(a.facts::json) AS f"
        " WHERE f->>'type' = 'activity.recorded' LIMIT 1))"
        f" FROM {unnest('text', 'bigint', 'bigint')} AS k(p, a, z), LATERAL ("
        " SELECT * FROM activities AS n WHERE n.player_id = k.p AND n.last_sequence > 0"
        " AND n.last_sequence > coalesce(("
        " SELECT b.last_sequence FROM activities AS b WHERE b.player_id = k.p"
        " AND b.last_sequence > 0 AND b.recorded_at < to_timestamp(k.a / 1000000)"
        " ORDER BY b.last_sequence DESC LIMIT 1), 0)"
        " AND n.recorded_at < to_timestamp(k.z / 1000000 + 1) OFFSET 0) AS a"
        # LIMIT keeps it a look-up: planned while the tables were empty, a join read all of it.
        " WHERE (SELECT 1 FROM revocations AS r"
        " WHERE r.player_id = k.p AND r.activity_id = a.activity_id LIMIT 1) IS NULL"
    )
    write_sql = ""

    def load_args(self, keys: Iterable[Span]) -> Args:
        """Players and spans, side by side."""
        keys = list(keys)
        return (
            texts([key.player_id for key in keys]),
            integers([key.from_us for key in keys]),
            integers([key.to_us for key in keys]),
        )

    def open(self, work: Work) -> None:
        """Attaches the empty book."""
        work.attach(DayBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what was done, and that nothing else was."""
        by_span = work.slice(DayBook).by_span
        for key in keys:
            by_span[Span(*key)] = []
        for player_id, from_us, to_us, activity_id, activity_type, occurred_us in rows:
            if occurred_us is not None:
                found = by_span[Span(player_id, from_us, to_us)]
                found.append(DayActivity(activity_id, activity_type, occurred_us))

    def write_args(self, work: Work) -> Args | None:
        """Written by the engine's records."""
        return None
