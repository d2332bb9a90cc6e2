"""Trades: escrow, both ways at once or not at all, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.currency import rules as currency
from renown_server.engine.command import Command, Recorded
from renown_server.engine.facts import CurrencyChanged, ItemChanged, TradeChanged
from renown_server.engine.work import Work
from renown_server.errors import (
    AccountTooNew,
    BalanceCap,
    Conflict,
    GiftLimit,
    InsufficientFunds,
    InsufficientItems,
    InvalidArgument,
    InventoryFull,
    ItemEquipped,
    ItemLimit,
    ItemNotFound,
    NotTradeable,
    PermissionDenied,
    PlayerNotFound,
    RenownError,
    TradeEnded,
    TradeLimit,
    TradeNotFound,
    UnknownCurrency,
    UnknownItem,
)
from renown_server.inventory import rules as inventory
from renown_server.inventory.state import InventoryBook
from renown_server.trade.commands import ExpireTrade
from renown_server.trade.state import Held, Side, TradeState, TradeView
from tests.kit.commands import create, credit
from tests.kit.economy import economy_game
from tests.kit.pure import World
from tests.kit.times import DAY, HOUR, MINUTE, NOON
from tests.kit.trades import (
    accept,
    cancel,
    check_conserved,
    gift,
    give,
    propose,
    side,
    trade_of,
    transfer,
)

GAME = economy_game()
PLAYERS = ("a", "b", "c")


@pytest.fixture
def world() -> Iterator[World]:
    """Three players; in the end nothing has come from nowhere."""
    world = World(GAME)
    for player in PLAYERS:
        world.run(create(player))
    yield world
    check_conserved(world)


def with_money(world: World, code: str, **changes: Any) -> None:
    """Changes a currency of the catalog."""
    money = replace(world.snapshot.currencies[code], **changes)
    currencies = {**world.snapshot.currencies, code: money}
    world.snapshot = replace(world.snapshot, currencies=currencies)


def with_item(world: World, item: str, **changes: Any) -> None:
    """Changes an item of the catalog."""
    items = {**world.snapshot.items, item: replace(world.snapshot.items[item], **changes)}
    world.snapshot = replace(world.snapshot, items=items)


def with_economy(world: World, **changes: Any) -> None:
    """Changes the catalog's settings."""
    world.snapshot = replace(world.snapshot, economy=replace(world.snapshot.economy, **changes))


def refused(world: World, command: Command, error: type[RenownError]) -> RenownError:
    """The refusal, which has changed nothing but its own record."""
    before = {**world.state(), "requests": {}}
    with pytest.raises(error) as found:
        world.run(command)
    assert {**world.state(), "requests": {}} == before
    return found.value


def do(world: World, command: Command) -> TradeView:
    """Carries out what answers with a trade, and checks that nothing was lost."""
    trade = trade_of(world.run(command))
    check_conserved(world)
    return trade


def stored(world: World, trade: TradeView) -> tuple[TradeState, Held, int]:
    """State, escrow and end of a trade's row."""
    row = world.tables["trades"][trade.trade_id]
    return TradeState(row[8]), msgspec.json.decode(row[10], type=Held), row[9]


def instance_of(world: World, player_id: str, item: str = "sword") -> str:
    """One of a player's instances."""
    return next(instance for name, instance in world.items(player_id) if name == item)


class _Owe(Command):
    """A debt, as a revocation leaves it."""

    __slots__ = ()

    method = "Owe"
    parts = ("wallets", "bags")

    def decide(self, work: Work) -> None:
        (player,) = self.players
        currency.owe(work, player, "coins", 30, "test")
        inventory.owe(work, player, "shard", 4, "test")


class _Equip(Command):
    """A sword in its slot."""

    __slots__ = ()

    method = "Equip"
    parts = ("bags",)

    def decide(self, work: Work) -> None:
        (player,) = self.players
        bag = work.slice(InventoryBook).bag(player)
        work.touch(bag)
        (sword,) = work.slice(InventoryBook).of(player, "sword")
        bag.equipped["weapon"] = ("sword", sword)


def act(kind: type[Command], player_id: str) -> Command:
    """A command of this file for a player."""
    model = give(player_id)
    return kind(key=model.key, players=(player_id,), principal="test", body=model.body)


