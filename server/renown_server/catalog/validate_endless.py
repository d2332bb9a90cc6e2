"""What is earned again and again, and pays for the next time by itself: nothing would end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log
from typing import NamedTuple

from renown.v1 import progression_pb2 as pb
from renown.v1.catalog_pb2 import Catalog
from renown.v1.reward_pb2 import Reward
from renown_server.catalog.compile_quests import is_daily, is_weekly
from renown_server.catalog.problems import Finding, Path

_ROUNDING = 1e-9
"""More than what logarithms of a way that gives just what it takes may be off by."""

_XP = "xp"

_SUMS = (pb.REQUIREMENT_TYPE_UNSPECIFIED, pb.REQUIREMENT_TYPE_COUNTER)
_SUM_OBJECTIVES = (
    pb.OBJECTIVE_TYPE_UNSPECIFIED,
    pb.OBJECTIVE_TYPE_COMPLETE,
    pb.OBJECTIVE_TYPE_COLLECT,
)


class _Way(NamedTuple):
    """What comes in, what goes out by it, and the logarithm of how much more that is."""

    source: str
    target: str
    gain: float
    path: Path


def check_endless(catalog: Catalog) -> Iterator[Finding]:
    """Finds money and items that pay for more of themselves, by way of others as well.

    What gives back less than it asks for ends by itself.
    """
    ways = [*_of_achievements(catalog.achievements), *_of_quests(catalog.quests)]
    cycle = _cycle(ways)
    if cycle:
        names = [*(way.source for way in cycle), cycle[0].source]
        yield Finding(
            cycle[0].path,
            f"pays for itself without end: {' → '.join(names)}",
            "give less of it than is asked for, or remove `repeatable`",
        )


def _of_achievements(items: Iterable[pb.AchievementDefinition]) -> Iterator[_Way]:
    for index, item in enumerate(items):
        asked = item.requirements
        alone = len(asked.conditions) == 1 or asked.logic == pb.LOGIC_ANY
        if not item.repeatable or item.tiers or asked.type not in _SUMS or not alone:
            continue
        given = [item.rewards, *(each.reward for each in item.milestones)]
        yield from _ways(asked.conditions, given, ("achievements", index))


def _of_quests(items: Iterable[pb.QuestDefinition]) -> Iterator[_Way]:
    for index, item in enumerate(items):
        by_itself = item.auto_start and item.auto_claim and item.repeatable
        if not by_itself or is_daily(item) or is_weekly(item):
            continue
        needed = [each for each in item.objectives if not each.optional]
        if len(needed) != 1:
            continue
        targets, paid = needed[0].targets, item.rewards
        # What is reached stays so: each time that more comes in it is done again.
        stands = needed[0].type == pb.OBJECTIVE_TYPE_REACH
        if not stands and (needed[0].type not in _SUM_OBJECTIVES or len(targets) != 1):
            continue
        given = [paid.repeat if paid.HasField("repeat") else paid.guaranteed]
        given += [each.reward for each in needed[0].checkpoints]
        yield from _ways(targets, given, ("quests", index), stands=stands)


def _ways(
    asked: Iterable[pb.Condition], rewards: Iterable[Reward], path: Path, *, stands: bool = False
) -> Iterator[_Way]:
    given: dict[str, int] = {}
    for reward in rewards:
        given[_XP] = given.get(_XP, 0) + reward.xp
        for money in reward.currencies:
            name = f"currency {money.currency}"
            given[name] = given.get(name, 0) + money.amount
        for item in reward.items:
            name = f"item {item.item_id}"
            given[name] = given.get(name, 0) + item.quantity
    for condition in asked:
        source = _source(condition)
        for target, amount in given.items():
            if source and amount > 0:
                needed = 1 if stands else max(1, condition.value)
                yield _Way(source, target, log(amount) - log(needed) + _ROUNDING, path)


def _source(condition: pb.Condition) -> str:
    of = str(condition.WhichOneof("of"))
    if of in ("currency", "item"):
        return f"{of} {getattr(condition, of)}"
    return _XP if condition.stat == pb.STAT_LIFETIME_XP else ""


def _cycle(ways: list[_Way]) -> list[_Way]:
    """A way round that gives at least what it takes; empty if there is none (Bellman-Ford)."""
    best = dict.fromkeys([name for way in ways for name in (way.source, way.target)], 0.0)
    came: dict[str, _Way] = {}
    last = ""
    for _ in best:
        last = ""
        for way in ways:
            reached = best[way.source] + way.gain
            if reached > best[way.target] + _ROUNDING / 2:
                best[way.target], came[way.target], last = reached, way, way.target
        if not last:
            return []
    if not last:
        return []
    # So many steps back lie on the cycle itself.
    for _ in best:
        last = came[last].source
    found, name = [came[last]], came[last].source
    while name != last:
        found.insert(0, came[name])
        name = came[name].source
    return found
