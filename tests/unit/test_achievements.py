"""Achievements: what moves them, what they give, and when."""

from __future__ import annotations

from typing import Any

import pytest

from renown.v1 import achievement_service_pb2 as pb
from renown.v1.progression_pb2 import AchievementDefinition
from renown_server.achievements.commands import Outcome
from renown_server.achievements.definitions import NOBODY, Viewer, fill_achievement
from renown_server.achievements.takeback import Taking
from renown_server.engine.command import Recorded
from renown_server.engine.facts import (
    AchievementProgressed,
    AchievementRevoked,
    AchievementUnlocked,
    BadgeChanged,
    CurrencyChanged,
    TitleEarned,
    TitleRevoked,
)
from renown_server.errors import (
    AchievementAlreadyEarned,
    AchievementNotEarned,
    AchievementNotFound,
    AlreadySpent,
    ShowcaseLimit,
    UnknownTier,
)
from renown_server.inventory.clawback import Policy
from tests.kit.achievements import (
    GAME,
    SEEKER,
    check_counts,
    earned,
    grant,
    list_of,
    milestones,
    new_world,
    revoke,
    show,
    statistics,
    uncount,
    unlocks,
    view_of,
)
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, debit
from tests.kit.inventory import Player
from tests.kit.players import prestige
from tests.kit.pure import World
from tests.kit.times import DAY, HOUR, NOON, SECOND


@pytest.fixture
def world() -> World:
    world = new_world()
    world.run(create("p"))
    return world


def lesson(world: World, times: int = 1, **fields: Any) -> Recorded:
    """Lessons; returns the last one."""
    done = [world.run(activity("p", "lesson", **fields)) for _ in range(times)]
    return done[-1]


def visit(world: World, **fields: Any) -> Recorded:
    return world.run(activity("p", "visit", **fields))


def names(done: Recorded) -> list[str]:
    return [name for name, _, _ in unlocks(done)]


def test_counter_reads_the_metric_and_keeps_nothing(world: World) -> None:
    lesson(world, 99)
    assert "achievement:century" not in world.progress("p").tallies
    assert earned(world, "century").times == 0
    done = lesson(world)
    assert ("century", 1, 0) in unlocks(done)
    (fact,) = [
        f for f in done.facts if isinstance(f, AchievementUnlocked) and f.achievement == "century"
    ]
    assert (fact.rule, fact.points, fact.started_us) == ("achievement:century", 50, NOON)
    assert "century" not in names(lesson(world, 100))
    check_counts(world)


def test_counter_of_filtered_activities(world: World) -> None:
    maths = {"subject": "maths"}
    done = lesson(world, context=maths)
    (step,) = [fact for fact in done.facts if isinstance(fact, AchievementProgressed)]
    assert (step.achievement, step.current, step.target) == ("maths", 1, 3)
    lesson(world, context={"subject": "art"})
    lesson(world, context=maths)
    assert "maths" in names(lesson(world, context=maths))
    assert not [f for f in lesson(world, context=maths).facts if type(f) is AchievementProgressed]


def test_threshold(world: World) -> None:
    assert "sharp" not in names(lesson(world, metrics={"score": 89}))
    assert "sharp" in names(lesson(world, metrics={"score": 90}))


def test_collection(world: World) -> None:
    player = Player(world.snapshot)
    world.run(player.grant(sword=1))
    assert earned(world, "armed").times == 0
    assert "armed" in names(world.run(player.grant(shield=1)))


def test_sequence(world: World) -> None:
    assert "path" not in names(lesson(world))
    assert "path" not in names(visit(world))
    assert "path" in names(lesson(world))


def test_time_limit(world: World) -> None:
    lesson(world, time_us=60 * SECOND)
    lesson(world, time_us=61 * SECOND)
    assert "swift" in names(lesson(world, time_us=5 * SECOND))


def test_perfect_in_a_row_starts_anew(world: World) -> None:
    lesson(world, perfect=True)
    lesson(world)
    assert "flawless" not in names(lesson(world, perfect=True))
    assert "flawless" in names(lesson(world, perfect=True))
    assert "flawless" not in names(lesson(world, perfect=True))
    assert ("flawless", 2, 0) in unlocks(lesson(world, perfect=True))
    check_counts(world)


def test_streak(world: World) -> None:
    visit(world)
    assert "steady" in {view.info.achievement for view in list_of(world, in_progress=True).views}
    world.clock.value_us += DAY
    assert "steady" not in names(visit(world))
    world.clock.value_us += DAY
    assert "steady" in names(visit(world))


