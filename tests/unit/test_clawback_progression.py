"""Taking back what followed from activities and purchases, by example: each line of the policy."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest

from renown_server import reactions
from renown_server.engine.command import Recorded
from renown_server.engine.facts import (
    AchievementRevoked,
    BadgeChanged,
    CurrencyChanged,
    DebtChanged,
    QuestRevoked,
    StreakDayRemoved,
    TitleEquipped,
    decode_facts,
)
from renown_server.engine.work import Work
from renown_server.errors import AlreadySpent
from renown_server.inventory.clawback import Policy
from renown_server.inventory.clawback_render import revocation
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import Honors
from renown_server.quests import commands
from tests.kit import achievements, badges
from tests.kit.catalogs import snapshot_of
from tests.kit.clawbacks import GAME, Player, check_counts
from tests.kit.commands import activity, credit, debit
from tests.kit.odd import Odd
from tests.kit.pure import World
from tests.kit.revocations import revoke, undo
from tests.kit.store import buy
from tests.kit.times import DAY

DEBT = Policy.DEBT

F = TypeVar("F")


@pytest.fixture
def player() -> Player:
    return Player()


def of(done: Recorded, kind: type[F]) -> list[F]:
    return [fact for fact in done.facts if type(fact) is kind]


def learn(player: Player, times: int, first: int = 0, **fields: Any) -> Recorded:
    done = [player.do("lesson", f"a{number}", **fields) for number in range(first, first + times)]
    return done[-1]


@pytest.mark.parametrize("name", ["a0", "a1", "a2"])
def test_an_achievement_falls_with_any_of_what_it_counted(player: Player, name: str) -> None:
    learn(player, 3)
    assert {"three", "after_three", "gift"} <= set(player.achieved)
    assert player.titles == {"sage", "hero", "third"}
    player.world.run(Odd(wear_sage, "p"))
    done = player.revoke(name)
    lost = {fact.achievement for fact in of(done, AchievementRevoked)}
    assert {"three", "after_three", "gift"} <= lost
    assert TitleEquipped("revoke:achievement:three", "") in done.facts
    check_counts(player.world)
    other = Player()
    learn(other, 2)
    state, expected = player.state(), other.state()
    for each in (state, expected):
        # The reward of a collection stays, and a day's lessons can't be told once they did it.
        each["wallet"].pop("gems")
        each["wallet"].pop("points", None)
        each["achievements"].pop("busy", None)
        each["tallies"].pop("achievement:busy", None)
    assert state == expected


def wear_sage(work: Work) -> None:
    earned = work.slice(ProgressBook).earned("p")
    honors = earned.honors
    earned.set_honors(
        work, Honors(titles=honors.titles, title="sage", unlocks=honors.unlocks,
                     collections=honors.collections)
    )  # fmt: skip


@pytest.mark.parametrize("name", ["a0", "a2", "a3"])
def test_an_achievement_stands_while_enough_is_left(player: Player, name: str) -> None:
    learn(player, 4)
    before = player.state()
    done = player.revoke(name)
    assert not of(done, AchievementRevoked)
    assert not of(done, CurrencyChanged)
    assert player.state()["achievements"] == before["achievements"]
    assert player.wallet == before["wallet"]
    assert (player.titles, player.badges) == (before["titles"], before["badges"])
    assert player.world.player("p").xp == before["xp"][0], "what still stands keeps its XP"
    done = player.revoke("a1")
    assert "three" in {fact.achievement for fact in of(done, AchievementRevoked)}
    check_counts(player.world)


@pytest.mark.parametrize("order", [("a2", "a3"), ("a3", "a2")])
def test_two_in_both_orders(player: Player, order: tuple[str, str]) -> None:
    learn(player, 4)
    for name in order:
        player.revoke(name, DEBT)
    assert "three" not in player.achieved
    assert player.world.player("p").xp == 0
    # Three coins of the milestone at a third are all that two lessons have paid.
    assert player.wallet["coins"] == 7
    check_counts(player.world)


def test_what_it_paid_is_taken_as_recorded_and_others_by_todays_catalog() -> None:
    for name, coins in (("a2", 7), ("a0", 7 + 50 - 40)):
        player = Player()
        learn(player, 3)
        player.world.snapshot = snapshot_of(
            GAME.replace("{currency: coins, amount: 50}", "{currency: coins, amount: 40}")
        )
        player.revoke(name)
        assert player.wallet["coins"] == coins, name


def test_milestones_and_completions_of_a_repeatable_one(player: Player) -> None:
    player.do("lesson", "a", metrics={"hours": 16})
    assert (player.achieved["each_ten"], player.wallet["coins"]) == (1, 4)
    player.do("lesson", "b", metrics={"hours": 9})
    assert (player.achieved["each_ten"], player.wallet["coins"]) == (2, 14)
    done = player.revoke("a")
    assert [
        fact.times for fact in of(done, AchievementRevoked) if fact.achievement == "each_ten"
    ] == [0]
    # Of nine hours there is the half, and nothing of lessons: the milestone at a third is lost.
    assert player.wallet["coins"] == 1
    player.do("lesson", "c", metrics={"hours": 1})
    assert player.achieved["each_ten"] == 1
    check_counts(player.world)


def test_tiers_fall_one_by_one(player: Player) -> None:
    player.do("lesson", "a", metrics={"hours": 16})
    player.do("lesson", "b", metrics={"hours": 16})
    assert (player.achieved["climber"], player.wallet["points"]) == (3, 3 + 6 + 9 + 19)
    done = player.revoke("a")
    assert [
        fact.tier for fact in of(done, AchievementRevoked) if fact.achievement == "climber"
    ] == [2]
    assert player.achieved["climber"] == 2
    player.revoke("b")
    assert "climber" not in player.achieved
    assert "points" not in player.wallet
    check_counts(player.world)


def test_levels_fall_with_what_gave_their_xp(player: Player) -> None:
    learn(player, 3)
    player.do("march", "m")
    assert player.badges.keys() >= {"cap", "fourth"}
    assert "level_four" in player.achieved
    done = player.revoke("a0")
    assert player.world.player("p").level == 2
    assert {"cap", "fourth"} <= {fact.badge for fact in of(done, BadgeChanged)}
    assert not {"cap", "fourth", "pin", "pair"} & set(player.badges)
    assert "level_four" not in player.achieved
    assert player.state()["contents"] == set()
    assert player.wallet["gems"] == 100 + 300 + 1, "pins, two lessons of a quest, level 2"
    check_counts(player.world)


def test_a_level_that_another_one_has_reached_stands(player: Player) -> None:
    for number in range(3):
        player.do("march", f"m{number}")
    before = player.badges
    learn(player, 3)
    assert set(player.badges) - set(before) >= {"pin", "medal"}
    player.revoke("a1")
    assert player.badges == before
    assert player.world.player("p").level == 4
    assert {"level_four", "chores"} <= set(player.achieved)


def test_what_cannot_be_subtracted_stays_unless_it_was_unlocked_by_it(player: Player) -> None:
    player.do("lesson", "a", metrics={"score": 95})
    player.do("lesson", "b", metrics={"score": 97})
    assert {"sharp", "busy"} <= set(player.achieved)
    done = player.revoke("b")
    assert [fact.achievement for fact in of(done, AchievementRevoked)] == ["busy"]
    assert player.world.player("p").metrics["score"] == 97
    done = player.revoke("a")
    assert [fact.achievement for fact in of(done, AchievementRevoked)] == ["sharp"]
    assert "points" not in player.wallet
    check_counts(player.world)


def test_what_was_earned_of_a_currency_is_uncounted(player: Player) -> None:
    for number in range(6):
        player.do("earn", f"e{number}")
    assert "rich" in player.achieved
    player.world.run(debit("p", coins=60))
    done = player.revoke("e0", DEBT)
    assert [fact.achievement for fact in of(done, AchievementRevoked)] == ["rich"]
    assert player.wallet == {"coins": -10}


def test_what_is_spent_is_refused_or_owed(player: Player) -> None:
    learn(player, 3)
    player.world.run(debit("p", coins=player.world.balance("p")))
    before = player.world.state()
    with pytest.raises(AlreadySpent):
        player.revoke("a0")
    after = player.world.state()
    assert {name for name in after if after[name] != before[name]} == {"requests"}
    done = player.revoke("a0", DEBT)
    owed = [(fact.rule, fact.amount) for fact in of(done, DebtChanged)]
    assert owed == [("revoke:achievement:three", 50)]
    check_counts(player.world)


def test_badges_go_with_their_points_unless_their_way_is_met(player: Player) -> None:
    for number in range(3):
        player.do("find", f"f{number}")
    player.do("gala", "g")
    assert player.badges == {"miner": 1, "guest": 1}
    player.revoke("f0")
    assert "miner" in player.badges, "there still are two"
    player.revoke("f1")
    assert player.badges == {"guest": 1}
    player.do("gala", "h")
    player.revoke("h")
    assert player.badges == {"guest": 1}, "it came with another one"
    player.revoke("g")
    assert player.badges == {}
    player.do("find", "f4")
    assert player.badges == {"miner": 1}, "it comes again"
    check_counts(player.world)


def test_a_badge_that_was_sold_for_is_not_asked_for(player: Player) -> None:
    player.do("find", "f0")
    player.do("find", "f1")
    player.do("earn", "e")
    player.world.run(badges.revoke("p", "miner"))
    player.revoke("e")
    player.revoke("f0")
    assert player.badges == {}
    check_counts(player.world)


def test_a_collection_keeps_its_reward(player: Player) -> None:
    learn(player, 3)
    assert player.wallet["gems"] == 402
    player.revoke("a0")
    assert "medal" not in player.badges
    assert player.wallet["gems"] == 400
    learn(player, 1, first=3)
    assert player.wallet["gems"] == 402, "it pays once"


def test_days_of_streaks_fall_with_what_they_paid(player: Player) -> None:
    player.do("visit", "v0")
    player.world.clock.value_us += DAY
    player.do("visit", "v1")
    player.do("visit", "again")
    assert player.wallet == {"points": 10 + 29, "gems": 20}
    done = player.revoke("v1")
    assert not of(done, StreakDayRemoved)
    assert player.wallet == {"points": 10 + 29, "gems": 20}, "the day stands"
    done = player.revoke("again")
    (fact,) = of(done, StreakDayRemoved)
    assert fact.current == 1
    assert player.wallet == {"points": 5}
    assert player.achieved == {}
    check_counts(player.world)


def test_a_completed_quest_is_undone(player: Player) -> None:
    player.do("march", "m0")
    player.do("march", "m1")
    assert player.completed == {"chore": 1}
    assert (player.wallet["coins"], player.titles) == (70, {"hero", "third"})
    assert player.badges["helper"] == 1
    assert player.achieved.keys() == {"chores", "rich"}
    done = player.revoke("m1")
    assert QuestRevoked("quest:chore", "chore", 1) in done.facts
    assert (player.completed, player.achieved, player.titles) == ({}, {}, set())
    assert "coins" not in player.wallet
    assert player.badges == {}
    assert not player.world.earned("p").quests["next"].unlocked
    check_counts(player.world)


def test_a_claimed_quest_that_another_one_completed_stands(player: Player) -> None:
    player.do("march", "m0")
    player.do("march", "m1")
    done = player.revoke("m0")
    assert not of(done, QuestRevoked)
    assert player.completed == {"chore": 1}
    assert player.wallet["coins"] == 70


def test_objectives_move_back(player: Player) -> None:
    learn(player, 2)
    assert player.wallet["gems"] == 300
    player.revoke("a0")
    run = player.world.progress("p").quests["open"]
    assert run.tallies["a"].counts == (1,)
    assert "gems" not in player.wallet, "another one paid for the checkpoint: by today's amount"
    learn(player, 1, first=2)
    assert player.wallet["gems"] == 300
    check_counts(player.world)


TOUR = """\
  - {id: tour, requirements: {achievements: [three]},
     objectives: [{id: a, targets: [{achievement: three}]},
                  {id: b, targets: [{activity_type: gala, value: 2}]}]}
