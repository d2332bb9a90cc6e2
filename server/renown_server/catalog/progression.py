"""What players achieve, as decisions read it: a part of the snapshot.

No protobuf, no SQL: rules may import it. Times and durations are microseconds; moments count from
1970, UTC, and 0 is no bound. `wire` is the definition as the catalog has it, a serialized message
of `renown/v1/progression.proto`: views show it, decisions don't read it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from renown_server.catalog.criteria import Criteria
from renown_server.catalog.goods import NOTHING, ItemAmount, Reward
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.enums import direct

DAY_US = 86_400_000_000

BADGES_EQUIPPED_DEFAULT = 3
BADGES_SHOWCASED_DEFAULT = 5
SHOWCASE_DEFAULT = 5
QUESTS_ACTIVE_DEFAULT = 25
PRESTIGE_DEFAULT_MAX = 100
FREEZE_AHEAD_DEFAULT_DAYS = 365


def _empty() -> Mapping[Any, Any]:
    return MappingProxyType({})


@direct
class Status(enum.Enum):
    """Whether it can be earned. Values are those of `renown.v1.DefinitionStatus`."""

    ACTIVE = 1
    RETIRED = 2
    UPCOMING = 3


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, half-open; a bound of 0 is none."""

    starts_us: int = 0
    ends_us: int = 0

    def holds(self, at_us: int) -> bool:
        """Whether a moment lies within."""
        return self.starts_us <= at_us and (not self.ends_us or at_us < self.ends_us)

    def within(self, other: Window) -> Window:
        """What both of them hold; nothing if they don't meet."""
        ends = [bound for bound in (self.ends_us, other.ends_us) if bound]
        return Window(max(self.starts_us, other.starts_us), min(ends, default=0))


ALWAYS = Window()


