"""TradeService: messages ↔ domain."""

from __future__ import annotations

import asyncpg

from renown.v1 import trade_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.engine.clock import Clock
from renown_server.engine.command import RequestKey
from renown_server.engine.engine import Engine
from renown_server.engine.gather import Gather
from renown_server.errors import PlayerNotFound, SamePlayer, TradeNotFound
from renown_server.profile.profiles import PlayerView
from renown_server.storage.reader import reaching
from renown_server.trade import store
from renown_server.trade.commands import AcceptTrade, CancelTrade, ProposeBody, ProposeTrade
from renown_server.trade.state import Side, TradeItem, TradeView
from renown_server.wire.pages import PageTokens, page_size
from renown_server.wire.timestamps import from_duration, set_timestamp


class TradeServiceHandlers:
    """Answers TradeService.

    Args:
        engine: carries trades out.
        trades: reads trades, gathered.
        pool: reads lists.
        views: knows who exists.
        clock: says what has expired.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        trades: Gather[str, TradeView],
        pool: asyncpg.Pool,
        views: Gather[str, PlayerView],
        clock: Clock,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._trades = trades
        self._pool = pool
        self._views = views
        self._clock = clock
        self._tokens = tokens

    async def propose_trade(
        self, request: pb.ProposeTradeRequest, call: CallContext
    ) -> pb.ProposeTradeResponse:
        """Proposes a trade."""
        if request.partner_id == request.player_id:
            raise SamePlayer("partner_id")
        principal = call.principal.id
        lifetime_us = 0
        if request.HasField("lifetime"):
            lifetime_us = from_duration(request.lifetime, "lifetime")
        body = ProposeBody(
            request_id=request.request_id,
            player_id=request.player_id,
            partner_id=request.partner_id,
            offered=_side(request.offered),
            requested=_side(request.requested),
            message=request.message,
            lifetime_us=lifetime_us,
        )
        command = ProposeTrade(
            key=RequestKey(principal, body.request_id),
            players=(body.player_id, body.partner_id),
            principal=principal,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        response = pb.ProposeTradeResponse()
        _fill(response.trade, done.result_as(TradeView))
        return response

    async def accept_trade(
        self, request: pb.AcceptTradeRequest, call: CallContext
    ) -> pb.AcceptTradeResponse:
        """Carries a trade out."""
        response = pb.AcceptTradeResponse()
        _fill(response.trade, await self._end(AcceptTrade, request, call))
        return response

    async def cancel_trade(
        self, request: pb.CancelTradeRequest, call: CallContext
    ) -> pb.CancelTradeResponse:
        """Ends a trade."""
        response = pb.CancelTradeResponse()
        _fill(response.trade, await self._end(CancelTrade, request, call))
        return response

    async def _end(
        self,
        kind: type[AcceptTrade] | type[CancelTrade],
        request: pb.AcceptTradeRequest | pb.CancelTradeRequest,
        call: CallContext,
    ) -> TradeView:
        principal = call.principal.id
        trade = await self._trade_of(request.player_id, request.trade_id)
        command = kind(
            trade,
            key=RequestKey(principal, request.request_id),
            principal=principal,
            player_id=request.player_id,
        )
        done = await self._engine.submit(command, call.deadline)
        return done.result_as(TradeView)

    async def _trade_of(self, player_id: str, trade_id: str) -> TradeView:
        """A trade in which a player has a part, as it was noted down last.

        Raises:
            TradeNotFound: there is none.
        """
        trade = await self._trades.get(trade_id)
        if trade is None or not trade.counterpart(player_id):
            raise TradeNotFound(trade_id)
        return trade

    async def get_trade(
        self, request: pb.GetTradeRequest, call: CallContext
    ) -> pb.GetTradeResponse:
        """Reads a trade."""
        trade = await self._trade_of(request.player_id, request.trade_id)
        response = pb.GetTradeResponse()
        _fill(response.trade, trade.at(self._clock.now_us()))
        return response

    async def list_trades(
        self, request: pb.ListTradesRequest, call: CallContext
    ) -> pb.ListTradesResponse:
        """Reads a page of a player's trades."""
        filters = (request.player_id, request.state)
        position = self._tokens.decode("ListTrades", filters, request.page_token)
        size = page_size(request.page_size)
        now_us = self._clock.now_us()
        with reaching():
            found = await store.list_trades(
                self._pool,
                request.player_id,
                before=(int(position[0]), str(position[1])) if position else None,
                size=size + 1,
                state=request.state,
                now_us=now_us,
            )
        if not found and await self._views.get(request.player_id) is None:
            raise PlayerNotFound(request.player_id)
        response = pb.ListTradesResponse()
        for trade in found[:size]:
            _fill(response.trades.add(), trade.at(now_us))
        if len(found) > size:
            last = found[size - 1]
            response.next_page_token = self._tokens.encode(
                "ListTrades", filters, (last.created_us, last.trade_id)
            )
        return response


def _side(side: pb.TradeSide) -> Side:
    return Side(
        currencies=tuple([(money.currency, money.amount) for money in side.currencies]),
        items=tuple(
            [TradeItem(item.item_id, item.instance_id, item.quantity or 1) for item in side.items]
        ),
        badges=tuple([(each.badge_id, each.quantity or 1) for each in side.badges]),
    )


def _fill_side(message: pb.TradeSide, side: Side) -> None:
    for currency, amount in side.currencies:
        message.currencies.add(currency=currency, amount=amount)
    for each in side.items:
        message.items.add(item_id=each.item, instance_id=each.instance, quantity=each.quantity)
    for badge, quantity in side.badges:
        message.badges.add(badge_id=badge, quantity=quantity)


def _fill(message: pb.Trade, trade: TradeView) -> None:
    message.trade_id = trade.trade_id
    message.proposer_id = trade.proposer_id
    message.partner_id = trade.partner_id
    message.offered.SetInParent()
    _fill_side(message.offered, trade.offered)
    message.requested.SetInParent()
    _fill_side(message.requested, trade.requested)
    message.state = trade.state  # type: ignore[assignment]  # the values are the same
    message.message = trade.message
    set_timestamp(message.created_at, trade.created_us)
    set_timestamp(message.expires_at, trade.expires_us)
    if trade.ended_us:
        set_timestamp(message.ended_at, trade.ended_us)
