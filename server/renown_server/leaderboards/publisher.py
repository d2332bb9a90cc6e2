"""From the commit to the live order: bounded, never waited for, repaired if it is lost.

The engine writes a row (lane, batch) with every batch that changes scores and offers the changes
here after the commit. Once they are in Valkey, the lane's mark there moves to that batch; rows
past their mark are what repairing re-applies. So a mark must never run ahead: it is sent only
after the replies to what it covers have been read, with the next flush, or by itself when none
follows.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog
import uuid_utils
from redis.exceptions import ResponseError

from renown_server.engine import failpoints
from renown_server.leaderboards.backlog import Backlog, Drain
from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Link, LinkLost, exchange
from renown_server.leaderboards.packing import NOT_APPLIED
from renown_server.leaderboards.state import Update

_log = structlog.get_logger(__name__)

PENDING_MAX = 100_000
"""Entries that may wait; what comes then makes all of them a matter of repairing."""

MESSAGES_MAX = 10_000
"""Messages that may wait; the oldest make room."""

FLUSH_MESSAGES_MAX = 1_000
"""Messages in one flush."""

MARK_IDLE_S = 0.2
"""How long a mark waits for a flush to ride with; repairing looks at rows of 2 s."""

WAKE_UP_S = 0.02
"""How long a message without a payload waits for others, to be sent once: where nobody listens, an
exchange with Valkey for each batch was a tenth of a Credit's CPU."""

FLUSH_INTERVAL_S = 0.01
"""From one flush to the next under load: an exchange after every batch of 18 scores was a fifth of
the worker's CPU."""

FLUSH_AT_ONCE_MAX = 8
"""Entries that never wait: so few are no load."""

PAUSE_S_MIN = 0.05
PAUSE_S_MAX = 1.0
"""Bounds of the pause after a failure; it doubles."""

Message = tuple[str, bytes]
"""Channel and payload; one without a payload only says that something happened."""


@dataclass(slots=True)
class PublisherStats:
    """Counters since the start.

    Attributes:
        entries: entries sent and answered.
        flushes: exchanges with Valkey that succeeded.
        failures: exchanges that did not.
        entries_dropped: entries left to repairing.
        messages_dropped: messages that nobody got.
    """

    entries: int = 0
    flushes: int = 0
    failures: int = 0
    entries_dropped: int = 0
    messages_dropped: int = 0


