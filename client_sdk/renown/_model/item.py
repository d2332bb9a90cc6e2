"""Item definitions: what the catalog says of things that players own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from renown._model.basics import WireEnum
from renown._model.reward import Reward


class ItemKind(WireEnum):
    """What an item is for."""

    UNKNOWN = 0
    MATERIAL = 1
    CONSUMABLE = 2
    POWER_UP = 3
    CONTAINER = 4
    COSMETIC = 5
    EQUIPMENT = 6


class CosmeticKind(WireEnum):
    """What a cosmetic item changes."""

    UNKNOWN = 0
    AVATAR = 1
    FRAME = 2
    THEME = 3
    EMOTE = 4
    EFFECT = 5


class Rarity(WireEnum):
    """How rare a thing is meant to be."""

    UNKNOWN = 0
    COMMON = 1
    UNCOMMON = 2
    RARE = 3
    EPIC = 4
    LEGENDARY = 5


class ItemOverflow(WireEnum):
    """What happens to items for which there is no room."""

    UNKNOWN = 0
    REFUSE = 1
    MAILBOX = 2
    CONVERT = 3


@dataclass(frozen=True, slots=True)
class ItemDisplay:
    """How an item looks: addresses of pictures, and names the client knows.

    Attributes:
        title: shown instead of the name.
        icon: a small picture's address.
        image: a picture's address.
        preview: the address of a picture or animation.
        particle: a particle effect of the client.
        sound: a sound of the client.
        animation: an animation of the client.
    """

    title: str
    icon: str
    image: str
    preview: str
    particle: str
    sound: str
    animation: str


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """What everybody may know of an item.

    Attributes:
        item_id: its id.
        name: for people.
        description: for people.
        kind: what it is for.
        cosmetic_kind: what a cosmetic changes; None if it is none.
        rarity: how rare it is meant to be.
        display: how it looks.
        tags: for filters of the game.
        max_stack: how many share a slot; 1 for instances.
        unique: each one is an instance with an id of its own.
        lifetime: how long one lasts; None is for ever.
        uses: how often an instance can be used; 0 is not counted.
        cooldown: the time between two uses; None is no limit.
        min_level: the level from which it can be used or equipped.
        environments: where it can be used; everywhere when empty.
        activities: what it can be used in; all when empty.
        slot: where it is equipped; empty if it can't be.
        tradeable: it may be traded.
        giftable: it may be given away.
        limit_quantity: how many the game gives out in all; 0 is no limit.
        limit_per_player: how many a player may own; 0 is no limit.
        available_until: when the game stops giving it out; None is never.
        overflow: what happens if there is no room.
        effects: what using it gives.
        purchasable: an offer sells it.
    """

    item_id: str
    name: str
    description: str
    kind: ItemKind
    cosmetic_kind: CosmeticKind | None
    rarity: Rarity
    display: ItemDisplay
    tags: tuple[str, ...]
    max_stack: int
    unique: bool
    lifetime: timedelta | None
    uses: int
    cooldown: timedelta | None
    min_level: int
    environments: tuple[str, ...]
    activities: tuple[str, ...]
    slot: str
    tradeable: bool
    giftable: bool
    limit_quantity: int
    limit_per_player: int
    available_until: datetime | None
    overflow: ItemOverflow
    effects: Reward
    purchasable: bool


@dataclass(frozen=True, slots=True)
class ItemSource:
    """One way to get an item.

    Attributes:
        type: `offer`, `loot_table`, `activity_type`, `level` or `item`.
        id: its id.
        probability_ppm: how likely it gives the item, in millionths, for a
            player who owns nothing and has never drawn.
    """

    type: str
    id: str
    probability_ppm: int


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """How an item has fared in the whole game. Counts are of units; they may lag by a second.

    Attributes:
        distributed: how many were ever given out.
        used: how many were used up.
        active: how many are owned now: distributed less used less removed.
        removed: how many expired, were converted or taken back.
        average_hold: how long those used up were held, on average.
        popularity_ppm: its share of all items ever given out, in millionths.
    """

    distributed: int
    used: int
    active: int
    removed: int
    average_hold: timedelta
    popularity_ppm: int


@dataclass(frozen=True, slots=True)
class ItemDetails:
    """An item's definition, where it comes from, and how it has fared."""

    item: ItemDefinition
    sources: tuple[ItemSource, ...]
    statistics: ItemStatistics
