"""LeaderboardService: messages ↔ domain."""

from __future__ import annotations

from renown.v1 import leaderboard_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.snapshot import Board
from renown_server.engine.clock import Clock
from renown_server.engine.command import Recorded, RequestKey
from renown_server.engine.decide import Outcome
from renown_server.engine.engine import Engine
from renown_server.engine.facts import ScoreChanged
from renown_server.errors import (
    EntryNotFound,
    InvalidArgument,
    LeaderboardNotFound,
    RenownError,
)
from renown_server.leaderboards import render
from renown_server.leaderboards.commands import ScoreBody, ScoreOutcome, SubmitScore
from renown_server.leaderboards.pages import RenderedPages
from renown_server.leaderboards.periods import Instance, instance_for
from renown_server.leaderboards.ranks import Position, RankReader
from renown_server.profile.names import Names
from renown_server.wire import validation
from renown_server.wire.outcomes import item_status
from renown_server.wire.pages import PageTokens, page_size
from renown_server.wire.timestamps import set_timestamp, to_timestamp


class LeaderboardServiceHandlers:
    """Answers LeaderboardService.

    Args:
        engine: takes submitted scores.
        ranks: reads the live order.
        names: knows what players are called.
        catalog: knows the boards.
        clock: says which period is the current one.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        ranks: RankReader,
        names: Names,
        catalog: CatalogHolder,
        clock: Clock,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._ranks = ranks
        self._names = names
        self._catalog = catalog
        self._clock = clock
        self._tokens = tokens
        self._rendered = RenderedPages()

    async def get_leaderboard(
        self, request: pb.GetLeaderboardRequest, call: CallContext
    ) -> pb.GetLeaderboardResponse:
        """Reads a board and its current period."""
        board, instance = self._current(request.leaderboard_id)
        return pb.GetLeaderboardResponse(
            leaderboard=render.leaderboard(board),
            period=render.period(instance),
            total_participants=await self._ranks.total(instance.key),
        )

    async def list_leaderboards(
        self, request: pb.ListLeaderboardsRequest, call: CallContext
    ) -> pb.ListLeaderboardsResponse:
        """Lists the catalog's boards."""
        found, next_page_token = self._tokens.page_of(
            "ListLeaderboards",
            self._catalog.current.boards,
            request.page_size,
            request.page_token,
        )
        return pb.ListLeaderboardsResponse(
            leaderboards=[render.leaderboard(board) for board in found],
            next_page_token=next_page_token,
        )

    async def submit_score(
        self, request: pb.SubmitScoreRequest, call: CallContext
    ) -> pb.SubmitScoreResponse:
        """Takes one score."""
        done = await self._engine.submit(_command(request, call), call.deadline)
        response = pb.SubmitScoreResponse()
        _fill(response.result, request, done)
        return response

    async def batch_submit_scores(
        self, request: pb.BatchSubmitScoresRequest, call: CallContext
    ) -> pb.BatchSubmitScoresResponse:
        """Takes many scores, each on its own."""
        errors = [
            _violation(score, f"scores[{place}]") for place, score in enumerate(request.scores)
        ]
        outcomes = iter(
            await self._engine.submit_many(
                [
                    _command(score, call)
                    for score, error in zip(request.scores, errors, strict=True)
                    if error is None
                ],
                call.deadline,
            )
        )
        response = pb.BatchSubmitScoresResponse()
        for score, error in zip(request.scores, errors, strict=True):
            _add_item(response, score, next(outcomes) if error is None else error)
        return response

    async def get_rank(self, request: pb.GetRankRequest, call: CallContext) -> pb.GetRankResponse:
        """Reads where a player stands, in one exchange with Valkey."""
        board, instance = self._current(request.leaderboard_id)
        player_id = request.player_id or call.principal.player_id
        if not player_id:
            raise InvalidArgument("player_id", "value is required")
        found = await self._ranks.rank(instance.key, board.descending, player_id, request.neighbors)
        if found is None:
            raise EntryNotFound(f"{board.id}/{player_id}")
        names = await self._names.get([entry.player_id for entry in found.neighbors])
        return pb.GetRankResponse(
            rank=found.rank,
            score=found.score,
            total=found.total,
            percentile_basis_points=(found.total - found.rank + 1) * 10_000 // found.total,
            reached_at=to_timestamp(found.tie_us),
            neighbors=render.entries(found.neighbors, names),
            period=render.period(instance),
        )

    async def list_entries(
        self, request: pb.ListEntriesRequest, call: CallContext
    ) -> pb.ListEntriesResponse:
        """Reads a page of a board."""
        board, instance = self._current(request.leaderboard_id)
        # Bound to the period: a list begun last week does not go on in this one.
        filters = (instance.key,)
        position = self._tokens.decode("ListEntries", filters, request.page_token)
        after = _position(position) if position else None
        found = await self._ranks.page(
            instance.key, board.descending, page_size(request.page_size), after
        )
        names = await self._names.get([entry.player_id for entry in found.entries])
        rendered = self._rendered.get(found, names)
        if rendered is None:
            rendered = pb.ListEntriesResponse(
                entries=render.entries(found.entries, names),
                total=found.total,
                period=render.period(instance),
            )
            if found.next_position is not None:
                rendered.next_page_token = self._tokens.encode(
                    "ListEntries", filters, found.next_position
                )
            self._rendered.put(found, names, rendered)
        return rendered

    def _current(self, leaderboard_id: str) -> tuple[Board, Instance]:
        board = self._catalog.current.boards.get(leaderboard_id)
        if board is None:
            raise LeaderboardNotFound(leaderboard_id)
        return board, instance_for(board, self._clock.now_us())


def _position(position: tuple[str | int, ...]) -> Position:
    score, tie_us, player_id = position
    return Position(int(score), int(tie_us), str(player_id))


def _command(request: pb.SubmitScoreRequest, call: CallContext) -> SubmitScore:
    return SubmitScore(
        key=RequestKey(call.principal.id, request.request_id),
        players=(request.player_id,),
        principal=call.principal.id,
        body=ScoreBody(
            request_id=request.request_id,
            leaderboard_id=request.leaderboard_id,
            player_id=request.player_id,
            score=request.score,
        ),
    )


def _violation(request: pb.SubmitScoreRequest, prefix: str) -> RenownError | None:
    try:
        validation.check(request, prefix)
    except RenownError as error:
        return error
    return None


def _fill(result: pb.ScoreResult, request: pb.SubmitScoreRequest, done: Recorded) -> None:
    # Set in place: nested messages given to a constructor are copied, which took twice as long.
    outcome = done.result_as(ScoreOutcome)
    result.player_id = request.player_id
    result.improved = outcome.improved
    set_timestamp(result.recorded_at, done.recorded_at_us)
    change = result.change
    change.leaderboard_id = request.leaderboard_id
    change.score_before = change.score = outcome.score
    for fact in done.facts:
        if type(fact) is ScoreChanged:
            change.score_before = fact.score_before
            change.new_entry = fact.new_entry


def _add_item(
    response: pb.BatchSubmitScoresResponse,
    request: pb.SubmitScoreRequest,
    outcome: Outcome,
) -> None:
    if isinstance(outcome, BaseException):
        response.items.add(error=item_status(outcome))
    else:
        _fill(response.items.add().result, request, outcome)
