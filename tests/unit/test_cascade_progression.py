"""What streaks, badges and late activities do to what activities earn; what things ask for."""

from __future__ import annotations

from typing import Any

import pytest

from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import store_service_pb2 as store_pb
from renown_server import reactions
from renown_server.achievements import rules as achievements
from renown_server.activity.commands import record_activity
from renown_server.activity.render import fill_result
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Recorded
from renown_server.engine.facts import (
    AchievementUnlocked,
    BadgeChanged,
    CurrencyChanged,
    MetricMoved,
    StreakAdvanced,
    XpGained,
)
from renown_server.engine.signals import Award, AwardKind, Signal
from renown_server.engine.work import Work
from renown_server.errors import RequirementNotMet
from renown_server.profile.profiles import PlayerView
from renown_server.profile.render import level_progress
from renown_server.progress.state import ProgressBook
from renown_server.store.queries import Buyer
from renown_server.store.render import fill_offer, fill_purchase
from renown_server.store.rpc import _purchased
from renown_server.store.shelves import sale_of
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, credit
from tests.kit.inventory import CONSUME, Player
from tests.kit.odd import Odd
from tests.kit.pure import World
from tests.kit.store import buy, redeem
from tests.kit.times import DAY, NOON, us

GAME = """
name: cascade
settings:
  lateness_max: 72h
  progression: {multiplier_max_basis_points: 25000}
currencies: [{code: coins}]
metrics: [{id: lessons}]
levels:
  linear: {base: 100}
  hard_cap: 9
  requirements: [{level: 3, achievements: [scholar]}]
boosts:
  - {id: double, factor_basis_points: 20000, starts_at: 2026-12-01T00:00:00Z,
     ends_at: 2026-12-02T00:00:00Z, activity_types: [lesson]}
  - {id: triple, factor_basis_points: 15000, starts_at: 2026-12-01T00:00:00Z,
     ends_at: 2026-12-02T00:00:00Z, activity_types: [lesson]}
activity_types:
  - {id: lesson, base_xp: 100, counts: [lessons], currencies: [{currency: coins, amount: 10}]}
  - {id: walk, currencies: [{currency: coins, amount: 10}]}
  - {id: rest}
items:
  - {id: potion, kind: consumable, use: {effects: {xp: 1}}, achievements: [secret]}
  - {id: crown, kind: equipment, slot: head, achievements: [scholar]}
offers:
  - {id: deal, contents: {badges: [vip]}, prices: [{currencies: [{currency: coins, amount: 1}]}],
     achievements: [scholar]}
  - {id: pass, contents: {xp: 1, badges: [vip]}, product_id: pass, achievements: [scholar]}
achievements:
  - {id: scholar, requirements: {conditions: [{metric: lessons, value: 5}]}}
  - {id: secret, secret: true, requirements: {conditions: [{metric: lessons, value: 6}]}}
  - {id: two_a_day, requirements: {conditions: [{metric: lessons, value: 2, time_frame: day}]}}
badges:
  - {id: vip}
  - id: lens
    bonuses: [{stat: xp, type: flat, value: 20}, {stat: xp, value: 500},
              {stat: coins, type: flat, value: 3}, {stat: coins, value: 5000}]
streaks:
  - {id: daily, activity_types: [lesson], bonus_basis_points_per_day: 1000,
     bonus_basis_points_max: 12000}
"""

SNAPSHOT = snapshot_of(GAME)


@pytest.fixture
def world() -> World:
    world = World(SNAPSHOT, react=reactions.react)
    world.run(create("p"))
    return world


def gained(done: Recorded) -> XpGained:
    (fact,) = [fact for fact in done.facts if isinstance(fact, XpGained)]
    return fact


def wear(world: World, *badges: str) -> None:
    def deed(work: Work) -> None:
        for badge in badges:
            work.award(Award("p", AwardKind.BADGE, badge, 1, "test"))

    def put_on(work: Work) -> None:
        earned = work.slice(ProgressBook).earned("p")
        earned.set_honors(work, type(earned.honors)(badges_equipped=badges))

    world.run(Odd(deed, "p"))
    world.run(Odd(put_on, "p"))


def learn(world: World, times: int) -> Recorded:
    done = [world.run(activity("p", "lesson")) for _ in range(times)]
    return done[-1]


