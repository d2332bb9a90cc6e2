"""The snapshot's share of progression: what players achieve."""

from __future__ import annotations

from pathlib import Path

import pytest

from renown.v1 import catalog_pb2, inventory_service_pb2
from renown.v1 import progression_pb2 as pb
from renown_server.catalog import criteria as asked
from renown_server.catalog import progression as achieved
from renown_server.catalog.achievements import AchievementKind, Milestone, Tier
from renown_server.catalog.availability import Status, Window
from renown_server.catalog.badges import BadgeBonus, BadgeCollection, BadgeMethod, Evolution
from renown_server.catalog.check import check
from renown_server.catalog.criteria import Condition, Criteria, Subject
from renown_server.catalog.goods import NOTHING, ItemAmount, Reward
from renown_server.catalog.quests import (
    BonusCondition,
    BonusKind,
    ObjectiveType,
    QuestItem,
    QuestType,
)
from renown_server.catalog.scalars import enum_words
from renown_server.catalog.snapshot import CatalogSnapshot, MetricAggregation
from renown_server.catalog.streaks import StreakFreeze, StreakRepair
from tests.kit.catalogs import snapshot_of
from tests.kit.progression_catalog import PROGRESSION
from tests.kit.times import DAY, HOUR, SECOND, us


@pytest.fixture(scope="module")
def game() -> CatalogSnapshot:
    return snapshot_of(PROGRESSION)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Status, pb.DefinitionStatus),
        (AchievementKind, pb.AchievementKind),
        (BadgeMethod, pb.BadgeMethod),
        (QuestType, pb.QuestType),
        (ObjectiveType, pb.ObjectiveType),
        (achieved.Reset, pb.PrestigeReset),
        (achieved.Stacking, pb.MultiplierStacking),
        (asked.Stat, pb.Stat),
        (asked.Operator, pb.Operator),
        (asked.TimeFrame, pb.TimeFrame),
        (asked.RequirementType, pb.RequirementType),
        (asked.Logic, pb.Logic),
        (MetricAggregation, catalog_pb2.MetricAggregation),
    ],
)
def test_our_enums_have_the_values_of_the_contract(ours: type, theirs: object) -> None:
    words = enum_words(theirs.DESCRIPTOR)  # type: ignore[attr-defined]
    assert {item.name.lower(): item.value for item in ours} == words  # type: ignore[attr-defined]


def test_settings(game: CatalogSnapshot) -> None:
    found = game.progression
    assert (found.points_currency, found.badges_equipped_max) == ("coins", 2)
    assert found.stacking is achieved.Stacking.HIGHEST
    assert (found.multiplier_max_bp, found.zone_change_min_us) == (30000, HOUR)


def test_a_silent_catalog_has_the_defaults() -> None:
    silent = snapshot_of("name: silent")
    assert silent.progression == achieved.Progression()
    assert not silent.listens


def test_metrics(game: CatalogSnapshot) -> None:
    assert game.metrics["accuracy"].aggregation is MetricAggregation.AVERAGE
    assert game.metrics["hours"].aggregation is MetricAggregation.COUNTER
    assert game.metrics["hours"].description == "Hours of study"


def test_levels(game: CatalogSnapshot) -> None:
    assert game.levels.badges == {
        2: ("bronze",),
        4: ("bronze",),
        6: ("bronze",),
        8: ("bronze",),
    } | {10: ("bronze",)}
    assert game.levels.titles == {2: ("novice",)}
    assert game.levels.unlocks[2] == ("hall", "garden")
    assert game.levels.unlocks[4] == ("garden",)
    assert game.progression.level_achievements == ((5, ("first_lesson",)), (8, ("scholar",)))
    assert game.items["ore"].achievements == ("first_lesson",)
    assert game.offers["deal"].achievements == ("scholar",)


def test_rewards(game: CatalogSnapshot) -> None:
    given = game.progression.achievements["first_lesson"].reward
    assert given == Reward(
        xp=5,
        badges=("bronze",),
        titles=("novice",),
        unlock_content=("map",),
        unlock_quests=("finale",),
    )
    assert NOTHING.is_empty
    for name in ("badges", "titles", "unlock_content", "unlock_quests", "achievements"):
        assert not Reward(**{name: ("a",)}).is_empty  # type: ignore[arg-type]


