"""The catalog as decisions read it: immutable, indexed, everything computed that can be.

No protobuf, no SQL: rules may import it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from renown_server.catalog.goods import (
    Economy,
    Item,
    ItemAmount,
    ItemSource,
    LootRoll,
    LootTable,
    Offer,
    Rotation,
)
from renown_server.catalog.levels import CurrencyAmounts, LevelTable
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.progression import Progression
from renown_server.enums import direct


@direct
class BonusPolicy(enum.Enum):
    """How XP factors combine. Values are those of `renown.v1.BonusPolicy`."""

    PRODUCT = 1
    SUM = 2


class BoardSource(enum.Enum):
    """What a board counts. Values are those of `renown.v1.LeaderboardSource`."""

    XP = 1
    METRIC = 2
    DIRECT = 3
    CURRENCY = 4


@direct
class Aggregation(enum.Enum):
    """How values combine. Values are those of `renown.v1.LeaderboardAggregation`."""

    SUM = 1
    MAX = 2
    MIN = 3
    LATEST = 4


class BoardOrder(enum.Enum):
    """Which end is the top. Values are those of `renown.v1.LeaderboardOrder`."""

    DESCENDING = 1
    ASCENDING = 2


@direct
class CurrencyOverflow(enum.Enum):
    """Money beyond a cap. Values are those of `renown.v1.CurrencyOverflow`."""

    REFUSE = 1
    MAILBOX = 2
    DISCARD = 3


@dataclass(frozen=True, slots=True)
class Currency:
    """A kind of money. Amounts are minor units; a limit of 0 is none.

    Attributes:
        code: its id.
        name: for people.
        description: for people.
        decimals: digits behind the point.
        cap: the highest balance.
        premium: whether it is bought with real money.
        giftable: whether players may give and trade it.
        icon: a picture's address.
        overflow: what happens to rewards beyond the cap.
        gift_daily_max: what a player may give away in a local day.
        gift_receive_daily_max: what a player may be given in a local day.
        gift_fee_bp: the share of a gift that the receiver does not get.
    """

    code: str
    name: str
    description: str
    decimals: int
    cap: int
    premium: bool
    giftable: bool
    icon: str
    overflow: CurrencyOverflow = CurrencyOverflow.REFUSE
    gift_daily_max: int = 0
    gift_receive_daily_max: int = 0
    gift_fee_bp: int = 0


@direct
class MetricAggregation(enum.Enum):
    """How amounts make a metric's value. Values are those of `renown.v1.MetricAggregation`."""

    COUNTER = 1
    GAUGE = 2
    MAX = 3
    MIN = 4
    LATEST = 5
    AVERAGE = 6


@dataclass(frozen=True, slots=True)
class Metric:
    """A quantity. Values are integers, `scale` (10^decimals) of them a whole unit.

    `aggregation` is how the amounts of activities make its value.
    """

    id: str
    name: str
    decimals: int
    scale: int
    aggregation: MetricAggregation = MetricAggregation.COUNTER
    description: str = ""


@dataclass(frozen=True, slots=True)
class Bonuses:
    """Factors of XP in basis points; 10000 is no bonus. `prestige_bp` is added a prestige."""

    policy: BonusPolicy = BonusPolicy.PRODUCT
    perfect_bp: int = BASIS_POINTS
    speed_bp: int = BASIS_POINTS
    first_try_bp: int = BASIS_POINTS
    prestige_bp: int = 0


@dataclass(frozen=True, slots=True)
class Boost:
    """A factor of XP for everybody in [starts_us, ends_us), microseconds since 1970.

    `source` names it among multipliers: `boost:<id>`.
    """

    id: str
    name: str
    source: str
    factor_bp: int
    starts_us: int
    ends_us: int


@dataclass(frozen=True, slots=True)
class XpRate:
    """XP for each `scale` of a metric's value."""

    metric: str
    scale: int
    amount: int


@dataclass(frozen=True, slots=True)
class CurrencyRate:
    """Minor units of a currency for each `scale` of a metric's value."""

    metric: str
    scale: int
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class XpRange:
    """XP that the caller chooses between `min` and `max`.

    If the activity's context has `context_key`, `by_context` fixes the amount; `context_key` is
    empty if it never does. As many minor units of `currency` are given, too; none if it is empty.
    """

    min: int
    max: int
    context_key: str
    by_context: Mapping[str, int]
    currency: str = ""


