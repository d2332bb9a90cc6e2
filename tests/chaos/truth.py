"""Whether Postgres holds what was acknowledged: all of it, once, and nothing else."""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg
import grpc.aio

import renown
from renown._status import from_rpc_error
from tests.chaos.asking import Asker, ask_raw
from tests.chaos.journal import Journal
from tests.chaos.load import Load
from tests.chaos.model import Activity
from tests.chaos.site import Site

# Each statement must find nothing.
INVARIANTS = {
    "balances that are not the sum of their postings": """
        SELECT player_id, currency, balance, amount FROM (
            SELECT player_id, currency, sum(amount) AS amount
            FROM ledger, unnest(currencies, amounts) AS p (currency, amount) GROUP BY 1, 2
        ) AS posted FULL JOIN wallets USING (player_id, currency)
        WHERE amount IS DISTINCT FROM balance
    """,
    "postings that do not continue the ones before": """
        SELECT * FROM (
            SELECT player_id, currency, sequence, balance_after, sum(amount) OVER (
                PARTITION BY player_id, currency ORDER BY sequence, place) AS balance
            FROM ledger, unnest(currencies, amounts, balances_after) WITH ORDINALITY
                AS p (currency, amount, balance_after, place)
        ) AS ledger WHERE balance <> balance_after
    """,
    "events that do not continue the ones before": """
        SELECT * FROM (
            SELECT player_id, first_sequence, last_sequence, coalesce(lag(last_sequence) OVER (
                PARTITION BY player_id ORDER BY first_sequence), 0) AS before FROM (
                SELECT player_id, first_sequence, last_sequence FROM activities
                UNION ALL SELECT player_id, first_sequence, last_sequence FROM requests
            ) AS record WHERE last_sequence > 0
        ) AS log WHERE first_sequence <> before + 1
    """,
    "players whose sequence is not that of their last event": """
        SELECT player_id, sequence, last FROM players FULL JOIN (
            SELECT player_id, max(last_sequence) AS last FROM (
                SELECT player_id, last_sequence FROM activities
                UNION ALL SELECT player_id, last_sequence FROM requests
            ) AS record GROUP BY 1
        ) AS log USING (player_id) WHERE sequence IS DISTINCT FROM last
    """,
}

SHOWN_MAX = 5
REPLAYS = 60


async def verify(site: Site, load: Load, clients: list[renown.Client]) -> None:
    """Compares everything that a load was told with what is there.

    Raises:
        AssertionError: says what is missing, doubled or wrong.
    """
    journal = load.journal
    assert journal.acknowledged, "nothing was acknowledged"
    await verify_replays(journal, clients)
    async with site.sql() as sql:
        await verify_invariants(sql)
        await _verify_records(sql, load)
        await _verify_players(sql, load)


async def verify_invariants(sql: asyncpg.Connection) -> None:
    """Looks for what may never be, in the whole database."""
    for what, statement in INVARIANTS.items():
        found = await sql.fetch(f"{statement} LIMIT {SHOWN_MAX}")
        assert not found, f"{what}: {[dict(row) for row in found]}"


async def verify_replays(journal: Journal, clients: list[renown.Client]) -> None:
    """Sends some of the acknowledged requests again: the answers must be the same, byte by byte."""
    asker = Asker(clients, journal, random.Random(5))
    known = [item for item in journal.acknowledged.values() if item.raw]
    for item in known[:: max(1, len(known) // REPLAYS)]:
        operation = item.operation
        again = await asker.repeat(functools.partial(ask_raw, operation=operation))
        assert again.SerializeToString(deterministic=True) == item.answer.SerializeToString(
            deterministic=True
        ), f"{operation}: first {item.answer}, then {again}"


async def refused_other_request(client: renown.Client, activity: Activity) -> str:
    """Reuses an activity's id for another activity; returns the reason of the refusal."""
    other = Activity(activity.player, activity.id, activity.kind, activity.amount + 1, perfect=True)
    try:
        answer = await ask_raw(client, other)
    except grpc.aio.AioRpcError as cause:
        return from_rpc_error(cause).reason
    raise AssertionError(f"{other} was answered by {answer}")


async def _verify_records(sql: asyncpg.Connection, load: Load) -> None:
    """Each acknowledged operation has its record, and no other has one."""
    rows = await sql.fetch(
        "SELECT player_id, activity_id, refusal FROM activities WHERE starts_with(player_id, $1)"
        " UNION ALL SELECT player_id, request::json->>'request_id', refusal FROM requests"
        " WHERE starts_with(player_id, $1)",
        load.name,
    )
    found = [(player, key) for player, key, refusal in rows if refusal is None]
    acknowledged = set(load.journal.acknowledged)
    _same("acknowledged operations without a record", acknowledged - set(found))
    _same("records that nobody was told of", set(found) - acknowledged)
    assert len(found) == len(set(found)), "an operation has two records"
    refused = {(player, key) for player, key, refusal in rows if refusal is not None}
    assert refused == load.journal.refused, refused ^ load.journal.refused


async def _verify_players(sql: asyncpg.Connection, load: Load) -> None:
    """Each player has what the model says."""
    players = {
        row["player_id"]: row
        for row in await sql.fetch(
            "SELECT player_id, xp, level, metrics FROM players WHERE starts_with(player_id, $1)",
            load.name,
        )
    }
    money = _by_player(
        await sql.fetch(
            "SELECT player_id, currency, balance FROM wallets WHERE starts_with(player_id, $1)",
            load.name,
        )
    )
    scores = _by_player(
        await sql.fetch(
            "SELECT player_id, split_part(board, '|', 1), score"
            " FROM scores, unnest(boards, scores) AS e (board, score)"
            " WHERE starts_with(player_id, $1) AND board LIKE '%||'",
            load.name,
        )
    )
    assert set(players) == set(load.journal.players), "players are missing, or nobody's"
    for name, expected in load.journal.players.items():
        row = players[name]
        found = (row["xp"], row["level"], json.loads(row["metrics"]))
        wanted = (expected.xp, expected.level, dict(+expected.metrics))
        assert found == wanted, f"{name} has {found}, expected {wanted}"
        balances = {code: amount for code, amount in money.get(name, {}).items() if amount}
        assert balances == dict(+expected.balances), f"{name}: {balances}, expected {expected}"
        best = {"xp_all_time": expected.xp, **expected.best}
        assert scores.get(name, {}) == best, f"{name}: {scores.get(name)}, expected {best}"


def _by_player(rows: Iterable[Any]) -> Mapping[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for player, name, value in rows:
        found.setdefault(player, {})[name] = value
    return found


def _same(what: str, difference: set[tuple[str, str]]) -> None:
    assert not difference, f"{len(difference)} {what}: {sorted(difference)[:SHOWN_MAX]}"
