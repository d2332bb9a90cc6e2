"""Prestige: what it asks for, takes, keeps and pays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.catalog.goods import ItemAmount, Reward
from renown_server.catalog.progression import Prestige, Reset
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Recorded
from renown_server.engine.facts import (
    CurrencyChanged,
    ItemChanged,
    ItemEquipped,
    LevelUp,
    MetricReset,
    MultiplierGranted,
    Prestiged,
    XpGained,
)
from renown_server.engine.signals import Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import LevelTooLow, PlayerNotFound, PrestigeUnavailable
from renown_server.players import render
from renown_server.players.prestige import Started, reward_for
from renown_server.profile import metrics
from renown_server.profile.experience import lose_xp
from renown_server.profile.state import PlayerBook
from renown_server.progress.values import (
    EarnedAchievement,
    Honor,
    Honors,
    OwnedBadge,
    QuestRecord,
    QuestRun,
    StreakState,
    Tally,
)
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, credit
from tests.kit.inventory import Player
from tests.kit.players import multiply, prestige, put_earned, put_progress
from tests.kit.pure import World
from tests.kit.times import DAY, HOUR, NOON

GAME = """
name: prestige
settings: {lateness_max: 72h}
currencies: [{code: coins}, {code: gems, cap: 10}]
metrics: [{id: lessons}, {id: pages}]
levels:
  linear: {base: 100}
  hard_cap: 5
  soft_cap: 3
  soft_cap_rate_basis_points: 5000
  rewards: [{every_levels: 1, currencies: [{currency: coins, amount: 10}]}]
bonuses: {prestige_basis_points: 1000}
activity_types:
  - {id: lesson, base_xp: 20, counts: [lessons]}
  - {id: marathon, base_xp: 1000, counts: [lessons]}
  - {id: reading, metrics: [pages]}
items:
  - {id: ore}
  - {id: hat, kind: cosmetic, cosmetic_kind: avatar, slot: head, unique: true}
  - {id: charm}
achievements:
  - {id: anew, reset_on_prestige: true, requirements: {conditions: [{metric: lessons, value: 5}]}}
  - {id: stays, requirements: {conditions: [{metric: pages, value: 5}]}}
streaks: [{id: daily}]
quests:
  - {id: errand, objectives: [{id: one, targets: [{metric: lessons}]}]}
titles: [{id: novice}]
badges: [{id: medal}]
leaderboards: [{id: xp_all, source: xp, period: all_time}]
prestige:
  max: 3
  rewards:
    - {reward: {currencies: [{currency: coins, amount: 7}]}}
    - {prestige: 2, reward: {xp: 50, currencies: [{currency: gems, amount: 3}]}}
