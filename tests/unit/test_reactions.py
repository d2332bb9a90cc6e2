"""What follows from a command: order, bound, and that it refuses nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from renown_server import reactions
from renown_server.achievements import rules as achievements
from renown_server.badges import rules as badges
from renown_server.catalog.progression import Listeners
from renown_server.engine.facts import (
    AchievementUnlocked,
    BadgeChanged,
    ContentUnlocked,
    CurrencyChanged,
    LevelUp,
    MailReceived,
    QuestUnlocked,
    RewardOverflowed,
    TitleEarned,
    XpGained,
)
from renown_server.engine.signals import Award, AwardKind, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import CascadeTooLong, RequirementNotMet
from renown_server.inventory import rewards
from renown_server.profile.state import PlayerBook
from renown_server.progress import requirements
from renown_server.quests import rules as quests
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, credit
from tests.kit.odd import Odd
from tests.kit.pure import World
from tests.kit.times import HOUR, NOON

GAME = """
name: reactions
settings: {lateness_max: 72h, economy: {mailbox_capacity: 1}}
currencies: [{code: coins, cap: 100}, {code: gems}]
metrics: [{id: lessons}]
levels:
  linear: {base: 100}
  hard_cap: 9
  rewards:
    - {level: 2, currencies: [{currency: gems, amount: 3}], badges: [riser], titles: [novice],
       unlock_content: [hall]}
  requirements: [{level: 4, achievements: [hidden]}]
activity_types:
  - {id: lesson, base_xp: 1, counts: [lessons]}
  - {id: marathon, base_xp: 450}
  - {id: rich, currencies: [{currency: gems, amount: 4}]}
items:
  - {id: hat, kind: equipment, slot: head, achievements: [hidden]}
titles: [{id: novice}, {id: sage}]
achievements:
  - id: first
    requirements: {conditions: [{metric: lessons}]}
    rewards: {xp: 120, currencies: [{currency: coins, amount: 100}],
              items: [{item_id: hat, quantity: 1}], badges: [starter], titles: [sage],
              unlock_content: [map], unlock_quests: [finale], achievements: [given]}
  - {id: given, requirements: {conditions: [{metric: lessons, value: 99}]}, rewards: {xp: 1}}
  - {id: hidden, secret: true, requirements: {conditions: [{metric: lessons, value: 3}]}}
badges:
  - {id: starter}
  - {id: riser, acquisition: {method: milestone, level: 9}}
  - {id: crowned, acquisition: {method: collection, badges_needed: [starter]}}
quests:
  - {id: finale, requirements: {locked: true},
     objectives: [{id: a, targets: [{metric: lessons, value: 9}]}]}
"""

SNAPSHOT = snapshot_of(GAME)


@pytest.fixture
def world() -> World:
    world = World(SNAPSHOT, react=reactions.react)
    world.run(create("p"))
    return world


class Told(list[tuple[str, Any]]):
    """Who was told what, in order; in the place of the slices."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        for name, rules in (("achievements", achievements), ("badges", badges), ("quests", quests)):
            patch.setattr(rules, "on_signal", self._on_signal(name))
        patch.setattr(badges, "award", self._given("badge"))
        patch.setattr(achievements, "grant", self._given("achievement"))
        patch.setattr(quests, "unlock", self._given("quest"))
        self.then: Callable[[Work, Signal], None] = lambda work, signal: None

    def _on_signal(self, name: str) -> Callable[[Work, Signal], None]:
        def on_signal(work: Work, signal: Signal) -> None:
            self.append((name, signal.key))
            self.then(work, signal)

        return on_signal

    def _given(self, name: str) -> Callable[..., None]:
        def give(work: Work, player_id: str, key: str, *rest: Any, **named: Any) -> None:
            self.append((name, key))

        return give


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(monkeypatch)


def listening(world: World) -> World:
    """All of the slices have somebody who listens, and everything is signalled."""
    known = world.snapshot.progression
    world.snapshot = replace(
        world.snapshot,
        progression=replace(
            known,
            listeners=replace(
                known.listeners, achievements={(int(SignalKind.ITEM), "*"): ("first",)}
            ),
        ),
        listens=frozenset({(int(SignalKind.ITEM), "*")}),
    )
    return world


