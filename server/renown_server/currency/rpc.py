"""CurrencyService: messages ↔ domain."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from renown.v1 import currency_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.snapshot import Currency
from renown_server.currency import store
from renown_server.currency.commands import AdjustBalance, AdjustBody, Credit, Debit, MoveBody
from renown_server.engine.clock import to_us
from renown_server.engine.command import Recorded, RequestKey
from renown_server.engine.engine import Engine
from renown_server.engine.facts import CurrencyChanged
from renown_server.engine.gather import Gather
from renown_server.errors import PlayerNotFound, RenownError
from renown_server.wire import validation
from renown_server.wire.outcomes import inside, item_status
from renown_server.wire.pages import PageTokens, page_size
from renown_server.wire.timestamps import set_timestamp, to_timestamp


class Request(Protocol):
    """What a ledger entry says of the request that made it."""

    @property
    def request_id(self) -> str:
        """The caller's name of it."""

    @property
    def player_id(self) -> str:
        """Whose money moved."""

    @property
    def event_type(self) -> str:
        """The caller's word for what happened; may be empty."""

    @property
    def description(self) -> str:
        """A sentence for people."""

    @property
    def reference_type(self) -> str:
        """The kind of thing it was about."""

    @property
    def reference_id(self) -> str:
        """That thing's id."""


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
        wallet = pb.Wallet()
        fill_wallet(wallet, request.player_id, balances)
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
        response = pb.CreditResponse()
        fill_transaction(response.transaction, command.body, "credit", principal, done)
        return response

    async def debit(self, request: pb.DebitRequest, call: CallContext) -> pb.DebitResponse:
        """Takes money."""
        principal = call.principal.id
        command = Debit(**_command(request, principal))
        done = await self._engine.submit(command, call.deadline)
        response = pb.DebitResponse()
        fill_transaction(response.transaction, command.body, "debit", principal, done)
        return response

    async def batch_credit(
        self, request: pb.BatchCreditRequest, call: CallContext
    ) -> pb.BatchCreditResponse:
        """Gives money to many, each on its own."""
        principal = call.principal.id
        commands = [
            _credit_of_item(credit, f"credits[{place}]", principal)
            for place, credit in enumerate(request.credits)
        ]
        outcomes = iter(
            await self._engine.submit_many(
                [command for command in commands if isinstance(command, Credit)], call.deadline
            )
        )
        response = pb.BatchCreditResponse()
        for place, command in enumerate(commands):
            item = response.items.add()
            if not isinstance(command, Credit):
                item.error.CopyFrom(item_status(command))
                continue
            outcome = next(outcomes)
            if isinstance(outcome, Recorded):
                fill_transaction(item.transaction, command.body, "credit", principal, outcome)
            else:
                item.error.CopyFrom(item_status(inside(outcome, f"credits[{place}]")))
        return response

    async def adjust_balance(
        self, request: pb.AdjustBalanceRequest, call: CallContext
    ) -> pb.AdjustBalanceResponse:
        """Corrects balances."""
        principal = call.principal.id
        body = AdjustBody(
            request_id=request.request_id,
            player_id=request.player_id,
            adjustments=tuple([(item.currency, item.amount) for item in request.adjustments]),
            reason=request.reason,
        )
        command = AdjustBalance(
            key=RequestKey(principal, body.request_id),
            players=(body.player_id,),
            principal=principal,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        response = pb.AdjustBalanceResponse()
        fill_transaction(response.transaction, body, body.event_type, principal, done)
        return response


def fill_wallet(wallet: pb.Wallet, player_id: str, balances: list[store.BalanceRow]) -> None:
    """Says what a player has."""
    wallet.player_id = player_id
    for row in balances:
        wallet.balances.add(
            currency=row.currency,
            amount=row.amount,
            lifetime_earned=row.earned,
            lifetime_spent=row.spent,
            debt=row.debt,
        )


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


def _credit_of_item(request: pb.CreditRequest, prefix: str, principal: str) -> Credit | RenownError:
    try:
        validation.check(request, prefix)
    except RenownError as error:
        return error
    return Credit(**_command(request, principal))


def _command(request: pb.CreditRequest | pb.DebitRequest, principal: str) -> dict[str, Any]:
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


def fill_transaction(
    transaction: pb.Transaction, request: Request, event_type: str, principal: str, done: Recorded
) -> None:
    """Says what a request did to its player's money.

    Args:
        transaction: to be filled.
        request: what was asked for.
        event_type: what happened, if the request has no word for it.
        principal: who asked.
        done: what was done.
    """
    # Set in place: nested messages given to a constructor are copied, which took twice as long.
    # A command's body is read faster than a message.
    transaction.player_id = request.player_id
    transaction.event_type = request.event_type or event_type
    if request.description:
        transaction.description = request.description
    if request.reference_type:
        transaction.reference_type = request.reference_type
    if request.reference_id:
        transaction.reference_id = request.reference_id
    transaction.awarded_by = principal
    transaction.command_id = request.request_id
    set_timestamp(transaction.recorded_at, done.recorded_at_us)
    postings = transaction.postings
    for place, fact in enumerate(done.facts):
        if type(fact) is CurrencyChanged:
            if not postings:
                transaction.transaction_id = str(done.first_sequence + place)
            postings.add(
                currency=fact.currency,
                amount=fact.amount,
                balance_after=fact.balance_after,
                counter_account=fact.counter_account,
                reason=fact.rule,
            )


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
