"""The proof that money adds up: every wallet from its postings, and all of them together.

Postgres does the work, in ranges of players, and tells only sums and mismatches: the memory it
takes here does not grow with the ledger.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal

import asyncpg

from renown_server.currency.report import BROKEN_TOLD_MAX, Broken, Report

POSTINGS_A_CHUNK = 1_000_000
"""About how many are sorted at once, in 100 MB of Postgres. A page of the table is read for each
range that has players on it: smaller ranges read more, larger ones spill to disk."""

_ROW_BYTES = 250
"""What a ledger row with one posting takes, to guess how many there are."""

_TIMEOUT_S = 6 * 3600.0

_SETTINGS = """
SET LOCAL work_mem = '128MB';
SET LOCAL plan_cache_mode = force_custom_plan;
SET LOCAL enable_seqscan = on;
SET LOCAL enable_hashjoin = on;
SET LOCAL enable_mergejoin = on;
SET LOCAL jit = off;
LOCK TABLE ledger, wallets, ledger_openings, ledger_opening_accounts IN ACCESS SHARE MODE
"""
# The lock comes before the snapshot: no partition is detached between it and the first look.

_SIZE = """
SELECT (SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree('ledger'))::bigint,
    (SELECT count(*) FROM wallets)
"""

_BOUNDS = """
SELECT DISTINCT player_id FROM (
    SELECT player_id, row_number() OVER (ORDER BY player_id) AS place FROM wallets
) AS numbered
WHERE place % $1 = 0 ORDER BY player_id
"""

# OFFSET 0 keeps arrays out of the sort: what is sorted is half as wide, and stays in memory.
# The chain needs no look at the last balance: it starts at the opening, has no gap, and all amounts
# together give the balance.
_CHUNK = """
WITH postings AS (
    SELECT player_id, sequence, place, currencies[place] AS currency, amounts[place] AS amount,
        balances_after[place] AS balance_after, split_part(counter_accounts[place], ':', 1) AS kind
    FROM (
        SELECT player_id, sequence, currencies, amounts, balances_after, counter_accounts,
            generate_series(1, greatest(cardinality(currencies), cardinality(amounts),
                cardinality(balances_after), cardinality(counter_accounts))) AS place
        FROM ledger WHERE player_id >= $1 AND ($2::text IS NULL OR player_id < $2)
        OFFSET 0
    ) AS entries
    OFFSET 0
), chained AS (
    SELECT *, lag(balance_after) OVER (
        PARTITION BY player_id, currency ORDER BY sequence, place
    ) AS balance_before
    FROM postings
), sums AS MATERIALIZED (
    SELECT player_id, currency, kind, grouping(kind) = 0 AS is_account, count(*) AS postings,
        sum(amount) AS total, sum(greatest(amount, 0)) AS earned,
        sum(balance_after - amount) FILTER (WHERE balance_before IS NULL) AS starts_at,
        min(sequence) FILTER (
            WHERE balance_before IS NOT NULL
            AND balance_before IS DISTINCT FROM balance_after - amount
        ) AS breaks_at
    FROM chained GROUP BY GROUPING SETS ((player_id, currency), (currency, kind))
), compared AS MATERIALIZED (
    SELECT player_id, currency, w.balance, w.earned, coalesce(o.amount, 0) AS opening,
        coalesce(s.total, 0) AS total, coalesce(s.earned, 0) AS posted, s.starts_at, s.breaks_at,
        CASE
            WHEN w.balance IS NULL THEN 'no_wallet'
            WHEN coalesce(o.amount, 0) + coalesce(s.total, 0) <> w.balance THEN 'balance'
            WHEN s.player_id IS NOT NULL AND s.starts_at IS DISTINCT FROM coalesce(o.amount, 0)
                THEN 'start'
            WHEN s.breaks_at IS NOT NULL THEN 'chain'
            WHEN w.earned - w.spent <> w.balance THEN 'lifetime'
            WHEN o.amount IS NULL AND w.earned <> coalesce(s.earned, 0) THEN 'earned'
            WHEN w.earned - coalesce(s.earned, 0) < o.amount THEN 'earned'
        END AS reason
    FROM (SELECT * FROM sums WHERE NOT is_account) AS s
    FULL JOIN (
        SELECT * FROM wallets WHERE player_id >= $1 AND ($2::text IS NULL OR player_id < $2)
    ) AS w USING (player_id, currency)
    FULL JOIN (
        SELECT * FROM ledger_openings WHERE player_id >= $1 AND ($2::text IS NULL OR player_id < $2)
    ) AS o USING (player_id, currency)
)
SELECT 'account' AS what, currency, kind AS name, NULL AS reason, ARRAY[total, postings] AS numbers
FROM sums WHERE is_account
UNION ALL
SELECT 'wallets', currency, NULL, NULL, ARRAY[sum(balance), count(balance)]
FROM compared GROUP BY currency
UNION ALL
(
    SELECT 'broken', currency, player_id, reason,
        ARRAY[balance, opening, total, starts_at, breaks_at, earned, posted]::numeric[]
    FROM compared WHERE reason IS NOT NULL ORDER BY player_id, currency LIMIT $3
)
UNION ALL
SELECT 'broken_count', NULL, NULL, NULL, ARRAY[count(*)]::numeric[]
FROM compared WHERE reason IS NOT NULL
"""

_OPENINGS = "SELECT currency, account, amount FROM ledger_opening_accounts"

Held = Callable[[asyncpg.Connection], Awaitable[Mapping[str, int]]]
"""Reads how much of each currency an account holds, as its own slice knows it."""

Progress = Callable[[int, int], None]
"""Told how many ranges of how many are done."""

Numbers = list[Decimal | None]


def _ignore(done: int, total: int) -> None:
    """Nobody watches."""


async def verify(
    connection: asyncpg.Connection,
    *,
    held: Mapping[str, Held] | None = None,
    progress: Progress = _ignore,
    postings_a_chunk: int = POSTINGS_A_CHUNK,
) -> Report:
    """Checks all wallets against the ledger, as of one moment.

    Args:
        connection: as any role that may read; outside a transaction.
        held: what lies in accounts, by their kind, such as `escrow`.
        progress: told after each range of players.
        postings_a_chunk: about how many postings are looked at at once.
    """
    report = Report()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(_SETTINGS)
        bounds = await _bounds(connection, postings_a_chunk)
        for done, (low, high) in enumerate(zip(bounds, [*bounds[1:], None], strict=True), 1):
            room = BROKEN_TOLD_MAX - len(report.broken)
            for row in await connection.fetch(_CHUNK, low, high, room, timeout=_TIMEOUT_S):
                _note(report, *row)
            progress(done, len(bounds))
        for currency, kind, amount in await connection.fetch(_OPENINGS):
            report.add_account(currency, kind, int(amount))
        lies = {kind: await read(connection) for kind, read in (held or {}).items()}
    report.compare(lies)
    return report


async def _bounds(connection: asyncpg.Connection, postings_a_chunk: int) -> list[str]:
    """Where each range of players begins."""
    size_bytes, wallets = await connection.fetchrow(_SIZE, timeout=_TIMEOUT_S)
    postings = max(size_bytes // _ROW_BYTES, 1)
    step = max(wallets * postings_a_chunk // postings, 1)
    return ["", *[row[0] for row in await connection.fetch(_BOUNDS, step, timeout=_TIMEOUT_S)]]


def _note(
    report: Report,
    what: str,
    currency: str | None,
    name: str | None,
    reason: str | None,
    numbers: Numbers,
) -> None:
    """Takes in a row of a range; ids are null where somebody shortened an array."""
    currency, name = currency or "?", name or "?"
    match what:
        case "account":
            total, postings = map(_int, numbers)
            report.add_account(currency, name, total)
            report.postings += postings
        case "wallets":
            total, wallets = map(_int, numbers)
            report.add_balance(currency, total)
            report.wallets += wallets
        case "broken":
            report.broken.append(Broken(name, currency, _why(reason, numbers)))
        case _:
            report.broken_count += _int(numbers[0])


def _why(reason: str | None, numbers: Numbers) -> str:
    balance, opening, total, starts_at, breaks_at, earned, posted = map(_int, numbers)
    before = f" on an opening of {opening}" if opening else ""
    match reason:
        case "no_wallet":
            return f"there is no wallet, and postings of {total}{before}"
        case "balance":
            return f"the balance is {balance}, and postings add up to {total}{before}"
        case "start":
            return f"the first posting starts at {starts_at}, not at {opening}"
        case "chain":
            return f"the posting of transaction {breaks_at} does not start where the last one ended"
        case "lifetime":
            return f"the balance of {balance} is not what was earned less what was spent"
        case _:
            return f"{earned} was earned, and postings gave {posted}{before}"


def _int(number: Decimal | None) -> int:
    return int(number or 0)
