"""Quests: each type of quest and objective, and what it takes to start one."""

from __future__ import annotations

import pytest

from renown_server import reactions
from renown_server.engine.facts import (
    ObjectiveProgressed,
    QuestCompleted,
    QuestExpired,
    QuestStarted,
)
from renown_server.engine.work import Work
from renown_server.errors import (
    InsufficientItems,
    LevelTooLow,
    QuestActive,
    QuestLimit,
    QuestNotFound,
    QuestUnavailable,
    RequirementNotMet,
)
from renown_server.quests.tables import QuestOutcome
from renown_server.quests.views import ACTIVE, CLAIMABLE
from tests.kit.inventory import Player
from tests.kit.quests import LESSON, Site
from tests.kit.times import DAY, HOUR, NOON, us

COMPLETED = QuestOutcome.COMPLETED
COINS = "{currencies: [{currency: coins, amount: %d}]}"


def tags(facts: list[object]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


# --- the eight types of quests


@pytest.mark.parametrize("kind", ["main", "side", "event", "tutorial", "challenge"])
def test_quest_of_type(kind: str) -> None:
    site = Site(f"  - {{id: q, type: {kind}, objectives: [{LESSON}]}}")
    assert site.start("q").state == ACTIVE
    site.do()
    assert tags(site.do()) == ["ObjectiveProgressed", "QuestCompleted"]
    assert site.claim("q").state == COMPLETED
    assert site.record("q").times == 1
    assert site.ended("q") == [COMPLETED]
    with pytest.raises(QuestUnavailable, match="can't be repeated"):
        site.start("q")


@pytest.mark.parametrize(
    ("zone", "ends"),
    [("UTC", "2026-11-19T00:00:00Z"), ("America/New_York", "2026-11-19T00:00:00-05:00")],
)
def test_quest_of_type_daily(zone: str, ends: str) -> None:
    site = Site(f"  - {{id: q, type: daily, objectives: [{LESSON}]}}", time_zone=zone)
    end_us = us(ends)
    assert site.start("q").expires_us == end_us
    site.do()
    site.do()
    site.claim("q")
    site.at(end_us - 1)
    with pytest.raises(QuestUnavailable, match="in this period"):
        site.start("q")
    site.at(end_us)
    assert site.start("q").attempt == 2
    site.at(end_us + DAY)
    assert site.start("q").attempt == 3
    assert site.ended("q") == [COMPLETED, QuestOutcome.EXPIRED]


def test_quest_of_type_weekly() -> None:
    site = Site(f"  - {{id: q, type: weekly, objectives: [{LESSON}]}}")
    monday = us("2026-11-23T00:00:00Z")
    assert site.start("q").expires_us == monday
    site.do()
    site.do()
    site.claim("q")
    site.at(monday - 1)
    with pytest.raises(QuestUnavailable, match="in this period"):
        site.start("q")
    site.at(monday)
    assert site.start("q").expires_us == monday + 7 * DAY


def test_quest_of_type_hidden() -> None:
    site = Site(f"  - {{id: q, type: hidden, auto_start: true, objectives: [{LESSON}]}}")
    with pytest.raises(QuestNotFound):
        site.start("q")
    with pytest.raises(QuestNotFound):
        site.rate("q", 3)
    assert tags(site.do()) == ["QuestStarted"]
    site.do()
    assert site.claim("q").state == COMPLETED


# --- the eight types of objectives


def objective(text: str, quest: str = "") -> Site:
    return Site(f"  - {{id: q, {quest} objectives: [{{id: o, {text}}}]}}")


def test_objective_of_type_complete() -> None:
    site = objective("type: complete, targets: [{metric: lessons, value: 2}]")
    site.do()  # Before the start: it doesn't count.
    site.start("q")
    assert site.do() == []
    (done, completed) = site.do()
    assert done == ObjectiveProgressed("quest:q", "q", "o", 2, 2, completed=True)
    assert completed == QuestCompleted("quest:q", "q", 1, 1, claimable=True)
    assert site.do() == []


def test_objective_of_type_collect() -> None:
    site = objective("type: collect, targets: [{item: ore, value: 2}]")
    site.start("q")
    site.do("mine")
    assert tags(site.do("mine")) == ["ObjectiveProgressed", "QuestCompleted"]


def test_objective_of_type_achieve() -> None:
    site = objective("type: achieve, targets: [{achievement: scholar}]")
    site.start("q")
    site.do()
    site.do()
    assert tags(site.do()) == ["ObjectiveProgressed", "QuestCompleted"]


def test_objective_of_type_achieve_looks_at_what_was_earned_before() -> None:
    site = objective("type: achieve, targets: [{achievement: scholar}]")
    for _ in range(3):
        site.do()
    assert site.start("q").state == CLAIMABLE


def test_objective_of_type_reach() -> None:
    site = objective("type: reach, targets: [{stat: level, value: 3}]")
    site.do("climb")
    assert site.start("q").objectives[0].current == 2
    assert tags(site.do("climb")) == ["ObjectiveProgressed", "QuestCompleted"]


def test_objective_of_type_interact() -> None:
    site = objective(
        "type: interact, targets: [{activity_type: visit, context: [{key: npc, values: [bob]}]}]"
    )
    site.start("q")
    assert site.do("visit") == []
    assert site.do("visit", context={"npc": "eve"}) == []
    assert tags(site.do("visit", context={"npc": "bob"})) == [
        "ObjectiveProgressed",
        "QuestCompleted",
    ]


def test_objective_of_type_time_limit() -> None:
    site = objective("type: time_limit, time_limit: 60s, targets: [{metric: lessons}]")
    site.start("q")
    assert site.do(time_us=61_000_000) == []
    assert site.do() == []
    assert len(site.do(time_us=60_000_000)) == 2


def test_objective_of_type_perfect() -> None:
    site = objective("type: perfect, in_a_row: true, targets: [{metric: lessons, value: 2}]")
    site.start("q")
    site.do(perfect=True)
    assert site.do() == []
    site.do(perfect=True)
    assert len(site.do(perfect=True)) == 2


def test_objective_of_type_sequence() -> None:
    site = objective("type: sequence, targets: [{metric: lessons}, {activity_type: visit}]")
    site.start("q")
    assert site.do("visit") == []
    assert site.do() == []
    assert len(site.do("visit")) == 2


# --- order, options, checkpoints, time


def test_an_activity_that_opens_an_objective_does_not_count_for_it() -> None:
    site = Site(
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons}]},"
        " {id: b, order: 1, targets: [{metric: lessons}]},"
        " {id: c, order: 1, type: reach, targets: [{metric: lessons}]}]}"
    )
    assert [each.unlocked for each in site.start("q").objectives] == [True, False, False]
    # What was reached already is done when it opens.
    assert [fact.objective for fact in site.do()] == ["a", "c"]
    assert set(site.runs["q"].done) == {"a", "c"}
    assert tags(site.do()) == ["ObjectiveProgressed", "QuestCompleted"]


