"""How activities count towards what is asked for: every type, logic, frame and constraint."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.criteria import (
    ConstraintType,
    Criteria,
    Logic,
    Operator,
    RequirementType,
    Stat,
    Subject,
    TimeFrame,
)
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.signals import Signal, SignalKind
from renown_server.progress import counting
from renown_server.progress.counting import Reached, adds_up, observe, restart, subtract
from renown_server.progress.standing import Standing
from renown_server.progress.state import ProgressBook
from renown_server.progress.sums import SEEN_MAX
from renown_server.progress.values import (
    EMPTY_TALLY,
    EarnedAchievement,
    OwnedBadge,
    QuestRecord,
    StreakState,
    Tally,
)
from tests.kit.criteria import (
    PLAYER,
    activity,
    any_activity,
    catalog,
    condition,
    criteria,
    signal,
    standing,
    stat,
)
from tests.kit.times import NOON

HOUR = 3_600_000_000
MINUTE = 60_000_000
DAY = 24 * HOUR
TODAY = NOON // DAY
COUNTER, UNIQUE = RequirementType.COUNTER, RequirementType.UNIQUE
THRESHOLD, COLLECTION = RequirementType.THRESHOLD, RequirementType.COLLECTION
SEQUENCE, PERFECT = RequirementType.SEQUENCE, RequirementType.PERFECT
TIME_LIMIT = RequirementType.TIME_LIMIT
METRIC = Subject.METRIC


def count(asked: Criteria, signals: Iterable[Signal], now: Standing | None = None) -> Tally:
    tally, now = EMPTY_TALLY, now or standing()
    for each in signals:
        tally = observe(asked, tally, each, now)
    return tally


def reached(
    asked: Criteria, signals: Iterable[Signal] = (), now: Standing | None = None, **fields: Any
) -> Reached:
    now = now or standing()
    return counting.reached(asked, count(asked, signals, now), now, **fields)


def far(
    asked: Criteria, signals: Iterable[Signal] = (), now: Standing | None = None
) -> tuple[int, int, bool]:
    return reached(asked, signals, now)[:3]


# What a condition takes.


@pytest.mark.parametrize(
    ("asked", "signals", "expected"),
    [
        (condition(), [activity(), activity(), activity("lesson")], 2),
        (any_activity(), [activity(), activity("lesson")], 2),
        (condition(METRIC, "counter"), [activity(moved={"counter": 3})] * 2, 6),
        (condition(METRIC, "hours", value=500), [activity(moved={"hours": 250})], 250),
        (condition(METRIC, "counter"), [activity(moved={"hours": 3}), activity()], 0),
        (condition(Subject.ITEM, "gem"), [signal(SignalKind.ITEM, "gem", 4)], 4),
        (condition(Subject.ITEM, "gem"), [signal(SignalKind.ITEM, "rock", 4)], 0),
        (condition(Subject.ITEM, "gem"), [signal(SignalKind.CURRENCY, "gem", 4)], 0),
        (condition(Subject.CURRENCY, "coins"), [signal(SignalKind.CURRENCY, "coins", 40)], 40),
        (condition(Subject.BADGE, "star"), [signal(SignalKind.BADGE, "star", 2)], 2),
        # One context key has to match any of its values, and each key has to.
        (
            condition(filters={"subject": ["math", "art"]}),
            [activity(subject=s) for s in ("math", "art", "music")] + [activity()],
            2,
        ),
        (
            condition(METRIC, "counter", filters={"subject": ["math"], "level": ["hard"]}),
            [
                activity(moved={"counter": 1}, subject="math", level="hard"),
                activity(moved={"counter": 5}, subject="math", level="easy"),
                activity(moved={"counter": 7}, level="hard"),
            ],
            1,
        ),
    ],
)
def test_what_a_condition_takes(asked: Any, signals: list[Signal], expected: int) -> None:
    own = criteria(asked, own_start=True)
    assert far(own, signals) == (expected, asked.value, expected >= asked.value)
    tally = count(own, signals)
    assert tally.counts == ((expected,) if expected else ())


def test_achievements_and_quests_are_counted_from_a_start_of_their_own() -> None:
    asked = criteria(condition(Subject.ACHIEVEMENT, "first"), own_start=True)
    # The amount is how often it has been earned by now.
    assert far(asked, [signal(SignalKind.ACHIEVEMENT, "first", 7)]) == (1, 1, True)
    asked = criteria(condition(Subject.QUEST, "tutorial", value=2), own_start=True)
    assert far(asked, [signal(SignalKind.QUEST, "tutorial")] * 2) == (2, 2, True)


def test_what_moves_nothing_gives_the_same_tally() -> None:
    others = [
        criteria(condition(value=9)),
        criteria(condition(value=9), condition(key="essay")),
        criteria(condition(value=9), type=SEQUENCE),
        criteria(condition(value=9, frame=TimeFrame.DAY)),
        criteria(condition(value=9), constraint=ConstraintType.DAILY),
        criteria(condition(value=9), constraint=ConstraintType.WITHIN, constraint_us=HOUR),
        criteria(condition(METRIC, "counter", derived=True)),
    ]
    for asked in others:
        tally = Tally(counts=(3,) * len(asked.conditions), started_us=1, updated_us=2)
        assert observe(asked, tally, activity("lesson"), standing()) is tally
        assert subtract(asked, tally, activity("lesson"), standing()) is tally


def test_a_tally_knows_when() -> None:
    asked = criteria(condition(value=3))
    tally = count(asked, [activity(at_us=NOON - each) for each in (5, 9, 1)])
    assert tally == Tally(counts=(3,), started_us=NOON - 9, updated_us=NOON - 1, met_us=NOON - 1)
    # What has been met stays met, and counts on.
    tally = observe(asked, tally, activity(at_us=NOON), standing())
    assert (tally.counts, tally.met_us) == ((4,), NOON - 1)


def test_sums_end_at_the_highest_amount() -> None:
    asked = criteria(condition(METRIC, "counter"), own_start=True)
    tally = count(asked, [activity(moved={"counter": AMOUNT_MAX})] * 2)
    assert tally.counts == (AMOUNT_MAX,)


# Types.


def test_a_derived_counter_is_the_metric_itself() -> None:
    asked = criteria(condition(METRIC, "counter", value=10, derived=True))
    now = standing(metrics={"counter": 7})
    assert observe(asked, EMPTY_TALLY, activity(moved={"counter": 7}), now) is EMPTY_TALLY
    assert far(asked, now=now) == (7, 10, False)
    assert far(asked, now=standing(metrics={"counter": 12})) == (12, 10, True)
    assert far(asked) == (0, 10, False)


def test_derived_and_counted_conditions_together() -> None:
    asked = criteria(
        condition(METRIC, "counter", value=10, derived=True),
        condition(METRIC, "counter", filters={"subject": ["math"]}, value=3),
    )
    moves = [activity(moved={"counter": 3}, subject="math")]
    result = reached(asked, moves, standing(metrics={"counter": 9}))
    assert result[:3] == (1, 2, False)
    assert [each[:3] for each in result.conditions] == [(9, 10, False), (3, 3, True)]
    assert far(asked, moves, standing(metrics={"counter": 10})) == (2, 2, True)


@pytest.mark.parametrize(
    ("operator", "met"),
    [
        (Operator.AT_LEAST, (False, True, True)),
        (Operator.MORE_THAN, (False, False, True)),
        (Operator.AT_MOST, (True, True, False)),
        (Operator.LESS_THAN, (True, False, False)),
        (Operator.EQUAL, (False, True, False)),
        (Operator.NOT_EQUAL, (True, False, True)),
    ],
)
def test_thresholds_compare_what_stands(operator: Operator, met: tuple[bool, ...]) -> None:
    asked = criteria(condition(METRIC, "gauge", value=5, operator=operator), type=THRESHOLD)
    for value, expected in zip((4, 5, 6), met, strict=True):
        assert reached(asked, now=standing(metrics={"gauge": value})).met is expected
    # Nothing at all is neither much nor little.
    assert not reached(asked).met
    assert reached(asked).current == 0


def test_what_stood_once_stays_met() -> None:
    asked = criteria(condition(METRIC, "average", value=90), type=THRESHOLD)
    tally = count(asked, [activity(moved={"average": 95})], standing(metrics={"average": 95}))
    assert tally.met_us == NOON
    later = standing(metrics={"average": 70})
    assert counting.reached(asked, tally, later)[:3] == (90, 90, True)
    assert not counting.reached(asked, tally, later, target=80).met


@pytest.mark.parametrize(
    ("metric", "value"),
    [("counter", 33), ("max", 20), ("min", 4), ("gauge", 4), ("latest", 9), ("average", 11)],
)
@pytest.mark.parametrize("frame", [TimeFrame.ALL, TimeFrame.WEEK])
def test_thresholds_of_some_activities_combine_as_the_metric(
    metric: str, value: int, frame: TimeFrame
) -> None:
    asked = criteria(
        condition(METRIC, metric, value=99, filters={"subject": ["math"]}, frame=frame),
        type=THRESHOLD,
    )
    amounts = [(20, 3), (9, 1), (4, 2)]  # hours ago: the one of 9 occurred last
    moves = [
        activity(at_us=NOON - ago * HOUR, moved={metric: amount}, subject="math")
        for amount, ago in amounts
    ]
    moves.append(activity(moved={metric: 1000}, subject="art"))
    assert reached(asked, moves).current == value


def test_a_lowest_value_of_zero_is_a_value() -> None:
    asked = criteria(
        condition(METRIC, "min", value=3, operator=Operator.AT_MOST, filters={"subject": ["art"]}),
        type=THRESHOLD,
    )
    assert not reached(asked).met
    assert far(asked, [activity(moved={"min": 0}, subject="art")]) == (0, 3, True)


def test_stats() -> None:
    now = standing()
    earned = now.work.slice(ProgressBook).earned(PLAYER)
    earned.edit_achievements(now.work).update(
        a=EarnedAchievement(times=2), b=EarnedAchievement(times=1, tier=3), c=EarnedAchievement()
    )
    earned.edit_badges(now.work).update(x=OwnedBadge(count=2), y=OwnedBadge())
    earned.edit_quests(now.work).update(q=QuestRecord(times=3), r=QuestRecord(attempts=1))
    now.player.level, now.player.prestige, now.player.lifetime_xp = 12, 1, 4000
    stats = {each: now.stat(each) for each in Stat}
    assert stats == {
        Stat.LEVEL: 12,
        Stat.PRESTIGE: 1,
        Stat.LIFETIME_XP: 4000,
        Stat.ACHIEVEMENTS: 2,
        Stat.ACHIEVEMENT_POINTS: 0,
        Stat.BADGES: 1,
        Stat.QUESTS: 3,
    }
    asked = criteria(stat(Stat.LEVEL, 10), type=THRESHOLD)
    assert far(asked, now=now) == (12, 10, True)
    assert far(asked) == (1, 10, False)
    # Of a tiered one, the tier; repeated ones as often as they were earned.
    for key, times in (("a", 2), ("b", 3), ("c", 0), ("d", 0)):
        once = criteria(condition(Subject.ACHIEVEMENT, key, value=9))
        assert far(once, now=now) == (times, 9, False)


def test_a_collection_is_owned() -> None:
    now = standing(items={"red": 1, "blue": 5})
    earned = now.work.slice(ProgressBook).earned(PLAYER)
    earned.edit_badges(now.work)["star"] = OwnedBadge(count=1)
    things = [condition(Subject.ITEM, key) for key in ("red", "green", "blue")]
    things.append(condition(Subject.BADGE, "star"))
    assert far(criteria(*things, type=COLLECTION), now=now) == (3, 4, False)
    assert far(criteria(*things, type=COLLECTION, required=3), now=now) == (3, 3, True)
    assert far(criteria(*things, type=COLLECTION, required=2), now=now) == (2, 2, True)
    many = criteria(condition(Subject.ITEM, "blue", value=6), type=COLLECTION)
    assert far(many, now=now) == (5, 6, False)


def test_a_collection_of_activities_is_done() -> None:
    things = [condition(key=key) for key in ("quiz", "lesson", "essay")]
    asked = criteria(*things, type=COLLECTION, required=2)
    assert far(asked, [activity("quiz"), activity("quiz")]) == (1, 2, False)
    assert far(asked, [activity("quiz"), activity("essay")]) == (2, 2, True)


def test_a_collection_of_values() -> None:
    asked = criteria(
        condition(METRIC, "counter", distinct="country", among=("fr", "de", "it"), value=2),
        type=COLLECTION,
    )
    moves = [activity(moved={"counter": 1}, country=each) for each in ("fr", "fr", "uk", "it")]
    assert far(asked, moves[:3]) == (1, 2, False)
    assert far(asked, moves) == (2, 2, True)


def test_a_sequence_comes_in_order() -> None:
    steps = [condition(key="quiz", value=2), condition(key="lesson"), condition(key="quiz")]
    asked = criteria(*steps, type=SEQUENCE)
    done = [activity(key) for key in ("lesson", "quiz", "quiz", "quiz", "lesson", "quiz")]
    assert [far(asked, done[:n])[0] for n in range(7)] == [0, 0, 0, 1, 1, 2, 3]
    assert far(asked, done) == (3, 3, True)
    assert count(asked, done).counts == (2, 1, 1)
    # One activity is one step.
    twice = criteria(condition(), condition(), type=SEQUENCE)
    assert far(twice, [activity()]) == (1, 2, False)


def test_a_sequence_passes_what_stands() -> None:
    asked = criteria(
        condition(),
        stat(Stat.LEVEL, 5),
        condition(Subject.ACHIEVEMENT, "first"),
        condition(key="lesson"),
        type=SEQUENCE,
    )
    now = standing()
    tally = count(asked, [activity()], now)
    assert tally.step == 1
    now.player.level = 5
    tally = observe(asked, tally, activity("lesson"), now)
    assert tally.step == 2
    earned = now.work.slice(ProgressBook).earned(PLAYER)
    earned.edit_achievements(now.work)["first"] = EarnedAchievement(times=1)
    assert counting.reached(asked, tally, now)[:3] == (3, 4, False)
    tally = observe(asked, tally, activity("lesson"), now)
    assert (tally.step, tally.met_us) == (4, NOON)


def test_a_sequence_asks_for_a_score_after_the_one_before() -> None:
    asked = criteria(condition(), condition(METRIC, "max", value=90), type=SEQUENCE)
    moves = [activity("exam", moved={"max": 95}), activity(), activity("exam", moved={"max": 80})]
    assert far(asked, moves) == (1, 2, False)
    assert far(asked, [*moves, activity("exam", moved={"max": 90})]) == (2, 2, True)


@pytest.mark.parametrize(
    ("limit_us", "percent", "time_us", "expected_us", "counts"),
    [
        (60 * MINUTE, 0, 60 * MINUTE, None, True),
        (60 * MINUTE, 0, 60 * MINUTE + 1, None, False),
        (60 * MINUTE, 0, None, None, False),
        (0, 50, 30, 60, True),
        (0, 50, 31, 60, False),
        (0, 50, 30, None, False),
        (10, 50, 20, 60, True),
        (0, 0, None, None, True),
    ],
)
def test_a_time_limit(
    limit_us: int, percent: int, time_us: int | None, expected_us: int | None, counts: bool
) -> None:
    asked = criteria(
        condition(), type=TIME_LIMIT, time_limit_us=limit_us, time_limit_percent=percent
    )
    moves = [activity(time_us=time_us, expected_us=expected_us)]
    assert far(asked, moves) == (int(counts), 1, counts)


def test_perfect_ones() -> None:
    asked = criteria(condition(value=3), type=PERFECT)
    done = [activity(perfect=each) for each in (True, True, False, True)]
    assert far(asked, done) == (3, 3, True)
    row = criteria(condition(value=3), type=PERFECT, in_a_row=True)
    assert far(row, done) == (1, 3, False)
    # Another type, or other values, don't end it.
    calm = [*done[:2], activity("lesson"), activity(perfect=True)]
    assert far(row, calm) == (3, 3, True)
    # What has been met stays met.
    tally = count(row, [*calm, activity(perfect=False)])
    assert (tally.counts, tally.met_us) == ((0,), NOON)


@pytest.mark.parametrize(("best", "days"), [(False, 2), (True, 6)])
def test_a_streak(best: bool, days: int) -> None:
    now = standing()
    progress = now.work.slice(ProgressBook).progress(PLAYER)
    runs = ((TODAY - 20, TODAY - 15), (TODAY - 2, TODAY - 1))
    progress.edit_streaks(now.work)["login"] = StreakState(runs=runs, longest=6)
    asked = criteria(
        condition(Subject.STREAK, "login", value=6, best=best), type=RequirementType.STREAK
    )
    assert far(asked, now=now) == (days, 6, days == 6)
    assert far(asked, now=standing()) == (0, 6, False)


def test_different_values() -> None:
    asked = criteria(any_activity(distinct="subject", value=3), type=UNIQUE)
    done = [activity(subject=each) for each in ("math", "art", "math")] + [activity()]
    assert far(asked, done) == (2, 3, False)
    tally = count(asked, done)
    assert tally.seen == (("art", "math"),)
    assert far(asked, [*done, activity("lesson", subject="music")]) == (3, 3, True)


def test_different_references_however_long() -> None:
    asked = criteria(any_activity(distinct="reference_id", value=3), type=UNIQUE)
    names = ["a", "b" * 100, "b" * 101, "a", "b" * 100, ""]
    tally = count(asked, [activity(reference=each) for each in names])
    assert tally.counts == (3,)
    assert max(map(len, tally.seen[0])) <= 32


def test_different_values_are_bounded() -> None:
    asked = criteria(any_activity(distinct="reference_id", value=SEEN_MAX), type=UNIQUE)
    tally = count(asked, [activity(reference=str(each)) for each in range(SEEN_MAX + 5)])
    assert tally.counts == (SEEN_MAX,)
    assert tally.met_us


# Logic.


def test_all_and_any() -> None:
    parts = [condition(value=4), condition(key="lesson", value=2)]
    done = [activity(), activity(), activity("lesson")]
    assert far(criteria(*parts), done) == (0, 2, False)
    assert far(criteria(*parts), [*done, activity("lesson")]) == (1, 2, False)
    assert far(criteria(*parts), [*done, activity("lesson"), activity(), activity()]) == (
        2,
        2,
        True,
    )
    either = criteria(*parts, logic=Logic.ANY)
    assert far(either, [*done, activity()]) == (3, 4, False)
    assert far(either, [*done, activity("lesson")]) == (2, 2, True)
    in_turn = criteria(*parts, logic=Logic.SEQUENCE)
    assert far(in_turn, [activity("lesson")] * 3 + [activity()] * 4) == (1, 2, False)


def test_tiers_compare_anew() -> None:
    asked = criteria(condition(value=30))
    tally = count(asked, [activity()] * 12)
    for target, met in ((10, True), (12, True), (13, False)):
        result = counting.reached(asked, tally, standing(), target=target)
        assert result[:3] == (12, target, met)


# Spans of time.


def test_days_count_by_themselves() -> None:
    asked = criteria(condition(value=3, frame=TimeFrame.DAY))
    late = [activity(at_us=NOON - DAY)] * 2
    assert far(asked, [*late, activity()]) == (1, 3, False)
    # The late one makes yesterday whole.
    assert far(asked, [*late, activity(), activity(at_us=NOON - DAY)]) == (3, 3, True)
    tally = count(asked, [*late, activity()])
    assert tally.windows == {f"d{TODAY - 1}": (2,), f"d{TODAY}": (1,)}
    # A day later nothing runs, and nothing had to be done for it.
    tomorrow = standing(now_us=NOON + DAY)
    assert counting.reached(asked, tally, tomorrow)[:3] == (0, 3, False)
    assert counting.reached(asked, tally, tomorrow).conditions[0].best == 2
    assert counting.reached(asked, tally, tomorrow, target=2).met


def test_days_are_the_players() -> None:
    asked = criteria(condition(value=2, frame=TimeFrame.DAY))
    late = NOON - 7 * HOUR - 1  # 5:00 in UTC is midnight in New York, in winter
    done = [activity(at_us=late), activity(at_us=late + 2)]
    assert reached(asked, done).met
    assert not reached(asked, done, standing(zone="America/New_York")).met


def test_conditions_of_different_spans_are_each_met_once() -> None:
    asked = criteria(
        condition(value=2, frame=TimeFrame.DAY),
        condition(key="lesson", value=2, frame=TimeFrame.WEEK),
    )
    done = [activity(at_us=NOON - DAY)] * 2 + [activity("lesson", at_us=NOON - DAY)]
    assert far(asked, done) == (1, 2, False)
    assert far(asked, [*done, activity("lesson")]) == (2, 2, True)


def test_seasons() -> None:
    game = catalog(autumn=(NOON - DAY, NOON + DAY))
    now = standing(game)
    for season, counts in (("autumn", 2), ("", 2), ("winter", 0)):
        asked = criteria(condition(value=5, frame=TimeFrame.SEASON, season=season))
        done = [activity(at_us=NOON + ago * 10 * HOUR) for ago in (-3, -2, 0)]
        assert far(asked, done, now) == (counts, 5, False)


def test_spans_nothing_can_reach_are_forgotten() -> None:
    asked = criteria(
        condition(value=5, frame=TimeFrame.DAY),
        any_activity(distinct="subject", value=9, frame=TimeFrame.DAY),
    )
    tally = EMPTY_TALLY
    for at in range(30):
        now = standing(now_us=NOON + at * DAY)
        for subject in ("math", "art", "math")[: 2 + at % 2]:
            moment_us = NOON + at * DAY
            tally = observe(asked, tally, activity(at_us=moment_us, subject=subject), now)
    assert len(tally.windows) <= 7
    assert sum(map(len, tally.seen)) == 2 * len(tally.windows)
    # The best day is remembered.
    assert tally.counts == (3, 2)


def test_all_within_a_day() -> None:
    parts = [condition(value=2), condition(key="lesson")]
    asked = criteria(*parts, constraint=ConstraintType.DAILY)
    spread = [activity(at_us=NOON - DAY)] * 2 + [activity("lesson")]
    assert far(asked, spread) == (1, 2, False)
    assert far(asked, [*spread, activity(), activity()]) == (2, 2, True)
    # Late, but on that day.
    tally = count(asked, [*spread, activity("lesson", at_us=NOON - DAY + HOUR)])
    assert tally.met_us == NOON - DAY + HOUR
    weekly = criteria(*parts, constraint=ConstraintType.WEEKLY)
    assert far(weekly, spread) == (2, 2, True)


def test_weeks_begin_on_monday() -> None:
    week = (TODAY + 3) // 7
    monday_us = (week * 7 - 3) * DAY
    asked = criteria(condition(value=2), constraint=ConstraintType.WEEKLY)
    now = standing(now_us=monday_us + HOUR)
    across = [activity(at_us=monday_us - 1), activity(at_us=monday_us)]
    assert far(asked, across, now) == (1, 2, False)
    assert far(asked, [*across, activity(at_us=monday_us + 1)], now) == (2, 2, True)


def test_in_order_within_a_day() -> None:
    asked = criteria(
        condition(), condition(key="lesson"), type=SEQUENCE, constraint=ConstraintType.DAILY
    )
    night_us = TODAY * DAY
    across = [activity(at_us=night_us - HOUR), activity("lesson", at_us=night_us + HOUR)]
    assert far(asked, across) == (0, 2, False)
    assert far(asked, [*across, activity(at_us=night_us + 2 * HOUR)]) == (1, 2, False)
    # It is the order of what happened that counts, not of what arrived.
    assert far(asked, [*across, activity(at_us=night_us)]) == (2, 2, True)


def test_within_a_span() -> None:
    asked = criteria(condition(value=3), constraint=ConstraintType.WITHIN, constraint_us=HOUR)
    moves = [activity(at_us=NOON - ago * MINUTE) for ago in (91, 61, 30)]
    assert far(asked, moves) == (1, 3, False)
    assert counting.reached(asked, count(asked, moves), standing(now_us=NOON + DAY)).current == 0
    assert far(asked, [*moves, activity(at_us=NOON - 31 * MINUTE)]) == (3, 3, True)
    assert far(asked, [*moves, activity(at_us=NOON - 152 * MINUTE)]) == (1, 3, False)
    tally = count(asked, [*moves, activity(at_us=NOON - 31 * MINUTE)])
    assert tally.marks == ()
    assert observe(asked, tally, activity(), standing()) is tally


def test_tiers_of_a_span() -> None:
    asked = criteria(condition(value=5), constraint=ConstraintType.WITHIN, constraint_us=HOUR)
    tally = count(asked, [activity(at_us=NOON - 10 * HOUR + at) for at in range(3)] + [activity()])
    (only,) = counting.reached(asked, tally, standing()).conditions
    assert (only.current, only.best) == (1, 3)
    assert counting.reached(asked, tally, standing(), target=3).met
    assert not counting.reached(asked, tally, standing(), target=4).met


def test_several_conditions_within_a_span() -> None:
    asked = criteria(
        condition(METRIC, "counter", value=10),
        any_activity(distinct="subject", value=2),
        constraint=ConstraintType.WITHIN,
        constraint_us=HOUR,
    )
    moves = [
        activity(at_us=NOON - 2 * HOUR, moved={"counter": 9}, subject="math"),
        activity(at_us=NOON - 30 * MINUTE, moved={"counter": 4}, subject="art"),
        activity(at_us=NOON, moved={"counter": 4}, subject="art"),
    ]
    assert far(asked, moves) == (0, 2, False)
    moves.append(activity(at_us=NOON - 10 * MINUTE, moved={"counter": 2}, subject="math"))
    assert far(asked, moves) == (2, 2, True)


def test_in_order_within_a_span() -> None:
    asked = criteria(
        condition(),
        condition(),
        condition(key="lesson"),
        type=SEQUENCE,
        constraint=ConstraintType.WITHIN,
        constraint_us=HOUR,
    )
    lesson = activity("lesson", at_us=NOON)
    early, late = activity(at_us=NOON - 50 * MINUTE), activity(at_us=NOON - 20 * MINUTE)
    # One activity is not two steps.
    assert not reached(asked, [late, lesson]).met
    assert reached(asked, [late, lesson, early]).met
    assert not reached(asked, [late, lesson, activity(at_us=NOON - 61 * MINUTE)]).met


def test_a_run_within_a_span() -> None:
    asked = criteria(
        condition(value=2),
        type=PERFECT,
        in_a_row=True,
        constraint=ConstraintType.WITHIN,
        constraint_us=HOUR,
    )
    broken = [activity(at_us=NOON + at, perfect=at != 1) for at in range(3)]
    assert not reached(asked, broken).met
    assert reached(asked, [*broken, activity(at_us=NOON + 3, perfect=True)]).met


def test_marks_are_bounded() -> None:
    asked = criteria(condition(value=1000), constraint=ConstraintType.WITHIN, constraint_us=HOUR)
    now, tally = standing(), EMPTY_TALLY
    for at in range(1400):
        moment_us = NOON - DAY + at * 2 * MINUTE % DAY + at
        tally = observe(asked, tally, activity(at_us=moment_us), now)
    assert len(tally.marks) == 1256
    # What nothing can meet any more is forgotten.
    later = standing(now_us=NOON + 4 * DAY)
    tally = observe(asked, tally, activity(at_us=NOON + 4 * DAY), later)
    assert len(tally.marks) == 1


# Again, and back.


def test_repeated_sums_go_on() -> None:
    asked = criteria(condition(value=10))
    assert adds_up(asked)
    tally = count(asked, [activity()] * 23)
    results = [counting.reached(asked, tally, standing(), times=each)[:3] for each in (1, 2, 3)]
    assert results == [(23, 10, True), (23, 20, True), (23, 30, False)]
    assert restart(asked, tally).counts == (13,)
    assert restart(asked, count(asked, [activity()] * 10)) == EMPTY_TALLY


def test_what_does_not_add_up_starts_anew() -> None:
    for asked in (
        criteria(condition(), condition(key="lesson"), type=SEQUENCE),
        criteria(any_activity(distinct="subject"), type=UNIQUE),
        criteria(condition(value=2), type=PERFECT, in_a_row=True),
        criteria(condition(), constraint=ConstraintType.WITHIN, constraint_us=HOUR),
    ):
        assert not adds_up(asked)
        done = [activity(perfect=True, subject="art")] * 2 + [activity("lesson")]
        tally = count(asked, done)
        assert tally.met_us
        assert restart(asked, tally) == EMPTY_TALLY


def test_a_day_met_again_keeps_what_is_beyond() -> None:
    asked = criteria(condition(value=3, frame=TimeFrame.DAY))
    assert not adds_up(asked)
    tally = restart(asked, count(asked, [activity(at_us=NOON - DAY)] + [activity()] * 4))
    assert tally.windows == {f"d{TODAY - 1}": (1,), f"d{TODAY}": (1,)}
    assert not tally.met_us
    assert counting.reached(asked, tally, standing())[:3] == (1, 3, False)


def test_a_sum_taken_back() -> None:
    asked = criteria(condition(value=2))
    tally = count(asked, [activity()] * 3)
    tally = subtract(asked, tally, activity(), standing())
    assert (tally.counts, bool(tally.met_us)) == ((2,), True)
    tally = subtract(asked, tally, activity(), standing())
    assert (tally.counts, tally.met_us) == ((1,), 0)
    assert subtract(asked, tally, activity(), standing()) == EMPTY_TALLY


def test_a_day_taken_back() -> None:
    asked = criteria(condition(value=2, frame=TimeFrame.DAY))
    tally = count(asked, [activity()] * 2 + [activity(at_us=NOON - DAY)])
    tally = subtract(asked, tally, activity(), standing())
    assert (tally.counts, tally.met_us) == ((1,), 0)
    both = count(asked, [activity()] * 2 + [activity(at_us=NOON - DAY)] * 2)
    assert subtract(asked, both, activity(), standing()).met_us


def test_a_day_of_several_taken_back() -> None:
    asked = criteria(condition(), condition(key="lesson"), constraint=ConstraintType.DAILY)
    one_day = [activity(), activity("lesson")]
    tally = count(asked, one_day)
    assert subtract(asked, tally, activity(), standing()).met_us == 0
    other_day = [activity(at_us=NOON - DAY), activity("lesson", at_us=NOON - DAY)]
    tally = count(asked, one_day + other_day)
    assert subtract(asked, tally, activity(), standing()).met_us


def test_what_stood_falls_with_what_is_taken_back_only() -> None:
    asked = criteria(condition(METRIC, "counter", value=5), type=THRESHOLD)
    met = Tally(met_us=NOON)
    moved = activity(moved={"counter": 3})
    assert subtract(asked, met, moved, standing(metrics={"counter": 4})) == EMPTY_TALLY
    assert subtract(asked, met, moved, standing(metrics={"counter": 5})) is met
    assert subtract(asked, met, activity(), standing(metrics={"counter": 4})) is met
    level = criteria(stat(Stat.LEVEL, 5), type=THRESHOLD)
    assert subtract(level, met, moved, standing()) is met


def test_what_can_not_be_taken_back_stays() -> None:
    done = [activity(perfect=True, subject="art", moved={"max": 5}), activity("lesson")]
    for asked in (
        criteria(condition(), condition(key="lesson"), type=SEQUENCE),
        criteria(condition(distinct="subject"), type=UNIQUE),
        criteria(condition(value=1), type=PERFECT, in_a_row=True),
        criteria(condition(METRIC, "max", filters={"subject": ["art"]}), type=THRESHOLD),
    ):
        tally = count(asked, done)
        assert tally.met_us
        assert subtract(asked, tally, done[0], standing()) is tally


def test_an_average_taken_back() -> None:
    asked = criteria(
        condition(METRIC, "average", value=8, filters={"subject": ["art"]}), type=THRESHOLD
    )
    moves = [activity(moved={"average": each}, subject="art") for each in (10, 2, 9)]
    tally = subtract(asked, count(asked, moves), moves[1], standing())
    assert counting.reached(asked, tally, standing(), target=9)[:3] == (9, 9, True)


def test_a_mark_taken_back() -> None:
    asked = criteria(condition(value=3), constraint=ConstraintType.WITHIN, constraint_us=HOUR)
    tally = count(asked, [activity(), activity(at_us=NOON - 1)])
    tally = subtract(asked, tally, activity(), standing())
    assert tally.marks == ((NOON - 1, 0, 1),)
    assert subtract(asked, tally, activity(at_us=NOON - 1), standing()) == EMPTY_TALLY


@pytest.mark.parametrize("constraint", ConstraintType)
@pytest.mark.parametrize("type_", [COUNTER, SEQUENCE, UNIQUE])
def test_a_tally_outlives_its_definition(
    constraint: ConstraintType, type_: RequirementType
) -> None:
    """The next version of a catalog may ask for more, for less, or for something else."""
    parts = [
        any_activity(distinct="subject", value=2, frame=TimeFrame.DAY),
        condition(value=9),
        condition(METRIC, "max", value=9, filters={"subject": ["b"]}),
    ]
    asked = [
        criteria(*chosen, type=type_, constraint=constraint, constraint_us=HOUR)
        for chosen in (parts, parts[:1], parts[1:2], parts[2:], parts[::-1], parts[1:])
    ]
    done = [
        activity(subject=each, moved={"max": 3}, at_us=NOON + at) for at, each in enumerate("ab")
    ]
    now = standing()
    for before in asked:
        for after in asked:
            tally = count(before, done, now)
            for each in done:
                tally = observe(after, tally, each, now)
            assert counting.reached(after, tally, now).conditions
            for each in done:
                tally = subtract(after, tally, each, now)
            assert isinstance(restart(after, tally), Tally)


# Any order.

_IN_ANY_ORDER = [
    criteria(condition(value=5)),
    criteria(condition(METRIC, "counter", value=20), condition(key="lesson", value=3)),
    criteria(condition(value=3), any_activity(value=9), logic=Logic.ANY),
    criteria(
        condition(value=3, frame=TimeFrame.DAY), condition(key="lesson", frame=TimeFrame.WEEK)
    ),
    criteria(condition(value=2), condition(key="lesson"), constraint=ConstraintType.DAILY),
    criteria(any_activity(distinct="subject", value=3, frame=TimeFrame.DAY), type=UNIQUE),
    criteria(any_activity(distinct="subject", value=3), type=UNIQUE),
    criteria(condition(value=4), type=PERFECT),
    criteria(condition(value=2), type=TIME_LIMIT, time_limit_us=5),
    criteria(condition(METRIC, "latest", value=99, filters={"subject": ["a"]}), type=THRESHOLD),
    criteria(condition(METRIC, "average", value=99, filters={"subject": ["a"]}), type=THRESHOLD),
    criteria(condition(value=9), constraint=ConstraintType.WITHIN, constraint_us=DAY),
    criteria(
        condition(), condition(key="lesson"), condition(), type=SEQUENCE,
        constraint=ConstraintType.WITHIN, constraint_us=8 * HOUR,
    ),
]  # fmt: skip


@st.composite
def _activities(draw: st.DrawFn) -> list[Signal]:
    moments = draw(st.lists(st.integers(-2 * 1440, 0), unique=True, max_size=25))
    return [
        activity(
            draw(st.sampled_from(["quiz", "lesson"])),
            NOON + each * MINUTE,
            perfect=draw(st.booleans()),
            time_us=draw(st.integers(0, 9)),
            moved={key: draw(st.integers(1, 9)) for key in ("counter", "latest", "average")},
            subject=draw(st.sampled_from("abcd")),
        )
        for each in moments
    ]


@pytest.mark.parametrize("asked", _IN_ANY_ORDER)
@settings(max_examples=40, deadline=None)
@given(done=_activities(), seed=st.integers(0, 1000))
def test_any_order_gives_the_same(asked: Criteria, done: list[Signal], seed: int) -> None:
    now = standing()
    tally = count(asked, done, now)
    random.Random(seed).shuffle(done)
    again = count(asked, done, now)
    assert bool(tally.met_us) is bool(again.met_us)
    assert counting.reached(asked, tally, now) == counting.reached(asked, again, now)
    assert again.counts == tally.counts
    if asked.constraint is not ConstraintType.WITHIN or not tally.met_us:
        assert (again.windows, again.seen, again.marks) == (tally.windows, tally.seen, tally.marks)
    if adds_up(asked):
        # When it was met depends on what came last.
        assert counting.replace(again, met_us=0) == counting.replace(tally, met_us=0)


_SUMS = [each for each in _IN_ANY_ORDER if not each.conditions[0].distinct
         and each.constraint is not ConstraintType.WITHIN
         and each.conditions[0].key != "latest"]  # fmt: skip


@pytest.mark.parametrize("asked", _SUMS)
@settings(max_examples=40, deadline=None)
@given(done=_activities(), seed=st.integers(0, 1000))
def test_what_is_taken_back_was_never_there(asked: Criteria, done: list[Signal], seed: int) -> None:
    now = standing()
    taken = random.Random(seed).sample(done, len(done) // 2)
    tally = count(asked, done, now)
    for each in taken:
        tally = subtract(asked, tally, each, now)
    left = count(asked, [each for each in done if each not in taken], now)
    assert [each for each in tally.counts if each] == [each for each in left.counts if each]
    assert bool(tally.met_us) is bool(left.met_us)
    assert counting.reached(asked, tally, now) == counting.reached(asked, left, now)
    for each in done:
        if each not in taken:
            tally = subtract(asked, tally, each, now)
    assert tally == EMPTY_TALLY
