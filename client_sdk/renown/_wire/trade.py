"""Trades."""

from __future__ import annotations

from renown._model.trade import Trade, TradeBadge, TradeItem, TradeSide, TradeState
from renown._wire.common import currency_amounts
from renown._wire.scalars import (
    check_integers,
    check_quantities,
    moment,
    moment_if_set,
    to_quantity,
)
from renown.v1 import common_pb2
from renown.v1 import trade_service_pb2 as pb


def trade(message: pb.Trade) -> Trade:
    """Reads a Trade."""
    return Trade(
        trade_id=message.trade_id,
        proposer_id=message.proposer_id,
        partner_id=message.partner_id,
        offered=_side(message.offered),
        requested=_side(message.requested),
        state=TradeState(message.state),
        message=message.message,
        created_at=moment(message.created_at),
        expires_at=moment(message.expires_at),
        ended_at=moment_if_set(message, "ended_at"),
    )


def _side(message: pb.TradeSide) -> TradeSide:
    return TradeSide(
        currencies=currency_amounts(message.currencies),
        items=tuple(
            TradeItem(item.item_id, item.instance_id, item.quantity) for item in message.items
        ),
        badges=tuple(TradeBadge(item.badge_id, item.quantity) for item in message.badges),
    )


def to_side(side: TradeSide) -> pb.TradeSide:
    """Writes a TradeSide.

    Raises:
        TypeError: an amount or a quantity is not an int.
        ValueError: a quantity is 0.
    """
    check_integers("amounts", {item.currency: item.amount for item in side.currencies})
    check_quantities({item.item_id: item.quantity for item in side.items})
    check_quantities({item.badge_id: item.quantity for item in side.badges})
    return pb.TradeSide(
        currencies=[
            common_pb2.CurrencyAmount(currency=item.currency, amount=item.amount)
            for item in side.currencies
        ],
        items=[
            pb.TradeItem(
                item_id=item.item_id,
                instance_id=item.instance_id,
                quantity=to_quantity(item.quantity),
            )
            for item in side.items
        ],
        badges=[
            pb.TradeBadge(badge_id=item.badge_id, quantity=to_quantity(item.quantity))
            for item in side.badges
        ],
    )
