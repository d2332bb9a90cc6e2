"""Quests: how attempts end, are moved by hand, and are taken back."""

from __future__ import annotations

import pytest

from renown_server.engine.facts import (
    QuestAbandoned,
    QuestClaimed,
    QuestExpired,
)
from renown_server.errors import (
    ObjectiveLocked,
    ObjectiveNotFound,
    QuestNotActive,
    QuestNotFound,
    QuestUnavailable,
    RequirementNotMet,
)
from renown_server.progress.days import change_zone
from renown_server.quests.runs import player_of
from renown_server.quests.tables import QuestOutcome
from tests.kit.quests import LESSON, Site, game
from tests.kit.times import DAY, HOUR, NOON

COMPLETED = QuestOutcome.COMPLETED
COINS = "{currencies: [{currency: coins, amount: %d}]}"


def tags(facts: list[object]) -> list[str]:
    return [type(fact).__name__ for fact in facts]


CHAIN = (
    "  - {id: one, objectives: [{id: a, targets: [{metric: lessons}]}], chain: {chain_id: c,"
    " next_quest: two, branches: [{condition: {perfect: true}, quest: best}]}}\n"
    f"  - {{id: two, objectives: [{LESSON}]}}\n"
    f"  - {{id: best, type: hidden, objectives: [{LESSON}]}}"
)


def test_abandoning_ends_an_attempt_and_its_progress() -> None:
    site = Site(f"  - {{id: q, objectives: [{LESSON}]}}")
    with pytest.raises(QuestNotActive):
        site.abandon("q")
    site.start("q")
    site.do()
    assert site.abandon("q").state == QuestOutcome.ABANDONED
    assert site.facts == [QuestAbandoned("quest:q", "q", 1)]
    with pytest.raises(QuestNotActive):
        site.abandon("q")
    assert site.start("q").objectives[0].current == 0
    assert site.ended("q") == [QuestOutcome.ABANDONED]
    assert site.statistics("q") == {"started": 2, "abandoned": 1}
    site.do()
    site.do()
    with pytest.raises(QuestNotActive):
        site.abandon("q")


def test_time_ends_an_attempt_by_itself() -> None:
    site = Site(f"  - {{id: q, time_limit: 1h, objectives: [{LESSON}]}}")
    site.start("q")
    assert site.world.progress("p").due_us == NOON + HOUR
    site.do()
    site.at(NOON + HOUR)
    with pytest.raises(QuestNotActive):
        site.claim("q")
    with pytest.raises(QuestNotActive):
        site.abandon("q")
    # What happened in time but is told too late doesn't count, whoever has looked meanwhile.
    assert site.do(occurred_at_us=NOON + 1) == [QuestExpired("quest:q", "q", 1, NOON + HOUR)]
    assert site.ended("q") == [QuestOutcome.EXPIRED]
    assert site.world.progress("p").due_us == 0
    site.start("q")
    site.at(NOON + 3 * HOUR)
    assert tags(site.pass_time()) == ["QuestExpired"]
    assert site.pass_time() == []
    assert site.statistics("q") == {"started": 2, "expired": 2}
    (_, last) = sorted(site.world.tables["quest_runs"].values())
    assert last[-1] == NOON + 2 * HOUR


def test_each_player_has_one_rating() -> None:
    site = Site(f"  - {{id: q, objectives: [{LESSON}]}}")
    with pytest.raises(RequirementNotMet):
        site.rate("q", 4)
    site.start("q")
    assert site.rate("q", 4).previous == 0
    assert site.rate("q", 2).previous == 4
    assert site.statistics("q") == {"started": 1, "rating_sum": 2, "ratings": 1}


def test_statistics_count_completions_owners_and_time() -> None:
    site = Site(f"  - {{id: q, repeatable: true, objectives: [{LESSON}]}}")
    for number in (0, 1):
        site.at(NOON + number * DAY)
        site.start("q")
        site.do()
        site.at(NOON + number * DAY + HOUR)
        site.do()
        site.claim("q")
    assert site.statistics("q") == {
        "earned": 2,
        "owners": 1,
        "time_us": 2 * HOUR,
        "timed": 2,
        "started": 2,
    }
    assert site.record("q").best_us == HOUR


