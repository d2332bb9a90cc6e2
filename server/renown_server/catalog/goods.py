"""What players own, draw and buy, as decisions read it: a part of the snapshot.

No protobuf, no SQL: rules may import it. Times and durations are microseconds; moments count from
1970, UTC, and 0 is no bound.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from renown_server.catalog.levels import CurrencyAmounts

MAX_STACK_DEFAULT = 1_000_000
MAIL_LIFETIME_DEFAULT_US = 30 * 86_400_000_000
MAILBOX_CAPACITY_DEFAULT = 200
TRADE_LIFETIME_DEFAULT_US = 72 * 3_600_000_000
TRADES_OPEN_DEFAULT = 20


@dataclass(frozen=True, slots=True)
class Economy:
    """What players own and exchange, in general.

    Attributes:
        inventory_capacity: slots a player has; 0 is no limit.
        mail_lifetime_us: how long mail can be claimed.
        mailbox_capacity: how much unclaimed mail a player may have.
        trade_lifetime_max_us: the longest a trade may stay open.
        trades_open_max: how many open trades a player may have proposed.
        new_account_hold_us: how long a new player can neither trade nor make gifts.
    """

    inventory_capacity: int = 0
    mail_lifetime_us: int = MAIL_LIFETIME_DEFAULT_US
    mailbox_capacity: int = MAILBOX_CAPACITY_DEFAULT
    trade_lifetime_max_us: int = TRADE_LIFETIME_DEFAULT_US
    trades_open_max: int = TRADES_OPEN_DEFAULT
    new_account_hold_us: int = 0


@dataclass(frozen=True, slots=True)
class ItemAmount:
    """A number of one item."""

    item: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LootRoll:
    """A number of draws from one loot table."""

    table: str
    rolls: int


@dataclass(frozen=True, slots=True)
class TimedMultiplier:
    """A factor of XP that acts for `duration_us`."""

    factor_bp: int
    duration_us: int


@dataclass(frozen=True, slots=True)
class Reward:
    """What a definition gives.

    Attributes:
        xp: XP before multipliers.
        currencies: (code, minor units), each code once.
        items: each item once.
        loot: draws, in order.
        multipliers: factors of XP for a while.
        badges: ids of badges that are awarded.
        titles: ids of titles that are earned.
        unlock_content: content of the game that may be used from now on.
        unlock_quests: ids of quests that can be started from now on.
        achievements: ids of achievements that are granted.
    """

    xp: int = 0
    currencies: CurrencyAmounts = ()
    items: tuple[ItemAmount, ...] = ()
    loot: tuple[LootRoll, ...] = ()
    multipliers: tuple[TimedMultiplier, ...] = ()
    badges: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    unlock_content: tuple[str, ...] = ()
    unlock_quests: tuple[str, ...] = ()
    achievements: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it gives nothing."""
        goods = self.xp or self.currencies or self.items or self.loot or self.multipliers
        honors = self.badges or self.titles or self.achievements
        return not (goods or honors or self.unlock_content or self.unlock_quests)


NOTHING = Reward()
"""A reward that gives nothing."""


class ItemKind(enum.Enum):
    """What an item is for. Values are those of `renown.v1.ItemKind`."""

    MATERIAL = 1
    CONSUMABLE = 2
    POWER_UP = 3
    CONTAINER = 4
    COSMETIC = 5
    EQUIPMENT = 6


class ItemOverflow(enum.Enum):
    """Items without room. Values are those of `renown.v1.ItemOverflow`."""

    REFUSE = 1
    MAILBOX = 2
    CONVERT = 3


@dataclass(frozen=True, slots=True)
class ItemDisplay:
    """How an item looks; names and addresses for the client."""

    title: str = ""
    icon: str = ""
    image: str = ""
    preview: str = ""
    particle: str = ""
    sound: str = ""
    animation: str = ""