def test_achievements(game: CatalogSnapshot) -> None:
    found = game.progression.achievements
    assert list(found) == sorted(found)
    first, scholar = found["first_lesson"], found["scholar"]
    assert first.rule == "achievement:first_lesson"
    assert pb.AchievementDefinition.FromString(first.wire).name == "First lesson"
    assert first.kind is AchievementKind.INSTANT
    assert first.criteria == Criteria(
        type=asked.RequirementType.COUNTER,
        conditions=(Condition(0, Subject.METRIC, "lessons", derived=True),),
    )
    assert scholar.tiers == (Tier(1, "I", 100), Tier(2, "II", 500, 20000))
    assert scholar.criteria.conditions == (
        Condition(0, Subject.METRIC, "hours", value=500, derived=True),
    )
    assert scholar.milestones == (Milestone(50, "Halfway", Reward(xp=1)),)
    assert (scholar.prerequisites, scholar.min_level) == (("first_lesson",), 3)
    assert (scholar.points, scholar.rarity) == (10, inventory_service_pb2.RARITY_RARE)
    assert (scholar.achievement_type, scholar.category) == ("hours_logged", "learning")
    assert (found["path"].repeatable, scholar.repeatable) == (True, False)
    assert scholar.progress_events
    assert scholar.hide_progress
    assert found["collector"].secret
    assert found["old"].status is Status.RETIRED


@pytest.mark.parametrize(
    ("name", "own_start"),
    [
        ("first_lesson", False),
        ("spring_cleaning", True),
        ("phone", True),
        ("again", True),
    ],
)
def test_what_has_a_start_of_its_own_is_not_derived(
    game: CatalogSnapshot, name: str, own_start: bool
) -> None:
    found = game.progression.achievements[name].criteria
    assert found.own_start is own_start
    assert found.conditions[0].derived is not own_start


@pytest.mark.parametrize(
    "name", ["path", "steps", "busy", "flawless", "curious", "precise", "in_spring"]
)
def test_only_plain_sums_are_derived(game: CatalogSnapshot, name: str) -> None:
    found = game.progression.achievements[name].criteria
    assert not any(condition.derived for condition in found.conditions)


def test_a_window_is_what_season_and_bounds_share(game: CatalogSnapshot) -> None:
    found = game.progression.achievements["spring_cleaning"].window
    assert found == Window(us("2026-03-01T00:00:00+00:00"), us("2026-05-01T00:00:00+00:00"))
    assert game.progression.seasons["spring"].window.ends_us == us("2026-06-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ((0, 0), (0, 0), (0, 0)),
        ((5, 0), (0, 9), (5, 9)),
        ((5, 8), (6, 9), (6, 8)),
        ((0, 8), (0, 0), (0, 8)),
    ],
)
def test_windows_within_each_other(
    one: tuple[int, int], other: tuple[int, int], both: tuple[int, int]
) -> None:
    assert Window(*one).within(Window(*other)) == Window(*both)
    assert Window(*other).within(Window(*one)) == Window(*both)


def test_windows_that_do_not_meet_hold_nothing() -> None:
    assert not any(Window(5, 7).within(Window(8, 9)).holds(at) for at in range(12))


def test_criteria(game: CatalogSnapshot) -> None:
    found = {item.id: item.criteria for item in game.progression.achievements.values()}
    assert found["collector"].required == 1
    assert [c.value for c in found["collector"].conditions] == [3, 1, 4]
    assert found["collector"].conditions[2].stat is asked.Stat.LEVEL
    assert found["collector"].conditions[2].key == "LEVEL"
    assert found["all_of_it"].required == 2
    assert found["path"].logic is found["steps"].logic is asked.Logic.SEQUENCE
    assert found["path"].conditions[1].key == asked.ANY_ACTIVITY
    assert found["busy"].constraint is asked.ConstraintType.WITHIN
    assert found["busy"].constraint_us == HOUR
    assert (found["swift"].time_limit_us, found["swift"].time_limit_percent) == (90 * SECOND, 50)
    assert found["swift"].conditions[0].filters == (("subject", frozenset({"maths", "physics"})),)
    assert found["flawless"].in_a_row
    assert found["steady"].conditions[0].best
    assert found["curious"].conditions == (
        Condition(
            0,
            Subject.METRIC,
            "hours",
            value=2,
            frame=asked.TimeFrame.WEEK,
            distinct="subject",
            among=frozenset("abc"),
        ),
    )
    assert found["in_spring"].conditions[0].season == "spring"
    assert found["in_spring"].logic is asked.Logic.ANY


