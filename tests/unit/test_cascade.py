"""What activities earn, by example."""

from __future__ import annotations

from typing import Any

import pytest

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.facts import (
    ActivityRecorded,
    CurrencyChanged,
    LevelUp,
    MetricMoved,
    PlayerCreated,
    ScoreChanged,
    XpGained,
)
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.work import Work
from renown_server.errors import (
    BalanceCap,
    InvalidContext,
    MetricOutOfRange,
    OccurredAtOutOfRange,
    UnknownActivityType,
    UnknownMetric,
)
from renown_server.profile.experience import gain_xp
from renown_server.profile.state import PlayerState
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, credit
from tests.kit.pure import World
from tests.kit.times import DAY, HOUR, MINUTE, NOON, SECOND, us


@pytest.fixture
def world() -> World:
    return World()


def xp_of(world: World, kind: str, **fields: Any) -> XpGained:
    facts = world.run(activity("p", kind, **fields)).facts
    (fact,) = [fact for fact in facts if isinstance(fact, XpGained)]
    return fact


def test_the_order_of_the_cascade(world: World) -> None:
    done = world.run(activity("p", "lesson", "a1"))
    assert [type(fact) for fact in done.facts] == [
        PlayerCreated,
        ActivityRecorded,
        MetricMoved,
        XpGained,
        CurrencyChanged,
        ScoreChanged,
        ScoreChanged,
        ScoreChanged,
    ]
    assert done.first_sequence == 1
    assert done.recorded_at_us == NOON
    assert done.catalog_version == 1
    assert {fact.rule for fact in done.facts} == {"activity_type:lesson"}


def test_a_player_is_created_once(world: World) -> None:
    world.run(create("p", username="Ada", time_zone="Asia/Tokyo"))
    world.clock.value_us += SECOND
    done = world.run(activity("p"))
    assert not any(isinstance(fact, PlayerCreated) for fact in done.facts)
    player = world.player("p")
    assert (player.created_us, player.last_active_us) == (NOON, NOON + SECOND)
    assert player.time_zone == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("fields", "amount", "multipliers"),
    [
        ({}, 25, ()),
        ({"perfect": True}, 37, (("perfect", 15000),)),
        ({"first_try": True}, 27, (("first_try", 11000),)),
        ({"time_us": 49, "expected_time_us": 100}, 30, (("speed", 12000),)),
        ({"time_us": 50, "expected_time_us": 100}, 25, ()),
        ({"time_us": 1}, 25, ()),
        (
            {"perfect": True, "first_try": True, "time_us": 0, "expected_time_us": 1},
            49,  # 25 × 1.5 × 1.2 × 1.1 = 49.5, rounded once
            (("perfect", 15000), ("speed", 12000), ("first_try", 11000)),
        ),
    ],
)
def test_bonuses(
    world: World, fields: dict[str, Any], amount: int, multipliers: tuple[tuple[str, int], ...]
) -> None:
    fact = xp_of(world, "lesson", **fields)
    assert (fact.base, fact.amount, fact.multipliers) == (25, amount, multipliers)
    assert fact.uncapped == -1


@pytest.mark.parametrize(
    ("occurred", "amount"),
    [
        ("2026-11-19T23:59:59.999999+00:00", 10),
        ("2026-11-20T00:00:00+00:00", 20),
        ("2026-11-20T23:59:59.999999+00:00", 20),
        ("2026-11-21T00:00:00+00:00", 10),
    ],
)
def test_a_boost_holds_when_the_activity_occurred(occurred: str, amount: int) -> None:
    world = World(now_us=us("2026-11-21T12:00:00+00:00"))
    assert xp_of(world, "boosted", occurred_at_us=us(occurred)).amount == amount
    assert xp_of(world, "lesson", occurred_at_us=us(occurred)).amount == 25  # not boosted


