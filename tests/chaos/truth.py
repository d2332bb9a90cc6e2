"""Whether Postgres holds what was acknowledged: all of it, once, and nothing else."""

from __future__ import annotations

import functools
import itertools
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import asyncpg
import grpc.aio

import renown
from renown._status import from_rpc_error
from tests.chaos.asking import Asker, ask_raw
from tests.chaos.deals import Propose, companion_of
from tests.chaos.journal import Journal
from tests.chaos.load import Load
from tests.chaos.model import Activity
from tests.chaos.site import Site
from tests.kit.books import check_books
from tests.kit.eventually import eventually

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
    "stocks that are not what was sold, or were sold beyond what there is": """
        SELECT stock_id, quantity, sold, bought FROM stock FULL JOIN (
            SELECT stock_id, sum(quantity) AS bought FROM purchases
            WHERE stock_id <> '' AND revoked_us = 0 GROUP BY 1
        ) AS purchased USING (stock_id)
        WHERE sold IS DISTINCT FROM bought OR sold > quantity
    """,
}

SHOWN_MAX = 5
REPLAYS = 60
EXPIRY_S = 30.0


async def verify(site: Site, load: Load, clients: list[renown.Client]) -> None:
    """Compares everything that a load was told with what is there.

    Raises:
        AssertionError: says what is missing, doubled or wrong.
    """
    journal = load.journal
    assert journal.acknowledged, "nothing was acknowledged"
    await verify_replays(journal, clients)
    await verify_players(site, journal, load.name)


async def verify_players(site: Site, journal: Journal, name: str) -> None:
    """Compares players whose names begin like this with what their callers were told.

    Raises:
        AssertionError: says what is missing, doubled or wrong.
    """
    await _until_expired(site, name)
    await verify_invariants(site)
    async with site.sql() as sql:
        await _verify_records(sql, journal, name)
        await _verify_players(sql, journal, name)


async def verify_invariants(site: Site) -> None:
    """Looks for what may never be, in the whole database."""
    async with site.sql() as sql:
        for what, statement in INVARIANTS.items():
            found = await sql.fetch(f"{statement} LIMIT {SHOWN_MAX}")
            assert not found, f"{what}: {[dict(row) for row in found]}"
    await check_books(site.database.superuser_url)


async def _until_expired(site: Site, name: str) -> None:
    """Waits until no trade is open whose time is over."""
    async with site.sql() as sql:

        async def ended() -> bool:
            left = await sql.fetchval(
                "SELECT count(*) FROM trades WHERE ended_us = 0 AND starts_with(proposer_id, $1)"
                " AND expires_us <= extract(epoch FROM now()) * 1000000",
                name,
            )
            return not left

        await eventually(ended, EXPIRY_S)


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


async def _verify_records(sql: asyncpg.Connection, journal: Journal, name: str) -> None:
    """Each acknowledged operation has its record for each of its players, and no other has one."""
    rows = await sql.fetch(
        "SELECT player_id, activity_id, refusal FROM activities WHERE starts_with(player_id, $1)"
        " UNION ALL SELECT player_id, request::json->>'request_id', refusal FROM requests"
        " WHERE starts_with(player_id, $1)",
        name,
    )
    found = [(player, key) for player, key, refusal in rows if refusal is None]
    acknowledged = set(_records(journal))
    _same("acknowledged operations without a record", acknowledged - set(found))
    _same("records that nobody was told of", set(found) - acknowledged)
    assert len(found) == len(set(found)), "an operation has two records"
    refused = {(player, key) for player, key, refusal in rows if refusal is not None}
    assert refused == journal.refused, refused ^ journal.refused


def _records(journal: Journal) -> Iterator[tuple[str, str]]:
    """Player and id of each record there must be."""
    for (player, key), item in journal.acknowledged.items():
        keys = [key]
        if isinstance(item.operation, Propose) and item.operation.lifetime_s:
            keys.append(f"expire/{item.answer.trade.trade_id}")
        players = filter(None, (player, companion_of(item.operation)))
        yield from itertools.product(players, keys)


async def _verify_players(sql: asyncpg.Connection, journal: Journal, name: str) -> None:
    """Each player has what the model says."""
    rows = await sql.fetch(_PLAYERS, name)
    money = _by_player(await sql.fetch(_MONEY, name))
    items = _by_player(await sql.fetch(_ITEMS, name))
    scores = _by_player(await sql.fetch(_SCORES, name))
    assert {row[0] for row in rows} == set(journal.players), "players are missing, or nobody's"
    for player, xp, level, metrics in rows:
        expected = journal.players[player]
        found = (xp, level, json.loads(metrics))
        wanted = (expected.xp, expected.level, dict(+expected.metrics))
        assert found == wanted, f"{player} has {found}, expected {wanted}"
        balances = {code: amount for code, amount in money.get(player, {}).items() if amount}
        assert balances == dict(+expected.balances), f"{player}: {balances}, expected {expected}"
        owned = items.get(player, {})
        assert owned == dict(+expected.items), f"{player}: {owned}, expected {expected}"
        best = {"xp_all_time": expected.xp, **expected.best}
        assert scores.get(player, {}) == best, f"{player}: {scores.get(player)}, expected {best}"


_PLAYERS = "SELECT player_id, xp, level, metrics FROM players WHERE starts_with(player_id, $1)"
_MONEY = "SELECT player_id, currency, balance FROM wallets WHERE starts_with(player_id, $1)"
_ITEMS = """
SELECT player_id, item_id, sum(quantity)::bigint FROM items WHERE starts_with(player_id, $1)
GROUP BY 1, 2 HAVING sum(quantity) <> 0
"""
_SCORES = """
SELECT player_id, split_part(board, '|', 1), score
FROM scores, unnest(boards, scores) AS e (board, score)
WHERE starts_with(player_id, $1) AND board LIKE '%||'
"""


def _by_player(rows: Iterable[Any]) -> Mapping[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for player, name, value in rows:
        found.setdefault(player, {})[name] = value
    return found


def _same(what: str, difference: set[tuple[str, str]]) -> None:
    assert not difference, f"{len(difference)} {what}: {sorted(difference)[:SHOWN_MAX]}"
