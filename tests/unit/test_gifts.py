"""Gifts of money and items: what arrives, what is refused, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.currency import rules as currency
from renown_server.engine.command import Command, Recorded
from renown_server.engine.facts import CurrencyChanged, DebtChanged, GiftReceived, GiftSent
from renown_server.engine.work import Work
from renown_server.errors import (
    AccountTooNew,
    BalanceCap,
    GiftLimit,
    InsufficientFunds,
    InsufficientItems,
    InvalidArgument,
    InventoryFull,
    ItemEquipped,
    ItemLimit,
    ItemNotFound,
    NotGiftable,
    PlayerNotFound,
    RenownError,
    RequestIdReused,
    UnknownCurrency,
)
from renown_server.inventory import rules as inventory
from renown_server.inventory.gifts_commands import Received
from renown_server.inventory.state import InventoryBook
from tests.kit.commands import create, credit
from tests.kit.economy import economy_game
from tests.kit.pure import World
from tests.kit.times import DAY, HOUR, MINUTE, NOON, us
from tests.kit.trades import check_conserved, gift, give, transfer

GAME = economy_game()


@pytest.fixture
def world() -> Iterator[World]:
    """Two players; in the end nothing has come from nowhere."""
    world = World(GAME)
    world.run(create("a"))
    world.run(create("b"))
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


def move_to(world: World, player_id: str, zone: str) -> None:
    """A player's new time zone."""
    row = world.tables["players"][player_id]
    world.tables["players"][player_id] = (*row[:10], zone, *row[11:])


def sword_of(world: World, player_id: str) -> str:
    """The instance of a player's only sword."""
    ((_, instance),) = [key for key in world.items(player_id) if key[0] == "sword"]
    return instance


def test_a_transfer(world: World) -> None:
    world.run(credit("a", coins=100, tokens=50))
    done = world.run(transfer("a", "b", message="Thanks!", coins=30, tokens=7))
    rule = "request:Transfer"
    assert done.facts == [
        CurrencyChanged(rule, "coins", -30, 70, "player:b"),
        CurrencyChanged(rule, "tokens", -6, 44, "player:b"),
        CurrencyChanged(rule, "tokens", -1, 43, "sink:gift_fee"),
        GiftSent(rule, "b", "Thanks!", (("coins", 30), ("tokens", 7))),
    ]
    assert done.result_as(Received).amounts == (("coins", 30), ("tokens", 6))
    assert (world.balance("b"), world.balance("b", "tokens")) == (30, 6)
    entries = sorted(
        (row[0], row[7], row[8]) for row in world.tables["ledger"].values() if row[7] == "gift"
    )
    assert entries == [("a", "gift", "Thanks!"), ("b", "gift", "Thanks!")]


def test_the_receiver_is_told(world: World) -> None:
    world.run(credit("a", tokens=10))
    command = transfer("a", "b", message="Hi", tokens=10)
    work = world.open([command])
    work.begin(command.principal)
    command.decide(work)
    assert work.facts["b"] == [
        CurrencyChanged("request:Transfer", "tokens", 9, 9, "player:a"),
        GiftReceived("request:Transfer", "a", "Hi", (("tokens", 9),)),
    ]
    world.run(command)
    assert world.sequences("b") == [1, 2, 3]


@pytest.mark.parametrize(
    ("fee_bp", "amount", "arrives"),
    [
        (0, 1, 1),
        (0, AMOUNT_MAX, AMOUNT_MAX),
        (1, 1, 0),
        (500, 1, 0),
        (500, 20, 19),
        (500, 21, 19),
        (10_000, 7, 0),
        (1, AMOUNT_MAX, AMOUNT_MAX - 900719925475),
        (9_999, AMOUNT_MAX, 900719925474),
    ],
)
def test_fees(world: World, fee_bp: int, amount: int, arrives: int) -> None:
    with_money(world, "coins", gift_fee_bp=fee_bp)
    world.run(credit("a", coins=amount))
    done = world.run(transfer("a", "b", coins=amount))
    assert (world.balance("a"), world.balance("b")) == (0, arrives)
    assert done.result_as(Received).amounts == ((("coins", arrives),) if arrives else ())


