from __future__ import annotations

import asyncio

import pytest

from renown_server.errors import (
    CursorTrimmed,
    Draining,
    InvalidCursor,
    SlowConsumer,
    StorageUnavailable,
)
from renown_server.events.cursors import Scope, Start
from renown_server.events.state import Position
from tests.unit.events_fakes import CHANNELS, CURSORS, hub, sequences


async def test_what_is_published_is_not_read() -> None:
    async with hub() as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.05)
        fakes.store.reads.clear()
        fakes.bus.publish(fakes.store.add("alice", 3))
        fakes.bus.publish(fakes.store.add("bob"), fakes.store.add("alice", 2))
        assert await sequences(feed, 5) == [1, 2, 3, 4, 5]
        assert "page" not in fakes.store.reads


async def test_now_is_after_what_was_there() -> None:
    async with hub() as fakes:
        fakes.store.add("alice", 3)
        async with fakes.hub.player("alice", Start.NOW) as feed:
            fakes.bus.publish(fakes.store.add("alice"))
            assert await sequences(feed, 1) == [4]


async def test_what_is_committed_while_a_stream_opens_is_not_missed() -> None:
    async with hub() as fakes:
        fakes.store.add("alice")
        feed = fakes.hub.player("alice", Start.NOW)
        opening = asyncio.create_task(feed.__aenter__())
        await asyncio.sleep(0)
        assert fakes.hub.subscribers == 1
        late = fakes.store.add("alice")
        await opening
        fakes.hub.on_message(CHANNELS.names[0], b"")
        fakes.bus.publish(late)
        seen = fakes.store.head("alice") - feed.sequence
        assert await sequences(feed, seen) == list(range(feed.sequence - seen + 1, 3))
        await feed.__aexit__(None, None, None)


@pytest.mark.parametrize("start", [0, Start.BEGINNING])
async def test_a_cursor_resumes_from_the_log(start: int | Start) -> None:
    async with hub() as fakes:
        for _ in range(300):
            fakes.store.add("alice", 2)
        async with fakes.hub.player("alice", start) as feed:
            assert await sequences(feed, 600) == list(range(1, 601))
            fakes.bus.publish(fakes.store.add("alice"))
            assert await sequences(feed, 1) == [601]


async def test_a_cursor_in_the_middle_of_a_command() -> None:
    async with hub() as fakes:
        fakes.store.add("alice", 5)
        async with fakes.hub.player("alice", 3) as feed:
            assert await sequences(feed, 2) == [4, 5]


async def test_a_lost_message_is_read() -> None:
    async with hub() as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.05)
        fakes.store.add("alice", 2)
        fakes.bus.publish(fakes.store.add("alice"))
        assert await sequences(feed, 3) == [1, 2, 3]


async def test_messages_out_of_order_and_doubled() -> None:
    async with hub() as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.05)
        batches = [fakes.store.add("alice", 2) for _ in range(6)]
        for place in (1, 0, 0, 3, 2, 5, 1, 4):
            fakes.bus.publish(batches[place])
        assert await sequences(feed, 12) == list(range(1, 13))
        assert not await feed.next(0.05)


async def test_messages_that_come_before_their_predecessors_one_by_one() -> None:
    async with hub() as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.05)
        first, second = fakes.store.add("alice"), fakes.store.add("alice")
        fakes.bus.publish(second)
        assert await sequences(feed, 2) == [1, 2]
        fakes.bus.publish(first)
        assert not await feed.next(0.05)


async def test_a_wake_up_is_enough() -> None:
    async with hub() as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.05)
        fakes.bus.publish(fakes.store.add("alice", 2), wake_only=True)
        assert await sequences(feed, 2) == [1, 2]


async def test_what_is_no_message_wakes_only() -> None:
    async with hub() as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.05)
        fakes.store.add("alice")
        for channel in CHANNELS.names:
            fakes.bus.send(channel, b"\xc1 nonsense")
        fakes.bus.send("another:channel", b"")
        assert await sequences(feed, 1) == [1]