@dataclass(frozen=True, slots=True)
class ItemUse:
    """How an item is used.

    Attributes:
        effects: what one use gives.
        cooldown_us: shortest time between two uses by a player; 0 is none.
        environments: where it can be used; everywhere when empty.
        activities: what it can be used in; all when empty.
        keys: items that one use takes as well.
    """

    effects: Reward = Reward()
    cooldown_us: int = 0
    environments: frozenset[str] = frozenset()
    activities: frozenset[str] = frozenset()
    keys: tuple[ItemAmount, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A thing that players own.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        kind: what it is for.
        cosmetic_kind: value of `renown.v1.CosmeticKind`; 0 is none.
        rarity: value of `renown.v1.Rarity`, from 1 (common).
        display: how it looks.
        tags: for filters.
        max_stack: how many share a slot; 1 for instances.
        is_instanced: whether each one is a row of its own, with an id and a history: it is
            unique, or has several uses.
        unique: as the catalog says.
        slotless: whether it takes no room.
        lifetime_us: how long one lasts; 0 is for ever.
        uses: how often one can be used, from 1.
        use: how it is used, or None.
        slot: where it can be equipped; empty if it can't be.
        min_level: the level from which it can be used or equipped.
        tradeable: whether players may trade it.
        giftable: whether players may give it away.
        limit_quantity: how many the game gives out in all; 0 is no limit.
        limit_per_player: how many a player may own at once; 0 is no limit.
        available_until_us: when the game stops giving it out; 0 is never.
        overflow: what happens if there is no room.
        convert_to: what one is worth when it is converted.
        achievements: those that have to be earned before it can be used or equipped.
    """

    id: str
    name: str = ""
    description: str = ""
    kind: ItemKind = ItemKind.MATERIAL
    cosmetic_kind: int = 0
    rarity: int = 1
    display: ItemDisplay = ItemDisplay()
    tags: tuple[str, ...] = ()
    max_stack: int = MAX_STACK_DEFAULT
    is_instanced: bool = False
    unique: bool = False
    slotless: bool = False
    lifetime_us: int = 0
    uses: int = 1
    use: ItemUse | None = None
    slot: str = ""
    min_level: int = 0
    tradeable: bool = False
    giftable: bool = False
    limit_quantity: int = 0
    limit_per_player: int = 0
    available_until_us: int = 0
    overflow: ItemOverflow = ItemOverflow.REFUSE
    convert_to: CurrencyAmounts = ()
    achievements: tuple[str, ...] = ()


class DuplicatePolicy(enum.Enum):
    """What a draw does with what is owned. Values are those of `renown.v1.DuplicatePolicy`."""

    ALLOW = 1
    EXCLUDE = 2
    CONVERT = 3


@dataclass(frozen=True, slots=True)
class LootEntry:
    """Something that can be drawn; `reward` has no loot of its own."""

    id: str
    weight: int
    reward: Reward = Reward()


@dataclass(frozen=True, slots=True)
class LootTable:
    """What is drawn from.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        entries: in the order of the file.
        total_weight: the sum of the entries' weights.
        pity_after: misses in a row after which the next draw is guaranteed; 0 is never.
        pity_entries: ids of the entries that end a row of misses.
        duplicates: what happens to what the player owns.
        duplicate_reward: given instead of a duplicate.
    """

    id: str
    name: str
    description: str
    entries: tuple[LootEntry, ...]
    total_weight: int
    pity_after: int = 0
    pity_entries: frozenset[str] = frozenset()
    duplicates: DuplicatePolicy = DuplicatePolicy.ALLOW
    duplicate_reward: CurrencyAmounts = ()


class LimitWindow(enum.Enum):
    """How long a purchase counts. Values are those of `renown.v1.LimitWindow`."""

    EVER = 1
    DAILY = 2
    WEEKLY = 3
    ROTATION = 4


@dataclass(frozen=True, slots=True)
class Discount:
    """A share taken off in [starts_us, ends_us); a bound of 0 is none."""

    bp: int
    starts_us: int = 0
    ends_us: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """Something the store sells.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        icon: a picture's address.
        category: for shelves.
        tags: for filters.
        rule: names it as a cause: `offer:<id>`.
        contents: what it gives.
        prices: ways to pay, one of which is chosen; empty for what is free, or sold for real
            money only (it has a product_id).
        discounts: windows in which prices are lower.
        min_level: the level from which it can be bought.
        limit_per_player: how many in the window; 0 is no limit.
        limit_window: how long a purchase counts.
        stock: how many for everybody; 0 is no limit.
        available_from_us: when it comes into the store; 0 is always.
        available_until_us: when it leaves the store; 0 is never.
        rotation: the rotation that puts it on sale; empty for always.
        rotation_weight: how likely the rotation chooses it, from 1.
        product_id: its id in stores that sell it for real money; may be empty.
        achievements: those that have to be earned before it can be bought.
    """

    id: str
    name: str
    description: str
    icon: str
    category: str
    tags: tuple[str, ...]
    rule: str
    contents: Reward
    prices: tuple[CurrencyAmounts, ...] = ()
    discounts: tuple[Discount, ...] = ()
    min_level: int = 0
    limit_per_player: int = 0
    limit_window: LimitWindow = LimitWindow.EVER
    stock: int = 0
    available_from_us: int = 0
    available_until_us: int = 0
    rotation: str = ""
    rotation_weight: int = 1
    product_id: str = ""
    achievements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rotation:
    """A shelf whose offers change by schedule.

    Attributes:
        id: its id.
        name: for people.
        cron: when a turn begins, five fields, in `zone`.
        zone: the schedule's zone.
        size: how many offers are on sale at a time.
        offers: (offer id, weight), by id: what can be chosen.
    """

    id: str
    name: str
    cron: str
    zone: ZoneInfo
    size: int
    offers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ItemSource:
    """One way to get an item.

    Attributes:
        type: `offer`, `loot_table`, `activity_type`, `level` or `item`.
        id: its id.
        probability_ppm: how likely it gives the item, in millionths.
    """

    type: str
    id: str
    probability_ppm: int
