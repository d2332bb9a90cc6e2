"""Whether the boards' live order is that of Postgres; and what is said of it meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple, Self

import grpc
import grpc.aio

import renown
from renown import errors
from renown._status import from_rpc_error
from renown.v1 import leaderboard_service_pb2 as pb
from tests.chaos.site import Site
from tests.kit.eventually import eventually

BOARDS = ("xp_all_time", "xp_weekly", "lessons_weekly", "high_score", "best_time")
ASCENDING = frozenset({"best_time"})
EQUAL_PATIENCE_S = 60.0
PAGE = 200
RANKS_SAMPLED = 40


class Entry(NamedTuple):
    """One place on a board; the moment in microseconds since 1970."""

    player: str
    score: int
    reached_us: int


async def verify_boards(
    site: Site, client: renown.Client, boards: Sequence[str] = BOARDS
) -> dict[str, int]:
    """Waits until every entry of every board, and sampled ranks, are those of Postgres.

    To be called when nobody writes.

    Returns:
        How many entries each board has.

    Raises:
        AssertionError: they do not become so; says where they differ first.
    """
    problems: list[str] = []

    async def equal() -> bool:
        problems[:] = [text for board in boards if (text := await _difference(site, client, board))]
        return not problems

    try:
        await eventually(equal, EQUAL_PATIENCE_S)
    except AssertionError:
        raise AssertionError("; ".join(problems)) from None
    return {board: len(await truth_of(site, board)) for board in boards}


async def truth_of(site: Site, board: str, instance: str = "") -> list[Entry]:
    """A board as Postgres says, best first; the current instance unless one is named."""
    direction = "ASC" if board in ASCENDING else "DESC"
    async with site.sql() as sql:
        if not instance:
            instance = await sql.fetchval(
                "SELECT max(b) FROM scores, unnest(boards) AS b WHERE starts_with(b, $1)",
                f"{board}|",
            )
        rows = await sql.fetch(
            "SELECT player_id, s, t FROM scores, unnest(boards, scores, ties) AS e (b, s, t)"
            f' WHERE b = $1 ORDER BY s {direction}, t, player_id COLLATE "C"',
            instance,
        )
    return [Entry(*row) for row in rows]


async def _difference(site: Site, client: renown.Client, board: str) -> str:
    """Where a board differs first; empty if it doesn't."""
    truth = await truth_of(site, board)
    try:
        found = await _all_entries(client, board)
        wrong = await _wrong_rank(client, board, truth)
    except grpc.aio.AioRpcError as cause:
        error = from_rpc_error(cause)
        if isinstance(error, errors.RanksUnavailable | errors.EntryNotFound):
            return f"{board}: {error!r}"
        raise
    if found == truth:
        return wrong
    for place, pair in enumerate(zip(found, truth, strict=False), start=1):
        if pair[0] != pair[1]:
            return f"{board}: rank {place} is {pair[0]}, should be {pair[1]}"
    return f"{board}: {len(found)} entries, should be {len(truth)}"


async def _all_entries(client: renown.Client, board: str) -> list[Entry]:
    found: list[Entry] = []
    request = pb.ListEntriesRequest(leaderboard_id=board, page_size=PAGE)
    while True:
        page = await client.raw.leaderboard.ListEntries(request, timeout=10)
        ranks = [entry.rank for entry in page.entries]
        assert ranks == list(range(len(found) + 1, len(found) + len(ranks) + 1)), ranks
        found += [
            Entry(entry.player_id, entry.score, entry.reached_at.ToMicroseconds())
            for entry in page.entries
        ]
        if not page.next_page_token:
            return found
        request.page_token = page.next_page_token


async def _wrong_rank(client: renown.Client, board: str, truth: Sequence[Entry]) -> str:
    places = list(enumerate(truth, start=1))
    sample = random.Random(3).sample(places, min(RANKS_SAMPLED, len(places)))
    answers = await asyncio.gather(*[_rank(client, board, entry.player) for _, entry in sample])
    for (place, entry), answer in zip(sample, answers, strict=True):
        told = (answer.rank, answer.score, answer.total)
        if told != (place, entry.score, len(truth)):
            return f"{board}: {entry} is told {told}, should be rank {place} of {len(truth)}"
    return ""


async def _rank(client: renown.Client, board: str, player: str) -> pb.GetRankResponse:
    request = pb.GetRankRequest(leaderboard_id=board, player_id=player, neighbors=3)
    return await client.raw.leaderboard.GetRank(request, timeout=10)


class RankWatch:
    """Asks for ranks of a board on which nothing moves: each answer is right, or a refusal.

    Args:
        site: the installation.
        client: asks.
        board: nobody may write to it meanwhile.
    """

    def __init__(self, site: Site, client: renown.Client, board: str) -> None:
        self.answered = 0
        self.refused: Counter[str] = Counter()
        self._site = site
        self._client = client
        self._board = board
        self._truth: list[Entry] = []
        self._asking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._truth = await truth_of(self._site, self._board)
        assert self._truth, f"{self._board} is empty"
        self._asking = asyncio.create_task(self._ask())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._asking is not None
        wrong = self._asking.done()
        self._asking.cancel()
        outcomes = await asyncio.gather(self._asking, return_exceptions=True)
        print(f"ranks of {self._board}: {self.answered} answered, {dict(self.refused)} refused")
        if wrong and error is None and isinstance(outcomes[0], BaseException):
            raise outcomes[0]

    def check(self) -> None:
        """Raises what was wrong with an answer, if one was."""
        if self._asking is not None and self._asking.done():
            self._asking.result()

    async def _ask(self) -> None:
        chance = random.Random(9)
        total = len(self._truth)
        while True:
            place = chance.randrange(total)
            entry = self._truth[place]
            try:
                told = await _rank(self._client, self._board, entry.player)
            except grpc.aio.AioRpcError as cause:
                refusal = from_rpc_error(cause)
                assert refusal.code in (
                    grpc.StatusCode.UNAVAILABLE,
                    grpc.StatusCode.DEADLINE_EXCEEDED,
                ), f"rank {place + 1} ({entry}) was answered by {refusal!r}"
                self.refused[refusal.reason or refusal.code.name] += 1
            else:
                around = [item.player_id for item in told.neighbors]
                first = min(max(place - 1, 0), max(total - 3, 0))
                right = [item.player for item in self._truth[first : first + 3]]
                assert (told.rank, told.score, told.total, around) == (
                    place + 1,
                    entry.score,
                    total,
                    right,
                ), f"{entry} should be rank {place + 1} of {total} among {right}, is told {told}"
                self.answered += 1
            await asyncio.sleep(0.005)
