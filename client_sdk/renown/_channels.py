"""Several connections behind one channel, because one reaches one worker only.

The server runs a process a core on one port; the kernel picks the process when
a connection is made. With one connection a client would use one core.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
import grpc.aio

from renown._address import Target
from renown._error import ClientClosed

Request = TypeVar("Request")
Response = TypeVar("Response")
Serialize = Callable[[Request], bytes] | None
Deserialize = Callable[[bytes], Response] | None
Metadata = grpc.aio.Metadata | Sequence[tuple[str, str | bytes]] | None

_OPTIONS: tuple[tuple[str, int], ...] = (
    # Without it channels to one address share one connection.
    ("grpc.use_local_subchannel_pool", 1),
    # A restarted server is back within seconds; gRPC would wait up to 2 min.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


class SpreadChannel(grpc.aio.Channel):
    """A channel that spreads calls over several connections, and signs them.

    Generated stubs take it for an ordinary channel. Each call goes to the next
    connection; a stream stays on the one it began on.
    """

    def __init__(self, target: Target, connections: int) -> None:
        asyncio.get_running_loop()  # grpc.aio would bind itself to a loop that never runs
        options = list(_OPTIONS)
        if target.local:
            options.append(("grpc.enable_http_proxy", 0))
        self._target = target
        fixed = isinstance(target.bearer, str)
        self._authorization = target.authorization() if fixed else None
        self._channels = [_open(target, options) for _ in range(connections)]
        self._turn = 0
        self.closed = False

    def unary_unary(
        self,
        method: str,
        request_serializer: Serialize[Request] = None,
        response_deserializer: Deserialize[Response] = None,
        _registered_method: bool | None = False,
    ) -> grpc.aio.UnaryUnaryMultiCallable[Request, Response]:
        """See grpc.aio.Channel."""
        spread: grpc.aio.UnaryUnaryMultiCallable[Request, Response]
        spread = self._spread("unary_unary", method, request_serializer, response_deserializer)
        return spread

    def unary_stream(
        self,
        method: str,
        request_serializer: Serialize[Request] = None,
        response_deserializer: Deserialize[Response] = None,
        _registered_method: bool | None = False,
    ) -> grpc.aio.UnaryStreamMultiCallable[Request, Response]:
        """See grpc.aio.Channel."""
        spread: grpc.aio.UnaryStreamMultiCallable[Request, Response]
        spread = self._spread("unary_stream", method, request_serializer, response_deserializer)
        return spread

    def stream_unary(
        self,
        method: str,
        request_serializer: Serialize[Request] = None,
        response_deserializer: Deserialize[Response] = None,
        _registered_method: bool | None = False,
    ) -> grpc.aio.StreamUnaryMultiCallable[Request, Response]:
        """See grpc.aio.Channel."""
        spread: grpc.aio.StreamUnaryMultiCallable[Request, Response]
        spread = self._spread("stream_unary", method, request_serializer, response_deserializer)
        return spread

    def stream_stream(
        self,
        method: str,
        request_serializer: Serialize[Request] = None,
        response_deserializer: Deserialize[Response] = None,
        _registered_method: bool | None = False,
    ) -> grpc.aio.StreamStreamMultiCallable[Request, Response]:
        """See grpc.aio.Channel."""
        spread: grpc.aio.StreamStreamMultiCallable[Request, Response]
        spread = self._spread("stream_stream", method, request_serializer, response_deserializer)
        return spread

    def _spread(self, kind: str, *arguments: Any) -> Any:
        """Returns a callable that calls the method on the next connection."""
        callables = [
            getattr(channel, kind)(*arguments, _registered_method=True)
            for channel in self._channels
        ]

        def call(*request: object, metadata: Metadata = None, **options: object) -> object:
            authorization = self._authorization or self._target.authorization()
            signed = [*(metadata or ()), ("authorization", authorization)]
            return callables[self._next()](*request, metadata=signed, **options)

        return call

    def check_open(self) -> None:
        """Raises ClientClosed after `close`."""
        if self.closed:
            raise ClientClosed

    def _next(self) -> int:
        self._turn = (self._turn + 1) % len(self._channels)
        return self._turn

    async def close(self, grace: float | None = None) -> None:
        """Closes every connection; calls under way are cancelled after `grace` seconds."""
        self.closed = True
        await asyncio.gather(*(channel.close(grace) for channel in self._channels))

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Returns the state of the connection whose turn it is."""
        return self._channels[self._turn].get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Waits for a change of the connection whose turn it is."""
        await self._channels[self._turn].wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Waits until every connection is made."""
        await asyncio.gather(*(channel.channel_ready() for channel in self._channels))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.close()


def _open(target: Target, options: list[tuple[str, int]]) -> grpc.aio.Channel:
    if target.credentials is None:
        return grpc.aio.insecure_channel(target.address, options=options)
    return grpc.aio.secure_channel(target.address, target.credentials, options=options)
