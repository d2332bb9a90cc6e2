"""BatchCredit: each item on its own, and the same command as a Credit of its own."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from google.rpc import error_details_pb2

from renown.v1 import common_pb2
from renown.v1 import currency_service_pb2 as pb
from renown_server.calls import CallContext, Principal, PrincipalKind
from renown_server.currency.rpc import CurrencyServiceHandlers
from renown_server.engine.command import Command
from tests.kit.commands import create
from tests.kit.pure import World

CALL = CallContext(
    method="/renown.v1.CurrencyService/BatchCredit",
    principal=Principal(PrincipalKind.SERVER, "key:game"),
    deadline=float("inf"),
)


class Game:
    """The handlers over tables in memory."""

    def __init__(self, *players: str) -> None:
        self.world = World()
        self.world.batch(*[create(player) for player in players])
        nothing: Any = None
        engine: Any = SimpleNamespace(submit=self._submit, submit_many=self._submit_many)
        self.handlers = CurrencyServiceHandlers(
            engine=engine, wallets=nothing, sql=nothing, catalog=nothing, tokens=nothing
        )

    async def batch(self, *credits: pb.CreditRequest) -> list[pb.BatchCreditResponse.Item]:
        request = pb.BatchCreditRequest(credits=credits)
        return list((await self.handlers.batch_credit(request, CALL)).items)

    async def _submit(self, command: Command, deadline: float) -> Any:
        return self.world.run(command)

    async def _submit_many(self, commands: Sequence[Command], deadline: float) -> Any:
        return self.world.batch(*commands)


def credit(request_id: str, player_id: str = "p", **amounts: int) -> pb.CreditRequest:
    return pb.CreditRequest(
        request_id=request_id,
        player_id=player_id,
        amounts=[common_pb2.CurrencyAmount(currency=c, amount=a) for c, a in amounts.items()],
        description="found",
    )


def reason_of(item: pb.BatchCreditResponse.Item) -> str:
    info = error_details_pb2.ErrorInfo()
    assert item.WhichOneof("outcome") == "error"
    assert item.error.details[0].Unpack(info)
    return str(info.reason)


def fields_of(item: pb.BatchCreditResponse.Item) -> list[str]:
    found = error_details_pb2.BadRequest()
    assert item.error.details[1].Unpack(found)
    return [violation.field for violation in found.field_violations]


async def test_each_item_succeeds_or_fails_on_its_own() -> None:
    game = Game("p", "q")
    items = await game.batch(
        credit("1", coins=5),
        credit("2", coins=0),
        credit("3", "nobody", coins=5),
        credit("4", "q", coins=1, silver=1),
        credit("5", "q", gems=101),
        credit("6", "q", coins=3, gems=1),
        credit("7", coins=2),
        credit("bad id", coins=2),
    )
    outcomes = [item.WhichOneof("outcome") for item in items]
    assert outcomes == ["transaction", *["error"] * 4, "transaction", "transaction", "error"]
    assert [(p.amount, p.balance_after) for p in items[6].transaction.postings] == [(2, 7)]
    assert [p.currency for p in items[5].transaction.postings] == ["coins", "gems"]
    assert [reason_of(items[place]) for place in (2, 3, 4)] == [
        "PLAYER_NOT_FOUND",
        "UNKNOWN_CURRENCY",
        "BALANCE_CAP",
    ]
    assert fields_of(items[1]) == ["credits[1].amounts[0].amount"]
    assert fields_of(items[3]) == ["credits[3].amounts[1].currency"]
    assert fields_of(items[7]) == ["credits[7].request_id"]
    assert game.world.balance("p") == 7
    assert game.world.balance("q") == 3


async def test_a_request_id_within_a_call_is_a_retry() -> None:
    game = Game("p")
    same, again, other = await game.batch(
        credit("1", coins=5), credit("1", coins=5), credit("1", coins=6)
    )
    assert same == again
    assert reason_of(other) == "REQUEST_ID_REUSED"
    assert game.world.balance("p") == 5


@pytest.mark.parametrize("batch_first", [True, False])
async def test_it_is_the_command_of_a_credit(batch_first: bool) -> None:
    game = Game("p")
    request = credit("1", coins=5, gems=1)
    answers = []
    for in_batch in (batch_first, not batch_first):
        if in_batch:
            answers.append((await game.batch(request))[0].transaction)
        else:
            answers.append((await game.handlers.credit(request, CALL)).transaction)
    assert answers[0] == answers[1]
    assert game.world.balance("p") == 5


async def test_a_refusal_is_told_again_with_the_item_s_fields() -> None:
    game = Game("p")
    request = credit("1", silver=1)
    (first,) = await game.batch(request)
    _, second = await game.batch(credit("2", coins=1), request)
    assert fields_of(first) == ["credits[0].amounts[0].currency"]
    assert fields_of(second) == ["credits[1].amounts[0].currency"]
