"""Redis is disposable: whatever is lost comes back from Postgres."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import redis.asyncio
import structlog

from renown_server.errors import RanksUnavailable
from renown_server.leaderboards import scripts, store
from renown_server.leaderboards.link import call
from renown_server.leaderboards.publisher import Publisher
from renown_server.leaderboards.ranks import RankReader
from renown_server.leaderboards.rebuild import Rebuild, Superseded
from renown_server.leaderboards.repair import Repairer
from renown_server.leaderboards.state import Entry
from renown_server.storage.embedded import EmbeddedServers, temporary_data_dir
from tests.integration.boards import (
    HIGH,
    Game,
    create_tables,
    is_descending,
    opened_game,
    read_all,
    running,
)

pytestmark = pytest.mark.integration

PLAYERS = [f"player-{number:03}" for number in range(120)]


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with temporary_data_dir() as path, EmbeddedServers(path) as servers:
        asyncio.run(create_tables(servers))
        yield servers


@pytest.fixture
async def game(servers: EmbeddedServers) -> AsyncIterator[Game]:
    async with opened_game(servers) as game:
        yield game


async def until(condition: Callable[[], Awaitable[bool]], timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not await condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)


async def until_settled(game: Game) -> None:
    """Every batch is published or repaired, and every shard is whole."""
    reader = RankReader(game.link(), game.keys)

    async def is_settled() -> bool:
        return await game.held_batches() == 0 and await reader.wait_ready(0.05)

    await until(is_settled)


async def until_rebuilt(game: Game, repairer: Repairer) -> None:
    """The loss is noticed, and everything is settled."""
    rebuilt = repairer.stats.shards_rebuilt

    async def is_rebuilt() -> bool:
        return repairer.stats.shards_rebuilt > rebuilt

    await until(is_rebuilt)
    await until_settled(game)


async def write_some(
    game: Game, publisher: Publisher, chance: random.Random, *, batches: int, offer: bool = True
) -> None:
    for _ in range(batches):
        chosen = chance.sample(PLAYERS, 8)
        # Few scores, so that many are equal.
        scores = [(player, chance.randrange(40)) for player in chosen]
        await game.write(publisher, scores, offer=offer)
        await asyncio.sleep(0)


async def test_empty_servers_become_ready_and_publish(game: Game) -> None:
    publisher, repairer = game.publisher(), game.repairer()
    reader = RankReader(game.link(), game.keys)
    with pytest.raises(RanksUnavailable):
        await reader.total(HIGH)
    async with running(repairer, publisher):
        assert await reader.wait_ready(5)
        await write_some(game, publisher, random.Random(1), batches=50)
    await game.assert_boards_equal()
    assert repairer.stats.batches_repaired == 0


async def test_rows_come_back_as_they_were_written(game: Game) -> None:
    await write_some(game, game.publisher(), random.Random(20), batches=30)
    loaded = await game.load([*PLAYERS, "nobody"])
    for instance_key, model in game.models.items():
        entries = {name: row[instance_key] for name, row in loaded.items()}
        assert entries == {name: Entry(*entry) for name, entry in model.entries.items()}


async def test_batches_are_trimmed_only_behind_their_mark(game: Game) -> None:
    publisher, repairer = game.publisher(), game.repairer()
    await repairer.turn()
    async with running(publisher):
        await write_some(game, publisher, random.Random(2), batches=20)
        await repairer.turn()
    assert await game.held_batches() in range(21)
    # The publisher has set its mark before it stopped.
    await repairer.turn()
    assert await game.held_batches() == 0
    await game.assert_boards_equal()


async def test_existing_scores_are_rebuilt(game: Game) -> None:
    publisher, repairer = game.publisher(), game.repairer()
    await write_some(game, publisher, random.Random(3), batches=150, offer=False)
    assert await repairer.turn()
    await game.assert_boards_equal()


async def test_a_worker_killed_between_commit_and_publishing_is_repaired(game: Game) -> None:
    chance = random.Random(4)
    dead, alive, repairer = game.publisher(), game.publisher(), game.repairer()
    async with running(repairer, alive):
        await until_settled(game)
        await write_some(game, alive, chance, batches=30)
        await write_some(game, dead, chance, batches=25, offer=False)
        await write_some(game, alive, chance, batches=5)
        await until_settled(game)
        assert repairer.stats.batches_repaired >= 25
    await game.assert_boards_equal()


async def test_flushall_under_writes(game: Game) -> None:
    chance = random.Random(5)
    publisher, repairer = game.publisher(), game.repairer()
    flusher, reader = game.link(), RankReader(game.link(), game.keys)
    async with running(repairer, publisher):
        await until_settled(game)
        for round_no in range(6):
            await write_some(game, publisher, chance, batches=25)
            await flusher.exchange([("FLUSHALL",)])
            await write_some(game, publisher, chance, batches=25)
            if round_no % 2:
                await reader.wait_ready(5)
        await until_settled(game)
    await game.assert_boards_equal()
    assert repairer.stats.shards_rebuilt >= 32


async def test_ranks_read_during_losses_are_never_wrong(game: Game) -> None:
    """The scores stand still; only Valkey is lost, again and again."""
    publisher, repairer = game.publisher(), game.repairer()
    async with running(repairer, publisher):
        await until_settled(game)
        await write_some(game, publisher, random.Random(6), batches=60)
        await until_settled(game)
        flusher, reader = game.link(), RankReader(game.link(), game.keys)
        expected = game.models[HIGH].ranked()
        answered = refused = 0
        for _ in range(12):
            await flusher.exchange([("FLUSHALL",)])
            for _ in range(40):
                try:
                    assert await read_all(reader, HIGH, True, size=50) == expected
                    answered += 1
                except RanksUnavailable:
                    refused += 1
                await asyncio.sleep(0.001)
        assert answered
        assert refused


async def test_a_frozen_server_catches_up(game: Game) -> None:
    chance = random.Random(7)
    publisher, repairer = game.publisher(), game.repairer()
    async with running(repairer, publisher):
        await until_settled(game)
        game.servers.pause_redis()
        try:
            await write_some(game, publisher, chance, batches=60)
            await asyncio.sleep(1.2)
            await write_some(game, publisher, chance, batches=60)
        finally:
            game.servers.resume_redis()
        await until_settled(game)
        assert publisher.stats.failures
    await game.assert_boards_equal()


async def test_a_server_killed_under_writes_is_rebuilt(game: Game) -> None:
    chance = random.Random(8)
    publisher, repairer = game.publisher(), game.repairer()
    async with running(repairer, publisher):
        await until_settled(game)
        await write_some(game, publisher, chance, batches=40)
        game.servers.kill_redis()
        await write_some(game, publisher, chance, batches=40)
        await asyncio.sleep(0.2)
        game.servers.restart_redis()
        await write_some(game, publisher, chance, batches=40)
        await until_settled(game)
    await game.assert_boards_equal()


async def test_overflow_moves_to_a_new_lane_and_is_repaired(game: Game) -> None:
    chance = random.Random(9)
    publisher, repairer = game.publisher(pending_max=60), game.repairer()
    first_lane = publisher.lane_id
    async with running(repairer):
        await until_settled(game)
        # Nothing is taken away: the publisher does not run yet.
        await write_some(game, publisher, chance, batches=40)
        assert publisher.lane_id != first_lane
        assert publisher.stats.entries_dropped
        assert publisher.pending <= 60
        async with running(publisher):
            await write_some(game, publisher, chance, batches=3)
            await until_settled(game)
        assert repairer.stats.batches_repaired
    await game.assert_boards_equal()


async def test_an_uncertain_commit_is_left_to_repairing(game: Game) -> None:
    """The row is there, the scores were never offered, and a later batch is."""
    chance = random.Random(10)
    publisher, repairer = game.publisher(), game.repairer()
    async with running(repairer, publisher):
        await until_settled(game)
        await write_some(game, publisher, chance, batches=1, offer=False)
        publisher.new_lane()
        await write_some(game, publisher, chance, batches=1)
        await until_settled(game)
        assert repairer.stats.batches_repaired == 1
    await game.assert_boards_equal()


async def test_a_server_set_back_to_an_old_dump_is_noticed(game: Game) -> None:
    chance = random.Random(11)
    publisher, repairer = game.publisher(), game.repairer()
    link = game.link()
    async with running(repairer, publisher):
        await until_settled(game)
        await write_some(game, publisher, chance, batches=30)
        await until_settled(game)
        [names] = await link.exchange([("KEYS", "*")])
        dump = await link.exchange([("DUMP", name) for name in names])
        await write_some(game, publisher, chance, batches=30)
        # Trimmed: from here on Postgres holds no trace of what the dump lacks.
        await until_settled(game)
        restore = [("RESTORE", name, 0, value) for name, value in zip(names, dump, strict=True)]
        await link.exchange([("MULTI",), ("FLUSHALL",), *restore, ("EXEC",)])
        await until_rebuilt(game, repairer)
    await game.assert_boards_equal()


async def test_the_boards_of_another_database_are_not_ours(game: Game) -> None:
    publisher, repairer = game.publisher(), game.repairer()
    async with running(publisher):
        await repairer.turn()
        await write_some(game, publisher, random.Random(12), batches=20)
    await game.pool.execute("TRUNCATE scores, board_batches")
    # As far as numbers go, it could be the same one.
    await game.pool.execute("UPDATE board_witness SET identity = gen_random_uuid()")
    for model in game.models.values():
        model.entries.clear()
    assert await repairer.turn()
    await game.assert_boards_equal()
    assert not await repairer.turn()


async def test_batches_are_bounded_while_the_server_is_away(game: Game) -> None:
    chance = random.Random(13)
    publisher = game.publisher()
    repairer = game.repairer(batches_held_max=20)
    async with running(repairer):
        await until_settled(game)
        game.servers.kill_redis()
        try:
            await write_some(game, publisher, chance, batches=100, offer=False)

            async def is_bounded() -> bool:
                return await game.held_batches() <= 20

            await until(is_bounded)
        finally:
            game.servers.restart_redis()
        await until_settled(game)
    await game.assert_boards_equal()


async def test_a_frozen_server_is_not_trusted_after_batches_were_dropped(game: Game) -> None:
    """It comes back with `ready` epochs and all it held, and lacks what was dropped."""
    chance = random.Random(14)
    publisher = game.publisher()
    repairer = game.repairer(batches_held_max=20)
    async with running(repairer, publisher):
        await until_settled(game)
        await write_some(game, publisher, chance, batches=20)
        await until_settled(game)
    async with running(repairer):
        game.servers.pause_redis()
        try:
            dead = game.publisher()
            await write_some(game, dead, chance, batches=100, offer=False)

            async def is_bounded() -> bool:
                return await game.held_batches() <= 20

            await until(is_bounded)
        finally:
            game.servers.resume_redis()
        await until_rebuilt(game, repairer)
    await game.assert_boards_equal()


async def test_only_the_holder_of_the_lease_repairs(game: Game) -> None:
    first, second = game.repairer(lease_s=0.5), game.repairer(lease_s=0.5)
    assert await first.turn()
    assert not await second.turn()
    await game.link().exchange([("FLUSHALL",)])
    assert not await second.turn()
    assert await game.epochs() == [None] * 16
    await asyncio.sleep(0.6)
    assert await second.turn()
    assert not await first.turn()


async def test_the_lease_is_released_on_the_way_out(game: Game) -> None:
    first, second = game.repairer(lease_s=60), game.repairer(lease_s=60)
    async with running(first):
        await until_settled(game)
    await game.link().exchange([("FLUSHALL",)])
    assert await second.turn()


class Interrupting:
    """A database that does something to Valkey between two pages of a rebuild."""

    def __init__(self, database: Any, after_page: Callable[[int], Awaitable[None]]) -> None:
        self._database = database
        self._after_page = after_page
        self._pages = 0

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        rows: list[Any] = await self._database.fetch(query, *args)
        if "LIMIT" in query and "FROM scores" in query:
            self._pages += 1
            await self._after_page(self._pages)
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


async def test_a_loss_during_the_rebuild_starts_it_anew(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renown_server.leaderboards.rebuild.PAGE_ROWS", 10)
    publisher = game.publisher()
    await write_some(game, publisher, random.Random(15), batches=60, offer=False)
    flusher = game.link()

    async def after_page(page: int) -> None:
        if page in (3, 9):
            await flusher.exchange([("FLUSHALL",)])

    repairer = Repairer(
        Interrupting(game.pool, after_page),
        game.link(),
        game.keys,
        is_descending=is_descending,
    )
    for _ in range(2):
        with pytest.raises(Superseded):
            await repairer.turn()
        reader = RankReader(game.link(), game.keys)
        with pytest.raises(RanksUnavailable):
            await reader.total(HIGH)
    assert await repairer.turn()
    await game.assert_boards_equal()


async def test_what_is_committed_during_a_rebuild_is_kept(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the scan's cursor and before it, published before and after."""
    monkeypatch.setattr("renown_server.leaderboards.rebuild.PAGE_ROWS", 10)
    chance = random.Random(16)
    publisher = game.publisher()
    await write_some(game, publisher, chance, batches=60, offer=False)

    async def after_page(_: int) -> None:
        await write_some(game, publisher, chance, batches=3)

    repairer = Repairer(
        Interrupting(game.pool, after_page), game.link(), game.keys, is_descending=is_descending
    )
    async with running(publisher):
        assert await repairer.turn()
    await game.assert_boards_equal()


