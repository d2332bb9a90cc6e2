"""A TCP proxy that lets requests through and keeps the answers back, until it cuts the connections.

What it keeps back is read: the answers that callers never got are known to the test.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

CHUNK_BYTES = 65536
FRAME_HEAD_BYTES = 9
DATA, PADDED = 0, 0x8
MESSAGE_HEAD_BYTES = 5


class Answers:
    """The unary answers in what a server sends over one HTTP/2 connection."""

    def __init__(self) -> None:
        self._bytes = b""
        self._streams: dict[int, bytes] = {}

    def feed(self, chunk: bytes, *, wanted: bool) -> None:
        """Takes in what was sent; messages in it are kept if they are wanted."""
        self._bytes += chunk
        while len(self._bytes) >= FRAME_HEAD_BYTES:
            length = int.from_bytes(self._bytes[:3], "big")
            kind, flags = self._bytes[3], self._bytes[4]
            stream = int.from_bytes(self._bytes[5:9], "big")
            end = FRAME_HEAD_BYTES + length
            if len(self._bytes) < end:
                return
            body, self._bytes = self._bytes[FRAME_HEAD_BYTES:end], self._bytes[end:]
            if kind == DATA and wanted:
                if flags & PADDED:
                    body = body[1 : len(body) - body[0]]
                self._streams[stream] = self._streams.get(stream, b"") + body

    def messages(self) -> list[bytes]:
        """The messages that are complete, serialized."""
        found = []
        for data in self._streams.values():
            if len(data) < MESSAGE_HEAD_BYTES:
                continue
            length = int.from_bytes(data[1:MESSAGE_HEAD_BYTES], "big")
            message = data[MESSAGE_HEAD_BYTES : MESSAGE_HEAD_BYTES + length]
            if len(message) == length:
                found.append(message)
        return found


class Proxy:
    """Stands before one worker; an async context manager.

    Args:
        target: the worker's `host:port`.

    Attributes:
        address: where it listens.
    """

    def __init__(self, target: str) -> None:
        self.address = ""
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._holding = False
        self._answers: list[Answers] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    def hold(self) -> None:
        """From now on answers are kept back."""
        self._holding = True
        self._answers = []

    def held(self) -> list[bytes]:
        """The messages kept back since `hold`, serialized."""
        return [message for answers in self._answers for message in answers.messages()]

    async def cut(self) -> None:
        """Ends all connections, and lets those through that are made from now on."""
        self._holding = False
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._connect(reader, writer)
        except asyncio.CancelledError:
            task.uncancel()  # that is how it is cut
        except OSError as error:
            print(f"the proxy cannot reach its worker: {error}")
        finally:
            self._tasks.discard(task)
            # At once: a polite end would wait for what was kept back.
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carries bytes both ways until either side has ended."""
        from_worker, to_worker = await asyncio.open_connection(self._host, self._port)
        ways = [
            asyncio.create_task(self._requests(reader, to_worker)),
            asyncio.create_task(self._responses(from_worker, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_worker.transport.abort()

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()

    async def _responses(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers = Answers()
        while chunk := await reader.read(CHUNK_BYTES):
            answers.feed(chunk, wanted=self._holding)
            if self._holding:
                if answers not in self._answers:
                    self._answers.append(answers)
                continue
            writer.write(chunk)
            await writer.drain()
