"""Just enough of Postgres' protocol to ping a server and to run statements without results.

The guardian must answer while it starts, stays small and has no event loop, so it does not use
the driver. Only trusted local sockets are spoken to.
"""

import socket
import struct
from pathlib import Path

PROTOCOL_3 = 196608
TIMEOUT_SECONDS = 30


class StatementError(Exception):
    """Postgres refused a connection or a statement."""

    def __init__(self, sqlstate: str, message: str) -> None:
        super().__init__(f"{message} ({sqlstate})")
        self.sqlstate = sqlstate


def execute(path: Path, database: str, *statements: str) -> None:
    """Connects as the superuser and runs the statements, each in its own transaction.

    Raises:
        OSError: nobody listens on the socket, or the connection broke.
        StatementError: Postgres answered with an error.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(TIMEOUT_SECONDS)
        connection.connect(str(path))
        parameters = f"user\0postgres\0database\0{database}\0\0".encode()
        connection.sendall(struct.pack("!ii", len(parameters) + 8, PROTOCOL_3) + parameters)
        _read_until_ready(connection)
        for statement in statements:
            text = statement.encode() + b"\0"
            connection.sendall(b"Q" + struct.pack("!i", len(text) + 4) + text)
            _read_until_ready(connection)
        connection.sendall(b"X\0\0\0\4")


def _read_until_ready(connection: socket.socket) -> None:
    while True:
        kind, length = struct.unpack("!ci", _read(connection, 5))
        body = _read(connection, length - 4)
        if kind == b"E":
            raise _error(body)
        if kind == b"R" and body != b"\0\0\0\0":
            raise StatementError("28000", "Postgres asks for a password")
        if kind == b"Z":
            return


def _error(body: bytes) -> StatementError:
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return StatementError(fields.get(b"C", "XX000"), fields.get(b"M", "unknown error"))


def _read(connection: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        chunk = connection.recv(length - len(data))
        if not chunk:
            raise ConnectionError("Postgres closed the connection")
        data += chunk
    return bytes(data)
