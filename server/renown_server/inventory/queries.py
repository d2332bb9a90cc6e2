"""What readers ask about items and mail: all SQL of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import asyncpg
import msgspec

from renown_server.inventory.mail_state import MailItem
from renown_server.inventory.mail_store import COLUMNS, mail_of
from renown_server.profile.state import Multiplier
from renown_server.storage.reader import reaching

TOTAL_AGE_MAX_S = 1.0
"""How far the number of all items may lag."""

_counts_decoder = msgspec.json.Decoder(dict[str, int])
_equipped_decoder = msgspec.json.Decoder(dict[str, tuple[str, str]])
_expired_decoder = msgspec.json.Decoder(tuple[tuple[str, int], ...])
_multipliers_decoder = msgspec.json.Decoder(tuple[Multiplier, ...])


class ItemsKey(msgspec.Struct, frozen=True):
    """A page of a player's items.

    Attributes:
        player_id: whose.
        now_us: what has expired by then is left out.
        size: rows at most.
        after: (item, instance) behind which it begins.
        only: the items asked for; None for all.
        equipped_only: whether only what is equipped is asked for.
    """

    player_id: str
    now_us: int
    size: int
    after: tuple[str, str] = ("", "")
    only: tuple[str, ...] | None = None
    equipped_only: bool = False


class ItemsPage(msgspec.Struct, frozen=True):
    """A page of a player's items, and what it takes to show them.

    Attributes:
        slots_used: slots taken, by what has expired since, too.
        expired: (item, units) of the stacks and instances that have expired and are still there.
        cooldowns: when items with a cooldown were used last.
        equipped: the slot of each (item, instance) that is equipped.
        multipliers: the player's.
        rows: (item, instance, quantity, held since, expires, uses left, provenance as JSON).
    """

    slots_used: int
    expired: Sequence[tuple[str, int]]
    cooldowns: Mapping[str, int]
    equipped: Mapping[tuple[str, str], str]
    multipliers: tuple[Multiplier, ...]
    rows: list[Sequence[Any]]


# One statement for all pages: the first row of a page (place 0) is about the player, the others
# about its items. A row that is not asked for is not read: the key's order is that of the pages.
# Each row is looked up by itself: planned while tables were empty, joins read all of them.
_ITEMS_SQL = """
WITH k AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::int[])
        WITH ORDINALITY AS u(player_id, item_id, instance_id, now_us, size, page)
)
SELECT k.page, '' AS item_id, '' AS instance_id, b.slots_used::bigint AS quantity,
       0::bigint, 0::bigint, 0, x.expired, b.cooldowns, b.equipped, p.multipliers
FROM k CROSS JOIN LATERAL (
    SELECT multipliers FROM players AS p
    WHERE p.player_id = k.player_id AND p.created_us > 0 LIMIT 1
) AS p LEFT JOIN LATERAL (
    SELECT slots_used, cooldowns, equipped FROM bags AS b WHERE b.player_id = k.player_id LIMIT 1
) AS b ON true CROSS JOIN LATERAL (
    SELECT json_agg(json_build_array(item_id, quantity))::text AS expired FROM items AS i
    WHERE i.player_id = k.player_id AND i.expires_us > 0 AND i.expires_us <= k.now_us
) AS x
UNION ALL
SELECT k.page, i.item_id, i.instance_id, i.quantity, i.held_since_us, i.expires_us, i.uses_left,
       i.provenance, NULL, NULL, NULL