"""


def test_a_quest_that_asked_for_what_is_lost_goes_on() -> None:
    snapshot = snapshot_of(GAME + TOUR)
    player = Player(World(snapshot, react=reactions.react))
    learn(player, 3)
    body = commands.QuestBody("q", "p", "tour")
    player.world.run(commands.start_quest(body, "key:game", snapshot))
    player.do("gala", "g")
    done = player.revoke("a0")
    assert "three" not in player.achieved
    assert not [fact for fact in of(done, QuestRevoked) if fact.quest == "tour"]
    run = player.world.progress("p").quests["tour"]
    assert run.tallies["b"].counts == (1,)
    check_counts(player.world)


def test_retries_are_identical_and_others_find_it_done(player: Player) -> None:
    learn(player, 3)
    world = player.world
    first = world.run(revoke("p", "a0", request_id="v1"))
    state = world.state()
    again = world.run(revoke("p", "a0", request_id="v1"))
    assert again.replayed
    assert again.facts == first.facts
    assert world.state() == state
    other = world.run(revoke("p", "a0", request_id="v2"))
    assert other.result.already
    assert not other.facts
    (stored,) = world.tables["revocations"].values()
    assert decode_facts(stored[3]) == first.facts


def test_the_answer_says_what_it_did_to_progress(player: Player) -> None:
    learn(player, 3)
    player.do("visit", "v")
    message = revocation(player.revoke("a0").facts, revoked_us=1)
    progress = message.progress
    assert {each.achievement_id for each in progress.achievements_revoked} >= {"three", "gift"}
    assert {each.badge_id for each in progress.badges} >= {"medal", "pin"}
    assert (message.level_before, message.level) == (3, 1)
    assert {each.title_id for each in progress.titles_revoked} == {"sage", "hero", "third"}
    assert {each.content_id for each in progress.contents_locked} == {"hall", "attic"}
    assert [each.quest_id for each in progress.quests_revoked] == ["open"]


def test_in_one_batch_with_what_it_takes_back(player: Player) -> None:
    world = player.world
    outcomes = world.batch(
        *[activity("p", "lesson", f"a{number}") for number in range(3)],
        activity("p", "visit", "v"),
        revoke("p", "a1"),
        revoke("p", "v"),
    )
    assert not [each for each in outcomes if isinstance(each, BaseException)]
    assert not {"three", "steady"} & set(player.achieved)
    assert player.state()["streaks"] == {}
    check_counts(world)


def test_who_is_taken_it_by_hand_is_not_taken_it_again(player: Player) -> None:
    learn(player, 3)
    player.world.run(achievements.revoke("three", take_rewards=True))
    wallet = player.wallet
    player.revoke("a2")
    assert player.wallet.get("coins") == wallet.get("coins")
    assert "three" not in player.achieved
    check_counts(player.world)


OFFERS = """
offers:
  - id: box
    contents: {items: [{item_id: ore, quantity: 2}], badges: [medal], titles: [sage],
               achievements: [gift], xp: 300}
    prices: [{currencies: [{currency: coins, amount: 5}]}]
"""


def test_a_purchase_takes_along_what_it_unlocked() -> None:
    snapshot = snapshot_of(GAME + OFFERS)
    player = Player(World(snapshot, react=reactions.react))
    player.world.run(credit("p", coins=5))
    before = player.state()
    player.world.run(buy("p", "box", catalog=snapshot))
    assert player.badges == {"miner": 1, "medal": 1, "cap": 1, "fourth": 1}
    assert player.achieved == {"gift": 1, "level_four": 1}
    name = next(key[1] for key in player.world.tables["purchases"])
    done = player.world.run(undo("p", name))
    before["wallet"]["gems"] = 100  # of the collection
    assert player.state() == before
    assert of(done, BadgeChanged)
    check_counts(player.world)
