from __future__ import annotations

import asyncio

import pytest

from renown_server.events.subscription import Budget, Subscription


def at_tip(capacity: int = 10, budget: Budget | None = None) -> Subscription[str]:
    """A queue whose reader has caught up."""
    queue: Subscription[str] = Subscription(capacity, budget or Budget())
    queue.begin_reading()
    queue.end_reading(at_tip=True)
    return queue


def test_items_come_out_in_order_and_by_events() -> None:
    queue = at_tip()
    for item, events in (("a", 3), ("b", 3), ("c", 4)):
        queue.offer(item, events)
    assert queue.take(6) == ["a", "b"]
    assert queue.take(1) == ["c"], "an item is never cut, and one is always taken"
    assert queue.take(1) == []


def test_a_reader_at_the_tip_that_does_not_read_is_slow() -> None:
    queue = at_tip()
    told: list[bool] = []
    queue.on_slow = lambda: told.append(True)
    for item in "abc":
        queue.offer(item, 4)
    assert queue.slow
    queue.offer("d", 1)
    assert queue.is_empty, "what it will not get is not kept"
    assert told == [True]


async def test_a_reader_that_was_waiting_is_not_slow() -> None:
    queue = at_tip()
    waiting = asyncio.create_task(queue.wait(5))
    await asyncio.sleep(0)
    for item in "abcdef":
        queue.offer(item, 4)
    assert not queue.slow
    assert await waiting
    assert queue.behind, "it goes on in the log"
    queue.begin_reading()
    queue.end_reading(at_tip=True)
    for item in "abcdef":
        queue.offer(item, 4)
    assert queue.slow, "it was busy this time"


def test_a_reader_that_catches_up_reads_on_in_the_log_instead() -> None:
    queue = at_tip()
    queue.begin_reading()
    for item in "abc":
        queue.offer(item, 4)
    assert queue.behind
    assert not queue.slow
    assert queue.is_empty


def test_an_item_larger_than_the_queue_is_taken_alone() -> None:
    queue = at_tip()
    queue.offer("large", 50)
    assert not queue.slow
    assert queue.take(1) == ["large"]


def test_a_queue_that_lacks_something_takes_nothing() -> None:
    queue = at_tip()
    queue.offer("a", 1)
    queue.nudge()
    queue.offer("b", 1)
    assert queue.is_empty
    assert queue.behind


def test_reading_one_page_of_many_leaves_it_behind() -> None:
    queue = at_tip()
    queue.begin_reading()
    assert not queue.behind
    queue.end_reading(at_tip=False)
    assert queue.behind


def test_past_the_shared_budget_nobody_may_let_events_wait() -> None:
    budget = Budget(10)
    hoarder, reader = at_tip(100, budget), at_tip(100, budget)
    for _ in range(10):
        hoarder.offer("x", 1)
    assert budget.left == 0
    reader.offer("a", 1)
    assert reader.take(10) == ["a"], "whoever reads is served"
    hoarder.offer("x", 1)
    assert hoarder.slow
    assert budget.left == 10


def test_leaving_gives_the_room_back() -> None:
    budget = Budget(10)
    queue = at_tip(10, budget)
    queue.offer("a", 7)
    queue.close()
    assert budget.left == 10
    queue.offer("b", 7)
    assert budget.left == 10


async def test_waiting_ends_with_an_item_or_in_time() -> None:
    queue = at_tip()
    assert not await queue.wait(0.01)
    asyncio.get_running_loop().call_later(0.01, queue.offer, "a", 1)
    assert await queue.wait(5)
    assert await queue.wait(5), "what is there needs no wait"


async def test_waiting_can_be_cancelled() -> None:
    queue = at_tip()
    waiting = asyncio.create_task(queue.wait(5))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    queue.offer("a", 1)
    assert queue.take(1) == ["a"]
