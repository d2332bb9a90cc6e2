"""What readers ask about badges: all SQL of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import asyncpg
import msgspec

from renown_server.badges.holding import KIND, VALUE, value_id
from renown_server.progress.state import Earned
from renown_server.progress.store import EARNED_COLUMNS
from renown_server.storage.reader import reaching

# Each row is looked up by itself: planned while tables were empty, joins read all of them.
EARNED_SQL = f"""
SELECT k.player_id, {", ".join(f"e.{name}" for name in EARNED_COLUMNS)}
FROM unnest($1::text[]) AS k(player_id) CROSS JOIN LATERAL (
    SELECT 1 FROM players AS p WHERE p.player_id = k.player_id AND p.created_us > 0 LIMIT 1
) AS p LEFT JOIN LATERAL (
    SELECT * FROM earned AS e WHERE e.player_id = k.player_id LIMIT 1
) AS e ON true
"""


async def load_earned(
    connection: asyncpg.Connection, player_ids: Sequence[str]
) -> dict[str, Earned]:
    """Reads what players have earned; those that do not exist are left out."""
    rows = await connection.fetch(EARNED_SQL, list(player_ids))
    return {
        row[0]: Earned(row[0], tuple(row)[1:]) if row[1] is not None else Earned(row[0])
        for row in rows
    }


class BadgeFigures(msgspec.Struct, frozen=True):
    """How a badge has fared; `values` are (currency, sum paid, badges it was paid for)."""

    awarded: int
    owners: int
    equipped: int
    traded: int
    values: tuple[tuple[str, int, int], ...]


COUNTS_SQL = """
SELECT coalesce(sum(earned), 0)::text, coalesce(sum(owners), 0)::text,
       coalesce(sum(active), 0)::text, coalesce(sum(traded), 0)::text
FROM progress_statistics WHERE kind = $1 AND definition_id = $2
"""
VALUES_SQL = """
SELECT definition_id, sum(value_sum)::text, sum(valued)::text FROM progress_statistics
WHERE kind = $1 AND definition_id = ANY($2::text[]) GROUP BY definition_id
"""


async def load_figures(
    pool: asyncpg.Pool, badge_id: str, currencies: Iterable[str]
) -> BadgeFigures:
    """Reads how a badge has fared: the sums over the lanes' slots.

    Args:
        pool: where to read.
        badge_id: the badge.
        currencies: those it may have been traded for, in the order of the answer.
    """
    codes = {value_id(badge_id, code): code for code in currencies}
    with reaching():
        counts = await pool.fetchrow(COUNTS_SQL, KIND, badge_id)
        rows = await pool.fetch(VALUES_SQL, VALUE, list(codes))
    found = {codes[name]: (int(paid), int(badges)) for name, paid, badges in rows}
    values = [(code, *found[code]) for code in codes.values() if code in found]
    awarded, owners, equipped, traded = [int(each) for each in counts]
    return BadgeFigures(awarded, owners, equipped, traded, tuple(values))
