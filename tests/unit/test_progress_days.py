"""Days as players live them: zones, their odd days, and moves between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.availability import Window
from renown_server.catalog.criteria import TimeFrame
from renown_server.catalog.progression import Progression, Season
from renown_server.catalog.snapshot import CatalogSnapshot, empty_snapshot
from renown_server.engine.clock import from_us, to_us
from renown_server.engine.facts import TimeZoneChanged
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.work import Work
from renown_server.errors import TimeZoneChangedRecently, UnknownTimeZone
from renown_server.profile.state import PlayerState, ZoneChange
from renown_server.progress import days, streak_days
from renown_server.progress.days import DAY_US, day_of
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import StreakState

HOUR_US = 3_600_000_000
APIA, SAO_PAULO, NEW_YORK = "Pacific/Apia", "America/Sao_Paulo", "America/New_York"
EAST, WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"  # +14 and -11
ZONES = ["UTC", APIA, SAO_PAULO, NEW_YORK, EAST, WEST, "Asia/Kathmandu", "Europe/Berlin"]


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def us(text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=UTC))


def player(zone: str = "UTC", *moves: tuple[str, int]) -> PlayerState:
    found = PlayerState("p")
    found.time_zone = zone
    found.zones = tuple(ZoneChange(*move) for move in moves)
    return found


def catalog(wait_us: int = DAY_US, **seasons: tuple[int, int]) -> CatalogSnapshot:
    return replace(
        empty_snapshot(),
        lateness_max_us=3 * DAY_US,
        progression=Progression(
            zone_change_min_us=wait_us,
            seasons={key: Season(key, key, Window(*span)) for key, span in seasons.items()},
        ),
    )


@pytest.mark.parametrize(
    ("zone", "local_day", "hours"),
    [
        ("UTC", "2026-11-20", 24),
        (NEW_YORK, "2026-03-08", 23),
        (NEW_YORK, "2026-11-01", 25),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        # Midnight was skipped: the day began at 1:00.
        (SAO_PAULO, "2018-11-04", 23),
        # The hour before midnight came twice.
        (SAO_PAULO, "2018-02-17", 25),
        (APIA, "2011-12-29", 24),
        (APIA, "2011-12-30", 0),
        (APIA, "2011-12-31", 24),
        ("UTC", "2024-02-29", 24),
    ],
)
def test_a_day_has_its_hours(zone: str, local_day: str, hours: float) -> None:
    at = day(local_day)
    start_us, end_us = days.day_start_us(zone, at), days.day_end_us(zone, at)
    assert end_us - start_us == hours * HOUR_US
    assert days.exists(zone, at) is (hours > 0)
    if hours:
        assert [days.day_in(zone, each) for each in (start_us, end_us - 1)] == [at, at]
        assert days.day_in(zone, start_us - 1) < at < days.day_in(zone, end_us)


def test_a_missing_midnight_is_no_gap() -> None:
    at = day("2018-11-04")
    assert days.day_start_us(SAO_PAULO, at) == us("2018-11-04T03:00:00")
    assert days.day_end_us(SAO_PAULO, at - 1) == us("2018-11-04T03:00:00")


def test_days_that_do_not_exist_are_skipped() -> None:
    last, first = day("2011-12-29"), day("2011-12-31")
    assert days.next_day(APIA, last) == first
    assert days.previous_day(APIA, first) == last
    assert days.day_end_us(APIA, last) == days.day_start_us(APIA, first)
    assert days.next_day("UTC", last) == last + 1
    assert days.previous_day("UTC", first) == first - 1


def test_a_midnight_that_comes_twice() -> None:
    # At 0:01 the clocks went back to 23:01: the 7th began, and the 6th came again.
    zone, at = "America/St_Johns", day("2010-11-06")
    assert days.day_in(zone, us("2010-11-07T02:30:30")) == at + 1
    assert days.day_in(zone, us("2010-11-07T03:00:00")) == at
    assert days.day_end_us(zone, at) == us("2010-11-07T03:30:00")
    assert days.day_start_us(zone, at + 1) == us("2010-11-07T02:30:00")


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    minutes=st.integers(0, 60 * 365 * 24 * 60),
)
def test_a_day_is_the_local_date(zone: str, minutes: int) -> None:
    moment = datetime(1975, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    at = days.day_in(zone, to_us(moment))
    assert at == (moment.astimezone(ZoneInfo(zone)).date() - date(1970, 1, 1)).days
    assert days.day_start_us(zone, at) <= to_us(moment) < days.day_end_us(zone, at)
    # Asked again, it comes from what is remembered.
    assert days.day_in(zone, to_us(moment)) == at


@pytest.mark.parametrize(
    ("text", "week_first", "month_first"),
    [
        ("2026-11-20", "2026-11-16", "2026-11-01"),
        ("2026-11-16", "2026-11-16", "2026-11-01"),
        ("2026-11-15", "2026-11-09", "2026-11-01"),
        ("2027-01-01", "2026-12-28", "2027-01-01"),
        ("2024-02-29", "2024-02-26", "2024-02-01"),
        ("1970-01-01", "1969-12-29", "1970-01-01"),
    ],
)
def test_weeks_begin_on_mondays(text: str, week_first: str, month_first: str) -> None:
    at = day(text)
    assert days.week_start(days.week_of(at)) == day(week_first)
    assert days.month_start(days.month_of(at)) == day(month_first)


def test_names_and_bounds_of_windows() -> None:
    game = catalog(summer=(us("2026-06-01"), us("2026-09-01")), open=(us("2026-08-01"), 0))
    someone = player(NEW_YORK)
    at_us = us("2026-11-02T04:59:00")  # Sunday, 23:59 there

    def name(frame: TimeFrame, season: str = "", when_us: int = at_us) -> str | None:
        return days.window_name(someone, game, frame, season, when_us)

    assert name(TimeFrame.ALL) == ""
    assert name(TimeFrame.DAY) == f"d{day('2026-11-01')}"
    assert name(TimeFrame.WEEK) == f"w{days.week_of(day('2026-10-26'))}"
    assert name(TimeFrame.WEEK, when_us=at_us + 60_000_000) != name(TimeFrame.WEEK)
    assert name(TimeFrame.MONTH) == f"m{days.month_of(day('2026-11-01'))}"
    assert name(TimeFrame.SEASON) == "s:open"
    assert name(TimeFrame.SEASON, "summer") is None
    assert name(TimeFrame.SEASON, "summer", us("2026-08-31")) == "s:summer"
    assert name(TimeFrame.SEASON, "", us("2026-05-01")) is None
    bounds = days.window_bounds(NEW_YORK, game, f"d{day('2026-11-01')}")
    assert bounds == (us("2026-11-01T04:00:00"), us("2026-11-02T05:00:00"))
    bounds = days.window_bounds("UTC", game, f"m{days.month_of(day('2024-02-29'))}")
    assert bounds == (us("2024-02-01"), us("2024-03-01"))
    bounds = days.window_bounds("UTC", game, f"w{days.week_of(day('2026-11-20'))}")
    assert bounds == (us("2026-11-16"), us("2026-11-23"))
    assert days.window_bounds("UTC", game, "s:open") == (us("2026-08-01"), 0)
    assert days.window_bounds("UTC", game, "") == (0, 0)


def test_windows_close_when_nothing_late_can_reach_them() -> None:
    game = catalog(past=(us("2026-01-01"), us("2026-11-10")), on=(us("2026-11-01"), 0))
    now_us = us("2026-11-20T12:00:00")
    for name, is_open in [
        (f"d{day('2026-11-20')}", True),
        (f"d{day('2026-11-17')}", True),
        (f"d{day('2026-11-13')}", False),
        (f"w{days.week_of(day('2026-11-15'))}", True),
        (f"w{days.week_of(day('2026-11-08'))}", False),
        (f"m{days.month_of(day('2026-11-01'))}", True),
        (f"m{days.month_of(day('2026-10-01'))}", False),
        ("s:past", False),
        ("s:on", True),
        ("s:gone", False),
    ]:
        assert days.is_open(game, name, now_us) is is_open, name


# Moves.


def test_who_moves_west_is_not_given_the_day_again() -> None:
    move_us = us("2026-11-20T01:00:00")  # 15:00 on the 20th in Kiritimati, 14:00 on the 19th west
    someone = player(WEST, (EAST, move_us))
    today = day("2026-11-20")
    assert day_of(someone, move_us - 1) == today
    assert day_of(someone, move_us) == today
    # Until the 20th ends in the west, too.
    assert day_of(someone, us("2026-11-21T10:59:59")) == today
    assert day_of(someone, us("2026-11-21T11:00:00")) == today + 1


def test_who_moves_east_ends_the_day_first() -> None:
    move_us = us("2026-11-20T12:00:00")  # 7:00 on the 20th, 2:00 on the 21st in Kiritimati
    someone = player(EAST, (NEW_YORK, move_us))
    today = day("2026-11-20")
    assert day_of(someone, move_us) == today
    assert day_of(someone, us("2026-11-21T04:59:59")) == today
    assert day_of(someone, us("2026-11-21T05:00:00")) == today + 1
    assert day_of(someone, us("2026-11-21T10:00:00")) == today + 2


def test_late_activities_count_by_the_zone_of_then() -> None:
    someone = player("UTC", (NEW_YORK, us("2026-11-20T12:00:00")))
    assert day_of(someone, us("2026-11-20T04:00:00")) == day("2026-11-19")
    assert day_of(someone, us("2026-11-19T04:00:00")) == day("2026-11-18")


@st.composite
def _moves(draw: st.DrawFn) -> PlayerState:
    at_us = us("2026-10-20T00:00:00")
    moves = []
    for _ in range(draw(st.integers(0, 5))):
        at_us += draw(st.integers(0, 60 * 60)) * 60_000_000
        moves.append((draw(st.sampled_from(ZONES)), at_us))
    return player(draw(st.sampled_from(ZONES)), *moves)


@settings(max_examples=200, deadline=None)
@given(someone=_moves(), minutes=st.lists(st.integers(-2 * 1440, 12 * 1440), max_size=40))
def test_no_moves_gain_a_day(someone: PlayerState, minutes: list[int]) -> None:
    zones = {someone.time_zone, *[move.zone for move in someone.zones]}
    before = 0
    for minute in sorted(minutes):
        at_us = us("2026-10-20T00:00:00") + minute * 60_000_000
        found = day_of(someone, at_us)
        # It never goes back, and it is never a day that has not begun in any of the zones.
        assert before <= found <= max(days.day_in(zone, at_us) for zone in zones)
        assert found >= min(days.day_in(zone, at_us) for zone in zones)
        before = found


@settings(max_examples=100, deadline=None)
@given(someone=_moves(), extra=st.integers(0, 5 * 1440))
def test_moves_long_past_change_nothing(someone: PlayerState, extra: int) -> None:
    last_us = someone.zones[-1].until_us if someone.zones else us("2026-10-20")
    at_us = last_us + 52 * HOUR_US + extra * 60_000_000
    assert day_of(someone, at_us) == days.day_in(someone.time_zone, at_us)


def _work(now_us: int, wait_us: int = DAY_US) -> Work:
    work = Work(catalog=catalog(wait_us), now_us=now_us, random=SeededRandomness(1))
    book = ProgressBook()
    book.absorb_progress("p")
    work.attach(book)
    work.begin("game")
    return work


def test_who_crosses_the_date_line_loses_no_streak() -> None:
    # It is the 19th, 23:00; an hour later it is the 21st, 1:00, on the other side.
    work, today = _work(us("2026-11-20T10:00:00")), day("2026-11-19")
    someone = player(WEST)
    progress = work.slice(ProgressBook).progress("p")
    progress.edit_streaks(work)["login"] = StreakState(runs=((today - 6, today),))
    days.change_zone(work, someone, EAST)
    assert day_of(someone, us("2026-11-20T10:59:59")) == today
    assert day_of(someone, us("2026-11-20T11:00:00")) == today + 2
    streak = progress.streaks["login"]
    assert streak.repaired == (today + 1,)
    assert streak_days.current(streak, today + 2, EAST) == (7, today - 6)


def test_changing_the_zone() -> None:
    someone = player("UTC")
    work = _work(us("2026-11-20"))
    days.change_zone(work, someone, NEW_YORK)
    assert someone.time_zone == NEW_YORK
    assert someone.zones == (ZoneChange("UTC", us("2026-11-20")),)
    assert work.facts["p"] == [
        TimeZoneChanged(rule="request:UpdatePlayer", zone_before="UTC", zone=NEW_YORK)
    ]
    with pytest.raises(TimeZoneChangedRecently) as raised:
        days.change_zone(_work(us("2026-11-20T23:00:00")), someone, "UTC")
    assert raised.value.refusal.retry_after_ms == 3_600_000
    # The same zone is no change.
    days.change_zone(_work(us("2026-11-20T23:00:00")), someone, NEW_YORK)
    days.change_zone(_work(us("2026-11-21")), someone, "UTC")
    assert [move.zone for move in someone.zones] == ["UTC", NEW_YORK]
    with pytest.raises(UnknownTimeZone):
        days.change_zone(_work(us("2026-11-29")), someone, "Mars/Olympus")


def test_zones_out_of_reach_are_forgotten() -> None:
    someone = player("UTC")
    now = from_us(us("2026-01-01"))
    for at in range(60):
        zone = ZONES[at % len(ZONES)]
        days.change_zone(_work(to_us(now)), someone, zone)
        now += timedelta(days=1)
    assert len(someone.zones) <= 14
    for at in range(60):
        days.change_zone(_work(to_us(now), wait_us=0), someone, ZONES[at % len(ZONES)])
        now += timedelta(seconds=1)
    assert len(someone.zones) == days.ZONES_MAX
