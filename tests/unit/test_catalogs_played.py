"""What players earn in the catalogs that ship; what these hold is in `test_catalogs_shipped`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from renown_server import reactions
from renown_server.catalog.check import load_catalog
from renown_server.catalog.compile import compile_catalog
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Recorded
from renown_server.engine.facts import AchievementUnlocked, CurrencyChanged
from tests.conftest import CHECKOUT
from tests.kit.commands import activity
from tests.kit.pure import World


def snapshot(name: str) -> CatalogSnapshot:
    return compile_catalog(load_catalog(CHECKOUT / "catalogs" / name), version=1)


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
