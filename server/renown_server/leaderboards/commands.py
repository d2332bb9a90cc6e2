"""The command of a submitted score."""

from __future__ import annotations

import msgspec

from renown_server.catalog.snapshot import BoardSource
from renown_server.engine.command import Command
from renown_server.engine.work import Work
from renown_server.errors import LeaderboardNotFound, ScoreNotAccepted
from renown_server.leaderboards.entries import submit
from renown_server.leaderboards.periods import instance_for
from renown_server.leaderboards.state import ScoreBook


class ScoreBody(msgspec.Struct, frozen=True):
    """The decoded request."""

    request_id: str
    leaderboard_id: str
    player_id: str
    score: int


class ScoreOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the answer needs beyond the facts: there are none if nothing changed."""

    score: int
    improved: bool = False


class SubmitScore(Command):
    """Submits a score to a board that takes direct scores."""

    __slots__ = ()

    method = "SubmitScore"
    parts = ("scores",)
    body: ScoreBody

    def decide(self, work: Work) -> ScoreOutcome:
        """Takes the score to the board's current period."""
        body = self.body
        board = work.catalog.boards.get(body.leaderboard_id)
        if board is None:
            raise LeaderboardNotFound(body.leaderboard_id)
        if board.source is not BoardSource.DIRECT:
            raise ScoreNotAccepted(board.id)
        improved = submit(
            work, body.player_id, board, body.score, work.now_us, "request:SubmitScore"
        )
        instance = instance_for(board, work.now_us)
        entry = work.slice(ScoreBook).get(body.player_id).entries[instance.key]
        return ScoreOutcome(score=entry.score, improved=improved)
