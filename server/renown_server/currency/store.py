"""All SQL of money."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import asyncpg
import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from renown_server.currency.gifts import GiftBook, GiftUsage
from renown_server.currency.state import Balance, WalletBook
from renown_server.currency.tables import ledger
from renown_server.engine.clock import from_us
from renown_server.engine.columns import as_texts, integers, texts, unnest
from renown_server.engine.command import Record, name_of
from renown_server.engine.facts import CurrencyChanged
from renown_server.engine.part import Args, Part
from renown_server.engine.records import RecordBook
from renown_server.engine.work import Work
from renown_server.storage.reader import reaching


class WalletsPart(Part):
    """Balances."""

    name = "wallets"
    load_sql = (
        "SELECT row(player_id, currency, balance, earned, spent, debt) FROM wallets"
        f" WHERE player_id = ANY({as_texts(0)})"
    )
    write_sql = (
        "INSERT INTO wallets (player_id, currency, balance, earned, spent, debt)"
        f" SELECT u.* FROM {unnest('text', 'text', *['bigint'] * 4)} AS u"
        " ON CONFLICT (player_id, currency) DO UPDATE SET"
        " balance = EXCLUDED.balance, earned = EXCLUDED.earned, spent = EXCLUDED.spent,"
        " debt = EXCLUDED.debt"
    )

    def open(self, work: Work) -> None:
        """Attaches the empty book."""
        work.attach(WalletBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes the balances."""
        book = work.slice(WalletBook)
        book.loaded.update(keys)
        by_key = book.by_key
        for row in rows:
            by_key[row[:2]] = Balance(*row)

    def write_args(self, work: Work) -> Args | None:
        """The changed balances, column by column."""
        changed = work.dirty(Balance)
        if not changed:
            return None
        return (
            texts([balance.player_id for balance in changed]),
            texts([balance.currency for balance in changed]),
            integers([balance.amount for balance in changed]),
            integers([balance.earned for balance in changed]),
            integers([balance.spent for balance in changed]),
            integers([balance.debt for balance in changed]),
        )


class GiftUsagePart(Part):
    """What was given away and received, for the limits of a day."""

    name = "gift_usage"
    load_sql = (
        "SELECT row(player_id, currency, day, sent, received) FROM gift_usage"
        f" WHERE player_id = ANY({as_texts(0)})"
    )
    write_sql = (
        "INSERT INTO gift_usage (player_id, currency, day, sent, received)"
        f" SELECT u.* FROM {unnest('text', 'text', 'int', 'bigint', 'bigint')} AS u"
        " ON CONFLICT (player_id, currency) DO UPDATE SET"
        " day = EXCLUDED.day, sent = EXCLUDED.sent, received = EXCLUDED.received"
    )

    def open(self, work: Work) -> None:
        """Attaches the empty book."""
        work.attach(GiftBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what was counted; what is here already may have been changed and stays."""
        book = work.slice(GiftBook)
        book.loaded.update(keys)
        for row in rows:
            book.by_key.setdefault(row[:2], GiftUsage(*row))

    def write_args(self, work: Work) -> Args | None:
        """What was counted anew, column by column."""
        changed = work.dirty(GiftUsage)
        if not changed:
            return None
        return (
            texts([usage.player_id for usage in changed]),
            texts([usage.currency for usage in changed]),
            integers([usage.day for usage in changed]),
            integers([usage.sent for usage in changed]),
            integers([usage.received for usage in changed]),
        )


class LedgerPart(Part):
    """The ledger: written from the facts of what was accepted, never read."""

    name = "ledger"
    load_sql = None
    write_sql = (
        "INSERT INTO ledger (player_id, sequence, currencies, amounts, balances_after,"
        " counter_accounts, rules, event_type, description, reference_type, reference_id,"
        " awarded_by, command_id, recorded_at)"
        " SELECT u.p, u.s, u.c::text[], u.a::bigint[], u.b::bigint[], u.x::text[], u.r::text[],"
        " u.e, coalesce(u.d, ''), coalesce(u.t, ''), coalesce(u.i, ''), u.w, u.k,"
        " {13}::timestamptz FROM "
        + unnest("text", "bigint", *["text"] * 11)
        + " AS u(p, s, c, a, b, x, r, e, d, t, i, w, k)"
    )

    def open(self, work: Work) -> None:
        """Needs no state: the records hold the postings."""

    def write_args(self, work: Work) -> Args | None:
        """One entry a command that moved money, column by column."""
        book = work.slice(RecordBook)
        rows = [
            row
            for records in (book.new_activities, book.new_requests)
            for record in records
            if (row := _entry(record)) is not None
        ]
        if not rows:
            return None
        players, sequences, *columns = zip(*rows, strict=True)
        return (
            texts(players),
            integers(sequences),
            *[texts(column) for column in columns],
            from_us(work.now_us),
        )


def _entry(record: Record) -> tuple[Any, ...] | None:
    done = record.recorded
    postings = [fact for fact in done.facts if type(fact) is CurrencyChanged]
    if not postings:
        return None
    body: Any = record.body
    return (
        record.player_id,
        done.first_sequence + done.facts.index(postings[0]),
        *_columns(postings),
        record.label or getattr(body, "event_type", "") or _event_type(record.method),
        getattr(body, "description", ""),
        getattr(body, "reference_type", ""),
        getattr(body, "reference_id", ""),
        record.principal,
        name_of(record.key),
    )


def _columns(postings: list[CurrencyChanged]) -> tuple[str, ...]:
    if len(postings) == 1:
        # Nearly all entries have one posting, and then this takes half as long.
        (only,) = postings
        return (
            f'{{"{only.currency}"}}',
            f"{{{only.amount}}}",
            f"{{{only.balance_after}}}",
            f'{{"{_escaped(only.counter_account)}"}}',
            f'{{"{only.rule}"}}',
        )
    return (
        _array([posting.currency for posting in postings]),
        integers([posting.amount for posting in postings]),
        integers([posting.balance_after for posting in postings]),
        _array([posting.counter_account for posting in postings]),
        _array([posting.rule for posting in postings]),
    )


@cache
def _event_type(method: str) -> str:
    """What a method is called in the ledger: `BatchCredit` is `batch_credit`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method).lower()


