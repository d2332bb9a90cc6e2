"""Moments, time zones and schedules as catalogs write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import available_timezones

from cronsim import CronSim, CronSimError

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})")
_CRON_FIELDS = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_moment(text: str) -> int | None:
    """Microseconds since 1970 of an RFC 3339 moment; None if it is none."""
    if not _RFC3339.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
        return (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        return None


def is_zone(name: str) -> bool:
    """Whether `name` is an IANA time zone that this machine knows."""
    return name in _zones()


def cron_problem(text: str) -> str:
    """What is wrong with a schedule of five fields; empty if nothing."""
    if len(text.split()) != _CRON_FIELDS:
        return "has not five fields"
    try:
        # Any moment would do: what does not come in the 50 years after it never comes.
        comes = next(CronSim(text, _EPOCH), None)
    except CronSimError as error:
        return f"is no schedule: {str(error).lower()}"
    return "" if comes else "never comes"


@cache
def _zones() -> frozenset[str]:
    # Walks the zone files once; "localtime" would depend on the machine.
    return frozenset(available_timezones() - {"localtime"})
