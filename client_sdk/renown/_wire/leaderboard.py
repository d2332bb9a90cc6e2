"""Leaderboards, entries and ranks."""

from __future__ import annotations

from collections.abc import Iterable

from renown._model.leaderboard import (
    Leaderboard,
    LeaderboardAggregation,
    LeaderboardEntry,
    LeaderboardOrder,
    LeaderboardPeriod,
    LeaderboardSource,
    LeaderboardStatus,
    Period,
    Rank,
    Score,
    ScoreResult,
)
from renown._wire.common import score_change
from renown._wire.scalars import moment, moment_if_set
from renown.v1 import leaderboard_service_pb2 as pb


def leaderboard(message: pb.Leaderboard) -> Leaderboard:
    """Reads a Leaderboard."""
    return Leaderboard(
        leaderboard_id=message.leaderboard_id,
        name=message.name,
        description=message.description,
        source=LeaderboardSource(message.source),
        metric=message.metric,
        period=LeaderboardPeriod(message.period),
        aggregation=LeaderboardAggregation(message.aggregation),
        order=LeaderboardOrder(message.order),
        time_zone=message.time_zone,
        currency=message.currency,
    )


def leaderboard_status(message: pb.GetLeaderboardResponse) -> LeaderboardStatus:
    """Reads a GetLeaderboardResponse."""
    return LeaderboardStatus(
        leaderboard=leaderboard(message.leaderboard),
        period=period(message.period),
        total_participants=message.total_participants,
    )


def period(message: pb.Period) -> Period:
    """Reads a Period."""
    return Period(moment_if_set(message, "starts_at"), moment_if_set(message, "ends_at"))


def entries(messages: Iterable[pb.LeaderboardEntry]) -> tuple[LeaderboardEntry, ...]:
    """Reads LeaderboardEntries, in their order."""
    return tuple(
        LeaderboardEntry(
            rank=message.rank,
            player_id=message.player_id,
            score=message.score,
            reached_at=moment(message.reached_at),
            display_name=message.display_name,
            avatar_url=message.avatar_url,
        )
        for message in messages
    )


def rank(message: pb.GetRankResponse) -> Rank:
    """Reads a GetRankResponse."""
    return Rank(
        rank=message.rank,
        score=message.score,
        total=message.total,
        percentile_basis_points=message.percentile_basis_points,
        reached_at=moment(message.reached_at),
        neighbors=entries(message.neighbors),
        period=period(message.period),
    )


def score_result(message: pb.ScoreResult) -> ScoreResult:
    """Reads a ScoreResult."""
    return ScoreResult(
        player_id=message.player_id,
        change=score_change(message.change),
        improved=message.improved,
        recorded_at=moment(message.recorded_at),
    )


def to_score(score: Score) -> pb.SubmitScoreRequest:
    """Writes a Score as the request that submits it."""
    return pb.SubmitScoreRequest(
        request_id=score.request_id,
        leaderboard_id=score.leaderboard_id,
        player_id=score.player_id,
        score=score.score,
    )