def item(work: Work, key: str) -> None:
    work.signal(SignalKind.ITEM, "p", key, 1, "request:Odd")


def test_what_came_first_is_worked_off_first(world: World, told: Told) -> None:
    def deed(work: Work) -> None:
        item(work, "a")
        work.award(Award("p", AwardKind.BADGE, "b", 1, "test"))
        item(work, "c")
        work.award(Award("p", AwardKind.ACHIEVEMENT, "d", 1, "test"))
        work.award(Award("p", AwardKind.QUEST, "e", 1, "test"))

    def then(work: Work, signal: Signal) -> None:
        if told == [("achievements", "a")]:
            item(work, "late")

    told.then = then
    listening(world).run(Odd(deed, "p"))
    everybody = ("achievements", "badges", "quests")
    assert told == [
        *[(name, "a") for name in everybody],
        ("badge", "b"),
        *[(name, "c") for name in everybody],
        ("achievement", "d"),
        ("quest", "e"),
        *[(name, "late") for name in everybody],
    ]


def test_nobody_is_told_who_does_not_listen(world: World, told: Told) -> None:
    game = listening(world)
    game.snapshot = replace(
        game.snapshot,
        progression=replace(game.snapshot.progression, listeners=Listeners(), badges={}, quests={}),
    )
    game.run(Odd(lambda work: item(work, "a"), "p"))
    assert not told


@pytest.mark.parametrize("steps", [reactions.WORKLIST_MAX, reactions.WORKLIST_MAX + 1])
def test_the_worklist_is_bounded(world: World, told: Told, steps: int) -> None:
    def then(work: Work, signal: Signal) -> None:
        if told[-1][0] == "quests" and len(told) < 3 * steps:
            item(work, "a")

    told.then = then
    before = world.state()
    command = Odd(lambda work: item(work, "a"), "p")
    if steps <= reactions.WORKLIST_MAX:
        listening(world).run(command)
        assert len(told) == 3 * steps
        return
    with pytest.raises(CascadeTooLong) as caught:
        listening(world).run(command)
    assert caught.value.refusal.metadata == {"steps": "1000"}
    after = world.state()
    assert {name for name in after if after[name] != before[name]} <= {"requests"}


def test_what_follows_counts_where_it_happened(world: World, told: Told) -> None:
    moments: list[tuple[str, int]] = []

    def then(work: Work, signal: Signal) -> None:
        if told[-1][0] != "achievements":
            return
        moments.append((signal.key, signal.occurred_us))
        if signal.key == "a":
            work.award(Award("p", AwardKind.BADGE, "b", 1, "test"))
            item(work, "b")

    def deed(work: Work) -> None:
        work.signal(SignalKind.ITEM, "p", "a", 1, "test", occurred_us=NOON - HOUR)
        item(work, "now")

    told.then = then
    listening(world).run(Odd(deed, "p"))
    assert moments == [("a", NOON - HOUR), ("now", NOON), ("b", NOON - HOUR)]


def test_rewards_cause_rewards(world: World) -> None:
    done = world.run(activity("p", "lesson"))
    facts = {type(fact).__name__: fact for fact in done.facts}
    unlocked = [fact.achievement for fact in done.facts if isinstance(fact, AchievementUnlocked)]
    assert unlocked == ["first", "given"]
    awarded = [(f.badge, f.rule) for f in done.facts if isinstance(f, BadgeChanged)]
    assert awarded == [
        # The level was reached while the reward was paid, which names its own badges afterwards.
        ("riser", "level:2"),
        ("starter", "achievement:first"),
        ("crowned", "badge:starter"),
    ]
    titles = [(f.title, f.rule) for f in done.facts if isinstance(f, TitleEarned)]
    assert titles == [("novice", "level:2"), ("sage", "achievement:first")]
    contents = [f.content for f in done.facts if isinstance(f, ContentUnlocked)]
    assert contents == ["hall", "map"]
    assert facts["QuestUnlocked"] == QuestUnlocked(rule="achievement:first", quest="finale")
    assert [(item, count) for (item, _), count in world.items("p").items()] == [("hat", 1)]
    assert world.balance("p", "gems") == 3
    earned = world.earned("p")
    assert set(earned.achievements) == {"first", "given"}
    assert set(earned.honors.titles) == {"novice", "sage"}


