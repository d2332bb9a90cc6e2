"""Streams: typed events, resumption, and that nothing is left open."""

import asyncio
import gc
import random
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

import renown
from renown import errors
from renown.v1 import common_pb2, event_pb2
from renown.v1 import event_service_pb2 as pb
from renown.v1 import inventory_service_pb2 as inventory_pb
from renown.v1 import progress_pb2 as progress_pb
from tests.integration.sdk_fakes import Behavior, FakeServer, Refuse, status

FAST = renown.RetryPolicy(initial_backoff_s=0.001, max_backoff_s=0.005)


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        yield running


@pytest.fixture
async def game(server: FakeServer) -> AsyncIterator[renown.Client]:
    async with renown.connect(server.address, key="k_test.secret", retry=FAST) as client:
        yield client


def xp(sequence: int, player_id: str = "ada", amount: int = 5) -> event_pb2.Event:
    gained = event_pb2.XpGained(amount=amount, total=amount * sequence, level=1, level_before=1)
    return event_pb2.Event(
        player_id=player_id, sequence=sequence, type="xp.gained", xp_gained=gained
    )


def response(*events: event_pb2.Event, cursor: str | None = None) -> pb.StreamEventsResponse:
    last = events[-1].sequence if events else 0
    return pb.StreamEventsResponse(events=events, cursor=str(last) if cursor is None else cursor)


def streaming(*parts: pb.StreamEventsResponse | grpc.StatusCode | Any) -> Behavior:
    """Returns a behavior that sends responses, and ends with a status if there is one."""

    async def behave(request: Any, context: Any) -> AsyncIterator[pb.StreamEventsResponse]:
        for part in parts:
            if not isinstance(part, pb.StreamEventsResponse):
                raise Refuse(part)
            yield part

    return behave


async def quiet(request: Any, context: Any) -> AsyncIterator[pb.StreamEventsResponse]:
    """A behavior: one response to begin with, then silence."""
    yield response(cursor=request.cursor or "0")
    await asyncio.Event().wait()


async def take(stream: renown.EventStream, count: int) -> list[renown.Event]:
    async with asyncio.timeout(10):
        return [await anext(stream) for _ in range(count)]


def cursors(server: FakeServer) -> list[str]:
    return [request.cursor for request in server.requests("StreamEvents")]


async def test_events_are_typed(server: FakeServer, game: renown.Client) -> None:
    level_up = event_pb2.Event(
        player_id="ada",
        sequence=2,
        type="level.up",
        command_id="a1",
        catalog_version=7,
        level_up=common_pb2.LevelUp(level=2),
    )
    level_up.recorded_at.FromJsonString("2026-11-20T10:00:00.5Z")
    later_kind = event_pb2.Event(player_id="ada", sequence=3, type="guild.founded")
    server.on("StreamEvents", streaming(response(xp(1), level_up, later_kind)))

    async with game.events.stream("ada", types=["xp.*", "level.*"], cursor="9") as stream:
        first, second, third = await take(stream, 3)

    assert first.payload == renown.XpGained(
        amount=5, base=0, total=5, level=1, level_before=1, source=""
    )
    assert second.payload == renown.LevelUp(level=2, prestige=0)
    assert second.recorded_at.isoformat() == "2026-11-20T10:00:00.500000+00:00"
    assert (second.command_id, second.catalog_version) == ("a1", 7)
    assert (third.type, third.payload) == ("guild.founded", None)
    (request,) = server.requests("StreamEvents")
    assert (request.player_id, request.cursor) == ("ada", "9")
    assert list(request.types) == ["xp.*", "level.*"]


@pytest.mark.parametrize(
    "end",
    [
        (status(grpc.StatusCode.UNAVAILABLE, "DRAINING", metadata={"cursor": "0"}),),
        (status(grpc.StatusCode.RESOURCE_EXHAUSTED, "SLOW_CONSUMER", metadata={"cursor": "1"}),),
        (status(grpc.StatusCode.UNAVAILABLE),),
        (status(grpc.StatusCode.CANCELLED),),
        (status(grpc.StatusCode.INTERNAL),),
        (),
    ],
    ids=["draining", "slow consumer", "cut", "cancelled", "broken", "ended"],
)
async def test_a_stream_resumes_from_its_last_cursor(
    server: FakeServer, game: renown.Client, end: tuple[Any, ...]
) -> None:
    server.on(
        "StreamEvents",
        streaming(response(xp(1)), response(xp(2)), *end),
        streaming(*end),
        # An event that comes again after a resumption is not handed out again.
        streaming(response(xp(2), xp(3)), response(), response(xp(4))),
    )
    async with game.events.stream("ada") as stream:
        events = await take(stream, 4)
        assert stream.cursor == "4"
    assert [event.sequence for event in events] == [1, 2, 3, 4]
    assert cursors(server)[:3] == ["", "2", "2"]


