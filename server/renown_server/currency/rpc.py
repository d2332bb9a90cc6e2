"""CurrencyService: messages ↔ domain."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from renown.v1 import currency_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.snapshot import Currency
from renown_server.currency import store
from renown_server.currency.commands import Credit, Debit, MoveBody
from renown_server.engine.clock import to_us
from renown_server.engine.command import Recorded, RequestKey
from renown_server.engine.engine import Engine
from renown_server.engine.facts import CurrencyChanged
from renown_server.engine.gather import Gather
from renown_server.errors import PlayerNotFound
from renown_server.wire.pages import PageTokens, page_size
from renown_server.wire.timestamps import to_timestamp

Request = pb.CreditRequest | pb.DebitRequest


class CurrencyServiceHandlers:
    """Answers CurrencyService.

    Args:
        engine: carries out credits and debits.
        wallets: reads wallets, gathered.
        sql: reads the ledger.
        catalog: knows the currencies.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        wallets: Gather[str, list[store.BalanceRow]],
        sql: AsyncEngine,
        catalog: CatalogHolder,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._wallets = wallets
        self._sql = sql
        self._catalog = catalog
        self._tokens = tokens

    async def get_wallet(
        self, request: pb.GetWalletRequest, call: CallContext
    ) -> pb.GetWalletResponse:
        """Reads balances."""
        balances = await self._wallets.get(request.player_id)
        if balances is None:
            raise PlayerNotFound(request.player_id)
        wallet = pb.Wallet(player_id=request.player_id)
        for row in balances:
            wallet.balances.add(
                currency=row.currency,
                amount=row.amount,
                lifetime_earned=row.earned,
                lifetime_spent=row.spent,
            )
        return pb.GetWalletResponse(wallet=wallet)

    async def list_transactions(
        self, request: pb.ListTransactionsRequest, call: CallContext
    ) -> pb.ListTransactionsResponse:
        """Reads a page of the ledger."""
        filters = (request.player_id, request.currency, request.event_type)
        position = self._tokens.decode("ListTransactions", filters, request.page_token)
        size = page_size(request.page_size)
        rows = await store.list_entries(
            self._sql,
            request.player_id,
            before=int(position[0]) if position else None,
            size=size + 1,
            currency=request.currency,
            event_type=request.event_type,
        )
        if not rows and await self._wallets.get(request.player_id) is None:
            raise PlayerNotFound(request.player_id)
        response = pb.ListTransactionsResponse(
            transactions=[_transaction_of_row(row) for row in rows[:size]]
        )
        if len(rows) > size:
            last = (int(rows[size - 1].sequence),)
            response.next_page_token = self._tokens.encode("ListTransactions", filters, last)
        return response

    async def list_currencies(
        self, request: pb.ListCurrenciesRequest, call: CallContext
    ) -> pb.ListCurrenciesResponse:
        """Lists the catalog's currencies."""
        found, next_page_token = self._tokens.page_of(
            "ListCurrencies",
            self._catalog.current.currencies,
            request.page_size,
            request.page_token,
        )
        return pb.ListCurrenciesResponse(
            currencies=[_currency(currency) for currency in found],
            next_page_token=next_page_token,
        )

    async def credit(self, request: pb.CreditRequest, call: CallContext) -> pb.CreditResponse:
        """Gives money."""
        principal = call.principal.id
        command = Credit(**_command(request, principal))
        done = await self._engine.submit(command, call.deadline)
        return pb.CreditResponse(transaction=_transaction(request, "credit", principal, done))

    async def debit(self, request: pb.DebitRequest, call: CallContext) -> pb.DebitResponse:
        """Takes money."""
        principal = call.principal.id
        command = Debit(**_command(request, principal))
        done = await self._engine.submit(command, call.deadline)
        return pb.DebitResponse(transaction=_transaction(request, "debit", principal, done))


def _currency(currency: Currency) -> pb.CurrencyInfo:
    return pb.CurrencyInfo(
        code=currency.code,
        name=currency.name,
        description=currency.description,
        decimals=currency.decimals,
        cap=currency.cap,
        premium=currency.premium,
        giftable=currency.giftable,
        icon=currency.icon,
    )


def _command(request: Request, principal: str) -> dict[str, Any]:
    body = MoveBody(
        request_id=request.request_id,
        player_id=request.player_id,
        amounts=tuple([(item.currency, item.amount) for item in request.amounts]),
        event_type=request.event_type,
        description=request.description,
        reference_type=request.reference_type,
        reference_id=request.reference_id,
    )
    return {
        "key": RequestKey(principal, request.request_id),
        "players": (request.player_id,),
        "principal": principal,
        "body": body,
    }


def _transaction(
    request: Request, event_type: str, principal: str, done: Recorded
) -> pb.Transaction:
    transaction = pb.Transaction(
        player_id=request.player_id,
        event_type=request.event_type or event_type,
        description=request.description,
        reference_type=request.reference_type,
        reference_id=request.reference_id,
        awarded_by=principal,
        command_id=request.request_id,
        recorded_at=to_timestamp(done.recorded_at_us),
    )
    for place, fact in enumerate(done.facts):
        if isinstance(fact, CurrencyChanged):
            if not transaction.transaction_id:
                transaction.transaction_id = str(done.first_sequence + place)
            transaction.postings.add(
                currency=fact.currency,
                amount=fact.amount,
                balance_after=fact.balance_after,
                counter_account=fact.counter_account,
                reason=fact.rule,
            )
    return transaction


def _transaction_of_row(row: Any) -> pb.Transaction:
    transaction = pb.Transaction(
        transaction_id=str(row.sequence),
        player_id=row.player_id,
        event_type=row.event_type,
        description=row.description,
        reference_type=row.reference_type,
        reference_id=row.reference_id,
        awarded_by=row.awarded_by,
        command_id=row.command_id,
        recorded_at=to_timestamp(to_us(row.recorded_at)),
    )
    columns = zip(
        row.currencies,
        row.amounts,
        row.balances_after,
        row.counter_accounts,
        row.rules,
        strict=True,
    )
    for currency, amount, balance_after, counter_account, rule in columns:
        transaction.postings.add(
            currency=currency,
            amount=amount,
            balance_after=balance_after,
            counter_account=counter_account,
            reason=rule,
        )
    return transaction