def test_zero_stays_zero_unless_it_is_a_floor(game: CatalogSnapshot) -> None:
    most, more = game.progression.achievements["precise"].criteria.conditions
    assert (most.value, most.operator) == (0, asked.Operator.AT_MOST)
    assert (more.value, more.operator) == (40, asked.Operator.MORE_THAN)


def test_badges(game: CatalogSnapshot) -> None:
    found = game.progression.badges
    bronze, silver = found["bronze"], found["silver"]
    assert bronze.method is BadgeMethod.ACHIEVEMENT
    assert (bronze.rule, bronze.points_value, bronze.max_per_player) == ("badge:bronze", 5, 1)
    assert pb.BadgeDefinition.FromString(bronze.wire).category == "study"
    assert silver.bonuses == (
        BadgeBonus("xp", percent_bp=500),
        BadgeBonus("coins", flat=2),
    )
    assert silver.set_badges == ("bronze",)
    assert silver.set_bonuses == (BadgeBonus("xp", percent_bp=100),)
    assert silver.evolution == Evolution(
        "gold", 2, 3, ("scholar",), (ItemAmount("ore", 1),), (("coins", 1),)
    )
    assert (silver.achievement, silver.max_per_player) == ("scholar", 3)
    assert silver.stacks
    assert silver.tradeable
    assert silver.giftable
    assert found["festive"].window == Window(us("2026-12-01T00:00:00+00:00"))
    assert found["bought"].cost == (("coins", 7),)
    assert found["lucky"].drop_rate_ppm == 10
    assert game.progression.collections["metals"] == BadgeCollection(
        id="metals",
        name="Metals",
        description="",
        icon="m",
        rule="badge_collection:metals",
        badges=("silver", "bronze"),
        reward=Reward(xp=9),
    )
    assert game.progression.categories["study"].name == "Study"


def test_streaks(game: CatalogSnapshot) -> None:
    daily, other = game.progression.streaks["daily"], game.progression.streaks["any"]
    assert daily.rule == "streak:daily"
    assert pb.StreakDefinition.FromString(daily.wire).activities_per_day == daily.per_day == 2
    assert daily.milestones == ((7, Reward(xp=7)), (30, Reward(xp=30)))
    assert daily.daily_reward == Reward(currencies=(("coins", 5),))
    assert daily.freeze == StreakFreeze(2, 365, (("coins", 3),))
    assert daily.repair == StreakRepair(3, 1, (), "ore")
    assert (daily.bonus_bp_per_day, daily.bonus_bp_max, daily.at_risk_us) == (500, 20000, 4 * HOUR)
    assert other.freeze == StreakFreeze(1, 7)
    assert other.repair is None
    assert (other.per_day, other.bonus_bp_per_day, other.at_risk_us) == (1, 0, 0)
    assert other.daily_reward.is_empty


def test_quests(game: CatalogSnapshot) -> None:
    found = game.progression.quests["opening"]
    assert pb.QuestDefinition.FromString(found.wire).id == "opening"
    assert (found.type, found.rule) == (QuestType.MAIN, "quest:opening")
    assert (found.min_level, found.achievements) == (1, ("first_lesson",))
    assert found.items == (QuestItem("ore", 1, consume=True),)
    assert found.skills == (("hours", 30),)
    assert found.window == Window(us("2026-01-01T00:00:00+00:00"), us("2026-07-01T00:00:00+00:00"))
    assert (found.guaranteed, found.first_completion) == (Reward(xp=10), Reward(xp=1))
    assert found.random == ((500_000, Reward(xp=2)),)
    assert [condition for condition, _ in found.bonus] == [
        BonusCondition(BonusKind.ALL_OPTIONAL),
        BonusCondition(BonusKind.OBJECTIVE, objective="visit"),
        BonusCondition(BonusKind.WITHIN, within_us=DAY),
        BonusCondition(BonusKind.PERFECT),
    ]
    assert found.branches == ((BonusCondition(BonusKind.PERFECT), "secret"),)
    assert (found.chain, found.position, found.next_quest) == ("story", 1, "middle")
    assert (found.time_limit_us, found.points, found.priority) == (2 * DAY, 4, 9)
    assert found.repeat is None
    assert game.progression.quests["contest"].repeat == Reward(xp=1)
    assert game.progression.quests["contest"].auto_claim
    assert game.progression.quests["secret"].hidden


