"""`game.trades`: exchanges between two players."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from renown._caller import Caller
from renown._model.basics import new_id
from renown._model.trade import Trade, TradeSide, TradeState
from renown._pages import Page, Pages
from renown._wire import trade as wire
from renown._wire.scalars import to_duration
from renown.v1 import trade_service_pb2 as pb
from renown.v1.trade_service_pb2_grpc import TradeServiceStub

NOTHING = TradeSide()
"""What a side gives that is not named: with it a trade is a gift or a plea."""


@dataclass(frozen=True, slots=True)
class Trades:
    """Proposes, accepts and cancels trades.

    What the proposer offers is held until the trade ends. It ends for both
    players at once, or not at all. A player's own token may leave `player_id`
    empty.
    """

    caller: Caller
    stub: TradeServiceStub

    async def propose(
        self,
        player_id: str,
        partner_id: str,
        *,
        offered: TradeSide = NOTHING,
        requested: TradeSide = NOTHING,
        message: str = "",
        lifetime: timedelta | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Trade:
        """Offers a trade and holds what is offered.

        Args:
            player_id: the proposer.
            partner_id: who may accept it.
            offered: what the proposer gives; see `TradeSide.of`.
            requested: what the partner would give.
            message: for the partner.
            lifetime: how long it stays open; None is the catalog's longest.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            InsufficientFunds, InsufficientItems, InsufficientBadges: the proposer has
                too little.
            NotTradeable, ItemEquipped, BadgeInUse, AccountTooNew, TradeLimit: this
                trade is not allowed.
            SamePlayer, UnknownItem, UnknownCurrency, ItemNotFound, BadgeNotFound,
                PlayerNotFound, RequestIdReused, InvalidArgument: as they say.
        """
        request = pb.ProposeTradeRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            partner_id=partner_id,
            offered=wire.to_side(offered),
            requested=wire.to_side(requested),
            message=message,
            lifetime=to_duration(lifetime),
        )
        response = await self.caller.call(
            self.stub.ProposeTrade, request, timeout=timeout, request_id=request.request_id
        )
        return wire.trade(response.trade)

    async def accept(
        self,
        player_id: str,
        trade_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Trade:
        """Carries a trade out; only its partner may.

        Args:
            player_id: the partner.
            trade_id: the trade.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            TradeEnded: it is not open any more; `state` says how it ended.
            InsufficientFunds, InsufficientItems, InsufficientBadges: the partner has
                too little.
            ItemEquipped, BadgeInUse, AccountTooNew: the partner can't trade this now.
            NotTradeable: the catalog no longer allows it.
            GiftLimit: one side gives nothing, and it is too much for a gift.
            InventoryFull, BalanceCap, ItemLimit, BadgeLimit: what one gets finds no room.
            TradeNotFound, PlayerNotFound, CascadeTooLong, RequestIdReused: as they say.
        """
        request = pb.AcceptTradeRequest(
            request_id=request_id or new_id(), player_id=player_id, trade_id=trade_id
        )
        response = await self.caller.call(
            self.stub.AcceptTrade, request, timeout=timeout, request_id=request.request_id
        )
        return wire.trade(response.trade)

    async def cancel(
        self,
        player_id: str,
        trade_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Trade:
        """Ends a trade; what was held goes back. Its partner declines it so.

        Arguments are those of `accept`, of either player.

        Raises:
            TradeEnded: it is not open any more.
            TradeNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.CancelTradeRequest(
            request_id=request_id or new_id(), player_id=player_id, trade_id=trade_id
        )
        response = await self.caller.call(
            self.stub.CancelTrade, request, timeout=timeout, request_id=request.request_id
        )
        return wire.trade(response.trade)

    async def get(self, player_id: str, trade_id: str, *, timeout: float | None = None) -> Trade:
        """Reads one of a player's trades.

        Raises:
            TradeNotFound: there is none, or it is not this player's.
        """
        request = pb.GetTradeRequest(player_id=player_id, trade_id=trade_id)
        response = await self.caller.call(self.stub.GetTrade, request, timeout=timeout)
        return wire.trade(response.trade)

    def list(
        self,
        player_id: str = "",
        *,
        state: TradeState | None = None,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Trade]:
        """Lists a player's trades, on either side, the latest first.

        Args:
            player_id: the player.
            state: keeps trades in this state.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[Trade]:
            request = pb.ListTradesRequest(
                player_id=player_id,
                page_size=page_size,
                page_token=token,
                state=pb.TradeState.ValueType(state.value if state else 0),
            )
            response = await self.caller.call(self.stub.ListTrades, request, timeout=timeout)
            items = tuple(wire.trade(item) for item in response.trades)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)
