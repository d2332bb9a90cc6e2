"""Purchases: what they take and give, and what refuses them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from renown_server import errors
from renown_server.engine.facts import (
    CurrencyChanged,
    ItemChanged,
    LootDrawn,
    OfferPurchased,
    decode_facts,
)
from renown_server.store.state import NO_WINDOW
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, credit, debit
from tests.kit.economy import ECONOMY, economy_game
from tests.kit.pure import World
from tests.kit.store import buy
from tests.kit.times import DAY, NOON, us


@pytest.fixture
def world() -> World:
    """A player with some of each money."""
    world = World(economy_game())
    world.run(create("p"))
    world.run(credit("p", coins=1000, gems=20, tokens=20))
    return world


def zoned(world: World, zone: str) -> None:
    """Moves the player to a zone."""
    row = world.tables["players"]["p"]
    place = row.index("UTC") if "UTC" in row else 10
    world.tables["players"]["p"] = (*row[:place], zone, *row[place + 1 :])


def stored(world: World, purchase_id: str, player: str = "p") -> tuple[object, ...]:
    row: tuple[object, ...] = world.tables["purchases"][player, purchase_id]
    return row


def test_money_goods_and_the_purchase_move_together(world: World) -> None:
    done = world.run(buy("p", "bundle", 2))
    paid, bought, *goods = done.facts
    assert paid == CurrencyChanged(
        rule="offer:bundle",
        currency="coins",
        amount=-200,
        balance_after=800,
        counter_account="store:bundle",
    )
    assert isinstance(bought, OfferPurchased)
    assert (bought.offer, bought.quantity, bought.paid) == ("bundle", 2, (("coins", 200),))
    changed = [fact for fact in goods if isinstance(fact, ItemChanged)]
    assert [(fact.item, fact.amount) for fact in changed] == [
        ("potion", 6),
        ("sword", 1),
        ("sword", 1),
    ]
    assert {fact.counter_account for fact in changed} == {"store:bundle"}
    assert world.balance("p", "gems") == 24
    # 100 XP reach level 2, which pays 10.
    assert (world.player("p").level, world.balance("p")) == (2, 810)
    row = stored(world, bought.purchase_id)
    assert row[2:4] == ("bundle", 2)
    assert decode_facts(str(row[4])) == done.facts
    assert row[5:] == (1, NOON, 0, NO_WINDOW, "", "", "")
    assert not world.tables["purchase_limits"]


def test_a_retry_gets_the_same_answer(world: World) -> None:
    done = world.run(buy("p", "potion", request_id="r1"))
    again = world.run(buy("p", "potion", request_id="r1"))
    assert (again.facts, again.recorded_at_us) == (done.facts, done.recorded_at_us)
    with pytest.raises(errors.RequestIdReused):
        world.run(buy("p", "potion", 2, request_id="r1"))
    assert world.balance("p") == 990


def test_the_chosen_way_to_pay(world: World) -> None:
    world.run(buy("p", "potion", 3, price_option=1))
    assert (world.balance("p"), world.balance("p", "gems")) == (1000, 17)
    world.run(buy("p", "barter"))
    assert (world.balance("p"), world.balance("p", "tokens")) == (990, 15)


def test_the_better_discount_counts(world: World) -> None:
    world.run(buy("p", "sale", 2))
    assert world.balance("p") == 1000 - 152
    world.clock.advance(timedelta(days=1))
    world.run(buy("p", "sale"))
    assert world.balance("p") == 1000 - 152 - 91


def test_what_is_free(world: World) -> None:
    done = world.run(buy("p", "welcome"))
    assert [type(fact) for fact in done.facts] == [OfferPurchased, ItemChanged]
    assert world.items("p") == {("key", ""): 1}


@pytest.mark.parametrize(
    ("offer", "fields", "refusal"),
    [
        ("nothing", {}, errors.OfferNotFound),
        ("potion", {"price_option": 2}, errors.InvalidArgument),
        ("welcome", {"price_option": 1}, errors.InvalidArgument),
        ("gems_pack", {}, errors.NotOnSale),
        ("level5", {}, errors.LevelTooLow),
        ("welcome", {"quantity": 2}, errors.PurchaseLimit),
        ("limited", {"quantity": 4}, errors.SoldOut),
        ("potion", {"quantity": 101}, errors.InsufficientFunds),
        ("barter", {"quantity": 5}, errors.InsufficientFunds),
        ("potion", {"expected": (("coins", 9),)}, errors.PriceChanged),
        ("potion", {"expected": (("gems", 1),)}, errors.PriceChanged),
        ("barter", {"expected": (("coins", 10),)}, errors.PriceChanged),
        ("lucky", {"quantity": 501}, errors.InvalidArgument),
        ("barter", {"quantity": 2}, errors.ItemLimit),
    ],
)
def test_refusals_leave_no_trace(
    world: World, offer: str, fields: dict[str, object], refusal: type[errors.RenownError]
) -> None:
    before = {
        name: rows for name, rows in world.state().items() if name not in ("requests", "players")
    }
    with pytest.raises(refusal):
        world.run(buy("p", offer, **fields))  # type: ignore[arg-type]
    after = world.state()
    assert {name: after[name] for name in before} == before
    assert world.player("p").sequence == 4


def test_the_expected_price(world: World) -> None:
    world.run(buy("p", "sale", 2, expected=(("coins", 152),)))
    world.run(buy("p", "barter", expected=(("tokens", 5), ("coins", 10))))
    assert world.balance("p") == 1000 - 152 - 10


def test_a_price_past_the_greatest_amount(world: World) -> None:
    game = snapshot_of(ECONOMY.replace("amount: 101}", "amount: 9007199254740991}"))
    world.snapshot = game
    with pytest.raises(errors.PriceOutOfRange):
        world.run(buy("p", "sale", 2, catalog=game))
    with pytest.raises(errors.InsufficientFunds):
        world.run(buy("p", "sale", catalog=game))


def test_windows_of_offers_are_half_open(world: World) -> None:
    for moment, on_sale in (
        ("2026-11-17T23:59:59.999999+00:00", False),
        ("2026-11-18T00:00:00+00:00", True),
        ("2026-11-19T23:59:59.999999+00:00", True),
        ("2026-11-20T00:00:00+00:00", False),
    ):
        world.clock.value_us = us(moment)
        if on_sale:
            world.run(buy("p", "season"))
        else:
            with pytest.raises(errors.NotOnSale):
                world.run(buy("p", "season"))


def test_a_limit_for_ever(world: World) -> None:
    world.run(buy("p", "welcome"))
    world.clock.advance(timedelta(days=1000))
    with pytest.raises(errors.PurchaseLimit) as refused:
        world.run(buy("p", "welcome"))
    assert refused.value.refusal.metadata == {"offer": "welcome", "limit": "1", "remaining": "0"}


def test_a_daily_limit_follows_the_players_clock_through_a_day_of_25_hours(world: World) -> None:
    zoned(world, "Europe/Berlin")
    bought = []
    for moment in (
        "2026-10-25T00:00:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T23:59:59.999999+01:00",
        "2026-10-26T00:00:00+01:00",
        "2026-10-26T12:00:00+01:00",
        "2026-10-26T13:00:00+01:00",
    ):
        world.clock.value_us = us(moment)
        (outcome,) = world.batch(buy("p", "daily"))
        bought.append(not isinstance(outcome, errors.PurchaseLimit))
    assert bought == [True, True, False, False, True, True, False]


def test_a_daily_limit_through_a_day_of_23_hours(world: World) -> None:
    zoned(world, "Europe/Berlin")
    bought = []
    for moment in (
        "2026-03-28T23:59:59.999999+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-29T23:59:59.999999+02:00",
        "2026-03-29T23:59:59.999999+02:00",
        "2026-03-30T00:00:00+02:00",
    ):
        world.clock.value_us = us(moment)
        (outcome,) = world.batch(buy("p", "daily"))
        bought.append(not isinstance(outcome, errors.PurchaseLimit))
    assert bought == [True, True, True, False, True]


def test_moving_back_to_yesterday_gives_no_second_day(world: World) -> None:
    zoned(world, "Pacific/Kiritimati")
    world.run(buy("p", "daily", 2))
    row = world.tables["players"]["p"]
    world.tables["players"]["p"] = tuple(
        "Pacific/Pago_Pago" if value == "Pacific/Kiritimati" else value for value in row
    )
    with pytest.raises(errors.PurchaseLimit):
        world.run(buy("p", "daily"))


def test_a_weekly_limit(world: World) -> None:
    world.run(buy("p", "weekly"))
    world.clock.value_us = us("2026-11-22T23:59:59.999999+00:00")
    with pytest.raises(errors.PurchaseLimit):
        world.run(buy("p", "weekly"))
    world.clock.value_us = us("2026-11-23T00:00:00+00:00")
    world.run(buy("p", "weekly"))
    assert world.items("p") == {("elixir", ""): 2}


def test_stock_is_for_everybody_and_sold_once(world: World) -> None:
    world.run(create("q"))
    world.run(credit("q", coins=100))
    first, second, third = world.batch(
        buy("p", "limited", 2), buy("q", "limited", 2), buy("q", "limited")
    )
    assert isinstance(second, errors.SoldOut)
    assert second.refusal.metadata == {"offer": "limited", "remaining": "1"}
    assert not isinstance(first, BaseException)
    assert not isinstance(third, BaseException)
    assert world.tables["stock"]["offer:limited"] == ("offer:limited", 3, 3)
    with pytest.raises(errors.SoldOut):
        world.run(buy("p", "limited"))


def test_a_refused_purchase_takes_no_stock_and_no_limit(world: World) -> None:
    world.run(debit("p", coins=1000))
    for offer in ("limited", "daily"):
        with pytest.raises(errors.InsufficientFunds):
            world.run(buy("p", offer))
    assert not world.tables["stock"]
    assert not world.tables["purchase_limits"]


def sold_at(world: World, offer: str, moment_us: int) -> bool:
    world.clock.value_us = moment_us
    (outcome,) = world.batch(buy("p", offer, now_us=moment_us))
    if isinstance(outcome, errors.NotOnSale):
        return False
    assert not isinstance(outcome, BaseException), outcome
    return True


def test_a_rotation_sells_its_turns_offers_with_a_limit_and_stock_of_each_turn(
    world: World,
) -> None:
    midnight = us("2026-11-19T00:00:00+01:00")
    sold = {"deal_a": 0, "deal_b": 0, "deal_c": 0, "deal_d": 0}
    for day in range(12):
        at_us = midnight + day * DAY
        on_sale = {offer for offer in sold if sold_at(world, offer, at_us)}
        assert len(on_sale) == 2
        for offer in on_sale:
            sold[offer] += 1
        if "deal_a" in on_sale:
            with pytest.raises(errors.PurchaseLimit):
                world.run(buy("p", "deal_a"))
        if "deal_b" in on_sale:
            assert world.tables["stock"][f"offer:deal_b@{at_us}"][1:] == (2, 1)
            row = next(
                row
                for row in world.tables["purchases"].values()
                if row[2] == "deal_b" and row[6] == at_us
            )
            assert row[9] == f"offer:deal_b@{at_us}"
    assert min(sold.values()) >= 1


def test_what_is_drawn_is_kept_with_the_purchase(world: World) -> None:
    done = world.run(buy("p", "lucky", 3))
    draws = [fact for fact in done.facts if isinstance(fact, LootDrawn)]
    assert len(draws) == 6
    (row,) = world.tables["purchases"].values()
    assert decode_facts(row[4]) == done.facts


def test_a_full_inventory_refuses_and_gives_the_money_back(world: World) -> None:
    for _ in range(10):
        world.run(buy("p", "bundle"))
        if len(world.items("p")) >= 10:
            break
    coins = world.balance("p")
    with pytest.raises(errors.InventoryFull):
        world.run(buy("p", "bundle"))
    assert world.balance("p") == coins


def test_a_level_opens_an_offer(world: World) -> None:
    world.run(activity("p", "marathon"))
    assert world.player("p").level == 5
    world.run(buy("p", "level5"))
    assert [item for item, _ in world.items("p")].count("sword") == 1


def test_the_usual_purchase_needs_one_load(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []
    absorb = World._absorb

    def note(self: World, work: object, name: str, keys: object) -> None:
        loads.append(name)
        absorb(self, work, name, keys)  # type: ignore[arg-type]

    monkeypatch.setattr(World, "_absorb", note)
    for offer in ("potion", "bundle", "limited", "daily", "welcome"):
        loads.clear()
        world.run(buy("p", offer))
        assert len(loads) == len(set(loads)), f"{offer}: {loads}"


def test_no_row_that_is_not_needed(world: World) -> None:
    world.run(buy("p", "potion"))
    bag = world.tables["bags"]["p"]
    world.tables["bags"].clear()
    world.tables["bags"]["p"] = bag
    world.run(buy("p", "potion"))
    assert world.tables["bags"]["p"] is bag
    assert not world.tables["purchase_limits"]
    assert not world.tables["stock"]
