"""Postgres stopped at once under load: callers hear that, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import grpc.aio

import renown
from renown import errors
from renown._status import from_rpc_error
from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import currency_service_pb2 as currency_pb
from renown.v1 import event_service_pb2 as event_pb
from renown.v1 import leaderboard_service_pb2 as leaderboard_pb
from renown.v1 import player_profile_service_pb2 as player_pb
from tests.chaos.asking import ATTEMPT_S
from tests.chaos.lengths import rounds, runs
from tests.chaos.scene import Scene, playing
from tests.chaos.site import Site
from tests.kit.eventually import eventually

AWAY = ("UNAVAILABLE", "STORAGE_UNAVAILABLE")


@runs("native")
async def test_an_immediate_stop_of_postgres_loses_nothing(
    site: Site, transport: str, seconds: float
) -> None:
    await site.serve(transport)
    workers = site.server.workers()
    async with playing(site, f"postgres-{transport}-{seconds:.0f}") as scene:
        for _ in rounds(1, seconds):
            await scene.load.progress(150)
            await asyncio.to_thread(site.servers.kill_postgres)
            try:
                await _heard(scene)
                await _reads_say_so(scene)
            finally:
                await asyncio.to_thread(site.servers.restart_postgres)
            await scene.load.progress(150)
        assert site.server.workers() == workers, f"workers have ended:\n{site.server.words()}"


async def _heard(scene: Scene) -> None:
    """Waits until callers are told."""
    failures = scene.load.journal.failures
    target = failures[AWAY] + 10

    async def told() -> bool:
        return failures[AWAY] >= target

    try:
        await eventually(told, 60)
    except AssertionError as error:
        raise AssertionError(scene.load.journal.report()) from error


async def _reads_say_so(scene: Scene) -> None:
    """Whatever reads Postgres is refused with the moment to try again, or answers without it."""
    player = scene.load.alone[0]
    reads = _reads(scene.clients[0], player)
    answers = await asyncio.gather(*reads.values(), return_exceptions=True)
    for name, answer in zip(reads, answers, strict=True):
        if isinstance(answer, grpc.aio.AioRpcError):
            error = from_rpc_error(answer)
            assert isinstance(error, errors.StorageUnavailable | errors.DeadlineExceeded), (
                f"{name} without Postgres: {error!r}"
            )
            if isinstance(error, errors.StorageUnavailable):
                assert error.retry_after, f"{name} says not when to try again: {error!r}"


def _reads(client: renown.Client, player: str) -> dict[str, Coroutine[Any, Any, Any]]:
    raw = client.raw

    async def read(method: Any, request: Any) -> Any:
        return await method(request, timeout=ATTEMPT_S)

    activity = activity_pb.Activity(player_id=player, type="lesson_completed")
    return {
        "GetPlayer": read(
            raw.player_profile.GetPlayer, player_pb.GetPlayerRequest(player_id=player)
        ),
        "ListXpHistory": read(
            raw.player_profile.ListXpHistory, player_pb.ListXpHistoryRequest(player_id=player)
        ),
        "GetWallet": read(raw.currency.GetWallet, currency_pb.GetWalletRequest(player_id=player)),
        "ListTransactions": read(
            raw.currency.ListTransactions, currency_pb.ListTransactionsRequest(player_id=player)
        ),
        "ListActivities": read(
            raw.activity.ListActivities, activity_pb.ListActivitiesRequest(player_id=player)
        ),
        "ExplainActivity": read(
            raw.activity.ExplainActivity,
            activity_pb.ExplainActivityRequest(player_id=player, activity_id="a1"),
        ),
        "SimulateActivity": read(
            raw.activity.SimulateActivity, activity_pb.SimulateActivityRequest(activity=activity)
        ),
        "ListEvents": read(raw.event.ListEvents, event_pb.ListEventsRequest(player_id=player)),
        "GetRank": read(
            raw.leaderboard.GetRank,
            leaderboard_pb.GetRankRequest(
                leaderboard_id="xp_all_time", player_id=player, neighbors=5
            ),
        ),
        "ListEntries": read(
            raw.leaderboard.ListEntries,
            leaderboard_pb.ListEntriesRequest(leaderboard_id="xp_all_time", page_size=10),
        ),
    }