"""


def game_of(policy: Prestige | None = None) -> CatalogSnapshot:
    """The game, with another policy if one is given."""
    snapshot = snapshot_of(GAME)
    if policy is not None:
        snapshot = replace(snapshot, progression=replace(snapshot.progression, prestige=policy))
    return snapshot


def policy_of(*resets: Reset, **fields: Any) -> Prestige:
    """A policy that pays nothing and asks for nothing."""
    return Prestige(
        level=1,
        max=3,
        resets=frozenset(resets),
        currencies=("coins",),
        items=("ore", "hat"),
        **fields,
    )


def rich(world: World) -> None:
    """Brings a player into being that has something of each sort."""
    owner = Player(world.snapshot)
    for command in (
        create("p"),
        activity("p", "marathon"),
        activity("p", "reading", metrics={"pages": 3}),
        credit("p", coins=100, gems=4),
        owner.grant(ore=5, hat=2, charm=1),
        multiply(20_000, DAY),
    ):
        world.run(command)
    worn = next(instance for item, instance in world.items("p") if item == "hat")
    world.run(owner.equip("hat", worn))
    put_progress(
        world,
        tallies={"achievement:anew": Tally((4,)), "achievement:stays": Tally((3,))},
        streaks={"daily": StreakState(runs=((20_400, 20_410),), longest=11)},
        quests={"errand": QuestRun(1, NOON)},
    )
    put_earned(
        world,
        achievements={"anew": EarnedAchievement(1), "stays": EarnedAchievement(1)},
        badges={"medal": OwnedBadge(2)},
        quests={"errand": QuestRecord(attempts=1, times=1)},
        honors={"all": Honors(titles={"novice": Honor(1, "r")}, title="novice")},
    )


def world_of(policy: Prestige | None = None) -> World:
    """A world with a rich player."""
    world = World(game_of(policy))
    rich(world)
    return world


def facts_of(done: Recorded, *kinds: type[Any]) -> list[Any]:
    return [fact for fact in done.facts if isinstance(fact, kinds)]


def test_xp_and_level_start_over_and_nothing_else_does() -> None:
    world = world_of(policy_of())
    before = world.player("p")
    xp = before.xp
    done = world.run(prestige(world))
    player = world.player("p")
    assert (player.prestige, player.xp, player.level, player.reward_level) == (1, 0, 1, 1)
    assert (player.lifetime_xp, before.level) == (before.lifetime_xp, 5)
    assert facts_of(done, Prestiged) == [Prestiged("prestige:1", 1, 5, xp)]
    started = done.result_as(Started)
    assert (started.boost_bp, started.resets) == (11_000, ())
    assert started.stands is not None
    assert (started.stands.lifetime_xp, started.stands.xp, started.stands.level) == (xp, 0, 1)
    assert started.achievements == ("anew",)
    assert player.metrics == before.metrics
    assert player.multipliers == before.multipliers
    assert world.scores("p") == {"xp_all||": xp}


def test_it_asks_for_the_level_and_ends_at_the_last() -> None:
    world = World(game_of())
    world.run(create("p"))
    with pytest.raises(LevelTooLow) as raised:
        world.run(prestige(world))
    assert raised.value.refusal.metadata == {"needed": "5", "level": "1"}
    for number in (1, 2, 3):
        world.run(activity("p", "marathon"))
        world.run(prestige(world))
        assert world.player("p").prestige == number
    world.run(activity("p", "marathon"))
    with pytest.raises(PrestigeUnavailable) as unavailable:
        world.run(prestige(world))
    assert unavailable.value.refusal.metadata == {"prestige": "3"}


def test_a_game_without_prestige_has_none() -> None:
    snapshot = game_of()
    world = World(replace(snapshot, progression=replace(snapshot.progression, prestige=None)))
    world.run(create("p"))
    with pytest.raises(PrestigeUnavailable):
        world.run(prestige(world))
    with pytest.raises(PlayerNotFound):
        world.run(prestige(world, "nobody"))


def test_each_level_pays_again_and_only_once_a_prestige() -> None:
    world = World(game_of())
    world.run(create("p"))
    world.run(activity("p", "marathon"))
    assert world.balance("p") == 40
    world.run(prestige(world))
    assert world.balance("p") == 47
    done = world.run(activity("p", "marathon"))
    assert [fact.prestige for fact in facts_of(done, LevelUp)] == [1] * 4
    assert world.balance("p") == 87
    world.run(activity("p", "marathon"))
    assert world.balance("p") == 87


def test_the_boost_and_the_soft_cap_act_on_what_comes() -> None:
    world = World(game_of())
    world.run(create("p"))
    (first,) = facts_of(world.run(activity("p", "marathon")), XpGained)
    assert first.amount == 200 + 800 // 2
    world.run(prestige(world))
    (boosted,) = facts_of(world.run(activity("p")), XpGained)
    assert (boosted.amount, boosted.multipliers) == (22, (("prestige", 11_000),))
    assert boosted.prestige == 1
    (capped,) = facts_of(world.run(activity("p", "marathon")), XpGained)
    # 178 in full up to the soft cap at 200, half of what lies beyond.
    assert capped.amount == 178 + (1_100 - 178) // 2
    assert capped.multipliers == (("prestige", 11_000), ("soft_cap", 5_000))


def test_a_prestige_pays_its_own_reward_and_that_of_each() -> None:
    world = World(game_of())
    world.run(create("p"))
    world.run(activity("p", "marathon"))
    world.run(prestige(world))
    world.run(activity("p", "marathon"))
    coins = world.balance("p")
    done = world.run(prestige(world))
    assert world.balance("p") == coins + 7
    assert world.balance("p", "gems") == 3
    (gained,) = facts_of(done, XpGained)
    assert (gained.base, gained.amount, gained.total) == (50, 60, 60)
    paid = facts_of(done, CurrencyChanged)
    assert {fact.counter_account for fact in paid} == {"issuance:prestige"}
    assert {fact.rule for fact in paid} == {"prestige:2"}


def test_what_finds_no_room_is_sent() -> None:
    reward = Reward(currencies=(("gems", 9),), items=(ItemAmount("ore", 1),))
    world = world_of(policy_of(rewards={0: reward}))
    world.run(prestige(world))
    assert world.balance("p", "gems") == 10
    (mail,) = world.tables["mail"].values()
    assert '"gems",3' in str(mail).replace(" ", "")


def test_rewards_add_up() -> None:
    policy = policy_of(rewards={0: Reward(xp=1, titles=("a",)), 2: Reward(xp=2, titles=("b",))})
    assert reward_for(policy, 1) == Reward(xp=1, titles=("a",))
    assert reward_for(policy, 2) == Reward(xp=3, titles=("a", "b"))


def test_metrics_start_over() -> None:
    world = world_of(policy_of(Reset.METRICS))
    done = world.run(prestige(world))
    assert facts_of(done, MetricReset) == [
        MetricReset("prestige:1", "lessons", 1),
        MetricReset("prestige:1", "pages", 3),
    ]
    player = world.player("p")
    assert (player.metrics, player.metric_marks) == ({}, {})
    world.run(activity("p", "reading", metrics={"pages": 2}))
    assert world.player("p").metrics == {"pages": 2}


def test_streaks_start_over() -> None:
    world = world_of(policy_of(Reset.STREAKS))
    world.run(prestige(world))
    state = world.progress("p").streaks["daily"]
    assert (state.runs, state.longest) == ((), 11)


def test_quests_start_over() -> None:
    world = world_of(policy_of(Reset.QUESTS))
    world.run(prestige(world))
    assert world.progress("p").quests == {}
    record = world.earned("p").quests.get("errand", QuestRecord())
    assert record.times == 0


def test_currencies_go_into_the_sink() -> None:
    world = world_of(policy_of(Reset.CURRENCIES))
    coins = world.balance("p")
    done = world.run(prestige(world))
    assert facts_of(done, CurrencyChanged) == [
        CurrencyChanged("prestige:1", "coins", -coins, 0, "sink:prestige")
    ]
    assert (world.balance("p"), world.balance("p", "gems")) == (0, 4)
    assert world.postings("p")[-1] == ("coins", -coins, 0)


def test_items_go_into_the_sink_worn_ones_too() -> None:
    world = world_of(policy_of(Reset.ITEMS))
    done = world.run(prestige(world))
    taken = facts_of(done, ItemChanged)
    assert [(fact.item, fact.amount) for fact in taken] == [("ore", -5), ("hat", -1), ("hat", -1)]
    assert {fact.counter_account for fact in taken} == {"sink:prestige"}
    assert [fact.slot for fact in facts_of(done, ItemEquipped)] == ["head"]
    assert world.items("p") == {("charm", ""): 1}


def test_multipliers_end() -> None:
    world = world_of(policy_of(Reset.MULTIPLIERS))
    done = world.run(prestige(world))
    (ended,) = facts_of(done, MultiplierGranted)
    assert (ended.ends_us, ended.added_us) == (NOON, -DAY)
    (gained,) = facts_of(world.run(activity("p")), XpGained)
    assert gained.multipliers == (("prestige", 11_000),)


def test_achievements_that_say_so_start_over() -> None:
    world = world_of(policy_of())
    world.run(prestige(world))
    assert not world.earned("p").has_achievement("anew")
    assert world.earned("p").has_achievement("stays")
    tallies = world.progress("p").tallies
    assert tallies.get("achievement:anew", Tally()).counts == ()
    assert tallies["achievement:stays"].counts == (3,)


def test_it_is_signalled_once_with_all_of_it_done() -> None:
    seen: list[tuple[Signal, int, int]] = []

    def react(work: Work) -> None:
        player = work.slice(PlayerBook).get("p")
        while work.pending:
            signal = work.pending.popleft()
            assert isinstance(signal, Signal)
            seen.append((signal, player.prestige, player.xp))

    snapshot = replace(game_of(policy_of()), listens=frozenset({(SignalKind.PRESTIGE.value, "*")}))
    world = World(snapshot, react=react)
    rich(world)
    world.run(prestige(world))
    ((signal, prestiged, xp),) = seen
    assert (signal.kind, signal.player_id, signal.amount) == (SignalKind.PRESTIGE, "p", 1)
    assert (signal.rule, prestiged, xp) == ("prestige:1", 1, 0)


def test_a_retry_gets_the_identical_answer() -> None:
    world = world_of(policy_of(*Reset))
    answers = []
    for _ in range(2):
        response = pb.PrestigeResponse()
        done = world.run(prestige(world, request_id="once"))
        render.fill_prestige(response, done)
        answers.append(response)
        world.run(activity("p"))
    assert answers[0] == answers[1]
    assert world.player("p").prestige == 1


def test_the_answer_tells_what_was_taken_and_given_apart() -> None:
    policy = policy_of(*Reset, rewards={0: Reward(xp=30, currencies=(("coins", 7),))})
    world = world_of(policy)
    coins = world.balance("p")
    response = pb.PrestigeResponse()
    render.fill_prestige(response, world.run(prestige(world)))
    assert (response.prestige, response.boost_basis_points) == (1, 11_000)
    assert (response.level_before, response.xp_before) == (5, 600)
    assert list(response.resets) == [1, 2, 3, 4, 5, 6]
    assert list(response.reset_achievements) == ["anew"]
    assert [change.amount for change in response.currencies] == [-coins]
    assert [change.item_id for change in response.items] == ["ore", "hat", "hat"]
    assert [change.amount for change in response.effects.currencies] == [7]
    assert response.effects.xp == 33
    assert not response.effects.items
    assert not response.effects.multipliers
    assert response.experience == pb.LevelProgress(
        level=1,
        total_xp=633,
        current_xp=33,
        current_level_xp=33,
        next_level_xp=100,
        progress_basis_points=3300,
        prestige=1,
    )


def test_what_was_gained_before_is_not_taken_from_what_came_since() -> None:
    """Revoking an activity of an earlier prestige leaves the present level alone."""
    world = world_of(policy_of())
    world.run(prestige(world))
    world.run(activity("p", "marathon"))
    before = world.player("p")
    work = world.open([prestige(world)])
    work.begin("key:test")
    player = work.slice(PlayerBook).get("p")
    assert list(lose_xp(work, player, 600, rule="revoke:x", prestige=0)) == []
    assert (player.xp, player.level, player.reward_level) == (
        before.xp,
        before.level,
        before.reward_level,
    )
    assert player.lifetime_xp == before.lifetime_xp - 600


@pytest.mark.parametrize(("recorded_us", "left"), [(NOON, 2), (NOON + HOUR, 1)])
def test_a_metric_that_started_over_loses_nothing_of_before(recorded_us: int, left: int) -> None:
    world = world_of(policy_of(Reset.METRICS))
    world.run(prestige(world))
    world.clock.value_us += HOUR
    world.run(activity("p"))
    world.run(activity("p"))
    work = world.open([prestige(world)])
    work.begin("key:test")
    player = work.slice(PlayerBook).get("p")
    metrics.take_back(work, player, "lessons", 1, "revoke:x", recorded_us)
    assert player.metrics["lessons"] == left


KEPT: dict[Reset, Callable[[World], Any]] = {
    Reset.METRICS: lambda world: world.player("p").metrics,
    Reset.STREAKS: lambda world: world.progress("p").streaks,
    Reset.QUESTS: lambda world: (world.progress("p").quests, world.earned("p").quests),
    Reset.CURRENCIES: lambda world: world.balance("p"),
    Reset.ITEMS: lambda world: (world.items("p"), world.tables["bags"]["p"]),
    Reset.MULTIPLIERS: lambda world: world.player("p").multipliers,
}
"""What each kind of reset is about."""


def _always_kept(world: World) -> Any:
    player, earned = world.player("p"), world.earned("p")
    return (
        player.lifetime_xp,
        player.usage,
        player.time_zone,
        player.created_us,
        player.last_active_us,
        earned.badges,
        earned.honors,
        earned.achievements["stays"].times,
        world.balance("p", "gems"),
        world.items("p")["charm", ""],
        world.scores("p"),
        world.tables["mail"],
    )


@settings(max_examples=40, deadline=None)
@given(resets=st.sets(st.sampled_from(list(Reset))), lessons=st.integers(0, 3))
def test_it_never_takes_what_its_policy_keeps(resets: set[Reset], lessons: int) -> None:
    world = world_of(policy_of(*resets))
    for _ in range(lessons):
        world.run(activity("p"))
    before = {reset: read(world) for reset, read in KEPT.items()}
    always = _always_kept(world)
    world.clock.value_us += HOUR
    world.run(prestige(world))
    assert _always_kept(world) == always
    for reset, read in KEPT.items():
        assert (read(world) == before[reset]) == (reset not in resets), reset


def test_conservation_of_what_is_taken() -> None:
    """All that leaves the player is on its ledger, and no balance is left behind."""
    world = world_of(policy_of(Reset.CURRENCIES, Reset.ITEMS))
    world.run(prestige(world))
    total = sum(amount for code, amount, _ in world.postings("p") if code == "coins")
    assert total == world.balance("p") == 0
