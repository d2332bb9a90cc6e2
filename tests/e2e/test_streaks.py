"""Streaks over the wire, on both transports, and time that passes in a serving worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
import pytest_asyncio

from renown.v1 import activity_service_pb2, auth_service_pb2, event_service_pb2
from renown.v1 import streak_service_pb2 as pb
from renown_server.engine.clock import FixedClock
from renown_server.storage.embedded import EmbeddedServers
from tests.e2e.conftest import TRANSPORTS, running_server
from tests.kit.eventually import eventually
from tests.kit.raw import BY_NAME, Raw
from tests.kit.streaks import STREAKS
from tests.kit.times import DAY, HOUR, NOON


@dataclass(frozen=True, slots=True)
class Site:
    """A served game of streaks, and its time."""

    raw: Raw
    clock: FixedClock

    async def ask(self, name: str, request: Any, *, key: str = "") -> Any:
        """The answer of a call that succeeds."""
        answer = await self.raw.call(BY_NAME[name], request, credential=key or None)
        assert answer.code is grpc.StatusCode.OK, answer
        return BY_NAME[name].response.FromString(answer.body)

    async def refusal(self, name: str, request: Any, *, key: str = "") -> str:
        """The reason why a call is refused."""
        answer = await self.raw.call(BY_NAME[name], request, credential=key or None)
        assert answer.code is not grpc.StatusCode.OK
        answer.check_kept()
        return str(answer.reason)


@pytest_asyncio.fixture(loop_scope="session", params=TRANSPORTS)
async def site(
    servers: EmbeddedServers, request: pytest.FixtureRequest, tmp_path: Any
) -> AsyncIterator[Site]:
    """The kit's streaks on each transport, at noon."""
    (tmp_path / "game.yaml").write_text(STREAKS)
    clock = FixedClock(NOON)
    async with (
        running_server(servers, request.param, tmp_path, clock=clock) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        yield Site(Raw(channel, running.server_key), clock)


async def test_a_streak_from_its_first_day_to_its_end(site: Site) -> None:
    milestones: list[int] = []
    for number in range(3):
        site.clock.value_us = NOON + number * DAY
        request = activity_service_pb2.RecordActivityRequest()
        request.activity.player_id = "p"
        request.activity.activity_id = f"a{number}"
        request.activity.type = "lesson"
        result = (await site.ask("RecordActivity", request)).result
        (advanced,) = result.progress.streaks
        assert (advanced.streak_id, advanced.current) == ("daily", number + 1)
        assert result.xp.amount == 105 + 5 * number
        milestones += [each.days for each in result.progress.streak_milestones]
    assert milestones == [3]
    issued = auth_service_pb2.IssuePlayerTokenRequest(player_id="p")
    key = (await site.ask("IssuePlayerToken", issued)).token
    (daily, _) = (await site.ask("GetStreaks", pb.GetStreaksRequest(), key=key)).streaks
    assert (daily.current, daily.active_today, daily.start_date) == (3, True, "2026-11-18")
    freeze = pb.FreezeStreakRequest(
        request_id="f", streak_id="daily", from_date="2026-11-21", to_date="2026-11-21"
    )
    assert await site.refusal("FreezeStreak", freeze, key=key) == "INSUFFICIENT_FUNDS"
    repair = pb.RepairStreakRequest(request_id="r", streak_id="daily")
    assert await site.refusal("RepairStreak", repair, key=key) == "NOTHING_TO_REPAIR"
    other = pb.GetStreaksRequest(player_id="q")
    assert await site.refusal("GetStreaks", other, key=key) == "PERMISSION_DENIED"

    async def types() -> list[str]:
        request = event_service_pb2.ListEventsRequest(player_id="p", page_size=200)
        events = (await site.ask("ListEvents", request)).events
        return [each.type for each in events if each.type.startswith("streak.")]

    async def has_told(kind: str) -> bool:
        return kind in await types()

    # Nobody calls; the worker's own timekeeper tells, within its interval.
    for moment_us, kind in (
        (NOON + 3 * DAY + 9 * HOUR, "streak.at_risk"),
        (NOON + 3 * DAY + 12 * HOUR, "streak.broken"),
    ):
        site.clock.value_us = moment_us
        await eventually(lambda kind=kind: has_told(kind), 30)  # type: ignore[misc]
    assert await types() == [
        "streak.advanced",
        "streak.advanced",
        "streak.advanced",
        "streak.milestone",
        "streak.at_risk",
        "streak.broken",
    ]
    history = pb.ListStreakHistoryRequest(player_id="p")
    (run,) = (await site.ask("ListStreakHistory", history)).runs
    assert (run.length, run.ended_reason) == (3, pb.STREAK_END_MISSED)
