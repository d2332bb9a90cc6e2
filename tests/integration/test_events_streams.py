from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator

import pytest

from renown_server.events.store import EventStore
from renown_server.storage.embedded import EmbeddedServers
from tests.conftest import Database
from tests.integration.events_log import Happening, Reader, Worker, World, running, until

pytestmark = pytest.mark.integration


@pytest.fixture
async def world(
    servers: EmbeddedServers, database: Database, redis_prefix: str
) -> AsyncIterator[World]:
    async with running(database.url, servers.urls.redis_url, redis_prefix) as world:
        yield world


async def test_a_stream_delivers_what_happens_from_now_on(world: World) -> None:
    worker = await world.worker()
    await worker.commit(Happening("alice", 3))
    stream = world.stream(player_id="alice")
    async with contextlib.aclosing(stream):  # type: ignore[type-var]
        first = await anext(stream)
        assert not first.events
        assert first.cursor
        await worker.commit(Happening("alice", 2, command_id="act-1"), Happening("bob", 1))
        second = await anext(stream)
    assert [event.sequence for event in second.events] == [4, 5]
    assert second.events[0].command_id == "act-1"
    assert second.events[0].type == "metric.moved"
    assert second.events[0].metric_moved.total == 4
    assert world.hub.subscribers == 0
