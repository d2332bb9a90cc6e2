"""Exactly once: the trace every command leaves, written with its effects.

An activity's trace is permanent, keyed by player and activity; it carries the
activity's facts and events as well, because one packed row costs 7 µs where
several cost 14. Any other mutation's trace is keyed by principal and request
id, and kept in weekly partitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from renown_server.engine.clock import Clock, from_us, to_us
from renown_server.engine.columns import as_texts, integers, texts, unnest
from renown_server.engine.command import (
    ActivityKey,
    Key,
    Record,
    Recorded,
    RequestKey,
)
from renown_server.engine.facts import decode_facts
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.errors import Refusal

REMEMBERED = timedelta(days=8)
"""How long a request id is known; callers are promised 7 days."""

CLOCK_SKEW_MAX = timedelta(days=1)
"""How far a worker's clock may be behind the database's."""

LOG_XID = (
    "greatest(pg_current_xact_id()::text::bigint,"
    " pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)"
)
"""A record's place in the log of all players. The transaction's own id would not do: it is taken
with the first lock, so a batch that goes on to wait for a player has a lower id than the batch it
waits for, and yet the player's later events. See `events/queries.py`."""

_refusal_decoder = msgspec.json.Decoder(Refusal)


class RecordBook:
    """The traces a batch has found, and those it leaves."""

    __slots__ = ("by_key", "new_activities", "new_requests")

    def __init__(self) -> None:
        self.by_key: dict[Key, Record] = {}
        self.new_activities: list[Record] = []
        self.new_requests: list[Record] = []

    def find(self, key: Key) -> Record | None:
        """The trace under a key, from before or from this very batch."""
        return self.by_key.get(key)

    def add(self, record: Record) -> None:
        """Leaves a trace."""
        self.by_key[record.key] = record
        if isinstance(record.key, ActivityKey):
            self.new_activities.append(record)
        else:
            self.new_requests.append(record)


def encode_refusal(refusal: Refusal | None) -> str | None:
    """A refusal as it is stored."""
    return None if refusal is None else msgspec.json.encode(refusal).decode()


def decode_refusal(text: str | None) -> Refusal | None:
    """What `encode_refusal` wrote."""
    return None if text is None else _refusal_decoder.decode(text)


def last_sequence(record: Record) -> int:
    """The sequence of the record's last event; 0 if it has none."""
    done = record.recorded
    return done.first_sequence + len(done.facts) - 1 if done.facts else 0


def _recorded(at: Any, version: int, first: int, facts: str, result: str | None = None) -> Recorded:
    return Recorded(
        recorded_at_us=to_us(at),
        catalog_version=version,
        first_sequence=first,
        facts=decode_facts(facts),
        result=None if result is None else msgspec.json.decode(result),
        replayed=True,
    )


class ActivityRecords(Part):
    """The permanent traces of activities."""

    name = "activities"
    by_player = False
    load_sql = (
        "SELECT row(a.player_id, a.activity_id, a.activity_type, a.principal, a.fingerprint,"
        " a.fingerprint_version, a.request, a.recorded_at, a.catalog_version, a.first_sequence,"
        " a.facts, a.refusal)"
        f" FROM {unnest('text', 'text')} AS k(p, i),"
        " LATERAL (SELECT * FROM activities"
        " WHERE player_id = k.p AND activity_id = k.i LIMIT 1) AS a"
    )
    write_sql = (
        "INSERT INTO activities (player_id, activity_id, activity_type, principal, fingerprint,"
        " fingerprint_version, request, first_sequence, last_sequence, facts, refusal,"
        " recorded_at, catalog_version, xid)"
        " SELECT u.p, u.i, u.t, u.w, decode(u.f, 'hex'), u.v, u.r, u.a, u.z, u.x,"
        " nullif(u.n, ''), {11}::timestamptz, {12}::int, x.id FROM "
        + unnest(*["text"] * 5, "smallint", "text", "bigint", "bigint", "text", "text")
        + " AS u(p, i, t, w, f, v, r, a, z, x, n),"
        f" (SELECT {LOG_XID}) AS x(id)"
    )

    def load_args(self, keys: Iterable[ActivityKey]) -> Args:
        """Players and activity ids, side by side."""
        keys = list(keys)
        return (
            texts([key.player_id for key in keys]),
            texts([key.activity_id for key in keys]),
        )

    def open(self, work: Work) -> None:
        """The book is opened by the batch itself."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes the traces found."""
        book = work.slice(RecordBook)
        for row in rows:
            player, activity, label, principal, print_, version = row[:6]
            request, at, catalog, first, facts, refusal = row[6:]
            key = ActivityKey(player, activity)
            book.by_key[key] = Record(
                key=key,
                method="RecordActivity",
                label=label,
                player_id=player,
                principal=principal,
                fingerprint=print_,
                fingerprint_version=version,
                request=request,
                recorded=_recorded(at, catalog, first, facts),
                facts_json=facts,
                refusal=decode_refusal(refusal),
            )

    def write_args(self, work: Work) -> Args | None:
        """The new traces, column by column."""
        new = work.slice(RecordBook).new_activities
        if not new:
            return None
        return (
            texts([record.player_id for record in new]),
            texts([record.key.activity_id for record in new]),  # type: ignore[union-attr]
            texts([record.label for record in new]),
            texts([record.principal for record in new]),
            texts([record.fingerprint.hex() for record in new]),
            integers([record.fingerprint_version for record in new]),
            texts([record.request for record in new]),
            integers([record.recorded.first_sequence for record in new]),
            integers([last_sequence(record) for record in new]),
            texts([record.facts_json for record in new]),
            texts([encode_refusal(record.refusal) or "" for record in new]),
            from_us(work.now_us),
            work.catalog.version,
        )


