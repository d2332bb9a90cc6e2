"""Multipliers: how those of one source stack, when they act, how they end."""

from __future__ import annotations

import msgspec
import pytest

from renown_server.catalog.goods import Reward, TimedMultiplier
from renown_server.catalog.progression import Stacking
from renown_server.engine.facts import MultiplierGranted, XpGained
from renown_server.engine.randomness import SeededRandomness
from renown_server.engine.work import Work
from renown_server.errors import PlayerNotFound
from renown_server.inventory import rewards
from renown_server.profile.multipliers import (
    MULTIPLIERS_MAX,
    acting,
    acting_of,
    end_all,
    grant,
    shorten,
    stacked,
)
from renown_server.profile.state import Multiplier, PlayerBook, PlayerState
from tests.kit.catalogs import GAME, snapshot_of
from tests.kit.commands import activity, create
from tests.kit.players import multiply
from tests.kit.pure import World
from tests.kit.times import DAY, HOUR, MINUTE, NOON

NOW = NOON
TWICE, THRICE = 20_000, 30_000


def of(
    factor_bp: int, starts: int, ends: int, source: str = "s", highest: bool = False
) -> Multiplier:
    """A multiplier; in hours from now."""
    return Multiplier(source, factor_bp, NOW + starts * HOUR, NOW + ends * HOUR, highest)


KNOWN = (of(TWICE, -1, 1), of(TWICE, -1, 2, "other"))


@pytest.mark.parametrize(
    ("stacking", "factor_bp", "kept", "added_h"),
    [
        (Stacking.EXTEND, TWICE, [KNOWN[1], of(TWICE, -1, 4)], 3),
        (Stacking.EXTEND, THRICE, [*KNOWN, of(THRICE, 0, 3)], 3),
        (Stacking.STACK, TWICE, [*KNOWN, of(TWICE, 0, 3)], 3),
        (Stacking.REPLACE, TWICE, [of(TWICE, -1, 0), KNOWN[1], of(TWICE, 0, 3)], 3),
        (Stacking.REPLACE, 15_000, [of(TWICE, -1, 0), KNOWN[1], of(15_000, 0, 3)], 3),
        (Stacking.HIGHEST, THRICE, [*KNOWN, of(THRICE, 0, 3, highest=True)], 3),
        (Stacking.HIGHEST, TWICE, [KNOWN[1], of(TWICE, -1, 4, highest=True)], 3),
    ],
)
def test_stacking(stacking: Stacking, factor_bp: int, kept: list[Multiplier], added_h: int) -> None:
    done = stacked(KNOWN, of(factor_bp, 0, 3), stacking, NOW)
    assert list(done.kept) == kept
    assert (done.granted, done.added_us) == (kept[-1], added_h * HOUR)
    assert done.ended == ((KNOWN[0],) if stacking is Stacking.REPLACE else ())


def test_what_has_ended_is_neither_extended_nor_replaced() -> None:
    past = (of(TWICE, -3, 0),)
    for stacking in (Stacking.EXTEND, Stacking.REPLACE, Stacking.HIGHEST):
        done = stacked(past, of(TWICE, 0, 1), stacking, NOW)
        assert done.kept[0] == past[0]
        assert (done.granted.starts_us, done.added_us, done.ended) == (NOW, HOUR, ())


def test_of_a_source_marked_highest_only_the_highest_acts() -> None:
    multipliers = (
        of(TWICE, -1, 3),
        of(THRICE, 0, 1, highest=True),
        of(15_000, -1, 9, "other"),
        of(12_000, -1, 9, "other"),
    )
    at = [
        [each.factor_bp for each in acting_of(multipliers, NOW + hours * HOUR)]
        for hours in (-1, 0, 1, 3)
    ]
    assert at == [
        [TWICE, 15_000, 12_000],  # the marked one does not act yet
        [THRICE, 15_000, 12_000],
        [TWICE, 15_000, 12_000],  # it has ended, and the second best goes on
        [15_000, 12_000],
    ]


def test_equal_factors_of_a_source_marked_highest_act_once() -> None:
    twice = (of(TWICE, -1, 3), of(TWICE, -1, 2, highest=True))
    assert acting_of(twice, NOW) == [twice[0]]


def test_they_are_stored_and_read_as_they_were_before() -> None:
    decoder = msgspec.json.Decoder(tuple[Multiplier, ...])
    assert decoder.decode('[["s",20000,1,2]]') == (Multiplier("s", TWICE, 1, 2),)
    kept = (of(TWICE, 0, 1, highest=True),)
    assert decoder.decode(msgspec.json.encode(kept)) == kept


def _work(player: PlayerState, text: str = GAME) -> Work:
    work = Work(catalog=snapshot_of(text), now_us=NOW, random=SeededRandomness(1))
    work.attach(PlayerBook())
    work.slice(PlayerBook).by_id[player.player_id] = player
    work.begin("key:test")
    return work


def _facts(work: Work) -> list[MultiplierGranted]:
    return [fact for fact in work.facts["p"] if isinstance(fact, MultiplierGranted)]


