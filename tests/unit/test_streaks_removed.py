"""Days of streaks that are taken back, and streaks that a prestige ends."""

from __future__ import annotations

from typing import Any

from renown_server.engine.facts import StreakAdvanced, StreakBroken, StreakDayRemoved
from renown_server.streaks.state import StreakEnd
from renown_server.streaks.views import runs_of
from tests.kit.commands import activity, create
from tests.kit.pure import World
from tests.kit.streaks import (
    SNAPSHOT,
    Keeper,
    day,
    moving,
    of_type,
    starting_over,
    taking_back,
)
from tests.kit.times import HOUR, NOON

WEEK = [f"2026-11-{n:02}" for n in range(2, 9)]


def keep(keeper: Keeper, *days: str, kind: str = "lesson") -> None:
    """Records an activity named by its date on each of some days."""
    for each in days:
        keeper.at(each)
        keeper.world.run(activity("p", kind, each))


def take(keeper: Keeper, on: str, name: str = "", kind: str = "lesson") -> tuple[list[Any], Any]:
    """Takes back an activity of a date: the facts, and what is lost."""
    done = keeper.world.run(taking_back("p", name or on, keeper.moment(on), kind))
    return done.facts, done.result


def test_a_day_falls_with_its_only_activity() -> None:
    keeper = Keeper()
    keep(keeper, *WEEK[:3])
    facts, lost = take(keeper, WEEK[2])
    assert of_type(facts, StreakDayRemoved) == [
        StreakDayRemoved("streak:daily", "daily", day(WEEK[2]), 2)
    ]
    assert lost == [("daily", day(WEEK[2]), 2, [3])]
    view = keeper.view()
    assert (view.current, view.longest, view.active_today) == (2, 2, False)
    assert keeper.state().paid == ()


def test_a_day_stands_while_another_activity_does() -> None:
    keeper = Keeper()
    keep(keeper, *WEEK[:2])
    keeper.world.run(activity("p", "quiz", "more"))
    assert take(keeper, WEEK[1]) == ([], [])
    assert keeper.view().current == 2
    _, lost = take(keeper, WEEK[1], "more", "quiz")
    assert lost == [("daily", day(WEEK[1]), 1, [])]


def test_two_activities_of_a_day_taken_back_by_one_batch() -> None:
    keeper = Keeper()
    keep(keeper, WEEK[0])
    keeper.world.run(activity("p", "lesson", "more"))
    moment = keeper.moment(WEEK[0])
    outcomes = keeper.world.batch(
        taking_back("p", WEEK[0], moment), taking_back("p", "more", moment)
    )
    assert [outcome.result for outcome in outcomes] == [  # type: ignore[union-attr]
        [],
        [("daily", day(WEEK[0]), 0, [])],
    ]
    assert keeper.state().runs == ()


def test_what_the_same_batch_records_stands() -> None:
    world = World(SNAPSHOT, NOON)
    world.run(create("p"))
    first = activity("p", "lesson", "first")
    first_done, _, taken = world.batch(
        first, activity("p", "lesson", "second"), taking_back("p", "first", NOON)
    )
    assert first_done.facts  # type: ignore[union-attr]
    assert taken.result == []  # type: ignore[union-attr]
    assert world.progress("p").streaks["daily"].runs


def test_late_and_early_activities_of_the_day_are_counted() -> None:
    keeper = Keeper()
    keep(keeper, WEEK[0])
    keeper.at(WEEK[2])
    keeper.world.run(activity("p", "lesson", "late", occurred_at_us=keeper.moment(WEEK[0])))
    keeper.at(WEEK[6])
    assert take(keeper, WEEK[0]) == ([], [])
    assert take(keeper, WEEK[0], "late")[1] == [("daily", day(WEEK[0]), 0, [])]


