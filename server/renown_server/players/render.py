"""What commands of players did, and what acts on players: domain → messages."""

from __future__ import annotations

from renown.v1 import inventory_service_pb2, progression_pb2
from renown.v1 import player_profile_service_pb2 as pb
from renown_server.badges.bonuses import active
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.progression import Title
from renown_server.catalog.snapshot import Boost, CatalogSnapshot
from renown_server.engine.command import Recorded
from renown_server.engine.facts import (
    CurrencyChanged,
    ItemChanged,
    MultiplierGranted,
)
from renown_server.events import goods
from renown_server.inventory.render import fill_rewards
from renown_server.players.prestige import SINK_PRESTIGE, Started
from renown_server.players.standing import PlayerStanding
from renown_server.profile import render
from renown_server.profile.days import day_of
from renown_server.profile.multipliers import acting_of
from renown_server.progress import streak_days
from renown_server.streaks.standing import factor_of
from renown_server.wire.timestamps import set_timestamp

XP = "xp"


def fill_prestige(response: pb.PrestigeResponse, done: Recorded) -> None:
    """Says what a prestige took, and what it gave."""
    started = done.result_as(Started)
    response.prestige = started.prestige
    response.boost_basis_points = started.boost_bp
    response.level_before = started.level_before
    response.xp_before = started.xp_before
    response.resets.extend(
        [progression_pb2.PrestigeReset.ValueType(each) for each in started.resets]
    )
    response.reset_achievements.extend(started.achievements)
    given = []
    for fact in done.facts:
        if isinstance(fact, CurrencyChanged) and fact.counter_account == SINK_PRESTIGE:
            goods.fill_currency_change(response.currencies.add(), fact)
        elif isinstance(fact, ItemChanged) and fact.counter_account == SINK_PRESTIGE:
            goods.fill_item_change(response.items.add(), fact)
        elif not (isinstance(fact, MultiplierGranted) and fact.added_us < 0):
            given.append(fact)
    if started.stands is not None:
        response.experience.CopyFrom(render.level_message(started.stands))
    fill_rewards(response.effects, given, done)


def granted(done: Recorded) -> inventory_service_pb2.MultiplierGrant:
    """The multiplier that a command granted: what others it ended is told before."""
    *_, last = [fact for fact in done.facts if isinstance(fact, MultiplierGranted)]
    return goods.multiplier(last)


def fill_multipliers(
    response: pb.ListMultipliersResponse,
    standing: PlayerStanding,
    catalog: CatalogSnapshot,
    now_us: int,
) -> None:
    """Lists all that raises what a player earns at a moment."""
    for each in acting_of(standing.player.multipliers, now_us):
        message = _multiplier(response, each.source, pb.MULTIPLIER_KIND_GRANT, each.factor_bp)
        message.name = _item_name(catalog, each.source)
        set_timestamp(message.starts_at, each.starts_us)
        set_timestamp(message.ends_at, each.ends_us)
    for boost in catalog.boosts:
        if boost.starts_us <= now_us < boost.ends_us:
            _add_boost(response, boost, catalog)
    raised_bp = standing.player.prestige * catalog.bonuses.prestige_bp
    if raised_bp:
        _multiplier(response, "prestige", pb.MULTIPLIER_KIND_PRESTIGE, BASIS_POINTS + raised_bp)
    _add_streaks(response, standing, catalog, now_us)
    _add_badges(response, standing, catalog)


def _multiplier(
    response: pb.ListMultipliersResponse,
    source: str,
    kind: pb.MultiplierKind.ValueType,
    factor_bp: int,
    stat: str = XP,
) -> pb.ActiveMultiplier:
    return response.multipliers.add(source=source, kind=kind, basis_points=factor_bp, stat=stat)


def _item_name(catalog: CatalogSnapshot, source: str) -> str:
    kind, _, name = source.partition(":")
    item = catalog.items.get(name) if kind == "item" else None
    return "" if item is None else item.name


def _add_boost(
    response: pb.ListMultipliersResponse, boost: Boost, catalog: CatalogSnapshot
) -> None:
    acts_on = [
        kind.id
        for kind in catalog.activity_types.values()
        if any(each.id == boost.id for each in kind.boosts)
    ]
    message = _multiplier(response, boost.source, pb.MULTIPLIER_KIND_BOOST, boost.factor_bp)
    message.name = boost.name
    if len(acts_on) < len(catalog.activity_types):
        message.activity_types.extend(acts_on)
    set_timestamp(message.starts_at, boost.starts_us)
    set_timestamp(message.ends_at, boost.ends_us)


def _add_streaks(
    response: pb.ListMultipliersResponse,
    standing: PlayerStanding,
    catalog: CatalogSnapshot,
    now_us: int,
) -> None:
    """What each streak does while it goes on; an activity has the best of those it counts for."""
    player, states = standing.player, standing.progress.streaks
    for streak in catalog.progression.streaks.values():
        state = states.get(streak.id)
        if state is None or not streak.bonus_bp_per_day:
            continue
        days, _ = streak_days.current(state, day_of(player, now_us), player.time_zone)
        factor_bp = factor_of(streak, days)
        if factor_bp > BASIS_POINTS:
            message = _multiplier(response, streak.rule, pb.MULTIPLIER_KIND_STREAK, factor_bp)
            message.name = streak.name
            message.activity_types.extend(sorted(streak.activity_types))


def _add_badges(
    response: pb.ListMultipliersResponse, standing: PlayerStanding, catalog: CatalogSnapshot
) -> None:
    badges = catalog.progression.badges
    for bonus in active(badges, standing.earned):
        message = _multiplier(
            response,
            bonus.source,
            pb.MULTIPLIER_KIND_BADGE,
            BASIS_POINTS + bonus.percent_bp,
            bonus.stat,
        )
        message.name = badges[bonus.source.partition(":")[2]].name
        message.flat_amount = bonus.flat


def title(title_id: str, definition: Title | None) -> progression_pb2.TitleDefinition:
    """What the catalog says of a title; only its id if it has dropped it."""
    if definition is None:
        return progression_pb2.TitleDefinition(id=title_id)
    return progression_pb2.TitleDefinition(
        id=title_id,
        name=definition.name,
        description=definition.description,
        rarity=inventory_service_pb2.Rarity.ValueType(definition.rarity),
        secret=definition.secret,
    )
