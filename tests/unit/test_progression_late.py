"""What a late activity earns counts where it happened, and is taken from there."""

from __future__ import annotations

import pytest

from renown_server import reactions
from renown_server.engine.facts import ScoreChanged
from tests.kit.badges import award
from tests.kit.badges import revoke as revoke_badge
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create
from tests.kit.pure import World
from tests.kit.revocations import revoke
from tests.kit.times import DAY, NOON

GAME = snapshot_of("""
name: late
settings: {lateness_max: 240h}
metrics: [{id: lessons}]
levels: {linear: {base: 1000}, hard_cap: 20}
activity_types:
  - {id: visit}
  - {id: lesson, counts: [lessons]}
  - {id: find, loot: [{table_id: chest}]}
  - {id: boost, items: [{item_id: potion, quantity: 1}]}
items: [{id: potion}]
loot_tables: [{id: chest, entries: [{id: a, weight: 1, reward: {xp: 40}}]}]
leaderboards:
  - {id: most, source: xp, period: weekly}
  - {id: best, source: xp, period: weekly, aggregation: max}
badges: [{id: pin, points_value: 30, acquisition: {max_per_player: 9}}]
achievements:
  - {id: one, requirements: {conditions: [{activity_type: visit}]}, rewards: {xp: 40}}
  - {id: two, requirements: {conditions: [{metric: lessons}]},
     rewards: {multipliers: [{basis_points: 20000, duration: 24h}]}}
""")

LAST_WEEK = NOON - 7 * DAY


@pytest.fixture
def world() -> World:
    world = World(GAME, react=reactions.react)
    world.run(create("p"))
    return world


@pytest.mark.parametrize("kind", ["visit", "find"])
def test_all_that_it_earns_is_scored_where_it_happened(world: World, kind: str) -> None:
    done = world.run(activity("p", kind, "late", occurred_at_us=LAST_WEEK))
    scored = [fact for fact in done.facts if isinstance(fact, ScoreChanged)]
    assert {(fact.board, fact.score) for fact in scored} == {("most", 40), ("best", 40)}
    assert all(fact.period_start_us <= LAST_WEEK for fact in scored)
    assert all(fact.period_start_us + 7 * DAY > LAST_WEEK for fact in scored)
    world.run(revoke("p", "late"))
    assert world.scores("p") == {}


def test_what_it_earns_is_multiplied_by_what_acted_then(world: World) -> None:
    world.run(activity("p", "lesson"))
    world.clock.value_us = NOON + 2 * DAY
    world.run(activity("p", "visit", "late", occurred_at_us=NOON + 60))
    assert world.player("p").xp == 80


def test_points_of_a_badge_that_is_taken_by_hand_leave_the_boards(world: World) -> None:
    world.run(activity("p", "visit"))
    world.run(award("p", "pin", 2))
    (before,) = [v for key, v in world.scores("p").items() if key.startswith("most")]
    assert before == 100
    world.clock.value_us = NOON + 7 * DAY
    world.run(revoke_badge("p", "pin", 1, take_rewards=True))
    (after,) = [v for key, v in world.scores("p").items() if key.startswith("most")]
    assert (after, world.player("p").xp) == (70, 70)