async def test_an_invented_message_is_not_believed() -> None:
    async with hub() as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.05)
        packed = fakes.store.add("alice")
        packed.first_sequence = 40
        fakes.bus.publish(packed)
        assert await sequences(feed, 1) == [1]
        assert not await feed.next(0.05)


async def test_without_the_bus_the_log_is_polled() -> None:
    async with hub() as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.05)
        fakes.hub.on_lost()
        fakes.store.add("alice", 2)
        assert await sequences(feed, 2) == [1, 2]


async def test_when_the_bus_is_back_the_log_is_read() -> None:
    async with hub(poll_s=60.0) as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.05)
        fakes.hub.on_lost()
        fakes.store.add("alice", 2)
        assert not await feed.next(0.05)
        fakes.hub.on_connected()
        assert await sequences(feed, 2) == [1, 2]


async def test_a_message_dropped_while_the_bus_is_there_is_found_by_the_sweep() -> None:
    async with hub(sweep_s=0.05) as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.02)
        fakes.store.add("alice")
        assert await sequences(feed, 1) == [1]


async def test_the_sweep_outlives_the_log() -> None:
    async with hub(sweep_s=0.02) as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        assert not await feed.next(0.02)
        fakes.store.away = True
        await asyncio.sleep(0.1)
        fakes.store.away = False
        fakes.store.add("alice")
        assert await sequences(feed, 1) == [1]


async def test_a_log_that_cannot_be_read_ends_a_stream_that_needs_it() -> None:
    async with hub() as fakes:
        fakes.store.away = True
        with pytest.raises(StorageUnavailable):
            async with fakes.hub.player("alice", Start.NOW):
                pass
        async with fakes.hub.player("alice", 0) as feed:
            with pytest.raises(StorageUnavailable):
                await feed.next(1)
        assert fakes.hub.subscribers == 0


async def test_a_slow_reader_is_ended_with_its_cursor() -> None:
    async with hub(queued_events_max=10) as fakes:
        async with fakes.hub.player("alice", Start.NOW) as feed:
            assert not await feed.next(0.05)
            told: list[bool] = []
            feed.call_when_slow(lambda: told.append(True))
            fakes.bus.publish(fakes.store.add("alice", 2))
            assert await sequences(feed, 2) == [1, 2]
            for _ in range(4):
                fakes.bus.publish(fakes.store.add("alice", 3))
            assert told == [True]
            with pytest.raises(SlowConsumer) as error:
                await feed.next(1)
        cursor = error.value.refusal.metadata["cursor"]
        async with fakes.hub.player("alice", CURSORS.read_player(cursor, "alice")) as feed:
            assert await sequences(feed, 12) == list(range(3, 15))


@pytest.mark.parametrize("everybody", [False, True])
async def test_a_reader_that_stalls_in_the_middle_of_the_log_is_ended(everybody: bool) -> None:
    async with hub(sweep_s=0.02, stalled_s=0.1) as fakes:
        for _ in range(200):
            fakes.store.add("alice")
        feed = (
            fakes.hub.commits(None, Start.BEGINNING)
            if everybody
            else fakes.hub.player("alice", Start.BEGINNING)
        )
        async with feed:
            told: list[bool] = []
            feed.call_when_slow(lambda: told.append(True))
            assert len(await feed.next(1)) == 128
            await asyncio.sleep(0.05)
            assert not told, "it may take its time"
            await asyncio.sleep(0.15)
            assert told == [True]
            with pytest.raises(SlowConsumer):
                await feed.next(1)
        async with fakes.hub.player("alice", 100) as feed:
            assert len(await feed.next(1)) == 100
            await asyncio.sleep(0.2)
            assert not await feed.next(0.05), "nothing more was there to read"


