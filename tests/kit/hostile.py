"""What a client of HTTP/2 must not send, or may but never does."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench import hpack
from tests.kit import http2
from tests.kit.http2 import CONTINUATION, DATA, HEADERS, PING, RST_STREAM, SETTINGS, frame
from tests.kit.raw import BY_NAME

PATH = BY_NAME["ListLevels"].path
BOUND = ("authorization", "Bearer nobody")
"""A credential of nobody: what is understood as a call is UNAUTHENTICATED."""

VALID = http2.message(b"")
"""The one message of a call."""


def odd_headers(**changes: str | None) -> bytes:
    """The headers of a call, with some of them changed, and without those that are None."""
    fields = {":method": "POST", ":scheme": "http", ":path": PATH, ":authority": "x"}
    fields |= {"te": "trailers", "content-type": "application/grpc"}
    for name, value in changes.items():
        key = next((key for key in fields if key.strip(":") == name.replace("_", "-")), name)
        fields.pop(key, None)
        if value is not None:
            fields[key] = value
    return frame(HEADERS, 4, 1, hpack.encode_first(list(fields.items())))


def body(data: bytes) -> bytes:
    """A call with these bytes for its messages, to their end."""
    return http2.headers(PATH, [BOUND]) + frame(DATA, 1, 1, data)


HOSTILE: dict[str, Sequence[bytes]] = {
    "no message": [http2.headers(PATH, [BOUND], flags=5)],
    "an empty end": [body(b"")],
    "half a message": [body(b"\0\0\0\0\x09abc")],
    "half a length": [body(b"\0\0")],
    "two messages": [body(bytes(10))],
    "a length of 4 GiB": [body(b"\0\xff\xff\xff\xff")],
    "an unknown flag": [body(b"\2\0\0\0\0")],
    "compressed with nothing": [body(b"\1\0\0\0\0")],
    "compressed with anything": [
        http2.headers(PATH, [BOUND, ("grpc-encoding", "snappy")]) + frame(DATA, 1, 1, b"\1\0\0\0\0")
    ],
    "no gzip at all": [
        http2.headers(PATH, [BOUND, ("grpc-encoding", "gzip")]),
        frame(DATA, 1, 1, b"\1\0\0\0\3abc"),
    ],
    "another method": [odd_headers(method="GET"), VALID],
    "another content": [odd_headers(content_type="text/plain"), VALID],
    "no content": [odd_headers(content_type=None), VALID],
    "no te": [odd_headers(te=None), VALID],
    "no path": [odd_headers(path=None), VALID],
    "a strange path": [odd_headers(path="/%00/../\\"), VALID],
    "no scheme": [odd_headers(scheme=None), VALID],
    **{
        f"a timeout of {timeout!r}": [
            http2.headers(PATH, [BOUND, ("grpc-timeout", timeout)]),
            VALID,
        ]
        for timeout in ("", "abc", "-1S", "0n", "99999999999H", "1e9S", "1", "S", "99999999H")
    },
    "bad base64": [http2.headers(PATH, [BOUND, ("x-bin", "%%%")]), VALID],
    "upper case": [odd_headers(**{"X-Upper": "1"}), VALID],
    "many headers": [http2.headers(PATH, [(f"k{n}", "") for n in range(500)]), VALID],
    "bytes in a header": [frame(HEADERS, 4, 1, b"\x00\x01x\x02\xff\xfe"), VALID],
    "a NUL in a header": [frame(HEADERS, 4, 1, b"\x00\x01x\x02a\0"), VALID],
    "an endless integer": [frame(HEADERS, 4, 1, b"\xff" * 20)],
    "headers on stream 0": [http2.headers(PATH, stream=0)],
    "headers on an even stream": [http2.headers(PATH, stream=2)],
    "data on an idle stream": [frame(DATA, 1, 5, b"x")],
    "a lone continuation": [frame(CONTINUATION, 4, 1)],
    "headers without end": [http2.headers(PATH, flags=0), frame(PING, 0, 0, bytes(8))],
    "a frame too large": [b"\xff\xff\xff\0\0\0\0\0\1", bytes(20_000)],
    "a short ping": [frame(PING, 0, 0, b"abc")],
    "short settings": [frame(SETTINGS, 0, 0, b"abc")],
    "a reset of nothing": [frame(RST_STREAM, 0, 7, bytes(4))],
    "a window too far": [frame(http2.WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff")],
    "a window of nothing": [frame(http2.WINDOW_UPDATE, 0, 0, bytes(4))],
    "a promise": [frame(http2.PUSH_PROMISE, 4, 1, bytes(4))],
    "an unknown frame": [frame(77, 0, 0, b"abc"), http2.headers(PATH, [BOUND]), VALID],
    "a flood of pings": [frame(PING, 0, 0, bytes(8)) * 20_000],
    "a flood of settings": [frame(SETTINGS, 0, 0, b"\0\4\0\0\xff\xff") * 20_000],
    "a flood of continuations": [
        http2.headers(PATH, flags=0),
        *[frame(CONTINUATION, 0, 1, b"\0\4name\x04" + b"v" * 16_000)] * 300,
    ],
    "a flood of empty data": [http2.headers(PATH, [BOUND]), frame(DATA, 0, 1) * 20_000],
    "a flood of resets": [
        http2.headers(PATH, [BOUND], stream=number)
        + frame(DATA, 1, number, bytes(5))
        + frame(RST_STREAM, 0, number, b"\0\0\0\x08")
        for number in range(1, 4_001, 2)
    ],
}
"""Attacks by what they are; each is what a client says after the preface."""
