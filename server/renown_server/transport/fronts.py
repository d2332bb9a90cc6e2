"""The two gRPC servers behind one face."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import Iterable
from typing import Any, Literal, Protocol

import grpc

from renown_server.transport.settings import CannotServe, TlsFiles, TransportSettings

METADATA_BYTES_SOFT = 8 * 1024
METADATA_BYTES_HARD = 16 * 1024
HANDSHAKE_MS = 5_000
AGE_GRACE_MS = 60_000
PING_STRIKES = 2
# Finds clients that vanished without a word, so that their streams end.
KEEPALIVE_MS = 60_000
KEEPALIVE_TIMEOUT_MS = 20_000
# Of 10,000 streams opened at once 6,000 were cancelled with grpc's own limit.
PENDING_REQUESTS_MAX = 100_000
# Native holds one message of a stream, and takes some 50 µs to pass it on to a client that
# reads. So a stream looks again for room in the next rounds of the event loop, and only then
# after a while, which grows for a client that is behind.
ROOM_ROUNDS = 32
ROOM_WAIT_MIN_S = 0.001
ROOM_WAIT_MAX_S = 0.5


class ServingFront(Protocol):
    """A gRPC server, and what of its calls differs from the other's.

    Attributes:
        server: has grpc.aio's interface.
        flush_s: how long answers may still be under way when their calls have ended.
    """

    server: grpc.aio.Server
    flush_s: float

    def metadata(self, context: Any) -> Iterable[tuple[str, Any]]:
        """Returns a call's metadata."""

    async def write(self, context: Any, message: bytes) -> bool:
        """Sends a message of a stream, waiting for room; False if the client has left."""


class AioFront:
    """grpc.aio: the reference; TLS, every platform."""

    flush_s = 0.0

    def __init__(self, settings: TransportSettings) -> None:
        aio_only = [
            ("grpc.server_handshake_timeout_ms", HANDSHAKE_MS),
            ("grpc.max_connection_age_ms", settings.connection_age_s * 1000),
            ("grpc.max_connection_age_grace_ms", AGE_GRACE_MS),
            ("grpc.http2.max_ping_strikes", PING_STRIKES),
            ("grpc.server.max_pending_requests", PENDING_REQUESTS_MAX),
            ("grpc.server.max_pending_requests_hard_limit", 2 * PENDING_REQUESTS_MAX),
        ]
        self.server = grpc.aio.server(options=[*_options(settings), *aio_only])

    def metadata(self, context: Any) -> Iterable[tuple[str, Any]]:
        """Returns a call's metadata."""
        found: Iterable[tuple[str, Any]] = context.invocation_metadata()
        return found

    async def write(self, context: Any, message: bytes) -> bool:
        """Sends a message of a stream, waiting for room; False if the client has left."""
        try:
            await context.write(message)
        except grpc.aio.InternalError:
            # The client left in the middle of it; the task's cancellation is on its way.
            return False
        return True


class NativeFront:
    """pygrpc-native: HTTP/2 in Rust, an eighth of the CPU; no TLS.

    Reads two private fields of its calls. The public ways copy the metadata into named tuples
    (1 µs a call), and wait for a slow reader in a thread each, of which there are few: six slow
    readers would stop name resolution for everybody.
    """

    # Answers are handed to a thread, and closing the server does not wait for that.
    flush_s = 0.3

    def __init__(self, settings: TransportSettings) -> None:
        # Not `from pygrpc_native import aio`: its lazy attribute looks itself up for ever.
        native = importlib.import_module("pygrpc_native.aio")
        self._closed, self._full = native.STREAM_CLOSED, native.STREAM_FULL
        # One thread for HTTP/2: there is a process for each core, and a second thread costs
        # 3 to 5 µs a call in switching.
        self.server: grpc.aio.Server = native.Server(options=_options(settings), io_threads=1)

    def metadata(self, context: Any) -> Iterable[tuple[str, Any]]:
        """Returns a call's metadata."""
        found: Iterable[tuple[str, Any]] = context._call.metadata
        return found

    async def write(self, context: Any, message: bytes) -> bool:
        """Sends a message of a stream, waiting for room; False if the client has left."""
        send, call_id = context._server._front.stream_try_send, context._call.call_id
        rounds, wait_s = ROOM_ROUNDS, ROOM_WAIT_MIN_S
        while (sent := send(call_id, message)) == self._full:
            if rounds:
                rounds -= 1
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, ROOM_WAIT_MAX_S)
        return bool(sent != self._closed)


def choose_transport(settings: TransportSettings) -> Literal["aio", "native"]:
    """Returns the transport to use.

    Raises:
        CannotServe: the one asked for is not installed, or cannot do what else is asked.
    """
    installed = importlib.util.find_spec("pygrpc_native") is not None
    if settings.transport == "native":
        if not installed:
            raise CannotServe("transport native needs the package pygrpc-native")
        if settings.tls:
            raise CannotServe("transport native does not speak TLS; use aio, or a proxy before it")
    if settings.transport != "auto":
        return settings.transport
    return "native" if installed and not settings.tls else "aio"


def make_front(settings: TransportSettings) -> ServingFront:
    """Makes the server that the settings ask for, without handlers or a port.

    Raises:
        CannotServe: see `choose_transport`.
    """
    return NativeFront(settings) if choose_transport(settings) == "native" else AioFront(settings)


def credentials(tls: TlsFiles) -> grpc.ServerCredentials:
    """Reads the files of a TLS server.

    Raises:
        CannotServe: one cannot be read.
    """
    try:
        chain, key = tls.certificate.read_bytes(), tls.key.read_bytes()
        client_ca = tls.client_ca.read_bytes() if tls.client_ca else None
    except OSError as error:
        raise CannotServe(f"cannot read {error.filename}: {error.strerror}") from None
    return grpc.ssl_server_credentials(
        [(key, chain)], client_ca, require_client_auth=client_ca is not None
    )


def _options(settings: TransportSettings) -> list[tuple[str, int]]:
    limits = settings.limits
    return [
        ("grpc.max_receive_message_length", limits.batch_request_bytes_max),
        ("grpc.max_concurrent_streams", limits.streams_per_connection),
        ("grpc.max_metadata_size", METADATA_BYTES_SOFT),
        ("grpc.absolute_max_metadata_size", METADATA_BYTES_HARD),
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
        ("grpc.so_reuseport", int(settings.share_port)),
    ]
