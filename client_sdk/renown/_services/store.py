"""`game.store`: offers, purchases, receipts, odds and draws."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from renown._caller import Caller
from renown._model.basics import new_id
from renown._model.revocation import RevokePolicy
from renown._model.store import (
    DrawRecord,
    OddsTable,
    Offer,
    Purchase,
    PurchaseResult,
    PurchaseRevocation,
)
from renown._pages import Page, Pages
from renown._wire import store as wire
from renown._wire.common import to_currency_amounts
from renown._wire.scalars import to_quantity
from renown.v1 import revocation_pb2
from renown.v1 import store_service_pb2 as pb
from renown.v1.store_service_pb2_grpc import StoreServiceStub


@dataclass(frozen=True, slots=True)
class Store:
    """Sells, and tells what loot tables give. Amounts are minor units, as integers.

    A player's own token may leave `player_id` empty.
    """

    caller: Caller
    stub: StoreServiceStub

    def offers(
        self,
        player_id: str = "",
        *,
        category: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Offer]:
        """Lists the offers on sale now, by id, as this player finds them.

        Args:
            player_id: the player.
            category: keeps offers of this category.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[Offer]:
            request = pb.ListOffersRequest(
                player_id=player_id, page_size=page_size, page_token=token, category=category
            )
            response = await self.caller.call(self.stub.ListOffers, request, timeout=timeout)
            items = tuple(wire.offer(item) for item in response.offers)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def purchase(
        self,
        player_id: str,
        offer_id: str,
        *,
        quantity: int = 1,
        price_option: int = 0,
        expected: Mapping[str, int] | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> PurchaseResult:
        """Buys an offer: the price and the goods move together or not at all.

        Args:
            player_id: who buys and pays.
            offer_id: the offer.
            quantity: how many, 1 to 1,000.
            price_option: the place of the price among the offer's prices.
            expected: the price the player was shown, for the whole quantity;
                if it is another one now, nothing is bought. See `Price.amounts`.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            InsufficientFunds: a balance does not suffice.
            NotOnSale, LevelTooLow, PurchaseLimit, SoldOut, ItemLimit: this
                player can't buy so many now.
            PriceChanged: the price is not the expected one.
            InventoryFull, BalanceCap: what it gives finds no room.
            OfferNotFound, PlayerNotFound, PriceOutOfRange, RequestIdReused: as
                they say.
        """
        request = pb.PurchaseRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            offer_id=offer_id,
            quantity=to_quantity(quantity),
            price_option=price_option,
            expected=to_currency_amounts(expected or {}),
        )
        response = await self.caller.call(
            self.stub.Purchase, request, timeout=timeout, request_id=request.request_id
        )
        return wire.purchase_result(response)

    def purchases(
        self,
        player_id: str = "",
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Purchase]:
        """Lists a player's purchases, the latest first.

        Args:
            player_id: the player.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[Purchase]:
            request = pb.ListPurchasesRequest(
                player_id=player_id, page_size=page_size, page_token=token
            )
            response = await self.caller.call(self.stub.ListPurchases, request, timeout=timeout)
            items = tuple(wire.purchase(item) for item in response.purchases)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def odds(
        self, player_id: str, table_id: str, *, timeout: float | None = None
    ) -> OddsTable:
        """Tells how likely each entry of a loot table is for this player's next draw.

        Raises:
            LootTableNotFound, PlayerNotFound: as they say.
        """
        request = pb.GetOddsRequest(player_id=player_id, table_id=table_id)
        return wire.odds_table(await self.caller.call(self.stub.GetOdds, request, timeout=timeout))

    def draws(
        self,
        player_id: str = "",
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[DrawRecord]:
        """Lists a player's draws from loot tables, the latest first.

        Arguments are those of `purchases`.
        """

        async def fetch(token: str) -> Page[DrawRecord]:
            request = pb.ListDrawsRequest(
                player_id=player_id, page_size=page_size, page_token=token
            )
            response = await self.caller.call(self.stub.ListDraws, request, timeout=timeout)
            items = tuple(wire.draw_record(item) for item in response.draws)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def redeem(
        self,
        player_id: str,
        product_id: str,
        *,
        provider: str,
        receipt_id: str,
        quantity: int = 1,
        timeout: float | None = None,
    ) -> Purchase:
        """Gives what was bought with real money elsewhere; for servers that verified it.

        The receipt is the permanent key: asking again gives the same answer
        for ever, and the goods once.

        Args:
            player_id: who bought.
            product_id: that store's id of what was bought.
            provider: the store that sold it, such as `apple` or `roblox`.
            receipt_id: that store's id of the sale.
            quantity: how many, 1 to 1,000.
            timeout: seconds for all attempts together.

        Raises:
            ReceiptUsed: it was redeemed for another player, product or quantity.
            MailboxFull: what finds no room is sent, and too much mail waits.
            ItemLimit: the game gives out no more of an item.
            OfferNotFound, PlayerNotFound: as they say. Each of these may be tried
                again: a refusal redeems nothing.
        """
        request = pb.RedeemReceiptRequest(
            provider=provider,
            receipt_id=receipt_id,
            player_id=player_id,
            product_id=product_id,
            quantity=to_quantity(quantity),
        )
        response = await self.caller.call(
            self.stub.RedeemReceipt, request, timeout=timeout, request_id=receipt_id
        )
        return wire.purchase(response.purchase)

    async def revoke_purchase(
        self,
        player_id: str,
        purchase_id: str,
        *,
        reason: str,
        policy: RevokePolicy = RevokePolicy.REFUSE,
        keep_price: bool = False,
        validate_only: bool = False,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> PurchaseRevocation:
        """Undoes a purchase: takes back what it gave, gives back the price; for operators.

        Needs Role.ECONOMY. Revoking again changes nothing.

        Args:
            player_id: who bought.
            purchase_id: the purchase.
            reason: kept in the audit.
            policy: what to do about what is spent already.
            keep_price: does not give the price back.
            validate_only: tells what would be done, and does nothing.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            AlreadySpent: something is spent and the policy is to refuse.
            BalanceCap: the price given back finds no room.
            NotRevocable: there is nothing to take back.
            PurchaseNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.RevokePurchaseRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            purchase_id=purchase_id,
            reason=reason,
            policy=revocation_pb2.RevokePolicy.ValueType(policy.value),
            validate_only=validate_only,
            keep_price=keep_price,
        )
        response = await self.caller.call(
            self.stub.RevokePurchase, request, timeout=timeout, request_id=request.request_id
        )
        return wire.purchase_revocation(response)
