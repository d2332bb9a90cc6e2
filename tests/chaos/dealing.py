"""Asking for deals by the bare stubs."""

from __future__ import annotations

from typing import Any

from google.protobuf.duration_pb2 import Duration

import renown
from renown.v1 import currency_service_pb2 as currency_pb
from renown.v1 import inventory_service_pb2 as inventory_pb
from renown.v1 import store_service_pb2 as store_pb
from renown.v1 import trade_service_pb2 as trade_pb
from renown.v1.common_pb2 import CurrencyAmount
from renown.v1.reward_pb2 import ItemAmount
from tests.chaos.deals import (
    CHEST,
    ORE,
    SCROLL,
    SWORD,
    Buy,
    Consume,
    Deal,
    End,
    Grant,
    Open,
    Propose,
    Side,
    Transfer,
)


async def ask_deal(client: renown.Client, deal: Deal, timeout_s: float) -> Any:
    """Sends one request, once."""
    stub, request = _call(client, deal)
    return await stub(request, timeout=timeout_s)


def _call(client: renown.Client, deal: Deal) -> tuple[Any, Any]:
    fields: Any = {"request_id": deal.id, "player_id": deal.player}
    raw = client.raw
    match deal:
        case Grant():
            fields["items"] = [ItemAmount(item_id=deal.item, quantity=deal.quantity)]
            return raw.inventory.GrantItems, inventory_pb.GrantItemsRequest(**fields)
        case Buy():
            return raw.store.Purchase, store_pb.PurchaseRequest(offer_id=deal.offer, **fields)
        case Consume():
            consume = inventory_pb.ConsumeItemRequest(item_id=SCROLL, **fields)
            return raw.inventory.ConsumeItem, consume
        case Open():
            opening = inventory_pb.OpenContainerRequest(item_id=CHEST, **fields)
            return raw.inventory.OpenContainer, opening
        case Transfer():
            fields["receiver_id"] = deal.companion
            fields["amounts"] = [CurrencyAmount(currency="coins", amount=deal.amount)]
            return raw.currency.Transfer, currency_pb.TransferRequest(**fields)
        case Propose():
            return raw.trade.ProposeTrade, _proposal(deal, fields)
        case End(accepted=True):
            accept = trade_pb.AcceptTradeRequest(trade_id=deal.trade_id, **fields)
            return raw.trade.AcceptTrade, accept
        case End():
            cancel = trade_pb.CancelTradeRequest(trade_id=deal.trade_id, **fields)
            return raw.trade.CancelTrade, cancel


def _proposal(deal: Propose, fields: Any) -> trade_pb.ProposeTradeRequest:
    if deal.lifetime_s:
        fields["lifetime"] = Duration(seconds=deal.lifetime_s)
    return trade_pb.ProposeTradeRequest(
        partner_id=deal.companion,
        offered=_side(deal.offered),
        requested=_side(deal.requested),
        **fields,
    )


def _side(side: Side) -> trade_pb.TradeSide:
    message = trade_pb.TradeSide()
    if side.coins:
        message.currencies.add(currency="coins", amount=side.coins)
    if side.ore:
        message.items.add(item_id=ORE, quantity=side.ore)
    if side.sword:
        message.items.add(item_id=SWORD, instance_id=side.sword, quantity=1)
    return message
