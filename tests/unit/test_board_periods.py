from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown_server.engine.clock import from_us, to_us
from renown_server.leaderboards.periods import Instance, board_of, instance_for

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Cairo",
    "America/Scoresbysund",
    "Asia/Jerusalem",
    "Europe/Sofia",
]
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Board:
    id: str
    weekly: bool
    zone: ZoneInfo


def weekly(zone: str) -> Board:
    return Board("xp_weekly", True, ZoneInfo(zone))


def at(zone: str, text: str) -> int:
    return to_us(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def test_all_time_is_one_instance_for_ever() -> None:
    board = Board("xp_all_time", False, ZoneInfo("UTC"))
    instance = instance_for(board, at("UTC", "2026-11-20T12:00:00"))
    assert instance == Instance("xp_all_time||", 0, 0)
    assert instance_for(board, at("UTC", "1999-01-01T00:00:00")) == instance
    assert board_of(instance.key) == "xp_all_time"


@pytest.mark.parametrize(
    ("zone", "moment", "first_day", "hours"),
    [
        ("UTC", "2026-11-20T12:00:00", "2026-11-16", 168),
        ("UTC", "2026-11-16T00:00:00", "2026-11-16", 168),
        ("UTC", "2026-11-15T23:59:59.999999", "2026-11-09", 168),
        # Clocks change inside the week.
        ("Europe/Berlin", "2026-03-29T12:00:00", "2026-03-23", 167),
        ("Europe/Berlin", "2026-10-25T12:00:00", "2026-10-19", 169),
        # Monday begins at 01:00: Tehran's clocks jumped at its midnight in 2021.
        ("Asia/Tehran", "2021-03-22T01:00:00", "2021-03-22", 167),
        ("Asia/Tehran", "2021-03-21T23:59:59", "2021-03-15", 168),
        # Friday 30 December 2011 did not happen in Apia.
        ("Pacific/Apia", "2011-12-31T12:00:00", "2011-12-26", 144),
        ("Asia/Kathmandu", "2026-11-16T00:00:00", "2026-11-16", 168),
    ],
)
def test_weekly(zone: str, moment: str, first_day: str, hours: int) -> None:
    instance = instance_for(weekly(zone), at(zone, moment))
    assert instance.key == f"xp_weekly||{first_day}"
    assert instance.ends_at_us - instance.starts_at_us == hours * HOUR / timedelta(microseconds=1)
    assert instance.starts_at_us <= at(zone, moment) < instance.ends_at_us


def test_a_week_that_begins_in_a_gap_begins_where_the_gap_ends() -> None:
    instance = instance_for(weekly("Asia/Tehran"), at("Asia/Tehran", "2021-03-24T12:00:00"))
    begins = from_us(instance.starts_at_us)
    assert begins == datetime(2021, 3, 21, 20, 30, tzinfo=UTC)
    assert begins.astimezone(ZoneInfo("Asia/Tehran")).hour == 1


def test_a_midnight_that_happens_twice_counts_the_first_time() -> None:
    # Jerusalem's clocks went from 01:00 back to 00:00 on Monday 24 September 2001.
    board = weekly("Asia/Jerusalem")
    instance = instance_for(board, at("Asia/Jerusalem", "2001-09-24T00:30:00"))
    assert from_us(instance.starts_at_us) == datetime(2001, 9, 23, 21, tzinfo=UTC)
    assert instance_for(board, instance.starts_at_us + 90 * 60 * 1_000_000) == instance


def test_a_last_hour_that_happens_twice_belongs_to_the_old_week() -> None:
    # Tehran's clocks went from Monday 00:00 back to Sunday 23:00 on 21 September 2020.
    board = weekly("Asia/Tehran")
    instance = instance_for(board, at("Asia/Tehran", "2020-09-20T23:30:00"))
    assert from_us(instance.ends_at_us) == datetime(2020, 9, 20, 20, 30, tzinfo=UTC)
    assert instance.ends_at_us - instance.starts_at_us == 169 * HOUR / timedelta(microseconds=1)


@given(
    zone=st.sampled_from(ZONES),
    moment=st.datetimes(datetime(1970, 1, 5), datetime(2037, 12, 31)),  # noqa: DTZ001
    step=st.timedeltas(-timedelta(days=20), timedelta(days=20)),
)
def test_weeks_tile_time(zone: str, moment: datetime, step: timedelta) -> None:
    board = weekly(zone)
    first = to_us(moment.replace(tzinfo=UTC))
    for at_us in (first, first + step // timedelta(microseconds=1), first):
        instance = instance_for(board, at_us)
        assert instance.starts_at_us <= at_us < instance.ends_at_us
        # The instants at its edges agree about where it ends, and local clocks show Monday.
        assert instance_for(board, instance.starts_at_us) == instance
        assert instance_for(board, instance.ends_at_us - 1) == instance
        following = instance_for(board, instance.ends_at_us)
        assert following.starts_at_us == instance.ends_at_us
        assert following.key > instance.key
        local = from_us(instance.starts_at_us).astimezone(board.zone)
        before = (from_us(instance.starts_at_us) - timedelta(microseconds=1)).astimezone(board.zone)
        assert instance.key.endswith(f"|{local.date() - timedelta(days=local.weekday())}")
        assert before.date() < local.date()


def test_a_changed_zone_is_noticed() -> None:
    moment = at("UTC", "2026-11-16T03:00:00")
    assert instance_for(weekly("UTC"), moment).key == "xp_weekly||2026-11-16"
    assert instance_for(weekly("America/New_York"), moment).key == "xp_weekly||2026-11-09"
