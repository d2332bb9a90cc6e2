"""Views of achievements as messages."""

from __future__ import annotations

from renown.v1 import achievement_service_pb2 as pb
from renown.v1 import inventory_service_pb2
from renown_server.achievements.listing import Totals
from renown_server.achievements.queries import Figures
from renown_server.achievements.views import Info, TierView, View
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.wire.timestamps import set_timestamp, to_duration

INT64_MAX = 2**63 - 1


def fill_view(message: pb.PlayerAchievement, view: View, icon: str) -> None:
    """Says how far a player has come in an achievement."""
    fill_info(message.achievement, view.info, icon)
    message.current_progress = view.current
    message.target_progress = view.target
    message.decimals = view.decimals
    message.progress_basis_points = view.progress_bp
    message.is_completed = view.is_completed
    message.times_completed = view.times
    message.available = view.available
    message.showcased = view.showcased
    for moment, at_us in (
        ("completed_at", view.completed_us),
        ("started_at", view.started_us),
        ("last_progress_at", view.last_us),
    ):
        if at_us:
            set_timestamp(getattr(message, moment), at_us)
    if view.tier is not None:
        _fill_tier(message.tier, view.tier)
    for percentage, text in view.milestones:
        message.milestones.add(percentage=percentage, message=text)
    for index, each in enumerate(view.conditions):
        message.conditions.add(
            index=index,
            current=each.current,
            target=each.target,
            decimals=each.decimals,
            progress_basis_points=each.progress_bp,
            is_met=each.is_met,
        )


def _fill_tier(message: pb.AchievementTierStanding, tier: TierView) -> None:
    message.tier = tier.tier
    message.name = tier.name
    message.tiers = tier.tiers
    message.next_tier = tier.next_tier
    message.next_name = tier.next_name
    message.next_requirement = tier.next_requirement


def fill_info(message: pb.AchievementInfo, info: Info, icon: str) -> None:
    """Says what an achievement is."""
    message.achievement_id = info.achievement
    message.name = info.name
    message.description = info.description
    message.achievement_type = info.achievement_type
    message.category = info.category
    message.rarity = inventory_service_pb2.Rarity.ValueType(info.rarity)
    message.points = info.points
    message.points_reward = info.points_reward
    for badge_id, name in info.badges:
        message.badges.add(badge_id=badge_id, name=name)
    message.icon = icon
    message.is_secret = info.is_secret
    message.is_repeatable = info.is_repeatable
    message.tracks_progress = info.tracks_progress


def fill_totals(response: pb.ListPlayerAchievementsResponse, totals: Totals) -> None:
    """Says how far a player has come in all that it may see."""
    response.total_achievements = totals.total
    response.completed = totals.completed
    response.in_progress = totals.in_progress
    response.total_points = totals.points
    for each in totals.categories:
        response.categories.add(
            category=each.category,
            earned=each.earned,
            total=each.total,
            points=each.points,
            progress_basis_points=each.earned * BASIS_POINTS // each.total,
        )


def statistics_message(figures: Figures) -> pb.AchievementStatistics:
    """How an achievement has fared in the whole game."""
    message = pb.AchievementStatistics(
        total_earned=min(figures.earned, INT64_MAX),
        unique_earners=min(figures.owners, INT64_MAX),
    )
    if figures.players:
        share = figures.owners * BASIS_POINTS // figures.players
        message.completion_rate_basis_points = min(share, BASIS_POINTS)
    if figures.timed:
        message.average_time.CopyFrom(to_duration(figures.time_us // figures.timed))
    if figures.first is not None:
        message.first_earned_by, earned_us = figures.first
        set_timestamp(message.first_earned_at, earned_us)
    for player_id, earned_us in figures.recent:
        set_timestamp(message.recent_earners.add(player_id=player_id).earned_at, earned_us)
    return message
