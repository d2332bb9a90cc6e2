"""The gRPC server of one process."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import grpc
import structlog
from prometheus_client import CollectorRegistry

from renown_server.calls import Service
from renown_server.errors import Draining
from renown_server.transport import health as health_checks
from renown_server.transport.auth import Authenticator
from renown_server.transport.fronts import ServingFront, credentials, make_front
from renown_server.transport.health import Health
from renown_server.transport.inflight import SWEEP_INTERVAL_S, InFlight
from renown_server.transport.metrics import PUBLISH_INTERVAL_S, Metrics
from renown_server.transport.pipeline import Pipeline
from renown_server.transport.ports import ensure_port_free, is_loopback
from renown_server.transport.reflection import reflection_handlers
from renown_server.transport.registry import Method, check_unique, methods_of
from renown_server.transport.settings import CannotServe, TransportSettings

# What is not a call of ours (reflection) and still under way gets this long.
LAST_WORDS_S = 0.2

_log = structlog.get_logger(__name__)


class GrpcServer:
    """Serves handlers over gRPC, with health checks and reflection.

    Attributes:
        health: says to load balancers whether calls can be served; `start` and `stop` set it,
            and others may in between.
        port: where it listens, once started.
    """

    def __init__(
        self,
        settings: TransportSettings,
        services: Sequence[Service],
        authenticator: Authenticator,
        registry: CollectorRegistry | None = None,
    ) -> None:
        """Matches the handlers with their protos.

        Args:
            settings: where and how to listen.
            services: what to serve; their stubs have been imported.
            authenticator: tells principals from credentials.
            registry: of the metrics. Workers need none: theirs are read by their parent.

        Raises:
            CannotServe: a method has no handler of the right kind, or no access option.
        """
        self.port = 0
        names = [service.full_name for service in services]
        self.health = Health(names)
        self._settings = settings
        self._service_names = [*names, health_checks.SERVICE_NAME]
        self._methods = _methods(settings, services, self.health)
        self._authenticator = authenticator
        self._inflight = InFlight()
        self._metrics = Metrics(self._inflight, registry or CollectorRegistry())
        self._front: ServingFront | None = None
        self._housekeeping: asyncio.Task[None] | None = None

    @property
    def draining(self) -> asyncio.Event:
        """Set once `stop` has been called."""
        return self._inflight.draining

    async def start(self) -> None:
        """Listens and serves.

        Raises:
            CannotServe: the port is taken, plaintext would leave this machine, or the settings
                contradict each other.
        """
        settings = self._settings
        if not (settings.tls or settings.allow_plaintext or is_loopback(settings.host)):
            raise CannotServe(
                f"{settings.host} is reachable from other machines: "
                "set TLS files, or allow plaintext in words"
            )
        if not settings.share_port:
            ensure_port_free(settings.host, settings.port)
        self._front = make_front(settings)
        self._register(self._front)
        self.port = self._bind(self._front.server)
        await self._front.server.start()
        self._housekeeping = asyncio.create_task(self._keep_house())
        self.health.set_serving(True)

    async def stop(self, grace_s: float) -> None:
        """Refuses new calls, lets those under way finish, and stops.

        Streams are told by `CallContext.draining`; what is left of them after half of the grace
        is ended with `Draining`, and unary calls after all of it.
        """
        if self._front is None:
            return
        front, self._front = self._front, None
        self.health.drain()
        # The server itself is stopped last. From then on aio cancels calls that were on their
        # way, without a word that it is safe to try again.
        await self._inflight.drain(grace_s, Draining)
        await asyncio.sleep(min(front.flush_s, grace_s))
        await front.server.stop(min(LAST_WORDS_S, grace_s))
        if self._housekeeping is not None:
            self._housekeeping.cancel()
        self._metrics.publish()

    def _register(self, front: ServingFront) -> None:
        pipeline = Pipeline(
            self._settings, self._authenticator, self._inflight, self._metrics, front
        )
        for service, methods in itertools.groupby(self._methods, lambda method: method.service):
            handlers = {method.name: _handler(pipeline, method) for method in methods}
            generic = grpc.method_handlers_generic_handler(service, handlers)
            # As generated code does: aio serves the generic handler, native the registered ones.
            front.server.add_generic_rpc_handlers([generic])
            front.server.add_registered_method_handlers(service, handlers)
        if self._settings.reflection:
            front.server.add_generic_rpc_handlers(reflection_handlers(self._service_names))

    def _bind(self, server: grpc.aio.Server) -> int:
        settings = self._settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"{host}:{settings.port}"
        try:
            if settings.tls:
                return server.add_secure_port(address, credentials(settings.tls))
            return server.add_insecure_port(address)
        except RuntimeError:
            raise CannotServe(f"cannot listen on {address}") from None

    async def _keep_house(self) -> None:
        rounds = round(PUBLISH_INTERVAL_S / SWEEP_INTERVAL_S)
        for number in itertools.count(1):
            await asyncio.sleep(SWEEP_INTERVAL_S)
            self._inflight.sweep()
            if number % rounds == 0:
                self._metrics.publish()


def _methods(
    settings: TransportSettings, services: Sequence[Service], health: Health
) -> list[Method]:
    limits = settings.limits
    methods = [method for service in services for method in methods_of(service, limits)]
    methods += methods_of(health.service(), limits, operational=True)
    check_unique(methods)
    return methods


def _handler(pipeline: Pipeline, method: Method) -> grpc.RpcMethodHandler[Any, Any]:
    """Makes grpc's handler. It gets and gives bytes: the pipeline parses, to answer for it."""
    if method.streaming:
        return grpc.unary_stream_rpc_method_handler(pipeline.stream(method))
    return grpc.unary_unary_rpc_method_handler(pipeline.unary(method))
