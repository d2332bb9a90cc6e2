"""What must hold of what players have reached: packed rows against facts, rows and statistics."""

from __future__ import annotations

# All facts of all players, with the sequence of each.
_FACTS = """(
    SELECT player_id, first_sequence + place - 1 AS sequence, fact FROM (
        SELECT player_id, first_sequence, facts FROM activities
        UNION ALL SELECT player_id, first_sequence, facts FROM requests
    ) AS records, json_array_elements(facts::json) WITH ORDINALITY AS each(fact, place)
)"""


def _packed(table: str, column: str) -> str:
    """The entries of a packed column: player_id, id, entry."""
    return (
        f"(SELECT player_id, each.key AS id, each.value AS entry"
        f" FROM {table}, json_each({column}::json) AS each)"
    )


def _number(field: str) -> str:
    return f"coalesce((entry->>'{field}')::bigint, 0)"


def _counted(kind: str, column: str, rows: str) -> str:
    """Definitions whose statistics are not what `rows` (id, n) count."""
    return f"""
        SELECT coalesce(s.id, r.id), s.n, r.n FROM (
            SELECT definition_id AS id, sum({column}) AS n FROM progress_statistics
            WHERE kind = '{kind}' GROUP BY 1
        ) AS s FULL JOIN ({rows}) AS r USING (id) WHERE coalesce(s.n, 0) <> coalesce(r.n, 0)
    """


def _runs(outcome: int) -> str:
    return (
        f"SELECT quest_id AS id, count(*) AS n FROM quest_runs WHERE outcome = {outcome} GROUP BY 1"
    )


_BADGES = _packed("earned", "badges")
_OPEN = _packed("progress", "quests")
_RECORDS = _packed("earned", "quests")
_EARNED = _packed("earned", "achievements")
_STREAKS = _packed("progress", "streaks")
_HONORS = "(SELECT player_id, honors::json->'all' AS entry FROM earned WHERE honors <> '{}')"


def _moved(where: str = "true") -> str:
    """Badges by what facts have moved: player_id, id, n."""
    return f"""
        SELECT player_id, fact->>'badge' AS id, sum((fact->>'quantity')::bigint) AS n
        FROM {_FACTS} AS f WHERE fact->>'type' = 'badge.changed' AND {where} GROUP BY 1, 2
    """


def _latest(given: str, taken: str, what: str) -> str:
    """What facts have given and not taken again: player_id, id."""
    return f"""
        SELECT player_id, id FROM (
            SELECT DISTINCT ON (player_id, fact->>'{what}')
                player_id, fact->>'{what}' AS id, fact->>'type' AS kind
            FROM {_FACTS} AS f WHERE fact->>'type' IN ('{given}', '{taken}')
            ORDER BY player_id, fact->>'{what}', sequence DESC
        ) AS last WHERE kind = '{given}'
    """


def _held(field: str) -> str:
    return (
        f"SELECT player_id, each.key AS id FROM {_HONORS} AS h, json_each(entry->'{field}') AS each"
    )


def _differing(one: str, other: str) -> str:
    """What only one of two queries finds."""
    return (
        f"SELECT * FROM (({one}) EXCEPT ({other})) AS a"
        f" UNION ALL SELECT * FROM (({other}) EXCEPT ({one})) AS b"
    )


def _shown(field: str) -> str:
    """Badges shown or worn: player_id, id."""
    return (
        f"SELECT player_id, each.value AS id FROM {_HONORS} AS h,"
        f" json_array_elements_text(entry->'{field}') AS each"
    )