def test_a_replaced_one_ends_with_a_fact_and_comes_back_if_the_new_one_is_revoked() -> None:
    player = PlayerState("p")
    player.multipliers = (of(TWICE, -1, 5),)
    work = _work(player)
    grant(
        work,
        player,
        source="s",
        factor_bp=THRICE,
        duration_us=HOUR,
        rule="r",
        stacking=Stacking.REPLACE,
    )
    ended, granted = _facts(work)
    assert (ended.ends_us, ended.added_us) == (NOW, -5 * HOUR)
    assert (granted.starts_us, granted.ends_us, granted.added_us) == (NOW, NOW + HOUR, HOUR)
    assert acting(player, NOW) == (("s", THRICE),)
    for fact in (ended, granted):
        shorten(work, player, fact)
    assert player.multipliers == (of(TWICE, -1, 5),)


def test_an_extension_is_taken_back_alone() -> None:
    player = PlayerState("p")
    player.multipliers = (of(TWICE, -1, 1),)
    work = _work(player)
    grant(work, player, source="s", factor_bp=TWICE, duration_us=2 * HOUR, rule="r")
    (fact,) = _facts(work)
    assert player.multipliers == (of(TWICE, -1, 3),)
    shorten(work, player, fact)
    assert player.multipliers == (of(TWICE, -1, 1),)


def test_too_many_push_out_those_that_end_first() -> None:
    known = tuple([of(TWICE, -1, 5, f"s{at}") for at in range(MULTIPLIERS_MAX)])
    first = of(TWICE, -1, 1, "first")
    done = stacked((first, *known[1:]), of(TWICE, 0, 3), Stacking.STACK, NOW)
    assert len(done.kept) == MULTIPLIERS_MAX
    assert first not in done.kept
    assert done.kept[-1] == done.granted


def test_a_player_keeps_no_more_than_late_activities_ask_for() -> None:
    player = PlayerState("p")
    lateness_us = snapshot_of().lateness_max_us
    gone = Multiplier("a", TWICE, 0, NOW - lateness_us)
    late = Multiplier("b", TWICE, 0, NOW - lateness_us + 1)
    player.multipliers = (gone, late)
    grant(_work(player), player, source="s", factor_bp=TWICE, duration_us=HOUR, rule="r")
    assert [each.source for each in player.multipliers] == ["b", "s"]


def test_ending_all_keeps_the_past() -> None:
    player = PlayerState("p")
    player.multipliers = (of(TWICE, -3, -1), of(THRICE, -1, 4), of(TWICE, 0, 1, "new"))
    work = _work(player)
    end_all(work, player, rule="prestige:1")
    assert list(player.multipliers) == [of(TWICE, -3, -1), of(THRICE, -1, 0)]
    assert [fact.added_us for fact in _facts(work)] == [-4 * HOUR, -HOUR]
    assert acting(player, NOW) == ()
    assert acting(player, NOW - MINUTE) == (("s", THRICE),)


@pytest.fixture
def world() -> World:
    world = World()
    world.run(create("p"))
    return world


def _gain(world: World, kind: str = "lesson") -> XpGained:
    (fact,) = [f for f in world.run(activity("p", kind)).facts if isinstance(f, XpGained)]
    return fact


def test_a_granted_multiplier_acts_until_it_ends(world: World) -> None:
    done = world.run(multiply(TWICE, HOUR))
    assert done.facts == [
        MultiplierGranted("request:GrantMultiplier", "grant:party", TWICE, NOW, NOW + HOUR, HOUR)
    ]
    assert _gain(world).amount == 50
    world.clock.value_us += HOUR
    assert _gain(world).amount == 25


def test_the_request_decides_over_the_catalog(world: World) -> None:
    for stacking in (0, Stacking.STACK.value, Stacking.HIGHEST.value):
        world.run(multiply(TWICE, HOUR, stacking=stacking))
    assert [each.highest for each in world.player("p").multipliers] == [False, True]
    assert _gain(world).multipliers == (("grant:party", TWICE),)


def test_the_catalog_decides_where_nobody_asks() -> None:
    text = GAME.replace(
        "settings: {lateness_max: 72h}",
        "settings: {lateness_max: 72h, progression: {multiplier_stacking: replace}}",
    )
    world = World(snapshot_of(text))
    world.run(create("p"))
    world.run(multiply(THRICE, HOUR))
    world.run(multiply(TWICE, HOUR))
    assert world.player("p").multipliers == (Multiplier("grant:party", TWICE, NOW, NOW + HOUR),)


def test_all_together_are_capped() -> None:
    text = GAME.replace(
        "settings: {lateness_max: 72h}",
        "settings: {lateness_max: 72h, progression: {multiplier_max_basis_points: 35000}}",
    )
    world = World(snapshot_of(text))
    world.run(create("p"))
    world.run(multiply(TWICE, HOUR, "a"))
    assert _gain(world).amount == 50
    world.run(multiply(TWICE, HOUR, "b"))
    gained = _gain(world)
    assert gained.amount == 25 * 35_000 // 10_000
    assert gained.multipliers == (("multiplier_cap", 35_000),)


def test_rewards_stack_as_the_catalog_says() -> None:
    text = GAME.replace(
        "settings: {lateness_max: 72h}",
        "settings: {lateness_max: 72h, progression: {multiplier_stacking: highest}}",
    )
    player = PlayerState("p")
    player.created_us = 1
    work = _work(player, text)
    for factor_bp in (TWICE, THRICE):
        reward = Reward(multipliers=(TimedMultiplier(factor_bp, DAY),))
        rewards.pay(work, "p", reward, counter_account="issuance:test", rule="item:tonic")
    assert acting(player, NOW) == (("item:tonic", THRICE),)


def test_nobody_has_no_multipliers(world: World) -> None:
    with pytest.raises(PlayerNotFound):
        world.run(multiply(player_id="nobody"))
