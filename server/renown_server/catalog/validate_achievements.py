"""What can be wrong with achievements."""

from __future__ import annotations

from collections.abc import Iterator

from renown.v1 import progression_pb2 as pb
from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.compile_criteria import requirement_type
from renown_server.catalog.criteria import RequirementType
from renown_server.catalog.fields import duration_us
from renown_server.catalog.limits import DISTINCT_VALUE_MAX, WITHIN_VALUE_MAX
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.times import parse_moment
from renown_server.catalog.validate_basics import (
    Known,
    check_level,
    check_names,
    check_reference,
    check_rising,
    check_window,
    repeated,
)
from renown_server.catalog.validate_conditions import check_scaled
from renown_server.catalog.validate_criteria import check_requirement
from renown_server.catalog.validate_rewards import check_reward


def check_achievements(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks what each achievement asks for, when, and what it gives on the way."""
    for index, item in enumerate(catalog.achievements):
        path = ("achievements", index)
        yield from check_requirement((*path, "requirements"), item.requirements, known)
        asked = (*path, "prerequisite_achievements")
        yield from check_names(
            asked, "achievements", item.prerequisite_achievements, known.achievements
        )
        yield from check_level((*path, "level_requirement"), item.level_requirement, known)
        yield from check_reward((*path, "rewards"), item.rewards, known)
        yield from _check_tiers(path, item, known)
        yield from _check_repeatable(path, item)
        yield from _check_milestones(path, item, known)
        yield from _check_times(path, item, known)
        for place, condition in enumerate(item.requirements.conditions):
            if condition.achievement and condition.achievement == item.id:
                yield Finding(
                    (*path, "requirements", "conditions", place, "achievement"),
                    "would wait for itself",
                    "name another achievement",
                )
    slugs = [item.slug or item.id for item in catalog.achievements]
    for index, other in repeated(slugs):
        if catalog.achievements[index].slug or catalog.achievements[other].slug:
            yield Finding(
                ("achievements", index, "slug"),
                f"`{slugs[index]}` leads to `{catalog.achievements[other].id}` already",
                "choose another slug",
            )


def _check_tiers(path: Path, item: pb.AchievementDefinition, known: Known) -> Iterator[Finding]:
    at, tiered = (*path, "tiers"), item.kind == pb.ACHIEVEMENT_KIND_TIERED
    if tiered and not item.tiers:
        yield Finding(at, "is missing", "list tiers: `[{tier: 1, requirement: 10}]`")
    elif item.tiers and not tiered:
        yield Finding(at, "has no effect without `kind: tiered`", "set it, or remove tiers")
    for key in ("tier", "requirement"):
        yield from check_rising(at, key, [getattr(each, key) for each in item.tiers])
    if not item.tiers or not item.requirements.conditions:
        return
    first, here = item.requirements.conditions[0], (*path, "requirements", "conditions", 0)
    top = item.tiers[-1].requirement
    if first.value not in (0, top):
        yield Finding(
            (*here, "value"), f"is {first.value}, but the last tier asks for {top}", "remove it"
        )
    if first.operator not in (pb.OPERATOR_UNSPECIFIED, pb.OPERATOR_AT_LEAST):
        yield Finding((*here, "operator"), "tiers rise: each asks for at least", "remove it")
    if 0 < len(first.among) < top:
        yield Finding(
            (*here, "among"),
            f"lists {len(first.among)} values, of which the last tier asks for {top}",
            "list more, or lower the tier",
        )
    yield from _check_remembered((*at, len(item.tiers) - 1, "requirement"), top, item)
    if first.metric and not first.distinct:
        for index, tier in enumerate(item.tiers):
            where = (*at, index, "requirement")
            yield from check_scaled(where, tier.requirement, first.metric, known)


def _check_repeatable(path: Path, item: pb.AchievementDefinition) -> Iterator[Finding]:
    """Finds what can't be done again: tiers that were reached, and what is looked at as it stands.

    A collection can be, of values that were counted; of what is owned or earned it can't.
    """
    asked = item.requirements
    if not item.repeatable or asked.type not in pb.RequirementType.values():
        return
    at, kind = (*path, "repeatable"), requirement_type(asked)
    owned = kind is RequirementType.COLLECTION and not any(
        condition.distinct for condition in asked.conditions
    )
    if item.kind == pb.ACHIEVEMENT_KIND_TIERED:
        yield Finding(at, "has no effect with `kind: tiered`", "remove it, or change the kind")
    elif owned or kind in (RequirementType.THRESHOLD, RequirementType.STREAK):
        yield Finding(
            at,
            f"has no effect on a {kind.name.lower()}: it is looked at as it stands",
            "remove it, or change the type of the requirement",
        )


def _check_remembered(path: Path, top: int, item: pb.AchievementDefinition) -> Iterator[Finding]:
    """Finds a last tier that asks for more than is kept one by one."""
    asked = item.requirements
    within = asked.time_constraint.type == pb.TIME_CONSTRAINT_TYPE_WITHIN
    if within and top > WITHIN_VALUE_MAX:
        yield Finding(
            path,
            f"is {top}, more than is remembered one by one",
            f"ask for at most {WITHIN_VALUE_MAX}, or use a daily or weekly time_constraint",
        )
    elif asked.conditions[0].distinct and top > DISTINCT_VALUE_MAX:
        yield Finding(
            path,
            f"is {top}, more different values than are remembered",
            f"ask for at most {DISTINCT_VALUE_MAX}",
        )


def _check_milestones(
    path: Path, item: pb.AchievementDefinition, known: Known
) -> Iterator[Finding]:
    at = (*path, "milestones")
    if item.milestones and item.kind == pb.ACHIEVEMENT_KIND_INSTANT:
        yield Finding(at, "an instant achievement has no way", "remove it, or change the kind")
    yield from check_rising(at, "percentage", [each.percentage for each in item.milestones])
    for index, each in enumerate(item.milestones):
        yield from check_reward((*at, index, "reward"), each.reward, known)


def _check_times(path: Path, item: pb.AchievementDefinition, known: Known) -> Iterator[Finding]:
    if duration_us(item.estimated_time) < 0:
        yield Finding((*path, "estimated_time"), "is negative", "remove it")
    starts, ends = item.available_from, item.available_until
    yield from check_window(path, ("available_from", starts), ("available_until", ends))
    at = (*path, "season")
    yield from check_reference(at, "seasons", item.season, known.seasons)
    season = known.seasons.get(item.season)
    if season is None:
        return
    opens, closes = parse_moment(season.starts_at), parse_moment(season.ends_at)
    first, last = parse_moment(starts), parse_moment(ends)
    late = first is not None and closes is not None and first >= closes
    early = last is not None and opens is not None and last <= opens
    if late or early:
        when = "starts after it ends" if late else "ends before it starts"
        yield Finding(
            at,
            f"`{item.season}` is another time: what is available {when}",
            "change available_from and available_until, or remove them",
        )