def test_a_trade_of_everything(world: World) -> None:
    world.run(credit("a", coins=100, tokens=50))
    world.run(give("a", sword=1, shard=15))
    world.run(credit("b", coins=7, tokens=20))
    world.run(give("b", ore=5))
    sword = instance_of(world, "a")
    trade = do(
        world,
        propose(
            "a",
            "b",
            side(("sword", sword), ("shard", "", 12), coins=40, tokens=20),
            side(("ore", "", 5), tokens=10),
            message="Deal?",
        ),
    )
    assert trade.state == TradeState.OPEN
    assert (trade.created_us, trade.expires_us) == (NOON, NOON + DAY)
    assert world.items("a") == {("shard", ""): 3}
    assert (world.balance("a"), world.balance("a", "tokens")) == (60, 30)
    _, held, _ = stored(world, trade)
    assert held.currencies == (("coins", 40, 0), ("tokens", 19, 1))
    assert [(each.item, each.instance, each.quantity) for each in held.items] == [
        ("sword", sword, 1),
        ("shard", "", 12),
    ]
    ended = do(world, accept(trade))
    assert (ended.state, ended.ended_us) == (TradeState.ACCEPTED, NOON)
    assert stored(world, trade) == (TradeState.ACCEPTED, Held(), NOON)
    assert world.items("a") == {("shard", ""): 3, ("ore", ""): 5}
    assert world.items("b") == {("sword", sword): 1, ("shard", ""): 12}
    assert (world.balance("a"), world.balance("a", "tokens")) == (60, 39)
    assert (world.balance("b"), world.balance("b", "tokens")) == (47, 29)
    text = world.tables["items"]["b", "sword", sword][8]
    assert '"owners":[{"player_id":"a"' in text
    assert '"how":"trade"' in text


def test_both_are_told_at_each_change(world: World) -> None:
    world.run(credit("a", coins=3))
    first = world.run(propose("a", "b", side(coins=1)))
    trade = trade_of(first)
    assert first.facts == [
        CurrencyChanged("request:ProposeTrade", "coins", -1, 2, f"escrow:{trade.trade_id}"),
        TradeChanged("request:ProposeTrade", trade.trade_id, 1, "b"),
    ]
    assert len(world.sequences("b")) == 2
    done = world.run(cancel(trade, "b"))
    assert done.facts == [TradeChanged("request:CancelTrade", trade.trade_id, 4, "a")]
    assert len(world.sequences("a")) == 6


def test_a_retry_has_the_same_answer_and_no_effect(world: World) -> None:
    world.run(credit("a", coins=10))
    first = world.run(propose("a", "b", side(coins=4), request_id="p1"))
    trade = trade_of(first)
    done = world.run(accept(trade, "b", "a1"))
    before = world.state()
    assert trade_of(world.run(propose("a", "b", side(coins=4), request_id="p1"))) == trade
    again = world.run(accept(trade, "b", "a1"))
    assert trade_of(again) == trade_of(done)
    assert world.state() == before
    error = refused(world, accept(trade, "b", "a2"), TradeEnded)
    assert error.refusal.metadata == {"trade_id": trade.trade_id, "state": "accepted"}


@pytest.mark.parametrize(
    ("offered", "requested", "error"),
    [
        (side(), side(), InvalidArgument),
        (side(doubloons=1), side(), UnknownCurrency),
        (side(), side(doubloons=1), UnknownCurrency),
        (side(gems=1), side(), NotTradeable),
        (side(), side(gems=1), NotTradeable),
        (side("unheard"), side(), UnknownItem),
        (side(), side("potion"), NotTradeable),
        (side("potion"), side(), NotTradeable),
        (side("sword"), side(), InvalidArgument),
        (side(("sword", "other")), side(), ItemNotFound),
        (side(), side(("sword", "", 2)), InvalidArgument),
        (side("shard", "shard"), side(), InvalidArgument),
        (Side((("coins", 1), ("coins", 2))), side(), InvalidArgument),
        (side(coins=101), side(), InsufficientFunds),
        (side(("shard", "", 16)), side(), InsufficientItems),
    ],
)
def test_proposals_that_are_refused(
    world: World, offered: Side, requested: Side, error: type[RenownError]
) -> None:
    world.run(credit("a", coins=100, gems=1))
    world.run(give("a", sword=1, shard=15, potion=1))
    refused(world, propose("a", "b", offered, requested), error)


