"""Progression, looked at with fresh eyes: what went wrong between its rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from renown_server import reactions
from renown_server.achievements.advance import LEFT_MAX
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.facts import QuestExpired, QuestStarted, ScoreChanged
from renown_server.engine.signals import Signal, SignalKind
from renown_server.inventory.standing import standing
from renown_server.profile.state import PlayerBook
from renown_server.progress.counting import observe
from renown_server.progress.values import EMPTY_TALLY
from renown_server.quests import commands
from tests.kit.achievements import list_of, revoke, unlocks
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create
from tests.kit.pure import World
from tests.kit.quests import LESSON, Site, game
from tests.kit.times import DAY, NOON, us


@pytest.mark.parametrize("told", [False, True])
def test_the_first_activity_of_a_day_starts_its_quest_whoever_notes_that_yesterdays_is_over(
    told: bool,
) -> None:
    site = Site(f"  - {{id: q, type: daily, auto_start: true, objectives: [{LESSON}]}}")
    site.do()
    site.at(NOON + DAY)
    facts = site.pass_time() if told else []
    facts += site.do()
    ended, started = facts
    assert isinstance(ended, QuestExpired)
    assert started == QuestStarted("quest:q", "q", 2, us("2026-11-20T00:00:00Z"))
    assert site.runs["q"].tallies["learn"].counts == (1,)


def test_a_quest_that_loses_its_last_open_objective_can_be_claimed() -> None:
    both = "  - {id: q, objectives: [{id: a, targets: [{activity_type: visit}]}, %s]}"
    site = Site(both % LESSON)
    site.start("q")
    site.do("visit")
    site.catalog = site.world.snapshot = game(both.replace(", %s", ""))
    assert site.claim("q").claimed_us == NOON
    assert site.record("q").times == 1


def _collections(count: int, each: int) -> str:
    names = [[f"thing_{n}_{m}" for m in range(each)] for n in range(count)]
    items = "".join(f"  - {{id: {name}}}\n" for group in names for name in group)
    achievements = "".join(
        f"  - {{id: c{n}, requirements: {{type: collection, conditions: ["
        + ", ".join(f"{{item: {name}}}" for name in [names[0][0], *group])
        + "]}}\n"
        for n, group in enumerate(names[1:])
    )
    return (
        "name: many\nmetrics: [{id: lessons}]\nlevels: {linear: {base: 100}, hard_cap: 20}\n"
        "activity_types:\n  - {id: find, items: [{item_id: thing_0_0, quantity: 1}]}\n"
        f"items:\n{items}achievements:\n{achievements}"
    )


class _Counting(World):
    """A world that counts how often commands ask for more."""

    loads = 0

    def _absorb(self, work: Any, name: str, keys: Any) -> None:
        self.loads += 1
        super()._absorb(work, name, keys)


def test_many_things_are_asked_for_at_once() -> None:
    world = _Counting(snapshot_of(_collections(30, 10)), react=reactions.react)
    world.run(activity("p", "find"))
    # A batch gives up on a command that asks 256 times.
    assert world.loads < 20
    world.loads = 0
    assert len(list_of(world).views) == 29
    assert world.loads < 20


def test_starting_a_quest_asks_for_its_things_at_once() -> None:
    names = [f"thing_{n}" for n in range(30)]
    targets = ", ".join(f"{{item: {name}, value: 9}}" for name in names)
    text = (
        "name: many\nlevels: {linear: {base: 100}, hard_cap: 20}\nitems:\n"
        + "".join(f"  - {{id: {name}}}\n" for name in names)
        + f"quests: [{{id: q, objectives: [{{id: a, type: reach, targets: [{targets}]}}]}}]\n"
    )
    world = _Counting(snapshot_of(text), react=reactions.react)
    world.run(create("p"))
    world.loads = 0
    body = commands.QuestBody("r-1", "p", "q")
    world.run(commands.start_quest(body, "key:s", world.snapshot))
    assert world.loads < 20


@pytest.mark.parametrize(("achievements", "items"), [(10, 8), (120, 3)])
def test_what_many_achievements_give_is_asked_for_at_once(achievements: int, items: int) -> None:
    names = [[f"thing_{n}_{m}" for m in range(items)] for n in range(achievements)]
    text = (
        "name: many\nsettings: {economy: {inventory_capacity: 1000}}\n"
        "levels: {linear: {base: 100}, hard_cap: 20}\nactivity_types: [{id: visit}]\nitems:\n"
        + "".join(f"  - {{id: {name}}}\n" for group in names for name in group)
        + "achievements:\n"
        + "".join(
            f"  - {{id: a{n}, requirements: {{conditions: [{{activity_type: visit}}]}},"
            " rewards: {items: ["
            + ", ".join(f"{{item_id: {name}, quantity: 1}}" for name in group)
            + "]}}\n"
            for n, group in enumerate(names)
        )
    )
    world = _Counting(snapshot_of(text), react=reactions.react)
    world.run(activity("p", "visit"))
    assert len(world.items("p")) == achievements * items
    assert world.loads < 40


def test_different_values_of_days_do_not_fill_up_for_ever() -> None:
    text = (
        "name: many\nsettings: {lateness_max: 720h}\n"
        "metrics: [{id: lessons}]\nlevels: {linear: {base: 100}, hard_cap: 20}\n"
        "activity_types: [{id: visit}]\n"
        "achievements:\n  - {id: seer, requirements: {type: unique, time_constraint: {type: daily},"
        " conditions: [{activity_type: visit, distinct: reference_id, value: 60}]}}\n"
    )
    world = World(snapshot_of(text), react=reactions.react)
    for day in range(26):
        world.clock.value_us = NOON + day * DAY
        for number in range(40):
            world.run(activity("p", "visit", reference_id=f"{day}-{number}"))
    found = [
        unlocks(world.run(activity("p", "visit", reference_id=f"{number}")))
        for number in range(40, 60)
    ]
    assert found[-1] == [("seer", 1, 0)]


def test_counts_of_what_the_catalog_drops_do_not_pile_up() -> None:
    def season(number: int) -> str:
        return (
            "name: seasons\nlevels: {linear: {base: 100}, hard_cap: 20}\n"
            "activity_types: [{id: visit}]\nachievements:\n"
            + "".join(
                f"  - {{id: s{number}_{n},"
                " requirements: {conditions: [{activity_type: visit, value: 9}]}}\n"
                for n in range(100)
            )
        )

    world = World(snapshot_of(season(0)), react=reactions.react)
    for number in range(8):
        world.snapshot = snapshot_of(season(number))
        world.run(activity("p", "visit"))
        assert len(world.progress("p").tallies) <= 100 + LEFT_MAX
    assert world.progress("p").tallies["achievement:s7_0"].counts == (1,)


_LOOPS = """
name: loop
currencies: [{code: coins}, {code: gems}]
levels: {linear: {base: 100}, hard_cap: 20}
activity_types: [{id: work, currencies: [{currency: coins, amount: 10}]}]
items: [{id: ore}]
"""


def _repeated(name: str, asked: str, value: int, given: str, amount: int) -> str:
    return (
        f"  - {{id: {name}, repeatable: true,"
        f" requirements: {{conditions: [{{currency: {asked}, value: {value}}}]}},"
        f" rewards: {{currencies: [{{currency: {given}, amount: {amount}}}]}}}}\n"
    )


@pytest.mark.parametrize(
    ("definitions", "way"),
    [
        ("achievements:\n" + _repeated("a", "coins", 10, "coins", 10), "currency coins"),
        (
            "achievements:\n"
            + _repeated("a", "coins", 100, "gems", 1)
            + _repeated("b", "gems", 1, "coins", 100),
            "currency gems",
        ),
        (
            "quests: [{id: q, auto_start: true, auto_claim: true, repeatable: true, objectives:"
            " [{id: a, targets: [{item: ore, value: 2}]}],"
            " rewards: {guaranteed: {items: [{item_id: ore, quantity: 3}]}}}]\n",
            "item ore → item ore",
        ),
        (
            "quests: [{id: q, auto_start: true, auto_claim: true, repeatable: true, objectives:"
            " [{id: a, type: reach, targets: [{stat: lifetime_xp, value: 9}]}],"
            " rewards: {guaranteed: {xp: 1}}}]\n",
            "xp → xp",
        ),
    ],
)
def test_what_pays_for_itself_is_no_catalog(definitions: str, way: str) -> None:
    with pytest.raises(AssertionError, match=f"pays for itself without end: .*{way}"):
        snapshot_of(_LOOPS + definitions)


def test_what_gives_back_less_than_it_asks_for_ends() -> None:
    text = (
        _LOOPS
        + "achievements:\n"
        + _repeated("a", "coins", 10, "coins", 9)
        + _repeated("b", "coins", 100, "gems", 1)
        + _repeated("c", "gems", 1, "coins", 9)
    )
    world = World(snapshot_of(text), react=reactions.react)
    done = world.run(activity("p", "work"))
    assert unlocks(done) == [("a", 1, 0)]


def test_many_completions_at_once_do_not_refuse_the_activity() -> None:
    text = (
        "name: loop\ncurrencies: [{code: coins}]\nlevels: {linear: {base: 100}, hard_cap: 20}\n"
        "metrics: [{id: points}]\nbadges: [{id: pin, acquisition: {max_per_player: 9000}}]\n"
        "activity_types: [{id: work, metrics: [points]}]\n"
        "achievements:\n"
        + "".join(
            f"  - {{id: a{n}, repeatable: true, requirements: {{conditions: [{{metric: points}}]}},"
            " rewards: {badges: [pin], currencies: [{currency: coins, amount: 1}]}}\n"
            for n in range(10)
        )
        + "  - {id: all, requirements: {type: threshold,"
        " conditions: [{stat: achievements, value: 5}]}}\n"
    )
    world = World(snapshot_of(text), react=reactions.react)
    found = unlocks(world.run(activity("p", "work", metrics={"points": 1000})))
    assert {name for name, _, _ in found} == {*[f"a{n}" for n in range(10)], "all"}
    # What had no room follows with what happens next, each completion once.
    for _ in range(5):
        found += unlocks(world.run(activity("p", "work", metrics={"points": 1})))
    assert len(found) > 500
    assert len(found) == len(set(found))


def test_what_counts_within_a_span_is_never_more_than_numbers_hold() -> None:
    text = (
        "name: much\ncurrencies: [{code: coins}]\nlevels: {linear: {base: 100}, hard_cap: 20}\n"
        "activity_types: [{id: visit}]\n"
        "achievements:\n  - {id: much, kind: tiered, requirements: {time_constraint:"
        " {type: within, duration: 3600s}, conditions: [{currency: coins}]},"
        " tiers: [{tier: 1, requirement: 1000}]}\n"
    )
    world = World(snapshot_of(text), react=reactions.react)
    plan_criteria = world.snapshot.progression.achievements["much"].criteria
    tally = EMPTY_TALLY
    work = world.open((activity("p", "visit"),))
    now = standing(work, work.slice(PlayerBook).root("p"))
    criteria = replace(
        plan_criteria, conditions=(replace(plan_criteria.conditions[0], value=AMOUNT_MAX),)
    )
    for each in (AMOUNT_MAX - 1, AMOUNT_MAX - 1):
        signal = Signal("p", SignalKind.CURRENCY, "coins", each, NOON, "test")
        tally = observe(criteria, tally, signal, now)
    assert tally.counts == (AMOUNT_MAX,)


def test_xp_that_a_late_activity_earned_is_taken_from_the_board_that_it_went_to() -> None:
    text = (
        "name: late\nlevels: {linear: {base: 100}, hard_cap: 20}\n"
        "activity_types: [{id: visit, base_xp: 5}]\n"
        "leaderboards: [{id: week, source: xp, period: weekly}]\n"
        "achievements:\n  - {id: one, requirements: {conditions: [{activity_type: visit}]},"
        " rewards: {xp: 40}}\n"
    )
    world = World(snapshot_of(text), react=reactions.react)
    done = world.run(activity("p", "visit", occurred_at_us=NOON - 3 * DAY))
    given = [f.period_start_us for f in done.facts if isinstance(f, ScoreChanged)]
    assert len(given) == 2
    done = world.run(revoke("one", take_rewards=True))
    (taken,) = [f for f in done.facts if isinstance(f, ScoreChanged)]
    assert set(given) == {taken.period_start_us}
    assert (taken.score_before, taken.score) == (45, 5)


def test_a_checkpoint_is_paid_once_though_the_catalog_puts_another_before_it() -> None:
    text = (
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons, value: 9}], checkpoints:"
        " [%s{value: 2, reward: {currencies: [{currency: coins, amount: 7}]}}]}]}"
    )
    site = Site(text % "")
    site.start("q")
    site.do()
    site.do()
    site.catalog = site.world.snapshot = game(text % "{value: 1, reward: {xp: 1}}, ")
    site.do()
    assert site.world.balance("p") == 7
