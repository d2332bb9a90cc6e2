"""Validated definitions of quests as parts of the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from renown.v1 import progression_pb2 as pb
from renown_server.catalog.availability import Status, Window
from renown_server.catalog.compile_criteria import objective_criteria, objective_type, unit_of_way
from renown_server.catalog.compile_goods import reward
from renown_server.catalog.fields import bound_us, duration_us
from renown_server.catalog.goods import Reward
from renown_server.catalog.quests import (
    BonusCondition,
    BonusKind,
    Objective,
    Quest,
    QuestItem,
    QuestType,
)
from renown_server.catalog.snapshot import Metric

_BONUSES = {
    None: BonusKind.ALWAYS,
    "all_optional": BonusKind.ALL_OPTIONAL,
    "objective": BonusKind.OBJECTIVE,
    "within": BonusKind.WITHIN,
    "perfect": BonusKind.PERFECT,
}


def chained(quests: Iterable[pb.QuestDefinition]) -> frozenset[str]:
    """The quests that completing another one unlocks."""
    return frozenset(name for item in quests for name in follow_ups(item))


def follow_ups(item: pb.QuestDefinition) -> list[str]:
    """The quests that completing one may unlock, its branches first."""
    after = [branch.quest for branch in item.chain.branches]
    return [*after, item.chain.next_quest] if item.chain.next_quest else after


def is_daily(item: pb.QuestDefinition) -> bool:
    """Whether it is done once a local day."""
    return item.type == pb.QUEST_TYPE_DAILY or item.requirements.daily_reset


def is_weekly(item: pb.QuestDefinition) -> bool:
    """Whether it is done once a local week."""
    return item.type == pb.QUEST_TYPE_WEEKLY or item.requirements.weekly_reset


def quest(item: pb.QuestDefinition, metrics: Mapping[str, Metric], unlocked: Set[str]) -> Quest:
    """A quest or a challenge; `unlocked` are those that others unlock.

    Raises:
        ValueError: it was not validated.
    """
    asked, paid, chain = item.requirements, item.rewards, item.chain
    daily, weekly = is_daily(item), is_weekly(item)
    return Quest(
        id=item.id,
        name=item.name,
        description=item.description,
        rule=f"quest:{item.id}",
        wire=item.SerializeToString(deterministic=True),
        type=QuestType(item.type or QuestType.SIDE.value),
        objectives=_objectives(item, metrics),
        category=item.category,
        tags=tuple(item.tags),
        min_level=asked.level,
        quests=tuple(asked.quests_completed),
        achievements=tuple(asked.achievements),
        items=tuple(QuestItem(each.item_id, each.quantity, each.consume) for each in asked.items),
        skills=tuple((each.skill, each.level * metrics[each.skill].scale) for each in asked.skills),
        window=_window(item),
        daily=daily,
        weekly=weekly,
        locked=asked.locked or item.id in unlocked,
        guaranteed=reward(paid.guaranteed),
        random=tuple((each.probability_ppm, reward(each.reward)) for each in paid.random),
        bonus=_bonuses(paid),
        first_completion=reward(paid.first_completion),
        repeat=reward(paid.repeat) if paid.HasField("repeat") else None,
        repeatable=item.repeatable or daily or weekly,
        auto_start=item.auto_start,
        auto_claim=item.auto_claim,
        time_limit_us=duration_us(item.time_limit),
        chain=chain.chain_id,
        position=chain.position,
        next_quest=chain.next_quest,
        branches=tuple((_bonus_condition(each.condition), each.quest) for each in chain.branches),
        points=item.points,
        priority=item.priority,
        status=Status(item.status or Status.ACTIVE.value),
    )


def _window(item: pb.QuestDefinition) -> Window:
    asked = item.requirements
    return Window(bound_us(asked.available_from), bound_us(asked.available_until)).within(
        Window(ends_us=bound_us(item.expires_at))
    )


def _objectives(item: pb.QuestDefinition, metrics: Mapping[str, Metric]) -> tuple[Objective, ...]:
    keys = {
        each.id: tuple(other.id for other in item.objectives if each.id in other.unlocks)
        for each in item.objectives
    }
    return tuple(_objective(each, metrics, keys[each.id]) for each in item.objectives)


def _objective(
    item: pb.ObjectiveDefinition, metrics: Mapping[str, Metric], unlocked_by: tuple[str, ...]
) -> Objective:
    scale = unit_of_way(item.targets, metrics)
    return Objective(
        id=item.id,
        type=objective_type(item),
        criteria=objective_criteria(item, metrics),
        checkpoints=tuple((each.value * scale, reward(each.reward)) for each in item.checkpoints),
        optional=item.optional,
        order=item.order,
        unlocked_by=unlocked_by,
        within_us=duration_us(item.within),
        hide_progress=item.hide_progress,
        progress_events=item.progress_events,
        description=item.description,
        unit=scale,
    )


def _bonuses(item: pb.QuestRewards) -> tuple[tuple[BonusCondition, Reward], ...]:
    return tuple((_bonus_condition(each.condition), reward(each.reward)) for each in item.bonus)


def _bonus_condition(item: pb.BonusCondition) -> BonusCondition:
    return BonusCondition(
        kind=_BONUSES[item.WhichOneof("of")],
        objective=item.objective,
        within_us=duration_us(item.within),
    )
