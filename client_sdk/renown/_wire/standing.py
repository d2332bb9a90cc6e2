"""What players have made of themselves: points, XP by hand, a new start."""

from __future__ import annotations

from renown._model.standing import (
    PlayerSummary,
    PointsEntry,
    PrestigeReset,
    PrestigeResult,
    XpAdjustment,
)
from renown._wire.common import currency_change
from renown._wire.inventory import item_changes, rewards
from renown._wire.player import level_progress
from renown._wire.scalars import day_if_set, moment
from renown._wire.wallet import wallet
from renown.v1 import player_profile_service_pb2 as pb


def points_entry(message: pb.PointsEntry) -> PointsEntry:
    """Reads a PointsEntry."""
    return PointsEntry(
        sequence=message.sequence,
        points_change=message.points_change,
        event_type=message.event_type,
        description=message.description,
        reference_type=message.reference_type,
        reference_id=message.reference_id,
        balance_after=message.balance_after,
        source=message.source,
        recorded_at=moment(message.recorded_at),
    )


def player_summary(message: pb.PlayerSummary) -> PlayerSummary:
    """Reads a PlayerSummary."""
    return PlayerSummary(
        player_id=message.player_id,
        total_points=message.total_points,
        current_points=message.current_points,
        points_currency=message.points_currency,
        leaderboard_id=message.leaderboard_id,
        rank=message.rank,
        rank_percentile_basis_points=message.rank_percentile_basis_points,
        total_participants=message.total_participants,
        streak_id=message.streak_id,
        current_streak_days=message.current_streak_days,
        longest_streak_days=message.longest_streak_days,
        last_activity_date=day_if_set(message.last_activity_date),
        recent_history=tuple(points_entry(item) for item in message.recent_history),
        experience=level_progress(message.experience),
        wallet=wallet(message.wallet),
        badges_total=message.badges_total,
        showcased_badges=tuple(message.showcased_badges),
        achievements_completed=message.achievements_completed,
        achievement_points=message.achievement_points,
        title=message.title,
    )


def xp_adjustment(message: pb.AdjustXpResponse) -> XpAdjustment:
    """Reads an AdjustXpResponse."""
    return XpAdjustment(
        player_id=message.player_id,
        points_change=message.points_change,
        new_balance=message.new_balance,
        event_type=message.event_type,
        description=message.description,
        recorded_at=moment(message.recorded_at),
        experience=level_progress(message.experience),
        effects=rewards(message.effects),
    )


def prestige_result(message: pb.PrestigeResponse) -> PrestigeResult:
    """Reads a PrestigeResponse."""
    return PrestigeResult(
        prestige=message.prestige,
        boost_basis_points=message.boost_basis_points,
        level_before=message.level_before,
        xp_before=message.xp_before,
        resets=tuple(PrestigeReset(item) for item in message.resets),
        reset_achievements=tuple(message.reset_achievements),
        currencies=tuple(currency_change(item) for item in message.currencies),
        items=item_changes(message.items),
        experience=level_progress(message.experience),
        effects=rewards(message.effects),
    )