def test_objectives(game: CatalogSnapshot) -> None:
    kinds = asked.RequirementType
    found = {each.id: each for each in game.progression.quests["opening"].objectives}
    assert {name: (each.type.name, each.criteria.type) for name, each in found.items()} == {
        "learn": ("COMPLETE", kinds.COUNTER),
        "visit": ("INTERACT", kinds.COUNTER),
        "gather": ("COLLECT", kinds.COUNTER),
        "topics": ("COLLECT", kinds.COLLECTION),
        "earn": ("ACHIEVE", kinds.COLLECTION),
        "rise": ("REACH", kinds.THRESHOLD),
        "march": ("SEQUENCE", kinds.SEQUENCE),
        "rush": ("TIME_LIMIT", kinds.TIME_LIMIT),
        "spotless": ("PERFECT", kinds.PERFECT),
    }
    assert all(each.criteria.own_start for each in found.values())
    assert not any(c.derived for each in found.values() for c in each.criteria.conditions)
    assert found["learn"].checkpoints == ((20, Reward(xp=1)),)
    assert found["earn"].checkpoints == ((1, NOTHING),)
    assert found["earn"].criteria.required == 2
    visit = found["visit"]
    assert (visit.optional, visit.order, visit.unlocked_by) == (True, 1, ("learn",))
    assert (visit.within_us, visit.hide_progress, visit.progress_events) == (HOUR, True, True)
    assert found["learn"].unlocked_by == ()
    assert found["march"].criteria.logic is asked.Logic.SEQUENCE
    assert found["spotless"].criteria.in_a_row
    assert found["rush"].criteria.time_limit_percent == 80


def test_what_a_quest_is_done_again_and_locked_by(game: CatalogSnapshot) -> None:
    found = game.progression.quests
    assert {name for name, each in found.items() if each.locked} == {"middle", "secret", "finale"}
    assert {name for name, each in found.items() if each.daily} == {"today"}
    assert {name for name, each in found.items() if each.weekly} == {"week"}
    assert {name for name, each in found.items() if each.repeatable} == {"contest", "today", "week"}


def test_titles_and_prestige(game: CatalogSnapshot) -> None:
    sage = game.progression.titles["sage"]
    assert (sage.name, sage.rarity, sage.secret) == (
        "Sage",
        inventory_service_pb2.RARITY_EPIC,
        True,
    )
    assert game.progression.prestige == achieved.Prestige(
        level=9,
        max=100,
        resets=frozenset({achieved.Reset.METRICS, achieved.Reset.CURRENCIES, achieved.Reset.ITEMS}),
        currencies=("coins",),
        items=("ore",),
        rewards={0: Reward(xp=1), 2: Reward(titles=("sage",))},
    )


def test_a_prestige_asks_for_the_last_level_unless_said() -> None:
    levels = "name: a\nlevels: {linear: {base: 1}, hard_cap: 7}\nprestige: {max: 3}"
    assert snapshot_of(levels).progression.prestige == achieved.Prestige(7, 3)


def test_the_command_checks_all_sections(tmp_path: Path) -> None:
    (tmp_path / "game.yaml").write_text(PROGRESSION)
    assert check(tmp_path) == []
    (tmp_path / "game.yaml").write_text(
        PROGRESSION.replace("next_quest: middle", "next_quest: mid")
    )
    assert [str(problem).split(": ", 1)[1] for problem in check(tmp_path)] == [
        "quests[0].chain.next_quest: `mid` is not defined under quests (did you mean middle?)"
    ]