def test_unique(world: World) -> None:
    lesson(world, context={"subject": "art"})
    assert "curious" not in names(lesson(world, context={"subject": "art"}))
    assert "curious" in names(lesson(world, context={"subject": "maths"}))


def test_milestones_pay_once_and_on_the_way(world: World) -> None:
    assert milestones(lesson(world, 24)) == []
    assert milestones(lesson(world)) == [("century", 25)]
    assert world.balance("p", "coins") == 1
    assert milestones(lesson(world, 50)) == [("century", 75)]
    assert world.balance("p", "coins") == 4
    lesson(world, 25)
    assert world.balance("p", "coins") == 4
    assert view_of(world, "century").milestones == ((25, "A quarter"), (75, ""))


def test_rewards_of_all_sorts(world: World) -> None:
    done = lesson(world, 100)
    assert world.balance("p", "points") == 3 + 6 + 3 * 35 // 10 + 10 + 2
    assert world.items("p") == {("sword", ""): 1}
    assert [fact.title for fact in done.facts if isinstance(fact, TitleEarned)] == []
    honors = world.earned("p").honors
    assert honors.titles["sage"].source == "achievement:afresh"
    assert set(honors.unlocks) == {"hall"}
    assert {"medal", "pin"} <= set(world.earned("p").badges)
    posted = [f for f in done.facts if type(f) is CurrencyChanged and f.currency == "points"]
    assert posted[0].counter_account == "issuance:achievement"


def test_repeatable_sums_several_times_by_one_activity(world: World) -> None:
    done = lesson(world, metrics={"hours": 370})
    assert unlocks(done)[:3] == [("each_ten", 1, 0), ("each_ten", 2, 0), ("each_ten", 3, 0)]
    assert milestones(done) == [("each_ten", 50)] * 4
    assert world.balance("p", "points") == 6
    view = view_of(world, "each_ten")
    assert (view.current, view.target, view.decimals, view.progress_bp) == (70, 100, 1, 7000)
    assert (view.times, view.is_completed, view.available) == (3, True, True)
    check_counts(world)


def test_more_completions_than_one_signal_gives_are_not_lost(world: World) -> None:
    lesson(world, metrics={"hours": 25_000})
    assert earned(world, "each_ten").times == 100
    lesson(world, metrics={"hours": 1})
    assert earned(world, "each_ten").times == 200
    lesson(world, metrics={"hours": 1})
    assert earned(world, "each_ten").times == 250
    check_counts(world)


def test_tiers_each_with_their_share(world: World) -> None:
    assert ("climber", 1, 1) in unlocks(lesson(world, 10))
    assert world.balance("p", "points") == 3
    assert ("climber", 1, 2) in unlocks(lesson(world, 10))
    assert world.balance("p", "points") == 9
    view = view_of(world, "climber")
    assert view.tier is not None
    assert (view.tier.tier, view.tier.name, view.tier.next_name) == (2, "Silver", "Gold")
    assert (view.current, view.target, view.is_completed) == (20, 50, False)
    assert statistics(world, "climber").get("earned", 0) == 0
    assert ("climber", 1, 3) in unlocks(lesson(world, 30))
    assert statistics(world, "climber")["owners"] == 1
    check_counts(world)


def test_secret_ones_tell_nothing_before(world: World) -> None:
    done = visit(world)
    assert not [fact for fact in done.facts if "hidden" in repr(fact)]
    listing = list_of(world)
    assert "hidden" not in [view.info.achievement for view in listing.views]
    assert "shadows" not in [each.category for each in listing.totals.categories]
    with pytest.raises(AchievementNotFound):
        view_of(world, "hidden")
    with pytest.raises(AchievementNotFound):
        world.run(show("hidden"))
    done = visit(world)
    assert "hidden" in names(done)
    assert milestones(done) == [("hidden", 50)]
    assert world.balance("p", "coins") == 100
    assert view_of(world, "hidden").is_completed
    assert "shadows" in [each.category for each in list_of(world).totals.categories]


