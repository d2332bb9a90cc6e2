"""Starting over on the wire: what it leaves, and what acts from then on."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf.json_format import ParseDict

from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import activity_service_pb2_grpc as activity_grpc
from renown.v1 import player_profile_service_pb2 as pb
from renown.v1 import player_profile_service_pb2_grpc as pb_grpc
from renown_server.storage.embedded import EmbeddedServers
from tests.e2e.conftest import TRANSPORTS, Running, running_server
from tests.kit.eventually import eventually

GAME = """
name: prestige
currencies: [{code: coins}]
metrics: [{id: lessons}]
levels:
  linear: {base: 100}
  hard_cap: 5
  soft_cap: 3
  soft_cap_rate_basis_points: 5000
  rewards: [{every_levels: 1, currencies: [{currency: coins, amount: 10}]}]
bonuses: {prestige_basis_points: 1000}
activity_types:
  - {id: lesson, base_xp: 20, counts: [lessons]}
  - {id: marathon, base_xp: 1000, counts: [lessons]}
achievements:
  - {id: risen, requirements: {type: threshold, conditions: [{stat: prestige, value: 1}]},
     rewards: {currencies: [{currency: coins, amount: 500}]}}
  - {id: anew, reset_on_prestige: true, requirements: {conditions: [{metric: lessons, value: 1}]},
     rewards: {titles: [novice]}}
titles: [{id: novice, name: Novice}, {id: ghost, secret: true}]
streaks: [{id: daily}]
leaderboards: [{id: xp_all, source: xp, period: all_time}]
prestige: {resets: [metrics, streaks, quests, currencies], reset_currencies: [coins]}
"""

_numbers = itertools.count(1)


@dataclass
class Game:
    """Calls to one server as a game, or as an operator."""

    channel: grpc.aio.Channel
    running: Running

    async def call(self, rpc: str, request: Any, *, operator: bool = False) -> Any:
        """One call of PlayerProfileService."""
        stub: Any = pb_grpc.PlayerProfileServiceStub(self.channel)
        key = self.running.admin_key if operator else self.running.server_key
        return await getattr(stub, rpc)(request, metadata=[("authorization", f"Bearer {key}")])

    async def record(self, player_id: str, kind: str) -> activity_pb.ActivityResult:
        """Records an activity."""
        stub: Any = activity_grpc.ActivityServiceStub(self.channel)
        fields: dict[str, Any] = {
            "activity": {"playerId": player_id, "activityId": f"a{next(_numbers)}", "type": kind}
        }
        request = ParseDict(fields, activity_pb.RecordActivityRequest())
        metadata = [("authorization", f"Bearer {self.running.server_key}")]
        answer = await stub.RecordActivity(request, metadata=metadata)
        result: activity_pb.ActivityResult = answer.result
        return result


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=TRANSPORTS)
async def world(
    servers: EmbeddedServers,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Game]:
    """The game on each transport."""
    catalog = tmp_path_factory.mktemp("prestige")
    (catalog / "game.yaml").write_text(GAME)
    async with (
        running_server(servers, request.param, catalog) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        yield Game(channel, running)


async def test_a_player_starts_over(world: Game, player: str) -> None:
    too_early = pb.PrestigeRequest(request_id="early", player_id=player)
    await world.record(player, "lesson")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await world.call("Prestige", too_early)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    first = await world.record(player, "marathon")
    assert first.xp.amount == 180 + 820 // 2
    request = pb.PrestigeRequest(request_id="over", player_id=player)
    done = await world.call("Prestige", request)
    assert (done.prestige, done.boost_basis_points) == (1, 11_000)
    assert (done.level_before, done.xp_before) == (5, 610)
    assert list(done.reset_achievements) == ["anew"]
    assert [change.amount for change in done.currencies] == [-40]
    # What follows from it is paid after all is taken.
    assert [change.amount for change in done.effects.currencies] == [500]
    assert [each.achievement_id for each in done.effects.progress.achievements] == ["risen"]
    assert await world.call("Prestige", request) == done
    lesson = await world.record(player, "lesson")
    assert (lesson.xp.amount, lesson.xp.total) == (22, 22)
    assert [each.achievement_id for each in lesson.progress.achievements] == ["anew"]
    again = await world.record(player, "marathon")
    assert again.xp.amount == 178 + (1_100 - 178) // 2
    assert [each.prestige for each in again.level_ups] == [1] * 4
    assert [change.amount for change in again.currencies] == [10] * 4


async def test_a_player_at_a_glance(world: Game, player: str) -> None:
    await world.record(player, "lesson")
    adjusted = await world.call(
        "AdjustXp",
        pb.AdjustXpRequest(request_id="x", player_id=player, amount=100, reason="r"),
        operator=True,
    )
    assert (adjusted.new_balance, adjusted.experience.level) == (120, 2)
    assert [change.amount for change in adjusted.effects.currencies] == [10]
    worn = pb.EquipTitleRequest(request_id="t", player_id=player, title_id="novice")
    await world.call("EquipTitle", worn)
    request = pb.GetPlayerSummaryRequest(player_id=player)

    async def is_ranked() -> bool:
        answer = await world.call("GetPlayerSummary", request)
        return bool(answer.summary.rank)

    await eventually(is_ranked)
    found = (await world.call("GetPlayerSummary", request)).summary
    assert (found.total_points, found.current_points) == (120, 120)
    assert found.rank >= 1
    assert (found.current_streak_days, found.achievements_completed) == (1, 1)
    assert (found.title, found.wallet.balances[0].amount) == ("novice", 10)
    assert [entry.event_type for entry in found.recent_history] == ["manual_adjustment", "lesson"]
    ghost = pb.EquipTitleRequest(request_id="g", player_id=player, title_id="ghost")
    with pytest.raises(grpc.aio.AioRpcError) as hidden:
        await world.call("EquipTitle", ghost)
    assert hidden.value.code() is grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.aio.AioRpcError) as denied:
        await world.call(
            "AdjustXp", pb.AdjustXpRequest(request_id="y", player_id=player, amount=1, reason="r")
        )
    assert denied.value.code() is grpc.StatusCode.PERMISSION_DENIED