async def test_a_stream_survives_a_restart_of_the_server(
    server: FakeServer, game: renown.Client
) -> None:
    async def two(request: Any, context: Any) -> AsyncIterator[pb.StreamEventsResponse]:
        start = int(request.cursor or 0)
        yield response(xp(start + 1), xp(start + 2))
        await asyncio.Event().wait()

    server.on("StreamEvents", two)
    async with game.events.stream("ada") as stream:
        assert [event.sequence for event in await take(stream, 2)] == [1, 2]
        waiting = asyncio.create_task(take(stream, 2))
        await asyncio.sleep(0.05)
        await server.stop()
        await asyncio.sleep(0.2)
        await server.start()
        assert [event.sequence for event in await waiting] == [3, 4]


async def test_random_cuts_lose_and_repeat_nothing(server: FakeServer, game: renown.Client) -> None:
    dice = random.Random(20261120)
    players, total = ["ada", "bob", "eve"], 300
    log = [xp(index // 3 + 1, players[index % 3]) for index in range(total)]

    async def some(request: Any, context: Any) -> AsyncIterator[pb.StreamEventsResponse]:
        at = int(request.cursor or 0)
        for _ in range(dice.randrange(6)):
            # At least once: a response may begin with what was sent before.
            begin, at = max(0, at - dice.randrange(3)), min(total, at + dice.randrange(8))
            yield response(*log[begin:at], cursor=str(at))
        raise Refuse(status(grpc.StatusCode.UNAVAILABLE))

    server.on("StreamEvents", some)
    async with game.events.stream(all_players=True, cursor="0") as stream:
        events = await take(stream, total)
    assert len(server.calls) > 10
    for player in players:
        own = [event.sequence for event in events if event.player_id == player]
        assert own == list(range(1, 101))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            status(
                grpc.StatusCode.OUT_OF_RANGE, "CURSOR_TRIMMED", metadata={"oldest_cursor": "77"}
            ),
            errors.CursorTrimmed,
        ),
        (status(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CURSOR"), errors.InvalidCursor),
        (status(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_DENIED"), errors.PermissionDenied),
        (status(grpc.StatusCode.INTERNAL, "INTERNAL"), errors.Internal),
    ],
)
async def test_what_cannot_be_resumed_is_raised(
    server: FakeServer, game: renown.Client, answer: Any, error: type[renown.RenownError]
) -> None:
    server.on("StreamEvents", streaming(response(xp(1)), answer))
    stream = game.events.stream("ada")
    await take(stream, 1)
    with pytest.raises(error) as caught:
        await take(stream, 1)
    if isinstance(caught.value, errors.CursorTrimmed):
        assert caught.value.oldest_cursor == "77"
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
    assert stream.cursor == "1"
    assert len(server.calls) == 1


async def test_a_stream_gives_up_in_the_end(server: FakeServer) -> None:
    server.on("StreamEvents", streaming(status(grpc.StatusCode.UNAVAILABLE, "STORAGE_UNAVAILABLE")))
    policy = renown.StreamPolicy(connect_max_s=0.2)
    async with renown.connect(server.address, key="k.s", retry=FAST, stream=policy) as game:
        with pytest.raises(errors.StorageUnavailable):
            await take(game.events.stream("ada"), 1)
    assert len(server.calls) > 2


async def test_silence_counts_as_a_cut(server: FakeServer) -> None:
    server.on("StreamEvents", quiet, streaming(response(xp(1), cursor="1")))
    policy = renown.StreamPolicy(silence_max_s=0.2)
    async with renown.connect(server.address, key="k.s", retry=FAST, stream=policy) as game:
        stream = game.events.stream("ada", cursor="0")
        for _ in range(100):
            # Short waits of the reader must not hide the silence.
            try:
                event = await asyncio.wait_for(anext(stream), 0.05)
            except TimeoutError:
                continue
            break
        else:
            pytest.fail("the stream did not reconnect")
        assert event.sequence == 1
        await asyncio.wait_for(server.calls[0].ended.wait(), 5)
        await stream.aclose()


async def test_a_reader_may_stop_waiting_and_come_back(
    server: FakeServer, game: renown.Client
) -> None:
    release = asyncio.Event()

    async def later(request: Any, context: Any) -> AsyncIterator[pb.StreamEventsResponse]:
        yield response(cursor="0")
        await release.wait()
        yield response(xp(1))
        await asyncio.Event().wait()

    server.on("StreamEvents", later)
    async with game.events.stream("ada") as stream:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(stream), 0.05)
        release.set()
        assert [event.sequence for event in await take(stream, 1)] == [1]
    assert len(server.calls) == 1


async def test_the_cursor_covers_what_was_handed_out(
    server: FakeServer, game: renown.Client
) -> None:
    server.on("StreamEvents", streaming(response(xp(1)), response(xp(2), xp(3)), response(xp(4))))
    stream = game.events.stream("ada", cursor="beginning")
    assert stream.cursor == "beginning"
    found = []
    for _ in range(4):
        (event,) = await take(stream, 1)
        found.append((event.sequence, stream.cursor))
    await stream.aclose()
    assert found == [(1, "1"), (2, "1"), (3, "3"), (4, "4")]


async def test_a_stream_from_now_on_keeps_where_it_began(
    server: FakeServer, game: renown.Client
) -> None:
    draining = status(grpc.StatusCode.UNAVAILABLE, "DRAINING", metadata={"cursor": "41"})
    server.on("StreamEvents", streaming(draining), streaming(response(xp(42))))
    async with game.events.stream("ada") as stream:
        assert [event.sequence for event in await take(stream, 1)] == [42]
    assert cursors(server)[:2] == ["", "41"]


async def test_an_abandoned_stream_is_cancelled(server: FakeServer, game: renown.Client) -> None:
    async def endless(request: Any, context: Any) -> AsyncIterator[pb.StreamEventsResponse]:
        yield response(xp(1))
        await asyncio.Event().wait()

    server.on("StreamEvents", endless)
    async for _ in game.events.stream("ada"):
        break
    # The same with a read under way, which asyncio.timeout has left behind.
    stream = game.events.stream("ada")
    await take(stream, 1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(stream), 0.05)
    del stream
    gc.collect()
    for call in server.calls:
        await asyncio.wait_for(call.ended.wait(), 5)
    assert len(server.calls) == 2


async def test_closing_ends_the_call_and_the_reader(
    server: FakeServer, game: renown.Client
) -> None:
    server.on("StreamEvents", quiet)
    stream = game.events.stream("ada")
    reader = asyncio.create_task(_read_all(stream))
    await server.called(1)
    await asyncio.sleep(0.05)
    await stream.aclose()
    assert await asyncio.wait_for(reader, 5) == []
    await asyncio.wait_for(server.calls[0].ended.wait(), 5)


async def test_closing_the_client_ends_its_streams(server: FakeServer) -> None:
    server.on("StreamEvents", quiet)
    game = renown.connect(server.address, key="k.s", retry=FAST)
    reader = asyncio.create_task(_read_all(game.events.stream("ada")))
    await server.called(1)
    await asyncio.sleep(0.05)
    await game.close()
    with pytest.raises(errors.ClientClosed):
        await asyncio.wait_for(reader, 5)
    with pytest.raises(errors.ClientClosed):
        await anext(game.events.stream("ada"))


async def test_closing_wakes_a_stream_that_waits_to_reconnect(
    server: FakeServer, game: renown.Client
) -> None:
    server.on("StreamEvents", streaming(status(grpc.StatusCode.UNAVAILABLE, retry_after_s=60)))
    stream = game.events.stream("ada")
    reader = asyncio.create_task(_read_all(stream))
    await server.called(1)
    await asyncio.sleep(0.05)
    await stream.aclose()
    assert await asyncio.wait_for(reader, 5) == []


async def test_one_task_reads_a_stream(server: FakeServer, game: renown.Client) -> None:
    server.on("StreamEvents", quiet)
    stream = game.events.stream("ada")
    reader = asyncio.create_task(_read_all(stream))
    await server.called(1)
    with pytest.raises(RuntimeError, match="another task"):
        await anext(stream)
    await stream.aclose()
    await reader


async def test_rewards_are_what_a_player_gains(server: FakeServer, game: renown.Client) -> None:
    def coins(sequence: int, amount: int) -> event_pb2.Event:
        return event_pb2.Event(
            player_id="ada",
            sequence=sequence,
            type="currency.changed",
            currency_changed=common_pb2.CurrencyChange(currency="coins", amount=amount),
        )

    def potions(sequence: int, quantity: int) -> event_pb2.Event:
        return event_pb2.Event(
            player_id="ada",
            sequence=sequence,
            type="item.changed",
            item_changed=inventory_pb.ItemChange(item_id="potion", quantity=quantity),
        )

    def badges(sequence: int, quantity: int) -> event_pb2.Event:
        return event_pb2.Event(
            player_id="ada",
            sequence=sequence,
            type="badge.changed",
            badge_changed=progress_pb.BadgeChange(badge_id="flame", quantity=quantity),
        )

    unlocked = event_pb2.Event(
        player_id="ada",
        sequence=8,
        type="achievement.unlocked",
        achievement_unlocked=progress_pb.AchievementUnlock(achievement_id="first_lesson"),
    )
    events = [coins(1, -50), xp(2), potions(3, -1), coins(4, 10), potions(5, 2)]
    events += [badges(6, -1), badges(7, 1), unlocked]
    server.on("StreamEvents", streaming(response(*events), response()))
    async with game.watch_rewards("ada", cursor="0") as rewards:
        payloads = [event.payload for event in await take(rewards, 5)]
    kinds = [renown.XpGained, renown.CurrencyChange, renown.ItemChange]
    kinds += [renown.BadgeChange, renown.AchievementUnlock]
    assert [type(payload) for payload in payloads] == kinds
    (request,) = server.requests("StreamEvents")[:1]
    assert {"xp.gained", "level.*", "currency.*", "item.changed"} < set(request.types)
    assert {"achievement.unlocked", "badge.changed", "quest.completed"} < set(request.types)
    assert not {"xp.*", "xp.adjusted", "item.*", "streak.broken"} & set(request.types)
    assert len(request.types) <= 32, "what the contract allows"


async def _read_all(stream: renown.EventStream) -> list[renown.Event]:
    return [event async for event in stream]
