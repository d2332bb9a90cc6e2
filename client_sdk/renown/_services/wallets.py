"""`game.wallets`: balances and the ledger behind them."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack

from renown._caller import Caller
from renown._model.basics import new_id
from renown._model.wallet import Currency, Transaction, Wallet
from renown._pages import Page, Pages
from renown._wire import wallet as wire
from renown._wire.common import to_currency_amounts
from renown.v1 import currency_service_pb2 as pb
from renown.v1.currency_service_pb2_grpc import CurrencyServiceStub


class Posted(TypedDict, total=False):
    """What a ledger entry says besides the amounts.

    Attributes:
        event_type: the caller's word for what happened.
        description: a sentence for people.
        reference_type: the kind of thing it was about.
        reference_id: that thing's id in the caller's system.
    """

    event_type: str
    description: str
    reference_type: str
    reference_id: str


@dataclass(frozen=True, slots=True)
class Wallets:
    """Reads wallets and moves money. Amounts are minor units, as integers."""

    caller: Caller
    stub: CurrencyServiceStub

    async def get(self, player_id: str = "", *, timeout: float | None = None) -> Wallet:
        """Reads a player's balances.

        Raises:
            PlayerNotFound: there is no such player.
        """
        request = pb.GetWalletRequest(player_id=player_id)
        response = await self.caller.call(self.stub.GetWallet, request, timeout=timeout)
        return wire.wallet(response.wallet)

    async def credit(
        self,
        player_id: str,
        amounts: Mapping[str, int],
        *,
        request_id: str | None = None,
        timeout: float | None = None,
        **posted: Unpack[Posted],
    ) -> Transaction:
        """Gives a player money: all currencies together or none.

        Args:
            player_id: the player.
            amounts: what to give, by currency code.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.
            **posted: what the ledger says besides; see `Posted`.

        Raises:
            BalanceCap: a balance would pass its cap.
            UnknownCurrency, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.CreditRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            amounts=to_currency_amounts(amounts),
            **posted,
        )
        response = await self.caller.call(
            self.stub.Credit, request, timeout=timeout, request_id=request.request_id
        )
        return wire.transaction(response.transaction)

    async def debit(
        self,
        player_id: str,
        amounts: Mapping[str, int],
        *,
        request_id: str | None = None,
        timeout: float | None = None,
        **posted: Unpack[Posted],
    ) -> Transaction:
        """Takes money from a player: all currencies together or none.

        Arguments are those of `credit`.

        Raises:
            InsufficientFunds: a balance does not suffice; nothing was taken.
            UnknownCurrency, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.DebitRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            amounts=to_currency_amounts(amounts),
            **posted,
        )
        response = await self.caller.call(
            self.stub.Debit, request, timeout=timeout, request_id=request.request_id
        )
        return wire.transaction(response.transaction)

    def transactions(
        self,
        player_id: str = "",
        *,
        currency: str = "",
        event_type: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Transaction]:
        """Lists a player's ledger, the latest first.

        Args:
            player_id: the player; a player's own token may leave it out.
            currency: keeps transactions that moved this currency.
            event_type: keeps transactions of this event type.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[Transaction]:
            request = pb.ListTransactionsRequest(
                player_id=player_id,
                page_size=page_size,
                page_token=token,
                currency=currency,
                event_type=event_type,
            )
            response = await self.caller.call(self.stub.ListTransactions, request, timeout=timeout)
            items = tuple(wire.transaction(item) for item in response.transactions)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def currencies(self, *, timeout: float | None = None) -> list[Currency]:
        """Returns the currencies of the active catalog, by code."""

        async def fetch(page_token: str) -> Page[Currency]:
            request = pb.ListCurrenciesRequest(page_size=200, page_token=page_token)
            response = await self.caller.call(self.stub.ListCurrencies, request, timeout=timeout)
            items = tuple(wire.currency(item) for item in response.currencies)
            return Page(items, response.next_page_token)

        return await Pages(fetch, "").collect()
