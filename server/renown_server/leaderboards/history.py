"""What of a player's past counted for a board, so that an entry can be worked out again; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from renown_server.engine.command import ActivityKey, Record
from renown_server.engine.facts import (
    ActivityRecorded,
    ActivityRevoked,
    MetricMoved,
    OfferPurchased,
    PurchaseRevoked,
    XpGained,
)
from renown_server.engine.records import RecordBook
from renown_server.engine.work import NotLoaded, Work

RECORDS_MAX = 10_000
"""How many of a player's latest records are looked through."""

XP = ""
"""What is asked for instead of a metric's id: the player's XP."""


class Contribution(msgspec.Struct, frozen=True, array_like=True):
    """One value that counted.

    Attributes:
        cause: what could be revoked (`activity_cause`, `purchase_cause`); else empty.
        sequence: of the record's first event, in whose order values counted.
        recorded_us: when it was recorded, microseconds since 1970.
        at_us: when it happened, which decides its period.
        amount: the value.
    """

    cause: str
    sequence: int
    recorded_us: int
    at_us: int
    amount: int


class Past(msgspec.Struct, frozen=True):
    """What the records say; `is_whole` is false if there are more than were looked through."""

    contributions: tuple[Contribution, ...] = ()
    is_whole: bool = True


PastKey = tuple[str, str, int]
"""Player, metric or `XP`, and the earliest recording wanted: microseconds since 1970."""


class HistoryBook:
    """What was looked up."""

    __slots__ = ("by_key",)

    def __init__(self) -> None:
        self.by_key: dict[PastKey, Past] = {}

    def get(self, work: Work, key: PastKey) -> Past:
        """All that counted, this batch's commands included, in order.

        Raises:
            NotLoaded: nobody has looked.
        """
        stored = self.by_key.get(key)
        if stored is None:
            raise NotLoaded("board_history", (key,))
        player_id, metric, _ = key
        book = work.slice(RecordBook)
        new = [
            record
            for records in (book.new_activities, book.new_requests)
            for record in records
            if record.player_id == player_id and record.recorded.facts
        ]
        if not new:
            return stored
        new.sort(key=lambda record: record.recorded.first_sequence)
        revoked = {cause for record in new for cause in _revoked_by(record.recorded.facts)}
        later = [each for record in new for each in _of_record(record, metric)]
        return Past(
            tuple([e for e in (*stored.contributions, *later) if e.cause not in revoked]),
            stored.is_whole,
        )


def _revoked_by(facts: Iterable[Any]) -> Iterator[str]:
    for fact in facts:
        if isinstance(fact, ActivityRevoked):
            yield activity_cause(fact.activity_id)
        elif isinstance(fact, PurchaseRevoked):
            yield purchase_cause(fact.purchase_id)


def activity_cause(activity_id: str) -> str:
    """How an activity is named as a cause."""
    return f"activity:{activity_id}"


def purchase_cause(purchase_id: str) -> str:
    """How a purchase is named as a cause."""
    return f"purchase:{purchase_id}"


def _of_record(record: Record, metric: str) -> Iterator[Contribution]:
    done = record.recorded
    yield from contributions(
        done.facts,
        metric,
        activity_id=record.key.activity_id if isinstance(record.key, ActivityKey) else "",
        sequence=done.first_sequence,
        recorded_us=done.recorded_at_us,
    )


def contributions(
    facts: Iterable[Any], metric: str, *, activity_id: str, sequence: int, recorded_us: int
) -> Iterator[Contribution]:
    """What one record's facts contribute.

    What an activity gave, rewards of rewards included, counts when it happened; what was bought or
    used, when it was recorded.
    """
    cause = activity_cause(activity_id) if activity_id else ""
    occurred_us = recorded_us
    for fact in facts:
        match fact:
            case ActivityRecorded():
                occurred_us = fact.occurred_at_us
            case OfferPurchased():
                cause = purchase_cause(fact.purchase_id)
            case MetricMoved() if metric and fact.metric == metric and fact.amount > 0:
                yield Contribution(cause, sequence, recorded_us, occurred_us, fact.amount)
            case XpGained() if metric == XP and fact.amount:
                yield Contribution(cause, sequence, recorded_us, occurred_us, fact.amount)
            case _:
                pass
