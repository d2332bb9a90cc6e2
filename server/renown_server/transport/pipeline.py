"""What every call passes, written once for both transports.

authenticate → authorize → limit → parse → bind the player → validate → handle → answer, with a
deadline and a count around it. A closure for each method instead of interceptors: those cost a
coroutine and a details object each, on every call.
"""

from __future__ import annotations

import itertools
import secrets
from asyncio import current_task
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from time import monotonic
from typing import Any, NoReturn, Protocol

import structlog
from google.protobuf.message import DecodeError, Message
from grpc.aio import ServicerContext

from renown_server.calls import ANONYMOUS, CallContext, Principal
from renown_server.errors import (
    Draining,
    InvalidArgument,
    MalformedRequest,
    Status,
    TooManyStreams,
    Unauthenticated,
)
from renown_server.transport.answers import abort, answer_to
from renown_server.transport.auth import Authenticator, authenticate
from renown_server.transport.inflight import InFlight, Running
from renown_server.transport.limits import RateLimiter
from renown_server.transport.metrics import MethodStats, Metrics
from renown_server.transport.registry import Method
from renown_server.transport.settings import TransportSettings
from renown_server.wire import validation

LOGGED_CODES = frozenset({"INTERNAL", "UNAVAILABLE"})
REQUEST_ID_CHARS_MAX = 64

_log = structlog.get_logger(__name__)

Context = ServicerContext[bytes, bytes]


class Front(Protocol):
    """What differs between the calls of the transports."""

    def metadata(self, context: Any) -> Iterable[tuple[str, Any]]:
        """Returns the call's metadata."""

    async def write(self, context: Any, message: bytes) -> bool:
        """Sends a message, waiting for room; False if the client has left."""


class Pipeline:
    """Turns methods into the functions that a gRPC server calls.

    Attributes:
        settings: limits, and what to log.
        authenticator: tells principals from credentials.
        inflight: the calls under way.
        metrics: where calls are counted.
        front: the transport.
    """

    def __init__(
        self,
        settings: TransportSettings,
        authenticator: Authenticator,
        inflight: InFlight,
        metrics: Metrics,
        front: Front,
    ) -> None:
        limits = settings.limits
        self._settings = settings
        self._authenticator = authenticator
        self._inflight = inflight
        self._metrics = metrics
        self._front = front
        self._limiter = (
            RateLimiter(limits.calls_per_s, limits.calls_burst, limits.buckets_max)
            if limits.calls_per_s > 0
            else None
        )
        self._call_id_prefix = secrets.token_hex(4)
        self._call_numbers = itertools.count(1)

    def unary(self, method: Method) -> Callable[[bytes, Context], Awaitable[bytes]]:
        """Returns the function that serves a method with one answer."""
        admit, handler = self._admission(method), method.handler
        stats = self._metrics.stats_of(method.path)
        deadline_s = self._settings.limits.unary_deadline_s + method.wait_max_s

        async def serve(raw: bytes, context: Context) -> bytes:
            running = self._begin(context, deadline_s, streaming=False)
            try:
                call = await self._identify(method, running, context)
                response: Message = await handler(admit(call.principal, raw), call)
                return response.SerializeToString()
            except BaseException as failure:  # noqa: BLE001 - SystemExit must not end the server
                await self._fail(failure, method, running, context)
            finally:
                self._end(method, running, stats)

        return serve

    def stream(self, method: Method) -> Callable[[bytes, Context], Awaitable[None]]:
        """Returns the function that serves a method with a stream of answers."""
        admit, handler = self._admission(method), method.handler
        stats = self._metrics.stats_of(method.path)
        limits, write = self._settings.limits, self._front.write
        deadline_s = float("inf") if limits.stream_deadline_s is None else limits.stream_deadline_s

        async def serve(raw: bytes, context: Context) -> None:
            running = self._begin(context, deadline_s, streaming=True)
            try:
                if self._inflight.streams > limits.streams_max:
                    raise TooManyStreams
                call = await self._identify(method, running, context)
                async with aclosing(handler(admit(call.principal, raw), call)) as responses:
                    async for response in responses:
                        if not await write(context, response.SerializeToString()):
                            running.code = "CANCELLED"
                            return
                        stats.messages += 1
            except BaseException as failure:  # noqa: BLE001 - as above
                await self._fail(failure, method, running, context)
            finally:
                self._end(method, running, stats)

        return serve

    def _begin(self, context: Any, deadline_s: float, *, streaming: bool) -> Running:
        task = current_task()
        assert task is not None
        now = monotonic()
        # Without a deadline aio says None and native 9.2e18.
        left_s = context.time_remaining()
        if left_s is not None and left_s < deadline_s:
            deadline_s = left_s
        running = Running(task, now, now + deadline_s, streaming=streaming)
        self._inflight.add(running)
        return running

    async def _identify(self, method: Method, running: Running, context: Context) -> CallContext:
        """Finds out who calls, and makes what the handler gets to know of the call."""
        draining = self._inflight.draining
        if draining.is_set() and not method.operational:
            raise Draining
        header = call_id = ""
        for key, value in self._front.metadata(context):
            if key == "authorization":
                if header:
                    raise Unauthenticated("send one credential, not several")
                header = value
            elif key == "x-request-id":
                call_id = value
        if not call_id or len(call_id) > REQUEST_ID_CHARS_MAX or not call_id.isprintable():
            call_id = f"{self._call_id_prefix}-{next(self._call_numbers)}"
        running.call_id = call_id
        principal = ANONYMOUS
        if not method.access.anonymous:
            known = self._authenticator.authenticate_cached(header) if header else None
            principal = known or await authenticate(self._authenticator, header)
            running.principal = principal
        return CallContext(
            method.path, principal, running.deadline, call_id, draining, running.interrupt
        )

    def _admission(self, method: Method) -> Callable[[Principal, bytes], Message]:
        """Returns the function from a principal and bytes to a request that may be served."""
        access, size_max, path = method.access, method.request_bytes_max, method.path
        parse, name = method.request.FromString, method.request.DESCRIPTOR.full_name
        check = method.items.check if method.items else validation.check
        limiter = None if method.operational else self._limiter

        def admit(principal: Principal, raw: bytes) -> Message:
            if not access.anonymous:
                access.admit(principal)
            if limiter is not None:
                limiter.take((principal.id, path), monotonic())
            if len(raw) > size_max:
                raise InvalidArgument("request", f"has {len(raw)} bytes, at most {size_max} may be")
            try:
                request = parse(raw)
            except DecodeError:
                raise MalformedRequest("request", f"is not a {name}") from None
            if access.player_field:
                access.bind_player(principal, request)
            check(request)
            return request

        return admit

    async def _fail(
        self, failure: BaseException, method: Method, running: Running, context: Context
    ) -> NoReturn:
        if isinstance(failure, GeneratorExit):
            raise failure
        running.code = "CANCELLED"
        error = answer_to(failure, running, method.path)
        running.code = Status(error.refusal.status).name
        # From here on nothing may interrupt the call: it is being answered.
        self._inflight.remove(running)
        await abort(context, error)

    def _end(self, method: Method, running: Running, stats: MethodStats) -> None:
        self._inflight.remove(running)
        seconds = monotonic() - running.started
        stats.count(running.code, seconds)
        settings = self._settings
        slow = seconds > settings.slow_call_s and not running.streaming
        if slow or settings.access_log or running.code in LOGGED_CODES:
            _log.info(
                "call",
                method=method.path,
                code=running.code,
                ms=round(seconds * 1000, 3),
                call_id=running.call_id,
                principal=running.principal.id,
            )
