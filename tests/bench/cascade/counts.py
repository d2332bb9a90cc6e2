"""What progression must have counted; see ``tests/bench/verify.py``.

Every lesson moves all of it by one, and nothing is completed, so that sums over all players and the
sums of each player follow from the activities recorded.
"""

from tests.bench.cascade.calls import ACTIVITY_TYPE
from tests.bench.figures import Figure
from tests.bench.row import Effect

METRIC = "bench_lessons"
ACHIEVEMENT = "achievement:bench_mathematician"
STREAK = "bench_streak"
OBJECTIVES = {"bench_lessons_quest": "learn", "bench_math_quest": "calculate"}


def _count(tally: str) -> str:
    """The only count of a tally; see `renown_server.progress.state.Tally`."""
    return f"({tally} -> 'c' ->> 0)::bigint"


def _objective(quest: str, objective: str) -> str:
    return _count(f"quests::jsonb -> '{quest}' -> 'tallies' -> '{objective}'")


_METRIC = f"(metrics::jsonb ->> '{METRIC}')::bigint"
_TALLY = _count(f"tallies::jsonb -> '{ACHIEVEMENT}'")
_RECORDED = f"SELECT * FROM activities WHERE activity_type = '{ACTIVITY_TYPE}' AND refusal IS NULL"


def _sum(value: str, table: str) -> str:
    return f"SELECT coalesce(sum({value}), 0) FROM {table}"


LESSONS = (
    Figure("lesson records", {Effect.LESSON: 1}, f"SELECT count(*) FROM ({_RECORDED}) AS lesson"),
    Figure(
        "ledger rows of lessons",
        {Effect.LESSON: 1},
        f"SELECT count(*) FROM ledger WHERE event_type = '{ACTIVITY_TYPE}'",
    ),
    Figure("lessons, by the metric", {Effect.LESSON: 1}, _sum(_METRIC, "players")),
    Figure("lessons, by the achievement", {Effect.LESSON: 1}, _sum(_TALLY, "progress")),
    *[
        Figure(
            f"lessons, by {quest}", {Effect.LESSON: 1}, _sum(_objective(quest, each), "progress")
        )
        for quest, each in OBJECTIVES.items()
    ],
)

_COUNTED = [_TALLY, *[_objective(quest, each) for quest, each in OBJECTIVES.items()]]

# Each must give 0.
LESSONS_INVARIANTS = {
    "players whose progress differs from their lessons": f"""
        SELECT count(*) FROM (
            SELECT player_id, count(*) AS lessons FROM ({_RECORDED}) AS lesson GROUP BY 1
        ) AS recorded FULL JOIN progress USING (player_id) JOIN players USING (player_id)
        WHERE (lessons, lessons, lessons, lessons)
            IS DISTINCT FROM ({", ".join(_COUNTED)}, {_METRIC})
    """,
    "players whose streak differs from the days of their lessons": f"""
        SELECT count(*) FROM (
            SELECT player_id, count(DISTINCT (recorded_at AT TIME ZONE 'UTC')::date) AS days
            FROM ({_RECORDED}) AS lesson GROUP BY 1
        ) AS recorded FULL JOIN (
            SELECT player_id, sum((span ->> 1)::int - (span ->> 0)::int + 1) AS days
            FROM progress, jsonb_array_elements(streaks::jsonb -> '{STREAK}' -> 'runs') AS span
            GROUP BY 1
        ) AS counted USING (player_id)
        WHERE recorded.days IS DISTINCT FROM counted.days
    """,
}
