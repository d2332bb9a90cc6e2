"""One call of StreamEvents, from its request to its end."""

from __future__ import annotations

import asyncio

import grpc
import grpc.aio

from renown._status import error, from_rpc_error
from renown.v1 import event_service_pb2 as pb

StreamCall = grpc.aio.UnaryStreamCall[pb.StreamEventsRequest, pb.StreamEventsResponse]


class Subscription:
    """A call under way.

    The read is a task of its own, so that a caller that gives up waiting (say,
    by asyncio.timeout) neither ends the call nor loses what arrives meanwhile.
    """

    def __init__(self, call: StreamCall) -> None:
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._read: asyncio.Task[pb.StreamEventsResponse | object] | None = None
        self._opened_at = self._loop.time()
        self._waiting_since = self._opened_at

    @property
    def age_s(self) -> float:
        """Seconds since the call was made."""
        return self._loop.time() - self._opened_at

    async def next(self, silence_max_s: float) -> pb.StreamEventsResponse:
        """Waits for the next response.

        Raises:
            RenownError: the call has ended, or was silent for too long.
        """
        if self._read is None:
            self._read = asyncio.create_task(self._call.read())
            self._read.add_done_callback(_look)
            self._waiting_since = self._loop.time()
        # From the read's begin: a caller that comes back again and again with
        # short timeouts must notice a dead connection too.
        left_s = silence_max_s - (self._loop.time() - self._waiting_since)
        done, _ = await asyncio.wait({self._read}, timeout=max(left_s, 0.0))
        if not done:
            self.cancel()
            raise error(grpc.StatusCode.UNAVAILABLE, f"no heartbeat for {silence_max_s} s")
        read, self._read = self._read, None
        if read.cancelled():
            raise error(grpc.StatusCode.CANCELLED, "the stream was cancelled")
        try:
            response = read.result()
        except grpc.aio.AioRpcError as cause:
            raise from_rpc_error(cause) from cause
        if not isinstance(response, pb.StreamEventsResponse):
            raise error(grpc.StatusCode.UNAVAILABLE, "the server ended the stream")
        return response

    def cancel(self) -> None:
        """Ends the call, so that the server forgets it too."""
        if not self._loop.is_closed():
            self._call.cancel()


def _look(read: asyncio.Task[pb.StreamEventsResponse | object]) -> None:
    """Takes the outcome of a read that nobody waits for any more, lest asyncio complain."""
    if not read.cancelled():
        read.exception()
