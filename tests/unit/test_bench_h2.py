from __future__ import annotations

import select
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
import pytest

from tests.bench import hpack
from tests.bench.h2 import Connection, Reply

METHOD = "/renown.Echo/Say"
KEY = ("authorization", "Bearer secret")
LARGE = bytes(range(256)) * 150  # three frames, and three of these are over the first window


class Echo(grpc.GenericRpcHandler):
    """Answers with the request, or refuses what says so."""

    def service(self, details: Any) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        if details.method != METHOD or KEY not in details.invocation_metadata:
            return None
        return grpc.unary_unary_rpc_method_handler(self._say)

    @staticmethod
    def _say(request: bytes, context: grpc.ServicerContext) -> bytes:
        if request.startswith(b"refuse"):
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "queue is full – retry")
        return request


@pytest.fixture
def port() -> Iterator[int]:
    with futures.ThreadPoolExecutor(2) as pool:
        server = grpc.server(pool, handlers=[Echo()])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield port
        server.stop(None).wait()


def call(connection: Connection, *messages: bytes) -> list[Reply]:
    """Makes calls at the same time; the replies are in the calls' order."""
    streams = [connection.start(message) for message in messages]
    replies: dict[int, Reply] = {}
    while len(replies) < len(streams):
        connection.flush()
        ready, _, _ = select.select([connection.socket], [], [], 10)
        assert ready, "no answer"
        replies |= {reply.stream: reply for reply in connection.receive()}
    return [replies[stream] for stream in streams]


def test_calls_share_a_connection_and_its_headers(port: int) -> None:
    connection = Connection(port, METHOD, [KEY])
    for start in range(0, 50, 10):
        messages = [b"%d" % i for i in range(start, start + 10)]
        replies = call(connection, *messages)
        assert [reply.message for reply in replies] == messages
        assert {reply.status for reply in replies} == {"0"}
    connection.close()


def test_a_refusal_has_status_and_reason(port: int) -> None:
    connection = Connection(port, METHOD, [KEY])
    refused, echoed = call(connection, b"refuse", b"echo")
    assert (refused.status, refused.message) == ("8", b"")
    assert refused.reason.startswith("queue is full")
    assert (echoed.status, echoed.message) == ("0", b"echo")
    connection.close()


def test_metadata_and_method_arrive(port: int) -> None:
    for method, metadata in ((METHOD, []), ("/renown.Echo/Nothing", [KEY])):
        connection = Connection(port, method, metadata)
        assert call(connection, b"x")[0].status == "12"  # UNIMPLEMENTED
        connection.close()


def test_large_messages_wait_for_the_window(port: int) -> None:
    connection = Connection(port, METHOD, [KEY])
    replies = call(connection, *[LARGE] * 12)
    assert [reply.message == LARGE for reply in replies] == [True] * 12
    connection.close()


# From RFC 7541, appendix C, and with and without Huffman's code.
@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ("400a637573746f6d2d6b65790d637573746f6d2d686561646572", {"custom-key": "custom-header"}),
        ("408825a849e95ba97d7f8925a849e95bb8e8b4bf", {"custom-key": "custom-value"}),
        ("100870617373776f726406736563726574", {"password": "secret"}),
        ("48826402", {":status": "302"}),
        ("2088", {":status": "200"}),
        (
            "40889acac8b21234da8f820b5f40899acac8b5254207317fa7ed696d2a864292db451f6a5854d9e9"
            "4fe8d52820294a3fbfe14fe7cff2a7ffef5ffea810015137",
            {
                "grpc-status": "14",
                "grpc-message": 'queue is full; retry (in 20 ms)! "x" {y} 100%25',
            },
        ),
    ],
)
def test_header_blocks(block: str, expected: dict[str, str]) -> None:
    assert hpack.decode(bytes.fromhex(block)) == expected


def test_a_reference_to_the_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="table"):
        hpack.decode(b"\xbe")
