"""The games that ship: nothing is wrong with them, and they have what they are there to show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from renown.v1 import inventory_service_pb2 as inventory
from renown.v1 import progression_pb2 as pb
from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.check import check, load_catalog

CATALOGS = Path(__file__).parents[2] / "catalogs"
COMMON, RARE = inventory.RARITY_COMMON, inventory.RARITY_RARE
EPIC, LEGENDARY = inventory.RARITY_EPIC, inventory.RARITY_LEGENDARY

# Seed 003, as it lists them.
BADGES = {
    "First Step": COMMON,
    "Dedicated Volunteer": RARE,
    "Century Club": EPIC,
    "Hero of the Community": LEGENDARY,
    "Project Pioneer": COMMON,
    "Multi-Tasker": RARE,
    "Quick Learner": COMMON,
    "Jack of All Trades": EPIC,
    "Trained and Ready": COMMON,
    "Lifelong Learner": RARE,
    "Mentor": RARE,
    "Consistent Contributor": RARE,
    "Month of Service": EPIC,
}
GOALS = {
    "hours_logged": [1, 10, 50, 100, 500],
    "projects_completed": [1, 5],
    "tasks_completed": [10, 50],
    "skills_acquired": [1, 5],
    "trainings_completed": [1, 10],
    "consecutive_days": [7, 30],
    "volunteer_referred": [1],
}


def catalog(name: str) -> Catalog:
    return load_catalog(CATALOGS / name)


def names_of(enum: Any) -> set[int]:
    """The values of an enum but the unspecified one."""
    return {value.number for value in enum.DESCRIPTOR.values} - {0}


@pytest.mark.parametrize("name", sorted(each.name for each in CATALOGS.iterdir()))
def test_nothing_is_wrong(name: str) -> None:
    assert list(check(CATALOGS / name)) == []


def test_volunteer_has_the_badges_of_its_specification() -> None:
    badges = catalog("volunteer").badges
    assert {badge.name: badge.rarity for badge in badges} == BADGES
    assert len(badges) == 13


def test_volunteer_has_the_achievements_of_its_specification() -> None:
    achievements = catalog("volunteer").achievements
    goals: dict[str, list[int]] = {}
    for each in achievements:
        (condition,) = each.requirements.conditions
        goals.setdefault(each.achievement_type, []).append(condition.value)
    assert goals == GOALS
    assert len(achievements) == 16
    assert [each.achievement_type for each in achievements if each.repeatable] == [
        "volunteer_referred"
    ]


def test_classroom_shows_every_type() -> None:
    game = catalog("classroom")
    requirements = {each.requirements.type for each in game.achievements}
    objectives = {each.type or 1 for quest in game.quests for each in quest.objectives}
    assert requirements == names_of(pb.RequirementType)
    assert objectives == names_of(pb.ObjectiveType)
    assert {quest.type for quest in game.quests} == names_of(pb.QuestType)
    assert len(game.achievements) >= 12


def test_classroom_has_a_set_an_evolution_a_chain_a_branch_and_prestige() -> None:
    game = catalog("classroom")
    assert len(game.badges) >= 8
    assert [badge.id for badge in game.badges if badge.HasField("set_bonus")]
    assert [badge.id for badge in game.badges if badge.HasField("evolution")]
    assert len(game.quests) >= 10
    assert [quest.id for quest in game.quests if quest.chain.next_quest]
    assert [quest.id for quest in game.quests if quest.chain.branches]
    assert game.HasField("prestige")


def test_lms_has_the_goals_of_its_specification() -> None:
    """Courses, lessons and days, a perfect course, and speed."""
    game = catalog("lms")
    goals: dict[str, list[int]] = {}
    for each in game.achievements:
        goals.setdefault(each.category, []).append(each.requirements.conditions[0].value)
    assert goals == {
        "courses": [1, 5, 10],
        "lessons": [10, 50, 100],
        "streaks": [7, 30, 100],
        "special": [1, 10],
    }
    (streak,) = game.streaks
    assert [each.days for each in streak.milestones] == [7, 30, 100]
    assert [(each.currency, each.amount) for each in streak.daily_reward.currencies] == [
        ("points", 5)
    ]