def test_an_unknown_partner_is_named(world: World) -> None:
    world.run(credit("a", coins=1))
    error = refused(world, propose("a", "nobody", side(coins=1)), PlayerNotFound)
    assert error.refusal.resource == ("player", "nobody")


def test_what_is_equipped_stays(world: World) -> None:
    world.run(give("a", sword=1))
    world.run(act(_Equip, "a"))
    sword = instance_of(world, "a")
    refused(world, propose("a", "b", side(("sword", sword))), ItemEquipped)
    trade = do(world, propose("b", "a", requested=side("sword")))
    refused(world, accept(trade), ItemEquipped)
    world.run(give("a", sword=1))
    do(world, accept(trade))
    assert ("sword", sword) in world.items("a")


def test_only_the_partner_accepts_and_others_see_nothing(world: World) -> None:
    world.run(credit("a", coins=1))
    trade = do(world, propose("a", "b", side(coins=1)))
    refused(world, accept(trade, "a"), PermissionDenied)
    for command in (accept(trade), cancel(trade)):
        command.players = ("c", "a")
        command.body = type(command.body)("r", "c", trade.trade_id)
        refused(world, command, TradeNotFound)


def test_the_proposer_cancels_and_the_partner_declines(world: World) -> None:
    world.run(credit("a", coins=10, tokens=10))
    world.run(give("a", sword=1))
    sword = instance_of(world, "a")
    before = {name: world.state()[name] for name in ("items", "bags")}
    for actor, state in (("a", TradeState.CANCELLED), ("b", TradeState.DECLINED)):
        trade = do(world, propose("a", "b", side(("sword", sword), coins=10, tokens=10)))
        assert (world.balance("a"), world.items("a")) == (0, {})
        world.clock.advance(timedelta(minutes=5))
        ended = do(world, cancel(trade, actor))
        assert ended.state == state
        assert stored(world, trade) == (state, Held(), world.clock.now_us())
        assert (world.balance("a"), world.balance("a", "tokens")) == (10, 10)
        for command in (cancel(trade), accept(trade)):
            refused(world, command, TradeEnded)
    # Time in escrow counts as held, and nobody else has owned it.
    assert {name: world.state()[name] for name in ("items", "bags")} == before


def test_what_comes_back_finds_room_in_a_full_bag_and_wallet(world: World) -> None:
    world.run(credit("a", tokens=50))
    world.run(give("a", sword=10))
    sword = instance_of(world, "a")
    trade = do(world, propose("a", "b", side(("sword", sword), tokens=30)))
    world.run(credit("a", tokens=30))
    world.run(give("a", shard=1))
    do(world, cancel(trade))
    assert world.balance("a", "tokens") == 80
    assert len(world.items("a")) == 11


def test_escrow_is_no_way_around_a_full_bag(world: World) -> None:
    world.run(give("a", sword=10))
    swords = [instance for _, instance in world.items("a")]
    trade = do(world, propose("a", "b", side(*[("sword", each) for each in swords])))
    world.run(give("a", sword=10))
    do(world, cancel(trade))
    assert len(world.items("a")) == 20
    again = propose("a", "b", side(("sword", swords[0])))
    error = refused(world, again, InventoryFull)
    assert error.refusal.metadata == {"capacity": "10", "used": "20", "needed": "0"}
    world.run(credit("a", coins=1))
    do(world, propose("a", "b", side(coins=1), side("sword")))
    for sword in swords[:10]:
        world.run(gift("a", "c", "sword", instance=sword))
    do(world, propose("a", "b", side(("sword", instance_of(world, "a")))))


def test_a_full_bag_is_counted_without_what_has_expired(world: World) -> None:
    world.run(give("a", sword=8))
    world.run(give("a", ticket=2))
    with_economy(world, inventory_capacity=8)
    offer = propose("a", "b", side(("sword", instance_of(world, "a"))))
    refused(world, offer, InventoryFull)
    world.clock.value_us += 2 * HOUR
    do(world, propose("a", "b", side(("sword", instance_of(world, "a")))))


