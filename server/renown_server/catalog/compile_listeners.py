"""Who looks when something happens, so that an activity asks only those whom it can move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from renown_server.catalog.achievements import Achievement
from renown_server.catalog.availability import Status
from renown_server.catalog.badges import Badge, BadgeMethod
from renown_server.catalog.criteria import ANY_ACTIVITY, Condition, Criteria, Stat, Subject
from renown_server.catalog.fields import by_key
from renown_server.catalog.progression import WATCH_ALL, Listeners, Progression, Watched
from renown_server.catalog.quests import Quest
from renown_server.catalog.snapshot import ActivityType
from renown_server.catalog.streaks import Streak

Key: TypeAlias = tuple[int, str]

_LEVEL: Key = (Watched.LEVEL, "")

_SUBJECTS = {
    Subject.METRIC: Watched.METRIC,
    Subject.ACTIVITY: Watched.ACTIVITY,
    Subject.STREAK: Watched.STREAK,
    Subject.ITEM: Watched.ITEM,
    Subject.CURRENCY: Watched.CURRENCY,
    Subject.ACHIEVEMENT: Watched.ACHIEVEMENT,
    Subject.BADGE: Watched.BADGE,
    Subject.QUEST: Watched.QUEST,
}

_STATS: Mapping[Stat, Key] = {
    Stat.LEVEL: _LEVEL,
    Stat.PRESTIGE: (Watched.PRESTIGE, ""),
    Stat.LIFETIME_XP: (Watched.XP, ""),
    Stat.ACHIEVEMENTS: (Watched.ACHIEVEMENT, WATCH_ALL),
    Stat.ACHIEVEMENT_POINTS: (Watched.ACHIEVEMENT, WATCH_ALL),
    Stat.BADGES: (Watched.BADGE, WATCH_ALL),
    Stat.QUESTS: (Watched.QUEST, WATCH_ALL),
}


def listeners(
    achievements: Mapping[str, Achievement],
    badges: Mapping[str, Badge],
    quests: Mapping[str, Quest],
    streaks: Mapping[str, Streak],
    activity_types: Mapping[str, ActivityType],
) -> Listeners:
    """The index of all definitions that can be earned, in the order of their ids."""
    return Listeners(
        achievements=_index(
            (item.id, key)
            for item in achievements.values()
            if item.status is Status.ACTIVE
            for key in _of_achievement(item)
        ),
        badges=_index(
            (item.id, key)
            for item in badges.values()
            if item.status is Status.ACTIVE
            for key in _of_badge(item)
        ),
        quests=_index(
            (item.id, key)
            for item in quests.values()
            if item.status is Status.ACTIVE and item.auto_start
            for key in _of_quest(item)
        ),
        streaks=by_key((kind, found) for kind in activity_types if (found := _of(kind, streaks))),
    )


def listened(
    progression: Progression, activity_types: Mapping[str, ActivityType]
) -> frozenset[Key]:
    """All signals that some definition reacts to; see `CatalogSnapshot.listens`.

    An activity counts if a metric that its type may move is watched. Quests that are under way can
    watch whatever their objectives do, so every quest counts that can be. Streaks don't: they are
    not told by signals.
    """
    index = progression.listeners
    keys = {*index.achievements, *index.badges, *index.quests}
    for quest in progression.quests.values():
        if quest.status is Status.ACTIVE:
            keys.update(_of_quest(quest))
    for badge in progression.badges.values():
        # Collections may be completed by badges that can't be earned any more.
        if badge.collection:
            keys.add((Watched.BADGE, badge.id))
    for _, achievements in progression.level_achievements:
        keys.update((int(Watched.ACHIEVEMENT), name) for name in achievements)
    metrics = {name for kind, name in keys if kind == Watched.METRIC}
    keys = {key for key in keys if key[0] != Watched.METRIC}
    for kind in activity_types.values():
        if not metrics.isdisjoint(kind.moves):
            keys.add((Watched.ACTIVITY, kind.id))
    return frozenset((int(kind), name) for kind, name in keys)


def watched(criteria: Criteria) -> Iterator[Key]:
    """What can move criteria."""
    return map(_of_condition, criteria.conditions)


def _of_condition(item: Condition) -> Key:
    if item.stat is not None:
        return _STATS[item.stat]
    return _SUBJECTS[item.subject], item.key


def _of_achievement(item: Achievement) -> Iterator[Key]:
    yield from watched(item.criteria)
    if item.min_level:
        yield _LEVEL
    for name in item.prerequisites:
        yield Watched.ACHIEVEMENT, name


def _of_badge(item: Badge) -> Iterator[Key]:
    match item.method:
        case BadgeMethod.ACHIEVEMENT if item.achievement:
            yield Watched.ACHIEVEMENT, item.achievement
        case BadgeMethod.EVENT | BadgeMethod.RANDOM:
            for name in item.activity_types or (ANY_ACTIVITY,):
                yield Watched.ACTIVITY, name
        case BadgeMethod.MILESTONE | BadgeMethod.CHALLENGE:
            if item.min_level:
                yield _LEVEL
            for name in item.quests:
                yield Watched.QUEST, name
        case BadgeMethod.COLLECTION:
            for needed in item.items_needed:
                yield Watched.ITEM, needed.item
            for name in item.badges_needed:
                yield Watched.BADGE, name


def _of_quest(item: Quest) -> Iterator[Key]:
    for objective in item.objectives:
        yield from watched(objective.criteria)


def _of(kind: str, streaks: Mapping[str, Streak]) -> tuple[str, ...]:
    """The streaks that activities of a type count for."""
    return tuple(
        item.id
        for item in streaks.values()
        if not item.activity_types or kind in item.activity_types
    )


def _index(pairs: Iterable[tuple[str, Key]]) -> Mapping[Key, tuple[str, ...]]:
    """Ids by key, each once and in the order they come."""
    found: dict[Key, dict[str, None]] = {}
    for name, (kind, key) in pairs:
        found.setdefault((int(kind), key), {})[name] = None
    return by_key((key, tuple(names)) for key, names in found.items())
