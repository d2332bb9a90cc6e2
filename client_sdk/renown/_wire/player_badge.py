"""The badges that players own, wear and show."""

from __future__ import annotations

from renown._model.item import Rarity
from renown._model.player_badge import (
    ActiveBadgeBonus,
    BadgeInfo,
    BadgePurchase,
    BadgeRarityCount,
    BadgeResult,
    BadgeRevocation,
    BadgeTotals,
    EquippedBadges,
    EvolvedBadge,
    PlayerBadge,
)
from renown._wire.badge_definition import badge_bonus
from renown._wire.common import currency_change
from renown._wire.inventory import item_changes, rewards
from renown._wire.revocation import revocation
from renown._wire.scalars import moment_if_set
from renown.v1 import badge_service_pb2 as pb


def badge_info(message: pb.BadgeInfo) -> BadgeInfo:
    """Reads a BadgeInfo."""
    return BadgeInfo(
        badge_id=message.badge_id,
        name=message.name,
        description=message.description,
        category=message.category,
        rarity=Rarity(message.rarity),
        color=message.color,
        icon_url=message.icon_url,
        collection=message.collection,
        tier=message.tier,
        points_value=message.points_value,
        is_secret=message.is_secret,
        tradeable=message.tradeable,
        giftable=message.giftable,
        power=message.power,
    )


def player_badge(message: pb.PlayerBadge) -> PlayerBadge:
    """Reads a PlayerBadge."""
    return PlayerBadge(
        badge=badge_info(message.badge),
        count=message.count,
        earned_at=moment_if_set(message, "earned_at"),
        last_earned_at=moment_if_set(message, "last_earned_at"),
        earned_reason=message.earned_reason,
        awarded_by=message.awarded_by,
        showcased=message.showcased,
        equipped=message.equipped,
    )


def badge_rarity_count(message: pb.BadgeRarityCount) -> BadgeRarityCount:
    """Reads a BadgeRarityCount."""
    return BadgeRarityCount(
        rarity=Rarity(message.rarity),
        count=message.count,
    )


def active_badge_bonus(message: pb.ActiveBadgeBonus) -> ActiveBadgeBonus:
    """Reads an ActiveBadgeBonus."""
    return ActiveBadgeBonus(
        source=message.source,
        bonus=badge_bonus(message.bonus),
    )


def badge_totals(message: pb.ListPlayerBadgesResponse) -> BadgeTotals:
    """Reads a ListPlayerBadgesResponse."""
    return BadgeTotals(
        total_badges=message.total_badges,
        rarity_counts=tuple(badge_rarity_count(item) for item in message.rarity_counts),
        showcased_badge_ids=tuple(message.showcased_badge_ids),
        equipped_badge_ids=tuple(message.equipped_badge_ids),
        active_bonuses=tuple(active_badge_bonus(item) for item in message.active_bonuses),
    )


def equipped_badges(message: pb.EquipBadgeResponse | pb.UnequipBadgeResponse) -> EquippedBadges:
    """Reads an EquipBadgeResponse or its opposite."""
    return EquippedBadges(
        equipped_badge_ids=tuple(message.equipped_badge_ids),
        active_bonuses=tuple(active_badge_bonus(item) for item in message.active_bonuses),
    )


def evolved_badge(message: pb.EvolveBadgeResponse) -> EvolvedBadge:
    """Reads an EvolveBadgeResponse."""
    return EvolvedBadge(
        badge=player_badge(message.badge),
        evolved=player_badge(message.evolved),
        payments=tuple(currency_change(item) for item in message.payments),
        items=item_changes(message.items),
        effects=rewards(message.effects),
    )


def badge_purchase(message: pb.PurchaseBadgeResponse) -> BadgePurchase:
    """Reads a PurchaseBadgeResponse."""
    return BadgePurchase(
        badge=player_badge(message.badge),
        payments=tuple(currency_change(item) for item in message.payments),
        effects=rewards(message.effects),
    )


def badge_result(message: pb.AwardBadgeResponse | pb.GiftBadgeResponse) -> BadgeResult:
    """Reads an AwardBadgeResponse or a GiftBadgeResponse."""
    return BadgeResult(
        badge=player_badge(message.badge),
        effects=rewards(message.effects),
    )


def badge_revocation(message: pb.RevokeBadgeResponse) -> BadgeRevocation:
    """Reads a RevokeBadgeResponse."""
    return BadgeRevocation(
        badge=player_badge(message.badge),
        revocation=revocation(message.revocation),
        effects=rewards(message.effects),
    )
