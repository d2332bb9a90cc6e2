"""Progress under way when the catalog changes."""

from __future__ import annotations

import dataclasses

import pytest

from renown_server import reactions
from renown_server.catalog.criteria import Criteria, RequirementType, Subject
from renown_server.catalog.snapshot import CatalogSnapshot, Metric
from renown_server.catalog.snapshot import MetricAggregation as HOW
from renown_server.errors import QuestNotActive
from renown_server.profile import metrics
from renown_server.progress.counting import observe, reached
from renown_server.progress.values import EMPTY_TALLY, Tally
from renown_server.quests.tables import QuestOutcome
from tests.kit.achievements import check_counts, earned, grant, revoke
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity
from tests.kit.criteria import activity as told
from tests.kit.criteria import catalog, condition, criteria, standing
from tests.kit.pure import World
from tests.kit.quests import LESSON, Site, game
from tests.kit.revocations import revoke as revoke_activity
from tests.kit.times import NOON


@pytest.mark.parametrize("dropped", [False, True])
def test_a_checkpoint_that_was_paid_is_not_paid_again(dropped: bool) -> None:
    text = (
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons, value: 9}], checkpoints: ["
        "%s{value: 3, reward: {currencies: [{currency: coins, amount: 7}]}},"
        " {value: 4, reward: {currencies: [{currency: coins, amount: 100}]}}]}]}"
    )
    first = "{value: 2, reward: {currencies: [{currency: coins, amount: 20}]}}, "
    before, after = (text % first, text % "") if dropped else (text % "", text % first)
    site = Site(before)
    site.start("q")
    for _ in range(3):
        site.do()
    paid = site.world.balance("p")
    site.catalog = site.world.snapshot = game(after)
    view = site.advance("q", "a")
    assert site.world.balance("p") == paid + 100
    assert view.objectives[0].checkpoints == ((3, 4) if dropped else (2, 3, 4))
    assert view.objectives[0].next_checkpoint == 0


def test_what_waits_to_be_claimed_of_a_quest_that_is_gone_can_be_abandoned() -> None:
    site = Site(f"  - {{id: q, objectives: [{LESSON}]}}")
    site.start("q")
    site.do()
    site.do()
    with pytest.raises(QuestNotActive):
        site.abandon("q")
    site.catalog = site.world.snapshot = game(f"  - {{id: other, objectives: [{LESSON}]}}")
    assert site.abandon("q").state == QuestOutcome.ABANDONED.value
    assert site.runs == {}
    assert site.record("q").times == 1, "it was completed all the same"


def _asked(kind: RequirementType) -> Criteria:
    item = condition(Subject.METRIC, "score", value=9999, filters={"subject": ["math"]})
    return criteria(item, type=kind)


def _counted(asked: Criteria, how: HOW, tally: Tally, *amounts: int) -> tuple[Tally, int]:
    """What amounts make of a tally when the metric is combined so, and the value then."""
    game = catalog()
    metric = Metric("score", "Score", 0, 1, how)
    now = standing(dataclasses.replace(game, metrics={**game.metrics, "score": metric}))
    for amount in amounts:
        tally = observe(asked, tally, told(moved={"score": amount}, subject="math"), now)
    return tally, reached(asked, tally, now).current


@pytest.mark.parametrize("kind", [RequirementType.THRESHOLD, RequirementType.COUNTER])
@pytest.mark.parametrize("how", list(HOW))
def test_an_average_begins_anew_where_something_else_was_kept(
    how: HOW, kind: RequirementType
) -> None:
    asked = _asked(kind)
    tally, _ = _counted(asked, how, EMPTY_TALLY, 500, 600)
    _, value = _counted(asked, HOW.AVERAGE, tally, 4, 6)
    sums = how is HOW.AVERAGE or (how is HOW.COUNTER and kind is RequirementType.THRESHOLD)
    # Of what was summed up all is known.
    assert value == ((500 + 600 + 4 + 6) // 4 if sums else 5)


@pytest.mark.parametrize("how", list(HOW))
def test_a_latest_value_is_the_latest_whatever_was_kept(how: HOW) -> None:
    asked = _asked(RequirementType.THRESHOLD)
    tally, _ = _counted(asked, how, EMPTY_TALLY, 500, 600)
    tally, value = _counted(asked, HOW.LATEST, tally, 4, 6)
    assert value == 6
    late = told(at_us=NOON - 1, moved={"score": 7}, subject="math")
    game = dataclasses.replace(catalog(), metrics={"score": Metric("score", "S", 0, 1, HOW.LATEST)})
    assert observe(asked, tally, late, standing(game)) == tally


@pytest.mark.parametrize("how", [each for each in HOW if each is not HOW.AVERAGE])
def test_what_was_no_average_is_not_taken_from_one(how: HOW) -> None:
    now = standing()
    key = how.name.lower()
    now.work.touch(now.player)
    metrics.move(now.work, now.player, {key: 500}, NOON, "activity_type:quiz")
    game = dataclasses.replace(now.work.catalog, metrics={key: Metric(key, key, 0, 1, HOW.AVERAGE)})
    now.work.catalog = game
    metrics.take_back(now.work, now.player, key, 500, "revoke:activity_type:quiz")
    assert now.player.metrics == {key: 500}
    for amount in (4, 6):
        metrics.move(now.work, now.player, {key: amount}, NOON, "activity_type:quiz")
    assert now.player.metrics == {key: 5}
    metrics.take_back(now.work, now.player, key, 500, "revoke:activity_type:quiz")
    assert now.player.metrics == {key: 5}
    metrics.take_back(now.work, now.player, key, 4, "revoke:activity_type:quiz")
    assert now.player.metrics == {key: 6}


def _tiers(*requirements: int) -> CatalogSnapshot:
    tiers = ", ".join(
        f"{{tier: {tier}, requirement: {value}}}" for tier, value in enumerate(requirements, 1)
    )
    return snapshot_of(
        "name: tiers\nmetrics: [{id: lessons}]\nlevels: {linear: {base: 100}, hard_cap: 20}\n"
        "activity_types: [{id: lesson, counts: [lessons]}]\n"
        "achievements:\n  - {id: a, requirements: {conditions: [{metric: lessons}]},"
        f" kind: tiered, tiers: [{tiers}]}}\n"
    )


@pytest.mark.parametrize("granted", [0, 2, 3])
@pytest.mark.parametrize(("before", "done"), [((1, 2, 3), 2), ((1, 2, 3), 3), ((1, 2), 2)])
@pytest.mark.parametrize("after", [(1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)])
def test_tiers_come_and_go_and_statistics_agree(
    before: tuple[int, ...], done: int, after: tuple[int, ...], granted: int
) -> None:
    world = World(_tiers(*before), react=reactions.react)
    for number in range(done):
        world.run(activity("p", "lesson", f"l{number}"))
    if granted and earned(world, "a").tier < min(granted, len(before)):
        world.run(grant("a", min(granted, len(before))))
    check_counts(world)
    world.snapshot = _tiers(*after)
    check_counts(world)
    world.run(revoke_activity("p", "l0"))
    check_counts(world)
    for _ in range(4):
        world.run(activity("p", "lesson"))
        check_counts(world)
    world.run(revoke("a"))
    check_counts(world)
