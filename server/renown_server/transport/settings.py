"""What can be set of the transport."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


class CannotServe(Exception):
    """The server cannot start; the message is one line for its operator."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of a server that speaks TLS.

    Attributes:
        certificate: the server's certificate chain.
        key: its private key.
        client_ca: who signs the certificates that clients must show; None: they need none.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call, connection, principal or process may take.

    Attributes:
        unary_deadline_s: the longest a unary call may run.
        stream_deadline_s: the longest a stream may run; None: as long as its client likes.
        request_bytes_max: the largest request.
        batch_request_bytes_max: the largest request of a method named `Batch…`.
        streams_per_connection: concurrent calls of one HTTP/2 connection.
        streams_max: concurrent streaming calls of the process.
        calls_per_s: calls of a method a principal may make on average; 0: as many as it likes.
        calls_burst: calls it may make at once.
        buckets_max: pairs of principal and method whose rate is remembered; the longest silent
            are forgotten.
    """

    unary_deadline_s: float = 10.0
    stream_deadline_s: float | None = None
    request_bytes_max: int = 64 * 1024
    batch_request_bytes_max: int = 1024 * 1024
    streams_per_connection: int = 100
    streams_max: int = 1000
    calls_per_s: float = 0.0
    calls_burst: int = 1000
    buckets_max: int = 20_000


@dataclass(frozen=True, slots=True)
class TransportSettings:
    """One gRPC server.

    Attributes:
        host: a name or address to listen on.
        port: 0 lets the system choose.
        transport: `native`, `aio`, or `auto`: native where it is installed and TLS is not used.
        tls: files of a server that speaks TLS; needs `aio`.
        allow_plaintext: serve without TLS to other machines.
        share_port: other worker processes listen on the same port (SO_REUSEPORT).
        connection_age_s: when clients of `aio` are asked to connect anew, so that they spread.
        reflection: answer grpcurl's question what there is to call.
        access_log: write a line for each call, not only for slow and broken ones.
        slow_call_s: unary calls longer than this are logged.
    """

    host: str = "127.0.0.1"
    port: int = 7410
    transport: Literal["auto", "aio", "native"] = "auto"
    tls: TlsFiles | None = None
    allow_plaintext: bool = False
    share_port: bool = False
    connection_age_s: int = 30 * 60
    reflection: bool = True
    access_log: bool = False
    slow_call_s: float = 1.0
    limits: Limits = field(default_factory=Limits)
