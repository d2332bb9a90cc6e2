"""What must hold in the database after anything that ever happens, in SQL."""

from __future__ import annotations

import asyncpg

INVARIANTS = {
    "the sum of postings is the balance": """
        SELECT coalesce(w.player_id, l.player_id), coalesce(w.currency, l.currency),
               w.balance, l.total
        FROM wallets AS w FULL JOIN (
            SELECT player_id, u.c AS currency, sum(u.a) AS total
            FROM ledger, unnest(currencies, amounts) AS u(c, a) GROUP BY 1, 2
        ) AS l ON l.player_id = w.player_id AND l.currency = w.currency
        WHERE w.balance IS DISTINCT FROM l.total
    """,
    "each posting says the balance it left": """
        SELECT * FROM (
            SELECT player_id, u.c, u.b, sum(u.a) OVER (
                PARTITION BY player_id, u.c ORDER BY sequence, u.place
            ) AS total
            FROM ledger, unnest(currencies, amounts, balances_after)
                WITH ORDINALITY AS u(c, a, b, place)
        ) AS p WHERE p.b <> p.total OR p.b < 0
    """,
    "arrays of an entry lie side by side, without nulls": """
        SELECT player_id, sequence FROM ledger
        WHERE array_fill(cardinality(currencies), ARRAY[4]) <> ARRAY[
            cardinality(amounts), cardinality(balances_after),
            cardinality(counter_accounts), cardinality(rules)
        ] OR array_position(currencies, NULL) IS NOT NULL
    """,
    "sequences have no gaps and no repeats": """
        SELECT * FROM (
            SELECT player_id, first_sequence,
                   lag(last_sequence, 1, 0::bigint) OVER (
                       PARTITION BY player_id ORDER BY first_sequence
                   ) AS before
            FROM (
                SELECT player_id, first_sequence, last_sequence FROM activities
                UNION ALL SELECT player_id, first_sequence, last_sequence FROM requests
            ) AS r WHERE last_sequence > 0
        ) AS s WHERE first_sequence <> before + 1
    """,
    "the player's sequence is that of the last event": """
        SELECT p.player_id, p.sequence, r.last FROM players AS p LEFT JOIN (
            SELECT player_id, max(last_sequence) AS last FROM (
                SELECT player_id, last_sequence FROM activities
                UNION ALL SELECT player_id, last_sequence FROM requests
            ) AS u GROUP BY 1
        ) AS r USING (player_id) WHERE p.sequence <> coalesce(r.last, 0)
    """,
    "a record has as many facts as sequences": """
        SELECT * FROM (
            SELECT player_id, first_sequence, last_sequence, facts FROM activities
            UNION ALL SELECT player_id, first_sequence, last_sequence, facts FROM requests
        ) AS r WHERE json_array_length(facts::json) <> CASE
            WHEN last_sequence = 0 THEN 0 ELSE last_sequence - first_sequence + 1 END
    """,
    "a player's XP is the sum of its facts": """
        SELECT p.player_id, p.lifetime_xp, f.total FROM players AS p JOIN (
            SELECT player_id, sum((fact->>'amount')::bigint) AS total
            FROM activities, json_array_elements(facts::json) AS fact
            WHERE fact->>'type' = 'xp.gained' GROUP BY 1
        ) AS f USING (player_id) WHERE p.lifetime_xp <> f.total
    """,
    "the ledger is the facts": """
        SELECT coalesce(l.player_id, f.player_id) FROM (
            SELECT player_id, sum(cardinality(amounts)) AS n FROM ledger GROUP BY 1
        ) AS l FULL JOIN (
            SELECT player_id, count(*) AS n FROM (
                SELECT player_id, facts FROM activities
                UNION ALL SELECT player_id, facts FROM requests
            ) AS r, json_array_elements(facts::json) AS fact
            WHERE fact->>'type' = 'currency.changed' GROUP BY 1
        ) AS f USING (player_id) WHERE l.n IS DISTINCT FROM f.n
    """,
    "a board's version is an event of its player": """
        SELECT s.player_id FROM scores AS s LEFT JOIN players AS p USING (player_id)
        WHERE p.player_id IS NULL OR s.version NOT BETWEEN 1 AND p.sequence
           OR cardinality(s.boards) <> cardinality(s.scores)
           OR cardinality(s.boards) <> cardinality(s.ties)
    """,
    "a level is paid up to where the player stands": """
        SELECT player_id FROM players WHERE reward_level <> level OR xp < 0 OR level < 1
    """,
    "nothing lies in a default partition": """
        SELECT 1 FROM requests_default UNION ALL SELECT 1 FROM ledger_default
    """,
}


async def check_books(superuser_url: str) -> None:
    """Checks every invariant.

    Raises:
        AssertionError: names the invariant and the first rows that break it.
    """
    connection = await asyncpg.connect(superuser_url)
    try:
        for name, sql in INVARIANTS.items():
            broken = await connection.fetch(sql + " LIMIT 3")
            assert not broken, f"{name}: {[tuple(row) for row in broken]}"
    finally:
        await connection.close()
