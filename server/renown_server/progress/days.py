"""Days, weeks, months and seasons that count; and moving to another time zone."""

from __future__ import annotations

from renown_server.catalog.criteria import TimeFrame
from renown_server.catalog.progression import Season
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.clock import rfc3339
from renown_server.engine.facts import TimeZoneChanged
from renown_server.engine.work import Work
from renown_server.errors import TimeZoneChangedRecently
from renown_server.profile.days import (
    DAY_US,
    day_end_us,
    day_in,
    day_of,
    day_start_us,
    exists,
    month_of,
    month_start,
    next_day,
    previous_day,
    week_of,
    week_start,
)
from renown_server.profile.rules import check_time_zone
from renown_server.profile.state import PlayerState, ZoneChange
from renown_server.progress.state import ProgressBook
from renown_server.progress.streak_days import repair

__all__ = [
    "DAY_US",
    "change_zone",
    "day_end_us",
    "day_in",
    "day_of",
    "day_start_us",
    "exists",
    "is_open",
    "month_of",
    "month_start",
    "next_day",
    "previous_day",
    "season_at",
    "week_of",
    "week_start",
    "window_bounds",
    "window_name",
]

ZONES_KEPT_US = 10 * DAY_US
"""How much longer than the lateness earlier zones are kept.

A late activity can fall into a week, of which other days are asked for; a move can hold a day for
two more, and others may have come shortly before.
"""

ZONES_MAX = 32
"""How many earlier zones are kept, whatever the catalog allows."""


def window_name(
    player: PlayerState, catalog: CatalogSnapshot, frame: TimeFrame, season: str, moment_us: int
) -> str | None:
    """The span of a time frame that a moment falls into.

    Args:
        player: whose days count.
        catalog: the seasons.
        frame: the kind of span.
        season: of SEASON, which one; the one running at the moment when empty.
        moment_us: microseconds since 1970.

    Returns:
        Empty for ALL; `d<day>`, `w<week>`, `m<month>`, all since 1970; `s:<season>`. None if the
        moment lies in no such season.
    """
    if frame is TimeFrame.ALL:
        return ""
    if frame is TimeFrame.SEASON:
        found = season_at(catalog, season, moment_us)
        return None if found is None else f"s:{found.id}"
    day = day_of(player, moment_us)
    if frame is TimeFrame.DAY:
        return f"d{day}"
    if frame is TimeFrame.WEEK:
        return f"w{week_of(day)}"
    return f"m{month_of(day)}"


def season_at(catalog: CatalogSnapshot, season: str, moment_us: int) -> Season | None:
    """The season at a moment: the one named, or the first that is running; None if it is not."""
    seasons = catalog.progression.seasons
    if season:
        found = seasons.get(season)
        return found if found is not None and found.window.holds(moment_us) else None
    return next((each for each in seasons.values() if each.window.holds(moment_us)), None)


def window_bounds(zone: str, catalog: CatalogSnapshot, name: str) -> tuple[int, int]:
    """The first moment of a window and the first after it, microseconds since 1970; 0 is none.

    Raises:
        ValueError: it is not a window's name.
    """
    if not name:
        return 0, 0
    if name.startswith("s:"):
        season = catalog.progression.seasons.get(name[2:])
        return (season.window.starts_us, season.window.ends_us) if season else (0, 0)
    first, after = _days_of(name)
    return day_start_us(zone, first), day_end_us(zone, after - 1)


def is_open(catalog: CatalogSnapshot, name: str, now_us: int) -> bool:
    """Whether late activities may still fall into a window."""
    reach_us = now_us - catalog.lateness_max_us
    if name.startswith("s:"):
        season = catalog.progression.seasons.get(name[2:])
        return season is not None and (
            not season.window.ends_us or season.window.ends_us > reach_us
        )
    # Two days for zones, and for a move that holds a day.
    return _days_of(name)[1] + 2 > reach_us // DAY_US


def _days_of(name: str) -> tuple[int, int]:
    """The first day of a window and the first after it."""
    kind, number = name[0], int(name[1:])
    if kind == "d":
        return number, number + 1
    if kind == "w":
        return week_start(number), week_start(number + 1)
    if kind == "m":
        return month_start(number), month_start(number + 1)
    raise ValueError(name)


def change_zone(
    work: Work, player: PlayerState, zone: str, *, rule: str = "request:UpdatePlayer"
) -> None:
    """Lets a player's days begin elsewhere from now on; see `day_of`.

    A day that is skipped by it is no gap in any streak.

    Raises:
        UnknownTimeZone: not an IANA zone.
        TimeZoneChangedRecently: the catalog asks for more time between two changes.
        NotLoaded: a day is skipped, and streaks were not loaded.
    """
    check_time_zone("time_zone", zone)
    if not zone or zone == player.time_zone:
        return
    catalog = work.catalog
    wait_us = catalog.progression.zone_change_min_us
    if player.zones and work.now_us < (again_us := player.zones[-1].until_us + wait_us):
        raise TimeZoneChangedRecently(
            f"can be changed again at {rfc3339(again_us)}",
            retry_after_ms=-(-(again_us - work.now_us) // 1000),
        )
    oldest_us = work.now_us - max(catalog.lateness_max_us + ZONES_KEPT_US, wait_us)
    kept = [move for move in player.zones if move.until_us > oldest_us]
    before = player.time_zone
    work.touch(player)
    player.zones = (*kept, ZoneChange(before, work.now_us))[-ZONES_MAX:]
    player.time_zone = zone
    work.emit(player.player_id, TimeZoneChanged(rule=rule, zone_before=before, zone=zone))
    skipped = _skipped(player, work.now_us)
    if skipped:
        progress = work.slice(ProgressBook).progress(player.player_id)
        for key, state in list(progress.streaks.items()):
            progress.edit_streaks(work)[key] = repair(state, skipped, zone)


def _skipped(player: PlayerState, moved_us: int) -> tuple[int, ...]:
    """The days that a move takes from a player: who crosses the date line never has one."""
    day = day_of(player, moved_us)
    zones = {player.time_zone, *[move.zone for move in player.zones]}
    ends = [end_us for zone in zones if (end_us := day_end_us(zone, day)) > moved_us]
    after = min([found for end_us in ends if (found := day_of(player, end_us)) > day], default=day)
    return tuple([each for each in range(day + 1, after) if exists(player.time_zone, each)])
