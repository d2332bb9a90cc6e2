"""Metrics: how amounts make their values."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.facts import MetricMoved
from renown_server.errors import MetricOutOfRange
from renown_server.profile import metrics
from renown_server.profile.state import MetricMark
from renown_server.progress.standing import Standing
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity
from tests.kit.criteria import PLAYER, standing
from tests.kit.pure import World
from tests.kit.revocations import revoke
from tests.kit.times import NOON

HOUR = 3_600_000_000
_ALL = ("counter", "gauge", "max", "min", "latest", "average")


def move(now: Standing, amount: int, ago_us: int = 0, *keys: str) -> None:
    now.work.touch(now.player)
    moved = dict.fromkeys(keys or _ALL, amount)
    metrics.move(now.work, now.player, moved, NOON - ago_us, "activity_type:quiz")


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("counter", (7, 10, 10, 19)),
        ("gauge", (7, 3, 0, 9)),
        ("max", (7, 7, 7, 9)),
        ("min", (7, 3, 0, 0)),
        ("latest", (7, 7, 0, 0)),
        ("average", (7, 5, 3, 4)),
    ],
)
def test_amounts_make_a_value(key: str, values: tuple[int, ...]) -> None:
    now = standing()
    # The second one occurred before the first, the last one before the third.
    for amount, ago, value in zip((7, 3, 0, 9), (2, 3, 0, 1), values, strict=True):
        move(now, amount, ago * HOUR, key)
        assert now.player.metrics == {key: value}
        fact = now.work.facts[PLAYER][-1]
        assert fact == MetricMoved("activity_type:quiz", metric=key, amount=amount, total=value)


def test_marks() -> None:
    now = standing()
    move(now, 4, HOUR, "counter", "average")
    now.work.now_us += 10
    move(now, 5, 2 * HOUR, "counter", "average")
    assert now.player.metric_marks == {
        "counter": MetricMark(NOON, NOON + 10, NOON - HOUR),
        "average": MetricMark(NOON, NOON + 10, NOON - HOUR, 2, 9),
    }


def test_nothing_moved_is_nothing() -> None:
    now = standing()
    metrics.move(now.work, now.player, {}, NOON, "activity_type:quiz")
    assert now.player.marks_json == "{}"
    assert now.work.facts == {}


def test_which_metrics_a_zero_moves() -> None:
    known = standing().catalog.metrics
    assert [key for key in _ALL if not metrics.counts_zero(known, key)] == ["counter"]
    assert not metrics.counts_zero(known, "unknown")


@pytest.mark.parametrize("key", ["counter", "average"])
def test_sums_have_an_end(key: str) -> None:
    now = standing()
    move(now, AMOUNT_MAX, 0, key)
    with pytest.raises(MetricOutOfRange):
        move(now, 1, 0, key)


@pytest.mark.parametrize(
    ("key", "left", "facts"),
    [
        ("counter", 4, 1),
        ("average", 4, 1),
        ("max", 9, 0),
        ("min", 4, 0),
        ("latest", 9, 0),
        ("gauge", 9, 0),
    ],
)
def test_taken_back(key: str, left: int, facts: int) -> None:
    now = standing()
    move(now, 4, HOUR, key)
    move(now, 9, 0, key)
    before = len(now.work.facts[PLAYER])
    metrics.take_back(now.work, now.player, key, 9, "revoke:activity_type:quiz")
    assert now.player.metrics == {key: left}
    assert len(now.work.facts[PLAYER]) == before + facts


@pytest.mark.parametrize("key", ["counter", "average"])
def test_all_of_it_taken_back(key: str) -> None:
    now = standing()
    move(now, 4, 0, key)
    metrics.take_back(now.work, now.player, key, 4, "revoke:x")
    assert now.player.metrics == {}
    assert now.work.facts[PLAYER][-1] == MetricMoved("revoke:x", metric=key, amount=-4, total=0)
    # There is nothing more to be taken.
    metrics.take_back(now.work, now.player, key, 4, "revoke:x")
    assert len(now.work.facts[PLAYER]) == 2
    move(now, 6, 0, key)
    assert now.player.metrics == {key: 6}


@settings(max_examples=100, deadline=None)
@given(
    moved=st.lists(
        st.tuples(st.integers(0, 100), st.integers(0, 70)), unique_by=lambda each: each[1]
    ),
    seed=st.integers(0, 1000),
)
def test_all_but_gauges_are_the_same_in_any_order(moved: list[tuple[int, int]], seed: int) -> None:
    one, other = standing(), standing()
    for amount, hours in moved:
        move(one, amount, hours * HOUR)
    shuffled = moved.copy()
    random.Random(seed).shuffle(shuffled)
    for amount, hours in shuffled:
        move(other, amount, hours * HOUR)
    for each in (one, other):
        each.player.metrics.pop("gauge", None)
    assert one.player.metrics == other.player.metrics
    assert one.player.metric_marks == other.player.metric_marks
    # And averages taken back are those of what is left.
    for amount, _ in shuffled[: len(shuffled) // 2]:
        metrics.take_back(one.work, one.player, "average", amount, "revoke:x")
    left = [amount for amount, _ in shuffled[len(shuffled) // 2 :]]
    assert one.player.metrics.get("average") == (sum(left) // len(left) if left else None)


_GAME = snapshot_of("""
name: scores
metrics:
  - {id: score, aggregation: min}
  - {id: mean, aggregation: average}
  - {id: steps}
levels: {linear: {base: 100}, hard_cap: 10}
activity_types:
  - {id: round, metrics: [score, mean, steps]}
leaderboards:
  - id: low
    source: metric
    metric: score
    period: all_time
    aggregation: min
    order: ascending
""")


def test_an_activity_of_zero_moves_what_is_not_a_counter() -> None:
    world = World(_GAME)
    world.run(activity("p", "round", metrics={"score": 12, "mean": 8, "steps": 5}))
    moved = world.run(activity("p", "round", metrics={"score": 0, "mean": 0, "steps": 0})).facts
    assert [each for each in moved if isinstance(each, MetricMoved)] == [
        MetricMoved("activity_type:round", metric="mean", amount=0, total=4),
        MetricMoved("activity_type:round", metric="score", amount=0, total=0),
    ]
    player = world.player("p")
    assert player.metrics == {"mean": 4, "score": 0, "steps": 5}
    assert player.metric_marks["mean"] == MetricMark(NOON, NOON, NOON, 2, 8)
    assert world.scores("p") == {"low||": 0}


def test_a_revoked_activity_leaves_the_average_of_the_others() -> None:
    world = World(_GAME)
    world.run(activity("p", "round", "a", metrics={"score": 3, "mean": 9}))
    world.run(activity("p", "round", "b", metrics={"score": 7, "mean": 4}))
    world.run(revoke("p", "a"))
    assert world.player("p").metrics == {"mean": 4, "score": 3}