@direct
class AchievementKind(enum.Enum):
    """How it is earned. Values are those of `renown.v1.AchievementKind`."""

    INSTANT = 1
    PROGRESSIVE = 2
    TIERED = 3


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier: `value` is what the first condition asks for, scaled; `reward_bp` multiplies."""

    tier: int
    name: str
    value: int
    reward_bp: int = BASIS_POINTS


@dataclass(frozen=True, slots=True)
class Milestone:
    """A share of the way, in percent, and what it pays."""

    percentage: int
    message: str
    reward: Reward


@dataclass(frozen=True, slots=True)
class Achievement:
    """A goal that players earn.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        rule: names it as a cause: `achievement:<id>`.
        wire: a serialized `AchievementDefinition`.
        criteria: what has to be done.
        achievement_type: the game's own kind; may be empty.
        category: for lists; may be empty.
        tags: for filters.
        prerequisites: achievements to be earned first.
        min_level: the level from which it can be earned; 0 is any.
        reward: what earning it gives.
        kind: how it is earned.
        tiers: lowest first; empty unless TIERED.
        milestones: lowest first.
        hide_progress: whether players see no progress before it is earned.
        progress_events: whether every step is a fact.
        reset_on_prestige: whether a prestige starts it anew.
        rarity: value of `renown.v1.Rarity`.
        points: achievement points.
        secret: hidden until earned.
        window: when it counts: its season and its own bounds.
        repeatable: whether it can be earned again.
        platform: the only `platform` of the context that counts; empty for all.
        status: whether it can be earned.
    """

    id: str
    name: str
    description: str
    rule: str
    wire: bytes
    criteria: Criteria
    achievement_type: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    min_level: int = 0
    reward: Reward = NOTHING
    kind: AchievementKind = AchievementKind.PROGRESSIVE
    tiers: tuple[Tier, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    hide_progress: bool = False
    progress_events: bool = False
    reset_on_prestige: bool = False
    rarity: int = 1
    points: int = 0
    secret: bool = False
    window: Window = ALWAYS
    repeatable: bool = False
    platform: str = ""
    status: Status = Status.ACTIVE


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


@dataclass(frozen=True, slots=True)
class StreakFreeze:
    """How days can be frozen."""

    days_per_month_max: int
    ahead_max_days: int = FREEZE_AHEAD_DEFAULT_DAYS
    price: CurrencyAmounts = ()
    item: str = ""


@dataclass(frozen=True, slots=True)
class StreakRepair:
    """How a broken streak can be made whole, within days of the first one missed."""

    window_days: int
    missed_days_max: int = 1
    price: CurrencyAmounts = ()
    item: str = ""


@dataclass(frozen=True, slots=True)
class Streak:
    """Something that players do day by day.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        rule: names it as a cause: `streak:<id>`.
        wire: a serialized `StreakDefinition`.
        activity_types: the activities that count; all when empty.
        per_day: how many activities a day takes.
        daily_reward: paid for each day that counts.
        milestones: (days, reward), shortest first.
        freeze: how days can be frozen, or None.
        repair: how it can be repaired, or None.
        bonus_bp_per_day: what each day adds to the factor of XP; 0 is no bonus.
        bonus_bp_max: the highest factor.
        at_risk_us: how long before the day ends a player is told; 0 is never.
    """

    id: str
    name: str
    description: str
    rule: str
    wire: bytes
    activity_types: frozenset[str] = frozenset()
    per_day: int = 1
    daily_reward: Reward = NOTHING
    milestones: tuple[tuple[int, Reward], ...] = ()
    freeze: StreakFreeze | None = None
    repair: StreakRepair | None = None
    bonus_bp_per_day: int = 0
    bonus_bp_max: int = 2 * BASIS_POINTS
    at_risk_us: int = 0


class QuestType(enum.Enum):
    """What a quest is for. Values are those of `renown.v1.QuestType`."""

    MAIN = 1
    SIDE = 2
    DAILY = 3
    WEEKLY = 4
    EVENT = 5
    TUTORIAL = 6
    CHALLENGE = 7
    HIDDEN = 8


class ObjectiveType(enum.Enum):
    """How an objective counts. Values are those of `renown.v1.ObjectiveType`."""

    COMPLETE = 1
    COLLECT = 2
    ACHIEVE = 3
    REACH = 4
    INTERACT = 5
    TIME_LIMIT = 6
    PERFECT = 7
    SEQUENCE = 8


@dataclass(frozen=True, slots=True)
class Objective:
    """One thing that a quest asks for.

    Attributes:
        id: its id within the quest.
        type: how it counts, for people.
        criteria: how it counts, for decisions; `own_start` is set.
        checkpoints: (scaled value, reward), lowest first.
        optional: whether it need not be done.
        order: those with a lower one that are not optional have to be done first.
        unlocked_by: objectives of which one has to be done first; empty if it is not locked.
        within_us: how long after the quest's start it has to be done; 0 is no limit.
        hide_progress: whether players see no progress before it is done.
        progress_events: whether every step is a fact.
        description: for people.
        unit: how many of the units that are counted make a whole one, as checkpoints are written.
    """

    id: str
    type: ObjectiveType
    criteria: Criteria
    checkpoints: tuple[tuple[int, Reward], ...] = ()
    optional: bool = False
    order: int = 0
    unlocked_by: tuple[str, ...] = ()
    within_us: int = 0
    hide_progress: bool = False
    progress_events: bool = False
    description: str = ""
    unit: int = 1


class BonusKind(enum.Enum):
    """What a bonus or a branch asks for."""

    ALWAYS = 0
    ALL_OPTIONAL = 1
    OBJECTIVE = 2
    WITHIN = 3
    PERFECT = 4


@dataclass(frozen=True, slots=True)
class BonusCondition:
    """What a bonus or a branch asks for: `objective` of OBJECTIVE, `within_us` of WITHIN."""

    kind: BonusKind = BonusKind.ALWAYS
    objective: str = ""
    within_us: int = 0


@dataclass(frozen=True, slots=True)
class QuestItem:
    """An item that a quest asks for."""

    item: str
    quantity: int
    consume: bool = False


@dataclass(frozen=True, slots=True)
class Quest:
    """A quest or a challenge.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        rule: names it as a cause: `quest:<id>`.
        wire: a serialized `QuestDefinition`.
        type: what it is for.
        category: for lists; may be empty.
        tags: for filters.
        objectives: in the order of the file.
        min_level: what starting it asks for.
        quests: quests to be completed first.
        achievements: achievements to be earned first.
        items: items to be owned.
        skills: (metric, scaled value) to be reached.
        window: when it can be started and done; its `expires_at` included.
        daily: once each local day.
        weekly: once each local week.
        locked: whether a reward or a chain has to unlock it.
        guaranteed: always paid.
        random: (probability in millionths, reward).
        bonus: (condition, reward).
        first_completion: paid the first time, too.
        repeat: paid instead of `guaranteed` from the second time on; None is the same.
        repeatable: whether it can be done again; daily and weekly ones can.
        auto_start: whether activities start it.
        auto_claim: whether its rewards are paid at once.
        time_limit_us: how long an attempt may take; 0 is no limit.
        chain: the chain it belongs to; may be empty.
        position: its place in it.
        next_quest: unlocked by completing it; may be empty.
        branches: (condition, quest), tried in order before `next_quest`.
        points: quest points.
        priority: orders lists, the highest first.
        status: whether it can be done.
    """

    id: str
    name: str
    description: str
    rule: str
    wire: bytes
    type: QuestType
    objectives: tuple[Objective, ...]
    category: str = ""
    tags: tuple[str, ...] = ()
    min_level: int = 0
    quests: tuple[str, ...] = ()
    achievements: tuple[str, ...] = ()
    items: tuple[QuestItem, ...] = ()
    skills: tuple[tuple[str, int], ...] = ()
    window: Window = ALWAYS
    daily: bool = False
    weekly: bool = False
    locked: bool = False
    guaranteed: Reward = NOTHING
    random: tuple[tuple[int, Reward], ...] = ()
    bonus: tuple[tuple[BonusCondition, Reward], ...] = ()
    first_completion: Reward = NOTHING
    repeat: Reward | None = None
    repeatable: bool = False
    auto_start: bool = False
    auto_claim: bool = False
    time_limit_us: int = 0
    chain: str = ""
    position: int = 0
    next_quest: str = ""
    branches: tuple[tuple[BonusCondition, str], ...] = ()
    points: int = 0
    priority: int = 0
    status: Status = Status.ACTIVE

    @property
    def hidden(self) -> bool:
        """Whether it is unlisted until it is started."""
        return self.type is QuestType.HIDDEN


@dataclass(frozen=True, slots=True)
class Title:
    """A title that players wear."""

    id: str
    name: str
    description: str
    rarity: int = 1
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Season:
    """A span of time with a name."""

    id: str
    name: str
    window: Window


class Reset(enum.Enum):
    """What a prestige takes away. Values are those of `renown.v1.PrestigeReset`."""

    METRICS = 1
    STREAKS = 2
    QUESTS = 3
    CURRENCIES = 4
    ITEMS = 5
    MULTIPLIERS = 6


@dataclass(frozen=True, slots=True)
class Prestige:
    """How players start over.

    Attributes:
        level: the level that it asks for.
        max: how often a player may.
        resets: what is taken away besides XP and level.
        currencies: those that CURRENCIES takes.
        items: those that ITEMS takes.
        rewards: by prestige; 0 holds what each of them pays.
    """

    level: int
    max: int
    resets: frozenset[Reset] = frozenset()
    currencies: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    rewards: Mapping[int, Reward] = field(default_factory=_empty)


class Stacking(enum.Enum):
    """Multipliers of one source. Values are those of `renown.v1.MultiplierStacking`."""

    EXTEND = 1
    STACK = 2
    REPLACE = 3
    HIGHEST = 4


@direct
class Watched(enum.IntEnum):
    """What definitions watch. All but METRIC are values of the engine's `SignalKind`."""

    METRIC = 0
    """A metric that an activity moves: of the signal's activity, its `moved`."""
    ACTIVITY = 1
    LEVEL = 2
    PRESTIGE = 3
    XP = 4
    ITEM = 5
    CURRENCY = 6
    ACHIEVEMENT = 7
    BADGE = 8
    QUEST = 9
    STREAK = 10


