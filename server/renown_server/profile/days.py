"""Days as players live them: local dates, as days since 1970."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from renown_server.engine.clock import from_us
from renown_server.profile.state import PlayerState

_EPOCH_DAY = date(1970, 1, 1).toordinal()


def local_day(player: PlayerState, moment_us: int) -> int:
    """The player's local date at a moment."""
    local = from_us(moment_us).astimezone(ZoneInfo(player.time_zone))
    return local.toordinal() - _EPOCH_DAY
