"""Days as players live them: local dates, as days since 1970.

Dates are what is counted by, not moments: who has clocks set back across midnight is on a day that
has gone by. Who moves to another zone can't gain a day by it: the day of the move ends where it
began, and none comes twice.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from renown_server.engine.clock import to_us
from renown_server.profile.state import PlayerState

EPOCH_DAY = date(1970, 1, 1).toordinal()
"""The day 0, as `date.toordinal` counts."""

DAY_US = 86_400_000_000

MOVE_MAX_US = 3 * DAY_US
"""How long after a move the zones before can matter.

Zones lie between -12 h and +14 h: the furthest move, at the first moment of a day, holds that day
for 24 h and another 26 h.
"""

_NO_DAY = (0, 0, 0)

_recent: dict[str, tuple[int, int, int]] = {}
"""By zone: a day of 24 h that was asked about last, as (start, end, day)."""


def day_of(player: PlayerState, moment_us: int) -> int:
    """The player's day at a moment, by the zone in force then.

    After a move, moments before the end of the day in the zone that was left belong to that day;
    after it, the date is the new zone's, but never an earlier one.
    """
    moves = player.zones
    zone = player.time_zone
    if not moves or moment_us >= moves[-1].until_us + MOVE_MAX_US:
        return day_in(zone, moment_us)
    held_day, held_until_us = 0, 0
    for at, move in enumerate(moves):
        if moment_us < move.until_us:
            zone = move.zone
            break
        if move.until_us >= held_until_us:
            day = day_in(move.zone, move.until_us)
            held_day = max(held_day, day) if at else day
            held_until_us = day_end_us(move.zone, held_day)
    else:
        at = len(moves)
    if not at:
        return day_in(zone, moment_us)
    return held_day if moment_us < held_until_us else max(held_day, day_in(zone, moment_us))


local_day = day_of


def day_in(zone: str, moment_us: int) -> int:
    """The local date in a zone, by its IANA name, at a moment."""
    if zone == "UTC":
        return moment_us // DAY_US
    start_us, end_us, day = _recent.get(zone, _NO_DAY)
    if start_us <= moment_us < end_us:
        return day
    day = _date(zone, moment_us)
    start_us, end_us = day_start_us(zone, day), day_end_us(zone, day)
    # On other days clocks are set; around midnight dates may then come and go.
    if end_us - start_us == DAY_US:
        _recent[zone] = (start_us, end_us, day)
    return day


@lru_cache(maxsize=4096)
def day_start_us(zone: str, day: int) -> int:
    """The first moment of a local day; of one that does not exist, of the next one."""
    at_us = _midnight_us(zone, day, fold=0)
    if _date(zone, at_us) >= day > _date(zone, at_us - 1):
        return at_us
    return _first_from(zone, day, at_us)


@lru_cache(maxsize=4096)
def day_end_us(zone: str, day: int) -> int:
    """The first moment after a local day, which has 23 to 25 hours on the whole."""
    at_us = _midnight_us(zone, day + 1, fold=1)
    if _date(zone, at_us) > day >= _date(zone, at_us - 1):
        return at_us
    return _first_from(zone, day + 1, at_us)


@lru_cache(maxsize=4096)
def exists(zone: str, day: int) -> bool:
    """Whether a zone has a day: Pacific/Apia had no 30 December 2011."""
    return zone == "UTC" or day_start_us(zone, day) < day_end_us(zone, day)


def next_day(zone: str, day: int) -> int:
    """The day after another, of those that exist."""
    day += 1
    while not exists(zone, day):
        day += 1
    return day


def previous_day(zone: str, day: int) -> int:
    """The day before another, of those that exist."""
    day -= 1
    while not exists(zone, day):
        day -= 1
    return day


def week_of(day: int) -> int:
    """The week of a day, from Monday; week 0 holds 1 January 1970."""
    return (day + 3) // 7


def month_of(day: int) -> int:
    """The month of a day; month 0 is January 1970."""
    found = date.fromordinal(day + EPOCH_DAY)
    return (found.year - 1970) * 12 + found.month - 1


def week_start(week: int) -> int:
    """The Monday of a week."""
    return week * 7 - 3


def month_start(month: int) -> int:
    """The first day of a month."""
    year, index = divmod(month, 12)
    return date(1970 + year, index + 1, 1).toordinal() - EPOCH_DAY


def _date(zone: str, moment_us: int) -> int:
    return datetime.fromtimestamp(moment_us // 1_000_000, _zone(zone)).toordinal() - EPOCH_DAY


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _midnight_us(zone: str, day: int, *, fold: int) -> int:
    naive = datetime.fromordinal(day + EPOCH_DAY)
    return to_us(naive.replace(tzinfo=_zone(zone), fold=fold))


def _first_from(zone: str, day: int, near_us: int) -> int:
    """The first moment of a day or a later one, where clocks skip its midnight."""
    low_us, high_us = near_us - 2 * DAY_US, near_us + 2 * DAY_US
    while high_us - low_us > 1:
        middle_us = (low_us + high_us) // 2
        if _date(zone, middle_us) >= day:
            high_us = middle_us
        else:
            low_us = middle_us
    return high_us