def test_escrow_is_no_way_around_a_cap(world: World) -> None:
    world.run(credit("a", tokens=50))
    trade = do(world, propose("a", "b", side(tokens=50)))
    world.run(credit("a", tokens=50))
    do(world, cancel(trade))
    error = refused(world, propose("a", "b", side(tokens=10)), BalanceCap)
    assert error.refusal.metadata == {"currency": "tokens", "cap": "50", "balance": "100"}
    world.run(credit("a", coins=1))
    do(world, propose("a", "b", side(coins=1)))


def test_escrow_is_no_way_around_what_a_player_may_own(world: World) -> None:
    with_item(world, "shard", limit_per_player=5)
    world.run(give("a", shard=5))
    trade = do(world, propose("a", "b", side(("shard", "", 5))))
    world.run(give("a", shard=5))
    do(world, cancel(trade))
    error = refused(world, propose("a", "b", side("shard")), ItemLimit)
    assert error.refusal.metadata == {"item": "shard", "limit": "5", "remaining": "0"}


def test_money_that_comes_back_never_passes_what_numbers_hold(world: World) -> None:
    world.run(credit("a", coins=AMOUNT_MAX))
    trade = do(world, propose("a", "b", side(coins=AMOUNT_MAX)))
    world.run(credit("a", coins=AMOUNT_MAX - 5))
    do(world, cancel(trade))
    assert world.balance("a") == AMOUNT_MAX
    assert all(after <= AMOUNT_MAX for _, _, after in world.postings("a"))


def test_items_that_come_back_never_pass_what_numbers_hold(world: World) -> None:
    with_economy(world, inventory_capacity=0)
    world.run(give("a", shard=9))
    trade = do(world, propose("a", "b", side(("shard", "", 9))))
    world.run(give("a", shard=AMOUNT_MAX - 4))
    do(world, cancel(trade))
    assert world.items("a") == {("shard", ""): AMOUNT_MAX}


def test_what_comes_back_pays_debts(world: World) -> None:
    world.run(credit("a", coins=40))
    world.run(give("a", shard=9))
    trade = do(world, propose("a", "b", side(("shard", "", 9), coins=40)))
    world.run(act(_Owe, "a"))
    do(world, cancel(trade))
    assert (world.balance("a"), world.items("a")) == (10, {("shard", ""): 5})


def test_what_is_received_pays_debts(world: World) -> None:
    with_money(world, "coins", gift_fee_bp=500)
    world.run(credit("a", coins=20))
    world.run(give("a", shard=3))
    trade = do(world, propose("a", "b", side(("shard", "", 3), coins=20)))
    world.run(act(_Owe, "b"))
    do(world, accept(trade))
    assert (world.balance("b"), world.items("b")) == (0, {})


def test_a_swap_in_full_bags(world: World) -> None:
    for player in ("a", "b"):
        world.run(give(player, sword=10))
    mine, yours = instance_of(world, "a"), instance_of(world, "b")
    trade = do(world, propose("a", "b", side(("sword", mine)), side(("sword", yours))))
    do(world, accept(trade))
    assert ("sword", yours) in world.items("a")
    assert ("sword", mine) in world.items("b")


def test_a_swap_in_a_bag_that_is_over_its_capacity(world: World) -> None:
    world.run(give("a", sword=1))
    world.run(give("b", sword=10))
    with_economy(world, inventory_capacity=5)
    trade = do(world, propose("a", "b", side(("sword", instance_of(world, "a"))), side("sword")))
    do(world, accept(trade))
    assert len(world.items("b")) == 10


@pytest.mark.parametrize("full", ["a", "b"])
def test_who_has_no_room_is_named(world: World, full: str) -> None:
    world.run(give("a", shard=1))
    world.run(give("b", ore=2))
    world.run(give(full, sword=9))
    trade = do(world, propose("a", "b", side("shard"), side(("ore", "", 1))))
    if full == "a":
        # What is offered has left its slot, which has been used since.
        world.run(give("a", sword=1))
    error = refused(world, accept(trade), InventoryFull)
    assert error.refusal.metadata["player_id"] == full
    do(world, cancel(trade))


