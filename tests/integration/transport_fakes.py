"""A game behind the real transport: real messages, handlers that tests write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status as StatusProto
from prometheus_client import CollectorRegistry

from renown.v1 import activity_service_pb2 as activity
from renown.v1 import currency_service_pb2 as currency
from renown.v1 import event_service_pb2 as event
from renown_server.calls import CallContext, Principal, PrincipalKind, Role, Service
from renown_server.errors import Unauthenticated
from renown_server.transport.server import GrpcServer
from renown_server.transport.settings import TransportSettings

CURRENCY = "renown.v1.CurrencyService"
ACTIVITY = "renown.v1.ActivityService"
EVENTS = "renown.v1.EventService"

PRINCIPALS = {
    "server": Principal(PrincipalKind.SERVER, "key:k_1"),
    "other-server": Principal(PrincipalKind.SERVER, "key:k_2"),
    "alice": Principal(PrincipalKind.PLAYER, "player:alice", player_id="alice"),
    "viewer": Principal(PrincipalKind.OPERATOR, "key:op_1", roles=frozenset({Role.VIEWER})),
    "support": Principal(PrincipalKind.OPERATOR, "key:op_2", roles=frozenset({Role.SUPPORT})),
}


class FakeAuthenticator:
    """Knows the tokens of `PRINCIPALS`, each from the second time on without waiting."""

    def __init__(self) -> None:
        self.known: dict[str, Principal] = {}
        self.misses = 0

    def authenticate_cached(self, header: str) -> Principal | None:
        return self.known.get(header)

    async def authenticate(self, header: str) -> Principal:
        self.misses += 1
        await asyncio.sleep(0)
        principal = PRINCIPALS.get(header.split(" ", 1)[1])
        if principal is None:
            raise Unauthenticated("the credential is not accepted")
        self.known[header] = principal
        return principal


async def _empty(request: Any, call: CallContext) -> Any:
    raise NotImplementedError


class CurrencyHandlers:
    """Answers with what a test puts into `answer`; remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, CallContext]] = []
        self.answer: Callable[[Any, CallContext], Awaitable[Any]] | None = None

    async def get_wallet(
        self, request: currency.GetWalletRequest, call: CallContext
    ) -> currency.GetWalletResponse:
        self.seen.append((request, call))
        if self.answer is not None:
            answer: currency.GetWalletResponse = await self.answer(request, call)
            return answer
        return currency.GetWalletResponse(wallet=currency.Wallet(player_id=request.player_id))

    async def credit(
        self, request: currency.CreditRequest, call: CallContext
    ) -> currency.CreditResponse:
        self.seen.append((request, call))
        return currency.CreditResponse()

    list_transactions = list_currencies = debit = staticmethod(_empty)
    batch_credit = transfer = adjust_balance = staticmethod(_empty)