@dataclass(frozen=True, slots=True)
class ActivityType:
    """A thing that counts.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        rule: names it as a cause: `activity_type:<id>`.
        base_xp: XP before multipliers.
        xp_rates: XP by metric.
        xp_range: XP that the caller chooses, or None.
        currencies: given each time.
        currency_rates: currency by metric.
        metrics: what the caller may send.
        counts: metrics that each activity moves, and by how much (one unit, scaled).
        cooldown_us: shortest time between two, by occurred_at; 0 is none.
        daily_cap: how many a local day; 0 is no cap.
        daily_xp_cap: how much XP a local day; 0 is no cap.
        client_reportable: whether players may report it.
        boosts: those that may apply to it.
        items: given each time.
        loot: drawn each time.
    """

    id: str
    name: str
    description: str
    rule: str
    base_xp: int
    xp_rates: tuple[XpRate, ...]
    xp_range: XpRange | None
    currencies: CurrencyAmounts
    currency_rates: tuple[CurrencyRate, ...]
    metrics: frozenset[str]
    counts: tuple[tuple[str, int], ...]
    cooldown_us: int
    daily_cap: int
    daily_xp_cap: int
    client_reportable: bool
    boosts: tuple[Boost, ...]
    items: tuple[ItemAmount, ...] = ()
    loot: tuple[LootRoll, ...] = ()

    @property
    def moves(self) -> tuple[str, ...]:
        """All metrics it can move, by id."""
        return tuple(sorted(self.metrics.union(metric for metric, _ in self.counts)))


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        source: what it counts.
        metric: the metric counted, else empty.
        weekly: whether it starts anew each Monday 00:00 in `zone`; else it is for all time.
        aggregation: how values combine.
        order: which end is the top.
        descending: whether the highest score is the top.
        zone: where its periods begin.
        zone_name: the zone's IANA name.
        currency: the currency counted, else empty.
    """

    id: str
    name: str
    description: str
    source: BoardSource
    metric: str
    weekly: bool
    aggregation: Aggregation
    order: BoardOrder
    descending: bool
    zone: ZoneInfo
    zone_name: str
    currency: str = ""


@dataclass(frozen=True, slots=True)
class CatalogSnapshot:
    """One version of the catalog. Mappings are in the order of their keys.

    Attributes:
        version: its version, from 1.
        name: the game's name.
        description: for people.
        lateness_max_us: how late an activity may be recorded after it occurred.
        currencies: by code.
        metrics: by id.
        levels: the level curve.
        bonuses: the XP factors.
        activity_types: by id.
        boards: by id.
        boards_on_xp: those that count XP.
        boards_on_metric: those that count a metric, by metric.
        boards_on_currency: those that count money earned, by currency.
        boosts: all of them, by id.
        economy: settings of what players own and exchange.
        items: by id.
        loot_tables: by id.
        offers: by id.
        offers_by_product: by product_id.
        rotations: by id.
        item_sources: where each item comes from, by item id.
        progression: what players achieve.
        listens: signals that some definition reacts to: the number of their kind, and their key or
            `*` for all.
    """

    version: int
    name: str
    description: str
    lateness_max_us: int
    currencies: Mapping[str, Currency]
    metrics: Mapping[str, Metric]
    levels: LevelTable
    bonuses: Bonuses
    activity_types: Mapping[str, ActivityType]
    boards: Mapping[str, Board]
    boards_on_xp: tuple[Board, ...]
    boards_on_metric: Mapping[str, tuple[Board, ...]]
    boosts: tuple[Boost, ...]
    economy: Economy = field(default_factory=Economy)
    items: Mapping[str, Item] = field(default_factory=dict)
    loot_tables: Mapping[str, LootTable] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    offers_by_product: Mapping[str, Offer] = field(default_factory=dict)
    rotations: Mapping[str, Rotation] = field(default_factory=dict)
    item_sources: Mapping[str, tuple[ItemSource, ...]] = field(default_factory=dict)
    progression: Progression = field(default_factory=Progression)
    listens: frozenset[tuple[int, str]] = frozenset()
    boards_on_currency: Mapping[str, tuple[Board, ...]] = field(default_factory=dict)


def empty_snapshot() -> CatalogSnapshot:
    """What holds before a catalog was published: version 0, nothing defined."""
    return CatalogSnapshot(
        version=0,
        name="",
        description="",
        lateness_max_us=0,
        currencies={},
        metrics={},
        levels=LevelTable(),
        bonuses=Bonuses(),
        activity_types={},
        boards={},
        boards_on_xp=(),
        boards_on_metric={},
        boosts=(),
    )
