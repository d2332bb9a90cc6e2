"""What must hold in the database after anything that ever happens, in SQL."""

from __future__ import annotations

import asyncpg

from tests.kit.books_economy import ECONOMY_INVARIANTS
from tests.kit.books_progression import PROGRESSION_INVARIANTS

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
        SELECT p.player_id, p.lifetime_xp, f.total FROM players AS p LEFT JOIN (
            SELECT player_id, sum((fact->>'amount')::bigint) AS total FROM (
                SELECT player_id, facts FROM activities
                UNION ALL SELECT player_id, facts FROM requests
            ) AS r, json_array_elements(facts::json) AS fact
            WHERE fact->>'type' IN ('xp.gained', 'xp.adjusted') GROUP BY 1
        ) AS f USING (player_id) WHERE p.lifetime_xp <> coalesce(f.total, 0)
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
    "money between players adds up to nothing": """
        SELECT u.c, sum(u.a) FROM ledger,
            unnest(currencies, amounts, counter_accounts) AS u(c, a, x)
        WHERE u.x LIKE 'player:%' GROUP BY 1 HAVING sum(u.a) <> 0
    """,
    "items between players add up to nothing": """
        SELECT fact->>'item', sum((fact->>'amount')::bigint)
        FROM requests, json_array_elements(facts::json) AS fact
        WHERE fact->>'type' = 'item.changed' AND fact->>'counter_account' LIKE 'player:%'
        GROUP BY 1 HAVING sum((fact->>'amount')::bigint) <> 0
    """,
    "items are what was ever moved": """
        SELECT coalesce(i.player_id, f.player_id), coalesce(i.item, f.item), i.n, f.n FROM (
            SELECT player_id, item_id AS item, sum(quantity) AS n FROM items
            GROUP BY 1, 2 HAVING sum(quantity) <> 0
        ) AS i FULL JOIN (
            SELECT player_id, fact->>'item' AS item, sum((fact->>'amount')::bigint) AS n FROM (
                SELECT player_id, facts FROM activities
                UNION ALL SELECT player_id, facts FROM requests
            ) AS r, json_array_elements(facts::json) AS fact
            WHERE fact->>'type' = 'item.changed' GROUP BY 1, 2
            HAVING sum((fact->>'amount')::bigint) <> 0
        ) AS f ON f.player_id = i.player_id AND f.item = i.item
        WHERE i.n IS DISTINCT FROM f.n
    """,
    "escrow holds the money of open trades": """
        SELECT coalesce(l.x, t.x), coalesce(l.c, t.c), l.n, t.n FROM (
            SELECT u.x, u.c, -sum(u.a) AS n FROM ledger,
                unnest(currencies, amounts, counter_accounts) AS u(c, a, x)
            WHERE u.x LIKE 'escrow:%' GROUP BY 1, 2 HAVING sum(u.a) <> 0
        ) AS l FULL JOIN (
            SELECT 'escrow:' || trade_id AS x, held->>0 AS c, (held->>1)::bigint AS n
            FROM trades, json_array_elements(escrow::json->'currencies') AS held
            WHERE (held->>1)::bigint <> 0
        ) AS t ON t.x = l.x AND t.c = l.c
        WHERE l.n IS DISTINCT FROM t.n
    """,
    "escrow holds the items of open trades": """
        SELECT coalesce(f.x, t.x), coalesce(f.item, t.item), f.n, t.n FROM (
            SELECT fact->>'counter_account' AS x, fact->>'item' AS item,
                   -sum((fact->>'amount')::bigint) AS n
            FROM requests, json_array_elements(facts::json) AS fact
            WHERE fact->>'type' = 'item.changed' AND fact->>'counter_account' LIKE 'escrow:%'
            GROUP BY 1, 2 HAVING sum((fact->>'amount')::bigint) <> 0
        ) AS f FULL JOIN (
            SELECT 'escrow:' || trade_id AS x, held->>'item' AS item,
                   sum((held->>'quantity')::bigint) AS n
            FROM trades, json_array_elements(escrow::json->'items') AS held GROUP BY 1, 2
        ) AS t ON t.x = f.x AND t.item = f.item
        WHERE f.n IS DISTINCT FROM t.n
    """,
    "a trade that has ended holds nothing": """
        SELECT trade_id FROM trades WHERE (state = 1) <> (ended_us = 0)
            OR state <> 1 AND escrow <> '{}'
    """,
    "nothing lies in a default partition": """
        SELECT 1 FROM requests_default UNION ALL SELECT 1 FROM ledger_default
    """,
}

_ALL = INVARIANTS | ECONOMY_INVARIANTS | PROGRESSION_INVARIANTS


async def check_books(superuser_url: str) -> None:
    """Checks every invariant.

    Raises:
        AssertionError: names the invariant and the first rows that break it.
    """
    connection = await asyncpg.connect(superuser_url)
    try:
        for name, sql in _ALL.items():
            broken = await connection.fetch(sql + " LIMIT 3")
            assert not broken, f"{name}: {[tuple(row) for row in broken]}"
    finally:
        await connection.close()
