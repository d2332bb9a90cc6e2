"""Streaks: what counts, what is paid, what ends them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from renown_server.engine.facts import (
    CurrencyChanged,
    StreakAdvanced,
    StreakAtRisk,
    StreakBroken,
    StreakFrozen,
    StreakMilestoneReached,
    StreakRepaired,
    XpGained,
)
from renown_server.errors import (
    FreezeLimit,
    InsufficientFunds,
    InsufficientItems,
    InvalidArgument,
    NotFreezable,
    NothingToRepair,
    PriceChanged,
    StreakNotFound,
)
from renown_server.profile.days import day_of
from renown_server.streaks.state import StreakEnd
from renown_server.streaks.views import StreakView, runs_of
from tests.kit.commands import activity, create, credit
from tests.kit.pure import World
from tests.kit.streaks import SNAPSHOT, Keeper, day, freezing, moving, of_type, repairing
from tests.kit.times import HOUR
from tests.kit.trades import give

WEEK = [f"2026-11-{n:02}" for n in range(2, 9)]


def advanced(facts: list[object]) -> list[tuple[int, int]]:
    return [(fact.current, fact.longest) for fact in of_type(facts, StreakAdvanced)]


# The three rows of seed 003, "Streak Calculation".


def test_streak_continues_if_active_on_consecutive_calendar_days() -> None:
    keeper = Keeper()
    found = []
    for at, each in enumerate(WEEK[:4]):
        found += advanced(keeper.at(each, "23:59" if at % 2 else "00:00").act())
    assert found == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert keeper.view().current == 4


def test_breaks_if_a_day_is_skipped() -> None:
    keeper = Keeper().active(WEEK[:3])
    facts = keeper.at(WEEK[4]).act()
    assert of_type(facts, StreakBroken) == [
        StreakBroken("streak:daily", "daily", 3, day(WEEK[0]), day(WEEK[2]))
    ]
    assert advanced(facts) == [(1, 3)]
    assert keeper.view().start_day == day(WEEK[4])


def test_longest_is_updated_if_current_exceeds_it() -> None:
    keeper = Keeper().active([*WEEK[:2], *WEEK[3:5]])
    assert (keeper.view().current, keeper.view().longest) == (2, 2)
    assert advanced(keeper.at(WEEK[5]).act()) == [(3, 3)]


# Days.


def test_a_second_activity_of_a_day_changes_nothing() -> None:
    keeper = Keeper()
    keeper.act()
    before = keeper.world.tables["progress"]["p"]
    facts = keeper.act("quiz")
    assert not of_type(facts, StreakAdvanced)
    assert not of_type(facts, CurrencyChanged)
    assert keeper.world.tables["progress"]["p"] is before


def test_activities_of_other_types_do_not_count() -> None:
    keeper = Keeper()
    (gained,) = of_type(keeper.act("nothing"), XpGained)
    assert gained.amount == 100
    assert keeper.view().current == 0


def test_a_day_takes_as_many_activities_as_the_catalog_says() -> None:
    keeper = Keeper()
    found = [advanced(keeper.act("walk")) for _ in range(4)]
    assert found == [[], [], [(1, 1)], []]
    keeper.at(WEEK[1])
    keeper.act("walk")
    assert keeper.view("walks").current == 1
    assert not keeper.view("walks").active_today
    assert keeper.at(WEEK[2]).view("walks").current == 0


def test_counts_are_kept_as_long_as_late_activities_may_add_to_them() -> None:
    keeper = Keeper()
    keeper.act("walk")
    keeper.at(WEEK[3])
    keeper.act("walk", WEEK[0], "12:00")
    assert keeper.state("walks").counts == ((day(WEEK[0]), 2),)
    keeper.at("2026-11-20")
    keeper.act("walk")
    assert keeper.state("walks").counts == ((day("2026-11-20"), 1),)


def test_today_is_not_over() -> None:
    keeper = Keeper().active(WEEK[:3])
    view = keeper.at(WEEK[3], "23:59").view()
    assert (view.current, view.active_today) == (3, False)
    assert view.breaks_us == keeper.moment(WEEK[4], "00:00")
    view = keeper.at(WEEK[4], "00:00").view()
    assert (view.current, view.longest, view.breaks_us, view.start_day) == (0, 3, 0, 0)
    assert view.last_day == day(WEEK[2])


def test_a_late_activity_joins_two_streaks() -> None:
    keeper = Keeper().active(WEEK[:2])
    keeper.active([WEEK[3]])
    assert keeper.view().current == 1
    facts = keeper.act("lesson", WEEK[2])
    assert advanced(facts) == [(4, 4)]
    assert [fact.days for fact in of_type(facts, StreakMilestoneReached)] == [3]
    assert keeper.view().current == 4
    assert keeper.state().runs == ((day(WEEK[0]), day(WEEK[3])),)


def test_a_late_activity_revives_a_streak_that_was_told_to_be_broken() -> None:
    keeper = Keeper().active(WEEK[:2])
    assert of_type(keeper.at(WEEK[3], "00:00").time(), StreakBroken)
    keeper.act("lesson", WEEK[2], "23:00")
    assert keeper.view().current == 3
    broken = of_type(keeper.at(WEEK[5]).time(), StreakBroken)
    assert [(fact.length, fact.end_day) for fact in broken] == [(3, day(WEEK[2]))]


def test_a_broken_streak_that_a_late_activity_makes_longer_is_not_told_of_again() -> None:
    keeper = Keeper().active([WEEK[0]])
    keeper.at(WEEK[3], "06:00").time()
    keeper.act("lesson", WEEK[1])
    assert keeper.view().current == 0
    assert not of_type(keeper.at(WEEK[6]).time(), StreakBroken)
    assert not of_type(keeper.act(), StreakBroken)


def test_an_activity_from_the_next_seconds_may_be_of_tomorrow() -> None:
    keeper = Keeper(now="23:59").active([])
    keeper.act()
    keeper.act("lesson", WEEK[1], "00:00")
    view = keeper.view()
    assert (view.current, view.last_day) == (2, day(WEEK[1]))
    assert keeper.at(WEEK[2], "12:00").view().current == 2


# What is paid.


def test_a_day_is_paid_once() -> None:
    keeper = Keeper()
    for each in WEEK:
        keeper.at(each)
        keeper.act()
        keeper.act()
        keeper.act("quiz")
    assert keeper.world.balance("p", "points") == 5 * len(WEEK)
    assert keeper.world.postings("p")[0] == ("points", 5, 5)


def test_milestones_are_paid_once_for_a_streak() -> None:
    keeper = Keeper().active(WEEK)
    assert keeper.world.balance("p") == 30 + 70
    keeper.active([f"2026-11-{n}" for n in range(10, 13)])
    # Another streak pays anew.
    assert keeper.world.balance("p") == 30 + 70 + 30


def test_joined_streaks_do_not_pay_again_what_their_parts_were_paid() -> None:
    keeper = Keeper().active(WEEK[:3]).active(WEEK[4:])
    assert keeper.world.balance("p") == 30 + 30
    keeper.act("lesson", WEEK[3])
    assert keeper.view().current == 7
    assert keeper.world.balance("p") == 60 + 70
    keeper.act("lesson", WEEK[3])
    assert keeper.world.balance("p") == 60 + 70


def test_a_late_first_day_does_not_pay_milestones_again() -> None:
    keeper = Keeper().at(WEEK[1]).active(WEEK[1:4])
    assert keeper.world.balance("p") == 30
    keeper.act("lesson", WEEK[0], "12:00")
    assert keeper.view().current == 4
    assert keeper.world.balance("p") == 30
    assert keeper.state().paid == ((day(WEEK[0]), 3),)


def test_the_bonus_grows_with_the_days_up_to_its_maximum() -> None:
    keeper = Keeper()
    factors = []
    for n in range(1, 26):
        keeper.at(f"2026-11-{n:02}")
        factors.append(of_type(keeper.act(), XpGained)[0].amount)
    assert factors == [100 + 5 * min(n, 20) for n in range(1, 26)]
    assert keeper.view().bonus_bp == 20000
    # What was done on an earlier day gets what the streak was worth then.
    assert of_type(keeper.act("lesson", "2026-11-23"), XpGained)[0].amount == 200
    keeper = Keeper().active(WEEK[:4])
    assert of_type(keeper.act("lesson", WEEK[1]), XpGained)[0].amount == 110
    assert keeper.at(WEEK[4]).view().bonus_bp == 12500
    assert keeper.at(WEEK[6]).view().bonus_bp == 10500


def test_a_late_activity_gets_the_bonus_of_the_streak_it_was_part_of() -> None:
    keeper = Keeper().active(WEEK[:2]).active(WEEK[3:])
    keeper.at(WEEK[3])
    assert of_type(keeper.act("lesson", WEEK[1]), XpGained)[0].amount == 110
    assert of_type(keeper.act("quiz", WEEK[2]), XpGained)[0].amount == 115


def test_the_bonus_shown_is_that_of_the_next_activity() -> None:
    keeper = Keeper()
    for _ in range(5):
        shown_bp = keeper.view("walks").bonus_bp
        (gained,) = of_type(keeper.act("walk"), XpGained)
        assert shown_bp == 100 * gained.amount
    assert keeper.view("walks").bonus_bp == 11000


# Freezing.


def test_a_weekend_is_frozen() -> None:
    keeper = Keeper().active(WEEK[:5])
    keeper.world.run(credit("p", gems=10))
    done = keeper.freeze(WEEK[5], WEEK[6])
    assert of_type(done.facts, StreakFrozen) == [
        StreakFrozen("streak:daily", "daily", day(WEEK[5]), day(WEEK[6]))
    ]
    assert keeper.world.balance("p", "gems") == 6
    view = keeper.at("2026-11-09").view()
    assert (view.current, view.freezes_left) == (5, 2)
    assert view.frozen == (day(WEEK[5]), day(WEEK[6]))
    assert not of_type(keeper.time(), StreakBroken)
    # Frozen days are no gap, and don't count.
    assert advanced(keeper.act()) == [(6, 6)]
    (run,) = runs_of(keeper.world.player("p"), "daily", keeper.state(), keeper.moment("2026-11-09"))
    assert (run.length, run.frozen_days, run.ended_us) == (6, 2, 0)


def test_activity_on_frozen_days_counts() -> None:
    keeper = Keeper().active(WEEK[:2])
    keeper.world.run(credit("p", gems=10))
    keeper.freeze(WEEK[2], WEEK[3])
    assert advanced(keeper.at(WEEK[2]).act()) == [(3, 3)]
    assert keeper.world.balance("p", "points") == 15
    assert advanced(keeper.at(WEEK[4]).act()) == [(4, 4)]


def test_days_that_are_frozen_already_cost_nothing() -> None:
    keeper = Keeper()
    keeper.world.run(credit("p", gems=10))
    keeper.freeze(WEEK[1])
    done = keeper.freeze(WEEK[0], WEEK[2])
    assert [(f.from_day, f.to_day) for f in of_type(done.facts, StreakFrozen)] == [
        (day(WEEK[0]), day(WEEK[0])),
        (day(WEEK[2]), day(WEEK[2])),
    ]
    assert keeper.world.balance("p", "gems") == 4
    assert keeper.freeze(WEEK[0], WEEK[2]).facts == []
    assert keeper.state().frozen == ((day(WEEK[0]), day(WEEK[2])),)


@pytest.mark.parametrize(
    ("first", "last", "streak", "error"),
    [
        ("2026-11-01", "2026-11-03", "daily", InvalidArgument),
        ("2026-11-05", "2026-11-04", "daily", InvalidArgument),
        ("2026-11-02", "2027-01-02", "daily", InvalidArgument),
        ("2026-11-02", "2026-11-06", "daily", FreezeLimit),
        ("2026-11-28", "2026-12-05", "daily", FreezeLimit),
        ("2026-11-28", "2026-12-04", "daily", InsufficientFunds),
        ("2026-11-02", "2026-11-02", "walks", InsufficientItems),
        ("2026-11-02", "2026-11-02", "other", StreakNotFound),
    ],
)
def test_what_cannot_be_frozen(first: str, last: str, streak: str, error: type[Exception]) -> None:
    keeper = Keeper()
    keeper.world.run(credit("p", gems=10))
    with pytest.raises(error):
        keeper.freeze(first, last, streak)
    assert keeper.state(streak).frozen == ()
    assert keeper.world.balance("p", "gems") == 10


def test_freezes_are_counted_by_local_month() -> None:
    keeper = Keeper()
    keeper.world.run(credit("p", gems=100))
    keeper.freeze("2026-11-27", "2026-12-04")
    assert keeper.world.balance("p", "gems") == 100 - 16
    assert keeper.view().freezes_left == 0
    assert keeper.at("2026-12-01").view().freezes_left == 0
    assert keeper.at("2027-01-01").view().freezes_left == 4


def test_an_item_freezes_days() -> None:
    keeper = Keeper()
    keeper.world.run(give("p", ice=3))
    keeper.freeze(WEEK[0], WEEK[1], "walks")
    assert keeper.world.items("p") == {("ice", ""): 1}
    with pytest.raises(FreezeLimit):
        keeper.freeze(WEEK[2], streak="walks")


def test_what_has_no_freeze_cannot_be_frozen() -> None:
    keeper = Keeper()
    streaks = dict(SNAPSHOT.progression.streaks)
    plain = type(streaks["walks"])(
        id="walks", name="", description="", rule="streak:walks", wire=b""
    )
    progression = replace(SNAPSHOT.progression, streaks={**streaks, "walks": plain})
    keeper.world.snapshot = replace(SNAPSHOT, progression=progression)
    with pytest.raises(NotFreezable):
        keeper.freeze(WEEK[0], streak="walks")


# Repairing.


def test_a_missed_day_is_repaired() -> None:
    keeper = Keeper().active(WEEK[:3])
    keeper.at(WEEK[4])
    keeper.time()
    offer = keeper.view().repair
    assert offer is not None
    assert offer.price == (("gems", 10),)
    assert (offer.days, offer.missed) == (3, (day(WEEK[3]),))
    assert offer.until_us == keeper.moment(WEEK[5], "00:00")
    with pytest.raises(InsufficientFunds):
        keeper.repair()
    keeper.world.run(credit("p", gems=50))
    with pytest.raises(PriceChanged):
        keeper.repair(gems=20)
    done = keeper.repair(gems=10)
    assert of_type(done.facts, StreakRepaired) == [
        StreakRepaired("streak:daily", "daily", 3, (day(WEEK[3]),))
    ]
    assert keeper.view().current == 3
    assert keeper.world.balance("p", "gems") == 40
    with pytest.raises(NothingToRepair):
        keeper.repair()
    assert advanced(keeper.act()) == [(4, 4)]


def test_a_repair_joins_and_pays_the_milestones_due_then() -> None:
    keeper = Keeper().active(WEEK[:4]).active(WEEK[5:])
    keeper.active(["2026-11-09"])
    keeper.world.run(credit("p", gems=50))
    assert keeper.world.balance("p") == 60
    done = keeper.repair()
    assert keeper.view().current == 7
    assert keeper.view().longest == 7
    assert [fact.days for fact in of_type(done.facts, StreakMilestoneReached)] == [7]
    assert keeper.world.balance("p") == 60 + 70
    # Repaired days are no days of activity: they are not paid.
    assert keeper.world.balance("p", "points") == 35


def test_a_repaired_streak_that_breaks_again_is_told_again() -> None:
    keeper = Keeper().active(WEEK[:3])
    assert of_type(keeper.at(WEEK[4]).time(), StreakBroken)
    keeper.world.run(credit("p", gems=50))
    keeper.repair()
    facts = keeper.at(WEEK[5], "00:00").time()
    assert [fact.length for fact in of_type(facts, StreakBroken)] == [3]


@pytest.mark.parametrize(
    ("active", "today"),
    [
        (WEEK[:3], WEEK[3]),  # today is not over
        (WEEK[:3], WEEK[6]),  # three days are missing
        ([], WEEK[3]),  # never begun
        ([WEEK[0], WEEK[1]], "2026-12-01"),  # long ago
        ([*WEEK[:2], *WEEK[3:], "2026-11-09"], "2026-11-10"),  # the window is over
    ],
)
def test_nothing_to_repair(active: list[str], today: str) -> None:
    keeper = Keeper().active(active)
    keeper.world.run(credit("p", gems=50))
    keeper.at(today)
    assert keeper.view().repair is None
    with pytest.raises(NothingToRepair):
        keeper.repair()


def test_a_retry_gets_the_identical_answer() -> None:
    keeper = Keeper()
    keeper.world.run(credit("p", gems=50))
    command = freezing("p", WEEK[1], request_id="same")
    first = keeper.world.run(command)
    keeper.active(WEEK[:3])
    again = keeper.world.run(freezing("p", WEEK[1], request_id="same"))
    assert again.replayed
    assert again.facts == first.facts
    assert again.result_as(StreakView) == first.result_as(StreakView)
    keeper.at(WEEK[4])
    repaired = keeper.world.run(repairing("p", request_id="r"))
    keeper.act()
    replayed = keeper.world.run(repairing("p", request_id="r"))
    assert replayed.result_as(StreakView) == repaired.result_as(StreakView)


# Time.


def test_at_risk_is_told_once_a_day_and_the_end_once() -> None:
    keeper = Keeper().active(WEEK[:2])
    assert keeper.at(WEEK[2], "19:59").time() == []
    assert not keeper.view().at_risk
    facts = keeper.at(WEEK[2], "20:00").time()
    assert facts == [StreakAtRisk("streak:daily", "daily", 2, keeper.moment(WEEK[3], "00:00"))]
    assert keeper.view().at_risk
    keeper.act()
    assert not keeper.view().at_risk
    assert len(keeper.at(WEEK[3], "21:00").time()) == 1
    assert keeper.at(WEEK[3], "23:59").time() == []
    (broken,) = keeper.at(WEEK[4], "00:00").time()
    assert broken == StreakBroken("streak:daily", "daily", 3, day(WEEK[0]), day(WEEK[2]))
    assert keeper.world.progress("p").dues == {}
    # Who comes back is not told again.
    assert not of_type(keeper.at(WEEK[5]).act(), StreakBroken)


def test_after_a_downtime_only_the_end_is_told() -> None:
    keeper = Keeper().active(WEEK[:2])
    facts = keeper.at("2026-12-24").time()
    assert [type(fact) for fact in facts] == [StreakBroken]


def test_a_frozen_day_is_not_at_risk() -> None:
    keeper = Keeper().active(WEEK[:2])
    keeper.world.run(credit("p", gems=50))
    keeper.freeze(WEEK[2])
    assert keeper.at(WEEK[2], "23:00").time() == []
    assert [type(fact) for fact in keeper.at(WEEK[3], "20:00").time()] == [StreakAtRisk]


# Zones.


def test_days_begin_in_the_players_zone() -> None:
    keeper = Keeper(zone="Asia/Tokyo")
    keeper.at(WEEK[0], "23:59").act()
    assert advanced(keeper.at(WEEK[1], "00:00").act()) == [(2, 2)]
    assert keeper.view().breaks_us == keeper.moment(WEEK[3], "00:00")


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        # Clocks go forward, and back.
        ("America/New_York", ["2026-03-07", "2026-03-08", "2026-03-09"]),
        ("America/New_York", ["2026-10-31", "2026-11-01", "2026-11-02"]),
        # No midnight on 2018-11-04.
        ("America/Sao_Paulo", ["2018-11-03", "2018-11-04", "2018-11-05"]),
        # No 2011-12-30.
        ("Pacific/Apia", ["2011-12-29", "2011-12-31", "2012-01-01"]),
        ("Europe/Berlin", ["2028-02-28", "2028-02-29", "2028-03-01"]),
    ],
)
def test_days_that_are_odd_make_no_gap(zone: str, days: list[str]) -> None:
    for early in ("00:00", "23:59"):
        keeper = Keeper(days[0], zone, "12:00")
        keeper.act()
        keeper.at(days[1], "01:00" if zone == "America/Sao_Paulo" else early).time()
        keeper.act()
        keeper.at(days[2], early).time()
        assert advanced(keeper.act()) == [(3, 3)]
        keeper.world.clock.value_us = keeper.view().breaks_us - 1
        assert keeper.view().current == 3
        keeper.world.clock.value_us += 1
        assert keeper.view().current == 0
        assert [fact.length for fact in of_type(keeper.time(), StreakBroken)] == [3]


def test_a_move_gains_no_day() -> None:
    """Neither there nor back: the day of the move ends where it began."""
    keeper = Keeper(zone="Asia/Tokyo")
    found = []
    for zone in ("America/Los_Angeles", "Asia/Tokyo", "Pacific/Pago_Pago", "Asia/Tokyo"):
        for _ in range(8):
            found += advanced(keeper.act())
            keeper.world.clock.value_us += 4 * HOUR
        keeper.world.run(moving("p", zone))
    days = 4 * 8 * 4 / 24
    assert len(found) <= days + 1
    assert found == [(n, n) for n in range(1, len(found) + 1)]


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
def test_after_a_move_a_streak_breaks_when_the_day_is_over(zone: str) -> None:
    keeper = Keeper(zone="Asia/Tokyo")
    keeper.act()
    keeper.at(WEEK[1], "09:00")
    keeper.world.run(moving("p", zone))
    breaks_us = keeper.view().breaks_us
    keeper.world.clock.value_us = breaks_us - 1
    assert not of_type(keeper.time(), StreakBroken)
    player = keeper.world.player("p")
    assert day_of(player, breaks_us - 1) == day(WEEK[1]) < day_of(player, breaks_us)
    keeper.world.clock.value_us = breaks_us
    assert of_type(keeper.time(), StreakBroken)
    assert keeper.view().current == 0


def test_a_leap_day_cannot_be_skipped() -> None:
    keeper = Keeper("2028-02-28")
    keeper.act()
    assert advanced(keeper.at("2028-03-01").act()) == [(1, 1)]


def test_a_freeze_over_a_day_that_does_not_exist_costs_the_others() -> None:
    keeper = Keeper("2011-12-29", "Pacific/Apia")
    keeper.act()
    keeper.world.run(credit("p", gems=50))
    keeper.freeze("2011-12-30", "2011-12-31")
    assert keeper.world.balance("p", "gems") == 48
    assert advanced(keeper.at("2012-01-01").act()) == [(2, 2)]


def test_history_tells_when_and_why_streaks_ended() -> None:
    keeper = Keeper().active(WEEK[:2]).active(WEEK[3:5])
    runs = runs_of(keeper.world.player("p"), "daily", keeper.state(), keeper.moment(WEEK[4]))
    assert [(run.start_day, run.end_day, run.length, run.reason) for run in runs] == [
        (day(WEEK[0]), day(WEEK[1]), 2, StreakEnd.MISSED),
        (day(WEEK[3]), day(WEEK[4]), 2, StreakEnd.NOT_ENDED),
    ]
    assert [run.ended_us for run in runs] == [keeper.moment(WEEK[3], "00:00"), 0]


def test_players_do_not_share_streaks() -> None:
    world = World(SNAPSHOT)
    for player in ("a", "b"):
        world.run(create(player))
    world.batch(*[activity("a") for _ in range(3)])
    assert "b" not in world.tables["progress"]
    assert len(world.progress("a").streaks["daily"].runs) == 1