def test_objectives_unlock_others_and_optional_ones_need_not_be_done() -> None:
    site = Site(
        "  - {id: q, objectives: [{id: a, unlocks: [b], optional: true, targets:"
        " [{activity_type: visit}]}, {id: b, optional: true, targets: [{metric: lessons}]},"
        " {id: c, targets: [{metric: lessons, value: 3}]}]}"
    )
    site.start("q")
    site.do()
    site.do("visit")
    assert set(site.runs["q"].done) == {"a"}
    site.do()
    assert set(site.runs["q"].done) == {"a", "b"}
    site.do()
    assert site.runs["q"].completed_us == NOON


def test_checkpoints_pay_once_an_attempt() -> None:
    site = Site(
        "  - {id: q, repeatable: true, objectives: [{id: a, targets: [{metric: hours, value: 5}],"
        f" checkpoints: [{{value: 2, reward: {COINS % 7}}}, {{value: 4, reward: {COINS % 9}}}]}}]}}"
    )
    site.start("q")
    assert site.do("study", metrics={"hours": 19}) == []
    (fact,) = site.do("study", metrics={"hours": 1})
    assert fact == ObjectiveProgressed("quest:q", "q", "a", 20, 50, checkpoint=20)
    assert site.world.balance("p") == 7
    assert site.do("study", metrics={"hours": 1}) == []
    facts = site.do("study", metrics={"hours": 29})
    assert [fact.checkpoint for fact in facts[:2]] == [40, 0]
    assert site.world.balance("p") == 16
    site.claim("q")
    view = site.start("q")
    assert (view.objectives[0].checkpoints, view.objectives[0].next_checkpoint) == ((), 2)
    site.do("study", metrics={"hours": 20})
    assert site.world.balance("p") == 23


