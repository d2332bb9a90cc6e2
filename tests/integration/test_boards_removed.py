"""Entries that are no more: gone from the live order too, whatever was lost on the way."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from renown_server.leaderboards.publisher import Publisher
from renown_server.leaderboards.ranks import RankReader
from renown_server.leaderboards.state import Entry
from renown_server.storage.embedded import EmbeddedServers, temporary_data_dir
from tests.integration.boards import (
    HIGH,
    LOW,
    Game,
    create_tables,
    make_ready,
    opened_game,
    publish,
    read_all,
    running,
)
from tests.kit.eventually import eventually

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with temporary_data_dir() as path, EmbeddedServers(path) as servers:
        asyncio.run(create_tables(servers))
        yield servers


@pytest.fixture
async def game(servers: EmbeddedServers) -> AsyncIterator[Game]:
    async with opened_game(servers) as game:
        yield game


async def fill(game: Game, publisher: Publisher) -> None:
    await game.write(publisher, [("ann", 30), ("bob", 20), ("cyd", 20)])


async def settled(game: Game) -> None:
    reader = RankReader(game.link(), game.keys)

    async def nothing_waits() -> bool:
        return await game.held_batches() == 0 and await reader.wait_ready(0.05)

    await eventually(nothing_waits)


async def test_a_removed_entry_is_gone_and_can_come_back(game: Game) -> None:
    publisher, repairer = game.publisher(), game.repairer()
    async with running(publisher, repairer):
        await settled(game)
        await fill(game, publisher)
        await game.write(publisher, [("bob", None)])
        await settled(game)
        await game.assert_boards_equal()
        reader = RankReader(game.link(), game.keys)
        assert await reader.rank(HIGH, True, "bob") is None
        assert await reader.total(HIGH) == 2
        await game.write(publisher, [("bob", 40)])
        await settled(game)
        await game.assert_boards_equal()
        assert await reader.total(LOW) == 3


async def test_a_removal_nobody_published_is_repaired(game: Game) -> None:
    publisher, repairer = game.publisher(), game.repairer()
    async with running(publisher, repairer):
        await settled(game)
        await fill(game, publisher)
        await settled(game)
        await game.write(publisher, [("ann", None), ("cyd", None)], offer=False)
        publisher.new_lane()  # the worker has died between commit and publishing
        await settled(game)
        assert repairer.stats.batches_repaired >= 1
        await game.assert_boards_equal()


async def test_a_rebuild_knows_nothing_of_it(game: Game) -> None:
    publisher, repairer = game.publisher(), game.repairer()
    async with running(publisher, repairer):
        await settled(game)
        await fill(game, publisher)
        await game.write(publisher, [("ann", None)])
        await settled(game)
        rebuilt = repairer.stats.shards_rebuilt
        await game.link().exchange([("FLUSHALL",)])

        async def is_rebuilt() -> bool:
            return repairer.stats.shards_rebuilt > rebuilt

        await eventually(is_rebuilt)
        await settled(game)
        await game.assert_boards_equal()


async def test_what_comes_late_does_not_bring_it_back(game: Game) -> None:
    """Workers publish out of the order of their commits."""
    link = game.link()
    await make_ready(link, game.keys)
    old, gone = (HIGH, True, "ann", 3, 1000, 30), (HIGH, True, "ann", 6, 0, 0)
    for update in (old, gone, old, gone):
        await publish(link, game.keys, [update])
    assert await read_all(RankReader(link, game.keys), HIGH, True) == []
    await publish(link, game.keys, [(HIGH, True, "ann", 9, 2000, 10)])
    (entry,) = await read_all(RankReader(link, game.keys), HIGH, True)
    assert (entry.score, entry.tie_us) == (10, 2000)


async def test_the_engine_loads_what_is_left(game: Game) -> None:
    publisher = game.publisher()
    await fill(game, publisher)
    await game.write(publisher, [("ann", None)])
    loaded = await game.load(["ann", "bob"])
    assert loaded["ann"] == {}
    assert loaded["bob"] == {
        key: Entry(*model.entries["bob"]) for key, model in game.models.items()
    }