def test_what_is_asked_for_must_be_there(world: World) -> None:
    world.run(credit("a", coins=5))
    world.run(give("a", sword=2))
    first = instance_of(world, "a")
    trade = do(
        world, propose("b", "a", requested=side(("sword", first), ("shard", "", 2), coins=3))
    )
    error = refused(world, accept(trade), InsufficientItems)
    assert error.refusal.metadata["item"] == "shard"
    world.run(give("a", shard=2))
    gone = do(world, propose("a", "c", side(("sword", first))))
    error = refused(world, accept(trade), InsufficientItems)
    assert error.refusal.metadata == {"item": "sword", "needed": "1", "available": "0"}
    do(world, cancel(gone))
    world.run(transfer("a", "c", coins=3))
    refused(world, accept(trade), InsufficientFunds)
    world.run(credit("a", coins=1))
    do(world, accept(trade))
    assert world.items("b") == {("sword", first): 1, ("shard", ""): 2}


def test_caps_of_both_sides(world: World) -> None:
    world.run(credit("a", tokens=20))
    world.run(credit("b", tokens=32))
    trade = do(world, propose("a", "b", side(tokens=20)))
    error = refused(world, accept(trade), BalanceCap)
    assert error.refusal.metadata == {"currency": "tokens", "cap": "50", "player_id": "b"}
    asked = do(world, propose("a", "b", side(), side(tokens=1)))
    do(world, accept(asked))
    do(world, accept(trade))
    assert world.balance("b", "tokens") == 50


def test_no_more_than_a_player_may_own(world: World) -> None:
    with_item(world, "relic", tradeable=True, limit_quantity=0)
    for player in ("a", "b"):
        world.run(give(player, relic=1))
    trade = do(world, propose("a", "b", side("relic")))
    error = refused(world, accept(trade), ItemLimit)
    assert error.refusal.metadata == {"item": "relic", "limit": "1", "player_id": "b"}
    swap = do(world, propose("c", "b", requested=side("relic")))
    do(world, accept(swap))
    do(world, accept(trade))
    assert world.items("b") == {("relic", ""): 1}


@pytest.mark.parametrize(
    ("fee_bp", "amount", "arrives"),
    [
        (0, 1, 1),
        (500, 1, 0),
        (500, 21, 19),
        (10_000, 7, 0),
        (0, AMOUNT_MAX, AMOUNT_MAX),
        (1, AMOUNT_MAX, AMOUNT_MAX - 900719925475),
    ],
)
def test_fees(world: World, fee_bp: int, amount: int, arrives: int) -> None:
    with_money(world, "coins", gift_fee_bp=fee_bp)
    world.run(credit("a", coins=amount))
    trade = do(world, propose("a", "b", side(coins=amount)))
    # What was agreed holds, whatever the catalog says later; the new fee is for what comes.
    with_money(world, "coins", gift_fee_bp=0)
    do(world, accept(trade))
    assert world.balance("b") == arrives
    with_money(world, "coins", gift_fee_bp=fee_bp)
    world.run(credit("c", coins=amount))
    trade = do(world, propose("a", "c", requested=side(coins=amount)))
    do(world, accept(trade))
    assert (world.balance("a"), world.balance("c")) == (arrives, 0)


def test_holds_of_both_sides(world: World) -> None:
    with_economy(world, new_account_hold_us=2 * HOUR)
    world.run(credit("a", coins=1))
    refused(world, propose("a", "b", side(coins=1)), AccountTooNew)
    world.clock.advance(timedelta(hours=1))
    world.run(create("new"))
    world.clock.advance(timedelta(hours=1))
    trade = do(world, propose("a", "new", side(coins=1)))
    error = refused(world, accept(trade), AccountTooNew)
    assert error.refusal.metadata["player_id"] == "new"
    world.clock.advance(timedelta(hours=1))
    do(world, accept(trade))