def test_several_levels_at_once_pay_each_once(world: World) -> None:
    done = world.run(activity("p", "marathon"))
    gained = next(fact for fact in done.facts if isinstance(fact, XpGained))
    assert (gained.level_before, gained.level, gained.total) == (1, 5, 450)
    assert [fact.level for fact in done.facts if isinstance(fact, LevelUp)] == [2, 3, 4, 5]
    rewards = [
        (fact.rule, fact.currency, fact.amount)
        for fact in done.facts
        if isinstance(fact, CurrencyChanged)
    ]
    assert rewards == [
        ("level:2", "coins", 10),
        ("level:3", "coins", 10),
        ("level:4", "coins", 10),
        ("level:5", "coins", 10),
        ("level:5", "gems", 1),
    ]
    assert all(
        fact.counter_account == "issuance:level"
        for fact in done.facts
        if isinstance(fact, CurrencyChanged)
    )
    assert (world.balance("p"), world.balance("p", "gems")) == (40, 1)
    assert world.player("p").reward_level == 5


def test_level_rewards_are_never_paid_again(world: World) -> None:
    world.run(activity("p", "marathon"))
    # Should XP ever be taken away, the mark stays: reaching the level again pays nothing.
    row = list(world.tables["players"]["p"])
    row[5], row[7] = 0, 1  # xp, level
    world.tables["players"]["p"] = tuple(row)
    done = world.run(activity("p", "marathon"))
    assert [fact.level for fact in done.facts if isinstance(fact, LevelUp)] == [2, 3, 4, 5]
    assert not any(isinstance(fact, CurrencyChanged) for fact in done.facts)
    assert (world.balance("p"), world.balance("p", "gems")) == (40, 1)


def test_the_soft_cap_halves_what_follows(world: World) -> None:
    for _ in range(2):
        world.run(activity("p", "marathon"))
    assert world.player("p").level == 10
    fact = xp_of(world, "lesson", perfect=True)
    assert fact.amount == 18  # 25 × 1.5 × 0.5 = 18.75
    assert fact.multipliers == (("perfect", 15000), ("soft_cap", 5000))


def test_the_hard_cap_ends_levels_and_not_xp(world: World) -> None:
    for _ in range(8):
        world.run(activity("p", "marathon"))
    player = world.player("p")
    assert (player.level, player.reward_level) == (20, 20)
    before = player.xp
    done = world.run(activity("p", "marathon"))
    assert not any(isinstance(fact, LevelUp) for fact in done.facts)
    assert world.player("p").xp == before + 225


def test_a_metric_gives_xp_and_currency_by_the_unit(world: World) -> None:
    done = world.run(activity("p", "reading", metrics={"hours": 15}))  # 1.5 hours
    assert MetricMoved("activity_type:reading", "hours", 15, 15) in done.facts
    assert world.player("p").xp == 7  # 7.5
    assert world.balance("p") == 3
    world.run(activity("p", "reading", metrics={"hours": 3, "pages": 0}))
    player = world.player("p")
    assert player.metrics == {"hours": 18}  # nothing moved by nothing
    assert player.xp == 8  # 1.5 more


def test_an_activity_may_move_nothing(world: World) -> None:
    done = world.run(activity("p", "wave"))
    assert [type(fact) for fact in done.facts] == [PlayerCreated, ActivityRecorded]


@pytest.mark.parametrize(
    ("kind", "fields", "base"),
    [
        ("task", {}, 10),
        ("task", {"amount": 10}, 10),
        ("task", {"amount": 50}, 50),
        ("course", {"context": {"difficulty": "hard"}}, 500),
        ("course", {"context": {"difficulty": "easy"}, "amount": 500}, 100),
        ("course", {"context": {"weather": "fine"}, "amount": 250}, 250),
        ("course", {}, 100),
    ],
)
def test_ranges(world: World, kind: str, fields: dict[str, Any], base: int) -> None:
    assert xp_of(world, kind, **fields).base == base


