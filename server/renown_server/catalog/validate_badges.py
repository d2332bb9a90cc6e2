"""What can be wrong with badges, their collections and categories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from renown.v1 import progression_pb2 as pb
from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.problems import Finding, Path, nearest
from renown_server.catalog.validate_basics import (
    Known,
    check_amounts,
    check_level,
    check_names,
    check_reference,
    check_window,
)
from renown_server.catalog.validate_rewards import check_items, check_reward

_XP = "xp"
_WITH_ACTIVITIES = (pb.BADGE_METHOD_EVENT, pb.BADGE_METHOD_RANDOM)


def check_badges(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks how each badge is obtained, what it does and what it can become."""
    for index, item in enumerate(catalog.badges):
        path = ("badges", index)
        at = (*path, "collection")
        yield from check_reference(
            at, "badge_collections", item.collection, known.badge_collections
        )
        if known.badge_categories:
            yield from check_reference(
                (*path, "category"), "badge_categories", item.category, known.badge_categories
            )
        yield from _check_names((*path, "acquisition"), item, known)
        yield from _check_method((*path, "acquisition"), item.acquisition, known)
        yield from _check_bonuses(path, item, known)
        if item.HasField("evolution"):
            yield from _check_evolution((*path, "evolution"), item, known)


def check_badge_collections(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks that each collection has badges, and what it pays."""
    members = Counter(item.collection for item in catalog.badges)
    for index, item in enumerate(catalog.badge_collections):
        path = ("badge_collections", index)
        yield from check_reward((*path, "reward"), item.reward, known)
        if not members[item.id]:
            yield Finding(
                path, "has no badges", f"write `collection: {item.id}` in some, or remove it"
            )


def _check_names(path: Path, item: pb.BadgeDefinition, known: Known) -> Iterator[Finding]:
    how = item.acquisition
    yield from check_reference(
        (*path, "achievement"), "achievements", how.achievement, known.achievements
    )
    yield from check_level((*path, "level"), how.level, known)
    yield from check_names((*path, "quests"), "quests", how.quests, known.quests)
    yield from check_items((*path, "items_needed"), how.items_needed, known)
    yield from check_names((*path, "badges_needed"), "badges", how.badges_needed, known.badges)
    for index, name in enumerate(how.badges_needed):
        if name and name == item.id:
            yield Finding((*path, "badges_needed", index), "would wait for itself", "remove it")
    yield from check_amounts((*path, "cost"), how.cost, known)
    yield from check_names(
        (*path, "activity_types"), "activity_types", how.activity_types, known.activity_types
    )
    starts, ends = ("available_from", how.available_from), ("available_until", how.available_until)
    yield from check_window(path, starts, ends)


def _check_method(path: Path, how: pb.BadgeAcquisition, known: Known) -> Iterator[Finding]:
    match how.method:
        case pb.BADGE_METHOD_PURCHASE if not how.cost:
            yield Finding(
                (*path, "cost"), "is missing", "say what it costs: `[{currency: …, amount: 1}]`"
            )
        case pb.BADGE_METHOD_EVENT if not how.activity_types:
            yield Finding(
                (*path, "activity_types"), "is missing", "name the event's activity types"
            )
        case pb.BADGE_METHOD_GIFT if not how.giftable:
            yield Finding(
                (*path, "giftable"), "is false: nobody could give it", "set `giftable: true`"
            )
        case pb.BADGE_METHOD_MILESTONE if not how.level and not how.quests:
            yield Finding(path, "a milestone needs level or quests", "set one of them")
        case pb.BADGE_METHOD_COLLECTION if not how.items_needed and not how.badges_needed:
            yield Finding(
                path, "a collection needs items_needed or badges_needed", "set one of them"
            )
        case pb.BADGE_METHOD_CHALLENGE:
            yield from _check_challenge((*path, "quests"), how, known)
        case pb.BADGE_METHOD_RANDOM if not how.drop_rate_ppm:
            yield Finding(
                (*path, "drop_rate_ppm"), "is missing", "say how likely it drops: 10000 is 1 %"
            )
    extras = {
        "achievement": (
            how.achievement,
            how.method in (pb.BADGE_METHOD_UNSPECIFIED, pb.BADGE_METHOD_ACHIEVEMENT),
            "achievement",
        ),
        "cost": (how.cost, how.method == pb.BADGE_METHOD_PURCHASE, "purchase"),
        "drop_rate_ppm": (how.drop_rate_ppm, how.method == pb.BADGE_METHOD_RANDOM, "random"),
        "activity_types": (how.activity_types, how.method in _WITH_ACTIVITIES, "event` or `random"),
    }
    for name, (given, acts, method) in extras.items():
        if given and not acts:
            yield Finding(
                (*path, name),
                f"has no effect without `method: {method}`",
                "remove it, or change the method",
            )


def _check_challenge(path: Path, how: pb.BadgeAcquisition, known: Known) -> Iterator[Finding]:
    if not how.quests:
        yield Finding(path, "is missing", "name the challenges it comes with")
    for index, name in enumerate(how.quests):
        quest = known.quests.get(name)
        if quest is not None and quest.type != pb.QUEST_TYPE_CHALLENGE:
            yield Finding(
                (*path, index),
                f"`{name}` is no challenge",
                "write `type: challenge` there, or use `method: milestone`",
            )


def _check_bonuses(path: Path, item: pb.BadgeDefinition, known: Known) -> Iterator[Finding]:
    yield from _check_stats((*path, "bonuses"), item.bonuses, known)
    at = (*path, "set_bonus")
    if item.HasField("set_bonus"):
        required = item.set_bonus.required_badges
        yield from check_names((*at, "required_badges"), "badges", required, known.badges)
        yield from _check_stats((*at, "bonuses"), item.set_bonus.bonuses, known)
    if item.stacks and item.acquisition.max_per_player <= 1:
        yield Finding(
            (*path, "stacks"),
            "has no effect on a badge of which a player owns one",
            "raise max_per_player, or remove it",
        )
    elif item.stacks and not item.bonuses and not item.HasField("set_bonus"):
        yield Finding((*path, "stacks"), "there is no bonus", "add bonuses, or remove it")


def _check_stats(path: Path, bonuses: Iterable[pb.BadgeBonus], known: Known) -> Iterator[Finding]:
    for index, each in enumerate(bonuses):
        if each.stat and each.stat != _XP and each.stat not in known.currencies:
            meant = nearest(each.stat, [_XP, *known.currencies])
            yield Finding(
                (*path, index, "stat"),
                f"`{each.stat}` is neither xp nor a currency",
                f"did you mean {meant}?" if meant else "use xp, or a currency's code",
            )


def _check_evolution(path: Path, item: pb.BadgeDefinition, known: Known) -> Iterator[Finding]:
    becomes, most = item.evolution, item.acquisition.max_per_player or 1
    yield from check_reference((*path, "next_badge"), "badges", becomes.next_badge, known.badges)
    if becomes.quantity > most:
        yield Finding(
            (*path, "quantity"),
            f"takes {becomes.quantity}, but a player owns at most {most}",
            "lower it, or raise max_per_player",
        )
    yield from check_level((*path, "level"), becomes.level, known)
    asked = (*path, "achievements")
    yield from check_names(asked, "achievements", becomes.achievements, known.achievements)
    yield from check_items((*path, "items"), becomes.items, known)
    yield from check_amounts((*path, "cost"), becomes.cost, known)
