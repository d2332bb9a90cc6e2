"""`game.leaderboards`: boards, scores and ranks."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from renown._caller import Caller
from renown._error import RenownError
from renown._model.basics import new_id
from renown._model.leaderboard import (
    Leaderboard,
    LeaderboardEntry,
    LeaderboardStatus,
    Rank,
    Score,
    ScoreResult,
    Standings,
)
from renown._pages import Page, Pages
from renown._status import from_status
from renown._wire import leaderboard as wire
from renown.v1 import leaderboard_service_pb2 as pb
from renown.v1.leaderboard_service_pb2_grpc import LeaderboardServiceStub

PAGE_SIZE_MAX = 200
"""How many entries one ListEntries call reads."""

ScoreOutcome = ScoreResult | RenownError
"""What became of one score of a batch."""
ScoreOutcomes = list[ScoreOutcome]
LeaderboardList = list[Leaderboard]


@dataclass(frozen=True, slots=True)
class Leaderboards:
    """Reads boards and ranks, and submits scores."""

    caller: Caller
    stub: LeaderboardServiceStub

    async def get(self, leaderboard_id: str, *, timeout: float | None = None) -> LeaderboardStatus:
        """Reads a board's definition and its current period.

        Raises:
            LeaderboardNotFound: the catalog has no such board.
        """
        request = pb.GetLeaderboardRequest(leaderboard_id=leaderboard_id)
        response = await self.caller.call(self.stub.GetLeaderboard, request, timeout=timeout)
        return wire.leaderboard_status(response)

    async def submit(
        self,
        leaderboard_id: str,
        player_id: str,
        score: int,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> ScoreResult:
        """Submits a score to a board that takes direct scores.

        Args:
            leaderboard_id: the board.
            player_id: the player.
            score: the score; how it combines with the entry is the board's aggregation.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            ScoreNotAccepted: the board takes no direct scores.
            LeaderboardNotFound, PlayerNotFound, ScoreOutOfRange: as they say.
        """
        request = wire.to_score(Score(leaderboard_id, player_id, score, request_id or new_id()))
        response = await self.caller.call(
            self.stub.SubmitScore, request, timeout=timeout, request_id=request.request_id
        )
        return wire.score_result(response.result)

    async def submit_batch(
        self, scores: Sequence[Score], *, timeout: float | None = None
    ) -> ScoreOutcomes:
        """Submits up to 1,000 scores, those of one player in order.

        Returns:
            for each score, in order, its result or the error that refused it.
        """
        request = pb.BatchSubmitScoresRequest(scores=[wire.to_score(score) for score in scores])
        response = await self.caller.call(self.stub.BatchSubmitScores, request, timeout=timeout)
        return [
            from_status(item.error, score.request_id)
            if item.WhichOneof("outcome") == "error"
            else wire.score_result(item.result)
            for score, item in zip(scores, response.items, strict=True)
        ]

    async def rank(
        self,
        leaderboard_id: str,
        player_id: str = "",
        *,
        neighbors: int = 0,
        timeout: float | None = None,
    ) -> Rank:
        """Reads where a player stands.

        Args:
            leaderboard_id: the board.
            player_id: the player; a player's own token may leave it out.
            neighbors: how many entries around the player to return, itself
                included, up to 100.
            timeout: seconds for all attempts together.

        Raises:
            EntryNotFound: the player has no entry in this period.
            LeaderboardNotFound: the catalog has no such board.
        """
        request = pb.GetRankRequest(
            leaderboard_id=leaderboard_id, player_id=player_id, neighbors=neighbors
        )
        return wire.rank(await self.caller.call(self.stub.GetRank, request, timeout=timeout))

    async def top(
        self, leaderboard_id: str, count: int = 10, *, timeout: float | None = None
    ) -> Standings:
        """Reads the best entries of a board, up to 200, in one call.

        Raises:
            ValueError: more than 200; iterate over `entries` for those.
            LeaderboardNotFound: the catalog has no such board.
        """
        if not 1 <= count <= PAGE_SIZE_MAX:
            raise ValueError(f"top takes 1 to {PAGE_SIZE_MAX} entries, not {count}")
        request = pb.ListEntriesRequest(leaderboard_id=leaderboard_id, page_size=count)
        response = await self.caller.call(self.stub.ListEntries, request, timeout=timeout)
        return Standings(
            wire.entries(response.entries), response.total, wire.period(response.period)
        )

    def entries(
        self,
        leaderboard_id: str,
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[LeaderboardEntry]:
        """Lists a board from the top; what does not move meanwhile is read exactly once.

        Args:
            leaderboard_id: the board.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[LeaderboardEntry]:
            request = pb.ListEntriesRequest(
                leaderboard_id=leaderboard_id, page_size=page_size, page_token=token
            )
            response = await self.caller.call(self.stub.ListEntries, request, timeout=timeout)
            return Page(wire.entries(response.entries), response.next_page_token)

        return Pages(fetch, page_token)

    async def list(self, *, timeout: float | None = None) -> LeaderboardList:
        """Returns the boards of the active catalog, by id."""

        async def fetch(page_token: str) -> Page[Leaderboard]:
            request = pb.ListLeaderboardsRequest(page_size=200, page_token=page_token)
            response = await self.caller.call(self.stub.ListLeaderboards, request, timeout=timeout)
            items = tuple(wire.leaderboard(item) for item in response.leaderboards)
            return Page(items, response.next_page_token)

        return await Pages(fetch, "").collect()
