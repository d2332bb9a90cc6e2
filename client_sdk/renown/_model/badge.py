"""Badges: what there are, how they have fared, and their collections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.badge_definition import (
    BadgeBonus,
    BadgeCategoryDefinition,
    BadgeCollectionDefinition,
    BadgeDefinition,
)


@dataclass(frozen=True, slots=True)
class Badge:
    """What everybody may know of a badge.

    Attributes:
        definition: what the catalog says. What it names that is secret to the
            caller is left out of it: badges, achievements and quests that it asks
            for, its set and its evolution.
        in_window: it can be obtained now: it is active, and its window runs. It
            says nothing of the player.
    """

    definition: BadgeDefinition
    in_window: bool


@dataclass(frozen=True, slots=True)
class BadgeCategory:
    """A category and how many badges it has.

    Attributes:
        definition: what the catalog says; only an id where a badge names a category
            that the catalog does not describe.
        count: how many badges it has.
    """

    definition: BadgeCategoryDefinition
    count: int


@dataclass(frozen=True, slots=True)
class BadgeValue:
    """What a badge went for in one currency.

    Attributes:
        currency: the code.
        amount: the average of one badge, in minor units, rounded down.
        traded: how many badges it is the average of.
    """

    currency: str
    amount: int
    traded: int


@dataclass(frozen=True, slots=True)
class BadgeStatistics:
    """How a badge has fared in the whole game.

    Counts may lag by a second.

    Attributes:
        total_awarded: how many were ever obtained, however that was, less those
            revoked. Gifts and trades between players make none.
        unique_owners: how many players own at least one now.
        equipped_count: how many players have it equipped now.
        trade_volume: how many changed hands in completed trades.
        average_values: what one went for on average, by currency: over all
            completed trades in which one side gave nothing but this badge and the
            other nothing but an amount of this currency, the sum of the amounts,
            fees included, divided by the number of badges. Gifts, purchases from
            the game and trades of other things don't count; empty if there was no
            such trade.
    """

    total_awarded: int
    unique_owners: int
    equipped_count: int
    trade_volume: int
    average_values: tuple[BadgeValue, ...]


@dataclass(frozen=True, slots=True)
class BadgeCollectionMember:
    """A badge of a collection.

    Attributes:
        badge_id: the badge.
        name: for people.
        position: its place in the collection.
        owned: the player owns one.
    """

    badge_id: str
    name: str
    position: int
    owned: bool


@dataclass(frozen=True, slots=True)
class BadgeSetProgress:
    """How much of a set a player owns.

    A set belongs to the badge whose bonus it is.

    Attributes:
        badge_id: that badge.
        required_badge_ids: the set, without secret badges that the player does not
            own.
        owned: how many of them the player owns.
        bonuses: what acts while the badge is equipped and all are owned.
        active: it acts now.
    """

    badge_id: str
    required_badge_ids: tuple[str, ...]
    owned: int
    bonuses: tuple[BadgeBonus, ...]
    active: bool


@dataclass(frozen=True, slots=True)
class BadgeCollection:
    """A collection, and what a player owns of it.

    Secret badges that the player does not own are neither listed nor counted, but
    the collection is not completed without them.

    Attributes:
        definition: what the catalog says. Secret badges that the player does not
            own are left out of its reward.
        badges: its badges, in order of position.
        owned: how many of them the player owns.
        total: how many there are.
        progress_basis_points: owned of total, rounded down: 10000 is all.
        completed: the player owns all of them now.
        completed_at: when the collection was first complete, which paid its reward;
            None if it never was.
        sets: the sets of its badges.
    """

    definition: BadgeCollectionDefinition
    badges: tuple[BadgeCollectionMember, ...]
    owned: int
    total: int
    progress_basis_points: int
    completed: bool
    completed_at: datetime | None
    sets: tuple[BadgeSetProgress, ...]
