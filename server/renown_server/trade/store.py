"""All SQL of trades."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
import msgspec

from renown_server.engine.columns import as_texts, integers, texts, unnest
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.trade.state import Held, Side, Trade, TradeBook, TradeState, TradeView

_VIEW_COLUMNS = (
    "trade_id, proposer_id, partner_id, offered, requested, message, created_us, expires_us,"
    " state, ended_us"
)

_side_decoder = msgspec.json.Decoder(Side)
_held_decoder = msgspec.json.Decoder(Held)
_encoder = msgspec.json.Encoder()


def _encode(value: msgspec.Struct) -> str:
    return _encoder.encode(value).decode()


def view_of(row: Sequence[Any]) -> TradeView:
    """A row of `trades`: what its players see of it."""
    trade_id, proposer, partner, offered, requested, *rest = row
    return TradeView(
        trade_id,
        proposer,
        partner,
        _side_decoder.decode(offered),
        _side_decoder.decode(requested),
        *rest,
    )


class TradesPart(Part):
    """Trades, guarded by the locks of their players."""

    name = "trades"
    by_player = False
    load_sql = (
        f"SELECT row({_VIEW_COLUMNS}, escrow) FROM trades WHERE trade_id = ANY({as_texts(0)})"
    )
    write_sql = (
        f"INSERT INTO trades ({_VIEW_COLUMNS}, escrow)"
        " SELECT u.i, u.p, u.q, u.o, u.r, coalesce(u.m, ''), u.c, u.x, u.s, u.e, u.h FROM "
        + unnest(*["text"] * 6, "bigint", "bigint", "smallint", "bigint", "text")
        + " AS u(i, p, q, o, r, m, c, x, s, e, h)"
        " ON CONFLICT (trade_id) DO UPDATE SET"
        " state = EXCLUDED.state, ended_us = EXCLUDED.ended_us, escrow = EXCLUDED.escrow"
    )

    def open(self, work: Work) -> None:
        """Attaches the empty book, which holds the open trades as well."""
        work.attach(TradeBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what is there, and what is not."""
        by_id = work.slice(TradeBook).by_id
        for *view, held in rows:
            by_id.setdefault(view[0], Trade(view_of(view), _held_decoder.decode(held)))
        for trade_id in keys:
            by_id.setdefault(trade_id, None)

    def write_args(self, work: Work) -> Args | None:
        """The new and the changed ones, column by column."""
        changed = [trade for trade in work.dirty(Trade) if trade.is_there]
        if not changed:
            return None
        terms = [trade.terms for trade in changed]
        return (
            texts([each.trade_id for each in terms]),
            texts([each.proposer_id for each in terms]),
            texts([each.partner_id for each in terms]),
            texts([_encode(each.offered) for each in terms]),
            texts([_encode(each.requested) for each in terms]),
            texts([each.message for each in terms]),
            integers([each.created_us for each in terms]),
            integers([each.expires_us for each in terms]),
            integers([int(trade.state) for trade in changed]),
            integers([trade.ended_us for trade in changed]),
            texts([_encode(trade.held) for trade in changed]),
        )


class OpenTradesPart(Part):
    """Which trades of a proposer are open; only read."""

    name = "open_trades"
    by_player = False
    load_sql = (
        # By when they ended: by state, it might read everybody's by the index for expiry.
        "SELECT row(proposer_id, trade_id, expires_us) FROM trades"
        f" WHERE ended_us = 0 AND proposer_id = ANY({as_texts(0)})"
    )
    write_sql = ""

    def open(self, work: Work) -> None:
        """The book is attached by `TradesPart`."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes when they expire."""
        found = work.slice(TradeBook).open
        for proposer in keys:
            found.setdefault(proposer, {})
        for proposer, trade_id, expires_us in rows:
            found[proposer][trade_id] = expires_us

    def write_args(self, work: Work) -> Args | None:
        """Written by `TradesPart`."""
        return None


async def load_trades(
    connection: asyncpg.Connection, trade_ids: Sequence[str]
) -> dict[str, TradeView]:
    """Reads trades; those that do not exist are left out."""
    sql = f"SELECT {_VIEW_COLUMNS} FROM trades WHERE trade_id = ANY($1::text[])"
    return {row[0]: view_of(row) for row in await connection.fetch(sql, list(trade_ids))}


_BEYOND = (2**63 - 1, "")
_EVER = (-1, 2**63 - 1)


def _side_sql(side: str) -> str:
    # Each state is looked up by itself, by an index that has it. No state stands in the statement:
    # one that does would make an index on everybody's open trades fit.
    return (
        "SELECT t.* FROM unnest($5::smallint[], $6::bigint[], $7::bigint[])"
        " AS s(state, after_us, until_us), LATERAL (SELECT * FROM trades"
        f" WHERE {side} = $1 AND state = s.state AND (created_us, trade_id) < ($2, $3)"
        " AND expires_us > s.after_us AND expires_us <= s.until_us"
        " ORDER BY created_us DESC, trade_id DESC LIMIT $4) AS t"
    )


LIST_SQL = (
    f"SELECT {_VIEW_COLUMNS} FROM"
    f" ({_side_sql('proposer_id')} UNION ALL {_side_sql('partner_id')}) AS t"
    " ORDER BY created_us DESC, trade_id DESC LIMIT $4"
)


def _noted_as(state: int, now_us: int) -> list[tuple[int, int, int]]:
    """What a state is for readers: (state noted down, expires after, and until) of its trades."""
    match state:
        case 0:
            return [(int(each), *_EVER) for each in TradeState]
        case TradeState.OPEN:
            return [(state, now_us, _EVER[1])]
        case TradeState.EXPIRED:
            return [(state, *_EVER), (int(TradeState.OPEN), _EVER[0], now_us)]
        case _:
            return [(state, *_EVER)]


async def list_trades(
    connection: asyncpg.Connection | asyncpg.Pool,
    player_id: str,
    *,
    before: tuple[int, str] | None,
    size: int,
    state: int,
    now_us: int,
) -> list[TradeView]:
    """Reads `size` trades of a player, on either side, the latest first.

    Args:
        connection: where to read.
        player_id: whose.
        before: (created_us, trade_id) of the last one that was read.
        size: how many at most.
        state: only those in this state, unless 0.
        now_us: the time, by which open ones have expired.
    """
    noted = zip(*_noted_as(state, now_us), strict=True)
    rows = await connection.fetch(
        LIST_SQL, player_id, *(before or _BEYOND), size, *[list(column) for column in noted]
    )
    return [view_of(row) for row in rows]


EXPIRED_SQL = (
    f"SELECT {_VIEW_COLUMNS} FROM trades WHERE state = {TradeState.OPEN:d}"
    " AND expires_us <= $1 AND (expires_us, trade_id) > ($2, $3)"
    " ORDER BY expires_us, trade_id LIMIT $4"
)


async def list_expired(
    pool: asyncpg.Pool, *, now_us: int, after: tuple[int, str], size: int
) -> list[TradeView]:
    """Reads `size` open trades whose time is over, the earliest first.

    Args:
        pool: where to read.
        now_us: the time.
        after: (expires_us, trade_id) behind which it begins.
        size: how many at most.
    """
    return [view_of(row) for row in await pool.fetch(EXPIRED_SQL, now_us, *after, size)]