def test_challenges_enrol_track_and_award_a_badge() -> None:
    site = Site(
        "  - {id: q, type: challenge, auto_claim: true, points: 5, objectives:"
        f" [{LESSON}], rewards: {{guaranteed: {{badges: [medal], xp: 50}}}}}}"
    )
    site.start("q")
    site.do()
    facts = site.do()
    assert QuestClaimed("quest:q", "q", 1) in facts
    assert site.world.earned("p").badges["medal"].count == 1
    assert site.world.player("p").xp == 50


# --- by hand


def test_an_objective_is_advanced_by_hand_but_not_too_far() -> None:
    site = Site(
        "  - {id: q, objectives: [{id: talk, type: interact, targets: [{activity_type: visit,"
        " context: [{key: npc, values: [bob]}], value: 5}]},"
        " {id: read, targets: [{metric: hours, value: 3}]},"
        " {id: rise, type: reach, targets: [{stat: level, value: 9}]},"
        " {id: last, order: 1, targets: [{metric: lessons}]}]}"
    )
    with pytest.raises(QuestNotActive):
        site.advance("q", "talk")
    site.start("q")
    with pytest.raises(ObjectiveNotFound):
        site.advance("q", "none")
    for locked in ("rise", "last"):
        with pytest.raises(ObjectiveLocked):
            site.advance("q", locked)
    with pytest.raises(RequirementNotMet, match="another context"):
        site.advance("q", "talk", npc="eve")
    assert site.advance("q", "talk", 3, npc="bob").objectives[0].current == 3
    view = site.advance("q", "talk", 100, npc="bob")
    assert (view.objectives[0].current, view.objectives[0].done) == (5, True)
    assert site.advance("q", "read", 7).objectives[1].current == 7
    assert site.runs["q"].tallies["read"].counts == (7,)
    with pytest.raises(ObjectiveLocked):
        site.advance("q", "talk", npc="bob")


def test_advancing_by_hand_completes() -> None:
    site = Site(
        "  - {id: q, auto_claim: true, objectives: [{id: a, type: sequence, targets:"
        " [{activity_type: lesson, value: 2}, {any_activity: true}]}]}"
    )
    site.start("q")
    assert site.advance("q", "a", 2).objectives[0].current == 1
    assert site.advance("q", "a").state == COMPLETED
    assert site.runs == {}


# --- taking back


def test_revoking_takes_back_what_was_counted() -> None:
    site = Site(f"  - {{id: q, objectives: [{LESSON}]}}")
    site.do(activity_id="before")
    site.start("q")
    site.do(activity_id="one")
    assert site.revoke("before") == ()
    assert site.runs["q"].tallies["learn"].counts == (1,)
    assert site.revoke("one") == ()
    site.do()
    site.do(activity_id="two")
    (lost,) = site.revoke("two")
    assert (lost.is_completion, lost.reverses) == (True, False)
    assert site.record("q").times == 0
    assert site.statistics("q") == {"started": 1}
    site.do()
    assert site.runs["q"].completed_us == NOON


def test_what_still_stands_is_not_taken() -> None:
    site = Site(
        "  - {id: q, objectives: [{id: a, targets: [{metric: hours, value: 2}]},"
        " {id: b, order: 1, targets: [{metric: hours, value: 9}]}]}"
    )
    site.start("q")
    site.do("study", "one", metrics={"hours": 15})
    site.do("study", "two", metrics={"hours": 25})
    site.revoke("one")
    assert set(site.runs["q"].done) == {"a"}
    # What opened the second has not counted for it: it is not taken from it.
    site.do("study", "three", metrics={"hours": 10})
    site.revoke("two")
    assert site.runs["q"].tallies["b"].counts == (10,)
    assert site.runs["q"].done == {}


def test_a_claimed_completion_is_taken_with_the_record_that_made_it_only() -> None:
    site = Site(
        "  - {id: q, type: daily, auto_claim: true, auto_start: true, objectives:"
        f" [{LESSON}], rewards: {{guaranteed: {COINS % 3}}}}}"
    )
    site.do(activity_id="one")
    site.do(activity_id="two")
    assert site.revoke("one") == ()
    assert site.record("q").times == 1
    (lost,) = site.revoke("two")
    assert (lost.quest, lost.reverses, lost.owed.is_empty) == ("q", True, True)
    assert site.revoke("two") == ()
    assert site.record("q").times == 0
    assert site.record("q").last_us == 0
    assert site.ended("q") == [COMPLETED, QuestOutcome.REVOKED]
    # The day is open again.
    assert tags(site.do()) == ["QuestStarted"]


