"""The catalogs that ship: what their specifications ask of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from renown_server import reactions
from renown_server.catalog.check import load_catalog
from renown_server.catalog.compile import compile_catalog
from renown_server.catalog.criteria import RequirementType
from renown_server.catalog.progression import Achievement, QuestType
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Recorded
from renown_server.engine.facts import AchievementUnlocked, CurrencyChanged
from tests.conftest import CHECKOUT
from tests.kit.commands import activity
from tests.kit.pure import World

CATALOGS = ("starter", "volunteer", "classroom", "lms")
RARITIES = {"common": 1, "uncommon": 2, "rare": 3, "epic": 4, "legendary": 5}


def snapshot(name: str) -> CatalogSnapshot:
    return compile_catalog(load_catalog(CHECKOUT / "catalogs" / name), version=1)


@pytest.mark.parametrize("name", CATALOGS)
def test_a_shipped_catalog_compiles(name: str) -> None:
    assert snapshot(name).name == name


BADGES = {
    "First Step": ("common", "time", "hours", 1),
    "Dedicated Volunteer": ("rare", "time", "hours", 50),
    "Century Club": ("epic", "time", "hours", 100),
    "Hero of the Community": ("legendary", "time", "hours", 500),
    "Project Pioneer": ("common", "projects", "projects", 1),
    "Multi-Tasker": ("rare", "projects", "projects", 5),
    "Quick Learner": ("common", "skills", "skills_certified", 1),
    "Jack of All Trades": ("epic", "skills", "skills_certified", 5),
    "Trained and Ready": ("common", "training", "trainings", 1),
    "Lifelong Learner": ("rare", "training", "trainings", 10),
    "Mentor": ("rare", "leadership", "referrals", 1),
    "Consistent Contributor": ("rare", "special", "volunteering", 7),
    "Month of Service": ("epic", "special", "volunteering", 30),
}
"""Seed 003: name → rarity, category, and what earns it."""


def asks(achievement: Achievement, game: CatalogSnapshot) -> tuple[str, int]:
    """What a plain achievement asks for, in whole units."""
    (condition,) = achievement.criteria.conditions
    metric = game.metrics.get(condition.key)
    return condition.key, condition.value // (metric.scale if metric else 1)


def test_volunteer_has_the_13_badges_of_its_specification() -> None:
    game = snapshot("volunteer")
    by_badge = {
        badge: asks(achievement, game)
        for achievement in game.progression.achievements.values()
        for badge in achievement.reward.badges
    }
    found = {
        badge.name: (badge.rarity, badge.category, *by_badge[badge.id])
        for badge in game.progression.badges.values()
    }
    assert found == {name: (RARITIES[rarity], *rest) for name, (rarity, *rest) in BADGES.items()}


def test_volunteer_has_the_16_achievements_of_its_specification() -> None:
    game = snapshot("volunteer")
    found: dict[str, list[tuple[str, int]]] = {}
    for each in game.progression.achievements.values():
        found.setdefault(each.achievement_type, []).append(asks(each, game))
    assert {kind: sorted(asked) for kind, asked in found.items()} == {
        "hours_logged": [("hours", hours) for hours in (1, 10, 50, 100, 500)],
        "projects_completed": [("projects", 1), ("projects", 5)],
        "tasks_completed": [("tasks", 10), ("tasks", 50)],
        "skills_acquired": [("skills_certified", 1), ("skills_certified", 5)],
        "trainings_completed": [("trainings", 1), ("trainings", 10)],
        "consecutive_days": [("volunteering", 7), ("volunteering", 30)],
        "volunteer_referred": [("referrals", 1)],
    }
    repeatable = [each.id for each in game.progression.achievements.values() if each.repeatable]
    assert repeatable == ["first_referral"]


class Learner:
    """One player of a shipped game, a day at a time."""

    def __init__(self, name: str) -> None:
        self.world = World(snapshot(name), react=reactions.react)

    def does(self, kind: str, **given: Any) -> Recorded:
        """Records an activity."""
        return self.world.run(activity("ada", kind, **given))

    def tomorrow(self) -> None:
        """Lets a day pass."""
        self.world.clock.advance(timedelta(days=1))


def points(done: Recorded) -> dict[str, int]:
    """The points that an activity gave, by what gave them."""
    return {
        fact.rule: fact.amount
        for fact in done.facts
        if isinstance(fact, CurrencyChanged) and fact.currency == "points"
    }


def unlocked(done: Recorded) -> list[str]:
    """The achievements that an activity has unlocked."""
    return [fact.achievement for fact in done.facts if isinstance(fact, AchievementUnlocked)]


@pytest.mark.parametrize(
    ("kind", "given", "worth"),
    [
        ("hours_logged", {"metrics": {"hours": 20}}, 10),
        ("task_completed", {"context": {"complexity": "simple"}}, 10),
        ("task_completed", {"context": {"complexity": "complex"}}, 50),
        ("project_completed", {}, 100),
        ("training_completed", {}, 25),
        ("skill_certified", {}, 50),
        ("volunteer_referred", {}, 50),
    ],
)
def test_volunteer_points(kind: str, given: dict[str, Any], worth: int) -> None:
    assert points(Learner("volunteer").does(kind, **given))[f"activity_type:{kind}"] == worth


@pytest.mark.parametrize(
    ("kind", "context", "worth"),
    [
        ("lesson_completed", {}, 10),
        ("lesson_completed", {"difficulty": "hard"}, 50),
        ("course_completed", {"difficulty": "easy"}, 100),
        ("course_completed", {"difficulty": "hard"}, 500),
    ],
)
def test_lms_points_by_context(kind: str, context: dict[str, str], worth: int) -> None:
    done = Learner("lms").does(kind, context=context)
    assert points(done)[f"activity_type:{kind}"] == worth


def test_lms_maintaining_a_streak_is_worth_5_points_a_day() -> None:
    learner = Learner("lms")
    given = []
    for _ in range(3):
        given += [points(learner.does("login")), points(learner.does("lesson_completed"))]
        learner.tomorrow()
    assert [each.get("streak:learning", 0) for each in given] == [5, 0] * 3


@pytest.mark.parametrize(
    ("kind", "reached"),
    [
        ("course_completed", {1: "courses_1", 5: "courses_5", 10: "courses_10"}),
        ("lesson_completed", {10: "lessons_10", 50: "lessons_50", 100: "lessons_100"}),
    ],
)
def test_lms_course_and_lesson_achievements(kind: str, reached: dict[int, str]) -> None:
    learner = Learner("lms")
    found = {no: unlocked(learner.does(kind)) for no in range(1, max(reached) + 1)}
    assert {no: each for no, each in found.items() if each} == {
        no: [achievement] for no, achievement in reached.items()
    }


def test_lms_streak_achievements() -> None:
    learner = Learner("lms")
    found = {}
    for day in range(1, 101):
        found[day] = unlocked(learner.does("login"))
        learner.tomorrow()
    assert {day: each for day, each in found.items() if each} == {
        7: ["streak_7"],
        30: ["streak_30"],
        100: ["streak_100"],
    }


def test_lms_perfect_course() -> None:
    learner = Learner("lms")
    assert "perfect_course" not in unlocked(learner.does("course_completed"))
    assert "perfect_course" in unlocked(learner.does("course_completed", perfect=True))


def test_lms_speed_learning() -> None:
    learner = Learner("lms")
    slow = {"time_us": 600, "expected_time_us": 1000}
    fast = {"time_us": 500, "expected_time_us": 1000}
    learner.does("lesson_completed", **slow)
    found = [unlocked(learner.does("lesson_completed", **fast)) for _ in range(10)]
    assert "speed_learning" not in [each for done in found[:9] for each in done]
    assert "speed_learning" in found[9]


def test_classroom_covers_every_type() -> None:
    game = snapshot("classroom").progression
    achievements = game.achievements.values()
    assert len(achievements) >= 12
    assert {each.criteria.type for each in achievements} == set(RequirementType)
    assert len(game.badges) >= 8
    assert any(badge.set_bonuses for badge in game.badges.values())
    assert any(badge.evolution for badge in game.badges.values())
    assert len(game.quests) >= 10
    assert {quest.type for quest in game.quests.values()} == set(QuestType)
    assert any(quest.chain and quest.branches for quest in game.quests.values())
    assert game.prestige is not None
