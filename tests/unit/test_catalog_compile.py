"""The snapshot: what rules read, and that it cannot change."""

from dataclasses import FrozenInstanceError
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from renown.v1 import catalog_pb2 as pb
from renown.v1 import leaderboard_service_pb2 as boards_pb
from renown_server.catalog import snapshot as values
from renown_server.catalog.check import load_catalog
from renown_server.catalog.compile import compile_catalog
from renown_server.catalog.levels import ThresholdTooHigh
from renown_server.catalog.scalars import enum_words
from renown_server.catalog.snapshot import CatalogSnapshot, XpRate

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def starter() -> CatalogSnapshot:
    return compile_catalog(load_catalog(ROOT / "catalogs/starter"), 7)


def test_the_starter(starter: CatalogSnapshot) -> None:
    assert (starter.version, starter.name) == (7, "starter")
    assert starter.lateness_max_us == 72 * 3600 * 10**6
    assert list(starter.currencies) == ["coins", "gems"]
    assert starter.currencies["coins"].cap == 10**9
    assert starter.currencies["gems"].cap == 2**53 - 1
    assert starter.currencies["gems"].premium
    assert starter.metrics["hours"].scale == 10
    assert starter.bonuses == values.Bonuses(
        values.BonusPolicy.PRODUCT,
        perfect_bp=15000,
        speed_bp=12000,
        first_try_bp=11000,
        prestige_bp=1000,
    )
    assert starter.levels.hard_cap == 100
    assert starter.levels.thresholds[:5] == (0, 100, 250, 475, 812)
    assert starter.levels.names[50] == "Master"
    assert starter.levels.rewards[2] == (("coins", 50),)
    assert starter.levels.rewards[10] == (("coins", 550), ("gems", 5))
    assert 1 not in starter.levels.rewards


def test_activity_types(starter: CatalogSnapshot) -> None:
    types = starter.activity_types
    assert list(types) == sorted(types)
    lesson = types["lesson_completed"]
    assert lesson.rule == "activity_type:lesson_completed"
    assert (lesson.base_xp, lesson.currencies) == (25, (("coins", 10),))
    assert (lesson.counts, lesson.metrics) == ((("lessons", 1),), frozenset({"study_minutes"}))
    assert lesson.moves == ("lessons", "study_minutes")
    assert types["hours_logged"].xp_rates == (XpRate("hours", 10, 5),)
    assert types["quiz_completed"].cooldown_us == 60 * 10**6
    assert types["daily_bonus"].daily_cap == 1
    course = types["course_completed"].xp_range
    assert course is not None
    assert (course.min, course.max, course.context_key) == (100, 500, "difficulty")
    assert list(course.by_context.items()) == [("easy", 100), ("hard", 500), ("medium", 250)]
    task = types["task_completed"].xp_range
    assert task == values.XpRange(10, 50, "", {})


def test_boards(starter: CatalogSnapshot) -> None:
    assert [board.id for board in starter.boards_on_xp] == ["xp_all_time", "xp_weekly"]
    assert [board.id for board in starter.boards_on_metric["lessons"]] == ["lessons_weekly"]
    assert "hours" not in starter.boards_on_metric
    best = starter.boards["best_time"]
    assert (best.aggregation, best.order, best.descending) == (
        values.Aggregation.MIN,
        values.BoardOrder.ASCENDING,
        False,
    )
    weekly = starter.boards["xp_weekly"]
    assert (weekly.weekly, weekly.aggregation, weekly.descending) == (
        True,
        values.Aggregation.SUM,
        True,
    )
    assert (weekly.zone, weekly.zone_name) == (ZoneInfo("UTC"), "UTC")


def test_the_bench_catalog_feeds_three_boards() -> None:
    bench = compile_catalog(load_catalog(ROOT / "tests/bench/catalog"), 1)
    activity = bench.activity_types["bench_activity"]
    fed = bench.boards_on_xp + bench.boards_on_metric[activity.counts[0][0]]
    assert [board.id for board in fed] == ["bench_xp", "bench_xp_weekly", "bench_count_weekly"]
    assert len(activity.currencies) == 1
    assert (activity.cooldown_us, activity.daily_cap, activity.daily_xp_cap) == (0, 0, 0)
    assert bench.boards["bench_score"].source is values.BoardSource.DIRECT


def test_counts_are_one_whole_unit() -> None:
    catalog = pb.Catalog(metrics=[pb.MetricDefinition(id="m", decimals=2)])
    catalog.activity_types.add(id="a", counts=["m"])
    assert compile_catalog(catalog, 1).activity_types["a"].counts == (("m", 100),)


def test_boosts_reach_the_types_they_name() -> None:
    catalog = pb.Catalog()
    for name in ("a", "b"):
        catalog.activity_types.add(id=name)
    window = {"starts_at": "1970-01-01T00:00:01Z", "ends_at": "1970-01-01T01:00:02+01:00"}
    catalog.boosts.add(id="z_all", factor_basis_points=20000, **window)
    catalog.boosts.add(id="only_b", factor_basis_points=15000, activity_types=["b"], **window)
    snapshot = compile_catalog(catalog, 1)
    types = snapshot.activity_types
    assert [boost.source for boost in types["a"].boosts] == ["boost:z_all"]
    assert [boost.source for boost in types["b"].boosts] == ["boost:only_b", "boost:z_all"]
    assert [(b.starts_us, b.ends_us, b.factor_bp) for b in snapshot.boosts] == [
        (1_000_000, 2_000_000, 15000),
        (1_000_000, 2_000_000, 20000),
    ]


def test_without_levels_everybody_stays_at_the_first() -> None:
    assert compile_catalog(pb.Catalog(), 1).levels.thresholds == (0,)


def test_what_was_not_validated_is_refused() -> None:
    catalog = pb.Catalog()
    catalog.levels.hard_cap = 2
    with pytest.raises(ValueError, match="no level curve"):
        compile_catalog(catalog, 1)
    catalog.levels.table.thresholds.append(2**53)
    with pytest.raises(ThresholdTooHigh, match="level 2 would begin at 9007199254740992 XP"):
        compile_catalog(catalog, 1)
    with pytest.raises(ValueError, match="no RFC 3339 moment"):
        compile_catalog(pb.Catalog(boosts=[pb.BoostDefinition(starts_at="now")]), 1)


def test_a_snapshot_cannot_change(starter: CatalogSnapshot) -> None:
    with pytest.raises(FrozenInstanceError):
        starter.version = 8  # type: ignore[misc]
    with pytest.raises(TypeError):
        starter.currencies["coins"] = starter.currencies["gems"]  # type: ignore[index]
    with pytest.raises(TypeError):
        starter.levels.rewards[2] = ()  # type: ignore[index]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (values.BonusPolicy, pb.BonusPolicy),
        (values.BoardSource, boards_pb.LeaderboardSource),
        (values.Aggregation, boards_pb.LeaderboardAggregation),
        (values.BoardOrder, boards_pb.LeaderboardOrder),
    ],
)
def test_our_enums_have_the_values_of_the_contract(ours: type, theirs: object) -> None:
    words = enum_words(theirs.DESCRIPTOR)  # type: ignore[attr-defined]
    assert {item.name.lower(): item.value for item in ours} == words  # type: ignore[attr-defined]