async def test_a_log_that_ends_before_the_cursor_has_been_set_back() -> None:
    async with hub() as fakes:
        fakes.store.add("alice", 3)
        async with fakes.hub.player("alice", 4) as feed:
            with pytest.raises(InvalidCursor):
                await feed.next(1)


async def test_a_gap_in_the_log_is_refused_with_the_oldest_cursor() -> None:
    async with hub() as fakes:
        for _ in range(4):
            fakes.store.add("alice", 2)
        del fakes.store.rows[:2]
        async with fakes.hub.player("alice", 2) as feed:
            with pytest.raises(CursorTrimmed) as error:
                await feed.next(1)
        oldest = CURSORS.read_player(error.value.refusal.metadata["oldest_cursor"], "alice")
        assert oldest == 4
        for start in (oldest, Start.BEGINNING):
            async with fakes.hub.player("alice", start) as feed:
                assert await sequences(feed, 4) == [5, 6, 7, 8]


async def test_draining_ends_waiting_streams_with_their_cursors() -> None:
    async with hub() as fakes:
        async with (
            fakes.hub.player("alice", Start.NOW) as one,
            fakes.hub.commits(None, Start.NOW) as all_players,
        ):
            assert not await one.next(0.05)
            fakes.bus.publish(fakes.store.add("alice", 2))
            assert await sequences(one, 2) == [1, 2]
            assert await sequences(all_players, 2) == [1, 2]
            waiting = [asyncio.create_task(feed.next(60)) for feed in (one, all_players)]
            await asyncio.sleep(0.02)
            fakes.hub.drain()
            ends = await asyncio.gather(*waiting, return_exceptions=True)
        cursors = [end.refusal.metadata["cursor"] for end in ends if isinstance(end, Draining)]
        assert CURSORS.read_player(cursors[0], "alice") == 2
        assert isinstance(CURSORS.read_position(cursors[1], Scope.ALL), Position)
        with pytest.raises(Draining):
            async with fakes.hub.player("alice", 2) as feed:
                await feed.next(1)


@pytest.mark.parametrize("wait_first", [True, False])
async def test_a_cancelled_stream_leaves_nothing_behind(wait_first: bool) -> None:
    async def watch() -> None:
        async with fakes.hub.player("alice", 0) as feed, fakes.hub.commits(None, Start.NOW) as all_:
            while True:
                await feed.next(0.01)
                await all_.next(60)

    async with hub() as fakes:
        fakes.store.add("alice")
        watching = [asyncio.create_task(watch()) for _ in range(20)]
        await asyncio.sleep(0.05 if wait_first else 0)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        assert fakes.hub.subscribers == 0
        assert not any(fakes.hub._watchers.has(shard) for shard in range(4))
        assert len(fakes.hub._tail) == 0
        await asyncio.sleep(0.1)
        assert fakes.bus.listener is None, "nobody watches, nothing is heard"
        async with fakes.hub.player("alice", Start.NOW) as feed:
            assert not await feed.next(0.05)
            fakes.bus.publish(fakes.store.add("alice"))
            assert await sequences(feed, 1) == [2]


async def test_all_players_are_read_once_for_all_who_watch() -> None:
    async with hub(poll_s=60.0) as fakes:
        feeds = [fakes.hub.commits(None, Start.NOW) for _ in range(20)]
        for feed in feeds:
            await feed.__aenter__()
            assert not await feed.next(0.01)
        await asyncio.sleep(0.05)
        fakes.store.reads.clear()
        fakes.bus.publish(fakes.store.add("alice", 2), fakes.store.add("bob"))
        for feed in feeds:
            assert await sequences(feed, 3) == [1, 2, 1]
        assert fakes.store.reads.count("commits") <= 3
        for feed in feeds:
            await feed.__aexit__(None, None, None)