class ActivityHandlers:
    """Takes batches; an operator may ask for an explanation."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def batch_record_activities(
        self, request: activity.BatchRecordActivitiesRequest, call: CallContext
    ) -> activity.BatchRecordActivitiesResponse:
        self.seen.append(request)
        return activity.BatchRecordActivitiesResponse()

    async def explain_activity(
        self, request: activity.ExplainActivityRequest, call: CallContext
    ) -> activity.ExplainActivityResponse:
        return activity.ExplainActivityResponse()

    record_activity = simulate_activity = staticmethod(_empty)
    list_activities = list_activity_types = revoke_activity = staticmethod(_empty)


class EventHandlers:
    """Streams what a test puts into `stream`."""

    def __init__(self) -> None:
        self.stream: Callable[[Any, CallContext], AsyncIterator[event.StreamEventsResponse]]
        self.closed = asyncio.Event()
        self.calls: list[CallContext] = []
        self.requests: list[event.StreamEventsRequest] = []

    async def stream_events(
        self, request: event.StreamEventsRequest, call: CallContext
    ) -> AsyncIterator[event.StreamEventsResponse]:
        self.requests.append(request)
        self.calls.append(call)
        try:
            async for response in self.stream(request, call):
                yield response
        finally:
            self.closed.set()

    list_events = staticmethod(_empty)


class Game:
    """A server under test, and a client of it."""

    def __init__(self, settings: TransportSettings) -> None:
        self.registry = CollectorRegistry()
        self.authenticator = FakeAuthenticator()
        self.currency = CurrencyHandlers()
        self.activity = ActivityHandlers()
        self.events = EventHandlers()
        self.channel: grpc.aio.Channel
        services = [
            Service(CURRENCY, self.currency),
            Service(ACTIVITY, self.activity),
            Service(EVENTS, self.events),
        ]
        self.server = GrpcServer(settings, services, self.authenticator, self.registry)

    async def call(
        self,
        method: str,
        request: Message | bytes,
        *,
        token: str | None = "server",
        timeout_s: float = 20,
        metadata: Sequence[tuple[str, str]] = (),
    ) -> bytes:
        """Calls a method given as `Service/Method` and returns the raw answer."""
        return await self.start(
            method, request, token=token, timeout_s=timeout_s, metadata=metadata
        )

    def start(
        self,
        method: str,
        request: Message | bytes,
        *,
        token: str | None = "server",
        timeout_s: float | None = 20,
        metadata: Sequence[tuple[str, str]] = (),
    ) -> grpc.aio.UnaryUnaryCall[bytes, bytes]:
        raw = request if isinstance(request, bytes) else request.SerializeToString()
        multicallable: Any = self.channel.unary_unary(f"/{method}")
        call: grpc.aio.UnaryUnaryCall[bytes, bytes] = multicallable(
            raw, metadata=(*_credential(token), *metadata), timeout=timeout_s
        )
        return call

    def stream(
        self, request: Message | bytes, *, token: str | None = "server", timeout_s: float = 30
    ) -> Any:
        raw = request if isinstance(request, bytes) else request.SerializeToString()
        method: Any = self.channel.unary_stream(
            f"/{EVENTS}/StreamEvents",
            response_deserializer=event.StreamEventsResponse.FromString,
        )
        return method(raw, metadata=_credential(token), timeout=timeout_s)

    async def get_wallet(self, player_id: str = "p1", **options: Any) -> str:
        """Calls GetWallet and returns whose wallet was answered."""
        raw = await self.call(
            f"{CURRENCY}/GetWallet", currency.GetWalletRequest(player_id=player_id), **options
        )
        answer: currency.GetWalletResponse = currency.GetWalletResponse.FromString(raw)
        return answer.wallet.player_id


def _credential(token: str | None) -> tuple[tuple[str, str], ...]:
    return () if token is None else (("authorization", f"Bearer {token}"),)


@asynccontextmanager
async def serving(settings: TransportSettings) -> AsyncIterator[Game]:
    """Runs a server and a client; ends both."""
    game = Game(settings)
    await game.server.start()
    async with grpc.aio.insecure_channel(
        f"127.0.0.1:{game.server.port}", options=[("grpc.use_local_subchannel_pool", 1)]
    ) as game.channel:
        try:
            yield game
        finally:
            await game.server.stop(0)


def status_of(error: grpc.aio.AioRpcError) -> StatusProto:
    """Returns the google.rpc.Status of an error's trailers."""
    trailers = error.trailing_metadata()
    assert trailers is not None
    raw = trailers["grpc-status-details-bin"]
    assert isinstance(raw, bytes)
    return StatusProto.FromString(raw)


def reason_of(error: grpc.aio.AioRpcError) -> str:
    """Returns the reason in an error's ErrorInfo."""
    info = details.ErrorInfo()
    assert status_of(error).details[0].Unpack(info)
    return str(info.reason)


def fields_of(error: grpc.aio.AioRpcError) -> list[str]:
    """Returns the fields of an error's BadRequest."""
    bad_request = details.BadRequest()
    for packed in status_of(error).details:
        if packed.Unpack(bad_request):
            return [violation.field for violation in bad_request.field_violations]
    return []
