"""All SQL of items that batches use; `queries.py` has what readers ask."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from renown_server.engine.columns import as_texts, integers, texts, unnest
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.inventory.state import (
    Bag,
    CommonBook,
    InventoryBook,
    ItemCount,
    Provenance,
    Stack,
    Stock,
)

STATISTICS_SLOTS = 16
"""Rows of an item's statistics, so that lanes don't wait for each other."""

_provenance_decoder = msgspec.json.Decoder(Provenance)
_counts_decoder = msgspec.json.Decoder(dict[str, int])
_equipped_decoder = msgspec.json.Decoder(dict[str, tuple[str, str]])
_encoder = msgspec.json.Encoder()

_COLUMNS = (
    "player_id, item_id, instance_id, quantity, held_since_us, expires_us, uses_left, owed,"
    " provenance"
)


def _encode(value: Any) -> str:
    return _encoder.encode(value).decode()


def stack_of(row: Sequence[Any]) -> Stack:
    """A row of `items`, in the order of its columns."""
    stack = Stack(*row[:8])
    if row[8]:
        stack.provenance = _provenance_decoder.decode(row[8])
    return stack


class ItemsPart(Part):
    """Stacks and instances, by player and item."""

    name = "items"
    by_player = False
    load_sql = (
        f"SELECT row({', '.join(f'i.{name}' for name in _COLUMNS.split(', '))})"
        f" FROM {unnest('text', 'text')} AS k(p, t),"
        # OFFSET 0 keeps it inside: planned while the table was empty, a join read all of it.
        " LATERAL (SELECT * FROM items WHERE player_id = k.p AND item_id = k.t OFFSET 0) AS i"
    )
    write_sql = (
        f"INSERT INTO items ({_COLUMNS}) SELECT u.p, u.t, coalesce(u.i, ''), u.q, u.h, u.e, u.l,"
        " u.o, coalesce(u.v, '') FROM "
        + unnest(*["text"] * 3, *["bigint"] * 3, "int", "bigint", "text")
        + " AS u(p, t, i, q, h, e, l, o, v)"
        " ON CONFLICT (player_id, item_id, instance_id) DO UPDATE SET"
        " quantity = EXCLUDED.quantity, held_since_us = EXCLUDED.held_since_us,"
        " uses_left = EXCLUDED.uses_left, owed = EXCLUDED.owed,"
        " provenance = EXCLUDED.provenance"
    )

    def load_args(self, keys: Iterable[tuple[str, str]]) -> Args:
        """Players and items, side by side."""
        keys = list(keys)
        return texts([key[0] for key in keys]), texts([key[1] for key in keys])

    def open(self, work: Work) -> None:
        """Attaches the empty book, which holds the bags as well."""
        work.attach(InventoryBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what is there, and that the rest is not."""
        book = work.slice(InventoryBook)
        book.absorb(map(stack_of, rows))
        for key in keys:
            book.stacks.setdefault(key, {})

    def write_args(self, work: Work) -> Args | None:
        """What changed and is still there, column by column."""
        changed = [stack for stack in work.dirty(Stack) if stack.quantity or stack.owed]
        if not changed:
            return None
        return (
            texts([stack.player_id for stack in changed]),
            texts([stack.item for stack in changed]),
            texts([stack.instance for stack in changed]),
            integers([stack.quantity for stack in changed]),
            integers([stack.held_since_us for stack in changed]),
            integers([stack.expires_us for stack in changed]),
            integers([stack.uses_left for stack in changed]),
            integers([stack.owed for stack in changed]),
            texts([_encode(s.provenance) if s.provenance else "" for s in changed]),
        )


class InventoriesPart(Part):
    """Everything a player owns; only read, where all of it must be known."""

    name = "inventories"
    load_sql = f"SELECT row({_COLUMNS}) FROM items WHERE player_id = ANY({as_texts(0)})"
    write_sql = ""

    def open(self, work: Work) -> None:
        """The book is attached by `ItemsPart`."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what is there."""
        book = work.slice(InventoryBook)
        book.absorb(map(stack_of, rows))
        book.whole.update(keys)

    def write_args(self, work: Work) -> Args | None:
        """Written by `ItemsPart`."""
        return None


class ItemRemovalsPart(Part):
    """Rows of nothing: what was used up, given away or has expired."""

    name = "item_removals"
    by_player = False
    write_sql = (
        # By row, for the same reason; the players' locks keep the rows where they are.
        "DELETE FROM items WHERE ctid = ANY(ARRAY(SELECT i.ctid FROM "
        f"{unnest(*['text'] * 3)} AS u(p, t, i), LATERAL (SELECT ctid FROM items"
        " WHERE player_id = u.p AND item_id = u.t AND instance_id = coalesce(u.i, '') LIMIT 1)"
        " AS i))"
    )

    def open(self, work: Work) -> None:
        """The book is attached by `ItemsPart`."""

    def write_args(self, work: Work) -> Args | None:
        """What is no longer there, column by column."""
        gone = [stack for stack in work.dirty(Stack) if not stack.quantity and not stack.owed]
        if not gone:
            return None
        return (
            texts([stack.player_id for stack in gone]),
            texts([stack.item for stack in gone]),
            texts([stack.instance for stack in gone]),
        )