async def test_several_players_get_theirs_and_move_on_with_the_rest() -> None:
    async with (
        hub() as fakes,
        fakes.hub.commits(frozenset({"alice", "carol"}), Start.BEGINNING) as feed,
    ):
        for player in ("alice", "bob", "carol", "bob"):
            fakes.store.add(player)
        assert [entry.player_id for entry in await feed.next(1)] == ["alice", "carol"]
        fakes.bus.publish(*[fakes.store.add("bob") for _ in range(5)])
        before = feed.position
        while feed.position.key == before.key:
            assert not await feed.next(0.05)
        fakes.bus.publish(fakes.store.add("carol"))
        assert [entry.player_id for entry in await feed.next(1)] == ["carol"]


async def test_a_commit_that_was_overtaken_is_not_skipped() -> None:
    async with hub(poll_s=0.05) as fakes, fakes.hub.commits(None, Start.NOW) as feed:
        assert not await feed.next(0.02)
        early = fakes.store.add("alice", committed=False)
        late = fakes.store.add("bob")
        fakes.bus.publish(late)
        assert not await feed.next(0.1), "what an open transaction may precede has to wait"
        fakes.store.hidden.clear()
        fakes.bus.publish(early)
        seen = [entry.player_id for entry in await feed.next(1)]
        while len(seen) < 2:
            seen += [entry.player_id for entry in await feed.next(1)]
        assert seen == ["alice", "bob"]


async def test_a_stream_of_all_players_that_catches_up_under_load() -> None:
    async with hub(queued_events_max=50) as fakes, fakes.hub.commits(None, Start.NOW) as ahead:
        for number in range(500):
            fakes.store.add(f"p{number % 7}", 2)
        async with fakes.hub.commits(None, Position(0)) as feed:
            found = 0
            for _ in range(200):
                fakes.bus.publish(fakes.store.add("q"))
                found += sum(len(entry.facts) for entry in await feed.next(0.001))
                await ahead.next(0)
            async with asyncio.timeout(5):
                while found < 1200:
                    found += sum(len(entry.facts) for entry in await feed.next(1))
            assert found == 1200


async def test_a_slow_reader_of_all_players() -> None:
    async with hub(queued_events_max=10) as fakes, fakes.hub.commits(None, Start.NOW) as feed:
        fakes.bus.publish(fakes.store.add("alice"))
        assert await sequences(feed, 1) == [1]
        for _ in range(20):
            fakes.bus.publish(fakes.store.add("alice"))
            await asyncio.sleep(0.01)
        with pytest.raises(SlowConsumer) as error:
            await feed.next(1)
        position = CURSORS.read_position(error.value.refusal.metadata["cursor"], Scope.ALL)
        async with fakes.hub.commits(None, position) as resumed:
            assert await sequences(resumed, 20) == list(range(2, 22))


@pytest.mark.parametrize("everybody", [False, True])
async def test_a_batch_larger_than_a_queue_ends_no_stream_that_reads(everybody: bool) -> None:
    async with hub(queued_events_max=10) as fakes:
        feeds = [
            fakes.hub.commits(None, Start.NOW) if everybody else fakes.hub.player("a", Start.NOW)
            for _ in range(5)
        ]
        for feed in feeds:
            await feed.__aenter__()
            assert not await feed.next(0.02)
        reading = [asyncio.create_task(sequences(feed, 400)) for feed in feeds]
        await asyncio.sleep(0.02)
        fakes.bus.publish(*[fakes.store.add("a", 2) for _ in range(200)])
        for found in await asyncio.gather(*reading):
            assert found == list(range(1, 401))
        for feed in feeds:
            await feed.__aexit__(None, None, None)


async def test_a_task_that_fails_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    async with hub(sweep_s=0.02) as fakes, fakes.hub.player("alice", Start.NOW) as feed:
        compare = fakes.hub._watchers.compare
        failures = iter([ValueError("a bug")])

        async def fail_once(shards: object) -> None:
            for failure in failures:
                raise failure
            await compare(range(4))

        fakes.hub._watchers.compare = fail_once  # type: ignore[method-assign]
        assert not await feed.next(0.1)
        fakes.store.add("alice")
        assert await sequences(feed, 1) == [1]
