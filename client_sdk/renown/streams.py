"""Streams of events that resume themselves."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from renown._error import ClientClosed, RenownError
from renown._model.event import Event
from renown._retry import RetryPolicy, StreamPolicy, is_resumable
from renown._subscription import StreamCall, Subscription
from renown._wire.event import event
from renown.v1 import event_service_pb2 as pb

PLAYERS_REMEMBERED_MAX = 10_000
"""How many players' last sequences a stream keeps. Repeats come right after a
reconnect, so those of the latest players suffice."""


class EventStream:
    """Events as they are committed: per player in order, each once.

    Iterate with `async for`. When the connection breaks, the worker shuts down
    or this reader falls behind, the stream reconnects and goes on where it was.
    Leave it by `async with`, or call `aclose()`: the server keeps a stream open
    as long as its client does. One task may read at a time.

    Raises while iterating:
        CursorTrimmed: events after the cursor are no longer kept.
        RenownError: refused, or not to be reached for too long. The cursor
            remains good for a new stream.
    """

    def __init__(
        self,
        open_call: Callable[[str], StreamCall],
        *,
        cursor: str,
        keep: Callable[[Event], bool],
        policy: StreamPolicy,
        retry: RetryPolicy,
        is_closed: Callable[[], bool],
    ) -> None:
        self._open_call = open_call
        self._keep = keep
        self._policy = policy
        self._retry = retry
        self._is_closed = is_closed
        self._subscription: Subscription | None = None
        self._ready: deque[Event] = deque()
        self._seen = LastSequences(PLAYERS_REMEMBERED_MAX)
        self._cursor = cursor  # after what the reader has got
        self._received = cursor  # after what has arrived
        self._failures = 0
        self._failing_since: float | None = None
        self._answered = False
        self._reading = False
        self._ended = asyncio.Event()

    @property
    def cursor(self) -> str:
        """Resumes after the events got so far; keep it to go on after a restart.

        Responses carry several events, and the cursor moves with the last of
        them: after a restart up to one response comes again. Tell repeats by
        their sequence.
        """
        return self._cursor

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._reading:
            raise RuntimeError("another task is reading this stream")
        self._reading = True
        try:
            while not self._ready:
                if self._ended.is_set():
                    raise ClientClosed if self._is_closed() else StopAsyncIteration
                await self._receive()
            found = self._ready.popleft()
            if not self._ready:
                self._cursor = self._received
            return found
        finally:
            self._reading = False

    async def aclose(self) -> None:
        """Ends the stream, here and at the server. `cursor` stays readable."""
        self.end()

    def end(self) -> None:
        """Does what `aclose` does, without an event loop's help."""
        self._ended.set()
        self._ready.clear()
        self._drop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()

    def __del__(self) -> None:
        # gRPC never collects a call that is still open.
        self._drop()

    async def _receive(self) -> None:
        """Takes the next response, or reconnects after a failure.

        Raises:
            RenownError: the stream can't go on.
        """
        try:
            if self._subscription is None:
                self._subscription = Subscription(self._open_call(self._received))
            response = await self._subscription.next(self._policy.silence_max_s)
        except RenownError as failure:
            await self._recover(failure)
        else:
            self._accept(response)

    def _accept(self, response: pb.StreamEventsResponse) -> None:
        self._answered, self._failing_since = True, None
        for message in response.events:
            if self._seen.advance(message.player_id, message.sequence):
                found = event(message)
                if self._keep(found):
                    self._ready.append(found)
        self._received = response.cursor
        if not self._ready:
            self._cursor = self._received

    async def _recover(self, failure: RenownError) -> None:
        """Waits before the next attempt, or raises when there is none."""
        if self._ended.is_set():
            return
        clock = asyncio.get_running_loop().time
        if self._subscription and self._subscription.age_s >= self._policy.healthy_after_s:
            self._failures = 0
        self._drop()
        self._failures += 1
        self._failing_since = self._failing_since or clock()
        limit_s = self._policy.outage_max_s if self._answered else self._policy.connect_max_s
        if not is_resumable(failure) or clock() - self._failing_since >= limit_s:
            self.end()
            raise failure
        # A stream from "now on" that ends before its first response: only the
        # error says where it began. Later on we know better ourselves.
        self._received = self._received or failure.metadata.get("cursor", "")
        try:
            async with asyncio.timeout(self._retry.backoff_s(self._failures, failure)):
                await self._ended.wait()
        except TimeoutError:
            return

    def _drop(self) -> None:
        subscription, self._subscription = getattr(self, "_subscription", None), None
        if subscription is not None:
            subscription.cancel()


class LastSequences:
    """The last sequence seen of each player, of the `size_max` latest players."""

    def __init__(self, size_max: int) -> None:
        self._size_max = size_max
        self._last: dict[str, int] = {}

    def advance(self, player_id: str, sequence: int) -> bool:
        """Returns whether the event is new, and remembers it."""
        last = self._last.pop(player_id, 0)
        self._last[player_id] = max(last, sequence)  # a dict keeps the order of insertion
        if len(self._last) > self._size_max:
            del self._last[next(iter(self._last))]
        return sequence > last