def test_so_many_may_be_open(world: World) -> None:
    world.run(credit("a", coins=10))
    trades = [do(world, propose("a", "b", side(coins=1), lifetime_us=HOUR)) for _ in range(2)]
    trades.append(do(world, propose("a", "c", side(coins=1))))
    refused(world, propose("a", "b", side(coins=1)), TradeLimit)
    do(world, propose("b", "a", requested=side(coins=1)))
    do(world, accept(trades[0]))
    do(world, propose("a", "b", side(coins=1), lifetime_us=HOUR))
    refused(world, propose("a", "b", side(coins=1)), TradeLimit)
    world.clock.advance(timedelta(hours=1))
    # Two have expired, noted down or not.
    world.run(ExpireTrade(trades[1]))
    do(world, propose("a", "b", side(coins=1)))
    do(world, propose("a", "b", side(coins=1)))
    refused(world, propose("a", "b", side(coins=1)), TradeLimit)


def test_what_one_batch_opens_and_ends_counts(world: World) -> None:
    world.run(credit("a", coins=10))
    trade = do(world, propose("a", "b", side(coins=1)))
    outcomes = world.batch(
        propose("a", "b", side(coins=1)),
        propose("a", "b", side(coins=99)),
        propose("a", "b", side(coins=1)),
        propose("a", "b", side(coins=1)),
        cancel(trade),
        propose("a", "b", side(coins=1)),
        propose("a", "b", side(coins=1)),
    )
    assert [type(outcome) for outcome in outcomes] == [
        Recorded,
        InsufficientFunds,
        Recorded,
        TradeLimit,
        Recorded,
        Recorded,
        TradeLimit,
    ]
    assert len(world.tables["trades"]) == 4


def test_lifetimes(world: World) -> None:
    world.run(credit("a", coins=1))
    refused(world, propose("a", "b", side(coins=1), lifetime_us=DAY + 1), InvalidArgument)
    trade = do(world, propose("a", "b", side(coins=1), lifetime_us=MINUTE))
    assert trade.expires_us == NOON + MINUTE
    refused(world, ExpireTrade(trade), Conflict)
    world.clock.advance(timedelta(microseconds=MINUTE - 1))
    refused(world, ExpireTrade(trade), Conflict)
    assert trade.at(world.clock.now_us()) == trade
    world.clock.advance(timedelta(microseconds=1))
    seen = trade.at(world.clock.now_us())
    assert (seen.state, seen.ended_us) == (TradeState.EXPIRED, NOON + MINUTE)
    for command in (accept(trade), cancel(trade), cancel(trade, "b")):
        error = refused(world, command, TradeEnded)
        assert error.refusal.metadata["state"] == "expired"
    world.clock.advance(timedelta(hours=1))
    done = world.run(ExpireTrade(trade))
    assert done.facts[-1] == TradeChanged("expiry:trade", trade.trade_id, 5, "b")
    # Readers see the same as before it was noted down.
    assert stored(world, trade) == (TradeState.EXPIRED, Held(), NOON + MINUTE)
    assert world.balance("a") == 1
    before = world.state()
    assert world.run(ExpireTrade(trade)).replayed
    assert world.state() == before


def test_an_ended_trade_does_not_expire(world: World) -> None:
    world.run(credit("a", coins=1))
    trade = do(world, propose("a", "b", side(coins=1)))
    do(world, accept(trade))
    world.clock.advance(timedelta(days=2))
    assert world.run(ExpireTrade(trade)).facts == []
    assert (world.balance("a"), world.balance("b")) == (0, 1)


def test_a_trade_ends_with_the_first_of_its_items(world: World) -> None:
    with_item(world, "ticket", tradeable=True)
    world.run(give("a", ticket=2))
    trade = do(world, propose("a", "b", side("ticket")))
    assert trade.expires_us == NOON + HOUR
    world.clock.advance(timedelta(hours=1))
    refused(world, accept(trade), TradeEnded)
    done = world.run(ExpireTrade(trade))
    changes = [f for f in done.facts if isinstance(f, ItemChanged)]
    assert [(fact.amount, fact.counter_account) for fact in changes] == [
        (1, f"escrow:{trade.trade_id}"),
        (-2, "sink:expired"),
    ]
    assert world.items("a") == {}