def test_steps_are_facts_where_they_are_asked_for() -> None:
    site = objective("progress_events: true, targets: [{metric: lessons, value: 3}]")
    site.start("q")
    assert site.do() == [ObjectiveProgressed("quest:q", "q", "o", 1, 3)]


def test_hidden_progress_is_not_shown() -> None:
    site = Site(
        "  - {id: q, objectives: [{id: a, hide_progress: true, targets:"
        " [{metric: lessons, value: 2}]}, {id: b, targets: [{metric: lessons, value: 4}]}]}"
    )
    site.start("q")
    site.do()
    view = site.advance("q", "b")
    assert [each.current for each in view.objectives] == [0, 2]
    assert view.progress_bp == 2500
    site.do()
    view = site.advance("q", "b")
    assert view.state == CLAIMABLE


def test_a_late_activity_from_before_the_start_does_not_count() -> None:
    site = objective("targets: [{metric: lessons}]")
    site.start("q")
    assert site.do(occurred_at_us=NOON - 1) == []
    site.at(NOON + HOUR)
    assert len(site.do(occurred_at_us=NOON)) == 2
    assert site.runs["q"].completed_us == NOON


def test_an_objective_has_its_time_and_ends_the_attempt_with_it() -> None:
    site = Site(
        "  - {id: q, objectives: [{id: a, within: 1h, targets: [{metric: lessons}]},"
        " {id: b, optional: true, within: 10m, targets: [{metric: lessons}]},"
        " {id: c, targets: [{activity_type: visit}]}]}"
    )
    assert site.start("q").expires_us == NOON + HOUR
    site.at(NOON + HOUR - 1)
    site.do()
    assert set(site.runs["q"].done) == {"a"}
    site.at(NOON + 5 * HOUR)
    assert len(site.do("visit")) == 2
    late = Site("  - {id: q, objectives: [{id: a, within: 1h, targets: [{metric: lessons}]}]}")
    late.start("q")
    late.at(NOON + HOUR)
    assert late.do() == [QuestExpired("quest:q", "q", 1, NOON + HOUR)]


# --- starting


REQUIRED = (
    f"  - {{id: first, objectives: [{LESSON}]}}\n"
    f"  - {{id: q, objectives: [{LESSON}], requirements: {{level: 2, quests_completed: [first],"
    " achievements: [scholar], items: [{item_id: ore, quantity: 2, consume: true},"
    " {item_id: relic, quantity: 1}], skills: [{skill: hours, level: 3}]}}"
)


def test_requirements_are_asked_one_by_one_and_items_consumed() -> None:
    site = Site(REQUIRED)
    player = Player(site.catalog)
    for error, needed, mend in (
        (LevelTooLow, "level 2", lambda: site.do("climb")),
        (RequirementNotMet, "the quest first", lambda: site.start("first")),
        (RequirementNotMet, "the quest first", lambda: (site.do(), site.do())),
        (RequirementNotMet, "the achievement scholar", site.do),
        (InsufficientItems, "2 ore, has 0", lambda: site.world.run(player.grant(ore=3, relic=1))),
        (RequirementNotMet, "3 hours", lambda: site.do("study", metrics={"hours": 30})),
    ):
        with pytest.raises(error, match=needed):
            site.start("q")
        mend()
    assert site.start("q").state == ACTIVE
    assert site.world.items("p") == {("ore", ""): 1, ("relic", ""): 1}
    with pytest.raises(QuestActive):
        site.start("q")


def test_secrets_are_not_named() -> None:
    site = Site(
        f"  - {{id: q, objectives: [{LESSON}], requirements: {{achievements: [sly]}}}}\n"
        f"  - {{id: r, objectives: [{LESSON}], requirements: {{quests_completed: [den]}}}}\n"
        f"  - {{id: den, type: hidden, auto_start: true, objectives: [{LESSON}]}}"
    )
    for quest in ("q", "r"):
        with pytest.raises(RequirementNotMet, match="something secret") as refused:
            site.start(quest)
        assert "sly" not in str(refused.value)
        assert "den" not in str(refused.value)
    site.do()
    with pytest.raises(RequirementNotMet, match="the quest den"):
        site.start("r")


