"""What can be wrong with quests and the chains they form."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.message import Message

from renown.v1 import progression_pb2 as pb
from renown.v1.catalog_pb2 import Catalog
from renown.v1.reward_pb2 import Reward
from renown_server.catalog.compile_goods import reward
from renown_server.catalog.compile_quests import chained, follow_ups, is_daily, is_weekly
from renown_server.catalog.fields import duration_us
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.validate_basics import (
    Known,
    check_level,
    check_names,
    check_reference,
    check_span,
    check_window,
    repeated,
)
from renown_server.catalog.validate_conditions import check_scaled
from renown_server.catalog.validate_objectives import check_objectives, unknown_objective
from renown_server.catalog.validate_rewards import check_listed, check_reward


def check_quests(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks what each quest asks for, when, what it pays and what it leads to."""
    for index, item in enumerate(catalog.quests):
        path = ("quests", index)
        yield from check_objectives(path, item, known)
        yield from _check_requirements((*path, "requirements"), item, known)
        yield from _check_rewards((*path, "rewards"), item, known)
        yield from _check_chain((*path, "chain"), item, known)
        yield from _check_times(path, item)
    yield from _check_positions(catalog)
    yield from _check_locked(catalog)


def _check_requirements(path: Path, quest: pb.QuestDefinition, known: Known) -> Iterator[Finding]:
    item = quest.requirements
    yield from check_level((*path, "level"), item.level, known)
    yield from check_names(
        (*path, "quests_completed"), "quests", item.quests_completed, known.quests
    )
    asked = (*path, "achievements")
    yield from check_names(asked, "achievements", item.achievements, known.achievements)
    items = [each.item_id for each in item.items]
    yield from check_listed((*path, "items"), "item_id", "items", items, known.items)
    skills = [each.skill for each in item.skills]
    for index, each in enumerate(item.skills):
        at = (*path, "skills", index)
        yield from check_reference((*at, "skill"), "metrics", each.skill, known.metrics)
        yield from check_scaled((*at, "level"), each.level, each.skill, known)
    for index, _ in repeated(skills):
        yield Finding(
            (*path, "skills", index, "skill"), f"`{skills[index]}` is given twice", "keep one"
        )


def _check_rewards(path: Path, quest: pb.QuestDefinition, known: Known) -> Iterator[Finding]:
    item = quest.rewards
    for name in ("guaranteed", "first_completion", "repeat"):
        yield from check_reward((*path, name), getattr(item, name), known)
    again = quest.repeatable or is_daily(quest) or is_weekly(quest)
    if item.HasField("repeat") and not again:
        yield Finding(
            (*path, "repeat"), "it is done only once", "set `repeatable: true`, or remove it"
        )
    for index, chance in enumerate(item.random):
        at = (*path, "random", index)
        yield from _check_given(at, chance.reward, known)
    for index, bonus in enumerate(item.bonus):
        at = (*path, "bonus", index)
        yield from _check_given(at, bonus.reward, known)
        yield from _check_bonus((*at, "condition"), bonus.condition, quest)


def _check_given(path: Path, given: Reward, known: Known) -> Iterator[Finding]:
    yield from check_reward((*path, "reward"), given, known)
    if reward(given).is_empty:
        yield Finding(path, "gives nothing", "say what it gives: `reward: {xp: 10}`")


def _check_bonus(
    path: Path, item: pb.BonusCondition, quest: pb.QuestDefinition
) -> Iterator[Finding]:
    match item.WhichOneof("of"):
        case "objective":
            at = (*path, "objective")
            found = [each for each in quest.objectives if each.id == item.objective]
            if not found:
                yield unknown_objective(at, item.objective, quest)
            elif not found[0].optional:
                yield Finding(
                    at,
                    f"`{item.objective}` has to be done anyway",
                    "set `optional: true` there, or name an optional one",
                )
        case "all_optional":
            if not item.all_optional:
                yield Finding((*path, "all_optional"), "is false", "write true, or remove it")
            if not any(each.optional for each in quest.objectives):
                yield Finding(
                    (*path, "all_optional"),
                    "there is no optional objective",
                    "set `optional: true` in some, or remove it",
                )
        case "perfect" if not item.perfect:
            yield Finding((*path, "perfect"), "is false", "write true, or remove it")
        case "within":
            yield from check_span(path, "within", item)


def _check_chain(path: Path, quest: pb.QuestDefinition, known: Known) -> Iterator[Finding]:
    chain = quest.chain
    yield from check_reference((*path, "next_quest"), "quests", chain.next_quest, known.quests)
    for index, branch in enumerate(chain.branches):
        at = (*path, "branches", index)
        yield from check_reference((*at, "quest"), "quests", branch.quest, known.quests)
        if branch.HasField("condition"):
            yield from _check_bonus((*at, "condition"), branch.condition, quest)
        elif index < len(chain.branches) - 1 or chain.next_quest:
            yield Finding(
                at, "is always taken: what comes after it never is", "give it a condition"
            )


def _check_times(path: Path, quest: pb.QuestDefinition) -> Iterator[Finding]:
    asked, at = quest.requirements, (*path, "requirements")
    starts = ("available_from", asked.available_from)
    yield from check_window(at, starts, ("available_until", asked.available_until))
    # The window's start lies beside its end only for `requirements`: it is checked above.
    for finding in check_window(path, starts, ("expires_at", quest.expires_at)):
        if finding.path == (*path, "expires_at"):
            yield finding
    yield from check_span(path, "time_limit", quest)
    limit_us = duration_us(quest.time_limit)
    for index, item in enumerate(quest.objectives):
        if item.HasField("within") and 0 < limit_us < duration_us(item.within):
            yield Finding(
                (*path, "objectives", index, "within"),
                "is longer than the quest's time_limit",
                "shorten it, or remove it",
            )
    if is_daily(quest) and is_weekly(quest):
        yield Finding(
            path, "is both daily and weekly", "keep one of them: look at type, and requirements"
        )


def _check_positions(catalog: Catalog) -> Iterator[Finding]:
    places: dict[tuple[str, int], int] = {}
    together = [set(follow_ups(item)) for item in catalog.quests]
    for index, item in enumerate(catalog.quests):
        other = places.setdefault((item.chain.chain_id, item.chain.position), index)
        if other == index or not item.chain.position:
            continue
        # Branches of one quest stand side by side.
        both = {item.id, catalog.quests[other].id}
        if not any(both <= names for names in together):
            yield Finding(
                ("quests", index, "chain", "position"),
                f"is the place of `{catalog.quests[other].id}` already",
                "number the quests of a chain from 1; only branches of one quest share a place",
            )


def _check_locked(catalog: Catalog) -> Iterator[Finding]:
    if not any(item.requirements.locked for item in catalog.quests):
        return
    unlocked = {name for given in _rewards(catalog) for name in given.unlock_quests}
    unlocked |= chained(catalog.quests)
    for index, item in enumerate(catalog.quests):
        if item.requirements.locked and item.id not in unlocked:
            yield Finding(
                ("quests", index, "requirements", "locked"),
                "nothing unlocks it",
                "name it in unlock_quests of a reward, or as the next_quest of another quest",
            )


def _rewards(message: Message) -> Iterator[Reward]:
    """All rewards in a message."""
    if isinstance(message, Reward):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for each in value if field.is_repeated else (value,):
            yield from _rewards(each)
