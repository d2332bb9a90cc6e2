"""When a board starts anew: which instance of a board a moment belongs to.

A period is half-open in UTC. A weekly one begins with the first instant of a local Monday in the
board's zone, so it lasts 167 to 169 hours where clocks change. Time zones only matter here: a
moment belongs to the instance whose [start, end) holds it, whatever local clocks said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from renown_server.engine.clock import from_us, to_us

_MIDNIGHT = time()
_WEEK = timedelta(days=7)
_KEPT_MAX = 4096


class PeriodicBoard(Protocol):
    """What of a board decides about its periods."""

    @property
    def id(self) -> str:
        """The board's id."""
        ...

    @property
    def weekly(self) -> bool:
        """Whether it starts anew each Monday; else it is for all time."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """Where its periods begin."""
        ...


@dataclass(frozen=True, slots=True)
class Instance:
    """One board × scope value × period: what is ranked together.

    Attributes:
        key: `board|scope|first local day`, such as `xp_weekly||2026-11-16`; the scope is empty
            for a global board, the day for one that is for all time.
        starts_at_us: its first microsecond since 1970, UTC; 0 for all time.
        ends_at_us: the first microsecond after it; 0 for all time.
    """

    key: str
    starts_at_us: int
    ends_at_us: int


_latest: dict[str, tuple[ZoneInfo, Instance]] = {}
"""The instance each weekly board was asked for last; it answers nearly every call."""


def instance_for(board: PeriodicBoard, occurred_at_us: int) -> Instance:
    """The global instance that a moment belongs to.

    Args:
        board: the board.
        occurred_at_us: the moment, in microseconds since 1970.
    """
    if not board.weekly:
        return _all_time(board.id)
    kept = _latest.get(board.id)
    if (
        kept is not None
        and kept[0] is board.zone
        and kept[1].starts_at_us <= occurred_at_us < kept[1].ends_at_us
    ):
        return kept[1]
    instance = _week_of(board.id, board.zone, occurred_at_us)
    if len(_latest) >= _KEPT_MAX:
        _latest.clear()
    _latest[board.id] = (board.zone, instance)
    return instance


def board_of(instance_key: str) -> str:
    """The id of an instance's board."""
    return instance_key.partition("|")[0]


@lru_cache(maxsize=_KEPT_MAX)
def _all_time(board_id: str) -> Instance:
    return Instance(f"{board_id}||", 0, 0)


def _week_of(board_id: str, zone: ZoneInfo, at_us: int) -> Instance:
    today = from_us(at_us).astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    # Clocks set back across midnight show Sunday again after Monday has begun, so the local
    # date alone may name a neighbour of the right week.
    starts_at_us = _day_begins_us(monday, zone)
    while at_us < starts_at_us:
        monday -= _WEEK
        starts_at_us = _day_begins_us(monday, zone)
    ends_at_us = _day_begins_us(monday + _WEEK, zone)
    while ends_at_us <= at_us:
        monday += _WEEK
        starts_at_us, ends_at_us = ends_at_us, _day_begins_us(monday + _WEEK, zone)
    return Instance(f"{board_id}||{monday.isoformat()}", starts_at_us, ends_at_us)


def _day_begins_us(day: date, zone: ZoneInfo) -> int:
    """The first instant at which local clocks have reached a day."""
    midnight = datetime.combine(day, _MIDNIGHT, zone)
    # A midnight that happens twice counts the first time (fold=0).
    begins = midnight.astimezone(UTC)
    if begins.astimezone(zone).replace(tzinfo=None) != midnight.replace(tzinfo=None):
        begins = _gap_ends(midnight)
    return to_us(begins)


def _gap_ends(skipped: datetime) -> datetime:
    """The instant at which clocks jumped over a local time, exact to the second.

    Read with the offset from before the jump the time lies after it, read with the later offset
    it lies before: the jump is between the two.
    """
    zone = skipped.tzinfo
    after = skipped.replace(fold=0).astimezone(UTC)
    before = skipped.replace(fold=1).astimezone(UTC)
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
