"""Clients that do not read, on whole servers: both transports, real flow control."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from redis.asyncio import Redis

from renown.v1 import event_pb2, event_service_pb2_grpc
from renown.v1 import event_service_pb2 as pb
from renown_server.events.messages import Channels
from renown_server.storage.embedded import EmbeddedServers
from tests.e2e.conftest import TRANSPORTS, Running, running_server
from tests.integration.events_log import Happening, Worker

pytestmark = pytest.mark.integration

EVENTS_MAX = 400_000
"""More than every buffer on the way holds."""


class Client:
    """A client that reads when it is told to."""

    def __init__(self, server: Running, channel: grpc.aio.Channel) -> None:
        self._stub = event_service_pb2_grpc.EventServiceStub(channel)
        self._metadata = (("authorization", f"Bearer {server.server_key}"),)
        self.events: list[event_pb2.Event] = []
        self.cursor = ""

    def open(self, **request: Any) -> Any:
        """Another stream, from the cursor."""
        message = pb.StreamEventsRequest(cursor=self.cursor, **request)
        return self._stub.StreamEvents(message, metadata=self._metadata)

    async def read(self, call: Any) -> None:
        """Takes the next response.

        Raises:
            grpc.aio.AioRpcError: the stream has been ended.
        """
        response = await asyncio.wait_for(call.read(), 20)
        self.events += response.events
        self.cursor = response.cursor

    async def read_all(self, call: Any) -> None:
        """Takes responses until the stream is ended."""
        while True:
            await self.read(call)


def cursor_of(error: grpc.aio.AioRpcError) -> Any:
    """The cursor in an error's details."""
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
    for detail in status.details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            assert info.reason == "SLOW_CONSUMER"
            return info.metadata["cursor"]
    raise AssertionError("no ErrorInfo")


@pytest.mark.parametrize("selection", [{"player_id": "p"}, {"all_players": True}])
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_client_that_does_not_read_is_ended_with_its_cursor(
    servers: EmbeddedServers, transport: str, selection: dict[str, Any]
) -> None:
    async with (
        running_server(servers, transport) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        client = Client(server, channel)
        stream = client.open(**selection)
        await client.read(stream)
        connection = await asyncpg.connect(server.database.url)
        redis = Redis.from_url(servers.urls.redis_url)
        prefix = urlsplit(server.database.url).path.strip("/")
        worker = Worker(connection, redis, Channels(f"{prefix}:events"))
        inflight = server.app.server._inflight
        written = 0
        while inflight.streams:
            assert written < EVENTS_MAX, "nobody was ended"
            await worker.commit(*[Happening("p", 80) for _ in range(10)])
            written += 800
            await asyncio.sleep(0.01)
        await connection.close()
        await redis.aclose()
        print(f"{transport}, {selection}: ended after {written} events")

        with pytest.raises(grpc.aio.AioRpcError) as error:
            await client.read_all(stream)
        assert error.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        seen = len(client.events)
        assert [event.sequence for event in client.events] == list(range(1, seen + 1))

        resumed = Client(server, channel)
        resumed.cursor = cursor_of(error.value)
        again = resumed.open(**selection)
        while not resumed.events or resumed.events[-1].sequence < written:
            await resumed.read(again)
        first = resumed.events[0].sequence
        assert first <= seen + 1, "nothing is missing between the two streams"
        assert [event.sequence for event in resumed.events] == list(range(first, written + 1))
        again.cancel()
