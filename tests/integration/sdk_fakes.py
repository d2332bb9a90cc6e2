"""A server of all services that answers what a test tells it to."""

from __future__ import annotations

import asyncio
import inspect
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import ModuleType, TracebackType
from typing import Any, Self

import grpc
import grpc.aio
from google.protobuf.any_pb2 import Any as PackedAny
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import (  # type: ignore[import-untyped, unused-ignore]
    error_details_pb2,
    status_pb2,
)

from renown.v1 import (
    achievement_service_pb2,
    activity_service_pb2,
    admin_service_pb2,
    auth_service_pb2,
    badge_service_pb2,
    currency_service_pb2,
    event_service_pb2,
    inventory_service_pb2,
    leaderboard_service_pb2,
    player_profile_service_pb2,
    quest_service_pb2,
    store_service_pb2,
    streak_service_pb2,
    trade_service_pb2,
)

SERVICE_MODULES: tuple[ModuleType, ...] = (
    achievement_service_pb2,
    activity_service_pb2,
    admin_service_pb2,
    auth_service_pb2,
    badge_service_pb2,
    currency_service_pb2,
    event_service_pb2,
    inventory_service_pb2,
    leaderboard_service_pb2,
    player_profile_service_pb2,
    quest_service_pb2,
    store_service_pb2,
    streak_service_pb2,
    trade_service_pb2,
)
DETAILS_KEY = "grpc-status-details-bin"
Context = grpc.aio.ServicerContext[Any, Any]
Behavior = Callable[[Any, Context], Any]


class Refuse(Exception):
    """Raised by a behavior to answer with a status."""

    def __init__(self, status: status_pb2.Status) -> None:
        super().__init__(status.message)
        self.status = status


def status(
    code: grpc.StatusCode,
    reason: str = "",
    *,
    message: str = "no",
    domain: str = "renown",
    metadata: dict[str, str] | None = None,
    retry_after_s: float | None = None,
    details: tuple[Message, ...] = (),
) -> status_pb2.Status:
    """Builds an error as the server does."""
    found: list[Message] = list(details)
    if reason:
        found.append(
            error_details_pb2.ErrorInfo(reason=reason, domain=domain, metadata=metadata or {})
        )
    if retry_after_s is not None:
        delay = Duration()
        delay.FromMicroseconds(round(retry_after_s * 1e6))
        found.append(error_details_pb2.RetryInfo(retry_delay=delay))
    packed = []
    for detail in found:
        item = PackedAny()
        item.Pack(detail)
        packed.append(item)
    return status_pb2.Status(code=code.value[0], message=message, details=packed)


def refuse(code: grpc.StatusCode, reason: str = "", **options: Any) -> Behavior:
    """Returns a behavior that answers with an error."""

    def behave(request: Message, context: Context) -> Message:
        raise Refuse(status(code, reason, **options))

    return behave


def answer(response: Message) -> Behavior:
    """Returns a behavior that answers."""
    return lambda request, context: response


async def hang(request: Message, context: Context) -> Message:
    """A behavior that never answers."""
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets")


@dataclass(slots=True)
class Seen:
    """A call the server got; `ended` is set when it has no handler any more."""

    method: str
    request: Any
    metadata: dict[str, str | bytes]
    peer: str
    at: float
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class FakeServer:
    """Behaves as told, method by method; without being told, answers empty messages.

    `on` queues behaviors, each for one call; the last one stays.
    """

    def __init__(self, credentials: grpc.ServerCredentials | None = None) -> None:
        self.credentials = credentials
        self.calls: list[Seen] = []
        self.port = 0
        self._behaviors: dict[str, deque[Behavior]] = defaultdict(deque)
        self._changed = asyncio.Event()
        self._server: grpc.aio.Server | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def on(self, method: str, *behaviors: Behavior) -> None:
        self._behaviors[method] = deque(behaviors)

    def requests(self, method: str) -> list[Any]:
        return [call.request for call in self.calls if call.method == method]

    @staticmethod
    def methods() -> set[str]:
        """Returns the names of all methods served."""
        services = [
            service
            for module in SERVICE_MODULES
            for service in module.DESCRIPTOR.services_by_name.values()
        ]
        return {method.name for service in services for method in service.methods}

    async def called(self, count: int) -> None:
        """Waits until the server has got so many calls."""
        async with asyncio.timeout(10):
            while len(self.calls) < count:
                self._changed.clear()
                await self._changed.wait()

    async def start(self) -> None:
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        for module in SERVICE_MODULES:
            for service in module.DESCRIPTOR.services_by_name.values():
                handlers = {method.name: self._handler(method) for method in service.methods}
                self._server.add_generic_rpc_handlers(
                    [grpc.method_handlers_generic_handler(service.full_name, handlers)]
                )
        address = f"127.0.0.1:{self.port}"
        if self.credentials is None:
            self.port = self._server.add_insecure_port(address)
        else:
            self.port = self._server.add_secure_port(address, self.credentials)
        await self._server.start()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.stop(None)
            self._server = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    def _handler(self, method: Any) -> grpc.RpcMethodHandler[Any, Any]:
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

        async def unary(message: Message, context: Context) -> Message:
            seen = self._note(method.name, message, context)
            try:
                return await self._answer(seen, context, response())
            finally:
                seen.ended.set()

        async def stream(message: Message, context: Context) -> AsyncIterator[Message]:
            seen = self._note(method.name, message, context)
            try:
                if behavior := self._next(seen):
                    async for item in behavior(message, context):
                        yield item
            except Refuse as refusal:
                await abort(context, refusal)
            finally:
                seen.ended.set()

        make = (
            grpc.unary_stream_rpc_method_handler
            if method.server_streaming
            else grpc.unary_unary_rpc_method_handler
        )
        return make(
            stream if method.server_streaming else unary,  # type: ignore[arg-type, unused-ignore]
            request_deserializer=request.FromString,
            response_serializer=response.SerializeToString,
        )

    def _note(self, name: str, request: Message, context: Context) -> Seen:
        seen = Seen(
            method=name,
            request=request,
            metadata=dict(context.invocation_metadata() or ()),
            peer=context.peer(),
            at=asyncio.get_running_loop().time(),
        )
        self.calls.append(seen)
        self._changed.set()
        return seen

    def _next(self, seen: Seen) -> Behavior | None:
        queue = self._behaviors[seen.method]
        if not queue:
            return None
        return queue.popleft() if len(queue) > 1 else queue[0]

    async def _answer(self, seen: Seen, context: Context, empty: Message) -> Message:
        behavior = self._next(seen)
        if behavior is None:
            return empty
        try:
            found = behavior(seen.request, context)
            response: Message = await found if inspect.isawaitable(found) else found
        except Refuse as refusal:
            await abort(context, refusal)
            raise
        return response


async def abort(context: Context, refusal: Refuse) -> None:
    """Ends the call with the status and its details."""
    code = next(item for item in grpc.StatusCode if item.value[0] == refusal.status.code)
    trailers = ((DETAILS_KEY, refusal.status.SerializeToString()),)
    await context.abort(code, refusal.status.message, trailers)
