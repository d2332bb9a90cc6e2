"""Quests: completing them, what they pay, and what follows in their chain."""

from __future__ import annotations

import pytest

from renown_server.engine.facts import (
    QuestCompleted,
    QuestUnlocked,
)
from renown_server.errors import (
    InventoryFull,
    MailboxFull,
    QuestNotActive,
    QuestNotCompleted,
    QuestNotFound,
    QuestUnavailable,
)
from renown_server.quests.tables import QuestOutcome
from renown_server.quests.views import ACTIVE
from tests.kit.commands import credit
from tests.kit.inventory import Player
from tests.kit.quests import LESSON, Site
from tests.kit.times import DAY, HOUR, NOON

COMPLETED = QuestOutcome.COMPLETED
COINS = "{currencies: [{currency: coins, amount: %d}]}"


def tags(facts: list[object]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


REWARDS = (
    "  - {id: q, repeatable: true, objectives: [{id: a, targets: [{metric: lessons}]},"
    " {id: b, optional: true, targets: [{activity_type: visit}]}], rewards: {"
    f"guaranteed: {COINS % 1}, first_completion: {COINS % 20}, repeat: {COINS % 300}, bonus: ["
    f"{{condition: {{all_optional: true}}, reward: {COINS % 4000}}},"
    f"{{condition: {{objective: b}}, reward: {COINS % 50000}}},"
    f"{{condition: {{within: 1h}}, reward: {COINS % 600000}}},"
    f"{{condition: {{perfect: true}}, reward: {COINS % 7000000}}}],"
    f" random: [{{probability_ppm: 1000000, reward: {COINS % 80000000}}}]}}}}"
)


def test_rewards_are_paid_once_as_each_asks() -> None:
    site = Site(REWARDS)
    with pytest.raises(QuestNotActive):
        site.claim("q")
    site.start("q")
    with pytest.raises(QuestNotCompleted):
        site.claim("q")
    site.do("visit", perfect=True)
    site.do(perfect=True)
    site.claim("q", "once")
    assert site.world.balance("p") == 87654021
    site.claim("q", "once")
    with pytest.raises(QuestNotActive):
        site.claim("q")
    assert site.world.balance("p") == 87654021
    site.start("q")
    site.at(NOON + HOUR + 1)
    site.do()
    site.claim("q")
    assert site.world.balance("p") == 87654021 + 80000300
    assert site.record("q").times == 2
    assert site.record("q").best_us == 1


def test_chance_decides_once() -> None:
    won = 0
    site = Site(
        "  - {id: q, repeatable: true, objectives: [{id: a, targets: [{metric: lessons}]}],"
        f" rewards: {{random: [{{probability_ppm: 300000, reward: {COINS % 1}}}]}}}}"
    )
    for _ in range(200):
        site.start("q")
        site.do()
        site.claim("q")
    won = site.world.balance("p")
    assert 35 <= won <= 85


def test_a_refused_claim_keeps_the_reward_and_draws_nothing() -> None:
    site = Site(
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons}]}], rewards:"
        " {guaranteed: {items: [{item_id: relic, quantity: 2}], loot: [{table_id: chest}]},"
        f" random: [{{probability_ppm: 1000000, reward: {COINS % 5}}}]}}}}"
    )
    player = Player(site.catalog)
    site.start("q")
    site.do()
    site.world.run(player.grant(sword=3))
    with pytest.raises(InventoryFull):
        site.claim("q")
    assert site.runs["q"].completed_us
    other = Site(
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons}]}], rewards:"
        f" {{guaranteed: {{loot: [{{table_id: chest}}]}},"
        f" random: [{{probability_ppm: 1000000, reward: {COINS % 5}}}]}}}}"
    )
    other.start("q")
    other.do()
    other.world.run(Player(other.catalog).post(ore=1))
    with pytest.raises(MailboxFull):
        other.claim("q")
    assert (other.world.balance("p"), other.world.balance("p", "gems")) == (0, 0)


def test_auto_claim_pays_at_once_and_never_refuses() -> None:
    site = Site(
        "  - {id: q, auto_claim: true, objectives: [{id: a, targets: [{metric: lessons}]}],"
        " rewards: {guaranteed: {currencies: [{currency: gems, amount: 60}],"
        " items: [{item_id: sword, quantity: 1}], badges: [medal], titles: [hero]}}}"
    )
    site.world.run(credit("p", gems=90))
    site.world.run(Player(site.catalog).grant(sword=4))
    site.start("q")
    assert tags(site.do()) == ["ObjectiveProgressed", "QuestCompleted", "QuestClaimed"]
    assert site.runs == {}
    assert site.ended("q") == [COMPLETED]
    assert site.world.earned("p").badges["medal"].count == 1
    assert "hero" in site.world.earned("p").honors.titles
    assert len(site.world.tables["mail"]) == 1


def test_what_waits_to_be_claimed_never_lapses_and_blocks_a_new_start() -> None:
    site = Site(f"  - {{id: q, type: daily, objectives: [{LESSON}]}}")
    site.start("q")
    site.do()
    site.do()
    site.at(NOON + 40 * DAY)
    assert site.pass_time() == []
    with pytest.raises(QuestUnavailable, match="waits to be claimed"):
        site.start("q")
    assert site.claim("q").completed_us == NOON
    assert site.start("q").attempt == 2


CHAIN = (
    "  - {id: one, objectives: [{id: a, targets: [{metric: lessons}]}], chain: {chain_id: c,"
    " next_quest: two, branches: [{condition: {perfect: true}, quest: best}]}}\n"
    f"  - {{id: two, objectives: [{LESSON}]}}\n"
    f"  - {{id: best, type: hidden, objectives: [{LESSON}]}}"
)


@pytest.mark.parametrize(("perfect", "follower"), [(False, "two"), (True, "best")])
def test_chains_and_branches_unlock_what_follows(perfect: bool, follower: str) -> None:
    site = Site(CHAIN)
    with pytest.raises(QuestUnavailable, match="locked"):
        site.start("two")
    with pytest.raises(QuestNotFound):
        site.start("best")
    site.start("one")
    assert site.do(perfect=perfect)[-1] == QuestUnlocked("quest:one", follower)
    assert site.start(follower).state == ACTIVE


def test_a_reward_unlocks_a_quest() -> None:
    site = Site(
        "  - {id: one, auto_claim: true, objectives: [{id: a, targets: [{metric: lessons}]}],"
        " rewards: {guaranteed: {unlock_quests: [two]}}}\n"
        f"  - {{id: two, objectives: [{LESSON}], requirements: {{locked: true}}}}"
    )
    site.start("one")
    assert site.do()[-1] == QuestUnlocked("quest:one", "two")
    assert site.start("two").attempt == 1


def test_a_quest_completes_another_ones_objective() -> None:
    site = Site(
        "  - {id: one, objectives: [{id: a, targets: [{metric: lessons}]}]}\n"
        "  - {id: both, objectives: [{id: a, targets: [{quest: one}]}]}"
    )
    site.start("one")
    site.start("both")
    assert [fact.quest for fact in site.do() if isinstance(fact, QuestCompleted)] == [
        "one",
        "both",
    ]
