"""`game.wallets`: balances and the ledger behind them."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

from renown._caller import Caller
from renown._error import RenownError
from renown._model.basics import new_id
from renown._model.wallet import Credit, Currency, Transaction, Transfer, Wallet
from renown._pages import Page, Pages
from renown._status import from_status
from renown._wire import wallet as wire
from renown._wire.common import to_currency_amounts
from renown.v1 import currency_service_pb2 as pb
from renown.v1.currency_service_pb2_grpc import CurrencyServiceStub

CreditOutcome = Transaction | RenownError
"""What became of one credit of a batch."""


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

    async def credit_batch(
        self, credits: Sequence[Credit], *, timeout: float | None = None
    ) -> list[CreditOutcome]:
        """Gives up to 1,000 players money, the credits of one player in order.

        Returns:
            for each credit, in order, its ledger entry or the error that
            refused it. An error does not disturb the others; where it is
            `retryable`, send the same `Credit` again.
        """
        request = pb.BatchCreditRequest(credits=[wire.to_credit(credit) for credit in credits])
        response = await self.caller.call(self.stub.BatchCredit, request, timeout=timeout)
        return [
            from_status(item.error, credit.request_id)
            if item.WhichOneof("outcome") == "error"
            else wire.transaction(item.transaction)
            for credit, item in zip(credits, response.items, strict=True)
        ]

    async def transfer(
        self,
        player_id: str,
        receiver_id: str,
        amounts: Mapping[str, int],
        *,
        message: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Transfer:
        """Gives another player money of giftable currencies: all together or none.

        Args:
            player_id: the giver; a player's own token may leave it empty.
            receiver_id: who gets it.
            amounts: what to give, by currency code. A fee, where the currency
                has one, is taken from what the receiver gets.
            message: for the receiver.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            InsufficientFunds: the giver's balance does not suffice.
            NotGiftable, GiftLimit, AccountTooNew: this gift is not allowed.
            BalanceCap: the receiver's balance would pass its cap.
            SamePlayer, UnknownCurrency, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.TransferRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            receiver_id=receiver_id,
            amounts=to_currency_amounts(amounts),
            message=message,
        )
        response = await self.caller.call(
            self.stub.Transfer, request, timeout=timeout, request_id=request.request_id
        )
        return wire.transfer(response)

    async def adjust(
        self,
        player_id: str,
        amounts: Mapping[str, int],
        *,
        reason: str,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Transaction:
        """Corrects balances by hand, all together or none; for operators (Role.ECONOMY).

        Args:
            player_id: the player.
            amounts: the signed changes, by currency code; none may be 0.
            reason: kept in the audit and the ledger.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            InsufficientFunds: a balance would fall below zero.
            BalanceCap: a balance would pass its cap.
            UnknownCurrency, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.AdjustBalanceRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            adjustments=wire.to_adjustments(amounts),
            reason=reason,
        )
        response = await self.caller.call(
            self.stub.AdjustBalance, request, timeout=timeout, request_id=request.request_id
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