def test_definitions_leave_out_what_is_secret() -> None:
    world = new_world(snapshot_of(GAME + SEEKER))
    world.run(create("p"))
    known = world.snapshot.progression

    def seen(viewer: Viewer) -> AchievementDefinition:
        message = pb.Achievement()
        fill_achievement(message, known, known.achievements["seeker"], viewer, NOON)
        return message.definition

    for viewer in (NOBODY, Viewer(world.earned("p"))):
        shown = seen(viewer)
        assert not {"hidden", "shade", "veil", "ghost"} & set(str(shown).split('"'))
        assert [each.WhichOneof("of") for each in shown.requirements.conditions] == [
            None,
            None,
            "achievement",
        ]
        assert list(shown.rewards.titles) == ["sage"]
        assert list(shown.milestones[0].reward.badges) == ["medal"]
    visit(world)
    visit(world)
    shown = seen(Viewer(world.earned("p")))
    # The visits have earned everything that it names: nothing is secret to this player now.
    assert shown.SerializeToString(deterministic=True) == known.achievements["seeker"].wire


def test_prerequisites_hold_back_the_unlock_only(world: World) -> None:
    lesson(world, 5)
    assert earned(world, "scholar").times == 0
    assert not view_of(world, "scholar").available
    visit(world)
    assert names(visit(world)) == ["hidden", "scholar"]


def test_levels_hold_back_the_unlock_only(world: World) -> None:
    lesson(world)
    world.run(activity("p", "march"))
    assert earned(world, "grown").times == 0
    done = world.run(activity("p", "march"))
    assert "grown" in names(done)
    assert earned(world, "level_two").times == 1


def test_windows_count_what_happened_within(world: World) -> None:
    assert "autumnal" in names(visit(world))
    assert earned(world, "limited").times == 0
    world.clock.value_us = NOON + 2 * DAY
    assert "limited" not in names(visit(world))
    done = visit(world, occurred_at_us=NOON + DAY)
    assert "limited" in names(done)
    assert earned(world, "limited").last_us == NOON + DAY


def test_platforms(world: World) -> None:
    assert "phone" not in names(visit(world, context={"platform": "web"}))
    assert "phone" in names(visit(world, context={"platform": "ios"}))


def test_what_is_retired_or_upcoming_is_not_earned(world: World) -> None:
    visit(world)
    assert earned(world, "old").times == earned(world, "soon").times == 0
    listed = [view.info.achievement for view in list_of(world).views]
    assert "old" not in listed
    assert "soon" not in listed
    assert names(world.run(grant("old"))) == ["old"]
    assert "old" in [view.info.achievement for view in list_of(world).views]


def test_average_time_is_from_the_first_to_the_last(world: World) -> None:
    lesson(world)
    world.clock.value_us += HOUR
    lesson(world)
    assert statistics(world, "afresh") == {
        "earned": 1,
        "owners": 1,
        "time_us": HOUR,
        "timed": 1,
        "started": 1,
    }
    assert view_of(world, "afresh").started_us == NOON
    assert view_of(world, "century").started_us == NOON
    assert view_of(world, "century").last_us == NOON + HOUR


def test_grant_gives_the_rewards_and_nothing_of_the_way(world: World) -> None:
    done = world.run(grant("century"))
    (fact,) = [
        f for f in done.facts if isinstance(f, AchievementUnlocked) and f.achievement == "century"
    ]
    assert (fact.rule, fact.granted_by) == ("admin", "key:op")
    assert milestones(done) == []
    assert world.balance("p", "points") == 12
    assert statistics(world, "century") == {"earned": 1, "owners": 1}
    with pytest.raises(AchievementAlreadyEarned):
        world.run(grant("century"))
    check_counts(world)


def test_grant_of_tiers(world: World) -> None:
    assert unlocks(world.run(grant("climber", 2))) == [("climber", 1, 1), ("climber", 1, 2)]
    with pytest.raises(UnknownTier):
        world.run(grant("climber", 4))
    with pytest.raises(UnknownTier):
        world.run(grant("century", 1))
    with pytest.raises(AchievementAlreadyEarned):
        world.run(grant("climber", 1))
    assert unlocks(world.run(grant("climber"))) == [("climber", 1, 3)]
    check_counts(world)


def test_grants_do_not_use_up_what_was_done(world: World) -> None:
    lesson(world, metrics={"hours": 90})
    world.run(grant("each_ten"))
    assert ("each_ten", 2, 0) in unlocks(lesson(world, metrics={"hours": 10}))
    check_counts(world)


def test_what_was_revoked_by_hand_is_not_earned_by_the_same(world: World) -> None:
    lesson(world, 100)
    done = world.run(revoke("century"))
    assert [f.times for f in done.facts if type(f) is AchievementRevoked] == [0, 0]
    assert earned(world, "century").revoked == 1
    assert "century" not in names(lesson(world, 99))
    assert "century" in names(lesson(world))
    check_counts(world)
    with pytest.raises(AchievementNotEarned):
        world.run(revoke("sharp"))
    with pytest.raises(AchievementNotFound):
        world.run(revoke("nothing"))


