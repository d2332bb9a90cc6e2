"""A validated `renown.v1.Catalog` as a snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from google.protobuf.duration_pb2 import Duration

from renown.v1 import catalog_pb2 as pb
from renown.v1.common_pb2 import CurrencyAmount
from renown.v1.leaderboard_service_pb2 import LEADERBOARD_PERIOD_WEEKLY
from renown_server.catalog import levels as curves
from renown_server.catalog.levels import CurrencyAmounts, LevelTable
from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS, LATENESS_DEFAULT_US
from renown_server.catalog.snapshot import (
    ActivityType,
    Aggregation,
    Board,
    BoardOrder,
    BoardSource,
    Bonuses,
    BonusPolicy,
    Boost,
    CatalogSnapshot,
    Currency,
    CurrencyRate,
    Metric,
    XpRange,
    XpRate,
)
from renown_server.catalog.times import parse_moment

_V = TypeVar("_V")


def compile_catalog(catalog: pb.Catalog, version: int) -> CatalogSnapshot:
    """Compiles a catalog that `validate` finds nothing wrong with.

    Raises:
        ValueError: it was not validated.
    """
    metrics = _by_key((item.id, _metric(item)) for item in catalog.metrics)
    boosts = tuple(sorted(map(_boost, catalog.boosts), key=lambda boost: boost.id))
    limits = {item.id: frozenset(item.activity_types) for item in catalog.boosts}
    boards = _by_key((item.id, _board(item)) for item in catalog.leaderboards)
    return CatalogSnapshot(
        version=version,
        name=catalog.name,
        description=catalog.description,
        lateness_max_us=_lateness(catalog.settings),
        currencies=_by_key((item.code, _currency(item)) for item in catalog.currencies),
        metrics=metrics,
        levels=level_table(catalog.levels) if catalog.HasField("levels") else LevelTable(),
        bonuses=_bonuses(catalog.bonuses),
        activity_types=_by_key(
            (item.id, _activity_type(item, metrics, boosts, limits))
            for item in catalog.activity_types
        ),
        boards=boards,
        boards_on_xp=tuple(b for b in boards.values() if b.source is BoardSource.XP),
        boards_on_metric=_by_key(
            (metric, tuple(b for b in boards.values() if b.metric == metric))
            for metric in {b.metric for b in boards.values() if b.metric}
        ),
        boosts=boosts,
    )


def level_table(curve: pb.LevelCurve) -> LevelTable:
    """The levels of a curve whose numbers keep the schema's rules.

    Raises:
        ThresholdTooHigh: a level would begin past 2^53-1 XP.
        ValueError: the curve has no formula.
    """
    thresholds = curves.cumulate(_costs(curve))
    return LevelTable(
        thresholds=thresholds,
        soft_cap=curve.soft_cap,
        soft_cap_rate_bp=curve.soft_cap_rate_basis_points or BASIS_POINTS,
        rewards=_by_key(rewards_by_level(curve, len(thresholds)).items()),
        names=_by_key((item.level, item.name) for item in curve.names),
    )


def rewards_by_level(curve: pb.LevelCurve, hard_cap: int) -> dict[int, CurrencyAmounts]:
    """What reaching each level from 2 to `hard_cap` pays in all; each currency once."""
    totals: dict[int, dict[str, int]] = {}
    for reward in curve.rewards:
        every = reward.every_levels
        levels = range(every, hard_cap + 1, every) if every else (reward.level,)
        for level in levels:
            if 2 <= level <= hard_cap:
                total = totals.setdefault(level, {})
                for item in reward.currencies:
                    total[item.currency] = total.get(item.currency, 0) + item.amount
    return {level: tuple(total.items()) for level, total in totals.items()}


def duration_us(duration: Duration) -> int:
    """Microseconds, rounded down."""
    return duration.seconds * 1_000_000 + duration.nanos // 1_000


def _costs(curve: pb.LevelCurve) -> Iterable[int]:
    match curve.WhichOneof("formula"):
        case "exponential":
            return curves.exponential_costs(
                curve.exponential.base,
                curve.exponential.growth_basis_points,
                curve.hard_cap,
                curve.soft_cap,
                curve.growth_after_soft_cap_basis_points,
            )
        case "linear":
            return curves.linear_costs(curve.linear.base, curve.linear.step, curve.hard_cap)
        case "polynomial":
            return curves.polynomial_costs(
                curve.polynomial.base, curve.polynomial.degree, curve.hard_cap
            )
        case "table":
            return curves.table_costs(curve.table.thresholds)
        case formula:
            raise ValueError(f"no level curve: {formula}")


def _lateness(settings: pb.CatalogSettings) -> int:
    if not settings.HasField("lateness_max"):
        return LATENESS_DEFAULT_US
    return duration_us(settings.lateness_max)


def _currency(item: pb.CurrencyDefinition) -> Currency:
    return Currency(
        code=item.code,
        name=item.name,
        description=item.description,
        decimals=item.decimals,
        cap=item.cap or AMOUNT_MAX,
        premium=item.premium,
        giftable=item.giftable,
        icon=item.icon,
    )


def _metric(item: pb.MetricDefinition) -> Metric:
    return Metric(item.id, item.name, item.decimals, 10**item.decimals)


def _bonuses(item: pb.XpBonuses) -> Bonuses:
    return Bonuses(
        policy=BonusPolicy(item.policy or pb.BONUS_POLICY_PRODUCT),
        perfect_bp=item.perfect_basis_points or BASIS_POINTS,
        speed_bp=item.speed_basis_points or BASIS_POINTS,
        first_try_bp=item.first_try_basis_points or BASIS_POINTS,
        prestige_bp=item.prestige_basis_points,
    )


def _boost(item: pb.BoostDefinition) -> Boost:
    return Boost(
        id=item.id,
        name=item.name,
        source=f"boost:{item.id}",
        factor_bp=item.factor_basis_points,
        starts_us=_moment(item.starts_at),
        ends_us=_moment(item.ends_at),
    )


def _moment(text: str) -> int:
    moment = parse_moment(text)
    if moment is None:
        raise ValueError(f"{text} is no RFC 3339 moment")
    return moment


def _activity_type(
    item: pb.ActivityTypeDefinition,
    metrics: Mapping[str, Metric],
    boosts: tuple[Boost, ...],
    limits: Mapping[str, frozenset[str]],
) -> ActivityType:
    return ActivityType(
        id=item.id,
        name=item.name,
        description=item.description,
        rule=f"activity_type:{item.id}",
        base_xp=item.base_xp,
        xp_rates=tuple(
            XpRate(rate.metric, metrics[rate.metric].scale, rate.amount)
            for rate in item.xp_per_unit
        ),
        xp_range=_xp_range(item.xp_range) if item.HasField("xp_range") else None,
        currencies=_amounts(item.currencies),
        currency_rates=tuple(
            CurrencyRate(rate.metric, metrics[rate.metric].scale, rate.currency, rate.amount)
            for rate in item.currency_per_unit
        ),
        metrics=frozenset(item.metrics),
        counts=tuple((metric, metrics[metric].scale) for metric in item.counts),
        cooldown_us=duration_us(item.cooldown),
        daily_cap=item.daily_cap,
        daily_xp_cap=item.daily_xp_cap,
        client_reportable=item.client_reportable,
        boosts=tuple(b for b in boosts if not limits[b.id] or item.id in limits[b.id]),
    )


def _xp_range(item: pb.AmountRange) -> XpRange:
    return XpRange(item.min, item.max, item.context_key, _by_key(item.by_context.items()))


def _amounts(items: Iterable[CurrencyAmount]) -> CurrencyAmounts:
    return tuple((item.currency, item.amount) for item in items)


def _board(item: pb.LeaderboardDefinition) -> Board:
    order = BoardOrder(item.order or BoardOrder.DESCENDING.value)
    zone_name = item.time_zone or "UTC"
    return Board(
        id=item.id,
        name=item.name,
        description=item.description,
        source=BoardSource(item.source),
        metric=item.metric,
        weekly=item.period == LEADERBOARD_PERIOD_WEEKLY,
        aggregation=Aggregation(item.aggregation or Aggregation.SUM.value),
        order=order,
        descending=order is BoardOrder.DESCENDING,
        zone=ZoneInfo(zone_name),
        zone_name=zone_name,
    )


_K = TypeVar("_K", str, int)


def _by_key(items: Iterable[tuple[_K, _V]]) -> Mapping[_K, _V]:
    return MappingProxyType(dict(sorted(items, key=lambda item: item[0])))