def test_the_day_counts_before_the_xp(world: World) -> None:
    done = world.run(activity("p", "lesson"))
    kinds = [type(fact) for fact in done.facts]
    assert kinds.index(MetricMoved) < kinds.index(StreakAdvanced) < kinds.index(XpGained)


@pytest.mark.parametrize(("days", "factor"), [(1, 11000), (2, 12000), (3, 12000)])
def test_a_streak_raises_xp_up_to_its_most(world: World, days: int, factor: int) -> None:
    for _ in range(days - 1):
        world.run(activity("p", "lesson"))
        world.clock.value_us += DAY
    fact = gained(world.run(activity("p", "lesson")))
    assert fact.multipliers == (("streak", factor),)
    assert fact.amount == 100 * factor // 10000


def test_activities_of_other_types_do_not_feel_the_streak(world: World) -> None:
    world.snapshot = snapshot_of(GAME.replace("id: walk,", "id: walk, base_xp: 100,"))
    world.run(activity("p", "lesson"))
    assert gained(world.run(activity("p", "walk"))).multipliers == ()


def test_worn_badges_raise_what_is_earned(world: World) -> None:
    wear(world, "lens")
    done = world.run(activity("p", "lesson"))
    fact = gained(done)
    assert fact.multipliers == (("streak", 11000), ("badges", 10500))
    assert (fact.base, fact.amount) == (120, 138)  # 120 × 1.1 × 1.05 = 138.6
    paid = [(f.amount, f.rule) for f in done.facts if isinstance(f, CurrencyChanged)]
    assert paid == [(10, "activity_type:lesson"), (9, "badges")]  # (10 + 3) × 1.5 = 19.5


def test_badges_raise_only_what_is_earned(world: World) -> None:
    wear(world, "lens")
    walk = world.run(activity("p", "walk"))
    assert not [fact for fact in walk.facts if isinstance(fact, XpGained)]
    rest = world.run(activity("p", "rest"))
    assert not [fact for fact in rest.facts if isinstance(fact, CurrencyChanged)]


def test_a_badge_that_is_not_worn_does_nothing(world: World) -> None:
    world.run(Odd(lambda work: work.award(Award("p", AwardKind.BADGE, "lens", 1, "t")), "p"))
    assert gained(world.run(activity("p", "lesson"))).multipliers == (("streak", 11000),)


def test_all_that_acts_for_a_time_is_capped_together(world: World) -> None:
    world.clock.value_us = us("2026-12-01T12:00:00+00:00")  # both boosts: 3.0
    fact = gained(world.run(activity("p", "lesson")))
    assert fact.multipliers == (("streak", 11000), ("multiplier_cap", 25000))
    assert fact.amount == 275


def test_a_late_activity_counts_where_it_happened(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Signal] = []
    rules = achievements.on_signal

    def on_signal(work: Work, signal: Signal) -> None:
        heard.append(signal)
        rules(work, signal)

    monkeypatch.setattr(achievements, "on_signal", on_signal)
    yesterday = NOON - DAY
    world.run(activity("p", "lesson"))
    late = world.run(activity("p", "lesson", occurred_at_us=yesterday))
    assert [fact.day for fact in late.facts if isinstance(fact, StreakAdvanced)]
    assert not [f for f in late.facts if isinstance(f, AchievementUnlocked)]
    late = world.run(activity("p", "lesson", occurred_at_us=yesterday + 1))
    unlocked = [f.achievement for f in late.facts if isinstance(f, AchievementUnlocked)]
    assert unlocked == ["two_a_day"]
    assert {each.occurred_us for each in heard} == {NOON, yesterday, yesterday + 1}


@pytest.mark.parametrize(
    ("snapshot", "parts"),
    [
        (SNAPSHOT, {"progress", "earned"}),
        (snapshot_of("name: bare\nactivity_types: [{id: lesson}]"), set()),
    ],
)
def test_progress_is_loaded_at_once_where_there_is_any(
    snapshot: CatalogSnapshot, parts: set[str]
) -> None:
    body = activity("p", "lesson").body
    command = record_activity(body, "key:game", snapshot)
    assert set(command.wanted()) - {"wallets", "scores"} == parts


def test_a_command_made_without_the_catalog_earns_the_same(world: World) -> None:
    other = World(SNAPSHOT, react=reactions.react)
    other.run(create("p"))
    for number in range(6):
        command = activity("p", "lesson", f"a{number}")
        known = record_activity(command.body, command.principal, SNAPSHOT)
        assert world.run(command).facts == other.run(known).facts


