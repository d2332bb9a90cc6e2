"""Too much: what a worker with small limits answers, and that nothing is lost by it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest_asyncio

from renown_server.config import Settings
from renown_server.engine import failpoints
from renown_server.main import run_app
from tests.e2e.conftest import Running
from tests.kit.examples import World, example, visit
from tests.kit.raw import BY_NAME, Code, Raw


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(running: Running) -> AsyncIterator[World]:
    operators = {"admin": running.admin_key}
    async with visit(running.address, running.server_key, operators) as world:
        yield world


async def test_limits_of_a_worker(running: Running, world: World) -> None:
    """Rate, streams and queue: too much of each is RESOURCE_EXHAUSTED, with when to try again."""
    limits = {"calls_per_s": 0.01, "calls_burst": 2, "streams_max": 1, "queue_capacity": 1}
    async with another_worker(running, limits) as raw:
        levels = example(BY_NAME["ListLevels"], world)
        answers = [await raw.call(BY_NAME["ListLevels"], levels) for _ in range(3)]
        assert [answer.code for answer in answers[:2]] == [Code.OK] * 2
        assert answers[2].check_kept().reason == "RATE_LIMITED"
        batch = example(BY_NAME["BatchSubmitScores"], world)
        batch.scores.append(example(BY_NAME["SubmitScore"], world))
        assert (await raw.call(BY_NAME["BatchSubmitScores"], batch)).reason == "OVERLOADED"
        stream: Any = raw.channel.unary_stream(BY_NAME["StreamEvents"].path)
        request = example(BY_NAME["StreamEvents"], world)
        metadata = [("authorization", f"Bearer {raw.key}")]
        open_stream = stream(request.SerializeToString(), metadata=metadata)
        assert await open_stream.read()
        crowded = (await raw.call(BY_NAME["StreamEvents"], request)).check_kept()
        assert crowded.reason == "TOO_MANY_STREAMS"
        open_stream.cancel()


async def test_the_servers_deadline(running: Running, world: World) -> None:
    """A call without a deadline has ours, and a retry has one effect."""
    async with another_worker(running, {"unary_deadline_s": 0.3}) as raw:
        credit = example(BY_NAME["Credit"], world)
        failpoints.arm("batch.written=sleep:600")
        try:
            late = (await raw.call(BY_NAME["Credit"], credit)).check_kept()
        finally:
            failpoints.arm("")
        assert late.reason == "DEADLINE_EXCEEDED"
        first = await world.raw.call(BY_NAME["Credit"], credit)
        assert first.code is Code.OK
        assert await world.raw.call(BY_NAME["Credit"], credit) == first


@asynccontextmanager
async def another_worker(running: Running, settings: dict[str, Any]) -> AsyncIterator[Raw]:
    """A second worker on the same database, with other settings."""
    payload = {**running.app.core.settings.to_payload(), "port": 0, **settings}
    async with (
        run_app(Settings.from_payload(payload)) as app,
        grpc.aio.insecure_channel(f"127.0.0.1:{app.server.port}") as channel,
    ):
        yield Raw(channel, running.server_key)
