"""Plans don't depend on how full the tables were when they were made.

Connections keep a generic plan for as long as they live, and it may be made while tables are empty:
then every plan seems to cost the same, and reading a whole index seems as good as looking a row up.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

import renown_server
from renown_server.achievements.queries import FIGURES_SQL, VIEWER_SQL
from renown_server.badges import queries as badges
from renown_server.currency.store import _WALLET_SQL
from renown_server.engine.part import Part
from renown_server.inventory import queries
from renown_server.players.standing import STANDING_SQL
from renown_server.profile.store import VIEW_SQL
from renown_server.storage.postgres import connect
from renown_server.store.queries import PURCHASES_SQL
from renown_server.streaks import queries as streaks
from renown_server.timekeeping import DUE_SQL
from renown_server.trade import store as trades
from tests.conftest import Database

pytestmark = pytest.mark.integration


def _kinds() -> Iterator[type[Part]]:
    """Every kind of part."""
    found = Part.__subclasses__()
    while found:
        kind = found.pop()
        found += kind.__subclasses__()
        yield kind


def _statements() -> dict[str, str]:
    """What batches load by, change by and remove by, and the reads that gather joins."""
    for _, name, _ in pkgutil.walk_packages(renown_server.__path__, "renown_server."):
        if name.endswith(("store", ".records", ".audit")):
            importlib.import_module(name)
    found = {
        "views": VIEW_SQL,
        "standings": STANDING_SQL,
        "earned": badges.EARNED_SQL,
        "badge figures": badges.COUNTS_SQL,
        "badge values": badges.VALUES_SQL,
        "wallets": _WALLET_SQL,
        "achievements, viewer": VIEWER_SQL,
        "achievements, figures": FIGURES_SQL,
        "list_items": queries.items_sql(),
        "list_items, some": queries.items_sql(only=True),
        "list_items, worn": queries.items_sql(equipped_only=True),
        "list_items, some worn": queries.items_sql(only=True, equipped_only=True),
        "list_mail": queries.MAIL_SQL,
        "list_mail, waiting": queries.WAITING_SQL,
        "list_purchases": PURCHASES_SQL,
        "list_trades": trades.LIST_SQL,
        "list_expired": trades.EXPIRED_SQL,
        "streaks": streaks.STREAKS_SQL,
        "past streaks": streaks.PAST_SQL,
        "due": DUE_SQL,
    }
    for kind in _kinds():
        if not kind.__module__.startswith("renown_server."):
            continue
        if kind.load_sql:
            found[f"{kind.__name__} load"] = _numbered(kind.load_sql)
        if kind.write_sql.startswith(("UPDATE", "DELETE")):
            found[f"{kind.__name__} write"] = _numbered(kind.write_sql)
    return found


def _numbered(sql: str) -> str:
    return re.sub(r"\{(\d+)\}", lambda place: f"${int(place[1]) + 1}", sql)


STATEMENTS = _statements()


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """A worker's connection to tables that are known to be empty."""
    owner = await asyncpg.connect(database.superuser_url)
    await owner.execute("VACUUM (ANALYZE)")
    await owner.close()
    connection = await connect(database.url)
    yield connection
    await connection.close()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


async def _reads(connection: asyncpg.Connection, sql: str) -> list[dict[str, Any]]:
    """What a statement's plan reads of tables."""
    count = max([int(place) for place in re.findall(r"\$(\d+)", sql)], default=0)
    await connection.execute(f"PREPARE one AS {sql}")
    arguments = f"({', '.join(['NULL'] * count)})" if count else ""
    (text,) = await connection.fetchrow(f"EXPLAIN (FORMAT JSON) EXECUTE one{arguments}")
    await connection.execute("DEALLOCATE one")
    return [
        node
        for node in _nodes(json.loads(text)[0]["Plan"])
        if "Relation Name" in node and node["Node Type"] != "ModifyTable"
    ]


async def _whole_reads(connection: asyncpg.Connection, sql: str) -> list[str]:
    """The tables of which a statement's plan reads more than what it looks up."""
    return [
        f"{node['Relation Name']} by {node.get('Index Name', node['Node Type'])}"
        for node in await _reads(connection, sql)
        if not any(name in node for name in ("Index Cond", "Recheck Cond", "TID Cond"))
    ]


async def test_every_statement_looks_up_what_it_needs(connection: asyncpg.Connection) -> None:
    assert {"ItemsPart load", "ItemRemovalsPart write", "OpenTradesPart load"} <= set(STATEMENTS)
    whole = {name: await _whole_reads(connection, sql) for name, sql in STATEMENTS.items()}
    assert {name: reads for name, reads in whole.items() if reads} == {}


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        (
            "SELECT i.quantity FROM unnest($1::text[], $2::text[]) AS k(p, t)"
            " JOIN items AS i ON i.player_id = k.p AND i.item_id = k.t",
            ["items by pk_items"],
        ),
        (
            "SELECT i.quantity FROM unnest($1::text[], $2::text[]) AS k(p, t),"
            " LATERAL (SELECT * FROM items WHERE player_id = k.p AND item_id = k.t OFFSET 0) AS i",
            [],
        ),
    ],
)
async def test_a_join_reads_everything(
    connection: asyncpg.Connection, sql: str, read: list[str]
) -> None:
    assert await _whole_reads(connection, sql) == read


@pytest.mark.parametrize(
    ("sql", "table", "index", "condition"),
    [
        (queries.WAITING_SQL, "mail", "ix_mail_player_id_expires_us", "expires_us > $3"),
        (
            trades.LIST_SQL,
            "trades",
            "ix_trades_{side}_id_state_created_us",
            "({side}_id = $1) AND (state = s",
        ),
        (trades.EXPIRED_SQL, "trades", "ix_trades_expires_us", "expires_us <= $1"),
        (DUE_SQL, "progress", "ix_progress_due_us", "due_us <= $1"),
    ],
)
async def test_filters_are_in_the_index(
    connection: asyncpg.Connection, sql: str, table: str, index: str, condition: str
) -> None:
    reads = [node for node in await _reads(connection, sql) if node["Relation Name"] == table]
    sides = ("proposer", "partner") if "{side}" in index else ("",)
    for node, side in zip(reads, sides, strict=True):
        # A bitmap's index stands below the node that reads the table.
        found = next(each for each in _nodes(node) if "Index Name" in each)
        assert found["Index Name"] == index.format(side=side)
        assert condition.format(side=side) in found["Index Cond"].replace("::bigint", "")
