"""Badges, as decisions read them: a part of the progression.

No protobuf, no SQL: rules may import it. Times and durations are microseconds. `wire` is the
definition as the catalog has it, a serialized message: views show it, decisions don't read it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from renown_server.catalog.availability import ALWAYS, Status, Window
from renown_server.catalog.goods import NOTHING, ItemAmount, Reward
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.enums import direct


@direct
class BadgeMethod(enum.Enum):
    """How a badge is obtained. Values are those of `renown.v1.BadgeMethod`."""

    ACHIEVEMENT = 1
    PURCHASE = 2
    EVENT = 3
    GIFT = 4
    MILESTONE = 5
    COLLECTION = 6
    CHALLENGE = 7
    RANDOM = 8


@dataclass(frozen=True, slots=True)
class BadgeBonus:
    """What an equipped badge does to what activities earn.

    `stat` is `xp` or a currency's code; `percent_bp` raises by a share, `flat` adds an amount.
    """

    stat: str
    percent_bp: int = 0
    flat: int = 0


@dataclass(frozen=True, slots=True)
class Evolution:
    """What a badge can become, and what that asks for and takes."""

    next_badge: str
    quantity: int = 1
    min_level: int = 0
    achievements: tuple[str, ...] = ()
    items: tuple[ItemAmount, ...] = ()
    cost: CurrencyAmounts = ()


@dataclass(frozen=True, slots=True)
class Badge:
    """A badge that players own.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        rule: names it as a cause: `badge:<id>`.
        wire: a serialized `BadgeDefinition`.
        method: how it is obtained.
        category: for lists; may be empty.
        collection: its collection; may be empty.
        position: its place in it.
        tags: for filters.
        rarity: value of `renown.v1.Rarity`.
        points_value: paid for each one earned.
        achievement: the achievement it comes with; may be empty.
        min_level: the level that it asks for.
        quests: the quests that it asks for.
        items_needed: items that have to be owned.
        badges_needed: badges that have to be owned.
        cost: its price.
        drop_rate_ppm: how likely it drops with an activity, in millionths.
        activity_types: the activities that it comes or drops with; all when empty.
        window: when it can be obtained.
        tradeable: whether players may trade it.
        giftable: whether players may give it away.
        max_per_player: how many a player may own.
        bonuses: what acts while it is equipped.
        set_badges: the set that `set_bonuses` asks for.
        set_bonuses: what acts while it is equipped and its set is owned.
        stacks: whether bonuses act once for each one owned.
        evolution: what it can become, or None.
        secret: hidden until owned.
        status: whether it can be obtained.
    """

    id: str
    name: str
    description: str
    rule: str
    wire: bytes
    method: BadgeMethod = BadgeMethod.ACHIEVEMENT
    category: str = ""
    collection: str = ""
    position: int = 0
    tags: tuple[str, ...] = ()
    rarity: int = 1
    points_value: int = 0
    achievement: str = ""
    min_level: int = 0
    quests: tuple[str, ...] = ()
    items_needed: tuple[ItemAmount, ...] = ()
    badges_needed: tuple[str, ...] = ()
    cost: CurrencyAmounts = ()
    drop_rate_ppm: int = 0
    activity_types: frozenset[str] = frozenset()
    window: Window = ALWAYS
    tradeable: bool = False
    giftable: bool = False
    max_per_player: int = 1
    bonuses: tuple[BadgeBonus, ...] = ()
    set_badges: tuple[str, ...] = ()
    set_bonuses: tuple[BadgeBonus, ...] = ()
    stacks: bool = False
    evolution: Evolution | None = None
    secret: bool = False
    status: Status = Status.ACTIVE


@dataclass(frozen=True, slots=True)
class BadgeCollection:
    """A set of badges to be completed; `badges` by position, `reward` paid once."""

    id: str
    name: str
    description: str
    icon: str
    rule: str
    badges: tuple[str, ...]
    reward: Reward = NOTHING


@dataclass(frozen=True, slots=True)
class BadgeCategory:
    """A category of badges."""

    id: str
    name: str
    description: str
