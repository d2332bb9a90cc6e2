"""The server around the calls: health, reflection, ports, TLS, draining, metrics."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from renown.v1 import currency_service_pb2 as currency
from renown.v1 import event_service_pb2 as event
from renown_server.calls import CallContext
from renown_server.errors import Draining
from renown_server.transport.ports import ensure_port_free, is_loopback, reserve_port
from renown_server.transport.settings import CannotServe, TlsFiles, TransportSettings
from tests.integration.transport_fakes import ACTIVITY, CURRENCY, EVENTS, Game, reason_of, serving

Code = grpc.StatusCode
Health = health_pb2.HealthCheckResponse
HEALTH = "grpc.health.v1.Health"


@pytest.fixture(params=["aio", "native"])
def settings(request: pytest.FixtureRequest) -> TransportSettings:
    return TransportSettings(port=0, transport=request.param)


@pytest_asyncio.fixture
async def game(settings: TransportSettings) -> AsyncIterator[Game]:
    async with serving(settings) as game:
        yield game


async def health_of(game: Game, service: str) -> int:
    request = health_pb2.HealthCheckRequest(service=service)
    raw = await game.call(f"{HEALTH}/Check", request, token=None)
    status: int = Health.FromString(raw).status
    return status


def watch(game: Game, service: str) -> Any:
    method: Any = game.channel.unary_stream(
        f"/{HEALTH}/Watch", response_deserializer=Health.FromString
    )
    return method(health_pb2.HealthCheckRequest(service=service).SerializeToString())


async def test_health_needs_no_credential(game: Game) -> None:
    assert await health_of(game, "") == Health.SERVING
    assert await health_of(game, CURRENCY) == Health.SERVING
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await health_of(game, "no.Such")
    assert refused.value.code() is Code.NOT_FOUND
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.call(f"{HEALTH}/Check", b"\xff", token=None)
    assert refused.value.code() is Code.INVALID_ARGUMENT
    raw = await game.call(f"{HEALTH}/List", b"", token=None)
    assert set(health_pb2.HealthListResponse.FromString(raw).statuses) == {
        "",
        CURRENCY,
        ACTIVITY,
        EVENTS,
    }


async def test_health_is_watched(game: Game) -> None:
    known, unknown = watch(game, CURRENCY), watch(game, "no.Such")
    assert (await known.read()).status == Health.SERVING
    assert (await unknown.read()).status == Health.SERVICE_UNKNOWN
    game.server.health.set_serving(False)
    assert (await known.read()).status == Health.NOT_SERVING
    assert await health_of(game, "") == Health.NOT_SERVING
    game.server.health.set_serving(True)
    assert (await known.read()).status == Health.SERVING
    known.cancel()
    unknown.cancel()


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
async def test_reflection_describes_what_is_served(game: Game, version: str) -> None:
    method: Any = game.channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    call = method()
    await call.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    listed = {service.name for service in (await call.read()).list_services_response.service}
    assert {CURRENCY, ACTIVITY, EVENTS, HEALTH} <= listed
    await call.write(reflection_pb2.ServerReflectionRequest(file_containing_symbol=CURRENCY))
    files = (await call.read()).file_descriptor_response.file_descriptor_proto
    assert any(b"renown/v1/access.proto" in file for file in files)
    await call.done_writing()


async def test_reflection_refuses_bytes_that_are_no_request(game: Game) -> None:
    method: Any = game.channel.stream_stream(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
    )
    call = method()
    await call.write(b"\xff")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call.read()
    assert refused.value.code() is Code.INVALID_ARGUMENT


async def test_reflection_can_be_switched_off(settings: TransportSettings) -> None:
    async with serving(replace(settings, reflection=False)) as game:
        method: Any = game.channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
        )
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await method().read()
        assert refused.value.code() is Code.UNIMPLEMENTED
        assert await game.get_wallet() == "p1"


@pytest.mark.skipif(not shutil.which("grpcurl"), reason="grpcurl is not installed")
async def test_grpcurl_finds_its_way(game: Game) -> None:
    address = f"127.0.0.1:{game.server.port}"
    listed = await grpcurl("-plaintext", address, "list")
    assert CURRENCY in listed.split()
    answer = await grpcurl(
        *("-plaintext", "-H", "authorization: Bearer server", "-d", '{"player_id": "p7"}'),
        *(address, f"{CURRENCY}/GetWallet"),
    )
    assert json.loads(answer)["wallet"].popitem()[1] == "p7"


async def grpcurl(*arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        "grpcurl", *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


@pytest.mark.parametrize("count", [1, 40])
async def test_stopping_finishes_unary_calls_and_refuses_new_ones(game: Game, count: int) -> None:
    release, started = asyncio.Event(), asyncio.Semaphore(0)

    async def wait(
        request: currency.GetWalletRequest, call: CallContext
    ) -> currency.GetWalletResponse:
        started.release()
        await release.wait()
        return currency.GetWalletResponse(wallet=currency.Wallet(player_id=request.player_id))

    game.currency.answer = wait
    health = watch(game, "")
    assert (await health.read()).status == Health.SERVING
    calls = [asyncio.create_task(game.get_wallet(f"p{number}")) for number in range(count)]
    for _ in range(count):
        await started.acquire()
    stopping = asyncio.create_task(game.server.stop(20))
    assert (await health.read()).status == Health.NOT_SERVING
    assert game.server.draining.is_set()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await game.get_wallet()
    assert refused.value.code() is Code.UNAVAILABLE
    assert reason_of(refused.value) == "DRAINING"
    assert await health_of(game, "") == Health.NOT_SERVING
    release.set()
    assert await asyncio.gather(*calls) == [f"p{number}" for number in range(count)]
    await stopping


async def test_stopping_lets_streams_end_with_their_cursor(game: Game) -> None:
    async def polite(
        request: object, call: CallContext
    ) -> AsyncIterator[event.StreamEventsResponse]:
        yield event.StreamEventsResponse(cursor="c1")
        assert call.draining is not None
        await call.draining.wait()
        yield event.StreamEventsResponse(cursor="c2")
        raise Draining("c2")

    async def deaf(request: object, call: CallContext) -> AsyncIterator[event.StreamEventsResponse]:
        yield event.StreamEventsResponse(cursor="c1")
        await asyncio.Event().wait()

    request = event.StreamEventsRequest(all_players=True)
    streams = []
    for handler in (polite, deaf):
        game.events.stream = handler
        streams.append(game.stream(request))
        assert (await streams[-1].read()).cursor == "c1"
    stopping = asyncio.create_task(game.server.stop(1))
    assert (await streams[0].read()).cursor == "c2"
    for stream in streams:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stream.read()
        assert refused.value.code() is Code.UNAVAILABLE
        assert reason_of(refused.value) == "DRAINING"
    await stopping


async def test_stopping_ends_what_does_not_end(game: Game) -> None:
    started = asyncio.Event()

    async def forever(request: object, call: CallContext) -> object:
        started.set()
        return await asyncio.Event().wait()

    game.currency.answer = forever
    running = asyncio.create_task(game.get_wallet())
    await started.wait()
    await game.server.stop(0.2)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await running
    assert refused.value.code() is Code.UNAVAILABLE
    assert reason_of(refused.value) == "DRAINING"
    await game.server.stop(0.2)


async def test_calls_are_counted(game: Game) -> None:
    await game.get_wallet()
    await game.get_wallet()
    with pytest.raises(grpc.aio.AioRpcError):
        await game.get_wallet("")
    await game.server.stop(1)
    method = f"/{CURRENCY}/GetWallet"

    def sample(name: str, **labels: str) -> float | None:
        return game.registry.get_sample_value(name, labels)

    assert sample("renown_rpc_calls_total", method=method, code="OK") == 2
    assert sample("renown_rpc_calls_total", method=method, code="INVALID_ARGUMENT") == 1
    assert sample("renown_rpc_seconds_count", method=method) == 3
    assert sample("renown_rpc_seconds_bucket", method=method, le="+Inf") == 3
    assert (sample("renown_rpc_seconds_sum", method=method) or 0) > 0
    assert sample("renown_rpc_in_flight") == 0


async def test_a_taken_port_is_one_clear_line(settings: TransportSettings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for share in (False, True):
            with pytest.raises(CannotServe, match=rf"cannot listen on 127\.0\.0\.1:{port}"):
                async with serving(replace(settings, port=port, share_port=share)):
                    pass


async def test_servers_share_a_port_only_if_asked_to(settings: TransportSettings) -> None:
    with reserve_port("127.0.0.1", 0) as reserved:
        port = reserved.getsockname()[1]
        shared = replace(settings, port=port, share_port=True)
        async with serving(shared) as one, serving(shared) as other:
            assert one.server.port == other.server.port == port
            assert await one.get_wallet() == "p1"
            with pytest.raises(CannotServe):
                ensure_port_free("127.0.0.1", port)
        # Nobody listens, and the port is still ours.
        with pytest.raises(CannotServe):
            ensure_port_free("127.0.0.1", port)
    ensure_port_free("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("localhost", True), ("127.8.8.8", True), ("0.0.0.0", False)],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


async def test_plaintext_stays_on_this_machine(settings: TransportSettings) -> None:
    with pytest.raises(CannotServe, match="reachable from other machines"):
        async with serving(replace(settings, host="0.0.0.0")):
            pass


def test_native_does_not_speak_tls(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem")
    settings = TransportSettings(transport="native", tls=files)
    with pytest.raises(CannotServe, match="does not speak TLS"):
        asyncio.run(Game(settings).server.start())


async def test_tls_files_must_be_there(tmp_path: Path) -> None:
    files = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem")
    with pytest.raises(CannotServe, match=r"cannot read .*cert\.pem"):
        await Game(TransportSettings(port=0, tls=files)).server.start()


async def test_tls(tmp_path: Path) -> None:
    server_cert = make_certificate(tmp_path, "server")
    client_cert = make_certificate(tmp_path, "client")
    for client_ca in (None, client_cert.certificate):
        files = replace(server_cert, client_ca=client_ca)
        settings = TransportSettings(port=0, host="0.0.0.0", tls=files)
        game = Game(settings)
        await game.server.start()
        known = grpc.ssl_channel_credentials(
            server_cert.certificate.read_bytes(),
            client_cert.key.read_bytes(),
            client_cert.certificate.read_bytes(),
        )
        async with grpc.aio.secure_channel(f"localhost:{game.server.port}", known) as game.channel:
            assert await game.get_wallet() == "p1"
        unknown = grpc.ssl_channel_credentials(server_cert.certificate.read_bytes())
        async with grpc.aio.secure_channel(
            f"localhost:{game.server.port}", unknown
        ) as game.channel:
            code = await game.start(f"{CURRENCY}/GetWallet", b"\x0a\x01p").code()
            assert code is (Code.OK if client_ca is None else Code.UNAVAILABLE)
        await game.server.stop(0.2)


def make_certificate(folder: Path, name: str) -> TlsFiles:
    """Makes a certificate that vouches for itself, for localhost."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = TlsFiles(folder / f"{name}.pem", folder / f"{name}.key")
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
