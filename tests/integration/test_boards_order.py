"""The order in Valkey, against a dictionary."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renown_server.errors import RanksUnavailable
from renown_server.leaderboards.keys import SHARDS, Keys
from renown_server.leaderboards.link import Link, LinkLost
from renown_server.leaderboards.packing import NOT_APPLIED
from renown_server.leaderboards.ranks import Position, RankReader
from renown_server.leaderboards.rules import SCORE_MAX
from renown_server.leaderboards.state import Update
from renown_server.storage.embedded import EmbeddedServers, temporary_data_dir
from tests.integration.boards import HIGH, LOW, Model, make_ready, publish, read_all

pytestmark = pytest.mark.integration

KEYS = Keys("order")
BOARDS = {HIGH: True, LOW: False}
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
BASE_US = 1_790_000_000_000_000


@pytest.fixture(scope="module")
def servers() -> Iterator[EmbeddedServers]:
    with temporary_data_dir() as path, EmbeddedServers(path) as servers:
        yield servers


@pytest.fixture
async def link(servers: EmbeddedServers) -> AsyncIterator[Link]:
    link = Link(servers.urls.redis_url, timeout_s=2)
    await link.exchange([("FLUSHALL",)])
    await make_ready(link, KEYS)
    yield link
    await link.close()


@pytest.fixture
async def reader(servers: EmbeddedServers) -> AsyncIterator[RankReader]:
    link = Link(servers.urls.redis_url, timeout_s=0.3)
    yield RankReader(link, KEYS)
    await link.close()


Scenario = Callable[[Link, RankReader], Awaitable[None]]


def on_empty_boards(servers: EmbeddedServers, scenario: Scenario) -> None:
    """Runs one example of Hypothesis in a loop of its own."""

    async def run() -> None:
        writing, reading = (Link(servers.urls.redis_url, timeout_s=5) for _ in range(2))
        await writing.exchange([("FLUSHALL",)])
        await make_ready(writing, KEYS)
        try:
            await scenario(writing, RankReader(reading, KEYS))
        finally:
            await writing.close()
            await reading.close()

    asyncio.run(run())


# Few players, scores and times, so that equal ones are common.
player_ids = st.integers(0, 11).map("p{:02}".format) | st.sampled_from(["p", "P1", "p1~", "é"])
score_values = st.integers(-3, 3) | st.sampled_from([-SCORE_MAX, 1 - SCORE_MAX, 10**15, SCORE_MAX])
writes = st.lists(st.tuples(player_ids, score_values, st.integers(0, 3)), max_size=60)


def history(scores: list[tuple[str, int, int]]) -> tuple[list[Update], dict[str, Model]]:
    """Updates in order of commit, and what they must lead to."""
    models = {key: Model(descending) for key, descending in BOARDS.items()}
    updates: list[Update] = []
    for version, (player_id, score, tie) in enumerate(scores, start=1):
        for key, model in models.items():
            if model.entries.get(player_id, (None, 0))[0] != score:
                model.entries[player_id] = (score, BASE_US + tie)
            tie_us = model.entries[player_id][1]
            updates.append((key, model.descending, player_id, version, tie_us, score))
    return updates, models


@FEW
@given(writes, st.randoms(use_true_random=False), st.integers(1, 20))
def test_order_is_exact_whatever_arrives_first(
    servers: EmbeddedServers,
    scores: list[tuple[str, int, int]],
    chance: random.Random,
    batch: int,
) -> None:
    updates, models = history(scores)
    shuffled = chance.sample(updates, len(updates))

    async def scenario(link: Link, reader: RankReader) -> None:
        # Everything arrives at least once, in any order, some of it twice.
        for first in range(0, len(shuffled), batch):
            for update in shuffled[first : first + batch]:
                await publish(link, KEYS, [update])
        await publish(link, KEYS, updates[: batch + 1])
        for key, model in models.items():
            assert await read_all(reader, key, model.descending, size=7) == model.ranked()

    on_empty_boards(servers, scenario)


@FEW
@given(writes, st.integers(1, 20))
def test_ranks_and_neighbors(
    servers: EmbeddedServers, scores: list[tuple[str, int, int]], neighbors: int
) -> None:
    updates, models = history(scores)

    async def scenario(link: Link, reader: RankReader) -> None:
        await publish(link, KEYS, updates)
        for key, model in models.items():
            ranked = model.ranked()
            found = await asyncio.gather(
                *[
                    reader.rank(key, model.descending, entry.player_id, neighbors)
                    for entry in ranked
                ]
            )
            for entry, result in zip(ranked, found, strict=True):
                assert result is not None
                assert (result.rank, result.score) == (entry.rank, entry.score)
                assert (result.tie_us, result.total) == (entry.tie_us, len(ranked))
                # The window is full where the board allows it, and around the player.
                window = result.neighbors
                assert len(window) == min(neighbors, len(ranked))
                assert window == ranked[window[0].rank - 1 : window[-1].rank]
                assert entry in window
                if window[0].rank > 1 and window[-1].rank < len(ranked):
                    above, below = entry.rank - window[0].rank, window[-1].rank - entry.rank
                    assert above - below in (0, 1)
            assert await reader.total(key) == len(ranked)
        assert await reader.rank(HIGH, True, "nobody", neighbors) is None

    on_empty_boards(servers, scenario)


@FEW
@given(
    writes.filter(bool),
    st.lists(st.lists(st.tuples(player_ids, score_values), max_size=4), max_size=12),
    st.integers(1, 5),
)
def test_what_does_not_move_is_neither_missed_nor_repeated(
    servers: EmbeddedServers,
    scores: list[tuple[str, int, int]],
    moves: list[list[tuple[str, int]]],
    size: int,
) -> None:
    updates, models = history(scores)

    async def scenario(link: Link, reader: RankReader) -> None:
        await publish(link, KEYS, updates)
        for key, model in models.items():
            version = len(scores)
            moved: set[str] = set()
            seen: list[str] = []
            after: Position | None = None
            for turn in range(1000):
                page = await reader.page(key, model.descending, size, after)
                seen += [entry.player_id for entry in page.entries]
                after = page.next_position
                if after is None:
                    break
                for player_id, score in moves[turn] if turn < len(moves) else ():
                    version += 1
                    moved.add(player_id)
                    await publish(
                        link,
                        KEYS,
                        [(key, model.descending, player_id, version, BASE_US + version, score)],
                    )
            still = [entry.player_id for entry in model.ranked() if entry.player_id not in moved]
            assert [player_id for player_id in seen if player_id not in moved] == still

    on_empty_boards(servers, scenario)


async def test_a_page_goes_on_among_equal_scores_when_its_last_entry_has_moved(
    link: Link, reader: RankReader
) -> None:
    players = [f"p{number:04}" for number in range(1000)]
    await publish(link, KEYS, [(HIGH, True, player, 1, BASE_US, 7) for player in players])
    page = await reader.page(HIGH, True, 500)
    await publish(link, KEYS, [(HIGH, True, "p0499", 2, BASE_US + 1, 9)])
    page = await reader.page(HIGH, True, 500, page.next_position)
    assert [entry.player_id for entry in page.entries] == players[500:]
    assert page.entries[0].rank == 501
    assert page.next_position is None


async def test_a_position_need_not_have_been_on_the_board(link: Link, reader: RankReader) -> None:
    await publish(link, KEYS, [(LOW, False, f"p{n}", 1, BASE_US + n, n) for n in range(10)])
    page = await reader.page(LOW, False, 3, Position(4, BASE_US, "~"))
    assert [entry.score for entry in page.entries] == [4, 5, 6]
    page = await reader.page(LOW, False, 3, Position(99, 0, ""))
    assert page.entries == []
    assert page.next_position is None


async def test_large_scores_come_back_exactly(link: Link, reader: RankReader) -> None:
    scores = sorted(
        {sign * (2**power + step) for power in range(53) for step in (-1, 0) for sign in (1, -1)}
        | {10**power for power in range(16)}
        | {SCORE_MAX, -SCORE_MAX}
    )
    for key, descending in BOARDS.items():
        await publish(link, KEYS, [(key, descending, f"p{s}", 1, BASE_US, s) for s in scores])
        entries = await read_all(reader, key, descending)
        assert [entry.score for entry in entries] == sorted(scores, reverse=descending)


async def test_a_lost_shard_is_refused_and_takes_nothing(link: Link, reader: RankReader) -> None:
    update: Update = (HIGH, True, "p1", 1, BASE_US, 5)
    epoch = KEYS.board(HIGH).epoch
    for state in (None, "clearing:x"):
        await link.exchange([("SET", epoch, state) if state else ("DEL", epoch)])
        assert await publish(link, KEYS, [update]) == [NOT_APPLIED]
        with pytest.raises(RanksUnavailable):
            await reader.rank(HIGH, True, "p1")
        with pytest.raises(RanksUnavailable):
            await reader.page(HIGH, True, 10)
    await link.exchange([("SET", epoch, "building:x")])
    assert await publish(link, KEYS, [update]) == [1]
    with pytest.raises(RanksUnavailable):
        await reader.total(HIGH)
    # The other board lives in another shard.
    assert KEYS.board(LOW).shard != KEYS.board(HIGH).shard
    assert await reader.total(LOW) == 0
    await link.exchange([("SET", epoch, "ready:x:1")])
    assert await reader.total(HIGH) == 1


async def test_losing_a_shard_is_told(servers: EmbeddedServers, link: Link) -> None:
    told: list[bool] = []
    reading = Link(servers.urls.redis_url, timeout_s=1)
    reader = RankReader(reading, KEYS, on_lost=lambda: told.append(True))
    await reader.page(HIGH, True, 1)
    assert not told
    await link.exchange([("FLUSHALL",)])
    with pytest.raises(RanksUnavailable):
        await reader.page(HIGH, True, 1)
    assert told
    await reading.close()


async def test_scripts_are_loaded_again(link: Link, reader: RankReader) -> None:
    await link.exchange([("SCRIPT", "FLUSH")])
    assert await publish(link, KEYS, [(HIGH, True, "p1", 1, BASE_US, 5)]) == [1]
    await link.exchange([("SCRIPT", "FLUSH")])
    found, page = await asyncio.gather(reader.rank(HIGH, True, "p1"), reader.page(HIGH, True, 10))
    assert found is not None
    assert len(page.entries) == 1


async def test_concurrent_reads_share_exchanges(servers: EmbeddedServers, link: Link) -> None:
    await publish(link, KEYS, [(HIGH, True, f"p{n}", 1, BASE_US + n, n) for n in range(100)])
    counted: list[int] = []

    class Counting(Link):
        async def exchange(self, commands):  # type: ignore[no-untyped-def]
            counted.append(len(commands))
            return await super().exchange(commands)

    reading = Counting(servers.urls.redis_url, timeout_s=1)
    reader = RankReader(reading, KEYS)
    found = await asyncio.gather(*[reader.rank(HIGH, True, f"p{n % 100}", 10) for n in range(400)])
    pages = await asyncio.gather(*[reader.page(HIGH, True, 10) for _ in range(50)])
    assert [result and result.rank for result in found] == [100 - n % 100 for n in range(400)]
    assert all(page is pages[0] for page in pages)
    assert len(counted) <= 5
    await reading.close()


async def test_a_cancelled_read_leaves_no_answer_for_another(
    link: Link, reader: RankReader
) -> None:
    await publish(link, KEYS, [(HIGH, True, f"p{n}", 1, BASE_US + n, n) for n in range(50)])
    chance = random.Random(1)

    async def ask(number: int) -> None:
        found = await reader.rank(HIGH, True, f"p{number}")
        assert found is not None
        assert found.score == number

    for _ in range(40):
        tasks = [asyncio.create_task(ask(chance.randrange(50))) for _ in range(10)]
        await asyncio.sleep(chance.random() * 0.0005)
        for task in chance.sample(tasks, 5):
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            assert outcome is None or isinstance(outcome, asyncio.CancelledError)


async def test_a_frozen_server_is_refused_in_time_and_recovers(
    servers: EmbeddedServers, link: Link, reader: RankReader
) -> None:
    await publish(link, KEYS, [(HIGH, True, f"p{n}", 1, BASE_US + n, n) for n in range(50)])
    servers.pause_redis()
    try:
        started = time.monotonic()
        asked = [reader.rank(HIGH, True, f"p{n}") for n in range(20)]
        for outcome in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(outcome, RanksUnavailable)
        assert time.monotonic() - started < 2
        with pytest.raises(LinkLost):
            await Link(servers.urls.redis_url, timeout_s=0.1).exchange([("PING",)])
    finally:
        servers.resume_redis()
    for number in range(20):
        found = await reader.rank(HIGH, True, f"p{number}")
        assert found is not None
        assert found.score == number


async def test_an_absent_server_is_refused(tmp_path: object) -> None:
    link = Link(f"unix://{tmp_path}/none.sock", timeout_s=1)
    with pytest.raises(RanksUnavailable):
        await RankReader(link, KEYS).total(HIGH)
    assert not await RankReader(link, KEYS).wait_ready(0.05)


async def test_ready_means_every_shard(link: Link, reader: RankReader) -> None:
    assert await reader.wait_ready(1)
    for shard in range(SHARDS):
        await link.exchange([("SET", KEYS.epochs[shard], "building:x")])
        assert not await reader.wait_ready(0.03)
        await link.exchange([("SET", KEYS.epochs[shard], "ready:x:1")])