def test_what_the_catalog_no_longer_allows(world: World) -> None:
    world.run(credit("a", coins=5))
    world.run(give("a", shard=5))
    trade = do(world, propose("a", "b", side(("shard", "", 5), coins=5)))
    game = world.snapshot
    with_money(world, "coins", giftable=False)
    refused(world, accept(trade), NotTradeable)
    world.snapshot = replace(
        game,
        items={id_: item for id_, item in game.items.items() if id_ != "shard"},
        currencies={"gems": game.currencies["gems"]},
    )
    refused(world, accept(trade), NotTradeable)
    # What was held goes back even so.
    world.run(cancel(trade))
    assert (world.balance("a"), world.items("a")) == (5, {("shard", ""): 5})
    world.snapshot = game


def test_money_for_nothing_is_a_gift(world: World) -> None:
    world.run(credit("a", tokens=50))
    world.run(give("b", ore=1))
    world.run(transfer("a", "b", tokens=15))
    trade = do(world, propose("a", "b", side(tokens=6)))
    error = refused(world, accept(trade), GiftLimit)
    # The one who accepts is told no more than that.
    assert error.refusal.metadata == {
        "currency": "tokens",
        "limit": "20",
        "side": "sent",
        "player_id": "a",
    }
    asked = do(world, propose("b", "a", requested=side(tokens=6)))
    error = refused(world, accept(asked), GiftLimit)
    assert error.refusal.metadata["used"] == "15"
    do(world, cancel(trade))
    # Where something is given in return, it is none.
    trade = do(world, propose("a", "b", side(tokens=6), side("ore")))
    do(world, accept(trade))
    do(world, cancel(asked, "b"))
    last = do(world, propose("a", "b", side(tokens=5)))
    do(world, accept(last))
    refused(world, transfer("a", "b", tokens=1), GiftLimit)


_sides = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 12), st.booleans())
_steps = st.one_of(
    st.tuples(st.just("propose"), st.permutations(PLAYERS), _sides, _sides),
    st.tuples(st.sampled_from(["accept", "cancel", "decline", "expire"]), st.integers(0, 20)),
    st.tuples(st.just("wait"), st.integers(1, 30)),
)


def _side_of(world: World, player_id: str, wanted: tuple[int, int, int, bool]) -> Side:
    coins, tokens, shards, sword = wanted
    items: list[Any] = [("shard", "", shards)] if shards else []
    swords = [instance for item, instance in world.items(player_id) if item == "sword"]
    if sword and swords:
        items.append(("sword", swords[0]))
    amounts = {"coins": coins, "tokens": tokens}
    return side(*items, **{code: amount for code, amount in amounts.items() if amount})


@settings(deadline=None)
@given(steps=st.lists(_steps, max_size=25), fee_bp=st.sampled_from([0, 1, 500, 9_999, 10_000]))
def test_nothing_is_made_or_lost(steps: list[Any], fee_bp: int) -> None:
    world = World(GAME)
    with_money(world, "coins", gift_fee_bp=fee_bp)
    for player in PLAYERS:
        world.run(create(player))
        world.run(credit(player, tokens=40, coins=10))
        world.run(give(player, shard=30, sword=2, ticket=1))
    trades: list[TradeView] = []
    swords = {key[2] for key in world.tables["items"] if key[1] == "sword"}
    for kind, *values in steps:
        if kind == "wait":
            world.clock.advance(timedelta(hours=values[0]))
            continue
        if kind == "propose":
            (a, b, _), mine, yours = values
            offered, requested = _side_of(world, a, mine), _side_of(world, b, yours)
            (outcome,) = world.batch(propose(a, b, offered, requested))
            if isinstance(outcome, Recorded):
                trades.append(trade_of(outcome))
        elif trades:
            trade = trades[values[0] % len(trades)]
            command = {
                "accept": accept(trade),
                "cancel": cancel(trade),
                "decline": cancel(trade, trade.partner_id),
                "expire": ExpireTrade(trade),
            }[kind]
            (outcome,) = world.batch(command)
        else:
            continue
        assert isinstance(outcome, Recorded | RenownError)
        check_conserved(world)
    for trade in trades:
        world.batch(cancel(trade))
    world.clock.advance(timedelta(days=2))
    for trade in trades:
        world.batch(ExpireTrade(trade))
    check_conserved(world)
    assert all(row[8] != TradeState.OPEN for row in world.tables["trades"].values())
    assert swords == {key[2] for key in world.tables["items"] if key[1] == "sword"}