WATCH_ALL = "*"
"""The key under which stands who watches all keys of a kind."""


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who looks when something happens: ids of definitions by what they watch, each once.

    Only what can be earned is here: neither retired nor upcoming definitions. Who watches all keys
    of a kind stands under `WATCH_ALL` only: look there, too.

    Attributes:
        achievements: by (`Watched` value, key): those with a condition on it, or gated by it.
        badges: as `achievements`: those that can come with it.
        quests: as `achievements`: those that start by themselves with it.
        streaks: by activity type: those that it counts for.
    """

    achievements: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=_empty)
    badges: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=_empty)
    quests: Mapping[tuple[int, str], tuple[str, ...]] = field(default_factory=_empty)
    streaks: Mapping[str, tuple[str, ...]] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True)
class Progression:
    """Everything about what players achieve. Mappings are by id, in its order.

    Attributes:
        points_currency: the currency of badges' points; empty for XP.
        badges_equipped_max: how many badges may be equipped.
        badges_showcased_max: how many badges may be shown.
        achievements_showcased_max: how many achievements may be shown.
        quests_active_max: how many quests may be under way.
        stacking: what happens to multipliers of one source.
        multiplier_max_bp: the highest factor of all timed multipliers together; 0 is no cap.
        zone_change_min_us: shortest time between two changes of the time zone.
        achievements: the achievements.
        badges: the badges.
        collections: the collections of badges.
        categories: the categories of badges.
        streaks: the streaks.
        quests: the quests.
        titles: the titles.
        seasons: the seasons.
        prestige: how players start over, or None.
        listeners: who looks at what.
        level_achievements: (level, achievements) that levels ask for, lowest first.
    """

    points_currency: str = ""
    badges_equipped_max: int = BADGES_EQUIPPED_DEFAULT
    badges_showcased_max: int = BADGES_SHOWCASED_DEFAULT
    achievements_showcased_max: int = SHOWCASE_DEFAULT
    quests_active_max: int = QUESTS_ACTIVE_DEFAULT
    stacking: Stacking = Stacking.EXTEND
    multiplier_max_bp: int = 0
    zone_change_min_us: int = DAY_US
    achievements: Mapping[str, Achievement] = field(default_factory=_empty)
    badges: Mapping[str, Badge] = field(default_factory=_empty)
    collections: Mapping[str, BadgeCollection] = field(default_factory=_empty)
    categories: Mapping[str, BadgeCategory] = field(default_factory=_empty)
    streaks: Mapping[str, Streak] = field(default_factory=_empty)
    quests: Mapping[str, Quest] = field(default_factory=_empty)
    titles: Mapping[str, Title] = field(default_factory=_empty)
    seasons: Mapping[str, Season] = field(default_factory=_empty)
    prestige: Prestige | None = None
    listeners: Listeners = Listeners()
    level_achievements: tuple[tuple[int, tuple[str, ...]], ...] = ()
