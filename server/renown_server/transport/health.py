"""grpc.health.v1: whether this process serves, for load balancers and `renown health`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable

from grpc_health.v1.health_pb2 import (
    HealthCheckRequest,
    HealthCheckResponse,
    HealthListRequest,
    HealthListResponse,
)

from renown_server.calls import CallContext, Service
from renown_server.errors import Draining, Refusal, Status, StoredRefusal

SERVICE_NAME = "grpc.health.v1.Health"


class Health:
    """The health of every service, as one: they stand and fall together.

    Attributes:
        services: full names of the services that can be asked for, besides the whole server.
    """

    def __init__(self, services: Iterable[str]) -> None:
        self._services = frozenset({"", *services})
        self._serving = False
        self._draining = False
        self._changed = asyncio.Event()

    def service(self) -> Service:
        """Returns the service to register."""
        return Service(SERVICE_NAME, self)

    def set_serving(self, serving: bool) -> None:
        """Says whether calls can be served now."""
        self._serving = serving and not self._draining
        self._changed.set()
        self._changed = asyncio.Event()

    def drain(self) -> None:
        """Says for good that calls are not served any more, and ends the watches."""
        self._draining = True
        self.set_serving(False)

    async def check(self, request: HealthCheckRequest, call: CallContext) -> HealthCheckResponse:
        """Answers the health of one service now."""
        status = self._status(request.service)
        if status == HealthCheckResponse.SERVICE_UNKNOWN:
            # The protocol wants NOT_FOUND, which is no error of this server's own contract.
            raise StoredRefusal(
                Refusal("NOT_FOUND", Status.NOT_FOUND.value, "there is no such service")
            )
        return HealthCheckResponse(status=status)

    async def list(self, request: HealthListRequest, call: CallContext) -> HealthListResponse:
        """Answers the health of every service now."""
        response = HealthListResponse()
        for service in self._services:
            response.statuses[service].status = self._status(service)
        return response

    async def watch(
        self, request: HealthCheckRequest, call: CallContext
    ) -> AsyncIterator[HealthCheckResponse]:
        """Sends the health of one service, and again whenever it changes."""
        sent = None
        while True:
            changed, draining = self._changed, self._draining
            status = self._status(request.service)
            if status != sent:
                yield HealthCheckResponse(status=status)
                sent = status
            if draining:
                raise Draining
            await changed.wait()

    def _status(self, service: str) -> HealthCheckResponse.ServingStatus.ValueType:
        if service not in self._services:
            return HealthCheckResponse.SERVICE_UNKNOWN
        if self._serving:
            return HealthCheckResponse.SERVING
        return HealthCheckResponse.NOT_SERVING
