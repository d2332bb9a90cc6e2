"""What readers are told: offers as Purchase would decide, odds as the next draw would."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from renown.v1 import store_service_pb2 as pb
from renown_server import errors
from renown_server.engine.facts import LootDrawn
from renown_server.store.odds import fill_odds, items_of, stock_of
from renown_server.store.queries import Buyer, Drawer
from renown_server.store.render import fill_offer
from renown_server.store.shelves import sale_of
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, credit
from tests.kit.economy import ECONOMY
from tests.kit.pure import World
from tests.kit.store import buy
from tests.kit.times import us

GAME = snapshot_of(ECONOMY.replace("    inventory_capacity: 10\n", ""))
"""With room for everything: what is listed does not know how much there is."""

BLOCKS = (errors.NotOnSale, errors.LevelTooLow, errors.PurchaseLimit, errors.SoldOut)


def buyer(world: World, player_id: str = "p") -> Buyer:
    """What `queries.find_buyer` reads."""
    player = world.player(player_id)
    limits = world.tables["purchase_limits"].items()
    return Buyer(
        player.level,
        player.time_zone,
        {offer: row[2:] for (owner, offer), row in limits if owner == player_id},
        {stock_id: row[2] for stock_id, row in world.tables["stock"].items()},
    )


def listed(world: World, player_id: str = "p") -> dict[str, pb.Offer]:
    now_us = world.clock.now_us()
    offers = {}
    for offer in GAME.offers.values():
        sale = sale_of(offer, GAME.rotations, now_us)
        if sale is not None:
            offers[offer.id] = pb.Offer()
            fill_offer(offers[offer.id], sale, buyer(world, player_id), GAME.progression, now_us)
    return offers


@pytest.fixture
def world() -> World:
    world = World(GAME)
    world.run(create("p"))
    world.run(create("rival"))
    for player in ("p", "rival"):
        world.run(credit(player, coins=100_000, gems=50, tokens=50))
    return world


def test_an_offer_is_purchasable_if_purchase_sells_it(world: World) -> None:
    """Over some days, with others buying too, and a level reached in between."""
    seen: Counter[str] = Counter()
    for hour in range(0, 24 * 6, 7):
        world.clock.value_us = us("2026-11-17T00:30:00+00:00")
        world.clock.advance(timedelta(hours=hour))
        if hour == 70:
            world.run(activity("p", "marathon"))
        world.batch(buy("rival", "limited"), buy("rival", "deal_b"))
        for offer in GAME.offers.values():
            # Listed again each time: what was just bought may have gained a level.
            shown = listed(world).get(offer.id, pb.Offer(blocked_by="NOT_ON_SALE"))
            (outcome,) = world.batch(buy("p", offer.id))
            blocked = outcome.reason if isinstance(outcome, BLOCKS) else ""
            assert (shown.blocked_by, shown.purchasable) == (blocked, not blocked), offer.id
            seen[blocked] += 1
    assert set(seen) == {"", "NOT_ON_SALE", "LEVEL_TOO_LOW", "PURCHASE_LIMIT", "SOLD_OUT"}


def test_numbers_of_an_offer(world: World) -> None:
    offer = listed(world)["daily"]
    assert (offer.limit_per_player, offer.remaining_for_player) == (2, 2)
    assert (offer.stock, offer.remaining_stock) == (0, -1)
    assert not offer.HasField("available_until")
    world.run(buy("p", "daily"))
    world.run(buy("rival", "limited", 2))
    offers = listed(world)
    assert offers["daily"].remaining_for_player == 1
    assert (offers["limited"].remaining_for_player, offers["limited"].remaining_stock) == (-1, 1)
    assert listed(world, "rival")["daily"].remaining_for_player == 2
    season = offers["season"]
    assert season.available_until.ToSeconds() * 1_000_000 == us("2026-11-20T00:00:00+00:00")
    deals = [offer for offer in offers.values() if offer.offer_id.startswith("deal")]
    tomorrow = us("2026-11-19T00:00:00+01:00")
    assert [deal.available_until.ToSeconds() * 1_000_000 for deal in deals] == [tomorrow, tomorrow]


def test_the_price_shown_is_the_price_expected(world: World) -> None:
    sale = listed(world)["sale"]
    (price,) = sale.prices
    assert [(paid.currency, paid.amount) for paid in price.currencies] == [("coins", 76)]
    assert [paid.amount for paid in price.undiscounted] == [101]
    assert price.discount_basis_points == 2500
    assert price.discount_ends_at.ToSeconds() * 1_000_000 == us("2026-11-19T00:00:00+00:00")
    shown = tuple((paid.currency, paid.amount) for paid in price.currencies)
    world.run(buy("p", "sale", expected=shown))
    world.clock.value_us = us("2026-11-19T00:00:00+00:00")
    with pytest.raises(errors.PriceChanged):
        world.run(buy("p", "sale", expected=shown))


def odds(drawer: Drawer, table: str = "vault", text: str = "") -> pb.GetOddsResponse:
    game = snapshot_of(text) if text else GAME
    response = pb.GetOddsResponse()
    fill_odds(response, game, game.loot_tables[table], drawer, us("2026-11-18T12:00:00+00:00"))
    return response


def weights(response: pb.GetOddsResponse) -> list[int]:
    return [each.weight for each in response.odds]


def test_odds_follow_what_is_owned_and_pity() -> None:
    nothing = odds(Drawer({}, frozenset(), {}))
    assert weights(nothing) == [1, 9, 90]
    assert [each.probability_ppm for each in nothing.odds] == [10_000, 90_000, 900_000]
    some = odds(Drawer({"vault": 2}, frozenset({"elixir"}), {}))
    assert (weights(some), some.total_weight, some.pity_count) == ([1, 9, 0], 10, 2)
    assert [each.owned for each in some.odds] == [False, False, True]
    assert sum(each.probability_ppm for each in some.odds) == 1_000_000
    due = odds(Drawer({"vault": 3}, frozenset(), {}))
    assert (weights(due), due.guaranteed, due.pity_after) == ([1, 0, 0], True, 3)
    everything = odds(Drawer({}, frozenset({"frame", "wand", "elixir"}), {}))
    assert (everything.total_weight, weights(everything)) == (0, [0, 0, 0])


def test_what_the_game_gives_no_more_of_is_not_drawn() -> None:
    text = ECONOMY.replace(
        "{id: elixir, weight: 90, reward: {items: [{item_id: elixir,",
        "{id: relic, weight: 90, reward: {items: [{item_id: relic,",
    )
    game = snapshot_of(text)
    table = game.loot_tables["vault"]
    assert items_of(table) == ["frame", "relic", "wand"]
    assert stock_of(game, table) == ["item:relic"]
    assert weights(odds(Drawer({}, frozenset(), {"item:relic": 4}), text=text)) == [1, 9, 90]
    assert weights(odds(Drawer({}, frozenset(), {"item:relic": 5}), text=text)) == [1, 9, 0]


def test_draws_of_purchases_follow_the_odds(world: World) -> None:
    """Chi-square with two degrees of freedom: 13.8 is passed once in a thousand times."""
    drawn: Counter[str] = Counter()
    for n in range(30):
        player = f"d{n}"
        world.run(create(player))
        world.run(credit(player, coins=10_000))
        done = world.run(buy(player, "lucky", 50))
        drawn.update(fact.entry for fact in done.facts if isinstance(fact, LootDrawn))
    shares = {each.entry_id: each for each in odds(Drawer({}, frozenset(), {}), "chest").odds}
    total = drawn.total()
    assert total == 3000
    expected = {entry: total * each.probability_ppm / 1e6 for entry, each in shares.items()}
    chi = sum((drawn[entry] - n) ** 2 / n for entry, n in expected.items())
    assert chi < 13.8
