"""Gifts: messages ↔ domain. Transfer is a CurrencyService's RPC, GiftItem an InventoryService's."""

from __future__ import annotations

from renown.v1 import currency_service_pb2, inventory_service_pb2
from renown_server.calls import CallContext
from renown_server.currency.rpc import fill_transaction
from renown_server.engine.command import RequestKey
from renown_server.engine.engine import Engine
from renown_server.engine.facts import ItemChanged
from renown_server.errors import SamePlayer
from renown_server.events.goods import fill_item_change
from renown_server.inventory.gifts_commands import (
    GiftItem,
    GiftItemBody,
    Received,
    Transfer,
    TransferBody,
)


class GiftHandlers:
    """Answers the RPCs of gifts.

    Args:
        engine: carries them out.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def transfer(
        self, request: currency_service_pb2.TransferRequest, call: CallContext
    ) -> currency_service_pb2.TransferResponse:
        """Gives another player money."""
        if request.receiver_id == request.player_id:
            raise SamePlayer("receiver_id")
        principal = call.principal.id
        body = TransferBody(
            request_id=request.request_id,
            player_id=request.player_id,
            receiver_id=request.receiver_id,
            amounts=tuple([(item.currency, item.amount) for item in request.amounts]),
            message=request.message,
        )
        command = Transfer(
            key=RequestKey(principal, body.request_id),
            players=(body.player_id, body.receiver_id),
            principal=principal,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        response = currency_service_pb2.TransferResponse()
        fill_transaction(response.transaction, body, body.event_type, principal, done)
        for currency, amount in done.result_as(Received).amounts:
            response.received.add(currency=currency, amount=amount)
        return response

    async def gift_item(
        self, request: inventory_service_pb2.GiftItemRequest, call: CallContext
    ) -> inventory_service_pb2.GiftItemResponse:
        """Gives another player an item."""
        if request.receiver_id == request.player_id:
            raise SamePlayer("receiver_id")
        principal = call.principal.id
        body = GiftItemBody(
            request_id=request.request_id,
            player_id=request.player_id,
            receiver_id=request.receiver_id,
            item_id=request.item_id,
            instance_id=request.instance_id,
            quantity=request.quantity or 1,
            message=request.message,
        )
        command = GiftItem(
            key=RequestKey(principal, body.request_id),
            players=(body.player_id, body.receiver_id),
            principal=principal,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        response = inventory_service_pb2.GiftItemResponse()
        for fact in done.facts:
            if type(fact) is ItemChanged:
                fill_item_change(response.items.add(), fact)
        return response
