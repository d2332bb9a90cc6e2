"""The badges that players own, wear and show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.badge_definition import BadgeBonus
from renown._model.common import CurrencyChange
from renown._model.inventory import ItemChange, RewardsReceived
from renown._model.item import Rarity
from renown._model.revocation import Revocation


@dataclass(frozen=True, slots=True)
class BadgeInfo:
    """The essentials of a badge.

    Attributes:
        badge_id: its id.
        name: for people.
        description: for people.
        category: its category.
        rarity: how rare it is meant to be.
        color: a hex code, such as #4CAF50.
        icon_url: a picture's address.
        collection: the collection it is a part of; none when empty.
        tier: its tier.
        points_value: what earning one pays, in minor units of the catalog's points
            currency, else as XP.
        is_secret: it is hidden until it is owned.
        tradeable: it may be traded.
        giftable: it may be given away.
        power: the game's own value.
    """

    badge_id: str
    name: str
    description: str
    category: str
    rarity: Rarity
    color: str
    icon_url: str
    collection: str
    tier: int
    points_value: int
    is_secret: bool
    tradeable: bool
    giftable: bool
    power: int


@dataclass(frozen=True, slots=True)
class PlayerBadge:
    """A badge that a player owns.

    Attributes:
        badge: what it is.
        count: how many the player owns; 0 in the answer to a change that took the
            last one.
        earned_at: when the first one was obtained.
        last_earned_at: when the last one was.
        earned_reason: how the last one was obtained: what was written when it was
            awarded by hand, else the rule, such as `achievement:century_club`.
        awarded_by: who awarded the last one by hand, such as `key:k_…`; empty if
            nobody did.
        showcased: the player shows it to others.
        equipped: its bonuses act.
    """

    badge: BadgeInfo
    count: int
    earned_at: datetime | None
    last_earned_at: datetime | None
    earned_reason: str
    awarded_by: str
    showcased: bool
    equipped: bool


@dataclass(frozen=True, slots=True)
class BadgeRarityCount:
    """How many badges of one rarity a player owns.

    Attributes:
        rarity: the rarity.
        count: how many different badges.
    """

    rarity: Rarity
    count: int


@dataclass(frozen=True, slots=True)
class ActiveBadgeBonus:
    """A bonus that acts now.

    Attributes:
        source: the badge or set it comes from: `badge:` or `set:`, then the badge's
            id.
        bonus: what acts; for badges that stack, all copies together.
    """

    source: str
    bonus: BadgeBonus


@dataclass(frozen=True, slots=True)
class BadgeTotals:
    """What is true of all the badges that a player owns.

    Attributes:
        total_badges: how many different badges the player owns.
        rarity_counts: one entry for each rarity, the commonest first. They add up
            to total_badges.
        showcased_badge_ids: those shown to others, in the player's order.
        equipped_badge_ids: those whose bonuses act, in the order they were
            equipped.
        active_bonuses: the bonuses that act now.
    """

    total_badges: int
    rarity_counts: tuple[BadgeRarityCount, ...]
    showcased_badge_ids: tuple[str, ...]
    equipped_badge_ids: tuple[str, ...]
    active_bonuses: tuple[ActiveBadgeBonus, ...]


@dataclass(frozen=True, slots=True)
class EquippedBadges:
    """The badges that a player wears, and what they do.

    Attributes:
        equipped_badge_ids: the badges equipped now, in the order they were.
        active_bonuses: the bonuses that act now.
    """

    equipped_badge_ids: tuple[str, ...]
    active_bonuses: tuple[ActiveBadgeBonus, ...]


@dataclass(frozen=True, slots=True)
class EvolvedBadge:
    """A badge that became another one.

    Attributes:
        badge: the badge it became.
        evolved: what is left of the badge it was.
        payments: what was paid, and the balances it left.
        items: the items taken.
        effects: all that followed.
    """

    badge: PlayerBadge
    evolved: PlayerBadge
    payments: tuple[CurrencyChange, ...]
    items: tuple[ItemChange, ...]
    effects: RewardsReceived


@dataclass(frozen=True, slots=True)
class BadgePurchase:
    """A badge that was bought.

    Attributes:
        badge: the badge as the player owns it now.
        payments: what was paid, and the balances it left.
        effects: all that followed.
    """

    badge: PlayerBadge
    payments: tuple[CurrencyChange, ...]
    effects: RewardsReceived


@dataclass(frozen=True, slots=True)
class BadgeResult:
    """A badge that was awarded or given away.

    Attributes:
        badge: the badge as the caller's player owns it now.
        effects: all that followed for that player.
    """

    badge: PlayerBadge
    effects: RewardsReceived


@dataclass(frozen=True, slots=True)
class BadgeRevocation:
    """A badge that was taken away, and what followed.

    Attributes:
        badge: what is left of it.
        revocation: what was taken back besides.
        effects: what else followed, such as achievements that rested on it and are
            lost.
    """

    badge: PlayerBadge
    revocation: Revocation
    effects: RewardsReceived