def test_a_day_between_others_splits_a_streak() -> None:
    keeper = Keeper()
    keep(keeper, *WEEK)
    facts, lost = take(keeper, WEEK[3])
    assert lost == [("daily", day(WEEK[3]), 3, [7])]
    assert not of_type(facts, StreakBroken)
    view = keeper.view()
    assert (view.current, view.longest) == (3, 3)
    # Both parts are paid up to 3 days: neither is paid again.
    assert keeper.state().paid == ((day(WEEK[0]), 3), (day(WEEK[4]), 3))
    runs = runs_of(keeper.world.player("p"), "daily", keeper.state(), keeper.moment(WEEK[6]))
    assert [(run.length, run.reason) for run in runs] == [
        (3, StreakEnd.REVOKED),
        (3, StreakEnd.NOT_ENDED),
    ]
    keeper.world.run(activity("p", "lesson", "again", occurred_at_us=keeper.moment(WEEK[3])))
    assert keeper.view().current == 7
    assert keeper.state().revoked == ()
    assert keeper.world.balance("p") == 30 + 70 + 70


def test_yesterday_taken_back_breaks_the_streak() -> None:
    keeper = Keeper()
    keep(keeper, *WEEK[:3])
    keeper.at(WEEK[3])
    facts, _ = take(keeper, WEEK[2])
    assert [type(fact) for fact in facts] == [StreakDayRemoved, StreakBroken]
    assert keeper.view().current == 0
    assert keeper.at(WEEK[5]).time() == []


def test_activities_that_were_not_enough_yet() -> None:
    keeper = Keeper()
    for name in "abcd":
        keeper.world.run(activity("p", "walk", name))
    assert take(keeper, WEEK[0], "a", "walk") == ([], [])
    _, lost = take(keeper, WEEK[0], "b", "walk")
    assert lost == [("walks", day(WEEK[0]), 0, [])]
    assert keeper.state("walks").counts == ((day(WEEK[0]), 2),)
    assert take(keeper, WEEK[0], "c", "walk") == ([], [])
    assert keeper.state("walks").counts == ((day(WEEK[0]), 1),)
    keeper.act("walk")
    assert keeper.act("walk")
    assert keeper.view("walks").current == 1


def test_days_of_long_ago_stay() -> None:
    keeper = Keeper()
    keep(keeper, WEEK[0])
    keeper.at("2027-01-01")
    assert take(keeper, WEEK[0])[1] != []
    keep(keeper, WEEK[1])
    keeper.at("2027-01-03")
    assert take(keeper, WEEK[1]) == ([], [])


def test_a_prestige_ends_streaks() -> None:
    keeper = Keeper()
    keep(keeper, *WEEK[:3])
    keeper.world.run(starting_over("p"))
    view = keeper.view()
    assert (view.current, view.longest, view.active_today) == (0, 3, True)
    assert keeper.world.tables["streak_runs"] == {
        ("p", "daily", day(WEEK[0])): (
            "p",
            "daily",
            day(WEEK[0]),
            day(WEEK[2]),
            3,
            0,
            keeper.moment(WEEK[2]),
            StreakEnd.PRESTIGE,
        )
    }
    # Today has counted, and so have the days before.
    points = keeper.world.balance("p", "points")
    assert not of_type(keeper.act(), StreakAdvanced)
    assert not of_type(keeper.act("lesson", WEEK[1]), StreakAdvanced)
    assert keeper.world.balance("p", "points") == points
    assert keeper.time() == []
    keep(keeper, WEEK[3])
    assert (keeper.view().current, keeper.view().longest) == (1, 3)
    # What is taken back of before changes nothing.
    assert take(keeper, WEEK[0]) == ([], [])
    assert take(keeper, WEEK[3])[1] == [("daily", day(WEEK[3]), 0, [])]
    assert keeper.view().longest == 3


def test_a_day_that_did_not_count_before_a_prestige_counts_after_it() -> None:
    keeper = Keeper()
    keep(keeper, *WEEK[:2])
    keeper.at(WEEK[2])
    keeper.world.run(starting_over("p"))
    (fact,) = of_type(keeper.act(), StreakAdvanced)
    assert fact.current == 1


def test_activities_of_a_day_are_found_around_a_move() -> None:
    keeper = Keeper(zone="Asia/Tokyo")
    keep(keeper, WEEK[0])
    keeper.world.run(moving("p", "America/Los_Angeles"))
    # Still the same day, in either zone.
    keeper.world.clock.value_us += 18 * HOUR
    keeper.world.run(activity("p", "lesson", "more"))
    assert len(keeper.state().runs) == 1
    assert take(keeper, WEEK[0]) == ([], [])
    done = keeper.world.run(taking_back("p", "more", keeper.world.clock.now_us()))
    assert done.result == [("daily", day(WEEK[0]), 0, [])]