def test_a_retry_gets_the_same_answer(world: World) -> None:
    first = world.run(activity("p", "lesson", "a1"))
    assert world.run(activity("p", "lesson", "a1")).facts == first.facts


def test_what_follows_refuses_nothing(world: World) -> None:
    world.run(credit("p", coins=30))
    done = world.run(activity("p", "lesson"))
    spilt = [fact for fact in done.facts if isinstance(fact, RewardOverflowed)]
    assert [(fact.currency, fact.amount, fact.policy) for fact in spilt] == [
        ("coins", 30, "mailbox")
    ]
    assert world.balance("p") == 100
    (mail,) = [fact for fact in done.facts if isinstance(fact, MailReceived)]
    assert mail.currencies == (("coins", 30),)


def test_what_finds_no_place_in_the_mailbox_is_left_out(world: World) -> None:
    world.snapshot = snapshot_of(GAME.replace("cap: 100", "cap: 50"))
    world.run(credit("p", coins=50))
    reward = world.snapshot.progression.achievements["first"].reward

    def pay(work: Work) -> None:
        for _ in range(2):
            rewards.pay_freely(
                work, "p", replace(reward, xp=0), rule="test", counter_account="issuance:test"
            )

    done = world.run(Odd(pay, "p"))
    spilt = [fact.policy for fact in done.facts if isinstance(fact, RewardOverflowed)]
    assert spilt == ["mailbox", "discard"]


@pytest.mark.parametrize(
    ("scale_bp", "xp", "coins"), [(10_000, 120, 100), (5_050, 60, 50), (1, 0, 0), (0, 0, 0)]
)
def test_a_share_of_a_reward(world: World, scale_bp: int, xp: int, coins: int) -> None:
    reward = replace(SNAPSHOT.progression.achievements["first"].reward, badges=(), achievements=())

    def pay(work: Work) -> None:
        rewards.pay_freely(
            work, "p", reward, rule="test", counter_account="issuance:test", scale_bp=scale_bp
        )

    done = world.run(Odd(pay, "p"))
    assert sum(fact.amount for fact in done.facts if isinstance(fact, XpGained)) == xp
    paid = [fact.amount for fact in done.facts if isinstance(fact, CurrencyChanged)]
    assert paid[:1] == ([coins] if coins else [])
    assert world.items("p")  # things are not divided


def test_levels_wait_for_what_they_ask_for(world: World) -> None:
    done = world.run(activity("p", "marathon"))
    assert [fact.level for fact in done.facts if isinstance(fact, LevelUp)] == [2, 3]
    assert (world.player("p").xp, world.player("p").level) == (450, 3)
    for _ in range(2):
        done = world.run(activity("p", "lesson"))
        assert not [fact for fact in done.facts if isinstance(fact, LevelUp)]
    done = world.run(activity("p", "lesson"))
    kinds = [type(fact) for fact in done.facts]
    assert [fact.level for fact in done.facts if isinstance(fact, LevelUp)] == [4, 5, 6]
    assert kinds.index(LevelUp) > kinds.index(AchievementUnlocked)
    assert world.player("p").level == world.player("p").reward_level == 6


def test_errors_name_nothing_secret(world: World) -> None:
    def ask(work: Work) -> None:
        player = work.slice(PlayerBook).get("p")
        requirements.check(work, player, achievements=SNAPSHOT.items["hat"].achievements)

    with pytest.raises(RequirementNotMet) as caught:
        world.run(Odd(ask, "p"))
    assert "hidden" not in str(caught.value) + str(caught.value.refusal)


def test_earned_money_is_signalled(world: World, told: Told) -> None:
    world.snapshot = replace(world.snapshot, listens=frozenset({(int(SignalKind.CURRENCY), "*")}))
    world.run(activity("p", "rich"))
    assert ("badges", "gems") in told
    told.clear()
    world.run(credit("p", gems=1))
    assert ("badges", "gems") in told