class Publisher:
    """Publishes the batches of one lane of one worker.

    Args:
        link: for its use alone.
        keys: the names.
        index: of the lane in the worker.
        pending_max: entries that may wait.
        messages_max: messages that may wait.
        on_lost: called when a shard turns out to be lost; must not block.
        on_sent: called with each message's channel and how many received it.
    """

    def __init__(
        self,
        link: Link,
        keys: Keys,
        *,
        index: int = 0,
        pending_max: int = PENDING_MAX,
        messages_max: int = MESSAGES_MAX,
        on_lost: Callable[[], None] | None = None,
        on_sent: Callable[[str, int], None] | None = None,
    ) -> None:
        self.stats = PublisherStats()
        self._link = link
        self._keys = keys
        self._index = index
        self._pending_max = pending_max
        self._on_lost = on_lost
        self._on_sent = on_sent
        self._backlog = Backlog()
        self._drain: Drain | None = None
        self._confirmed: dict[str, int] = {}
        self._messages: deque[Message] = deque(maxlen=messages_max)
        self._wake_ups: dict[str, None] = {}
        self._wake_ups_due = 0.0
        self._flushed_at = 0.0
        self._wake = asyncio.Event()
        self._stopping = False
        self._lane_id = ""
        self.new_lane()

    @property
    def lane_id(self) -> str:
        """The lane's name in `board_batches`, to be asked for anew for each batch."""
        return self._lane_id

    @property
    def pending(self) -> int:
        """Entries that wait, those under way included."""
        return self._backlog.count + (self._drain.left if self._drain else 0)

    def new_lane(self) -> None:
        """Leaves the lane's unpublished batches to repairing.

        To be called when it is unknown whether a batch was committed: a later batch's mark would
        cover its row, though its scores were never offered.
        """
        self._lane_id = f"{uuid_utils.uuid7().hex}-{self._index}"

    def offer(
        self, batch_no: int, updates: Iterable[Update], messages: Iterable[Message] = ()
    ) -> None:
        """Takes what a batch has committed; never blocks.

        Args:
            batch_no: the batch's number in `board_batches`; it grows.
            updates: the entries it changed.
            messages: what to PUBLISH after them; dropped under pressure, and sent twice where a
                failure leaves open whether they were sent. Those without a payload wait up to
                `WAKE_UP_S`, and are then sent once a channel.
        """
        is_urgent = self._backlog.add(updates)
        if is_urgent:
            self._backlog.marks[self._lane_id] = batch_no
        room = self._messages.maxlen or 0
        for message in messages:
            channel, payload = message
            if not payload:
                if not self._wake_ups:
                    self._wake_ups_due = time.monotonic() + WAKE_UP_S
                    is_urgent = True  # who waits without end has to hear of it
                self._wake_ups[channel] = None
                continue
            if len(self._messages) >= room:
                self.stats.messages_dropped += 1
            self._messages.append(message)
            is_urgent = True
        if self.pending > self._pending_max:
            self._overflow()
        if is_urgent:
            self._wake.set()

    async def run(self) -> None:
        """Publishes until `stop` is called and nothing is left."""
        pause_s = PAUSE_S_MIN
        while await self._has_work():
            await self._gather()
            try:
                await self._flush()
                pause_s = PAUSE_S_MIN
            except (LinkLost, ResponseError, ConnectionError) as error:
                self.stats.failures += 1
                if pause_s == PAUSE_S_MIN:
                    _log.warning("boards cannot be published", error=str(error))
                await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
                pause_s = min(2 * pause_s, PAUSE_S_MAX)

    def stop(self) -> None:
        """Lets `run` end once everything is published; bound that wait."""
        self._stopping = True
        self._wake.set()

    async def _has_work(self) -> bool:
        """Waits for something to send; False when there is nothing left to wait for."""
        while not (self._drain or self._backlog.count or self._messages):
            if self._stopping:
                return bool(self._confirmed or self._wake_ups)
            self._wake.clear()
            if self._wake_ups:
                wait_s = self._wake_ups_due - time.monotonic()
            elif self._confirmed:
                wait_s = MARK_IDLE_S
            else:
                await self._wake.wait()
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                return True
        return True

    async def _gather(self) -> None:
        """Keeps the distance between flushes, if there is a load and nobody listens."""
        if self._drain is None and not self._messages and self._backlog.count > FLUSH_AT_ONCE_MAX:
            wait_s = self._flushed_at + FLUSH_INTERVAL_S - time.monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
        self._flushed_at = time.monotonic()

    async def _flush(self) -> None:
        """One exchange: a slice of entries, messages, and the marks of what was answered."""
        if self._drain is None and self._backlog.count:
            self._drain = Drain(self._keys, self._backlog)
            self._backlog = Backlog()
        drain = self._drain
        entries = drain.slice if drain else []
        count = min(len(self._messages), FLUSH_MESSAGES_MAX)
        messages = [self._messages.popleft() for _ in range(count)]
        messages += self._take_wake_ups()
        marks = dict(self._confirmed)
        commands = [*entries, *[("PUBLISH", channel, payload) for channel, payload in messages]]
        if marks:
            pairs = [part for mark in marks.items() for part in mark]
            commands.append(("HSET", self._keys.marks, *pairs))
        try:
            replies = await exchange(self._link, commands)
            await failpoints.hit("publish.sent")
        except BaseException:
            self._put_back(messages)
            raise
        self._note_marks(marks)
        if self._on_sent is not None:
            receivers = replies[len(entries) : len(entries) + len(messages)]
            for (channel, _), heard in zip(messages, receivers, strict=True):
                self._on_sent(channel, heard)
        if drain is not None:
            self._note_sent(drain, replies[: len(entries)])
        self.stats.flushes += 1

    def _take_wake_ups(self) -> list[Message]:
        if not self._wake_ups or (time.monotonic() < self._wake_ups_due and not self._stopping):
            return []
        taken = [(channel, b"") for channel in self._wake_ups]
        self._wake_ups = {}
        return taken

    def _put_back(self, messages: list[Message]) -> None:
        room = (self._messages.maxlen or 0) - len(self._messages)
        kept = messages[max(0, len(messages) - room) :]
        self.stats.messages_dropped += len(messages) - len(kept)
        self._messages.extendleft(reversed(kept))

    def _note_marks(self, marks: dict[str, int]) -> None:
        for lane, batch_no in marks.items():
            if self._confirmed.get(lane) == batch_no:
                del self._confirmed[lane]

    def _note_sent(self, drain: Drain, replies: list[int]) -> None:
        self.stats.entries += drain.size
        if NOT_APPLIED in replies and self._on_lost is not None:
            # These entries are committed: the rebuild that must follow will read them.
            self._on_lost()
        if self._drain is not drain:
            return  # dropped meanwhile
        drain.advance()
        if not drain.slice:
            self._confirmed.update(drain.marks)
            self._drain = None

    def _overflow(self) -> None:
        dropped = self.pending
        self.stats.entries_dropped += dropped
        self._backlog = Backlog()
        self._drain = None
        self.new_lane()
        _log.warning("boards fall behind and are left to repairing", entries=dropped)
