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

from renown_server.catalog.achievements import Achievement
from renown_server.catalog.availability import Window
from renown_server.catalog.badges import Badge, BadgeCategory, BadgeCollection
from renown_server.catalog.goods import Reward
from renown_server.catalog.quests import Quest
from renown_server.catalog.streaks import Streak
from renown_server.enums import direct

DAY_US = 86_400_000_000


BADGES_EQUIPPED_DEFAULT = 3


BADGES_SHOWCASED_DEFAULT = 5


SHOWCASE_DEFAULT = 5


QUESTS_ACTIVE_DEFAULT = 25


PRESTIGE_DEFAULT_MAX = 100


def _empty() -> Mapping[Any, Any]:
    return MappingProxyType({})


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
