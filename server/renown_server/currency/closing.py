"""Taking months off the ledger: what their postings add up to stays, as openings.

Run by the owner of the schema. The application can neither write openings nor detach anything.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

import asyncpg
import msgspec

from renown_server.audit import write_row

DETACH_TRIES = 10
"""How often the ledger is asked to stand still."""

DETACH_PAUSE_S = 1.0
"""Between two tries. While one waits, calls wait behind it, for `lock_timeout` at most."""

_TIMEOUT_S = 6 * 3600.0

_SETTINGS = """
SET LOCAL lock_timeout = '2s';
SET LOCAL work_mem = '128MB';
SET LOCAL plan_cache_mode = force_custom_plan;
SET LOCAL enable_seqscan = on;
SET LOCAL enable_hashjoin = on;
SET LOCAL enable_mergejoin = on;
SET LOCAL jit = off
"""

_ALONE = "SELECT pg_advisory_xact_lock(hashtext('renown_ledger_close'))"

_PARTITIONS = """
SELECT relname, bounds[1]::timestamptz AS starts_at, bounds[2]::timestamptz AS ends_at,
    relispartition AS attached, pg_total_relation_size(oid) AS bytes
FROM (
    SELECT *, regexp_match(
        pg_get_expr(relpartbound, oid), $$FROM \\('([^']+)'\\) TO \\('([^']+)'\\)$$
    ) AS bounds
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname ~ '^ledger_([0-9]{8}|default)$'
) AS tables
ORDER BY relname
"""

# The month may have begun a moment ago by another clock, or for a batch that is still under way.
_CLOSABLE_UNTIL = "SELECT date_trunc('month', clock_timestamp() - interval '1 hour', 'UTC')"

_STRAYS = "SELECT EXISTS (SELECT FROM ledger_default WHERE recorded_at < $1)"

# A wallet's last balance must be its opening then: else what goes is no beginning of its history.
_OPEN = """
WITH sums AS MATERIALIZED (
    SELECT player_id, currency, kind, grouping(kind) = 0 AS is_account, count(*) AS postings,
        sum(amount) AS total, (max(ARRAY[sequence, place, balance_after]))[3] AS last_balance
    FROM (
        SELECT player_id, sequence, place, currencies[place] AS currency, amounts[place] AS amount,
            balances_after[place] AS balance_after,
            split_part(counter_accounts[place], ':', 1) AS kind
        FROM (
            SELECT *, generate_series(1, cardinality(amounts)) AS place
            FROM ledger WHERE recorded_at >= $1 AND recorded_at < $2
        ) AS entries
    ) AS postings
    GROUP BY GROUPING SETS ((player_id, currency), (currency, kind))
), accounts AS (
    INSERT INTO ledger_opening_accounts AS old (currency, account, amount)
    SELECT currency, kind, total FROM sums WHERE is_account
    ON CONFLICT (currency, account) DO UPDATE SET amount = old.amount + EXCLUDED.amount
), openings AS (
    INSERT INTO ledger_openings AS old (player_id, currency, amount, before)
    SELECT player_id, currency, total, $2 FROM sums WHERE NOT is_account
    ON CONFLICT (player_id, currency) DO UPDATE
    SET amount = old.amount + EXCLUDED.amount, before = EXCLUDED.before
    RETURNING player_id, currency, amount
)
SELECT count(*), coalesce(sum(postings), 0)::bigint,
    min(player_id) FILTER (WHERE amount IS DISTINCT FROM last_balance)
FROM openings JOIN sums USING (player_id, currency) WHERE NOT is_account
"""


class CannotClose(Exception):
    """The ledger stays as it is; the message says why, in a line."""


class LedgerTable(msgspec.Struct, frozen=True):
    """A table of ledger rows.

    Attributes:
        name: such as `ledger_20261101`.
        starts_at: its first moment; None for the default partition and detached ones.
        ends_at: the first moment after it.
        attached: whether it is part of the ledger.
        size_bytes: on disk, with its index.
    """

    name: str
    starts_at: datetime | None
    ends_at: datetime | None
    attached: bool
    size_bytes: int


class Closed(msgspec.Struct, frozen=True):
    """What was taken off.

    Attributes:
        tables: their names; they are kept, detached.
        postings: how many they hold.
    """

    tables: tuple[str, ...]
    postings: int


async def list_tables(connection: asyncpg.Connection) -> list[LedgerTable]:
    """The ledger's partitions and those that were detached, by name."""
    return [LedgerTable(*row) for row in await connection.fetch(_PARTITIONS)]


async def close(connection: asyncpg.Connection, before: date, *, actor: str) -> Closed:
    """Detaches the partitions that end on or before a day, in one transaction.

    What they add up to is added to the openings, and the audit gets a row. Nothing happens where
    nothing is left to close.

    Args:
        connection: as the owner of the schema.
        before: at midnight UTC.
        actor: who asks, for the audit.

    Raises:
        CannotClose: the month is not over, rows of the time lie in the default partition, the
            ledger does not add up, or it never stood still.
    """
    # What a lock has waited for must be seen, so each statement looks anew.
    async with connection.transaction(isolation="read_committed"):
        await connection.execute(_SETTINGS)
        await _run(connection, _ALONE)
        found = await _closable(connection, before)
        if not found:
            return Closed((), 0)
        postings = 0
        for table in found:
            await _run(connection, f"LOCK TABLE {table.name} IN SHARE MODE")
            postings += await _open(connection, table)
        for table in found:
            await _run(connection, f"ALTER TABLE ledger DETACH PARTITION {table.name}")
        closed = Closed(tuple([table.name for table in found]), postings)
        await write_row(
            connection,
            actor=actor,
            action="ledger.close",
            subject="ledger",
            details={
                "before": before.isoformat(),
                "tables": " ".join(closed.tables),
                "postings": str(postings),
            },
        )
        return closed


async def _closable(connection: asyncpg.Connection, before: date) -> list[LedgerTable]:
    end = datetime(before.year, before.month, before.day, tzinfo=UTC)
    found = [
        table
        for table in await list_tables(connection)
        if table.attached and table.ends_at is not None and table.ends_at <= end
    ]
    if not found:
        return []
    last = max(table.ends_at for table in found if table.ends_at is not None)
    until: datetime = await connection.fetchval(_CLOSABLE_UNTIL)
    if last > until:
        raise CannotClose(f"only months that ended by {until:%Y-%m-%d} can be closed")
    if await connection.fetchval(_STRAYS, last, timeout=_TIMEOUT_S):
        raise CannotClose(
            f"ledger_default holds rows of before {last:%Y-%m-%d}: move them to a partition first"
        )
    return found


async def _open(connection: asyncpg.Connection, table: LedgerTable) -> int:
    """Adds a month to the openings; returns how many postings it has."""
    _, postings, astray = await connection.fetchrow(
        _OPEN, table.starts_at, table.ends_at, timeout=_TIMEOUT_S
    )
    if astray is not None:
        raise CannotClose(
            f"the postings of {astray} in {table.name} do not add up to the last balance there:"
            " run `renown ledger verify`"
        )
    return int(postings)


async def _run(connection: asyncpg.Connection, statement: str) -> None:
    """Runs what must wait for others, again and again: they wait behind it for a moment only."""
    for tries_left in reversed(range(DETACH_TRIES)):
        try:
            async with connection.transaction():
                await connection.execute(statement)
                return
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if not tries_left:
                raise CannotClose("the ledger is in use; try again in a quieter moment") from None
        await asyncio.sleep(DETACH_PAUSE_S)