async def test_two_rebuilds_at_once_end_in_one_truth(
    game: Game, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("renown_server.leaderboards.rebuild.PAGE_ROWS", 10)
    chance = random.Random(17)
    publisher = game.publisher()
    await write_some(game, publisher, chance, batches=60, offer=False)
    witness = await store.load_witness(game.pool)

    async def keep_lease() -> None:
        """Both believe they hold it."""

    async def rebuild() -> bool:
        await asyncio.sleep(chance.random() * 0.02)
        parts = Rebuild(
            game.pool,
            game.link(),
            game.keys,
            identity=witness.identity,
            is_descending=is_descending,
            keep_lease=keep_lease,
        )
        try:
            await parts.run(range(16))
        except Superseded:
            return False
        return True

    for _ in range(10):
        outcomes = await asyncio.gather(*[rebuild() for _ in range(3)])
        if not any(outcomes):
            assert await rebuild()
        await game.assert_boards_equal()


async def test_a_superseded_rebuild_deletes_nothing(game: Game) -> None:
    """It stood still between its first two steps while another one ran to the end."""
    publisher, link = game.publisher(), game.link()
    await write_some(game, publisher, random.Random(19), batches=20, offer=False)
    shard = game.keys.board(HIGH)
    assert await game.repairer().turn()
    clear = call(scripts.CLEAR, (shard.epoch, shard.order, shard.players), ("clearing:old",))
    assert await link.exchange([clear]) == [0]
    await game.assert_boards_equal()


async def test_a_database_set_back_is_noticed(game: Game) -> None:
    """Valkey knows a number that Postgres has not issued yet."""
    repairer = game.repairer()
    await repairer.turn()
    assert not await repairer.turn()
    await game.pool.execute("UPDATE board_witness SET issued = 0, confirmed = 0")
    assert await repairer.turn()


async def test_a_failing_postgres_ends_nothing(game: Game) -> None:
    publisher, repairer = game.publisher(), game.repairer()
    async with running(repairer, publisher):
        await until_settled(game)
        await write_some(game, publisher, random.Random(18), batches=10)
        game.servers.kill_postgres()
        await asyncio.sleep(0.3)
        game.servers.restart_postgres()
        await game.pool.expire_connections()
        await until_settled(game)
        assert repairer.stats.failures
    await game.assert_boards_equal()


async def test_marks_of_lanes_long_gone_are_forgotten(game: Game) -> None:
    repairer = game.repairer()
    await repairer.turn()
    link = game.link()
    await link.exchange([("HSET", game.keys.marks, f"gone-{n}", n) for n in range(100)])
    await repairer.turn()
    assert await link.exchange([("HLEN", game.keys.marks)]) == [0]


async def test_boards_unknown_to_the_catalog_are_left_out(game: Game) -> None:
    await game.pool.execute(
        "INSERT INTO scores VALUES ('p1', 1, '{gone||,high||}', '{5,6}', '{1,2}')"
    )
    assert await game.repairer().turn()
    reader = RankReader(game.link(), game.keys)
    assert await reader.total("gone||") == 0
    assert await reader.total(HIGH) == 1


async def test_invalidating_rebuilds(game: Game) -> None:
    repairer = game.repairer()
    await repairer.turn()
    assert not await repairer.turn()
    await repairer.invalidate()
    assert await repairer.turn()


@pytest.mark.parametrize(("policy", "warned"), [("noeviction", 0), ("allkeys-lru", 1)])
async def test_a_server_that_evicts_is_warned_of(game: Game, policy: str, warned: int) -> None:
    link = game.link()
    await link.exchange([("CONFIG", "SET", "maxmemory-policy", policy)])
    repairer = game.repairer()
    try:
        with structlog.testing.capture_logs() as logs:
            await repairer.turn()
            await repairer.turn()
    finally:
        await link.exchange([("CONFIG", "SET", "maxmemory-policy", "noeviction")])
    assert len([entry for entry in logs if "evict" in entry["event"]]) == warned


async def test_messages_follow_the_entries(game: Game) -> None:
    publisher, repairer = game.publisher(messages_max=50), game.repairer()
    await repairer.turn()
    client = redis.asyncio.Redis.from_url(game.servers.urls.redis_url)
    async with client.pubsub() as subscription, running(publisher):
        await subscription.subscribe("events")
        await subscription.get_message(timeout=1)
        publisher.offer(1, [], [("events", f"{n}".encode()) for n in range(80)])
        received: list[bytes] = []
        while len(received) < 50:
            message = await subscription.get_message(ignore_subscribe_messages=True, timeout=1)
            assert message is not None
            received.append(message["data"])
    await client.aclose()
    assert received == [f"{n}".encode() for n in range(30, 80)]
    assert publisher.stats.messages_dropped == 30
