"""Whatever was recorded and whatever is revoked: progress is as if it had never been."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server import reactions
from renown_server.engine.command import Command
from renown_server.errors import AlreadySpent
from renown_server.inventory.clawback import Policy
from tests.kit import achievements, badges
from tests.kit.catalogs import snapshot_of
from tests.kit.clawbacks import GAME, SNAPSHOT, Player, check_counts
from tests.kit.commands import debit
from tests.kit.pure import World
from tests.kit.revocations import revoke
from tests.kit.times import DAY, HOUR

# Without what can't be subtracted, or was claimed.
SUMS = snapshot_of(
    GAME.replace("metric: score, value: 90", "metric: score, value: 900000")
    .replace("lesson, value: 2, time_frame: day", "lesson, value: 900, time_frame: day")
    .replace("activity_type: march, value: 2}", "activity_type: march, value: 900}")
    # Of what is done beyond an objective nothing is counted.
    .replace(
        "{id: a, targets: [{metric: lessons, value: 3}]",
        "{id: a, targets: [{metric: lessons, value: 99}]",
    )
    .replace("{activity_type: find, value: 2}", "{activity_type: find, value: 99}")
    .replace("{id: pins, reward: {currencies: [{currency: gems, amount: 100}]}}", "{id: pins}")
)

Deed = tuple[str, dict[str, Any], int]

_lessons = st.tuples(st.integers(0, 12), st.booleans()).map(
    lambda each: (
        "lesson",
        {
            "metrics": {"hours": each[0]},
            "context": {"subject": "maths"} if each[1] else {},
        },
    )
)
_others = st.sampled_from(["march", "visit", "visit", "find", "earn"]).map(
    lambda kind: (kind, dict[str, Any]())
)
_deeds = st.tuples(st.one_of(_lessons, _lessons, _others), st.sampled_from([0, 0, HOUR, DAY])).map(
    lambda each: (each[0][0], each[0][1], each[1])
)


def both(catalog: Any, deeds: list[Deed], gone: set[int]) -> tuple[Player, Player]:
    """Who did it all, and who did only what is not gone, at the same moments."""
    player, other = (Player(World(catalog, react=reactions.react)) for _ in range(2))
    for number, (kind, fields, wait_us) in enumerate(deeds):
        for each in (player, other):
            each.world.clock.value_us += wait_us
        player.do(kind, f"a{number}", **fields)
        if number not in gone:
            other.do(kind, f"a{number}", **fields)
        other.world.clock.value_us = player.world.clock.value_us
    return player, other


@settings(deadline=None, max_examples=150)
@given(st.lists(_deeds, min_size=1, max_size=10), st.data())
def test_as_if_it_had_never_been(deeds: list[Deed], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.integers(0, len(deeds) - 1), min_size=1))
    player, other = both(SUMS, deeds, gone)
    for number in data.draw(st.permutations(sorted(gone))):
        player.revoke(f"a{number}", Policy.DEBT)
        check_counts(player.world)
    mine, theirs = player.state(), other.state()
    for each in (mine, theirs):
        # What was counted in a day stays when that day can get no more.
        each["tallies"].pop("achievement:busy", None)
    for name in theirs:
        assert (name, mine[name]) == (name, theirs[name])


_scored = st.tuples(_deeds, st.integers(0, 100)).map(
    lambda each: (
        each[0][0],
        {**each[0][1], "metrics": {**each[0][1].get("metrics", {}), "score": each[1]}}
        if each[0][0] == "lesson"
        else each[0][1],
        each[0][2],
    )
)
_any_deeds = st.one_of(
    _scored,
    _scored,
    st.sampled_from([("gala", dict[str, Any](), 0), ("march", dict[str, Any](), 0)]),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(_any_deeds, min_size=1, max_size=9), st.data())
def test_all_revoked_is_nothing(deeds: list[Deed], data: st.DataObject) -> None:
    """But for the reward of a collection, and the highest value."""
    player, _ = both(SNAPSHOT, deeds, set())
    pins = "pins" in player.world.earned("p").honors.collections
    for number in data.draw(st.permutations(range(len(deeds)))):
        player.revoke(f"a{number}", Policy.DEBT)
        check_counts(player.world)
    state = player.state()
    assert state.pop("wallet") == ({"gems": 100} if pins else {})
    assert state.pop("xp") == (0, 0, 1, 1)
    assert set(state.pop("metrics")) <= {"score"}
    assert not any(state.values()), state
    assert not player.completed


@settings(deadline=None, max_examples=100)
@given(st.lists(_any_deeds, min_size=1, max_size=9), st.data())
def test_refused_or_whole(deeds: list[Deed], data: st.DataObject) -> None:
    """REFUSE takes everything or changes nothing, whatever was granted and taken by hand."""
    player, _ = both(SNAPSHOT, deeds, set())
    world = player.world
    by_hand = st.sampled_from(["", "", "spend", "grant", "take"])
    for number in data.draw(st.permutations(range(len(deeds)))):
        for command in _by_hand(player, data.draw(by_hand)):
            world.batch(command)
        before = world.state()
        (outcome,) = world.batch(revoke("p", f"a{number}"))
        if isinstance(outcome, AlreadySpent):
            after = world.state()
            assert {name for name in after if after[name] != before[name]} == {"requests"}
        else:
            assert not isinstance(outcome, BaseException), outcome
        check_counts(world)
    assert all(row[5] == 0 for row in world.tables["wallets"].values())


def _by_hand(player: Player, deed: str) -> list[Command]:
    match deed:
        case "spend":
            return (
                [debit("p", coins=player.world.balance("p"))] if player.world.balance("p") else []
            )
        case "grant":
            return [achievements.grant("each_ten"), achievements.grant("climber", 2)]
        case "take":
            return [
                achievements.revoke("three", take_rewards=True, policy=Policy.REFUSE),
                badges.revoke("p", "medal"),
            ]
        case _:
            return []