def test_a_retry_has_the_same_answer_and_no_effect(world: World) -> None:
    world.run(credit("a", coins=100))
    first = world.run(transfer("a", "b", "r1", coins=30))
    before = world.state()
    again = world.run(transfer("a", "b", "r1", coins=30))
    assert again.replayed
    assert again.facts == first.facts
    assert again.result_as(Received) == first.result_as(Received)
    assert world.state() == before
    assert isinstance(world.batch(transfer("a", "b", "r1", coins=31))[0], RequestIdReused)


def test_who_has_too_little_gives_nothing(world: World) -> None:
    world.run(credit("a", coins=100, tokens=9))
    error = refused(world, transfer("a", "b", coins=100, tokens=10), InsufficientFunds)
    assert error.refusal.metadata["needed"] == "10"


def test_a_receiver_who_has_too_much_gets_nothing(world: World) -> None:
    world.run(credit("a", coins=100, tokens=10))
    world.run(credit("b", tokens=45))
    error = refused(world, transfer("a", "b", coins=100, tokens=7), BalanceCap)
    assert error.refusal.metadata == {"currency": "tokens", "cap": "50", "player_id": "b"}
    world.run(transfer("a", "b", tokens=6))
    assert world.balance("b", "tokens") == 50


def test_money_that_is_no_gift(world: World) -> None:
    world.run(credit("a", gems=1))
    refused(world, transfer("a", "b", gems=1), NotGiftable)
    refused(world, transfer("a", "b", doubloons=1), UnknownCurrency)


def test_a_currency_stands_once(world: World) -> None:
    command = transfer("a", "b", coins=1)
    command.body = type(command.body)("r", "a", "b", (("coins", 1), ("coins", 2)))
    refused(world, command, InvalidArgument)


def test_an_unknown_receiver_is_named(world: World) -> None:
    world.run(credit("a", coins=1))
    error = refused(world, transfer("a", "nobody", coins=1), PlayerNotFound)
    assert error.refusal.resource == ("player", "nobody")


def test_new_players_make_no_gifts_but_get_some(world: World) -> None:
    with_economy(world, new_account_hold_us=2 * HOUR)
    world.run(credit("a", coins=1))
    world.clock.advance(timedelta(microseconds=2 * HOUR - 1))
    world.run(create("new"))
    error = refused(world, transfer("a", "new", coins=1), AccountTooNew)
    assert error.refusal.metadata == {"player_id": "a", "available_at": "2026-11-18T14:00:00Z"}
    refused(world, gift("a", "new", "shard"), AccountTooNew)
    world.clock.advance(timedelta(microseconds=1))
    world.run(transfer("a", "new", coins=1))


def test_the_limit_of_a_day_is_what_was_sent_with_the_fee(world: World) -> None:
    world.run(credit("a", tokens=50))
    world.run(transfer("a", "b", tokens=15))
    error = refused(world, transfer("a", "b", tokens=6), GiftLimit)
    assert error.refusal.metadata == {
        "currency": "tokens",
        "limit": "20",
        "used": "15",
        "side": "sent",
    }
    world.run(transfer("a", "b", tokens=5))
    refused(world, transfer("a", "b", tokens=1), GiftLimit)


def test_the_limit_of_a_day_is_what_was_received_without_the_fee(world: World) -> None:
    with_money(world, "tokens", gift_daily_max=0, cap=1000)
    world.run(credit("a", tokens=100))
    world.run(transfer("a", "b", tokens=31))
    assert world.balance("b", "tokens") == 29
    error = refused(world, transfer("a", "b", tokens=3), GiftLimit)
    # How much the receiver was given by others is not the giver's business.
    assert error.refusal.metadata == {
        "currency": "tokens",
        "limit": "30",
        "side": "received",
        "player_id": "b",
    }
    world.run(transfer("a", "b", tokens=2))
    # All of it is fee: nothing arrives, nothing is counted.
    world.run(transfer("a", "b", tokens=1))