def _array(ids: Sequence[str]) -> str:
    """A Postgres array literal of ids.

    unnest flattens arrays of arrays, so a row's array travels as text. An id may be `null`, which
    means nothing unless it is quoted.
    """
    return '{"' + '","'.join(map(_escaped, ids)) + '"}'


def _escaped(text: str) -> str:
    """An element of an array; accounts name players and activities, whose ids may hold anything."""
    if '"' in text or "\\" in text:
        return text.replace("\\", "\\\\").replace('"', '\\"')
    return text


class BalanceRow(msgspec.Struct, frozen=True):
    """A balance as readers see it, in minor units."""

    currency: str
    amount: int
    earned: int
    spent: int
    debt: int


_WALLET_SQL = (
    "SELECT p.player_id, w.currency, w.balance, w.earned, w.spent, w.debt FROM players AS p"
    # OFFSET 0 keeps it inside: planned while the table was empty, a join read all of it.
    " LEFT JOIN LATERAL (SELECT * FROM wallets WHERE player_id = p.player_id OFFSET 0) AS w ON true"
    " WHERE p.player_id = ANY($1::text[]) AND p.created_us > 0"
    " ORDER BY p.player_id, w.currency"
)


async def load_wallets(
    connection: asyncpg.Connection, player_ids: Sequence[str]
) -> dict[str, list[BalanceRow]]:
    """Reads wallets; players that do not exist are left out."""
    wallets: dict[str, list[BalanceRow]] = {}
    for player_id, currency, amount, earned, spent, debt in await connection.fetch(
        _WALLET_SQL, list(player_ids)
    ):
        balances = wallets.setdefault(player_id, [])
        if currency is not None:
            balances.append(BalanceRow(currency, amount, earned, spent, debt))
    return wallets


async def list_entries(
    engine: AsyncEngine,
    player_id: str,
    *,
    before: int | None,
    size: int,
    currency: str,
    event_type: str,
) -> Sequence[sa.Row[Any]]:
    """Reads `size` ledger entries of a player, the latest first.

    Args:
        engine: where to read.
        player_id: whose.
        before: only entries with a lower sequence.
        size: how many at most.
        currency: only entries that moved it, unless empty.
        event_type: only entries of this type, unless empty.
    """
    query = sa.select(ledger).where(ledger.c.player_id == player_id)
    if before is not None:
        query = query.where(ledger.c.sequence < before)
    if currency:
        query = query.where(ledger.c.currencies.contains([currency]))
    if event_type:
        query = query.where(ledger.c.event_type == event_type)
    query = query.order_by(ledger.c.sequence.desc()).limit(size)
    with reaching():
        async with engine.connect() as connection:
            return (await connection.execute(query)).all()
