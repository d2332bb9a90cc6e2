"""Asking for operations: once, or again and again until they are acknowledged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import grpc.aio

import renown
from renown import errors
from renown._status import from_rpc_error, from_status
from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import currency_service_pb2 as currency_pb
from renown.v1 import leaderboard_service_pb2 as leaderboard_pb
from renown.v1.common_pb2 import CurrencyAmount
from tests.chaos.dealing import ask_deal
from tests.chaos.journal import Journal
from tests.chaos.model import Activity, Move, Operation, Score

RefusalT = TypeVar("RefusalT", bound=errors.RenownError)

ATTEMPT_S = 6.0
SETTLE_S = 90.0
"""How long one operation is asked for again before that is a failure."""


class Asker:
    """Asks for operations until they are acknowledged.

    Args:
        clients: of one installation; each attempt takes any of them.
        journal: where answers are noted.
        chance: decides.
    """

    def __init__(
        self, clients: Sequence[renown.Client], journal: Journal, chance: random.Random
    ) -> None:
        self.journal = journal
        self._clients = clients
        self._chance = chance

    async def settle(self, operation: Operation, *, raw: bool = True) -> Any:
        """Asks for an operation until it is answered well; returns the answer.

        Raises:
            AssertionError: it gets another answer, or none for too long.
        """
        ask = ask_raw if raw else ask_sdk
        answer = await self.repeat(lambda client: ask(client, operation))
        self.journal.acknowledge(operation, answer, raw=raw)
        return answer

    async def settle_batch(self, activities: Sequence[Activity]) -> list[Any]:
        """Asks for activities in one call, again with all of them until each is answered well."""
        request = activity_pb.BatchRecordActivitiesRequest(
            activities=[_activity(activity) for activity in activities]
        )

        async def ask(client: renown.Client) -> list[Any]:
            call = client.raw.activity.BatchRecordActivities(request, timeout=ATTEMPT_S)
            items = (await call).items
            failed = [item.error for item in items if item.WhichOneof("outcome") == "error"]
            if failed:
                raise from_status(failed[0])
            return [item.result for item in items]

        answers: list[Any] = await self.repeat(ask)
        for activity, answer in zip(activities, answers, strict=True):
            response = activity_pb.RecordActivityResponse(result=answer)
            self.journal.acknowledge(activity, response, raw=True)
        return answers

    async def settle_or_refused(
        self, operation: Operation, refusal: type[RefusalT]
    ) -> Any | RefusalT:
        """Like `settle`, but a refusal of this kind is an answer, if it comes twice the same."""

        async def ask(client: renown.Client) -> Any | RefusalT:
            try:
                return await ask_raw(client, operation)
            except grpc.aio.AioRpcError as cause:
                error = from_rpc_error(cause)
                if isinstance(error, refusal):
                    return error
                raise

        first = await self.repeat(ask)
        if not isinstance(first, refusal):
            self.journal.acknowledge(operation, first, raw=True)
            return first
        again = await self.repeat(ask)
        assert isinstance(again, refusal), f"{operation}: first {first!r}, then {again!r}"
        assert again.metadata == first.metadata, f"{operation}: first {first!r}, then {again!r}"
        self.journal.refused.add((operation.player, operation.id))
        return first

    async def repeat(self, ask: Callable[[renown.Client], Coroutine[Any, Any, Any]]) -> Any:
        """Asks until there is an answer that is not a reason to ask again."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + SETTLE_S
        while True:
            started = clock()
            try:
                answer = await ask(self._chance.choice(self._clients))
            except grpc.aio.AioRpcError as cause:
                failure = from_rpc_error(cause)
            except errors.RenownError as error:
                failure = error
            else:
                self.journal.slowest_s = max(self.journal.slowest_s, clock() - started)
                return answer
            self.journal.note(failure)
            assert clock() < deadline, f"no good answer in {SETTLE_S} s, lastly {failure!r}"
            asked_s = failure.retry_after.total_seconds() if failure.retry_after else 0.0
            await asyncio.sleep(asked_s + self._chance.uniform(0.05, 0.4))


async def ask_raw(client: renown.Client, operation: Operation) -> Any:
    """Sends one request by the bare stub, once."""
    match operation:
        case Activity():
            request = activity_pb.RecordActivityRequest(activity=_activity(operation))
            return await client.raw.activity.RecordActivity(request, timeout=ATTEMPT_S)
        case Move():
            money = [CurrencyAmount(currency=operation.currency, amount=abs(operation.amount))]
            fields: Any = {
                "request_id": operation.id,
                "player_id": operation.player,
                "amounts": money,
            }
            if operation.amount > 0:
                credit = currency_pb.CreditRequest(**fields)
                return await client.raw.currency.Credit(credit, timeout=ATTEMPT_S)
            debit = currency_pb.DebitRequest(**fields)
            return await client.raw.currency.Debit(debit, timeout=ATTEMPT_S)
        case Score():
            score = leaderboard_pb.SubmitScoreRequest(
                request_id=operation.id,
                player_id=operation.player,
                leaderboard_id=operation.board,
                score=operation.value,
            )
            return await client.raw.leaderboard.SubmitScore(score, timeout=ATTEMPT_S)
        case _:
            return await ask_deal(client, operation, ATTEMPT_S)


async def ask_sdk(client: renown.Client, operation: Operation) -> Any:
    """Carries out an operation that is no deal by the SDK, which retries by itself."""
    player, key = operation.player, operation.id
    match operation:
        case Activity():
            return await client.activities.record(
                player,
                operation.kind,
                activity_id=key,
                perfect=operation.perfect,
                amount=operation.amount if operation.kind == "task_completed" else 0,
                metrics=_metrics(operation),
                context=_context(operation),
            )
        case Move() if operation.amount > 0:
            money = {operation.currency: operation.amount}
            return await client.wallets.credit(player, money, request_id=key)
        case Move():
            money = {operation.currency: -operation.amount}
            return await client.wallets.debit(player, money, request_id=key)
        case Score():
            return await client.leaderboards.submit(
                operation.board, player, operation.value, request_id=key
            )
        case _:
            raise AssertionError(f"deals are asked for by the stubs: {operation}")


def _activity(operation: Activity) -> activity_pb.Activity:
    return activity_pb.Activity(
        player_id=operation.player,
        activity_id=operation.id,
        type=operation.kind,
        amount=operation.amount if operation.kind == "task_completed" else 0,
        metrics=_metrics(operation),
        context=_context(operation),
        performance=activity_pb.Performance(perfect=True) if operation.perfect else None,
    )


def _metrics(operation: Activity) -> dict[str, int]:
    name = {"lesson_completed": "study_minutes", "hours_logged": "hours"}.get(operation.kind)
    return {name: operation.amount} if name else {}


def _context(operation: Activity) -> dict[str, str]:
    return {"difficulty": "easy"} if operation.kind == "course_completed" else {}
