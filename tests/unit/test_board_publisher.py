"""When a lane's mark may move; the link is a stand-in."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from redis.exceptions import ResponseError

from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Command, Link, LinkLost
from renown_server.leaderboards.publisher import (
    FLUSH_AT_ONCE_MAX,
    FLUSH_INTERVAL_S,
    WAKE_UP_S,
    Publisher,
)
from renown_server.leaderboards.state import Update

KEYS = Keys("unit")


class FakeLink(Link):
    """Answers as Valkey would; holds exchanges back or fails them when told to."""

    def __init__(self) -> None:
        self.exchanges: list[list[Command]] = []
        self.failures: list[Exception] = []
        self.answer: Any = 1
        self.gate = asyncio.Event()
        self.gate.set()

    async def exchange(self, commands: Sequence[Command]) -> list[Any]:
        self.exchanges.append(list(commands))
        await self.gate.wait()
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, ResponseError):
                return [failure for _ in commands]
            raise failure
        return [self.answer for _ in commands]

    def marks(self) -> list[tuple[object, ...]]:
        """Lane and batch of each mark sent, in order."""
        return [
            command[2:]
            for commands in self.exchanges
            for command in commands
            if command[0] == "HSET"
        ]

    def entries(self) -> list[list[Any]]:
        """The entries of each script call sent, in order."""
        return [
            msgspec.msgpack.decode(command[-1])
            for commands in self.exchanges
            for command in commands
            if command[0] == "EVALSHA" and isinstance(command[-1], bytes)
        ]


@asynccontextmanager
async def running(publisher: Publisher) -> AsyncIterator[None]:
    task = asyncio.create_task(publisher.run())
    try:
        yield
        publisher.stop()
        await asyncio.wait_for(task, 5)
    finally:
        task.cancel()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def updates(names: Iterable[str], version: int = 1, score: int = 5) -> list[Update]:
    return [("board||", True, name, version, 1000, score) for name in names]


async def test_a_mark_rides_with_the_flush_after_its_entries() -> None:
    link = FakeLink()
    publisher = Publisher(link, KEYS)
    async with running(publisher):
        publisher.offer(1, updates(["a"]))
        await settle()
        assert link.marks() == []
        publisher.offer(2, updates(["b"]))
        await settle()
        assert link.marks() == [(publisher.lane_id, 1)]
    assert link.marks() == [(publisher.lane_id, 1), (publisher.lane_id, 2)]
    assert link.entries() == [["a", 1, 1000, "-5"], ["b", 1, 1000, "-5"]]


async def test_a_mark_goes_alone_when_nothing_follows() -> None:
    link = FakeLink()
    publisher = Publisher(link, KEYS)
    async with running(publisher):
        publisher.offer(7, updates(["a"]))
        await asyncio.sleep(0.4)
        assert link.marks() == [(publisher.lane_id, 7)]
        await asyncio.sleep(0.3)
        assert len(link.exchanges) == 2


@pytest.mark.parametrize("failure", [LinkLost("away"), ResponseError("OOM")])
async def test_a_failed_flush_is_sent_again_before_its_mark(failure: Exception) -> None:
    link = FakeLink()
    link.failures = [failure, failure]
    publisher = Publisher(link, KEYS)
    async with running(publisher):
        publisher.offer(1, updates(["a"]), [("channel", b"payload")])
        await asyncio.sleep(0.02)
        publisher.offer(2, updates(["a"], version=2, score=6))
    assert link.entries() == [["a", 1, 1000, "-5"]] * 3 + [["a", 2, 1000, "-6"]]
    assert link.marks()[-1] == (publisher.lane_id, 2)
    first_mark = next(
        place for place, sent in enumerate(link.exchanges) if any(c[0] == "HSET" for c in sent)
    )
    assert first_mark == 3
    assert [command for sent in link.exchanges for command in sent].count(
        ("PUBLISH", "channel", b"payload")
    ) == 3
    assert publisher.stats.failures == 2


async def test_what_comes_while_a_flush_is_under_way_is_coalesced() -> None:
    link = FakeLink()
    publisher = Publisher(link, KEYS)
    async with running(publisher):
        link.gate.clear()
        publisher.offer(1, updates(["a"]))
        await settle()
        for version in range(2, 50):
            publisher.offer(version, updates(["a", "b"], version=version, score=version))
        assert publisher.pending == 3
        link.gate.set()
    assert link.entries() == [
        ["a", 1, 1000, "-5"],
        ["a", 49, 1000, "-49", "b", 49, 1000, "-49"],
    ]
    assert publisher.pending == 0


async def test_a_mark_waits_for_all_slices() -> None:
    link = FakeLink()
    publisher = Publisher(link, KEYS)
    async with running(publisher):
        publisher.offer(1, updates([f"p{number}" for number in range(9000)]))
    sizes = [sum(command[0] == "EVALSHA" for command in sent) for sent in link.exchanges]
    assert sizes == [8, 8, 2, 0]
    assert [any(c[0] == "HSET" for c in sent) for sent in link.exchanges] == [0, 0, 0, 1]
    assert publisher.stats.entries == 9000


async def test_an_overflow_leaves_the_lane_with_its_mark_where_it_was() -> None:
    link = FakeLink()
    publisher = Publisher(link, KEYS, pending_max=3)
    first_lane = publisher.lane_id
    async with running(publisher):
        publisher.offer(1, updates(["a"]))
        await asyncio.sleep(0.4)
        link.gate.clear()
        publisher.offer(2, updates(["a"]))
        await settle()
        publisher.offer(3, updates(["b", "c", "d"]))
        assert publisher.lane_id != first_lane
        assert publisher.pending == 0
        link.gate.set()
        await settle()
        publisher.offer(4, updates(["e"]))
    assert link.marks() == [(first_lane, 1), (publisher.lane_id, 4)]
    assert publisher.stats.entries_dropped == 4


async def test_a_lost_shard_is_told_and_does_not_hold_the_mark_back() -> None:
    told: list[bool] = []
    link = FakeLink()
    link.answer = -1
    publisher = Publisher(link, KEYS, on_lost=lambda: told.append(True))
    async with running(publisher):
        publisher.offer(1, updates(["a"]))
    assert told
    assert link.marks() == [(publisher.lane_id, 1)]


async def test_messages_are_bounded_also_when_they_come_back() -> None:
    link = FakeLink()
    link.failures = [LinkLost("away")]
    publisher = Publisher(link, KEYS, messages_max=3)
    async with running(publisher):
        link.gate.clear()
        publisher.offer(1, [], [("c", b"1"), ("c", b"2"), ("c", b"3")])
        await settle()
        publisher.offer(2, [], [("c", b"4"), ("c", b"5")])
        link.gate.set()
    sent = [command[2] for command in link.exchanges[-1]]
    assert sent == [b"3", b"4", b"5"]
    assert publisher.stats.messages_dropped == 2
    assert link.marks() == []


async def test_messages_that_say_nothing_are_gathered_and_sent_once_a_channel() -> None:
    link = FakeLink()
    heard: list[tuple[str, int]] = []
    publisher = Publisher(link, KEYS, on_sent=lambda channel, count: heard.append((channel, count)))
    async with running(publisher):
        for batch_no in range(1, 20):
            publisher.offer(batch_no, [], [("c", b""), ("d", b"")])
            await settle()
        assert link.exchanges == []
        await asyncio.sleep(3 * WAKE_UP_S)
        assert link.exchanges == [[("PUBLISH", "c", b""), ("PUBLISH", "d", b"")]]
    assert heard == [("c", 1), ("d", 1)]


async def test_a_message_that_says_something_does_not_wait() -> None:
    link = FakeLink()
    publisher = Publisher(link, KEYS)
    async with running(publisher):
        publisher.offer(1, [], [("c", b""), ("d", b"1")])
        await settle()
        assert link.exchanges == [[("PUBLISH", "d", b"1")]]
    assert link.exchanges[1:] == [[("PUBLISH", "c", b"")]]


async def test_a_wake_up_that_failed_is_sent_again() -> None:
    link = FakeLink()
    link.failures = [LinkLost("away")]
    publisher = Publisher(link, KEYS)
    async with running(publisher):
        publisher.offer(1, [], [("c", b"")])
        await asyncio.sleep(2 * WAKE_UP_S)
    assert link.exchanges == [[("PUBLISH", "c", b"")]] * 2


async def test_entries_under_load_are_gathered_and_few_are_not() -> None:
    link = FakeLink()
    publisher = Publisher(link, KEYS)
    many = [f"p{n}" for n in range(FLUSH_AT_ONCE_MAX + 1)]
    async with running(publisher):
        publisher.offer(1, updates(many))
        await settle()
        assert len(link.exchanges) == 1
        for version in (2, 3, 4):
            publisher.offer(version, updates(many, version))
            await settle()
        assert len(link.exchanges) == 1
        await asyncio.sleep(3 * FLUSH_INTERVAL_S)
        assert len(link.exchanges) == 2
        publisher.offer(5, updates(["a"]))
        await settle()
        assert len(link.exchanges) == 3
    assert link.marks()[-1] == (publisher.lane_id, 5)
