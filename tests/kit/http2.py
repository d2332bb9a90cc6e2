"""HTTP/2 by hand: whatever frames a test likes, right or wrong."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.bench import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE = range(6)
PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(6, 10)
END_STREAM, END_HEADERS, ACK = 0x1, 0x4, 0x1
FRAME_BYTES_MAX = 16384
NO_TABLE = b"\x00\x01\x00\x00\x00\x00"
"""SETTINGS that keep the server's header blocks readable each by itself."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def headers(
    path: str, metadata: Sequence[tuple[str, str]] = (), *, stream: int = 1, flags: int = 4
) -> bytes:
    """The HEADERS frame of a gRPC call."""
    fields = [
        *((":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x")),
        *(("te", "trailers"), ("content-type", "application/grpc")),
        *metadata,
    ]
    return frame(HEADERS, flags, stream, hpack.encode_first(fields))


def message(body: bytes, *, stream: int = 1, compressed: int = 0) -> bytes:
    """The DATA frames of a call with one message, and the end of its stream."""
    data = bytes([compressed]) + len(body).to_bytes(4) + body
    parts = [data[at : at + FRAME_BYTES_MAX] for at in range(0, len(data), FRAME_BYTES_MAX)]
    frames = [frame(DATA, 0, stream, part) for part in parts]
    return b"".join(frames) + frame(DATA, END_STREAM, stream)


@dataclass(slots=True)
class Connection:
    """A TCP connection; nothing is sent on it but what a test sends.

    Attributes:
        reader: what the server says.
        writer: where bytes go.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *data: bytes) -> bool:
        """Sends bytes; False if the server has hung up."""
        try:
            self.writer.write(b"".join(data))
            await self.writer.drain()
        except OSError:
            return False
        return True

    async def status(self, stream: int = 1, patience_s: float = 10) -> dict[str, str]:
        """The headers that end a stream.

        Returns:
            Its trailers, or what ended it instead: `reset` or `goaway` with the error's number,
            `closed`.
        """
        async with asyncio.timeout(patience_s):
            while True:
                try:
                    head = await self.reader.readexactly(9)
                    payload = await self.reader.readexactly(int.from_bytes(head[:3]))
                except (asyncio.IncompleteReadError, OSError):
                    return {"closed": "1"}
                kind, flags, about = head[3], head[4], int.from_bytes(head[5:])
                if kind == HEADERS and about == stream and flags & END_STREAM:
                    return hpack.decode(payload)
                if kind == RST_STREAM and about == stream:
                    return {"reset": str(int.from_bytes(payload))}
                if kind == GOAWAY and int.from_bytes(payload[4:8]):
                    return {"goaway": str(int.from_bytes(payload[4:8]))}
                if kind == SETTINGS and not flags & ACK:
                    await self.send(frame(SETTINGS, ACK, 0))


@asynccontextmanager
async def connect(address: str, *, preface: bool = True) -> AsyncIterator[Connection]:
    """Opens a connection, and says the first words of HTTP/2 unless told not to."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    connection = Connection(reader, writer)
    try:
        if preface:
            await connection.send(PREFACE, frame(SETTINGS, 0, 0, NO_TABLE))
        yield connection
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
