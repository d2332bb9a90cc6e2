"""Boards: domain → messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.protobuf.timestamp_pb2 import Timestamp

from renown.v1 import leaderboard_service_pb2 as pb
from renown_server.catalog.snapshot import Board
from renown_server.leaderboards.periods import Instance
from renown_server.leaderboards.ranks import RankedEntry
from renown_server.profile.names import NO_NAME, Name
from renown_server.wire.timestamps import to_timestamp


def leaderboard(board: Board) -> pb.Leaderboard:
    """A board's definition."""
    return pb.Leaderboard(
        leaderboard_id=board.id,
        name=board.name,
        description=board.description,
        source=pb.LeaderboardSource.ValueType(board.source.value),
        metric=board.metric,
        period=pb.LEADERBOARD_PERIOD_WEEKLY if board.weekly else pb.LEADERBOARD_PERIOD_ALL_TIME,
        aggregation=pb.LeaderboardAggregation.ValueType(board.aggregation.value),
        order=pb.LeaderboardOrder.ValueType(board.order.value),
        time_zone=board.zone_name,
        currency=board.currency,
    )


def period(instance: Instance) -> pb.Period:
    """A period; all time has no bounds."""
    if not instance.ends_at_us:
        return pb.Period()
    return pb.Period(
        starts_at=to_timestamp(instance.starts_at_us), ends_at=to_timestamp(instance.ends_at_us)
    )


def entries(ranked: Sequence[RankedEntry], names: Mapping[str, Name]) -> list[pb.LeaderboardEntry]:
    """Entries with names."""
    return [_entry(entry, *names.get(entry.player_id, NO_NAME)) for entry in ranked]


def _entry(entry: RankedEntry, display_name: str, avatar_url: str) -> pb.LeaderboardEntry:
    seconds, rest_us = divmod(entry.tie_us, 1_000_000)
    return pb.LeaderboardEntry(
        rank=entry.rank,
        player_id=entry.player_id,
        score=entry.score,
        reached_at=Timestamp(seconds=seconds, nanos=rest_us * 1000),
        display_name=display_name,
        avatar_url=avatar_url,
    )