@pytest.mark.parametrize(
    ("kind", "fields", "error", "field"),
    [
        ("nothing", {}, UnknownActivityType, "activity.type"),
        ("lesson", {"metrics": {"hours": 1}}, UnknownMetric, 'activity.metrics["hours"]'),
        ("lesson", {"metrics": {"lessons": 1}}, UnknownMetric, 'activity.metrics["lessons"]'),
        ("task", {"amount": 9}, InvalidContext, "activity.amount"),
        ("task", {"amount": 51}, InvalidContext, "activity.amount"),
        (
            "course",
            {"context": {"difficulty": "odd"}},
            InvalidContext,
            'activity.context["difficulty"]',
        ),
        ("wave", {"occurred_at_us": NOON - 72 * HOUR - 1}, OccurredAtOutOfRange, None),
        ("wave", {"occurred_at_us": NOON + MINUTE + 1}, OccurredAtOutOfRange, None),
        ("wave", {"occurred_at_us": 0}, OccurredAtOutOfRange, None),
    ],
)
def test_what_is_wrong_is_refused_and_not_remembered(
    world: World, kind: str, fields: dict[str, Any], error: type[Exception], field: str | None
) -> None:
    before = world.state()
    with pytest.raises(error) as raised:
        world.run(activity("p", kind, "a1", **fields))
    assert raised.value.refusal.violations[0][0] == (field or "activity.occurred_at")  # type: ignore[attr-defined]
    before["players"]["p"] = world.tables["players"]["p"]  # the bare root
    assert world.state() == before
    assert not world.player("p").exists
    assert world.run(activity("p", "wave", "a1")).first_sequence == 1


@pytest.mark.parametrize("occurred_us", [NOON - 72 * HOUR, NOON + MINUTE])
def test_the_edges_of_lateness(world: World, occurred_us: int) -> None:
    done = world.run(activity("p", "wave", occurred_at_us=occurred_us))
    assert done.facts[1].occurred_at_us == occurred_us
    assert done.recorded_at_us == NOON


def test_a_late_activity_counts_in_the_week_it_happened() -> None:
    world = World(now_us=us("2026-11-17T00:00:00+00:00"))
    sunday = us("2026-11-15T12:00:00+00:00")
    world.run(activity("p"))
    world.run(activity("p", occurred_at_us=sunday))
    assert world.scores("p") == {
        "xp_all||": 50,
        "xp_week||2026-11-16": 25,
        "xp_week||2026-11-09": 25,
        "lessons_tokyo||2026-11-16": 1,
        "lessons_tokyo||2026-11-09": 1,
    }


def test_weeks_begin_in_the_boards_zone() -> None:
    world = World(now_us=us("2026-11-15T16:00:00+00:00"))  # Monday 01:00 in Tokyo
    done = world.run(activity("p"))
    starts = {f.board: f.period_start_us for f in done.facts if isinstance(f, ScoreChanged)}
    assert starts["xp_week"] == us("2026-11-09T00:00:00+00:00")
    assert starts["lessons_tokyo"] == us("2026-11-15T15:00:00+00:00")
    assert starts["xp_all"] == 0


def test_a_board_keeps_the_best_of_a_metric(world: World) -> None:
    for hours in (20, 50, 30):
        world.run(activity("p", "reading", metrics={"hours": hours}))
    assert world.scores("p")["hours_best||"] == 50
    assert world.player("p").metrics == {"hours": 100}


def test_the_tie_is_when_the_score_was_reached(world: World) -> None:
    for hours in (50, 50, 30):
        world.run(activity("p", "reading", metrics={"hours": hours}))
        world.clock.value_us += SECOND
    row = world.tables["scores"]["p"]
    ties = dict(zip(row[2].strip("{}").split(","), row[4].strip("{}").split(","), strict=True))
    assert int(ties["hours_best||"]) == NOON
    assert int(ties["xp_all||"]) == NOON + 2 * SECOND


def test_the_version_of_scores_rises(world: World) -> None:
    versions = []
    for command in (activity("p"), credit("p", coins=1), activity("p"), activity("p")):
        world.run(command)
        versions.append(world.tables["scores"]["p"][1])
        assert versions[-1] <= world.player("p").sequence
    assert versions == sorted(versions)
    assert len(set(versions)) == 3  # a credit changes no score


