"""StoreService: messages ↔ domain. `revoke_rpc.py` has what undoes a purchase."""

from __future__ import annotations

from typing import Any

import asyncpg

from renown.v1 import store_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.engine.clock import Clock
from renown_server.engine.command import Recorded
from renown_server.engine.engine import Engine
from renown_server.errors import InvalidArgument, LootTableNotFound, PlayerNotFound
from renown_server.events.goods import fill_draw
from renown_server.inventory.queries import player_exists
from renown_server.store import queries
from renown_server.store.commands import (
    EarlierPurchase,
    PurchaseBody,
    ReceiptBody,
    purchase,
    redeem_receipt,
)
from renown_server.store.odds import fill_odds, items_of, stock_of
from renown_server.store.render import bought_in, fill_offer, fill_payments, fill_purchase
from renown_server.store.shelves import Sale, sale_of
from renown_server.store.state import Purchased
from renown_server.wire.pages import PageTokens, page_size
from renown_server.wire.timestamps import set_timestamp

_LAST = 2**62
"""Above all sequences and moments."""


class StoreServiceHandlers:
    """Answers StoreService.

    Args:
        engine: carries out purchases.
        pool: reads offers' stock, purchases and draws.
        catalog: knows the offers.
        clock: says what is on sale now.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        pool: asyncpg.Pool,
        catalog: CatalogHolder,
        clock: Clock,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._pool = pool
        self._catalog = catalog
        self._clock = clock
        self._tokens = tokens

    async def list_offers(
        self, request: pb.ListOffersRequest, call: CallContext
    ) -> pb.ListOffersResponse:
        """Lists what is on sale now, by id."""
        filters = (request.player_id, request.category)
        position = self._tokens.decode("ListOffers", filters, request.page_token)
        size = page_size(request.page_size)
        now_us = self._clock.now_us()
        found = self._on_sale(request.category, str(position[0]) if position else "", now_us)
        sales = found[:size]
        buyer = await queries.find_buyer(
            self._pool,
            request.player_id,
            [sale.offer.id for sale in sales if sale.offer.limit_per_player],
            [sale.stock_id for sale in sales if sale.stock_id],
            achievements=any(sale.offer.achievements for sale in sales),
        )
        if buyer is None:
            raise PlayerNotFound(request.player_id)
        response = pb.ListOffersResponse()
        progression = self._catalog.current.progression
        for sale in sales:
            fill_offer(response.offers.add(), sale, buyer, progression, now_us)
        if len(found) > size:
            last = (sales[-1].offer.id,)
            response.next_page_token = self._tokens.encode("ListOffers", filters, last)
        return response

    def _on_sale(self, category: str, after: str, now_us: int) -> list[Sale]:
        catalog = self._catalog.current
        sales = [
            sale_of(offer, catalog.rotations, now_us)
            for offer in catalog.offers.values()
            if offer.id > after and (not category or offer.category == category)
        ]
        return [sale for sale in sales if sale is not None]

    async def purchase(self, request: pb.PurchaseRequest, call: CallContext) -> pb.PurchaseResponse:
        """Buys an offer."""
        principal = call.principal.id
        body = PurchaseBody(
            request_id=request.request_id,
            player_id=request.player_id,
            offer_id=request.offer_id,
            quantity=request.quantity or 1,
            price_option=request.price_option,
            expected=_expected(request),
        )
        command = purchase(body, principal, self._catalog.current, self._clock.now_us())
        done = await self._engine.submit(command, call.deadline)
        response = pb.PurchaseResponse()
        fill_purchase(response.purchase, _purchased(body.player_id, done))
        fill_payments(response, done.facts)
        return response

    async def redeem_receipt(
        self, request: pb.RedeemReceiptRequest, call: CallContext
    ) -> pb.RedeemReceiptResponse:
        """Gives what was bought for real money."""
        body = ReceiptBody(
            provider=request.provider,
            receipt_id=request.receipt_id,
            player_id=request.player_id,
            product_id=request.product_id,
            quantity=request.quantity or 1,
        )
        command = redeem_receipt(body, call.principal.id, self._catalog.current)
        done = await self._engine.submit(command, call.deadline)
        found = _purchased(body.player_id, done)
        found.provider, found.receipt_id = body.key
        response = pb.RedeemReceiptResponse()
        fill_purchase(response.purchase, found)
        return response

    async def list_purchases(
        self, request: pb.ListPurchasesRequest, call: CallContext
    ) -> pb.ListPurchasesResponse:
        """Lists a player's purchases, the latest first."""
        filters = (request.player_id,)
        position: Any = self._tokens.decode("ListPurchases", filters, request.page_token)
        size = page_size(request.page_size)
        rows, more = await queries.list_purchases(
            self._pool, request.player_id, before=position or (_LAST, ""), size=size
        )
        if not rows:
            await self._check_player(request.player_id)
        response = pb.ListPurchasesResponse()
        for row in rows:
            fill_purchase(response.purchases.add(), row)
        if more:
            last = (rows[-1].purchased_us, rows[-1].purchase_id)
            response.next_page_token = self._tokens.encode("ListPurchases", filters, last)
        return response

    async def get_odds(self, request: pb.GetOddsRequest, call: CallContext) -> pb.GetOddsResponse:
        """Reads the odds of a player's next draw."""
        catalog = self._catalog.current
        now_us = self._clock.now_us()
        table = catalog.loot_tables.get(request.table_id)
        if table is None:
            raise LootTableNotFound(request.table_id)
        drawer = await queries.find_drawer(
            self._pool, request.player_id, items_of(table), stock_of(catalog, table), now_us
        )
        if drawer is None:
            raise PlayerNotFound(request.player_id)
        response = pb.GetOddsResponse()
        fill_odds(response, catalog, table, drawer, now_us)
        return response

    async def list_draws(
        self, request: pb.ListDrawsRequest, call: CallContext
    ) -> pb.ListDrawsResponse:
        """Lists a player's draws, the latest first.

        A command's draws share a row: a position is the row's sequence, and how many of its draws
        are left to show.
        """
        filters = (request.player_id,)
        position: Any = self._tokens.decode("ListDraws", filters, request.page_token)
        up_to, left = position or (_LAST, _LAST)
        size = page_size(request.page_size)
        response = pb.ListDrawsResponse()
        last = (0, 0)
        async for row in queries.walk_draws(self._pool, request.player_id, up_to=up_to):
            end = min(left, len(row.draws)) if row.sequence == up_to else len(row.draws)
            for place in reversed(range(end)):
                if len(response.draws) == size:
                    response.next_page_token = self._tokens.encode("ListDraws", filters, last)
                    return response
                record = response.draws.add(command_id=row.command_id)
                fill_draw(record.draw, row.draws[place], row.catalog_version)
                set_timestamp(record.recorded_at, row.recorded_at_us)
                last = (row.sequence, place)
        if not response.draws:
            await self._check_player(request.player_id)
        return response

    async def _check_player(self, player_id: str) -> None:
        if not await player_exists(self._pool, player_id):
            raise PlayerNotFound(player_id)


def _expected(request: pb.PurchaseRequest) -> tuple[tuple[str, int], ...]:
    seen: dict[str, int] = {}
    for place, item in enumerate(request.expected):
        if item.currency in seen:
            raise InvalidArgument(f"expected[{place}].currency", f"{item.currency!r} stands twice")
        seen[item.currency] = item.amount
    return tuple(sorted(seen.items()))


def _purchased(player_id: str, done: Recorded) -> Purchased:
    """A purchase as its command recorded it, or as a receipt found it again."""
    if done.result is not None:
        earlier = done.result_as(EarlierPurchase)
        return Purchased(
            player_id,
            earlier.purchase_id,
            earlier.offer,
            earlier.quantity,
            earlier.facts,
            earlier.catalog_version,
            earlier.purchased_us,
        )
    _, bought = bought_in(done.facts)
    return Purchased(
        player_id,
        bought.purchase_id,
        bought.offer,
        bought.quantity,
        done.facts,
        done.catalog_version,
        done.recorded_at_us,
    )
