"""A gRPC client for load: one HTTP/2 connection that carries unary calls of one method.

The generator shares the machine with what it measures, so it must be light: grpcio's clients cost
40 to 160 µs of CPU a call, this one about 10. It knows no TLS, no compression, no retries, and one
message a call.
"""

import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.bench import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK, PADDED, PRIORITY = 0x1, 0x4, 0x1, 0x8, 0x20
HEADER_TABLE_SIZE, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE = 1, 4, 5
FRAME = struct.Struct(">HBBBI")  # length (high 16, low 8 bits), type, flags, stream
SETTING = struct.Struct(">HI")
FRAME_BYTES_MAX = 16384
WINDOW_DEFAULT = 65535
WINDOW_MAX = 2**31 - 1
READ_BYTES = 1 << 18
TIMEOUT_SECONDS = 30


class ConnectionLost(Exception):
    """The server closed the connection or broke the protocol."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The end of one call."""

    stream: int
    status: str
    """gRPC status number; "0" is OK."""
    reason: str
    """What the server said beside the status."""
    message: bytes


@dataclass(frozen=True, slots=True)
class _End:
    status: str
    reason: str


class Connection:
    """One connection; it neither blocks nor waits, its owner polls the socket.

    Args:
        port: Port on this machine.
        method: Full name of the method, ``/package.Service/Method``.
        metadata: Sent with every call.
    """

    def __init__(self, port: int, method: str, metadata: Sequence[tuple[str, str]]) -> None:
        headers = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", method),
            (":authority", f"127.0.0.1:{port}"),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
            ("user-agent", "renown-bench"),
            ("grpc-timeout", f"{TIMEOUT_SECONDS}S"),
            *metadata,
        ]
        self._block = hpack.encode_first(headers)
        self._block_again = hpack.encode_again(headers)
        self._next_stream = 1
        self._send_window = WINDOW_DEFAULT
        self._stream_window = WINDOW_DEFAULT
        self._received = 0
        self._in = b""
        self._out = bytearray(PREFACE + _settings() + _window_update(WINDOW_MAX - WINDOW_DEFAULT))
        self._waiting: list[tuple[int, bytes]] = []
        self._bodies: dict[int, bytes] = {}
        self._ends: dict[bytes, _End] = {}
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(self._out)
        self._out.clear()
        # The server's settings; by then a worker has accepted the connection.
        self._in = self.socket.recv(READ_BYTES)
        self.socket.setblocking(False)

    def start(self, message: bytes) -> int:
        """Queues a call and returns its stream; ``flush`` sends it."""
        stream = self._next_stream
        self._next_stream += 2
        flags = END_HEADERS
        self._out += FRAME.pack(len(self._block) >> 8, len(self._block) & 0xFF, 1, flags, stream)
        self._out += self._block
        self._block = self._block_again
        body = b"\0" + len(message).to_bytes(4) + message
        if len(body) > self._stream_window:
            raise ConnectionLost(f"a request of {len(body)} bytes is over the server's window")
        if self._waiting or len(body) > self._send_window:
            self._waiting.append((stream, body))
        else:
            self._put_data(stream, body)
        self._bodies[stream] = b""
        return stream

    def flush(self) -> bool:
        """Sends what it can; False when the socket would not take all of it."""
        while self._out:
            try:
                sent = self.socket.send(self._out)
            except BlockingIOError:
                return False
            except OSError as error:
                raise ConnectionLost(str(error)) from error
            del self._out[:sent]
        return True

    def receive(self) -> Iterator[Reply]:
        """Reads what has arrived and yields the calls that it completes."""
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise ConnectionLost(str(error)) from error
        if not data:
            raise ConnectionLost("the server closed the connection")
        self._in = data = self._in + data if self._in else data
        at, end = 0, len(data)
        while end - at >= FRAME.size:
            high, low, kind, flags, stream = FRAME.unpack_from(data, at)
            stop = at + FRAME.size + (high << 8 | low)
            if stop > end:
                break
            payload = data[at + FRAME.size : stop]
            at = stop
            if kind == DATA:
                self._take_data(flags, stream, payload)
            elif kind == HEADERS:
                if flags & END_STREAM:
                    yield self._finish(flags, stream, payload)
            elif kind == RST_STREAM:
                if self._bodies.pop(stream, None) is not None:
                    yield Reply(stream, "reset", f"code {int.from_bytes(payload)}", b"")
            else:
                self._control(kind, flags, stream, payload)
        self._in = data[at:]

    def close(self) -> None:
        """Closes the socket; calls under way are lost."""
        self.socket.close()

    def _take_data(self, flags: int, stream: int, payload: bytes) -> None:
        if flags & (END_STREAM | PADDED):
            raise ConnectionLost("unexpected flags on data")
        self._bodies[stream] += payload
        self._received += len(payload)
        if self._received > WINDOW_MAX // 2:
            self._out += _window_update(self._received)
            self._received = 0

    def _finish(self, flags: int, stream: int, block: bytes) -> Reply:
        if not flags & END_HEADERS or flags & (PADDED | PRIORITY):
            raise ConnectionLost("unexpected flags on headers")
        end = self._ends.get(block)
        if end is None:
            headers = hpack.decode(block)
            status = headers.get("grpc-status", f"http {headers.get(':status')}")
            end = self._ends[block] = _End(status, headers.get("grpc-message", ""))
            if len(self._ends) > 1000:  # every block differs; don't collect them
                self._ends.clear()
        return Reply(stream, end.status, end.reason, self._bodies.pop(stream)[5:])

    def _control(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if kind == SETTINGS and not flags & ACK:
            for key, value in SETTING.iter_unpack(payload):
                if key == INITIAL_WINDOW_SIZE:
                    self._stream_window = value
            self._out += FRAME.pack(0, 0, SETTINGS, ACK, 0)
        elif kind == PING and not flags & ACK:
            self._out += FRAME.pack(0, len(payload), PING, ACK, 0) + payload
        elif kind == WINDOW_UPDATE and stream == 0:
            self._send_window += int.from_bytes(payload)
            while self._waiting and len(self._waiting[0][1]) <= self._send_window:
                self._put_data(*self._waiting.pop(0))
        elif kind == GOAWAY:
            raise ConnectionLost(f"the server ends the connection: {payload[8:].decode()}")

    def _put_data(self, stream: int, body: bytes) -> None:
        self._send_window -= len(body)
        for at in range(0, len(body), FRAME_BYTES_MAX):
            part = body[at : at + FRAME_BYTES_MAX]
            last = END_STREAM if at + FRAME_BYTES_MAX >= len(body) else 0
            self._out += FRAME.pack(len(part) >> 8, len(part) & 0xFF, DATA, last, stream)
            self._out += part


def _settings() -> bytes:
    values = {HEADER_TABLE_SIZE: 0, INITIAL_WINDOW_SIZE: WINDOW_MAX, 2: 0}
    payload = b"".join(SETTING.pack(key, value) for key, value in values.items())
    return FRAME.pack(0, len(payload), SETTINGS, 0, 0) + payload


def _window_update(amount: int) -> bytes:
    return FRAME.pack(0, 4, WINDOW_UPDATE, 0, 0) + amount.to_bytes(4)