def week_of(moment: datetime) -> date:
    """The Monday (UTC) that names a moment's partition."""
    day = moment.date()
    return day - timedelta(days=day.weekday())


@lru_cache(maxsize=4096)
def _hex_digest(key: RequestKey) -> str:
    """A batch needs it twice: to look for the record and to leave one."""
    return key.digest().hex()


def as_keys(place: int) -> str:
    """SQL for the keys in a placeholder filled with their hex, joined."""
    return f"ARRAY(SELECT decode(k, 'hex') FROM unnest({as_texts(place)}) AS k)"


class RequestRecords(Part):
    """The traces of all other mutations, in weekly partitions.

    The week is part of the key, not the moment: of two requests with one id
    that lock different players, the second one's insert is refused.
    """

    name = "requests"
    by_player = False
    load_sql = (
        "SELECT row(r.request_key, r.method, r.player_id, r.principal, r.fingerprint,"
        " r.fingerprint_version, r.request, r.recorded_at, r.catalog_version, r.first_sequence,"
        " r.facts, r.result, r.refusal)"
        f" FROM requests AS r WHERE r.request_key = ANY({as_keys(0)})"
        # Keeps the probe to the two or three partitions that can hold it: it
        # costs 2.7 µs over one partition, 6.8 over three, 14.5 over eight.
        " AND r.week BETWEEN {1}::date AND {2}::date"
    )
    write_sql = (
        "INSERT INTO requests (request_key, method, player_id, principal, fingerprint,"
        " fingerprint_version, request, first_sequence, last_sequence, facts, result, refusal,"
        " recorded_at, catalog_version, week, xid)"
        " SELECT decode(u.k, 'hex'), u.m, coalesce(u.p, ''), u.w, decode(u.f, 'hex'), u.v, u.r,"
        " u.a, u.z, u.x, nullif(u.o, ''), nullif(u.n, ''), {12}::timestamptz, {13}::int,"
        " {14}::date, x.id FROM "
        + unnest(*["text"] * 5, "smallint", "text", "bigint", "bigint", *["text"] * 3)
        + " AS u(k, m, p, w, f, v, r, a, z, x, o, n),"
        f" (SELECT {LOG_XID}) AS x(id)"
    )

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def load_args(self, keys: Iterable[RequestKey]) -> Args:
        """The keys' digests, and the weeks in which they may lie."""
        now = from_us(self._clock.now_us())
        return (
            texts([_hex_digest(key) for key in keys]),
            week_of(now - REMEMBERED),
            week_of(now + CLOCK_SKEW_MAX),
        )

    def open(self, work: Work) -> None:
        """The book is opened by the batch itself."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes the traces found."""
        if not rows:
            return
        book = work.slice(RecordBook)
        by_digest = {key.digest(): key for key in keys}
        for row in rows:
            digest, method, player, principal, print_, version, request = row[:7]
            at, catalog, first, facts, result, refusal = row[7:]
            key = by_digest[digest]
            book.by_key[key] = Record(
                key=key,
                method=method,
                label="",
                player_id=player,
                principal=principal,
                fingerprint=print_,
                fingerprint_version=version,
                request=request,
                recorded=_recorded(at, catalog, first, facts, result),
                facts_json=facts,
                refusal=decode_refusal(refusal),
            )

    def write_args(self, work: Work) -> Args | None:
        """The new traces, sorted: two batches that were asked for the same don't deadlock."""
        new = work.slice(RecordBook).new_requests
        if not new:
            return None
        new = sorted(new, key=lambda record: _hex_digest(record.key))
        now = from_us(work.now_us)
        return (
            texts([_hex_digest(record.key) for record in new]),
            texts([record.method for record in new]),
            texts([record.player_id for record in new]),
            texts([record.principal for record in new]),
            texts([record.fingerprint.hex() for record in new]),
            integers([record.fingerprint_version for record in new]),
            texts([record.request for record in new]),
            integers([record.recorded.first_sequence for record in new]),
            integers([last_sequence(record) for record in new]),
            texts([record.facts_json for record in new]),
            texts([_encode_result(record.recorded.result) for record in new]),
            texts([encode_refusal(record.refusal) or "" for record in new]),
            now,
            work.catalog.version,
            week_of(now),
        )


def _encode_result(result: Any) -> str:
    return "" if result is None else msgspec.json.encode(result).decode()
