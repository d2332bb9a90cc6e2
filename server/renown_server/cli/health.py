"""`renown health`: for containers' health checks."""

from __future__ import annotations

from typing import Annotated

import typer

from renown_server.cli.failures import Failure
from renown_server.config import Settings

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def health(
    address: Annotated[
        str, typer.Option(help="host:port; RENOWN_HOST and RENOWN_PORT when left out.")
    ] = "",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds.")] = 3.0,
) -> None:
    """Ask a server whether it serves; the exit code is the answer."""
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    settings = Settings.load()
    target = address or _own_address(settings)
    with _channel(target, settings) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=timeout)
        except grpc.RpcError as error:
            raise Failure(f"{target} does not answer: {_reason(error)}") from None
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise Failure(f"{target} is not serving")
    typer.echo("serving")