FROM k, LATERAL (
    SELECT i.* FROM {source}
      AND (i.item_id, i.instance_id) > (k.item_id, k.instance_id)
      AND i.quantity > 0 AND (i.expires_us = 0 OR i.expires_us > k.now_us) {only}
    ORDER BY i.item_id, i.instance_id LIMIT k.size
) AS i
ORDER BY page, item_id, instance_id
"""
_ONLY = "AND i.item_id = ANY($6::text[])"
_ALL = "items AS i WHERE i.player_id = k.player_id"
# What is worn is a few items: each is looked up.
_WORN = """(SELECT equipped FROM bags WHERE player_id = k.player_id LIMIT 1) AS b,
    json_each(b.equipped::json) AS e, LATERAL (
        SELECT * FROM items WHERE player_id = k.player_id
          AND item_id = e.value->>0 AND instance_id = e.value->>1 LIMIT 1
    ) AS i WHERE true"""


def items_sql(*, only: bool = False, equipped_only: bool = False) -> str:
    """The statement for pages of items that share their filters; `only` takes a list as `$6`."""
    return _ITEMS_SQL.format(source=_WORN if equipped_only else _ALL, only=_ONLY if only else "")


async def load_items(
    connection: asyncpg.Connection, keys: Sequence[ItemsKey]
) -> dict[ItemsKey, ItemsPage]:
    """Reads pages of items; those of players that do not exist are left out."""
    pages: dict[ItemsKey, ItemsPage] = {}
    for (only, equipped_only), group in groupby(sorted(keys, key=_filters), key=_filters):
        together = list(group)
        filtered = together[0].only is not None
        rows = await connection.fetch(
            items_sql(only=filtered, equipped_only=equipped_only),
            [key.player_id for key in together],
            [key.after[0] for key in together],
            [key.after[1] for key in together],
            [key.now_us for key in together],
            [key.size for key in together],
            *([list(only)] if filtered else []),
        )
        _collect(pages, together, rows)
    return pages


def _filters(key: ItemsKey) -> tuple[tuple[str, ...], bool]:
    # Without a filter they sort before all others: no item has the empty id.
    return ("",) if key.only is None else key.only, key.equipped_only


def _collect(
    pages: dict[ItemsKey, ItemsPage], keys: Sequence[ItemsKey], rows: Iterable[Sequence[Any]]
) -> None:
    found: list[Sequence[Any]] = []
    for row in rows:
        if row[1]:
            found.append(row)
            continue
        found = []
        cooldowns, equipped, multipliers = row[8], row[9], row[10]
        worn = _equipped_decoder.decode(equipped) if equipped and equipped != "{}" else {}
        pages[keys[row[0] - 1]] = ItemsPage(
            slots_used=row[3] or 0,
            expired=_expired_decoder.decode(row[7]) if row[7] else (),
            cooldowns=_counts_decoder.decode(cooldowns) if cooldowns else {},
            equipped={chosen: slot for slot, chosen in worn.items()},
            multipliers=() if multipliers == "[]" else _multipliers_decoder.decode(multipliers),
            rows=found,
        )


MAIL_SQL = (
    f"SELECT {COLUMNS} FROM mail WHERE player_id = $1 AND mail_no < $2 AND expires_us > $3"
    " ORDER BY mail_no DESC LIMIT $4"
)
# There are a few of these, and an index on them: by number, all that was claimed would be read.
WAITING_SQL = (
    f"WITH waiting AS MATERIALIZED (SELECT {COLUMNS} FROM mail"
    " WHERE player_id = $1 AND claimed_us = 0 AND expires_us > $3)"
    " SELECT * FROM waiting WHERE mail_no < $2 ORDER BY mail_no DESC LIMIT $4"
)


async def list_mail(
    pool: asyncpg.Pool,
    player_id: str,
    *,
    now_us: int,
    before: int,
    size: int,
    include_claimed: bool,
) -> list[MailItem]:
    """Reads `size` mails of a player that have not expired, the latest first.

    Args:
        pool: where to read.
        player_id: whose.
        now_us: what has expired by then is left out.
        before: only mail with a lower number.
        size: how many at most.
        include_claimed: whether claimed mail is listed, too.
    """
    with reaching():
        sql = MAIL_SQL if include_claimed else WAITING_SQL
        rows = await pool.fetch(sql, player_id, before, now_us, size)
    return [mail_of(row) for row in rows]


class ItemFigures(msgspec.Struct, frozen=True):
    """How an item has fared, and how many of all items were ever given out."""

    distributed: int
    used: int
    removed: int
    held_s: int
    distributed_all: int


class Statistics:
    """Reads how items fare: the sums over the lanes' slots.

    The sum over all items is read once a second at most, whoever asks.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._lock = asyncio.Lock()
        self._total = 0
        self._read_at_s = -TOTAL_AGE_MAX_S

    async def of(self, item_id: str) -> ItemFigures:
        """An item's figures."""
        with reaching():
            row = await self._pool.fetchrow(
                "SELECT coalesce(sum(distributed), 0)::text, coalesce(sum(used), 0)::text,"
                " coalesce(sum(removed), 0)::text, coalesce(sum(held_s), 0)::text"
                " FROM item_statistics WHERE item_id = $1",
                item_id,
            )
        distributed, used, removed, held_s = [int(value) for value in row]
        # A total that is older than the item's own sums may be below them.
        everything = max(await self._all(), distributed)
        return ItemFigures(distributed, used, removed, held_s, everything)

    async def _all(self) -> int:
        async with self._lock:
            if time.monotonic() - self._read_at_s >= TOTAL_AGE_MAX_S:
                with reaching():
                    total = await self._pool.fetchval(
                        "SELECT coalesce(sum(distributed), 0)::text FROM item_statistics"
                    )
                self._total, self._read_at_s = int(total), time.monotonic()
            return self._total


async def player_exists(pool: asyncpg.Pool, player_id: str) -> bool:
    """Whether there is such a player."""
    with reaching():
        return bool(
            await pool.fetchval(
                "SELECT 1 FROM players WHERE player_id = $1 AND created_us > 0", player_id
            )
        )
