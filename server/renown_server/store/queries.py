"""What readers ask of the store, in SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

from renown_server.engine.clock import to_us
from renown_server.engine.facts import LootDrawn
from renown_server.progress.state import Earned
from renown_server.storage.reader import reaching
from renown_server.store.state import Purchased
from renown_server.store.store import PURCHASE_COLUMNS, purchase_of

_draws_decoder = msgspec.json.Decoder(list[LootDrawn])
_achievements_decoder = Earned.decoders["achievements"]
_counts_decoder = msgspec.json.Decoder(dict[str, int])

FACTS_BYTES = 500_000
"""What the purchases of a page may have given: about 5,000 facts, as JSON."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """What decides what a player may buy.

    Attributes:
        level: the player's level.
        time_zone: IANA name.
        bought: (start of the window, how many) by limited offer; what was never bought is left out.
        sold: pieces gone by stock; what was never sold is left out.
        achievements: those earned, if they were asked for.
    """

    level: int
    time_zone: str
    bought: Mapping[str, tuple[int, int]]
    sold: Mapping[str, int]
    achievements: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Drawer:
    """What decides what a player may draw.

    Attributes:
        pity: misses in a row, by loot table.
        owned: items of which the player has any now.
        sold: pieces gone by stock; what was never sold is left out.
    """

    pity: Mapping[str, int]
    owned: frozenset[str]
    sold: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class DrawRow:
    """The draws of one command, in order."""

    sequence: int
    command_id: str
    catalog_version: int
    recorded_at_us: int
    draws: list[LootDrawn]


_BUYER_SQL = """
SELECT p.level, p.time_zone,
    (SELECT array_agg(row(l.offer_id, l.window_us, l.bought)) FROM purchase_limits AS l
     WHERE l.player_id = p.player_id AND l.offer_id = ANY($2::text[])),
    (SELECT array_agg(row(s.stock_id, s.sold)) FROM stock AS s WHERE s.stock_id = ANY($3::text[])),
    (SELECT e.achievements FROM earned AS e WHERE e.player_id = p.player_id AND $4)
FROM players AS p WHERE p.player_id = $1 AND p.created_us > 0
"""

_DRAWER_SQL = """
SELECT (SELECT b.pity FROM bags AS b WHERE b.player_id = p.player_id),
    ARRAY(SELECT DISTINCT i.item_id FROM items AS i
     WHERE i.player_id = p.player_id AND i.item_id = ANY($2::text[]) AND i.quantity > 0
       AND (i.expires_us = 0 OR i.expires_us > $4)),
    (SELECT array_agg(row(s.stock_id, s.sold)) FROM stock AS s WHERE s.stock_id = ANY($3::text[]))
FROM players AS p WHERE p.player_id = $1 AND p.created_us > 0
"""

# A page ends early where what its purchases gave would be too much: one may have given thousands
# of things. How long a text is, is known without reading it.
PURCHASES_SQL = f"""
SELECT {PURCHASE_COLUMNS}, there FROM (
    SELECT *, count(*) OVER () AS there,
           sum(octet_length(facts)) OVER (ORDER BY purchased_us DESC, purchase_id DESC)
           - octet_length(facts) AS bytes_before
    FROM (
        SELECT * FROM purchases
        WHERE player_id = $1 AND (purchased_us, purchase_id) < ($2::bigint, $3::text)
        ORDER BY purchased_us DESC, purchase_id DESC LIMIT $4
    ) AS p
) AS p
WHERE bytes_before < $5 ORDER BY purchased_us DESC, purchase_id DESC
"""

_DRAWS_SQL = """
SELECT sequence, command_id, catalog_version, recorded_at, draws FROM draws
WHERE player_id = $1 AND sequence <= $2 ORDER BY sequence DESC LIMIT $3
"""


async def find_buyer(
    pool: asyncpg.Pool,
    player_id: str,
    offers: Sequence[str],
    stock_ids: Sequence[str],
    *,
    achievements: bool,
) -> Buyer | None:
    """Reads what decides what a player may buy, in one round trip; None if there is no player.

    Args:
        pool: where to read.
        player_id: who buys.
        offers: the limited ones.
        stock_ids: their stocks.
        achievements: whether the player's are asked for.
    """
    with reaching():
        row = await pool.fetchrow(
            _BUYER_SQL, player_id, list(offers), list(stock_ids), achievements
        )
    if row is None:
        return None
    level, time_zone, limits, stock, earned = row
    bought = {offer: (window_us, count) for offer, window_us, count in limits or ()}
    return Buyer(level, time_zone, bought, _sold(stock), _earned(earned))


async def find_drawer(
    pool: asyncpg.Pool,
    player_id: str,
    items: Sequence[str],
    stock_ids: Sequence[str],
    now_us: int,
) -> Drawer | None:
    """Reads what decides what a player may draw, in one round trip; None if there is no player."""
    with reaching():
        row = await pool.fetchrow(_DRAWER_SQL, player_id, list(items), list(stock_ids), now_us)
    if row is None:
        return None
    pity, owned, stock = row
    return Drawer(_counts_decoder.decode(pity or "{}"), frozenset(owned), _sold(stock))


def _earned(packed: str | None) -> frozenset[str]:
    known = _achievements_decoder.decode(packed) if packed else {}
    return frozenset([name for name, each in known.items() if each.times])


def _sold(rows: Sequence[Any] | None) -> dict[str, int]:
    return dict(rows or ())


async def list_purchases(
    pool: asyncpg.Pool, player_id: str, *, before: tuple[int, str], size: int
) -> tuple[list[Purchased], bool]:
    """Reads up to `size` purchases of a player, the latest first, and whether there are more.

    They are fewer where they gave much: all but the last one together less than `FACTS_BYTES`.

    Args:
        pool: where to read.
        player_id: whose.
        before: only purchases before this (moment, purchase id).
        size: how many at most.
    """
    with reaching():
        rows = await pool.fetch(PURCHASES_SQL, player_id, *before, size + 1, FACTS_BYTES)
    shown = rows[:size]
    return [purchase_of(row[:-1]) for row in shown], bool(rows) and rows[0][-1] > len(shown)


async def walk_draws(pool: asyncpg.Pool, player_id: str, *, up_to: int) -> AsyncIterator[DrawRow]:
    """Reads a player's draws, command by command, the latest first.

    A few at a time, and more each time: a command may have made one draw, or a thousand.

    Args:
        pool: where to read.
        player_id: whose.
        up_to: the highest sequence wanted.
    """
    size = 4
    while True:
        rows = await _list_draws(pool, player_id, up_to, size)
        for row in rows:
            yield row
        if len(rows) < size:
            return
        up_to = rows[-1].sequence - 1
        size = min(2 * size, 256)


async def _list_draws(pool: asyncpg.Pool, player_id: str, up_to: int, size: int) -> list[DrawRow]:
    with reaching():
        rows = await pool.fetch(_DRAWS_SQL, player_id, up_to, size)
    return [
        DrawRow(sequence, command_id, version, to_us(at), _draws_decoder.decode(draws))
        for sequence, command_id, version, at, draws in rows
    ]
