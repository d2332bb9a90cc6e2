"""Days as players live them: local dates, as days since 1970."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from renown_server.engine.clock import from_us
from renown_server.profile.state import PlayerState

EPOCH_DAY = date(1970, 1, 1).toordinal()
"""The day 0, as `date.toordinal` counts."""


def local_day(player: PlayerState, moment_us: int) -> int:
    """The player's local date at a moment."""
    return day_in(player.time_zone, moment_us)


def day_in(zone: str, moment_us: int) -> int:
    """The local date in a zone, by its IANA name, at a moment.

    Dates are what is counted by, not moments: who moves to a zone where it is still yesterday, or
    has clocks set back across midnight, is on a day that has gone by.
    """
    return from_us(moment_us).astimezone(ZoneInfo(zone)).toordinal() - EPOCH_DAY
