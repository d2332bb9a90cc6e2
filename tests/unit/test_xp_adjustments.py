"""AdjustXp: corrections by hand, the levels that follow, and a row in the audit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.engine.facts import LevelUp, ScoreChanged, XpAdjusted
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.signals import Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import PlayerNotFound, RequestIdReused, XpOutOfRange
from renown_server.profile.experience import lose_xp
from renown_server.profile.state import PlayerBook, PlayerState
from tests.kit.catalogs import GAME, snapshot_of
from tests.kit.commands import activity, create
from tests.kit.players import OPERATOR, adjust_xp, put_earned
from tests.kit.pure import World
from tests.kit.times import NOON

WEEK = "xp_week||2026-11-16"


@pytest.fixture
def world() -> World:
    world = World()
    world.run(create("p"))
    return world


def facts_of(done: Any, kind: type[Any]) -> list[Any]:
    return [fact for fact in done.facts if isinstance(fact, kind)]


def standing(world: World) -> tuple[int, int, int, int]:
    player = world.player("p")
    return player.xp, player.lifetime_xp, player.level, player.reward_level


def test_up_reaches_levels_and_pays_them(world: World) -> None:
    done = world.run(adjust_xp(250))
    assert facts_of(done, XpAdjusted) == [XpAdjusted("admin", 250, 250, 1, 3, 250)]
    assert [fact.level for fact in facts_of(done, LevelUp)] == [2, 3]
    assert standing(world) == (250, 250, 3, 3)
    assert world.balance("p") == 20


def test_down_loses_levels_and_keeps_what_they_paid(world: World) -> None:
    world.run(adjust_xp(250))
    done = world.run(adjust_xp(-200))
    assert facts_of(done, XpAdjusted) == [XpAdjusted("admin", -200, 50, 3, 1, 50)]
    assert standing(world) == (50, 50, 1, 3)
    assert world.balance("p") == 20


def test_no_level_is_paid_twice(world: World) -> None:
    world.run(adjust_xp(250))
    world.run(adjust_xp(-250))
    again = world.run(adjust_xp(250))
    assert [fact.level for fact in facts_of(again, LevelUp)] == [2, 3]
    assert world.balance("p") == 20
    world.run(adjust_xp(100))
    assert (standing(world)[2:], world.balance("p")) == ((4, 4), 30)


def test_no_multiplier_acts_on_it(world: World) -> None:
    world.run(adjust_xp(1_000))
    # Half of what lies beyond the soft cap is lost by who plays.
    world.run(adjust_xp(1_000))
    assert standing(world)[0] == 2_000


@pytest.mark.parametrize("amount", [-251, -AMOUNT_MAX, AMOUNT_MAX - 249])
def test_it_stays_in_range(world: World, amount: int) -> None:
    world.run(adjust_xp(250))
    before = world.state()
    with pytest.raises(XpOutOfRange) as raised:
        world.run(adjust_xp(amount))
    assert raised.value.refusal.metadata == {"xp": str(250 + amount)}
    before["requests"] = world.tables["requests"]
    assert world.state() == before


def test_to_zero_and_to_the_limit(world: World) -> None:
    world.run(adjust_xp(AMOUNT_MAX))
    assert standing(world)[:3] == (AMOUNT_MAX, AMOUNT_MAX, 20)
    world.run(adjust_xp(-AMOUNT_MAX))
    assert standing(world)[:3] == (0, 0, 1)


def test_the_lifetime_counts_for_the_limit() -> None:
    world = World()
    world.run(create("p"))
    row = list(world.tables["players"]["p"])
    row[5:7] = [10, AMOUNT_MAX - 5]
    world.tables["players"]["p"] = tuple(row)
    with pytest.raises(XpOutOfRange):
        world.run(adjust_xp(6))
    world.run(adjust_xp(5))


def test_boards_that_sum_xp_follow(world: World) -> None:
    world.run(activity("p"))
    done = world.run(adjust_xp(100))
    assert {fact.rule for fact in facts_of(done, ScoreChanged)} == {"admin"}
    assert world.scores("p")["xp_all||"] == world.scores("p")[WEEK] == 125
    world.run(adjust_xp(-25))
    assert world.scores("p")["xp_all||"] == world.scores("p")[WEEK] == 100


def test_a_board_loses_no_more_than_it_has(world: World) -> None:
    world.run(activity("p"))
    world.clock.value_us += 8 * 86_400_000_000
    world.run(activity("p"))
    this_week = "xp_week||2026-11-23"
    assert world.scores("p")[this_week] == 25
    done = world.run(adjust_xp(-40))
    assert world.scores("p")["xp_all||"] == 10
    assert this_week not in world.scores("p")
    assert world.scores("p")[WEEK] == 25
    removed = {fact.board: fact.removed for fact in facts_of(done, ScoreChanged)}
    assert removed == {"xp_all": False, "xp_week": True}
    world.run(adjust_xp(-10))
    assert world.scores("p") == {WEEK: 25, "lessons_tokyo||2026-11-16": 1} | {
        key: score for key, score in world.scores("p").items() if key.startswith("lessons")
    }


def test_boards_that_compare_gains_do_not_know_it() -> None:
    board = "{id: xp_best, source: xp, period: all_time, aggregation: max}"
    world = World(snapshot_of(GAME + f"  - {board}\n"))
    world.run(create("p"))
    world.run(activity("p"))
    world.run(adjust_xp(500))
    assert world.scores("p")["xp_best||"] == 25


def test_a_level_that_asks_for_more_is_held_back() -> None:
    text = (
        GAME.replace(
            "  rewards:\n", "  requirements: [{level: 3, achievements: [asked]}]\n  rewards:\n", 1
        )
        + "achievements: [{id: asked, requirements: {conditions: [{metric: pages}]}}]\n"
    )
    world = World(snapshot_of(text))
    world.run(create("p"))
    world.run(adjust_xp(350))
    assert standing(world) == (350, 350, 2, 2)
    put_earned(world, achievements={"asked": {"times": 1}})
    world.run(adjust_xp(1))
    assert standing(world)[2:] == (4, 4)


def test_the_audit_says_who_and_why(world: World) -> None:
    world.run(adjust_xp(5, event_type="manual_adjustment", description="Thanks"))
    (row,) = world.tables["audit"].values()
    assert (*row[:4], msgspec.json.decode(row[4])) == (
        OPERATOR,
        "xp.adjust",
        "player:p",
        "a lost order",
        {"amount": "5", "event_type": "manual_adjustment"},
    )


def test_a_retry_changes_nothing(world: World) -> None:
    done = world.run(adjust_xp(5, request_id="r"))
    again = world.run(adjust_xp(5, request_id="r"))
    assert (again.facts, again.first_sequence) == (done.facts, done.first_sequence)
    assert standing(world)[0] == 5
    assert len(world.tables["audit"]) == 1
    with pytest.raises(RequestIdReused):
        world.run(adjust_xp(6, request_id="r"))
    with pytest.raises(PlayerNotFound):
        world.run(adjust_xp(1, "nobody"))


def test_who_counts_xp_and_levels_is_told() -> None:
    seen: list[tuple[SignalKind, int]] = []

    def react(work: Work) -> None:
        while work.pending:
            signal = work.pending.popleft()
            assert isinstance(signal, Signal)
            seen.append((signal.kind, signal.amount))

    listens = frozenset({(kind.value, "*") for kind in (SignalKind.XP, SignalKind.LEVEL)})
    world = World(replace(snapshot_of(), listens=listens), react=react)
    world.run(create("p"))
    world.run(adjust_xp(250))
    world.run(adjust_xp(-250))
    assert seen == [(SignalKind.XP, 250), (SignalKind.LEVEL, 3)]


def test_a_revocation_takes_no_rewards_that_a_correction_has_left(world: World) -> None:
    world.run(adjust_xp(250))
    world.run(adjust_xp(-150))
    work = world.open([adjust_xp(1)])
    work.begin("key:test")
    player = work.slice(PlayerBook).get("p")
    assert list(lose_xp(work, player, 100, rule="revoke:x")) == []
    assert (player.xp, player.level, player.reward_level) == (0, 1, 3)


@settings(max_examples=60, deadline=None)
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["gain", "adjust", "revoke"]), st.integers(1, 400)), max_size=12
    )
)
def test_whatever_happens_no_level_is_paid_twice(moves: list[tuple[str, int]]) -> None:
    """Levels held and paid: each is paid at most once more than its payment was taken back."""
    world = World()
    world.run(create("p"))
    paid = 0
    taken = 0
    for kind, amount in moves:
        if kind == "gain":
            world.run(adjust_xp(amount))
        elif kind == "adjust":
            world.run(adjust_xp(-min(amount, world.player("p").xp) or 1))
        else:
            work = Work(catalog=world.snapshot, now_us=NOON, random=SeededRandomness(1))
            world.roots.absorb(work, [world.tables["players"]["p"]])
            work.begin("key:test")
            player: PlayerState = work.slice(PlayerBook).get("p")
            taken += len(lose_xp(work, player, amount, rule="revoke:x"))
            work.commit()
            columns = world.roots.write_args(work)
            assert columns is not None
            row = list(world.tables["players"]["p"])
            row[5:9] = [player.xp, player.lifetime_xp, player.level, player.reward_level]
            world.tables["players"]["p"] = tuple(row)
        player = world.player("p")
        paid = world.balance("p") // 10
        assert paid - taken == player.reward_level - 1
        assert player.reward_level >= player.level
        assert player.lifetime_xp >= player.xp >= 0
