"""The README's code runs as it stands."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

import renown
from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import common_pb2, event_pb2, event_service_pb2
from renown.v1 import currency_service_pb2 as currency_pb
from tests.integration.sdk_fakes import FakeServer, answer, refuse
from tests.kit.readme import python_blocks, run_program, run_snippets

README = Path(__file__).parents[2] / "client_sdk" / "README.md"
COINS = common_pb2.CurrencyChange(currency="coins", amount=10, balance_after=60)


def earned(activity: activity_pb.Activity) -> activity_pb.ActivityResult:
    return activity_pb.ActivityResult(
        player_id=activity.player_id,
        activity_id=activity.activity_id,
        xp=activity_pb.XpChange(amount=25, total=125, level=2, level_before=1),
        currencies=[COINS],
    )


def record(request: Any, context: Any) -> activity_pb.RecordActivityResponse:
    return activity_pb.RecordActivityResponse(result=earned(request.activity))


def record_batch(request: Any, context: Any) -> activity_pb.BatchRecordActivitiesResponse:
    batch = activity_pb.BatchRecordActivitiesResponse
    return batch(items=[batch.Item(result=earned(item)) for item in request.activities])


async def rewards(
    request: Any, context: Any
) -> AsyncIterator[event_service_pb2.StreamEventsResponse]:
    paid = event_pb2.Event(player_id="ada", sequence=2, currency_changed=COINS)
    gained = event_pb2.Event(player_id="ada", sequence=1, xp_gained=event_pb2.XpGained(amount=25))
    yield event_service_pb2.StreamEventsResponse(events=[gained, paid], cursor="2")
    await asyncio.Event().wait()


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        running.on("RecordActivity", record)
        running.on("BatchRecordActivities", record_batch)
        running.on("StreamEvents", rewards)
        short = {"currency": "coins", "needed": "1000000", "available": "60"}
        running.on(
            "Debit",
            refuse(grpc.StatusCode.FAILED_PRECONDITION, "INSUFFICIENT_FUNDS", metadata=short),
        )
        balance = currency_pb.Balance(currency="coins", amount=60)
        running.on(
            "GetWallet",
            answer(currency_pb.GetWalletResponse(wallet=currency_pb.Wallet(balances=[balance]))),
        )
        yield running


async def test_the_first_program_runs(server: FakeServer) -> None:
    program = python_blocks(README)[0]
    printed = await asyncio.to_thread(run_program, program, server.address, "k_test.secret")
    assert printed == "25 XP, level 2\n+10 coins, now 60\n"


async def test_the_snippets_run(server: FakeServer, capsys: pytest.CaptureFixture[str]) -> None:
    async with renown.connect(server.address, key="k_test.secret") as game:
        names = await asyncio.wait_for(run_snippets(python_blocks(README)[1:], game), 30)
    assert names["bookmark"] == "2"
    printed = capsys.readouterr().out
    for line in ("60 coins", "eve has 125 XP", "999940 coins missing", "True", "+10 coins"):
        assert line in printed.splitlines()
