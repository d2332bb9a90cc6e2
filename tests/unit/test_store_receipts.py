"""Receipts: permanent keys, and goods that were paid for and are never refused for want of room."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from renown.v1 import store_service_pb2 as pb
from renown_server import errors
from renown_server.engine.command import Recorded
from renown_server.engine.facts import MailReceived, OfferPurchased, RewardOverflowed
from renown_server.store.render import fill_purchase
from renown_server.store.rpc import _purchased
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import create, credit
from tests.kit.economy import ECONOMY
from tests.kit.pure import World
from tests.kit.store import buy, redeem

_SWORDS = """
  - id: swords
    contents: {items: [{item_id: sword, quantity: 6}]}
    product_id: swords
    min_level: 20
    limit_per_player: 1
    stock: 1
    available_until: 2026-01-01T00:00:00Z
  - id: levels
    contents: {xp: 900}
    product_id: levels
  - {id: grabs, contents: {loot: [{table_id: grab, rolls: 100}]}, product_id: grabs}
rotations:
"""
GAME = snapshot_of(ECONOMY.replace("rotations:\n", _SWORDS.lstrip("\n")))


@pytest.fixture
def world() -> World:
    """Two players with nothing."""
    world = World(GAME)
    world.run(create("p"))
    world.run(create("q"))
    return world


def take(world: World, *args: Any, **fields: Any) -> Recorded:
    return world.run(redeem(*args, catalog=GAME, **fields))


def forget(world: World) -> None:
    """What happens to requests after eight days."""
    world.tables["requests"].clear()


def answer(done: Recorded) -> bytes:
    message = pb.PurchaseRecord()
    fill_purchase(message, _purchased("p", done))
    return message.SerializeToString(deterministic=True)


def test_a_receipt_is_redeemed_once_and_answered_for_ever(world: World) -> None:
    first = take(world, "p", "r1")
    assert world.balance("p", "gems") == 50
    found = [take(world, "p", "r1")]
    # Another server asks.
    found.append(take(world, "p", "r1", principal="key:other"))
    forget(world)
    found.append(take(world, "p", "r1"))
    found.append(take(world, "p", "r1", principal="key:other"))
    # As it is read back from the database.
    read = msgspec.json.decode(msgspec.json.encode(found[-1].result))
    found.append(msgspec.structs.replace(found[-1], result=read))
    assert {answer(done) for done in found} == {answer(first)}
    assert world.balance("p", "gems") == 50
    assert len(world.tables["purchases"]) == len(world.tables["receipts"]) == 1


@pytest.mark.parametrize("late", [False, True])
def test_a_receipt_is_not_redeemed_for_anything_else(world: World, late: bool) -> None:
    take(world, "p", "r1")
    before = world.tables["receipts"].copy()
    for other in (
        redeem("q", "r1", catalog=GAME),
        redeem("p", "r1", quantity=2, catalog=GAME),
        redeem("p", "r1", "levels", catalog=GAME),
        redeem("p", "r1", "no_product", catalog=GAME),
    ):
        if late:
            forget(world)
        with pytest.raises(errors.ReceiptUsed):
            world.run(other)
        # Its owner still gets the answer: the refusal has left no trace under the key.
        assert take(world, "p", "r1").result is None or late
    assert world.tables["receipts"] == before
    assert world.balance("p", "gems") == 50
    assert world.balance("q", "gems") == 0


def test_receipts_of_two_stores_may_have_one_id(world: World) -> None:
    take(world, "p", "r1", provider="apple")
    take(world, "p", "r1", provider="google")
    assert world.balance("p", "gems") == 100


def test_two_players_in_one_batch(world: World) -> None:
    first, second = world.batch(redeem("p", "r1", catalog=GAME), redeem("q", "r1", catalog=GAME))
    assert isinstance(first, Recorded)
    assert isinstance(second, errors.ReceiptUsed)


def test_a_refused_receipt_can_be_redeemed_later(world: World) -> None:
    for n in range(5):
        # Gems are capped at 100: the third goes by mail, until the mailbox is full.
        take(world, "p", f"r{n}", quantity=2)
    take(world, "p", "r5", quantity=2)
    with pytest.raises(errors.MailboxFull):
        take(world, "p", "r6")
    assert ("apple", "r6") not in world.tables["receipts"]
    world.run(create("s"))
    assert isinstance(take(world, "s", "r6").facts[0], OfferPurchased)


def test_an_unknown_product_is_not_found_and_can_be_mended(world: World) -> None:
    with pytest.raises(errors.OfferNotFound):
        take(world, "p", "r1", "gems_5")
    take(world, "p", "r1")
    assert world.balance("p", "gems") == 50


def test_nothing_of_the_stores_is_asked(world: World) -> None:
    """No window, level, limit or stock: it was paid."""
    take(world, "p", "r1", "swords")
    assert len(world.items("p")) == 6
    assert not world.tables["purchase_limits"]
    assert "offer:swords" not in world.tables["stock"]
    with pytest.raises(errors.NotOnSale):
        world.run(buy("p", "swords", catalog=GAME))


def test_what_finds_no_room_is_sent(world: World) -> None:
    take(world, "p", "r1", "swords")
    done = take(world, "p", "r2", "swords")
    assert len(world.items("p")) == 10
    overflowed = [fact for fact in done.facts if isinstance(fact, RewardOverflowed)]
    assert [(fact.item, fact.amount, fact.policy) for fact in overflowed] == [
        ("sword", 2, "mailbox")
    ]
    (mail,) = [fact for fact in done.facts if isinstance(fact, MailReceived)]
    assert mail.items == (("sword", 2),)


def test_money_beyond_the_cap_is_sent(world: World) -> None:
    world.run(credit("p", gems=80))
    done = take(world, "p", "r1")
    assert world.balance("p", "gems") == 100
    (mail,) = [fact for fact in done.facts if isinstance(fact, MailReceived)]
    assert mail.currencies == (("gems", 30),)


def test_rewards_of_levels_that_find_no_room_are_sent_as_well(world: World) -> None:
    take(world, "p", "r1", "swords")
    take(world, "p", "r2", "swords", quantity=2)
    done = take(world, "p", "r3", "levels")
    assert world.player("p").level == 10
    sent = [item for fact in done.facts if isinstance(fact, MailReceived) for item in fact.items]
    assert {("potion", 1), ("chest", 1)} <= set(sent)


def test_more_draws_than_one_command_makes(world: World) -> None:
    with pytest.raises(errors.InvalidArgument):
        take(world, "p", "r1", "grabs", quantity=3)
    assert len(take(world, "p", "r1", "grabs", quantity=2).facts) >= 201
