"""Badges as the catalog defines them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.basics import WireEnum
from renown._model.common import CurrencyAmount
from renown._model.definition import DefinitionStatus
from renown._model.item import Rarity
from renown._model.reward import ItemAmount, Reward


class BadgeMethod(WireEnum):
    """How a badge is obtained.

    Every badge can also be a reward, or awarded by hand.

    Attributes:
        ACHIEVEMENT: comes with an achievement.
        PURCHASE: bought.
        EVENT: comes with an activity in a window of time.
        GIFT: given by another player.
        MILESTONE: comes with a level or with quests.
        COLLECTION: comes with items and badges that are owned.
        CHALLENGE: comes with quests of type challenge.
        RANDOM: drops by chance.
    """

    UNKNOWN = 0
    ACHIEVEMENT = 1
    PURCHASE = 2
    EVENT = 3
    GIFT = 4
    MILESTONE = 5
    COLLECTION = 6
    CHALLENGE = 7
    RANDOM = 8


class BonusType(WireEnum):
    """How a bonus acts.

    Attributes:
        PERCENTAGE: raises by a share.
        FLAT: adds an amount to every activity.
    """

    UNKNOWN = 0
    PERCENTAGE = 1
    FLAT = 2


@dataclass(frozen=True, slots=True)
class BadgeVisual:
    """How a badge looks.

    Attributes:
        image: a picture's address.
        thumbnail: a picture's address.
        animation: a file's address.
        shine_effect: lets it shine.
        color: a hex code, such as #4CAF50.
        rarity_color: the rarity's hex code.
        size: `small`, `medium` or `large`.
        style: the game's own.
    """

    image: str
    thumbnail: str
    animation: str
    shine_effect: bool
    color: str
    rarity_color: str
    size: str
    style: str


@dataclass(frozen=True, slots=True)
class BadgeAcquisition:
    """How a badge is obtained.

    Attributes:
        method: the way.
        achievement: the achievement that it comes with.
        level: the level that it asks for.
        quests: the quests that it asks for.
        items_needed: the items that it asks for; they are kept.
        badges_needed: the badges that it asks for; they are kept.
        cost: its price.
        drop_rate_ppm: how likely it drops with an activity, in millionths.
        activity_types: the activities that it comes or drops with; all when empty.
        available_from: the first moment in which it can be obtained; None is
            always.
        available_until: the first moment after it; None is never.
        tradeable: lets players trade it.
        giftable: lets players give it away.
        max_per_player: how many a player may own; 1 when 0.
    """

    method: BadgeMethod
    achievement: str
    level: int
    quests: tuple[str, ...]
    items_needed: tuple[ItemAmount, ...]
    badges_needed: tuple[str, ...]
    cost: tuple[CurrencyAmount, ...]
    drop_rate_ppm: int
    activity_types: tuple[str, ...]
    available_from: datetime | None
    available_until: datetime | None
    tradeable: bool
    giftable: bool
    max_per_player: int


@dataclass(frozen=True, slots=True)
class BadgeBonus:
    """Acts on what activities earn while a badge is equipped.

    Attributes:
        stat: `xp` or the code of a currency.
        type: how it acts.
        value: basis points of a percentage (500 is 5 %), or the amount that is
            added.
    """

    stat: str
    type: BonusType
    value: int


@dataclass(frozen=True, slots=True)
class BadgeSetBonus:
    """Acts while its badge is equipped and the whole set is owned.

    Attributes:
        required_badges: the set.
        bonuses: what acts.
    """

    required_badges: tuple[str, ...]
    bonuses: tuple[BadgeBonus, ...]


@dataclass(frozen=True, slots=True)
class BadgeEvolution:
    """What a badge can become.

    Attributes:
        next_badge: the badge it becomes.
        quantity: how many of the badge it takes; 1 when 0.
        level: the level that it asks for.
        achievements: those it asks for.
        items: the items it takes.
        cost: the money it takes.
    """

    next_badge: str
    quantity: int
    level: int
    achievements: tuple[str, ...]
    items: tuple[ItemAmount, ...]
    cost: tuple[CurrencyAmount, ...]


@dataclass(frozen=True, slots=True)
class BadgeDefinition:
    """A badge that players own.

    Attributes:
        id: its id.
        name: for people.
        title: shown to players; the name when empty.
        description: for people.
        lore: its story.
        category: for lists.
        collection: the collection it is a part of; none when empty.
        collection_position: its place in it.
        tier: its tier.
        tags: for filters of the game.
        visual: how it looks.
        icon_url: a picture's address.
        rarity: how rare it is meant to be.
        points_value: paid for each one earned, in the currency that the settings
            name, else as XP.
        power: the game's own value.
        acquisition: how it is obtained.
        bonuses: what acts while it is equipped.
        set_bonus: what acts while it is equipped and its set is owned; None if
            there is nothing.
        stacks: lets the bonuses act once for each one owned.
        evolution: what it can become; None if nothing.
        secret: hides it until it is owned.
        status: whether it can be obtained.
    """

    id: str
    name: str
    title: str
    description: str
    lore: str
    category: str
    collection: str
    collection_position: int
    tier: int
    tags: tuple[str, ...]
    visual: BadgeVisual
    icon_url: str
    rarity: Rarity
    points_value: int
    power: int
    acquisition: BadgeAcquisition
    bonuses: tuple[BadgeBonus, ...]
    set_bonus: BadgeSetBonus | None
    stacks: bool
    evolution: BadgeEvolution | None
    secret: bool
    status: DefinitionStatus


@dataclass(frozen=True, slots=True)
class BadgeCollectionDefinition:
    """A set of badges to be completed.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        icon: a picture's address.
        reward: paid once for owning all of its badges.
    """

    id: str
    name: str
    description: str
    icon: str
    reward: Reward


@dataclass(frozen=True, slots=True)
class BadgeCategoryDefinition:
    """Names a category.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
    """

    id: str
    name: str
    description: str