def test_an_activity_that_would_pass_a_cap_leaves_no_trace(world: World) -> None:
    for _ in range(2):
        world.run(activity("p", "gift"))
    before = world.state()
    with pytest.raises(BalanceCap) as raised:
        world.run(activity("p", "gift", "third"))
    assert raised.value.refusal.metadata == {"currency": "gems", "cap": "100", "balance": "80"}
    record = world.tables["activities"].pop(("p", "third"))
    assert record[10]
    assert world.state() == before


def test_a_refusal_late_in_the_cascade_undoes_all_before_it(world: World) -> None:
    world.run(create("p"))
    world.run(credit("p", gems=100))
    before = world.state()
    # XP, four levels, their coins: and then the gem of level 5 has no room.
    refused, paid = world.batch(activity("p", "marathon", "a1"), credit("p", coins=1))
    assert isinstance(refused, BalanceCap)
    assert paid.facts[0].balance_after == 1  # type: ignore[union-attr]
    after = world.state()
    assert (world.balance("p"), world.balance("p", "gems")) == (1, 100)
    assert world.player("p").xp == 0
    assert after["scores"] == before["scores"] == {}
    assert world.sequences("p") == [1, 2, 3]


def test_metrics_and_xp_stay_exact_doubles(world: World) -> None:
    world.run(activity("p", "reading", metrics={"pages": AMOUNT_MAX}))
    player = world.player("p")
    assert player.metrics == {"pages": AMOUNT_MAX}
    levels = world.snapshot.levels
    full = levels.thresholds[levels.soft_cap - 1]
    gained = full + (AMOUNT_MAX - full) // 2  # what lies beyond the soft cap is halved
    assert (player.xp, player.lifetime_xp) == (gained, gained)
    assert world.scores("p")["xp_all||"] == gained
    with pytest.raises(MetricOutOfRange):
        world.run(activity("p", "reading", metrics={"pages": 1}))


def test_xp_without_room_is_lost_and_not_refused(world: World) -> None:
    work = Work(catalog=world.snapshot, now_us=1, random=SeededRandomness(1))
    player = PlayerState("p")
    player.xp = player.lifetime_xp = AMOUNT_MAX - 2
    fact = gain_xp(work, player, 25, rule="test")
    assert fact is not None
    assert (fact.amount, fact.uncapped, fact.total) == (2, 12, AMOUNT_MAX)


def test_base_xp_fits_its_message(world: World) -> None:
    # 2,000,000 XP a page: what it comes to before caps is past int64.
    fact = xp_of(world, "reading", metrics={"pages": AMOUNT_MAX})
    assert fact.base == AMOUNT_MAX
    assert AMOUNT_MAX // 2 < fact.amount < AMOUNT_MAX


def test_metrics_move_in_one_order(world: World) -> None:
    # A protobuf map has none, and it differs from process to process.
    forth = world.run(activity("p", "reading", metrics={"hours": 1, "pages": 2})).facts[1:]
    back = world.run(activity("q", "reading", metrics={"pages": 2, "hours": 1})).facts[1:]
    metrics = [[f.metric for f in facts if isinstance(f, MetricMoved)] for facts in (forth, back)]
    assert metrics[0] == metrics[1] == ["hours", "pages"]


def test_a_currency_of_any_name_keeps_its_name() -> None:
    # `null` without quotes is NULL in a Postgres array.
    text = """
name: odd
currencies: [{code: "null", name: Nothing}]
activity_types: [{id: pay, currencies: [{currency: "null", amount: 3}]}]
"""
    world = World(snapshot_of(text))
    world.run(activity("p", "pay"))
    row = world.tables["ledger"]["p", 3]
    assert row[2] == '{"null"}'


def test_a_catalog_may_lower_the_levels(world: World) -> None:
    for _ in range(3):
        world.run(activity("p", "marathon"))
    assert world.player("p").level == 12
    world.snapshot = snapshot_of("name: low\nactivity_types: [{id: lesson, base_xp: 5}]")
    world.run(activity("p"))
    assert world.player("p").level == 12  # what was reached stays


def test_days_are_not_needed_without_limits(world: World) -> None:
    world.run(activity("p"))
    world.clock.value_us += DAY
    world.run(activity("p"))
    assert world.player("p").usage == {}
