"""A validated `renown.v1.Catalog` as a snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from renown.v1 import catalog_pb2 as pb
from renown.v1.leaderboard_service_pb2 import LEADERBOARD_PERIOD_WEEKLY
from renown_server.catalog import compile_goods as goods
from renown_server.catalog import compile_offers as sales
from renown_server.catalog.compile_levels import level_table
from renown_server.catalog.compile_listeners import listened
from renown_server.catalog.compile_progression import progression
from renown_server.catalog.fields import amounts, by_key, duration_us, moment_us
from renown_server.catalog.item_sources import item_sources
from renown_server.catalog.levels import LevelTable
from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS, LATENESS_DEFAULT_US
from renown_server.catalog.progression import Watched
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
    CurrencyOverflow,
    CurrencyRate,
    Metric,
    MetricAggregation,
    XpRange,
    XpRate,
)


def compile_catalog(catalog: pb.Catalog, version: int) -> CatalogSnapshot:
    """Compiles a catalog that `validate` finds nothing wrong with.

    Raises:
        ValueError: it was not validated.
    """
    metrics = by_key((item.id, _metric(item)) for item in catalog.metrics)
    boosts = tuple(sorted(map(_boost, catalog.boosts), key=lambda boost: boost.id))
    limits = {item.id: frozenset(item.activity_types) for item in catalog.boosts}
    activity_types = by_key(
        (item.id, _activity_type(item, metrics, boosts, limits)) for item in catalog.activity_types
    )
    levels = level_table(catalog.levels) if catalog.HasField("levels") else LevelTable()
    boards = by_key((item.id, _board(item)) for item in catalog.leaderboards)
    items = by_key((item.id, goods.item(item)) for item in catalog.items)
    loot_tables = by_key((item.id, goods.loot_table(item)) for item in catalog.loot_tables)
    offers = by_key((item.id, sales.offer(item)) for item in catalog.offers)
    achieved = progression(catalog, metrics, levels, activity_types)
    boards_on_currency = by_key(
        (code, tuple(b for b in boards.values() if b.currency == code))
        for code in {b.currency for b in boards.values() if b.currency}
    )
    return CatalogSnapshot(
        version=version,
        name=catalog.name,
        description=catalog.description,
        lateness_max_us=_lateness(catalog.settings),
        currencies=by_key((item.code, _currency(item)) for item in catalog.currencies),
        metrics=metrics,
        levels=levels,
        bonuses=_bonuses(catalog.bonuses),
        activity_types=activity_types,
        boards=boards,
        boards_on_xp=tuple(b for b in boards.values() if b.source is BoardSource.XP),
        boards_on_metric=by_key(
            (metric, tuple(b for b in boards.values() if b.metric == metric))
            for metric in {b.metric for b in boards.values() if b.metric}
        ),
        boosts=boosts,
        economy=goods.economy(catalog.settings.economy),
        items=items,
        loot_tables=loot_tables,
        offers=offers,
        offers_by_product=sales.offers_by_product(offers.values()),
        rotations=by_key((item.id, sales.rotation(item, offers)) for item in catalog.rotations),
        item_sources=item_sources(items, loot_tables, offers, levels, activity_types),
        progression=achieved,
        listens=listened(achieved, activity_types).union(
            (Watched.CURRENCY, code) for code in boards_on_currency
        ),
        boards_on_currency=boards_on_currency,
    )


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
        overflow=CurrencyOverflow(item.overflow or CurrencyOverflow.REFUSE.value),
        gift_daily_max=item.gift_daily_max,
        gift_receive_daily_max=item.gift_receive_daily_max,
        gift_fee_bp=item.gift_fee_basis_points,
    )


def _metric(item: pb.MetricDefinition) -> Metric:
    return Metric(
        id=item.id,
        name=item.name,
        decimals=item.decimals,
        scale=10**item.decimals,
        aggregation=MetricAggregation(item.aggregation or MetricAggregation.COUNTER.value),
        description=item.description,
    )


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
        starts_us=moment_us(item.starts_at),
        ends_us=moment_us(item.ends_at),
    )


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
        currencies=amounts(item.currencies),
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
        items=goods.item_amounts(item.items),
        loot=goods.loot_rolls(item.loot),
    )


def _xp_range(item: pb.AmountRange) -> XpRange:
    return XpRange(
        item.min,
        item.max,
        item.context_key,
        by_key(item.by_context.items()),
        item.currency,
    )


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
        currency=item.currency,
    )