def test_revoking_what_stands_and_what_counts_anew(world: World) -> None:
    lesson(world, 2, metrics={"score": 95}, perfect=True)
    world.run(revoke("sharp"))
    world.run(revoke("flawless"))
    assert {"sharp", "flawless"}.isdisjoint(names(lesson(world, metrics={"score": 99})))
    lesson(world, perfect=True)
    assert "flawless" in names(lesson(world, perfect=True))
    check_counts(world)


def test_revoking_takes_rewards_badges_and_titles(world: World) -> None:
    lesson(world, 100)
    points, coins = world.balance("p", "points"), world.balance("p", "coins")
    xp = world.player("p").xp
    done = world.run(revoke("century", take_rewards=True))
    # Ten of the reward; the badge it awarded keeps the points that it paid itself.
    assert world.balance("p", "points") == points - 10
    assert world.balance("p", "coins") == coins - 4
    assert world.player("p").xp == xp - 40
    assert world.items("p") == {}
    assert world.scores("p") == {}
    assert not world.earned("p").honors.unlocks
    # The title came from another one, which still stands.
    assert not [fact for fact in done.facts if isinstance(fact, TitleRevoked)]
    lost = {f.badge for f in done.facts if isinstance(f, BadgeChanged) and f.quantity < 0}
    assert lost == {"medal", "pin"}
    check_counts(world)


def test_revoking_takes_what_rests_on_it(world: World) -> None:
    world.run(grant("century"))
    assert earned(world, "after_century").times == 1
    done = world.run(revoke("century"))
    taken = [f.achievement for f in done.facts if isinstance(f, AchievementRevoked)]
    assert taken == ["century", "after_century"]
    assert earned(world, "after_century").times == 0
    check_counts(world)


def test_revoking_what_is_spent(world: World) -> None:
    world.run(grant("century"))
    world.run(debit("p", points=world.balance("p", "points")))
    with pytest.raises(AlreadySpent):
        world.run(revoke("century", take_rewards=True, policy=Policy.REFUSE))
    check_counts(world)
    world.run(revoke("century", take_rewards=True, policy=Policy.DEBT))
    assert world.balance("p", "points") == 0
    check_counts(world)


def test_revoking_some_of_many(world: World) -> None:
    lesson(world, metrics={"hours": 370})
    world.run(revoke("each_ten", times=2, take_rewards=True))
    assert world.balance("p", "points") == 2
    assert (earned(world, "each_ten").times, earned(world, "each_ten").revoked) == (1, 2)
    assert "each_ten" not in names(lesson(world, metrics={"hours": 29}))
    assert ("each_ten", 2, 0) in unlocks(lesson(world, metrics={"hours": 1}))
    check_counts(world)


def test_revoking_tiers(world: World) -> None:
    lesson(world, 25)
    world.run(revoke("climber", take_rewards=True))
    assert world.balance("p", "points") == 0
    assert "climber" not in names(lesson(world, 24))
    assert ("climber", 1, 3) in unlocks(lesson(world))
    check_counts(world)


def test_granted_rewards_are_taken_with_what_gave_them(world: World) -> None:
    world.run(grant("generous"))
    assert earned(world, "each_ten").granted == 1
    world.run(revoke("generous", take_rewards=True))
    assert earned(world, "each_ten").times == 0
    check_counts(world)


TAKING = Taking("revoke:activity", "a1")


def test_lost_when_what_it_asks_for_is_not_met_any_more(world: World) -> None:
    lesson(world, 101)
    world.run(uncount("lesson", TAKING, moved={"lessons": 1}))
    assert earned(world, "century").times == 1
    done = world.run(uncount("lesson", TAKING, moved={"lessons": 1}))
    assert earned(world, "century").times == 0
    assert earned(world, "century").milestones == (25, 75)
    assert {"century", "after_century"} <= {
        f.achievement for f in done.facts if isinstance(f, AchievementRevoked)
    }
    check_counts(world)
    assert "century" in names(lesson(world))
    world.run(uncount("lesson", TAKING, moved={"lessons": 60}))
    assert earned(world, "century").milestones == (25,)
    assert earned(world, "climber").tier == 2
    check_counts(world)


def test_kept_counts_are_subtracted_and_go_on_after_it_is_done(world: World) -> None:
    lesson(world, 4, context={"subject": "maths"})
    world.run(uncount("lesson", TAKING, moved={"lessons": 1}, subject="maths"))
    assert earned(world, "maths").times == 1
    world.run(uncount("lesson", TAKING, moved={"lessons": 1}, subject="maths"))
    assert earned(world, "maths").times == 0
    check_counts(world)


