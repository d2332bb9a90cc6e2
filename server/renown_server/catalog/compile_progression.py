"""Validated definitions of what players achieve as a part of the snapshot."""

from __future__ import annotations

from collections.abc import Mapping

from renown.v1 import catalog_pb2, inventory_service_pb2
from renown.v1 import progression_pb2 as pb
from renown_server.catalog.achievements import Achievement, AchievementKind, Milestone, Tier
from renown_server.catalog.availability import ALWAYS, Status, Window
from renown_server.catalog.badges import BadgeCategory
from renown_server.catalog.compile_badges import badge, badge_collections
from renown_server.catalog.compile_criteria import criteria, unit
from renown_server.catalog.compile_goods import reward
from renown_server.catalog.compile_levels import level_achievements
from renown_server.catalog.compile_listeners import listeners
from renown_server.catalog.compile_quests import chained, quest
from renown_server.catalog.compile_streaks import streak
from renown_server.catalog.fields import bound_us, by_key, duration_us, moment_us
from renown_server.catalog.levels import LevelTable
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.progression import (
    BADGES_EQUIPPED_DEFAULT,
    BADGES_SHOWCASED_DEFAULT,
    DAY_US,
    PRESTIGE_DEFAULT_MAX,
    QUESTS_ACTIVE_DEFAULT,
    SHOWCASE_DEFAULT,
    Prestige,
    Progression,
    Reset,
    Season,
    Stacking,
    Title,
)
from renown_server.catalog.snapshot import ActivityType, Metric


def progression(
    catalog: catalog_pb2.Catalog,
    metrics: Mapping[str, Metric],
    levels: LevelTable,
    activity_types: Mapping[str, ActivityType],
) -> Progression:
    """Everything about what players achieve.

    Raises:
        ValueError: it was not validated.
    """
    settings = catalog.settings.progression
    seasons = by_key((item.id, _season(item)) for item in catalog.seasons)
    achievements = by_key(
        (item.id, _achievement(item, metrics, seasons)) for item in catalog.achievements
    )
    badges = by_key((item.id, badge(item)) for item in catalog.badges)
    streaks = by_key((item.id, streak(item)) for item in catalog.streaks)
    unlocked = chained(catalog.quests)
    quests = by_key((item.id, quest(item, metrics, unlocked)) for item in catalog.quests)
    return Progression(
        points_currency=settings.points_currency,
        badges_equipped_max=settings.badges_equipped_max or BADGES_EQUIPPED_DEFAULT,
        badges_showcased_max=settings.badges_showcased_max or BADGES_SHOWCASED_DEFAULT,
        achievements_showcased_max=settings.achievements_showcased_max or SHOWCASE_DEFAULT,
        quests_active_max=settings.quests_active_max or QUESTS_ACTIVE_DEFAULT,
        stacking=Stacking(settings.multiplier_stacking or Stacking.EXTEND.value),
        multiplier_max_bp=settings.multiplier_max_basis_points,
        zone_change_min_us=_zone_change(settings),
        achievements=achievements,
        badges=badges,
        collections=badge_collections(catalog.badge_collections, badges),
        categories=by_key((item.id, _category(item)) for item in catalog.badge_categories),
        streaks=streaks,
        quests=quests,
        titles=by_key((item.id, _title(item)) for item in catalog.titles),
        seasons=seasons,
        prestige=_prestige(catalog.prestige, levels) if catalog.HasField("prestige") else None,
        listeners=listeners(achievements, badges, quests, streaks, activity_types),
        level_achievements=level_achievements(catalog.levels),
    )


def _zone_change(settings: pb.ProgressionSettings) -> int:
    if not settings.HasField("time_zone_change_min"):
        return DAY_US
    return duration_us(settings.time_zone_change_min)


def _achievement(
    item: pb.AchievementDefinition, metrics: Mapping[str, Metric], seasons: Mapping[str, Season]
) -> Achievement:
    window = Window(bound_us(item.available_from), bound_us(item.available_until))
    if item.season:
        window = window.within(seasons[item.season].window)
    own_start = item.reset_on_prestige or window != ALWAYS or bool(item.platform)
    return Achievement(
        id=item.id,
        name=item.name,
        description=item.description,
        rule=f"achievement:{item.id}",
        wire=item.SerializeToString(deterministic=True),
        criteria=criteria(_asked(item), metrics, own_start=own_start),
        achievement_type=item.achievement_type,
        category=item.category,
        tags=tuple(item.tags),
        prerequisites=tuple(item.prerequisite_achievements),
        min_level=item.level_requirement,
        reward=reward(item.rewards),
        kind=AchievementKind(item.kind or AchievementKind.PROGRESSIVE.value),
        tiers=_tiers(item, metrics),
        milestones=tuple(
            Milestone(each.percentage, each.message, reward(each.reward))
            for each in item.milestones
        ),
        hide_progress=item.hide_progress,
        progress_events=item.progress_events,
        reset_on_prestige=item.reset_on_prestige,
        rarity=item.rarity or inventory_service_pb2.RARITY_COMMON,
        points=item.points,
        secret=item.secret,
        window=window,
        repeatable=item.repeatable,
        platform=item.platform,
        status=Status(item.status or Status.ACTIVE.value),
    )


def _asked(item: pb.AchievementDefinition) -> pb.Requirement:
    """The requirement; of a tiered achievement it asks for what the last tier does."""
    if not item.tiers:
        return item.requirements
    asked = pb.Requirement()
    asked.CopyFrom(item.requirements)
    asked.conditions[0].value = item.tiers[-1].requirement
    return asked


def _tiers(item: pb.AchievementDefinition, metrics: Mapping[str, Metric]) -> tuple[Tier, ...]:
    scale = unit(item.requirements.conditions[0], metrics)
    return tuple(
        Tier(
            tier=each.tier,
            name=each.name,
            value=each.requirement * scale,
            reward_bp=each.reward_basis_points or BASIS_POINTS,
        )
        for each in item.tiers
    )


def _category(item: pb.BadgeCategoryDefinition) -> BadgeCategory:
    return BadgeCategory(item.id, item.name, item.description)


def _title(item: pb.TitleDefinition) -> Title:
    return Title(
        id=item.id,
        name=item.name,
        description=item.description,
        rarity=item.rarity or inventory_service_pb2.RARITY_COMMON,
        secret=item.secret,
    )


def _season(item: pb.SeasonDefinition) -> Season:
    return Season(item.id, item.name, Window(moment_us(item.starts_at), moment_us(item.ends_at)))


def _prestige(item: pb.PrestigeDefinition, levels: LevelTable) -> Prestige:
    return Prestige(
        level=item.level or levels.hard_cap,
        max=item.max or PRESTIGE_DEFAULT_MAX,
        resets=frozenset(map(Reset, item.resets)),
        currencies=tuple(item.reset_currencies),
        items=tuple(item.reset_items),
        rewards=by_key((each.prestige, reward(each.reward)) for each in item.rewards),
    )