PROGRESSION_INVARIANTS = {
    "badges owned are what was ever moved": f"""
        SELECT coalesce(b.player_id, m.player_id), coalesce(b.id, m.id), b.n, m.n FROM (
            SELECT player_id, id, {_number("count")} AS n FROM {_BADGES} AS each
        ) AS b FULL JOIN ({_moved()}) AS m USING (player_id, id)
        WHERE coalesce(b.n, 0) <> coalesce(m.n, 0)
    """,
    "badges in escrow are what open trades hold": f"""
        SELECT coalesce(b.player_id, m.player_id), coalesce(b.id, m.id), b.n, m.n FROM (
            SELECT player_id, id, {_number("escrowed")} AS n FROM {_BADGES} AS each
        ) AS b FULL JOIN (
            SELECT t.proposer_id AS player_id, held->>0 AS id, sum((held->>1)::bigint) AS n
            FROM trades AS t, json_array_elements(
                coalesce(escrow::json->'badges', '[]'::json)
            ) AS held GROUP BY 1, 2
        ) AS m USING (player_id, id) WHERE coalesce(b.n, 0) <> coalesce(m.n, 0)
    """,
    "badges between players add up to nothing": f"""
        SELECT fact->>'badge', sum((fact->>'quantity')::bigint) FROM {_FACTS} AS f
        WHERE fact->>'type' = 'badge.changed' AND fact->>'counter_account' LIKE 'player:%'
        GROUP BY 1 HAVING sum((fact->>'quantity')::bigint) <> 0
    """,
    "badges awarded are those that came from outside": _counted(
        "badge",
        "earned",
        f"""SELECT id, sum(n) AS n FROM ({
            _moved("fact->>'counter_account' !~ '^(player|escrow|sink):'")
        }) AS m GROUP BY 1""",
    ),
    "owners of badges are counted": _counted(
        "badge",
        "owners",
        f"SELECT id, count(*) AS n FROM {_BADGES} AS b WHERE {_number('count')} > 0 GROUP BY 1",
    ),
    "badges worn are counted": _counted(
        "badge",
        "active",
        f"SELECT id, count(*) AS n FROM ({_shown('badges_equipped')}) AS w GROUP BY 1",
    ),
    "badges worn and shown are owned": f"""
        SELECT player_id, id FROM (
            {_shown("badges_equipped")} UNION ALL {_shown("badges_showcased")}
        ) AS w LEFT JOIN {_BADGES} AS b USING (player_id, id)
        WHERE entry IS NULL OR {_number("count")} < 1
    """,
    "each unlock has its row": f"""
        SELECT coalesce(e.player_id, u.player_id), coalesce(e.id, u.id), e.times, e.tier, u.n FROM (
            SELECT player_id, id, {_number("times")} AS times, {_number("tier")} AS tier
            FROM {_EARNED} AS each
        ) AS e FULL JOIN (
            SELECT player_id, achievement_id AS id, count(*) AS n, max(no) AS last, min(no) AS first
            FROM achievement_unlocks GROUP BY 1, 2
        ) AS u USING (player_id, id)
        WHERE u.n > 0 AND (u.first <> 1 OR u.last <> u.n) OR CASE
            WHEN coalesce(e.tier, 0) = 0 THEN coalesce(e.times, 0) <> coalesce(u.n, 0)
            ELSE u.n > 1 END
    """,
    "achievements earned are as many as told": f"""
        SELECT coalesce(e.player_id, f.player_id), coalesce(e.id, f.id), e.times, f.times,
               e.tier, f.tier
        FROM (
            SELECT player_id, id, {_number("times")} AS times, {_number("tier")} AS tier
            FROM {_EARNED} AS each WHERE {_number("times")} > 0
        ) AS e FULL JOIN (
            SELECT DISTINCT ON (player_id, fact->>'achievement') player_id,
                fact->>'achievement' AS id, coalesce((fact->>'times')::bigint, 0) AS times,
                coalesce((fact->>'tier')::bigint, 0) AS tier
            FROM {_FACTS} AS f
            WHERE fact->>'type' IN ('achievement.unlocked', 'achievement.revoked')
            ORDER BY player_id, fact->>'achievement', sequence DESC
        ) AS f USING (player_id, id)
        WHERE coalesce(e.times, 0) <> coalesce(f.times, 0)
            OR coalesce(e.tier, 0) <> coalesce(f.tier, 0)
    """,
    "unlocks are counted": _counted(
        "achievement",
        "earned",
        "SELECT achievement_id AS id, count(*) AS n FROM achievement_unlocks GROUP BY 1",
    ),
    "who has unlocked is counted": _counted(
        "achievement",
        "owners",
        "SELECT achievement_id AS id, count(DISTINCT player_id) AS n FROM achievement_unlocks"
        " GROUP BY 1",
    ),
    "attempts at quests are told": f"""
        SELECT coalesce(r.player_id, f.player_id), coalesce(r.id, f.id), r.n, f.n FROM (
            SELECT player_id, id, {_number("attempts")} AS n FROM {_RECORDS} AS each
        ) AS r FULL JOIN (
            SELECT player_id, fact->>'quest' AS id, count(*) AS n FROM {_FACTS} AS f
            WHERE fact->>'type' = 'quest.started' GROUP BY 1, 2
        ) AS f USING (player_id, id) WHERE coalesce(r.n, 0) <> coalesce(f.n, 0)
    """,
    "each attempt at a quest is open or has ended, once": f"""
        SELECT coalesce(r.player_id, a.player_id), coalesce(r.id, a.id), r.n, a.n, a.last FROM (
            SELECT player_id, id, {_number("attempts")} AS n FROM {_RECORDS} AS each
        ) AS r FULL JOIN (
            SELECT player_id, id, count(*) AS n, max(attempt) AS last FROM (
                SELECT player_id, id, (entry->>'attempt')::bigint AS attempt FROM {_OPEN} AS o
                UNION ALL SELECT player_id, quest_id, attempt FROM quest_runs WHERE outcome <> 7
            ) AS runs GROUP BY 1, 2
        ) AS a USING (player_id, id)
        WHERE coalesce(r.n, 0) <> coalesce(a.n, 0) OR a.last > r.n
    """,
    "attempts at quests are counted": _counted(
        "quest",
        "started",
        f"SELECT id, sum({_number('attempts')}) AS n FROM {_RECORDS} AS r GROUP BY 1",
    ),
    "completed quests are counted": _counted(
        "quest",
        "earned",
        f"""SELECT id, sum(n) AS n FROM (
            SELECT quest_id AS id, CASE outcome WHEN 3 THEN 1 ELSE -1 END AS n FROM quest_runs
            WHERE outcome IN (3, 7)
            UNION ALL SELECT id, 1 FROM {_OPEN} AS o WHERE {_number("completed_us")} > 0
        ) AS each GROUP BY 1""",
    ),
    "who has completed a quest is counted": _counted(
        "quest",
        "owners",
        f"SELECT id, count(*) AS n FROM {_RECORDS} AS r WHERE {_number('times')} > 0 GROUP BY 1",
    ),
    "abandoned quests are counted": _counted("quest", "abandoned", _runs(4)),
    "expired quests are counted": _counted("quest", "expired", _runs(5)),
    "ratings of quests add up": _counted(
        "quest",
        "rating_sum",
        f"SELECT id, sum({_number('rating')}) AS n FROM {_RECORDS} AS r GROUP BY 1",
    ),
    "ratings of quests are counted": _counted(
        "quest",
        "ratings",
        f"SELECT id, count(*) AS n FROM {_RECORDS} AS r WHERE {_number('rating')} > 0 GROUP BY 1",
    ),
    "titles are what was told": _differing(
        _held("titles"), _latest("title.earned", "title.revoked", "title")
    ),
    "contents are what was told": _differing(
        _held("unlocks"), _latest("content.unlocked", "content.locked", "content")
    ),
    "a title that is worn is held": f"""
        SELECT player_id, entry->>'title' FROM {_HONORS} AS h
        WHERE coalesce(entry->>'title', '') <> '' AND entry->'titles'->(entry->>'title') IS NULL
    """,
    "a collection is told when it pays": _differing(
        _held("collections"),
        f"""SELECT player_id, fact->>'collection' FROM {_FACTS} AS f
            WHERE fact->>'type' = 'badge_collection.completed'""",
    ),
    "metrics are what was last told": f"""
        SELECT coalesce(m.player_id, f.player_id), coalesce(m.id, f.id), m.n, f.n FROM (
            SELECT player_id, each.key AS id, each.value::text::bigint AS n
            FROM players, json_each(metrics::json) AS each
        ) AS m FULL JOIN (
            SELECT DISTINCT ON (player_id, fact->>'metric') player_id, fact->>'metric' AS id,
                coalesce((fact->>'total')::bigint, 0) AS n
            FROM {_FACTS} AS f WHERE fact->>'type' IN ('metric.moved', 'metric.reset')
            ORDER BY player_id, fact->>'metric', sequence DESC
        ) AS f USING (player_id, id) WHERE coalesce(m.n, 0) <> coalesce(f.n, 0)
    """,
    "what is due first is due then": """
        SELECT player_id, due_us, dues FROM progress WHERE due_us <> coalesce(
            (SELECT min(value::text::bigint) FROM json_each(dues::json)), 0)
    """,
    "spans of streaks lie apart, in order": f"""
        SELECT * FROM (
            SELECT player_id, id, place, (span->>0)::int AS first, (span->>1)::int AS last,
                lag((span->>1)::int) OVER (PARTITION BY player_id, id ORDER BY place) AS before
            FROM {_STREAKS} AS s, json_array_elements(entry->'runs') WITH ORDINALITY
                AS each(span, place)
        ) AS spans WHERE last < first OR first <= before + 1
    """,
}