def test_what_was_claimed_since_is_owed_at_todays_amounts() -> None:
    site = Site(
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons}]}],"
        f" rewards: {{guaranteed: {COINS % 3}, first_completion: {COINS % 4}}}}}"
    )
    site.start("q")
    site.do(activity_id="one")
    site.claim("q")
    (lost,) = site.revoke("one")
    assert lost.owed.currencies == (("coins", 7),)


def test_checkpoints_that_are_no_longer_passed_are_lost() -> None:
    site = Site(
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons, value: 9}], checkpoints:"
        f" [{{value: 2, reward: {COINS % 5}}}, {{value: 3, reward: {COINS % 6}}}]}}]}}"
    )
    site.start("q")
    for name in ("one", "two", "three"):
        site.do(activity_id=name)
    (lost,) = site.revoke("one")
    assert (lost.reverses, lost.owed.currencies) == (False, (("coins", 6),))
    assert site.runs["q"].checkpoints == {"a": 2}
    (lost,) = site.revoke("two")
    assert (lost.reverses, lost.owed.is_empty) == (True, True)
    assert site.runs["q"].checkpoints == {"a": 0}
    site.do()
    assert site.runs["q"].checkpoints == {"a": 2}


def test_a_chain_is_locked_again() -> None:
    site = Site(CHAIN)
    site.start("one")
    site.do(activity_id="one")
    site.revoke("one")
    with pytest.raises(QuestUnavailable, match="locked"):
        site.start("two")


def test_prestige_ends_and_forgets_but_pays_what_was_earned() -> None:
    site = Site(
        f"  - {{id: q, objectives: [{LESSON}], rewards: {{guaranteed: {COINS % 2}}}}}\n"
        "  - {id: r, objectives: [{id: a, targets: [{metric: lessons, value: 9}]}]}"
    )
    site.start("q")
    site.start("r")
    site.do()
    site.do()
    site.reset()
    assert list(site.runs) == ["q"]
    assert site.ended("r") == [QuestOutcome.RESET]
    assert (site.record("q").times, site.record("q").attempts) == (0, 1)
    site.claim("q")
    assert site.world.balance("p") == 2
    assert site.start("q").attempt == 2
    assert site.start("r").attempt == 2


def test_attempts_at_what_is_retired_or_gone_stand_still_and_can_be_ended() -> None:
    text = f"  - {{id: q, objectives: [{LESSON}]}}\n  - {{id: r, objectives: [{LESSON}]}}"
    site = Site(text)
    site.start("q")
    site.start("r")
    site.do()
    site.catalog = site.world.snapshot = game(
        f"  - {{id: q, status: retired, objectives: [{LESSON}]}}"
    )
    assert site.do() == []
    with pytest.raises(QuestNotActive):
        site.advance("q", "learn")
    with pytest.raises(QuestNotFound):
        site.advance("r", "learn")
    assert site.abandon("q").attempt == 1
    assert site.abandon("r").attempt == 1
    with pytest.raises(QuestNotFound):
        site.abandon("r")
    # Back again, it is another attempt.
    site.catalog = site.world.snapshot = game(text)
    assert site.start("r").attempt == 2


def test_who_moves_to_another_zone_gains_no_day() -> None:
    site = Site(f"  - {{id: q, type: daily, auto_claim: true, objectives: [{LESSON}]}}")
    site.start("q")
    site.do()
    site.do()
    # In Kiritimati it is Thursday, but the day of the move is still Wednesday.
    site.deed(lambda work: change_zone(work, player_of(work, "p"), "Pacific/Kiritimati"))
    with pytest.raises(QuestUnavailable, match="in this period"):
        site.start("q")
    site.at(NOON + 12 * HOUR - 1)
    with pytest.raises(QuestUnavailable, match="in this period"):
        site.start("q")
    site.at(NOON + 12 * HOUR)
    # Thursday lasts until its midnight in Kiritimati.
    assert site.start("q").expires_us == NOON + 22 * HOUR


def test_a_late_completion_counts_on_its_day() -> None:
    site = Site(f"  - {{id: q, time_limit: 3d, objectives: [{LESSON}]}}")
    site.start("q")
    site.at(NOON + DAY)
    site.do(occurred_at_us=NOON + HOUR)
    site.do(occurred_at_us=NOON + 2 * HOUR)
    record = site.record("q")
    assert (record.last_us, record.best_us) == (NOON + 2 * HOUR, 2 * HOUR)
    assert record.last_day == NOON // DAY