class BagsPart(Part):
    """What a player's items have in common."""

    name = "bags"
    load_sql = (
        "SELECT row(player_id, slots_used, cooldowns, pity, equipped) FROM bags"
        f" WHERE player_id = ANY({as_texts(0)})"
    )
    write_sql = (
        "INSERT INTO bags (player_id, slots_used, cooldowns, pity, equipped)"
        f" SELECT u.* FROM {unnest('text', 'int', *['text'] * 3)} AS u"
        " ON CONFLICT (player_id) DO UPDATE SET slots_used = EXCLUDED.slots_used,"
        " cooldowns = EXCLUDED.cooldowns, pity = EXCLUDED.pity, equipped = EXCLUDED.equipped"
    )

    def open(self, work: Work) -> None:
        """The book is attached by `ItemsPart`."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes the bags; a player without a row has an empty one."""
        bags = work.slice(InventoryBook).bags
        for player_id, slots_used, cooldowns, pity, equipped in rows:
            if player_id not in bags:
                bag = bags[player_id] = Bag(player_id)
                bag.slots_used = slots_used
                bag.cooldowns = _counts_decoder.decode(cooldowns)
                bag.pity = _counts_decoder.decode(pity)
                bag.equipped = _equipped_decoder.decode(equipped)
        for player_id in keys:
            if player_id not in bags:
                bags[player_id] = Bag(player_id)

    def write_args(self, work: Work) -> Args | None:
        """The changed bags, column by column."""
        changed = work.dirty(Bag)
        if not changed:
            return None
        return (
            texts([bag.player_id for bag in changed]),
            integers([bag.slots_used for bag in changed]),
            texts([_encode(bag.cooldowns) for bag in changed]),
            texts([_encode(bag.pity) for bag in changed]),
            texts([_encode(bag.equipped) for bag in changed]),
        )


class ItemStatisticsPart(Part):
    """How items fare: one addition an item and batch, to the lane's own slot."""

    name = "item_statistics"
    by_player = False
    write_sql = (
        "INSERT INTO item_statistics AS s (item_id, slot, distributed, used, removed, held_s)"
        " SELECT u.i, {5}::smallint, u.d, u.u, u.r, u.h FROM "
        + unnest("text", *["bigint"] * 4)
        + " AS u(i, d, u, r, h) ON CONFLICT (item_id, slot) DO UPDATE SET"
        " distributed = s.distributed + EXCLUDED.distributed, used = s.used + EXCLUDED.used,"
        " removed = s.removed + EXCLUDED.removed, held_s = s.held_s + EXCLUDED.held_s"
    )

    def open(self, work: Work) -> None:
        """Attaches the empty book, which holds the stock as well."""
        work.attach(CommonBook())

    def write_args(self, work: Work) -> Args | None:
        """The additions, sorted: two lanes on one slot don't deadlock."""
        counts = sorted(work.dirty(ItemCount), key=lambda count: count.item)
        if not counts:
            return None
        return (
            texts([count.item for count in counts]),
            integers([count.distributed for count in counts]),
            integers([count.used for count in counts]),
            integers([count.removed for count in counts]),
            integers([count.held_s for count in counts]),
            zlib.crc32(work.lane_id.encode()) % STATISTICS_SLOTS,
        )


_STOCK_ROWS = f"{unnest('text', 'bigint', 'bigint')} AS u(i, q, d)"


class StockPart(Part):
    """What is limited for everybody: read without a lock, and added to last.

    Two batches may both read the last piece; the table's check refuses the second one, which
    runs again and sees that it is gone. So no buyer waits for another but at the very commit.
    """

    name = "stock"
    by_player = False
    races = frozenset({"ck_stock_sold"})
    load_sql = f"SELECT row(stock_id, sold) FROM stock WHERE stock_id = ANY({as_texts(0)})"
    # The check looks at what is to be inserted before it is known that there is a row: what is
    # taken back, which counts below zero, must not stand there.
    write_sql = (
        "INSERT INTO stock AS s (stock_id, quantity, sold)"
        f" SELECT u.i, u.q, greatest(u.d, 0) FROM {_STOCK_ROWS}"
        " ON CONFLICT (stock_id) DO UPDATE SET quantity = EXCLUDED.quantity,"
        f" sold = s.sold + (SELECT u.d FROM {_STOCK_ROWS} WHERE u.i = s.stock_id)"
    )

    def open(self, work: Work) -> None:
        """The book is attached by `ItemStatisticsPart`."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what was sold."""
        stock = work.slice(CommonBook).stock
        for stock_id, sold in rows:
            stock.setdefault(stock_id, Stock(stock_id, sold))
        for stock_id in keys:
            stock.setdefault(stock_id, Stock(stock_id))

    def write_args(self, work: Work) -> Args | None:
        """What was sold and taken back, sorted: two batches don't deadlock."""
        changed = sorted(
            [stock for stock in work.dirty(Stock) if stock.delta], key=lambda s: s.stock_id
        )
        if not changed:
            return None
        return (
            texts([stock.stock_id for stock in changed]),
            integers([stock.quantity for stock in changed]),
            integers([stock.delta for stock in changed]),
        )
