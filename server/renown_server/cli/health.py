"""`renown health`: for containers' health checks."""

from __future__ import annotations

from typing import Annotated

import grpc
import typer
from grpc_health.v1 import health_pb2, health_pb2_grpc

from renown_server.cli.failures import Failure
from renown_server.config import Settings

app = typer.Typer()

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@app.command()
def health(
    address: Annotated[
        str, typer.Option(help="host:port; RENOWN_HOST and RENOWN_PORT when left out.")
    ] = "",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds.")] = 3.0,
) -> None:
    """Ask a server whether it serves; the exit code is the answer."""
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


def _own_address(settings: Settings) -> str:
    host = _EVERYWHERE.get(settings.host, settings.host)
    return f"[{host}]:{settings.port}" if ":" in host else f"{host}:{settings.port}"


def _channel(target: str, settings: Settings) -> grpc.Channel:
    """A channel to a server that is set up as these settings say.

    With TLS the server is known by its own certificate, whatever name it was made for; where
    clients need one, this one shows the server's.
    """
    if settings.tls_certificate is None or settings.tls_key is None:
        return grpc.insecure_channel(target)
    certificate = settings.tls_certificate.read_bytes()
    shows = settings.tls_client_ca is not None
    credentials = grpc.ssl_channel_credentials(
        root_certificates=certificate,
        private_key=settings.tls_key.read_bytes() if shows else None,
        certificate_chain=certificate if shows else None,
    )
    options = [("grpc.ssl_target_name_override", _name_in(certificate))]
    return grpc.secure_channel(target, credentials, options)


def _name_in(certificate: bytes) -> str:
    from cryptography import x509  # noqa: PLC0415 - only with TLS: it is large

    try:
        extension = x509.load_pem_x509_certificate(certificate).extensions
        names = extension.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound) as error:
        raise Failure(f"RENOWN_TLS_CERTIFICATE: {error}") from None
    dns = names.get_values_for_type(x509.DNSName)
    addresses = names.get_values_for_type(x509.IPAddress)
    if not dns and not addresses:
        raise Failure("RENOWN_TLS_CERTIFICATE names no host")
    return (dns or [str(address) for address in addresses])[0].replace("*", "any")


def _reason(error: grpc.RpcError) -> str:
    # Every error that a call raises is also the call; the types don't say so.
    status: grpc.Call = error  # type: ignore[assignment]
    return status.code().name.lower()