def test_days_are_those_of_each_player() -> None:
    """Tokyo's day ends at 15:00 UTC, Los Angeles' at 08:00."""
    world = World(GAME, us("2026-11-18T14:59:59+00:00"))
    world.run(create("tokyo", time_zone="Asia/Tokyo"))
    world.run(create("angeles", time_zone="America/Los_Angeles"))
    for player in ("tokyo", "angeles"):
        world.run(credit(player, tokens=45))
    with_money(world, "tokens", cap=1000, gift_receive_daily_max=25)
    world.run(transfer("tokyo", "angeles", tokens=20))
    world.run(transfer("angeles", "tokyo", tokens=20))
    refused(world, transfer("tokyo", "angeles", tokens=1), GiftLimit)
    world.clock.advance(timedelta(seconds=1))
    # A new day in Tokyo only: it gives again, and Los Angeles has had 19 of 25.
    world.run(transfer("tokyo", "angeles", tokens=6))
    refused(world, transfer("tokyo", "angeles", tokens=14), GiftLimit)
    refused(world, transfer("angeles", "tokyo", tokens=1), GiftLimit)
    world.clock.value_us = us("2026-11-19T07:59:59+00:00")
    refused(world, transfer("angeles", "tokyo", tokens=1), GiftLimit)
    world.clock.advance(timedelta(seconds=1))
    world.run(transfer("angeles", "tokyo", tokens=20))
    world.run(transfer("tokyo", "angeles", tokens=14))
    check_conserved(world)


def test_a_day_lived_again_does_not_count_anew(world: World) -> None:
    world.run(credit("a", tokens=50))
    move_to(world, "a", "Pacific/Kiritimati")
    world.run(transfer("a", "b", tokens=20))
    move_to(world, "a", "UTC")
    refused(world, transfer("a", "b", tokens=1), GiftLimit)
    world.clock.advance(timedelta(microseconds=DAY))
    # It is the day in UTC that was counted in Kiritimati.
    refused(world, transfer("a", "b", tokens=1), GiftLimit)
    world.clock.advance(timedelta(microseconds=DAY))
    world.run(transfer("a", "b", tokens=1))


def test_a_debt_is_paid_from_a_gift() -> None:
    world = World(GAME)
    world.run(create("a"))
    world.run(create("b"))
    world.run(credit("a", coins=100))
    world.run(give("a", shard=10))
    world.run(act(_Owe, "b"))
    world.run(transfer("a", "b", coins=40))
    assert world.balance("b") == 10
    world.run(gift("a", "b", "shard", 6))
    assert world.items("b") == {("shard", ""): 2}
    facts = [row[9] for row in world.tables["requests"].values() if row[2] == "b"]
    assert sum(text.count(DebtChanged.__struct_config__.tag) for text in facts) == 4


def test_units_of_a_stack(world: World) -> None:
    world.run(give("a", shard=25))
    done = world.run(gift("a", "b", "shard", 12, message="For you"))
    assert done.facts[-1] == GiftSent("request:GiftItem", "b", "For you", (), "shard", 12)
    assert world.items("a") == {("shard", ""): 13}
    assert world.items("b") == {("shard", ""): 12}
    refused(world, gift("a", "b", "shard", 14), InsufficientItems)


def test_an_instance_remembers_who_had_it(world: World) -> None:
    world.run(give("a", sword=1))
    sword = sword_of(world, "a")
    world.run(gift("a", "b", "sword", instance=sword))
    world.clock.advance(timedelta(microseconds=MINUTE))
    world.run(gift("b", "a", "sword", instance=sword))
    assert not world.items("b")
    assert world.items("a") == {("sword", sword): 1}
    text = world.tables["items"]["a", "sword", sword][8]
    assert f'"owners":[{{"player_id":"b","until_us":{NOON + MINUTE},"how":"gift"}}' in text
    assert '{"player_id":"a"' in text