def test_repeatable_ones_are_lost_one_by_one(world: World) -> None:
    lesson(world, metrics={"hours": 260})
    coins = world.balance("p", "coins")
    world.run(uncount("lesson", TAKING, moved={"hours": 70}))
    state = earned(world, "each_ten")
    assert (state.times, state.milestones) == (1, (50,))
    assert world.balance("p", "points") == 2
    # Paid were three halves; two are still reached.
    assert coins - world.balance("p", "coins") == 1
    check_counts(world)


def test_what_was_granted_is_not_lost(world: World) -> None:
    lesson(world)
    world.run(grant("century"))
    world.run(uncount("lesson", TAKING, moved={"lessons": 1}))
    assert earned(world, "century").times == 1


def test_sequences_and_runs_stand(world: World) -> None:
    visit(world)
    lesson(world, 2, perfect=True)
    world.run(uncount("lesson", TAKING, moved={"lessons": 1}))
    assert earned(world, "path").times == 1
    assert earned(world, "flawless").times == 1


def test_prestige_starts_some_anew(world: World) -> None:
    lesson(world, 2, metrics={"hours": 60})
    for _ in range(3):
        world.run(activity("p", "march"))
    assert earned(world, "afresh").times == 1
    before = earned(world, "each_ten")
    world.run(prestige(world))
    assert earned(world, "afresh") == type(before)()
    assert earned(world, "level_two").times == 1
    assert "sage" in world.earned("p").honors.titles
    assert earned(world, "each_ten").times == before.times == 1
    check_counts(world)
    assert "afresh" in names(lesson(world, 2))
    # Metrics began anew: what was earned stands, and counts on from there.
    world.run(uncount("lesson", TAKING, moved={"lessons": 1}))
    assert earned(world, "each_ten").times == 1
    assert "each_ten" not in names(lesson(world, metrics={"hours": 99}))
    assert ("each_ten", 2, 0) in unlocks(lesson(world, metrics={"hours": 1}))
    check_counts(world)


def test_showcase(world: World) -> None:
    world.run(grant("century"))
    world.run(grant("sharp"))
    with pytest.raises(AchievementNotEarned):
        world.run(show("maths"))
    world.run(grant("maths"))
    with pytest.raises(ShowcaseLimit):
        world.run(show("century", "sharp", "maths"))
    world.run(show("sharp", "century"))
    assert list_of(world).showcase == ("sharp", "century")
    assert view_of(world, "sharp").showcased
    world.run(revoke("sharp"))
    assert list_of(world).showcase == ("century",)


def test_lists_filters_and_totals(world: World) -> None:
    lesson(world, 100, metrics={"hours": 1})
    listing = list_of(world)
    ids = [view.info.achievement for view in listing.views]
    assert ids == sorted(ids)
    assert listing.totals.total == len(ids)
    assert listing.totals.completed == sum(view.is_completed for view in listing.views)
    completed = {view.info.achievement for view in list_of(world, completed=True).views}
    begun = {view.info.achievement for view in list_of(world, in_progress=True).views}
    assert {"century", "afresh", "climber"} <= completed
    assert "scholar" in begun
    assert completed.isdisjoint(begun)
    assert listing.totals.in_progress == len(begun)
    (learning,) = list_of(world, category="learning").views
    assert learning.info.achievement == "century"
    assert learning.info.points_reward == 10
    assert learning.info.badges == (("medal", ""), ("pin", ""))
    assert listing.totals.points >= 55
    page = list_of(world, size=3)
    assert page.has_more
    assert [v.info.achievement for v in list_of(world, size=3, after=ids[2]).views] == ids[3:6]


def test_instant_ones_show_no_progress(world: World) -> None:
    view = view_of(world, "level_two")
    assert (view.target, view.conditions, view.info.tracks_progress) == (0, (), False)


def test_audited(world: World) -> None:
    world.run(grant("century"))
    world.run(revoke("century"))
    assert [row[1] for row in world.tables["audit"]] == ["achievement.grant", "achievement.revoke"]


def test_a_retry_gets_the_identical_answer(world: World) -> None:
    command = grant("century")
    first = world.run(command)
    lesson(world, 3)
    second = world.run(command)
    assert second.replayed
    assert second.facts == first.facts
    assert second.result_as(Outcome) == first.result_as(Outcome)
    assert first.result_as(Outcome).icon == "gold"
