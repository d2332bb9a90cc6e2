"""No order of progress, grants, losses and revocations breaks a count of achievements."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renown_server.achievements.takeback import Taking
from renown_server.engine.command import Command
from renown_server.errors import RenownError
from renown_server.inventory.clawback import Policy
from tests.kit.achievements import (
    GAME,
    check_counts,
    earned,
    grant,
    new_world,
    revoke,
    show,
    uncount,
)
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create
from tests.kit.players import prestige
from tests.kit.pure import World
from tests.kit.times import HOUR

PLAYERS = ("p", "q")
IDS = ("each_ten", "century", "climber", "flawless", "afresh", "maths", "hidden", "generous",
       "after_century", "level_two")  # fmt: skip

# Everything is near, so that a few steps earn it.
NEAR = (
    GAME.replace("metric: lessons, value: 100", "metric: lessons, value: 8")
    .replace("requirement: 10}", "requirement: 3}")
    .replace("requirement: 20,", "requirement: 6,")
    .replace("requirement: 50,", "requirement: 12,")
    .replace("level: 3, resets", "level: 2, resets")
)

_SNAPSHOT = snapshot_of(NEAR)

_players = st.sampled_from(PLAYERS)
# The first ones more often.
_ids = st.one_of(st.sampled_from(IDS[:3]), st.sampled_from(IDS))
_lessons = st.tuples(
    st.just("lesson"), _players, st.integers(1, 100), st.booleans(), st.sampled_from(["maths", ""])
)
_revokes = st.tuples(st.just("revoke"), _players, _ids, st.booleans(), st.integers(0, 2))
_steps = st.one_of(
    _lessons,
    _lessons,
    _revokes,
    _revokes,
    st.tuples(st.sampled_from(["visit", "march"]), _players),
    st.tuples(st.just("grant"), _players, _ids, st.integers(0, 3)),
    st.tuples(st.just("uncount"), st.integers(1, 300), st.booleans()),
    st.tuples(st.just("prestige"), _players),
    st.tuples(st.just("show"), _ids),
)


def _commands(world: World, step: tuple[object, ...]) -> list[Command]:
    match step:
        case ("lesson", str(player), int(hours), bool(perfect), str(subject)):
            fields: dict[str, Any] = {"metrics": {"hours": hours}, "perfect": perfect}
            context = {"subject": subject} if subject else {}
            return [activity(player, "lesson", context=context, **fields) for _ in range(4)]
        case (("visit" | "march") as kind, str(player)):
            return [activity(player, kind)]
        case ("grant", str(player), str(name), int(tier)):
            return [grant(name, tier if name == "climber" else 0, player)]
        case ("revoke", str(player), str(name), bool(rewards), int(times)):
            return [revoke(name, take_rewards=rewards, times=times, player_id=player)]
        case ("uncount", int(hours), bool(rewards)):
            taking = Taking("revoke:activity", "a", rewards=rewards, policy=Policy.DEBT)
            moved = {"hours": hours, "lessons": 1}
            return [uncount("lesson", taking, moved=moved, subject="maths")]
        case ("prestige", str(player)):
            return [prestige(world, player)]
        case ("show", str(name)):
            return [show(name)]
    raise AssertionError(step)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(_steps, min_size=5, max_size=30), st.integers(1, 4))
def test_no_order_breaks_a_count(steps: list[tuple[object, ...]], size: int) -> None:
    world = new_world(_SNAPSHOT)
    for player in PLAYERS:
        world.run(create(player))
    commands = [command for step in steps for command in _commands(world, step)]
    for start in range(0, len(commands), size):
        world.clock.value_us += HOUR
        for outcome in world.batch(*commands[start : start + size]):
            if isinstance(outcome, BaseException) and not isinstance(outcome, RenownError):
                raise outcome
        check_counts(world, PLAYERS)
    shown = world.earned("p").honors.achievements_showcased
    assert all(earned(world, name).times for name in shown)
    for player in PLAYERS:
        for currency in world.snapshot.currencies:
            moved = [amount for code, amount, _ in world.postings(player) if code == currency]
            assert sum(moved) == world.balance(player, currency) >= 0
