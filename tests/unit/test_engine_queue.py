"""The queue: order, fairness, room, deadlines, who left."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.engine.command import Command
from renown_server.engine.queue import CommandQueue, Pending
from renown_server.errors import DeadlineExceeded, Overloaded
from tests.kit.commands import credit

LATER = float("inf")


def pending(command: Command | None = None, deadline: float = LATER) -> Pending:
    answer = asyncio.get_running_loop().create_future()
    return Pending(command or credit("p", coins=1), deadline, answer)


def call(size: int, deadline: float = LATER) -> list[Pending]:
    return [pending(deadline=deadline) for _ in range(size)]


async def test_a_call_fills_a_quarter_of_a_batch() -> None:
    queue = CommandQueue(capacity=100, batch_max=8)
    large, single = call(9), call(1)
    queue.put(large)
    queue.put(single)
    assert await queue.take() == [*large[:2], *single]
    assert await queue.take() == large[2:4]
    assert len(queue) == 5


async def test_four_large_calls_do_not_hold_up_a_single_one() -> None:
    queue = CommandQueue(capacity=1000, batch_max=8)
    larges = [call(50) for _ in range(4)]
    for large in larges:
        queue.put(large)
    assert len(await queue.take()) == 8
    single = call(1)
    queue.put(single)
    assert single[0] in [*await queue.take(), *await queue.take()]


@settings(deadline=None, max_examples=50)
@given(sizes=st.lists(st.integers(1, 20), max_size=8), batch_max=st.integers(1, 12))
def test_everything_comes_out_once_and_in_the_order_of_its_call(
    sizes: list[int], batch_max: int
) -> None:
    async def run() -> None:
        queue = CommandQueue(capacity=1000, batch_max=batch_max)
        calls = [call(size) for size in sizes]
        for each in calls:
            queue.put(each)
        queue.close()
        taken: list[Pending] = []
        while batch := await queue.take():
            assert len(batch) <= batch_max
            for each in calls:
                share = sum(any(p is q for q in each) for p in batch)
                assert share <= max(1, batch_max // 4)
            taken += batch
        assert len(queue) == 0
        ids = [id(each) for each in taken]
        assert len(ids) == len(set(ids)) == sum(sizes)
        for each in calls:
            assert [id(p) for p in each] == [i for i in ids if i in {id(p) for p in each}]

    asyncio.run(run())


async def test_nobody_waits_for_a_fuller_batch() -> None:
    queue = CommandQueue(capacity=100, batch_max=8)
    taking = asyncio.create_task(queue.take())
    await asyncio.sleep(0)
    one = call(1)
    queue.put(one)
    assert await taking == one


async def test_who_left_is_not_taken() -> None:
    queue = CommandQueue(capacity=100, batch_max=8)
    calls = [call(1) for _ in range(3)]
    for each in calls:
        queue.put(each)
    calls[1][0].answer.cancel()
    assert await queue.take() == [*calls[0], *calls[2]]
    assert len(queue) == 0


async def test_those_who_left_do_not_use_up_a_share() -> None:
    queue = CommandQueue(capacity=100, batch_max=8)
    large = call(6)
    for each in large[:4]:
        each.answer.cancel()
    queue.put(large)
    assert await queue.take() == large[4:]


async def test_the_late_are_answered_and_not_taken() -> None:
    queue = CommandQueue(capacity=100, batch_max=8)
    late, other = call(1, deadline=time.monotonic() - 1), call(1)
    queue.put(late)
    queue.put(other)
    assert await queue.take() == other
    assert isinstance(late[0].answer.result(), DeadlineExceeded)


async def test_the_room_is_bounded() -> None:
    queue = CommandQueue(capacity=4, batch_max=8)
    queue.put(call(3))
    with pytest.raises(Overloaded) as raised:
        queue.put(call(2))
    assert raised.value.refusal.retry_after_ms >= 10
    queue.put(call(1))
    assert len(queue) == 4
    with pytest.raises(Overloaded):
        queue.put(call(1))
    await queue.take()
    queue.put(call(1))


async def test_who_left_makes_room_when_its_turn_comes() -> None:
    queue = CommandQueue(capacity=1, batch_max=8)
    one = call(1)
    queue.put(one)
    one[0].answer.cancel()
    queue.close()
    assert await queue.take() == []
    assert len(queue) == 0


async def test_a_deadline_that_cannot_be_met_is_refused_on_arrival() -> None:
    queue = CommandQueue(capacity=100, batch_max=4)
    for _ in range(50):
        queue.note_batch_time(0.1)
    soon = time.monotonic() + 0.15
    queue.put(call(1, soon))  # nobody waits: it may be done in time
    for _ in range(3):
        queue.put(call(1, soon))
    with pytest.raises(Overloaded) as raised:
        queue.put(call(1, soon))  # a second batch would be too late
    assert len(queue) == 4
    assert raised.value.refusal.retry_after_ms >= 150
    queue.put(call(1, time.monotonic() + 5))


async def test_an_outage_is_forgotten_soon() -> None:
    queue = CommandQueue(capacity=100, batch_max=4)
    queue.note_batch_time(25)
    for _ in range(60):
        queue.note_batch_time(0.002)
    queue.put(call(1, time.monotonic() + 0.1))
    queue.put(call(1, time.monotonic() + 0.1))


async def test_what_comes_back_goes_first() -> None:
    queue = CommandQueue(capacity=1, batch_max=8)
    waiting, back = call(1), pending()
    queue.put(waiting)
    queue.put_first(back)
    assert await queue.take() == [back, *waiting]


async def test_a_closed_queue_is_emptied_first() -> None:
    queue = CommandQueue(capacity=100, batch_max=4)
    calls = [call(1) for _ in range(6)]
    for each in calls:
        queue.put(each)
    queue.close()
    assert len(await queue.take()) == 4
    assert len(await queue.take()) == 2
    assert await queue.take() == []


async def test_closing_wakes_who_waits() -> None:
    queue = CommandQueue(capacity=100, batch_max=4)
    taking = asyncio.create_task(queue.take())
    await asyncio.sleep(0)
    queue.close()
    assert await taking == []