@pytest.mark.parametrize(
    ("item", "instance", "error"),
    [
        ("sword", "", InvalidArgument),
        ("sword", "other", ItemNotFound),
        ("potion", "", NotGiftable),
        ("unheard", "", ItemNotFound),
        ("shard", "", InsufficientItems),
    ],
)
def test_items_that_are_no_gift(
    world: World, item: str, instance: str, error: type[RenownError]
) -> None:
    world.run(give("a", sword=1, potion=1))
    refused(world, gift("a", "b", item, instance=instance), error)


def test_what_is_equipped_stays(world: World) -> None:
    world.run(give("a", sword=1))
    world.run(act(_Equip, "a"))
    refused(world, gift("a", "b", "sword", instance=sword_of(world, "a")), ItemEquipped)


def test_a_full_bag_refuses_whatever_the_policy(world: World) -> None:
    with_item(world, "ore", giftable=True)
    world.run(give("a", shard=10, ore=1))
    world.run(give("b", sword=10))
    error = refused(world, gift("a", "b", "shard"), InventoryFull)
    assert error.refusal.metadata == {"capacity": "10", "needed": "1", "player_id": "b"}
    refused(world, gift("a", "b", "ore"), InventoryFull)
    with_economy(world, inventory_capacity=11)
    world.run(gift("a", "b", "shard", 10))


def test_what_has_expired_makes_room(world: World) -> None:
    world.run(give("b", sword=9, ticket=1))
    world.run(give("a", shard=1))
    refused(world, gift("a", "b", "shard"), InventoryFull)
    world.clock.advance(timedelta(microseconds=HOUR + MINUTE))
    world.run(gift("a", "b", "shard"))
    assert ("ticket", f"x{NOON + HOUR}") not in world.items("b")


def test_no_more_than_a_player_may_own(world: World) -> None:
    with_item(world, "relic", giftable=True, limit_quantity=0)
    world.run(give("a", relic=1))
    world.run(give("b", relic=1))
    error = refused(world, gift("a", "b", "relic"), ItemLimit)
    assert error.refusal.metadata == {"item": "relic", "limit": "1", "player_id": "b"}


def test_what_expires_keeps_its_time(world: World) -> None:
    with_item(world, "ticket", giftable=True)
    world.run(give("a", ticket=2))
    world.clock.advance(timedelta(minutes=30))
    world.run(gift("a", "b", "ticket"))
    assert world.items("b") == {("ticket", f"x{NOON + HOUR}"): 1}
    world.clock.advance(timedelta(minutes=30))
    refused(world, gift("a", "b", "ticket"), InsufficientItems)


@given(
    gifts=st.lists(
        st.tuples(
            st.permutations(["a", "b", "c"]),
            st.integers(1, 25),
            st.booleans(),
            st.integers(0, 30),
        ),
        max_size=30,
    ),
    fee_bp=st.integers(0, 10_000),
)
def test_nothing_is_made_or_lost(
    gifts: list[tuple[list[str], int, bool, int]], fee_bp: int
) -> None:
    world = World(GAME)
    with_money(world, "tokens", gift_fee_bp=fee_bp)
    for player in ("a", "b", "c"):
        world.run(create(player))
        world.run(credit(player, tokens=40, coins=10))
        world.run(give(player, shard=20))
    for (giver, receiver, _), amount, of_money, hours in gifts:
        world.clock.advance(timedelta(hours=hours))
        if of_money:
            world.batch(transfer(giver, receiver, tokens=amount, coins=amount // 9 + 1))
        else:
            (outcome,) = world.batch(gift(giver, receiver, "shard", amount))
            assert isinstance(outcome, Recorded | InsufficientItems)
        check_conserved(world)
