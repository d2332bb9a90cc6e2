"""Every field of the economy's messages arrives in its typed value, or goes out in its message."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

import renown
from renown._model.basics import WireEnum
from renown._wire import event, inventory, item, revocation, reward, store, trade, wallet
from renown.v1 import (
    currency_service_pb2,
    event_pb2,
    inventory_service_pb2,
    revocation_pb2,
    reward_pb2,
    store_service_pb2,
    trade_service_pb2,
)
from tests.kit.fields import differences, fill

CONVERTERS: list[tuple[type[Message], Callable[[Any], object]]] = [
    (currency_service_pb2.TransferResponse, wallet.transfer),
    (inventory_service_pb2.Item, inventory.item),
    (inventory_service_pb2.ItemChange, inventory.item_change),
    (inventory_service_pb2.Draw, inventory.draw),
    (inventory_service_pb2.MultiplierGrant, inventory.multiplier_grant),
    (inventory_service_pb2.Mail, inventory.mail),
    (inventory_service_pb2.RewardsReceived, inventory.rewards),
    (inventory_service_pb2.EquipItemResponse, inventory.equip_result),
    (inventory_service_pb2.EquippedItem, inventory.equipped_if_any),
    (inventory_service_pb2.ItemDefinitionView, item.item_definition),
    (inventory_service_pb2.GetItemDefinitionResponse, item.item_details),
    (reward_pb2.Reward, reward.reward),
    (revocation_pb2.Revocation, revocation.revocation),
    (revocation_pb2.Debt, revocation.debt),
    (store_service_pb2.Offer, store.offer),
    (store_service_pb2.PurchaseRecord, store.purchase),
    (store_service_pb2.PurchaseResponse, store.purchase_result),
    (store_service_pb2.RevokePurchaseResponse, store.purchase_revocation),
    (store_service_pb2.GetOddsResponse, store.odds_table),
    (store_service_pb2.DrawRecord, store.draw_record),
    (trade_service_pb2.Trade, trade.trade),
]


@pytest.mark.parametrize(("kind", "convert"), CONVERTERS, ids=[k.__name__ for k, _ in CONVERTERS])
def test_every_field_arrives(kind: type[Message], convert: Callable[[Any], object]) -> None:
    message = kind()
    fill(message, itertools.count(1))
    assert differences(message, convert(message), kind.__name__) == []


def test_what_is_unset_is_none() -> None:
    stack = inventory.item(inventory_service_pb2.Item(item_id="potion", quantity=3))
    unset = (stack.expires_at, stack.available_at, stack.active_until, stack.provenance)
    assert unset == (None, None, None, None)
    assert stack.cosmetic_kind is None

    definition = item.item_definition(inventory_service_pb2.ItemDefinitionView(item_id="potion"))
    assert (definition.lifetime, definition.cooldown) == (None, None)
    assert definition.available_until is None

    assert revocation.revocation(revocation_pb2.Revocation()).revoked_at is None
    assert trade.trade(trade_service_pb2.Trade()).ended_at is None


def test_an_empty_slot_holds_nothing() -> None:
    slot = inventory_service_pb2.EquippedItem(slot="head")
    sword = inventory_service_pb2.EquippedItem(slot="hand", item_id="sword", instance_id="7")
    response = inventory_service_pb2.EquipItemResponse(equipped=sword, unequipped=slot)
    result = inventory.equip_result(response)
    assert result.equipped == renown.EquippedItem("hand", "sword", "7")
    assert result.unequipped is None


@pytest.mark.parametrize(("sent", "left"), [(-1, None), (0, 0), (7, 7)])
def test_without_a_limit_nothing_remains_to_be_counted(sent: int, left: int | None) -> None:
    message = store_service_pb2.Offer(remaining_stock=sent, remaining_for_player=sent)
    offer = store.offer(message)
    assert (offer.remaining_stock, offer.remaining_for_player) == (left, left)


def test_a_price_is_what_a_purchase_expects() -> None:
    message = store_service_pb2.Offer()
    price = message.prices.add(discount_basis_points=2500)
    price.currencies.add(currency="coins", amount=75)
    price.currencies.add(currency="gems", amount=3)
    price.undiscounted.add(currency="coins", amount=100)
    assert store.offer(message).prices[0].amounts() == {"coins": 75, "gems": 3}


def test_definitions_last_and_cool_down_for_seconds() -> None:
    message = inventory_service_pb2.GetItemDefinitionResponse(
        item=inventory_service_pb2.ItemDefinitionView(lifetime_s=3600, cooldown_s=90),
        statistics=inventory_service_pb2.ItemStatistics(average_hold_s=86400),
    )
    details = item.item_details(message)
    assert details.item.lifetime == timedelta(hours=1)
    assert details.item.cooldown == timedelta(seconds=90)
    assert details.statistics.average_hold == timedelta(days=1)


def test_gifts_are_told_apart() -> None:
    gift = event_pb2.Gift(counterpart_id="bob", item_id="potion", quantity=2)
    sent = event.event(event_pb2.Event(gift_sent=gift)).payload
    received = event.event(event_pb2.Event(gift_received=gift)).payload
    assert type(sent) is renown.GiftSent
    assert type(received) is renown.GiftReceived
    assert (sent.counterpart_id, sent.quantity) == ("bob", 2)


def test_a_side_goes_and_comes_back() -> None:
    side = renown.TradeSide.of(
        {"coins": 5}, {"potion": 3}, {"i-1": "sword", "i-2": "sword"}, badges={"bronze": 2}
    )
    assert side == renown.TradeSide(
        currencies=(renown.CurrencyAmount("coins", 5),),
        items=(
            renown.TradeItem("potion", quantity=3),
            renown.TradeItem("sword", "i-1"),
            renown.TradeItem("sword", "i-2"),
        ),
        badges=(renown.TradeBadge("bronze", 2),),
    )
    message = trade_service_pb2.Trade(offered=trade.to_side(side))
    assert trade.trade(message).offered == side
    assert trade.trade(message).requested == renown.TradeSide()


def test_every_field_of_a_credit_goes_out() -> None:
    credit = renown.Credit("ada", {"coins": 5}, "r1", "quest", "Well done", "quest", "q1")
    message = wallet.to_credit(credit)
    unset = [f.name for f in message.DESCRIPTOR.fields if f not in dict(message.ListFields())]
    assert unset == []
    assert renown.Credit("ada", {}).request_id != renown.Credit("ada", {}).request_id


@pytest.mark.parametrize("wrong", [1.5, True, "3"])
def test_amounts_and_quantities_are_integers(wrong: Any) -> None:
    for write in (
        lambda: reward.to_item_amounts({"potion": wrong}),
        lambda: wallet.to_adjustments({"coins": wrong}),
        lambda: wallet.to_credit(renown.Credit("ada", {"coins": wrong})),
        lambda: trade.to_side(renown.TradeSide.of({"coins": wrong})),
        lambda: trade.to_side(renown.TradeSide.of(items={"potion": wrong})),
    ):
        with pytest.raises(TypeError, match="integers"):
            write()


@pytest.mark.parametrize(
    ("ours", "theirs", "prefix"),
    [
        (renown.ItemKind, inventory_service_pb2.ItemKind, "ITEM_KIND_"),
        (renown.CosmeticKind, inventory_service_pb2.CosmeticKind, "COSMETIC_KIND_"),
        (renown.Rarity, inventory_service_pb2.Rarity, "RARITY_"),
        (renown.ItemOverflow, inventory_service_pb2.ItemOverflow, "ITEM_OVERFLOW_"),
        (renown.RevokePolicy, revocation_pb2.RevokePolicy, "REVOKE_POLICY_"),
        (renown.TradeState, trade_service_pb2.TradeState, "TRADE_STATE_"),
    ],
)
def test_enums_are_those_of_the_contract(ours: type[WireEnum], theirs: Any, prefix: str) -> None:
    wanted = {name.removeprefix(prefix): number for name, number in theirs.items()}
    wanted["UNKNOWN"] = wanted.pop("UNSPECIFIED")
    assert {one.name: one.value for one in ours} == wanted
    assert ours(999) is ours(0)
