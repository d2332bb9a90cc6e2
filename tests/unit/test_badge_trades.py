"""Trades with badges: escrow, both ways at once, and that no badge is made or lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.engine.command import Command, Recorded
from renown_server.engine.decide import Rejoin
from renown_server.engine.facts import BadgeChanged, BadgeCollectionCompleted, TradeChanged
from renown_server.errors import (
    BadgeInUse,
    BadgeLimit,
    BadgeNotFound,
    InsufficientBadges,
    InvalidArgument,
    NotTradeable,
    RenownError,
)
from renown_server.trade.commands import ExpireTrade
from renown_server.trade.state import Side, TradeState, TradeView
from tests.kit.badges import (
    SNAPSHOT,
    award,
    check_badges,
    counts,
    done,
    evolve,
    gift,
    react,
    revoke,
    show,
    side,
    statistics,
    take_off,
    wear,
)
from tests.kit.commands import activity, create, credit
from tests.kit.pure import World
from tests.kit.trades import NOTHING, accept, cancel, give, propose, trade_of
from tests.kit.trades import side as goods

PLAYERS = ("a", "b", "c")


@pytest.fixture
def world() -> Iterator[World]:
    """Three players; in the end every badge is where the facts say."""
    world = new_world()
    yield world
    check_badges(world, PLAYERS)


def new_world() -> World:
    """Three players."""
    world = World(SNAPSHOT, react=react)
    for player in PLAYERS:
        world.run(create(player))
    return world


def do(world: World, command: Command) -> TradeView:
    """Carries out what answers with a trade."""
    trade = trade_of(world.run(command))
    check_badges(world, PLAYERS)
    return trade


def refused(world: World, command: Command, error: type[RenownError]) -> RenownError:
    """The refusal, which has changed nothing but its own record."""
    before = {**world.state(), "requests": {}}
    with pytest.raises(error) as found:
        world.run(command)
    assert {**world.state(), "requests": {}} == before
    return found.value


class TestEscrow:
    def test_what_is_offered_is_held(self, world: World) -> None:
        world.run(award("a", "bronze", 3))
        recorded = world.run(propose("a", "b", side(bronze=2)))
        trade = trade_of(recorded)
        account = f"escrow:{trade.trade_id}"
        assert recorded.facts == [
            BadgeChanged("request:ProposeTrade", "bronze", -2, 1, account),
            TradeChanged("request:ProposeTrade", trade.trade_id, TradeState.OPEN, "b"),
        ]
        owned = world.earned("a").badges["bronze"]
        assert (owned.count, owned.escrowed) == (1, 2)
        # It counts towards what may be owned: it may come back.
        refused(world, award("a", "bronze", 3), BadgeLimit)
        world.run(award("a", "bronze", 2))

    @pytest.mark.parametrize("by", ["a", "b", ""])
    def test_it_comes_back(self, world: World, by: str) -> None:
        world.run(award("a", "bronze", 2))
        trade = do(world, propose("a", "b", side(bronze=2), lifetime_us=60_000_000))
        assert counts(world, "a") == {}
        assert statistics(world, "bronze") == {"earned": 2}
        if by:
            do(world, cancel(trade, by))
        else:
            world.clock.advance(timedelta(minutes=2))
            world.run(ExpireTrade(trade))
        assert counts(world, "a") == {"bronze": 2}
        assert statistics(world, "bronze") == {"earned": 2, "owners": 1}
        assert world.balance("a") == 10

    def test_it_comes_back_out_of_the_catalog(self, world: World) -> None:
        world.run(award("a", "bronze"))
        trade = do(world, propose("a", "b", side(bronze=1)))
        badges = dict(SNAPSHOT.progression.badges)
        del badges["bronze"]
        without = replace(SNAPSHOT.progression, badges=badges)
        world.snapshot = replace(SNAPSHOT, progression=without)
        refused(world, accept(trade), NotTradeable)
        world.run(cancel(trade))
        world.snapshot = SNAPSHOT
        assert counts(world, "a") == {"bronze": 1}

    def test_it_completes_a_collection_with_what_came_meanwhile(self, world: World) -> None:
        world.run(award("a", "bronze"))
        trade = do(world, propose("a", "b", side(bronze=1)))
        world.run(award("a", "silver"))
        assert world.balance("a", "gems") == 0
        facts = world.run(cancel(trade)).facts
        assert BadgeCollectionCompleted("badge_collection:metals", "metals") in facts
        assert world.balance("a", "gems") == 9

    def test_the_last_one_must_not_be_worn(self, world: World) -> None:
        world.run(award("a", "bronze", 2))
        world.run(wear("a", "bronze"))
        world.run(show("a", "bronze"))
        do(world, propose("a", "b", side(bronze=1)))
        refused(world, propose("a", "b", side(bronze=1)), BadgeInUse)
        world.run(take_off("a", "bronze"))
        do(world, propose("a", "b", side(bronze=1)))
        assert world.earned("a").honors.badges_showcased == ()


class TestTerms:
    def test_only_tradeable_ones(self, world: World) -> None:
        world.run(award("a", "gold"))
        refused(world, propose("a", "b", side(gold=1)), NotTradeable)
        refused(world, propose("a", "b", NOTHING, side(gold=1)), NotTradeable)
        refused(world, propose("a", "b", side(nothing=1)), BadgeNotFound)

    def test_each_once(self, world: World) -> None:
        world.run(award("a", "bronze", 2))
        twice = Side(badges=(("bronze", 1), ("bronze", 1)))
        refused(world, propose("a", "b", twice), InvalidArgument)

    def test_only_what_is_there(self, world: World) -> None:
        refused(world, propose("a", "b", side(bronze=1)), InsufficientBadges)
        trade = do(world, propose("a", "b", NOTHING, side(bronze=2)))
        world.run(award("b", "bronze"))
        refused(world, accept(trade), InsufficientBadges)

    def test_a_secret_one_is_for_two_who_own_it(self, world: World) -> None:
        # To who has none, it is as if there were none, whoever has some.
        world.run(award("b", "ghost"))
        unknown = refused(world, propose("a", "b", NOTHING, side(ghost=1)), BadgeNotFound)
        nothing = refused(world, propose("a", "b", NOTHING, side(ghosts=1)), BadgeNotFound)
        assert str(unknown) == str(nothing).replace("ghosts", "ghost")
        # Nor is it told to who has none.
        refused(world, propose("b", "a", side(ghost=1)), NotTradeable)
        world.run(award("a", "ghost"))
        trade = do(world, propose("b", "a", side(ghost=1)))
        do(world, accept(trade))
        assert counts(world, "a") == {"ghost": 2}


class TestAccepted:
    def test_both_ways_at_once(self, world: World) -> None:
        world.run(award("a", "bronze", 2))
        world.run(award("b", "silver"))
        world.run(give("b", ore=1))
        requested = Side(items=goods("ore").items, badges=(("silver", 1),))
        trade = do(world, propose("a", "b", side(bronze=2), requested))
        do(world, accept(trade))
        assert counts(world, "a") == {"silver": 1}
        assert counts(world, "b") == {"bronze": 2}
        # Trades don't pay points again, and award nothing.
        assert (world.balance("a"), world.balance("b")) == (10, 0)
        assert statistics(world, "bronze") == {"earned": 2, "owners": 1, "traded": 2}
        assert statistics(world, "silver") == {"earned": 1, "owners": 1, "traded": 1}

    def test_the_receiver_may_own_only_so_many(self, world: World) -> None:
        world.run(award("a", "bronze", 2))
        world.run(award("b", "bronze", 4))
        trade = do(world, propose("a", "b", side(bronze=2)))
        error = refused(world, accept(trade), BadgeLimit)
        assert "b can have no more" in str(error)
        asked = do(world, propose("c", "a", NOTHING, side(bronze=1)))
        refused(world, accept(asked), InsufficientBadges)

    def test_a_swap_of_alike_needs_no_room(self, world: World) -> None:
        for player in ("a", "b"):
            world.run(award(player, "bronze", 5))
        trade = do(world, propose("a", "b", side(bronze=5), side(bronze=5)))
        do(world, accept(trade))
        assert counts(world, "a") == counts(world, "b") == {"bronze": 5}

    def test_the_partner_keeps_what_it_wears(self, world: World) -> None:
        world.run(award("b", "bronze"))
        world.run(wear("b", "bronze"))
        trade = do(world, propose("a", "b", NOTHING, side(bronze=1)))
        refused(world, accept(trade), BadgeInUse)

    def test_collections_and_what_asks_for_it_react(self, world: World) -> None:
        world.run(award("a", "bronze"))
        world.run(award("b", "silver"))
        world.run(give("b", ore=3))
        do(world, accept(do(world, propose("a", "b", side(bronze=1)))))
        assert world.balance("b", "gems") == 9
        assert counts(world, "b") == {"bronze": 1, "silver": 1, "miner": 1, "pair": 1}


class TestValues:
    def trade(self, world: World, offered: Side, requested: Side) -> None:
        """A trade between a and b, carried out."""
        do(world, accept(do(world, propose("a", "b", offered, requested))))

    def test_one_badge_for_one_currency_counts(self, world: World) -> None:
        world.run(award("a", "bronze", 5))
        world.run(credit("b", gems=100, coins=100))
        self.trade(world, side(bronze=2), goods(gems=11))
        self.trade(world, side(bronze=1), goods(gems=4))
        self.trade(world, side(bronze=1), goods(coins=3))
        assert statistics(world, "bronze/gems", "badge_value") == {"value_sum": 15, "valued": 3}
        assert statistics(world, "bronze/coins", "badge_value") == {"value_sum": 3, "valued": 1}
        world.run(credit("a", gems=5))
        self.trade(world, goods(gems=5), side(bronze=1))
        assert statistics(world, "bronze/gems", "badge_value") == {"value_sum": 20, "valued": 4}
        assert statistics(world, "bronze")["traded"] == 5

    def test_anything_else_does_not(self, world: World) -> None:
        world.run(award("a", "bronze", 5))
        world.run(award("a", "silver", 2))
        world.run(credit("b", gems=100, coins=100))
        world.run(give("b", ore=1))
        self.trade(world, side(bronze=1), NOTHING)
        self.trade(world, side(bronze=1), goods(gems=1, coins=1))
        self.trade(world, side(bronze=1), goods("ore", gems=1))
        self.trade(world, side(bronze=1, silver=1), goods(gems=1))
        gone = do(world, propose("a", "b", side(bronze=1), goods(gems=1)))
        do(world, cancel(gone))
        assert not [key for key in world.tables["progress_statistics"] if key[0] == "badge_value"]


BADGES = ("bronze", "silver", "ghost", "gold", "veteran")
_player = st.sampled_from(PLAYERS)
_badge = st.sampled_from(BADGES)
_few = st.integers(1, 3)
_dealt = st.sampled_from(("bronze", "silver", "bronze", "silver", "ghost"))
_sides = st.dictionaries(_dealt, st.integers(1, 2), max_size=1).map(lambda badges: side(**badges))
_pairs = st.permutations(PLAYERS).map(lambda players: (players[0], players[1]))
_step = st.one_of(
    st.tuples(st.just("award"), _player, _badge, _few),
    st.tuples(st.just("revoke"), _player, _badge, st.integers(0, 2)),
    st.tuples(st.just("gift"), _pairs, _dealt, _few),
    st.tuples(st.just("propose"), _pairs, _sides, _sides),
    st.tuples(st.just("propose"), _pairs, _sides, _sides),
    st.tuples(st.just("end"), st.integers(0, 5), st.just("accept")),
    st.tuples(st.just("end"), st.integers(0, 5), st.sampled_from(["accept", "cancel", "expire"])),
    st.tuples(st.just("wear"), _player, _badge),
    st.tuples(st.just("take_off"), _player, _badge),
    st.tuples(st.just("show"), _player, _badge),
    st.tuples(st.just("march"), _player),
    st.tuples(st.just("evolve"), _player),
)


def command_of(world: World, step: tuple, trades: list[TradeView]) -> Command | None:  # type: ignore[type-arg]
    """A step as a command, if it makes one."""
    match step:
        case "award", player, badge, quantity:
            return award(player, badge, quantity)
        case "revoke", player, badge, quantity:
            return revoke(player, badge, quantity)
        case "gift", (giver, receiver), badge, quantity:
            return gift(giver, receiver, badge, quantity)
        case "propose", (proposer, partner), offered, requested:
            return propose(proposer, partner, offered, requested, lifetime_us=60_000_000)
        case "end", place, how if trades:
            trade = trades[place % len(trades)]
            if how == "expire":
                world.clock.advance(timedelta(seconds=40))
                return ExpireTrade(trade)
            return accept(trade) if how == "accept" else cancel(trade)
        case "wear", player, badge:
            return wear(player, badge)
        case "take_off", player, badge:
            return take_off(player, badge)
        case "show", player, badge:
            return show(player, badge)
        case "march", player:
            return activity(player, "march")
        case "evolve", player:
            return evolve(player, "silver")
    return None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(_step, min_size=1, max_size=3), min_size=6, max_size=20))
def test_no_order_of_anything_breaks_counts(batches: list[list[tuple]]) -> None:  # type: ignore[type-arg]
    world = new_world()
    trades: list[TradeView] = []
    world.batch(award("a", "bronze", 3), award("a", "silver", 2), award("b", "bronze", 2))
    world.batch(award("b", "ghost"), award("c", "ghost"), award("c", "silver", 3))
    world.batch(activity("a", "march"), activity("a", "march"), done("a", achievement="scholar"))
    world.batch(give("a", ore=9), credit("a", gems=9))
    for steps in batches:
        made = [command_of(world, step, trades) for step in steps]
        outcomes = world.batch(*[command for command in made if command is not None])
        for outcome in outcomes:
            assert isinstance(outcome, Recorded | RenownError), outcome
            assert not isinstance(outcome, Rejoin)
            if isinstance(outcome, Recorded) and isinstance(outcome.result, TradeView):
                trades.append(outcome.result)
        check_badges(world, PLAYERS)