def test_windows_and_status() -> None:
    site = Site(
        f"  - {{id: soon, objectives: [{LESSON}],"
        " requirements: {available_from: 2026-11-18T13:00:00Z,"
        " available_until: 2026-11-18T14:00:00Z}}\n"
        f"  - {{id: old, status: retired, objectives: [{LESSON}]}}\n"
        f"  - {{id: later, status: upcoming, objectives: [{LESSON}]}}"
    )
    for quest in ("old", "later"):
        with pytest.raises(QuestUnavailable, match="not to be had"):
            site.start(quest)
    for now_us in (NOON, NOON + 2 * HOUR):
        site.at(now_us)
        with pytest.raises(QuestUnavailable, match="not available at this time"):
            site.start("soon")
    site.at(NOON + HOUR)
    assert site.start("soon").expires_us == NOON + 2 * HOUR


def test_only_so_many_are_under_way() -> None:
    site = Site("\n".join(f"  - {{id: q{n}, objectives: [{LESSON}]}}" for n in range(5)))
    for number in range(3):
        site.start(f"q{number}")
    with pytest.raises(QuestLimit):
        site.start("q3")
    site.do()
    site.do()  # What waits to be claimed is no longer under way.
    assert site.start("q3").state == ACTIVE


def test_auto_start_begins_with_what_counts_and_only_once() -> None:
    site = Site(
        "  - {id: q, auto_start: true, objectives: [{id: a, targets:"
        " [{activity_type: visit, context: [{key: npc, values: [bob]}]}]}],"
        " requirements: {items: [{item_id: ore, quantity: 1, consume: true}]}}"
    )
    assert site.do("visit", context={"npc": "bob"}) == []
    site.do("mine")
    assert site.do("visit") == []
    assert tags(site.do("visit", context={"npc": "bob"})) == [
        "QuestStarted",
        "ObjectiveProgressed",
        "QuestCompleted",
    ]
    assert site.world.items("p") == {}
    site.do("mine")
    site.claim("q")
    assert site.do("visit", context={"npc": "bob"}) == []


def test_one_activity_does_not_complete_and_begin_a_quest() -> None:
    site = Site(
        "  - {id: q, auto_start: true, auto_claim: true, repeatable: true,"
        " objectives: [{id: a, targets: [{metric: lessons}]}]}"
    )
    for attempt in (1, 2):
        facts = site.do()
        assert tags(facts) == [
            "QuestStarted",
            "ObjectiveProgressed",
            "QuestCompleted",
            "QuestClaimed",
        ]
        assert facts[0] == QuestStarted("quest:q", "q", attempt)


def test_what_completes_an_attempt_does_not_begin_the_next() -> None:
    site = Site(
        "  - {id: q, auto_start: true, auto_claim: true, repeatable: true,"
        f" objectives: [{LESSON}]}}"
    )
    site.do()
    assert tags(site.do()) == ["ObjectiveProgressed", "QuestCompleted", "QuestClaimed"]
    site.at(NOON + HOUR)
    # It belongs to the time of the attempt before.
    assert site.do(occurred_at_us=NOON - 1) == []
    assert tags(site.do()) == ["QuestStarted"]


def test_a_late_activity_starts_a_daily_quest_on_its_day_only() -> None:
    site = Site(f"  - {{id: q, type: daily, auto_start: true, objectives: [{LESSON}]}}")
    site.at(NOON)
    assert site.do(occurred_at_us=NOON - DAY) == []
    (fact,) = site.do(occurred_at_us=NOON - HOUR)
    assert fact == QuestStarted("quest:q", "q", 1, us("2026-11-19T00:00:00Z"))
    assert site.runs["q"].started_us == NOON - HOUR


def test_only_quests_that_watch_or_are_under_way_are_looked_at() -> None:
    many = "\n".join(
        f"  - {{id: other{n}, auto_start: true, objectives: [{{id: a, targets: [{{activity_type:"
        " visit}]}]}"
        for n in range(50)
    )
    site = Site(f"{many}\n  - {{id: q, objectives: [{LESSON}]}}")
    site.start("q")
    looked: list[int] = []

    def react(work: Work) -> None:
        before = work.visited
        reactions.react(work)
        looked.append(work.visited - before)

    site.world.react = react
    site.do()
    # The attempt, and the two achievements that watch lessons.
    assert looked[-1] == 3
