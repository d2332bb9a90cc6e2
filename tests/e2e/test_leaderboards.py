"""Boards over the wire: exact, and true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
import redis.asyncio

import renown
from renown import errors
from tests.e2e.conftest import Running
from tests.kit.eventually import eventually


@pytest_asyncio.fixture(loop_scope="session")
async def five(game: renown.Client, player: str) -> AsyncIterator[list[str]]:
    """Five players, the best first on `high_score` among themselves."""
    names = [f"{player}-{letter}" for letter in "abcde"]
    for place, name in enumerate(names):
        await game.players.create(name, display_name=name.upper())
        await game.leaderboards.submit("high_score", name, 10**9 - place)
    yield names


async def test_rank_answers_everything_in_one_call(game: renown.Client, five: list[str]) -> None:
    async def complete() -> bool:
        rank = await game.leaderboards.rank("high_score", five[4])
        above = await game.leaderboards.rank("high_score", five[0])
        return rank.rank == above.rank + 4

    await eventually(complete)
    rank = await game.leaderboards.rank("high_score", five[2], neighbors=3)
    assert [entry.player_id for entry in rank.neighbors] == five[1:4]
    assert [entry.display_name for entry in rank.neighbors] == [n.upper() for n in five[1:4]]
    assert rank.score == 10**9 - 2
    assert rank.total >= 5
    below = rank.total - rank.rank + 1
    assert rank.percentile_basis_points == below * 10_000 // rank.total


async def test_max_board_keeps_the_best(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    first = await game.leaderboards.submit("high_score", player, 50)
    assert first.change.new_entry
    assert first.improved
    worse = await game.leaderboards.submit("high_score", player, 40)
    assert not worse.improved
    assert (worse.change.score, worse.change.score_before) == (50, 50)
    better = await game.leaderboards.submit("high_score", player, 60, request_id=f"s-{player}")
    assert (better.change.score, better.change.score_before) == (60, 50)
    again = await game.leaderboards.submit("high_score", player, 60, request_id=f"s-{player}")
    assert again == better


async def test_ascending_board_puts_the_lowest_first(game: renown.Client, player: str) -> None:
    fast, slow = f"{player}-f", f"{player}-s"
    for name, time in ((slow, 90), (fast, -5), (fast, 80)):
        if time in (90, -5):
            await game.players.create(name)
        await game.leaderboards.submit("best_time", name, time)

    async def ordered() -> bool:
        return (await game.leaderboards.rank("best_time", fast)).rank < (
            await game.leaderboards.rank("best_time", slow)
        ).rank

    await eventually(ordered)
    assert (await game.leaderboards.rank("best_time", fast)).score == -5


async def test_ties_go_to_who_was_first(game: renown.Client, player: str) -> None:
    names = [f"{player}-{number}" for number in (2, 0, 1)]
    for name in names:
        await game.players.create(name)
        await game.leaderboards.submit("high_score", name, 777_777)

    async def ordered() -> bool:
        ranks = [(await game.leaderboards.rank("high_score", name)).rank for name in names]
        return ranks == list(range(ranks[0], ranks[0] + 3))

    await eventually(ordered)


async def test_only_direct_boards_take_scores(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    with pytest.raises(errors.ScoreNotAccepted):
        await game.leaderboards.submit("xp_all_time", player, 1)
    with pytest.raises(errors.LeaderboardNotFound):
        await game.leaderboards.submit("no_board", player, 1)
    with pytest.raises(errors.PlayerNotFound):
        await game.leaderboards.submit("high_score", f"{player}-no", 1)
    with pytest.raises(errors.EntryNotFound):
        await game.leaderboards.rank("high_score", player)


async def test_batch_of_scores_answers_item_by_item(game: renown.Client, player: str) -> None:
    await game.players.create(player)
    one, refused, invalid = await game.leaderboards.submit_batch(
        [
            renown.Score("high_score", player, 5),
            renown.Score("xp_weekly", player, 5),
            renown.Score("high_score", "", 5),
        ]
    )
    assert isinstance(one, renown.ScoreResult)
    assert isinstance(refused, errors.ScoreNotAccepted)
    assert isinstance(invalid, errors.InvalidArgument)
    assert invalid.violations[0].subject == "scores[2].player_id"


async def test_pages_of_entries_are_the_board(game: renown.Client, five: list[str]) -> None:
    async def complete() -> bool:
        return (await game.leaderboards.rank("high_score", five[4])).rank > 0

    await eventually(complete)
    paged = [e async for e in game.leaderboards.entries("high_score", page_size=2)]
    top = await game.leaderboards.top("high_score", 200)
    assert [e.player_id for e in paged][:200] == [e.player_id for e in top.entries]
    assert [e.rank for e in paged] == list(range(1, len(paged) + 1))
    assert [e.score for e in paged] == sorted((e.score for e in paged), reverse=True)


async def test_board_definitions(game: renown.Client) -> None:
    boards = {board.leaderboard_id: board for board in await game.leaderboards.list()}
    assert set(boards) == {
        "xp_all_time",
        "xp_weekly",
        "lessons_weekly",
        "high_score",
        "best_time",
    }
    status = await game.leaderboards.get("xp_weekly")
    assert status.leaderboard == boards["xp_weekly"]
    assert status.period.starts_at is not None
    assert status.period.starts_at.weekday() == 0
    assert (await game.leaderboards.get("high_score")).period.starts_at is None
    with pytest.raises(errors.LeaderboardNotFound):
        await game.leaderboards.get("nothing")


async def test_boards_survive_the_loss_of_valkey(
    running: Running, game: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    """FLUSHALL while scores are written: afterwards every rank equals Postgres."""
    names = [f"{player}-{number}" for number in range(30)]
    for name in names:
        await game.players.create(name)

    async def write(name: str) -> None:
        for number in range(20):
            await game.leaderboards.submit("high_score", name, number * 31 + len(name))

    settings = running.app.core.settings
    client = redis.asyncio.from_url(settings.redis_url.get_secret_value())
    async with client:
        writing = asyncio.gather(*[write(name) for name in names])
        await asyncio.sleep(0.2)
        await client.flushall()
        await writing
    expected = [
        row[0]
        for row in await sql.fetch(
            "SELECT player_id FROM scores, unnest(boards, scores, ties) AS e(b, s, t)"
            " WHERE b = 'high_score||' ORDER BY s DESC, t, player_id COLLATE \"C\""
        )
    ]

    async def equal() -> bool:
        try:
            found = [e.player_id async for e in game.leaderboards.entries("high_score")]
        except errors.RanksUnavailable:
            return False
        return found == expected

    await eventually(equal)
