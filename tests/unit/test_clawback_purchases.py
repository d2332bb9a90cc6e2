"""Undoing purchases, by example."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from renown_server.engine.command import Recorded
from renown_server.engine.facts import (
    CurrencyChanged,
    ItemChanged,
    LootDrawn,
    MailReceived,
    OfferPurchased,
    PurchaseRevoked,
)
from renown_server.errors import (
    AlreadySpent,
    BalanceCap,
    MailNotFound,
    NotRevocable,
    PlayerNotFound,
    PurchaseNotFound,
    SoldOut,
)
from renown_server.inventory.clawback import Policy
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, credit, debit
from tests.kit.economy import ECONOMY, economy_game
from tests.kit.inventory import Player
from tests.kit.pure import World
from tests.kit.revocations import undo
from tests.kit.store import buy, redeem
from tests.kit.times import DAY, SECOND


@pytest.fixture
def world() -> World:
    world = World(economy_game())
    world.run(create("p"))
    world.run(credit("p", coins=1000, gems=20))
    return world


def bought(world: World, offer: str, quantity: int = 1) -> str:
    world.clock.value_us += SECOND
    done = world.run(buy("p", offer, quantity))
    (fact,) = [fact for fact in done.facts if isinstance(fact, OfferPurchased)]
    return fact.purchase_id


def take(world: World, name: str, policy: Policy = Policy.REFUSE, **options: Any) -> Recorded:
    world.clock.value_us += SECOND
    return world.run(undo("p", name, policy, **options))


def what_counts(world: World) -> dict[str, Any]:
    kept = ("items", "stock", "purchase_limits")
    return {name: {k: r for k, r in world.tables[name].items() if any(r[2:4])} for name in kept}


def test_the_price_comes_back_and_the_goods_go(world: World) -> None:
    name = bought(world, "bundle", 2)  # 100 XP as well: level 2 pays 10 coins
    done = take(world, name)
    assert (world.balance("p"), world.balance("p", "gems"), world.items("p")) == (1000, 20, {})
    player = world.player("p")
    assert (player.xp, player.level, player.reward_level) == (0, 1, 1)
    assert world.scores("p") == {}
    assert done.facts[0] == PurchaseRevoked(
        rule="request:RevokePurchase", purchase_id=name, offer="bundle"
    )
    (price,) = [f for f in done.facts if type(f) is CurrencyChanged and f.amount == 200]
    assert (price.counter_account, price.rule) == (f"clawback:{name}", "revoke:offer:bundle")
    assert world.tables["purchases"]["p", name][7] == world.clock.value_us
    (row,) = world.tables["audit"].values()
    assert row[1:4] == ("purchase.revoke", "player:p", "charged back")
    assert msgspec.json.decode(row[4]) == {
        "purchase_id": name,
        "offer": "bundle",
        "policy": "refuse",
        "price": "refunded",
        "xp": "-100",
        "currency.coins": "190",
        "currency.gems": "-4",
        "item.potion": "-6",
        "item.sword": "-2",
    }


def test_what_was_mailed_goes_though_the_level_stays(world: World) -> None:
    """The mail of what found no room comes last, after what levels have paid."""
    game = world.snapshot
    pack = dataclasses.replace(game.offers["bundle"], product_id="pack")
    world.snapshot = dataclasses.replace(game, offers_by_product={"pack": pack}, boards_on_xp=())
    world.run(Player(game).grant(sword=10))
    done = world.run(redeem("p", "r1", "pack", 2, catalog=world.snapshot))
    assert world.player("p").level == 2
    (mail,) = [fact for fact in done.facts if isinstance(fact, MailReceived)]
    assert dict(mail.items) == {"potion": 6, "sword": 2}
    for lesson in "abcd":
        world.run(activity("p", "lesson", lesson))
    (name,) = [fact.purchase_id for fact in done.facts if isinstance(fact, OfferPurchased)]
    take(world, name)
    assert world.player("p").level == 2
    with pytest.raises(MailNotFound):
        world.run(Player(game).claim(mail.mail_no))


def test_the_price_can_be_kept(world: World) -> None:
    name = bought(world, "potion")
    take(world, name, keep_price=True)
    assert (world.balance("p"), world.items("p")) == (990, {})


def test_spent_goods_are_refused_or_owed(world: World) -> None:
    name = bought(world, "bundle")
    world.run(debit("p", gems=22))
    with pytest.raises(AlreadySpent):
        take(world, name)
    assert world.items("p")
    take(world, name, Policy.DEBT)
    assert world.tables["wallets"]["p", "gems"][2::3] == (0, 2)
    assert world.balance("p") == 1000


def test_revoking_again_changes_nothing(world: World) -> None:
    name = bought(world, "potion")
    first = take(world, name, request_id="r")
    again = take(world, name, request_id="r")
    assert (again.replayed, again.facts) == (True, first.facts)
    other = take(world, name)
    assert other.result.already
    assert other.result.revoked_us == first.result.revoked_us
    assert not other.facts
    assert world.balance("p") == 1000


def test_what_is_not_there_cannot_be_revoked(world: World) -> None:
    with pytest.raises(PurchaseNotFound):
        take(world, "nothing")
    with pytest.raises(PlayerNotFound):
        world.run(undo("q", "nothing"))


def test_pieces_go_back_to_the_stock(world: World) -> None:
    names = [bought(world, "limited") for _ in range(3)]
    with pytest.raises(SoldOut):
        bought(world, "limited")
    take(world, names[0])
    assert world.tables["stock"]["offer:limited"][1:] == (3, 2)
    bought(world, "limited")


def test_pieces_go_back_to_the_players_limit_of_the_same_window(world: World) -> None:
    first, second = bought(world, "daily"), bought(world, "daily")
    take(world, first)
    third = bought(world, "daily")
    world.clock.value_us += DAY
    bought(world, "daily")
    take(world, second)
    take(world, third)
    assert world.tables["purchase_limits"]["p", "daily"][3] == 1, "today's count is today's"


def test_bought_and_undone_in_one_batch(world: World) -> None:
    before = what_counts(world)
    first = bought(world, "limited")
    world.batch(undo("p", first), buy("p", "limited"))
    (name,) = [key[1] for key in world.tables["purchases"] if key[1] != first]
    take(world, name)
    assert world.balance("p") == 1000
    assert what_counts(world)["items"] == before["items"]
    assert world.tables["stock"]["offer:limited"][2] == 0


def test_draws_stay_with_their_record(world: World) -> None:
    done = world.run(buy("p", "lucky"))
    (name,) = [f.purchase_id for f in done.facts if isinstance(f, OfferPurchased)]
    assert [f for f in done.facts if isinstance(f, LootDrawn)]
    taken = take(world, name)
    assert not [f for f in taken.facts if isinstance(f, LootDrawn)]
    assert (world.balance("p"), world.items("p")) == (1000, {})


def test_a_price_needs_room_and_its_currency(world: World) -> None:
    name = bought(world, "potion")
    currencies = dict(world.snapshot.currencies)
    coins = currencies.pop("coins")
    snapshot = world.snapshot
    world.snapshot = dataclasses.replace(snapshot, currencies=currencies)
    with pytest.raises(NotRevocable):
        take(world, name)
    currencies["coins"] = dataclasses.replace(coins, cap=995)
    world.snapshot = dataclasses.replace(snapshot, currencies=currencies)
    with pytest.raises(BalanceCap):
        take(world, name)
    take(world, name, keep_price=True)


def test_a_refund_pays_debts_first(world: World) -> None:
    world.run(activity("p", "lesson", "a"))
    name = bought(world, "potion")
    row = world.tables["wallets"]["p", "coins"]
    world.run(debit("p", coins=row[2]))
    row = world.tables["wallets"]["p", "coins"]
    world.tables["wallets"]["p", "coins"] = (*row[:5], 4)
    take(world, name)
    assert world.tables["wallets"]["p", "coins"][2::3] == (6, 0)


def test_the_best_gain_of_xp_is_worked_out_without_what_was_undone() -> None:
    world = World(
        snapshot_of(
            ECONOMY.replace(
                "id: xp_all, source: xp, period: all_time",
                "id: xp_all, source: xp, period: all_time, aggregation: max",
            )
        )
    )
    world.run(activity("p", "lesson", "a"))
    world.run(credit("p", coins=900))
    names = [bought(world, "bundle"), bought(world, "bundle", 2), bought(world, "bundle", 3)]
    found = []
    for name in reversed(names):
        take(world, name)
        found.append(world.scores("p")["xp_all||"])
    assert found == [100, 50, 25]


def test_items_follow_the_books(world: World) -> None:
    name = bought(world, "bundle")
    done = take(world, name)
    items = [fact for fact in done.facts if isinstance(fact, ItemChanged)]
    assert {(fact.item, fact.amount) for fact in items} == {("potion", -3), ("sword", -1)}
    assert {fact.counter_account for fact in items} == {f"clawback:{name}"}
