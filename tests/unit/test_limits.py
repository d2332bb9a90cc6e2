"""Cooldowns and daily caps: local days, late activities, zones."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.activity.limits import TIMES_MAX
from renown_server.engine.command import Recorded
from renown_server.engine.facts import XpGained
from renown_server.errors import Cooldown, DailyCap
from tests.kit.commands import activity, create
from tests.kit.pure import World
from tests.kit.times import DAY, HOUR, MINUTE, NOON, SECOND, us


@pytest.fixture
def world() -> World:
    return World()


def xp_of(world: World, kind: str, at_us: int | None = None) -> XpGained:
    facts = world.run(activity("p", kind, occurred_at_us=at_us)).facts
    return next(fact for fact in facts if isinstance(fact, XpGained))


def test_a_cooldown_ends_on_the_dot(world: World) -> None:
    world.run(activity("p", "quiz", occurred_at_us=NOON - MINUTE))
    world.clock.value_us = NOON - 1
    with pytest.raises(Cooldown) as raised:
        world.run(activity("p", "quiz"))
    assert raised.value.refusal.metadata == {
        "activity_type": "quiz",
        "available_at": "2026-11-18T12:00:00Z",
    }
    world.clock.value_us = NOON
    assert world.run(activity("p", "quiz")).facts


def test_a_cooldown_looks_both_ways(world: World) -> None:
    world.run(activity("p", "quiz"))
    with pytest.raises(Cooldown):
        world.run(activity("p", "quiz", occurred_at_us=NOON - MINUTE + 1))
    assert world.run(activity("p", "quiz", occurred_at_us=NOON - MINUTE)).facts


def test_the_cooldown_of_late_activities_holds_between_them(world: World) -> None:
    world.run(activity("p", "quiz"))
    world.run(activity("p", "quiz", occurred_at_us=NOON - 10 * MINUTE))
    with pytest.raises(Cooldown):
        world.run(activity("p", "quiz", occurred_at_us=NOON - 10 * MINUTE + SECOND))


def test_what_is_forgotten_counts_as_too_close(world: World) -> None:
    for minutes in range(TIMES_MAX + 1):
        world.run(activity("p", "quiz", occurred_at_us=NOON - HOUR + minutes * MINUTE))
    assert len(world.player("p").usage["quiz"].times_us) == TIMES_MAX
    with pytest.raises(Cooldown):
        world.run(activity("p", "quiz", occurred_at_us=NOON - 2 * HOUR))
    assert world.run(activity("p", "quiz")).facts


def test_times_out_of_reach_are_forgotten(world: World) -> None:
    for _ in range(10):
        world.run(activity("p", "quiz"))
        world.clock.value_us += DAY
    assert len(world.player("p").usage["quiz"].times_us) <= 4
    assert world.run(activity("p", "quiz", occurred_at_us=world.clock.value_us - 2 * HOUR)).facts


@settings(deadline=None, max_examples=60)
@given(minutes=st.lists(st.floats(-70 * 60, 0), max_size=40))
def test_no_two_are_closer_than_the_cooldown(minutes: list[float]) -> None:
    world = World()
    accepted = []
    for when in minutes:
        at_us = NOON + int(when * MINUTE)
        (outcome,) = world.batch(activity("p", "quiz", occurred_at_us=at_us))
        if isinstance(outcome, Recorded):
            accepted.append(at_us)
        else:
            assert isinstance(outcome, Cooldown)
    accepted.sort()
    assert all(two - one >= MINUTE for one, two in itertools.pairwise(accepted))


def test_cooldowns_are_of_a_type_and_a_player(world: World) -> None:
    world.run(activity("p", "quiz"))
    assert world.run(activity("q", "quiz")).facts
    assert world.run(activity("p", "lesson")).facts


def test_a_refused_activity_starts_no_cooldown(world: World) -> None:
    world.run(activity("p", "quiz"))
    world.clock.value_us += 30 * SECOND
    with pytest.raises(Cooldown):
        world.run(activity("p", "quiz"))
    world.clock.value_us += 30 * SECOND
    assert world.run(activity("p", "quiz")).facts


def test_a_refusal_is_met_again_when_it_would_not_be(world: World) -> None:
    world.run(activity("p", "quiz"))
    with pytest.raises(Cooldown) as first:
        world.run(activity("p", "quiz", "again"))
    world.clock.value_us += HOUR
    (outcome,) = world.batch(activity("p", "quiz", "again"))
    assert outcome.refusal == first.value.refusal  # type: ignore[union-attr]


def test_a_daily_cap_counts_a_local_day(world: World) -> None:
    world.run(create("p", time_zone="America/New_York"))  # noon UTC is 7:00 there
    for _ in range(2):
        world.run(activity("p", "daily"))
    with pytest.raises(DailyCap) as raised:
        world.run(activity("p", "daily"))
    assert raised.value.refusal.metadata == {
        "activity_type": "daily",
        "cap": "2",
        "day": "2026-11-18",
    }
    world.clock.value_us = us("2026-11-19T04:59:59.999999+00:00")
    with pytest.raises(DailyCap):
        world.run(activity("p", "daily"))
    world.clock.value_us = us("2026-11-19T05:00:00+00:00")
    assert world.run(activity("p", "daily")).facts
    assert world.balance("p") == 75


@pytest.mark.parametrize(
    ("zone", "first", "second", "same_day"),
    [
        # An hour that happens twice, and one that does not.
        ("America/New_York", "2026-11-01T05:30:00+00:00", "2026-11-01T06:30:00+00:00", True),
        ("America/New_York", "2026-11-01T03:59:00+00:00", "2026-11-01T04:00:00+00:00", False),
        ("America/New_York", "2026-11-01T04:00:00+00:00", "2026-11-02T04:59:00+00:00", True),
        ("Europe/Berlin", "2026-03-28T23:00:00+00:00", "2026-03-29T21:59:00+00:00", True),
        ("Europe/Berlin", "2026-03-29T21:59:00+00:00", "2026-03-29T22:00:00+00:00", False),
        # Apia skipped the 30th of December 2011.
        ("Pacific/Apia", "2011-12-30T09:59:00+00:00", "2011-12-30T10:00:00+00:00", False),
        ("Asia/Kathmandu", "2026-11-18T18:14:59+00:00", "2026-11-18T18:15:00+00:00", False),
    ],
)
def test_local_days(zone: str, first: str, second: str, same_day: bool) -> None:
    world = World(now_us=us(first))
    world.run(create("p", time_zone=zone))
    for _ in range(2):
        world.run(activity("p", "daily"))
    world.clock.value_us = us(second)
    (outcome,) = world.batch(activity("p", "daily"))
    assert isinstance(outcome, DailyCap) is same_day


def test_a_late_activity_counts_on_its_own_day(world: World) -> None:
    for _ in range(2):
        world.run(activity("p", "daily"))
    yesterday = NOON - DAY
    for _ in range(2):
        world.run(activity("p", "daily", occurred_at_us=yesterday))
    for at in (yesterday, NOON):
        with pytest.raises(DailyCap):
            world.run(activity("p", "daily", occurred_at_us=at))
    assert world.run(activity("p", "daily", occurred_at_us=yesterday - DAY)).facts


def test_days_out_of_reach_are_forgotten(world: World) -> None:
    for _ in range(30):
        world.run(activity("p", "daily"))
        world.clock.value_us += DAY
    days = [day for day, _, _ in world.player("p").usage["daily"].days]
    assert days == sorted(days)
    assert len(days) <= 6  # three days of lateness, their edges, and one for zones


def test_a_full_day_in_reach_is_remembered(world: World) -> None:
    for _ in range(2):
        world.run(activity("p", "daily"))
    for _ in range(3):
        world.clock.value_us += DAY
        world.run(activity("p", "daily"))
    with pytest.raises(DailyCap):
        world.run(activity("p", "daily", occurred_at_us=NOON))


def test_daily_xp_runs_out_and_is_not_refused(world: World) -> None:
    facts = [xp_of(world, "login") for _ in range(4)]
    assert [(fact.amount, fact.uncapped) for fact in facts] == [
        (20, -1),
        (20, -1),
        (10, 20),
        (0, 20),
    ]
    assert world.player("p").xp == 50
    assert world.scores("p")["xp_all||"] == 50
    assert xp_of(world, "login", NOON - DAY).amount == 20
    world.clock.value_us += DAY
    assert xp_of(world, "login").amount == 20


def test_the_soft_cap_comes_before_the_daily_cap(world: World) -> None:
    for _ in range(2):
        world.run(activity("p", "marathon"))
    assert [xp_of(world, "login").amount for _ in range(6)] == [10, 10, 10, 10, 10, 0]
