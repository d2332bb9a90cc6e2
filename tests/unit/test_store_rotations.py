"""Rotations: turns by schedule, around changes of clocks too, and the draw of each turn."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from renown_server.catalog.goods import Rotation
from renown_server.store import rotations
from renown_server.store.rotations import Turn, draw, turn_at
from tests.kit.times import DAY, HOUR, MINUTE, us

EIGHT = tuple((f"offer_{n}", 1) for n in range(8))


def rotation(
    cron: str = "0 0 * * *",
    zone: str = "Europe/Berlin",
    size: int = 3,
    offers: tuple[tuple[str, int], ...] = EIGHT,
) -> Rotation:
    return Rotation("daily", "", cron, ZoneInfo(zone), size, offers)


def fresh(turning: Rotation, at_us: int) -> Turn:
    """The turn, worked out anew: another rotation object is another version of the catalog."""
    return turn_at(dataclasses.replace(turning), at_us)


def turns(turning: Rotation, first_us: int, until_us: int) -> Iterator[Turn]:
    at_us = first_us
    while at_us < until_us:
        turn = turn_at(turning, at_us)
        yield turn
        at_us = turn.window.ends_us


YEAR = (us("2026-01-01T12:00:00+00:00"), us("2027-01-01T12:00:00+00:00"))


@pytest.mark.parametrize(
    ("cron", "zone", "count"),
    [
        ("0 0 * * *", "UTC", 366),
        ("0 0 * * *", "Europe/Berlin", 366),
        ("30 2 * * *", "Europe/Berlin", 366),
        ("0 0 * * *", "Africa/Cairo", 366),
        ("0 0 * * *", "America/Santiago", 366),
        ("0 4,16 * * *", "America/New_York", 731),
        ("30 1,2 * * *", "America/New_York", 731),
        ("15 2 * * *", "Australia/Lord_Howe", 366),
        ("0 9 * * 1", "Asia/Tokyo", 53),
        ("0 0 1 * *", "Europe/London", 13),
        ("0 */6 * * *", "Europe/Berlin", 1461),
    ],
)
def test_a_year_of_turns(cron: str, zone: str, count: int) -> None:
    """They follow each other without a gap, and each of them sells exactly `size` offers."""
    turning = rotation(cron, zone)
    found = list(turns(turning, *YEAR))
    assert abs(len(found) - count) <= 1
    for before, after in itertools.pairwise(found):
        assert before.window.ends_us == after.window.starts_us
    dice = random.Random(5)
    for turn in found:
        assert turn.window.starts_us < turn.window.ends_us
        assert len(turn.offers) == turning.size
        assert turn.offers < {offer for offer, _ in EIGHT}
    for turn in dice.sample(found, 12):
        middle = dice.randrange(turn.window.starts_us, turn.window.ends_us)
        for at_us in (turn.window.starts_us, middle, turn.window.ends_us - 1):
            assert fresh(turning, at_us) == turn


def test_turns_around_changes_of_clocks_are_the_same_from_every_moment() -> None:
    for cron in ("30 2 * * *", "0 2 * * *", "0,30 1-3 * * *", "45 2 * * *", "5 */3 * * *"):
        for zone, day in (
            ("Europe/Berlin", "2026-03-29"),
            ("Europe/Berlin", "2026-10-25"),
            ("America/New_York", "2026-03-08"),
            ("America/New_York", "2026-11-01"),
            ("Africa/Cairo", "2026-04-24"),
            ("Africa/Cairo", "2026-10-29"),
        ):
            turning = rotation(cron, zone)
            first = us(f"{day}T00:00:00+00:00") - 12 * HOUR
            for turn in turns(turning, first, first + 36 * HOUR):
                step = max(7 * MINUTE, (turn.window.ends_us - turn.window.starts_us) // 9)
                for at_us in range(turn.window.starts_us, turn.window.ends_us, step):
                    assert fresh(turning, at_us) == turn, (cron, zone, day)


def test_a_day_has_23_to_25_hours() -> None:
    turning = rotation()
    spring = turn_at(turning, us("2026-03-29T12:00:00+02:00")).window
    autumn = turn_at(turning, us("2026-10-25T12:00:00+01:00")).window
    assert (spring.ends_us - spring.starts_us, autumn.ends_us - autumn.starts_us) == (
        23 * HOUR,
        25 * HOUR,
    )
    assert spring.starts_us == us("2026-03-29T00:00:00+01:00")
    assert autumn.starts_us == us("2026-10-25T00:00:00+02:00")


def test_a_time_that_clocks_leave_out_and_one_that_they_show_twice() -> None:
    turning = rotation("30 2 * * *")
    skipped = turn_at(turning, us("2026-03-29T12:00:00+02:00")).window
    assert skipped.starts_us == us("2026-03-29T03:00:00+02:00")
    twice = turn_at(turning, us("2026-10-25T12:00:00+01:00")).window
    assert twice.starts_us == us("2026-10-25T02:30:00+02:00")
    # The second 02:40 of that night lies in the same turn.
    assert fresh(turning, us("2026-10-25T02:40:00+01:00")).window == twice


def test_a_day_that_was_left_out_whole() -> None:
    """Samoa went from 29 to 31 December 2011."""
    turning = rotation("0 12 * * *", "Pacific/Apia")
    first = us("2011-12-29T13:00:00-10:00")
    (before, after, *_) = turns(turning, first, first + 3 * DAY)
    assert before.window.starts_us == us("2011-12-29T12:00:00-10:00")
    assert before.window.ends_us == after.window.starts_us
    assert fresh(turning, after.window.starts_us + HOUR) == after


def test_a_turn_begins_with_its_moment() -> None:
    turning = rotation(zone="UTC")
    midnight = us("2026-06-01T00:00:00+00:00")
    assert turn_at(turning, midnight).window.starts_us == midnight
    assert turn_at(turning, midnight - 1).window.ends_us == midnight


def test_the_draw_is_the_same_for_ever() -> None:
    """A constant of the contract: other workers, machines and releases must come to the same."""
    offers = (("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 1_000_000))
    assert draw(rotation(size=5, offers=offers), us("2026-11-20T00:00:00+00:00")) == EXPECTED
    assert draw(rotation(size=5, offers=offers[::-1]), us("2026-11-20T00:00:00+00:00")) == EXPECTED


EXPECTED = ["e", "c", "d", "a", "b"]


def test_weights_are_respected() -> None:
    """Of one place, over 20,000 turns, each offer has its share."""
    weighted = rotation(size=1, offers=(("one", 1), ("two", 2), ("seven", 7)))
    drawn = Counter(draw(weighted, n * DAY)[0] for n in range(20_000))
    # Three standard deviations of a share of 10 % are 127.
    assert drawn == {
        "one": pytest.approx(2_000, abs=127),
        "two": pytest.approx(4_000, abs=170),
        "seven": pytest.approx(14_000, abs=195),
    }


def test_places_after_the_first_have_the_shares_of_those_that_remain() -> None:
    weighted = rotation(size=2, offers=(("one", 1), ("two", 2), ("seven", 7)))
    second = Counter(
        drawn[1] for n in range(20_000) if (drawn := draw(weighted, n * DAY))[0] == "seven"
    )
    assert second["two"] / second.total() == pytest.approx(2 / 3, abs=0.015)


def test_other_changes_of_the_catalog_move_as_little_as_they_can() -> None:
    turning = rotation(size=3)
    more = rotation(size=3, offers=(*EIGHT, ("new", 1)))
    bigger = rotation(size=4)
    removed = 0
    for n in range(500):
        before, after = draw(turning, n * DAY), draw(more, n * DAY)
        assert [offer for offer in after if offer != "new"] == before[: 3 - ("new" in after)]
        assert draw(bigger, n * DAY)[:3] == before
        fewer = rotation(size=3, offers=tuple(each for each in EIGHT if each[0] != before[0]))
        assert draw(fewer, n * DAY)[:2] == before[1:]
        removed += "new" in after
    assert 100 < removed < 250


def test_only_so_many_turns_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotations, "_KEPT_MAX", 2)
    for n in range(5):
        turn_at(dataclasses.replace(rotation(), id=f"r{n}"), YEAR[0])
    assert len(rotations._latest) <= 2
