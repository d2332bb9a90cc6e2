"""Ledgers of many postings, made by Postgres itself: single-posting rows, as Credit writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import asyncpg

ROUNDS = 10
"""Postings of each wallet; every third one is a debit."""

_MONTHS = """
SELECT (date_trunc('month', now() AT TIME ZONE 'UTC') - ahead * interval '1 month')
    AT TIME ZONE 'UTC'
FROM generate_series($1, 0, -1) AS ahead
"""

# A round visits the players in an order of its own: a player's rows lie far apart, as in life.
_ROUND = """
INSERT INTO ledger (player_id, sequence, recorded_at, currencies, amounts, balances_after,
    counter_accounts, rules, event_type, description, reference_type, reference_id, awarded_by,
    command_id)
SELECT 'player-' || lpad(p::text, 7, '0'), $1 * 3, $3 + i * interval '1 ms', ARRAY['coins'],
    ARRAY[amount], ARRAY[(12 + p % 7) * ($1 - $1 / 3) - 5 * ($1 / 3)],
    ARRAY[CASE WHEN amount < 0 THEN 'sink:debit' ELSE 'issuance:credit' END],
    ARRAY[CASE WHEN amount < 0 THEN 'request:Debit' ELSE 'request:Credit' END],
    CASE WHEN amount < 0 THEN 'debit' ELSE 'credit' END, '', '', '', 'key:k_0123456789abcdef',
    'request-' || $1 || '-' || i
FROM (
    SELECT i, (i * 7919 + $1 * 104729) % $2 AS p FROM generate_series(1, $2) AS i
) AS visits, LATERAL (
    SELECT CASE WHEN $1 % 3 = 0 THEN -5 ELSE 12 + p % 7 END AS amount
) AS posted
"""

_WALLETS = """
INSERT INTO wallets (player_id, currency, balance, earned, spent)
SELECT 'player-' || lpad(p::text, 7, '0'), 'coins', earned - spent, earned, spent
FROM generate_series(0, $1 - 1) AS p, LATERAL (
    SELECT (12 + p % 7) * ($2 - $2 / 3) AS earned, 5 * ($2 / 3) AS spent
) AS sums
"""


async def add_months(owner: asyncpg.Connection, count: int) -> list[datetime]:
    """Makes the partitions of the last months.

    Returns:
        when each began, this month last.
    """
    months: list[datetime] = [row[0] for row in await owner.fetch(_MONTHS, count)]
    for low, high in pairwise(months):
        await owner.execute(
            f"CREATE TABLE ledger_{low:%Y%m%d} PARTITION OF ledger"
            f" FOR VALUES FROM ('{low.isoformat()}') TO ('{high.isoformat()}')"
        )
    return months


async def fill(owner: asyncpg.Connection, wallets: int, months: Sequence[datetime]) -> None:
    """Makes wallets with `ROUNDS` postings each.

    Args:
        owner: connected as the schema's owner.
        wallets: how many; no multiple of 7919.
        months: when the rounds begin, in turn; each has a partition.
    """
    for number in range(1, ROUNDS + 1):
        start = months[(number - 1) * len(months) // ROUNDS]
        statement = _typed(_ROUND, "bigint", "bigint", "timestamptz")
        await owner.execute(statement, number, wallets, start, timeout=600)
    await owner.execute(_typed(_WALLETS, "bigint", "bigint"), wallets, ROUNDS, timeout=600)


def _typed(statement: str, *kinds: str) -> str:
    for number, kind in enumerate(kinds, 1):
        statement = statement.replace(f"${number}", f"${number}::{kind}")
    return statement
