"""Streams over the wire."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

import renown
from renown import errors
from tests.e2e.conftest import Running


async def test_stream_from_the_beginning_and_live(game: renown.Client, player: str) -> None:
    one = await game.activities.record(player, "lesson_completed", activity_id="one")
    head = one.last_sequence
    seen: list[renown.Event] = []
    async with game.events.stream(player, cursor="beginning") as stream:
        async with asyncio.timeout(10):
            async for event in stream:
                seen.append(event)
                if event.sequence == one.last_sequence:
                    two = await game.activities.record(
                        player, "lesson_completed", activity_id="two"
                    )
                    assert two.first_sequence == head + 1
                    head = two.last_sequence
                if event.sequence == head:
                    break
    assert [event.sequence for event in seen] == list(range(1, head + 1))
    assert [event.type for event in seen[: one.last_sequence]] == [
        "player.created",
        "activity.recorded",
        "metric.moved",
        "streak.advanced",
        "xp.gained",
        "currency.changed",
        "score.changed",
        "score.changed",
        "score.changed",
        "achievement.unlocked",
        "title.earned",
        "quest.started",
        "badge.changed",
    ]
    assert {event.command_id for event in seen[one.last_sequence :]} == {"two"}


async def test_cursor_resumes_exactly(game: renown.Client, player: str) -> None:
    recorded = await game.activities.record(player, "lesson_completed")
    page = await game.events.list(player, page_size=3)
    cursor, sequences = page.next_cursor, [event.sequence for event in page.events]
    while page.more:
        page = await game.events.list(player, cursor=cursor, page_size=3)
        cursor = page.next_cursor
        sequences += [event.sequence for event in page.events]
    assert sequences == list(range(1, recorded.last_sequence + 1))
    await game.activities.record(player, "login")
    async with game.events.stream(player, cursor=cursor) as stream, asyncio.timeout(10):
        first = await anext(aiter(stream))
    assert first.sequence == recorded.last_sequence + 1


async def test_watch_rewards_filters(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    async with game.watch_rewards(player) as stream, asyncio.timeout(10):
        receiving = asyncio.ensure_future(anext(aiter(stream)))
        await asyncio.sleep(0.2)
        await game.wallets.credit(player, {"coins": 5})
        event = await receiving
    assert event.type == "currency.changed"
    assert isinstance(event.payload, renown.CurrencyChange)
    assert event.payload.amount == 5


async def test_all_players_arrive_in_each_ones_order(game: renown.Client, player: str) -> None:
    names = [f"{player}-{number}" for number in range(10)]
    seen: dict[str, list[int]] = {name: [] for name in names}

    async def play(name: str) -> None:
        for _ in range(5):
            await game.activities.record(name, "login")

    async with game.events.stream(all_players=True) as stream, asyncio.timeout(20):
        iterator = aiter(stream)
        receiving = asyncio.ensure_future(anext(iterator))
        await asyncio.sleep(0.3)
        playing = asyncio.gather(*[play(name) for name in names])
        heads: dict[str, int] = {}
        while not heads or any(seen[name][-1:] != [heads[name]] for name in names):
            event = await receiving
            if event.player_id in seen:
                seen[event.player_id].append(event.sequence)
            receiving = asyncio.ensure_future(anext(iterator))
            if playing.done() and not heads:
                pages = [await game.events.list(name, page_size=500) for name in names]
                heads = {
                    name: page.events[-1].sequence for name, page in zip(names, pages, strict=True)
                }
                if all(seen[name][-1:] == [heads[name]] for name in names):
                    receiving.cancel()
        receiving.cancel()
    for name in names:
        assert seen[name] == list(range(1, len(seen[name]) + 1))


async def test_long_poll_waits_for_an_event(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    start = await game.events.list(player)
    polling = asyncio.ensure_future(
        game.events.list(player, cursor=start.next_cursor, wait=timedelta(seconds=10))
    )
    await asyncio.sleep(0.1)
    await game.wallets.credit(player, {"coins": 1})
    async with asyncio.timeout(5):
        page = await polling
    assert [event.type for event in page.events] == ["currency.changed"]


async def test_foreign_cursor_is_refused(game: renown.Client, player: str) -> None:
    other = f"{player}-other"
    for name in (player, other):
        await game.activities.record(name, "login")
    page = await game.events.list(other)
    for cursor in (page.next_cursor, "nonsense", page.next_cursor[:-2] + "AA"):
        with pytest.raises(errors.InvalidCursor):
            await game.events.list(player, cursor=cursor)


async def test_a_player_sees_its_own_events_only(
    running: Running, game: renown.Client, player: str
) -> None:
    await game.activities.record(player, "login")
    issued = await game.auth.issue_player_token(player)
    async with renown.connect(running.address, token=issued.token) as me:
        page = await me.events.list()
        assert page.events[0].player_id == player
        with pytest.raises(errors.PermissionDenied):
            await me.events.list(f"{player}-other")
        with pytest.raises(errors.PermissionDenied):
            async with me.events.stream(all_players=True) as stream:
                await anext(aiter(stream))