def view_of(world: World) -> PlayerView:
    player = world.player("p")
    return PlayerView(
        "p", 1, 1, 1, player.xp, player.lifetime_xp, player.level, 0, "UTC", player.metrics
    )


def test_progress_says_that_a_level_is_held_back(world: World) -> None:
    learn(world, 4)
    stands = level_progress(view_of(world), SNAPSHOT)
    assert (stands.level, stands.current_xp, stands.current_level_xp) == (2, 440, 340)
    assert (stands.next_level_xp, stands.progress_basis_points) == (100, 10000)
    assert not stands.max_level
    done = learn(world, 1)
    message = activity_pb.ActivityResult()
    fill_result(message, activity("p").body, done)
    assert [each.achievement_id for each in message.progress.achievements] == ["scholar"]
    assert [each.level for each in message.level_ups] == [3, 4, 5, 6]
    assert message.xp.level == level_progress(view_of(world), SNAPSHOT).level == 6


def test_an_answer_without_progress_has_none(world: World) -> None:
    message = activity_pb.ActivityResult()
    fill_result(message, activity("p").body, world.run(activity("p", "rest")))
    assert not message.HasField("progress")


def test_using_asks_for_achievements_and_names_no_secret_one(world: World) -> None:
    player = Player(SNAPSHOT)
    world.run(player.grant(potion=2, crown=1))
    with pytest.raises(RequirementNotMet) as caught:
        world.run(player.use(CONSUME, "potion"))
    assert caught.value.refusal.metadata == {"requirement": "a secret achievement"}
    with pytest.raises(RequirementNotMet) as caught:
        world.run(player.equip("crown"))
    assert caught.value.refusal.metadata == {"requirement": "the achievement scholar"}
    learn(world, 6)
    world.run(player.use(CONSUME, "potion"))
    world.run(player.equip("crown"))


def offer_for(world: World, **fields: Any) -> store_pb.Offer:
    message = store_pb.Offer()
    sale = sale_of(SNAPSHOT.offers["deal"], SNAPSHOT.rotations, NOON)
    assert sale is not None
    fill_offer(message, sale, Buyer(1, "UTC", {}, {}, **fields), SNAPSHOT.progression, NOON)
    return message


def test_buying_asks_for_achievements(world: World) -> None:
    world.run(credit("p", coins=5))
    with pytest.raises(RequirementNotMet):
        world.run(buy("p", "deal", catalog=SNAPSHOT))
    assert offer_for(world).blocked_by == "REQUIREMENT_NOT_MET"
    assert not offer_for(world).purchasable
    assert offer_for(world, achievements=frozenset({"scholar"})).purchasable
    learn(world, 5)
    world.run(buy("p", "deal", catalog=SNAPSHOT))
    assert world.earned("p").badge_count("vip") == 1


def test_what_follows_from_a_purchase_belongs_to_it(world: World) -> None:
    world.run(credit("p", coins=5))
    learn(world, 5)
    done = world.run(buy("p", "deal", catalog=SNAPSHOT))
    (row,) = world.tables["purchases"].values()
    assert '"badge":"vip"' in row[4]
    message = store_pb.PurchaseRecord()
    fill_purchase(message, _purchased("p", done))
    assert [each.badge_id for each in message.rewards.progress.badges] == ["vip"]


def test_a_receipt_asks_for_nothing_and_is_redeemed_once_though_it_asks_late(
    world: World,
) -> None:
    command = redeem("p", "r1", "pass", catalog=SNAPSHOT)
    # As if the catalog had not said what the offer gives: it is found out in the reactions.
    command._keys = {"receipts": command._keys["receipts"]}
    done = world.run(command)
    assert [fact.badge for fact in done.facts if isinstance(fact, BadgeChanged)] == ["vip"]
    assert done.result is None
    again = world.run(redeem("p", "r1", "pass", catalog=SNAPSHOT))
    assert again.facts == done.facts
    assert world.earned("p").badge_count("vip") == 1


def test_a_game_without_progression_keeps_nothing_of_it() -> None:
    world = World(snapshot_of(), react=reactions.react)
    world.run(activity("p", "lesson"))
    assert not world.tables["progress"]
    assert not world.tables["earned"]
