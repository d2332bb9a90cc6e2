"""Who looks when something happens: no more than those whom it can move."""

from __future__ import annotations

import pytest

from renown_server.catalog import criteria as asked
from renown_server.catalog import progression as achieved
from renown_server.catalog.progression import Watched
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.signals import ANY_KEY, SignalKind
from tests.kit.catalogs import snapshot_of
from tests.kit.progression_catalog import PROGRESSION


@pytest.fixture(scope="module")
def game() -> CatalogSnapshot:
    return snapshot_of(PROGRESSION)


def test_what_is_watched_are_the_signals_of_the_engine() -> None:
    watched = {item.name: item.value for item in Watched if item is not Watched.METRIC}
    assert watched == {item.name: item.value for item in SignalKind}
    assert Watched.METRIC.value not in {item.value for item in SignalKind}
    assert achieved.WATCH_ALL == ANY_KEY == asked.ANY_ACTIVITY


def test_achievements_listen_to_what_moves_them(game: CatalogSnapshot) -> None:
    found = game.progression.listeners.achievements
    assert found[Watched.METRIC, "lessons"] == (
        "again",
        "busy",
        "first_lesson",
        "flawless",
        "phone",
        "spring_cleaning",
        "steps",
    )
    assert found[Watched.METRIC, "accuracy"] == ("precise",)
    assert found[Watched.ACTIVITY, "lesson"] == ("path", "swift")
    assert found[Watched.ACTIVITY, "*"] == ("path",)
    assert found[Watched.ITEM, "ore"] == ("all_of_it", "collector")
    assert found[Watched.BADGE, "bronze"] == ("all_of_it", "collector")
    assert found[Watched.LEVEL, ""] == ("collector", "scholar")
    assert found[Watched.ACHIEVEMENT, "first_lesson"] == ("scholar",)
    assert found[Watched.ACHIEVEMENT, "*"] == ("stars",)
    assert found[Watched.PRESTIGE, ""] == found[Watched.XP, ""] == ("stars",)
    assert found[Watched.STREAK, "daily"] == ("steady",)
    assert not {"old", "soon"}.intersection(name for names in found.values() for name in names)


def test_badges_listen_to_how_they_are_obtained(game: CatalogSnapshot) -> None:
    assert game.progression.listeners.badges == {
        (Watched.ACTIVITY, "*"): ("lucky",),
        (Watched.ACTIVITY, "visit"): ("festive",),
        (Watched.LEVEL, ""): ("veteran",),
        (Watched.ITEM, "ore"): ("miner",),
        (Watched.ACHIEVEMENT, "scholar"): ("silver",),
        (Watched.BADGE, "silver"): ("miner",),
        (Watched.QUEST, "contest"): ("winner",),
        (Watched.QUEST, "finale"): ("veteran",),
    }


def test_quests_that_start_by_themselves_listen(game: CatalogSnapshot) -> None:
    found = game.progression.listeners.quests
    assert {name for names in found.values() for name in names} == {"opening", "today"}
    assert found[Watched.ACTIVITY, "*"] == ("opening", "today")
    assert found[Watched.METRIC, "lessons"] == ("opening",)
    assert found[Watched.ITEM, "ore"] == ("opening",)


def test_streaks_listen_by_activity_type(game: CatalogSnapshot) -> None:
    assert game.progression.listeners.streaks == {
        "idle": ("any",),
        "lesson": ("any", "daily"),
        "study": ("any",),
        "visit": ("any", "daily"),
    }


def test_everything_that_somebody_reacts_to_is_listened_for(game: CatalogSnapshot) -> None:
    assert game.listens == {
        (SignalKind.ACTIVITY, "*"),
        (SignalKind.ACTIVITY, "lesson"),
        (SignalKind.ACTIVITY, "study"),
        (SignalKind.ACTIVITY, "visit"),
        (SignalKind.LEVEL, ""),
        (SignalKind.PRESTIGE, ""),
        (SignalKind.XP, ""),
        (SignalKind.ITEM, "ore"),
        (SignalKind.CURRENCY, "coins"),
        (SignalKind.ACHIEVEMENT, "*"),
        (SignalKind.ACHIEVEMENT, "first_lesson"),
        (SignalKind.ACHIEVEMENT, "scholar"),
        (SignalKind.BADGE, "bronze"),
        (SignalKind.BADGE, "silver"),
        (SignalKind.QUEST, "contest"),
        (SignalKind.QUEST, "finale"),
        (SignalKind.QUEST, "middle"),
        (SignalKind.STREAK, "daily"),
    }


@pytest.mark.parametrize(
    ("text", "listens"),
    [
        # What may move a metric that is watched, and nothing else.
        (
            "achievements: [{id: x, requirements: {conditions: [{metric: m}]}}]",
            {(SignalKind.ACTIVITY, "moves")},
        ),
        (
            "achievements: [{id: x, status: retired, requirements: {conditions: [{metric: m}]}}]",
            set(),
        ),
        (
            "quests: [{id: x, status: upcoming, objectives: [{id: a, targets: [{metric: m}]}]}]",
            set(),
        ),
        # Whatever quests under way may watch, though none starts by itself.
        (
            "quests: [{id: x, objectives: [{id: a, targets: [{item: ore}, {metric: m}]}]}]",
            {(SignalKind.ITEM, "ore"), (SignalKind.ACTIVITY, "moves")},
        ),
        # Streaks are told of activities without signals.
        ("streaks: [{id: x}]", set()),
        # A collection may be completed by what can't be earned any more.
        (
            "badge_collections: [{id: c}]\nbadges: [{id: x, status: retired, collection: c}]",
            {(SignalKind.BADGE, "x")},
        ),
        (
            "badges: [{id: x, acquisition: {method: purchase, cost: [{currency: c, amount: 1}]}}]",
            set(),
        ),
        (
            "achievements: [{id: x, status: retired, requirements: {conditions: [{metric: m}]}}]\n"
            "levels:\n  linear: {base: 1}\n  hard_cap: 3\n"
            "  requirements: [{level: 2, achievements: [x]}]",
            {(SignalKind.ACHIEVEMENT, "x")},
        ),
        (
            "achievements: [{id: x, requirements: {type: threshold, conditions: [{stat: badges},"
            " {stat: quests}, {stat: achievements}]}}]",
            {(SignalKind.BADGE, "*"), (SignalKind.QUEST, "*"), (SignalKind.ACHIEVEMENT, "*")},
        ),
    ],
)
def test_nobody_listens_in_vain(text: str, listens: set[tuple[int, str]]) -> None:
    base = """
name: a
currencies: [{code: c}]
metrics: [{id: m}]
items: [{id: ore}]
activity_types: [{id: moves, metrics: [m]}, {id: idles}]
"""
    assert snapshot_of(base + text).listens == listens
