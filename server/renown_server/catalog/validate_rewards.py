"""What can be wrong with what definitions give: items, draws, multipliers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from renown.v1.reward_pb2 import ItemAmount, LootRoll, Reward
from renown_server.catalog.fields import duration_us
from renown_server.catalog.limits import INSTANCES_MAX, MULTIPLIER_MAX_US, MULTIPLIER_MIN_US
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.validate_basics import (
    Known,
    check_amounts,
    check_names,
    check_reference,
    repeated,
)


def check_items(path: Path, items: Iterable[ItemAmount], known: Known) -> Iterator[Finding]:
    """Finds unknown items, those given twice in one list, and instances that are too many."""
    items = list(items)
    names = [item.item_id for item in items]
    yield from check_listed(path, "item_id", "items", names, known.items)
    instances = 0
    for index, item in enumerate(items):
        if item.item_id not in known.instanced:
            continue
        instances += item.quantity
        if instances > INSTANCES_MAX:
            yield Finding(
                (*path, index, "quantity"),
                f"makes {instances} instances",
                f"give at most {INSTANCES_MAX} at once, or an item without `unique` and `uses`",
            )
            return


def check_loot(path: Path, rolls: Iterable[LootRoll], known: Known) -> Iterator[Finding]:
    """Finds unknown loot tables, and those given twice in one list."""
    names = [roll.table_id for roll in rolls]
    yield from check_listed(path, "table_id", "loot_tables", names, known.loot_tables)


def check_honors(
    path: Path, badges: Iterable[str], titles: Iterable[str], known: Known
) -> Iterator[Finding]:
    """Finds unknown badges and titles."""
    yield from check_names((*path, "badges"), "badges", badges, known.badges)
    yield from check_names((*path, "titles"), "titles", titles, known.titles)


def check_reward(path: Path, reward: Reward, known: Known) -> Iterator[Finding]:
    """Checks everything that a reward gives."""
    yield from check_amounts((*path, "currencies"), reward.currencies, known)
    yield from check_items((*path, "items"), reward.items, known)
    yield from check_loot((*path, "loot"), reward.loot, known)
    for index, item in enumerate(reward.multipliers):
        length_us = duration_us(item.duration)
        if item.HasField("duration") and not MULTIPLIER_MIN_US <= length_us <= MULTIPLIER_MAX_US:
            yield Finding(
                (*path, "multipliers", index, "duration"),
                "is out of range",
                "use a duration between 1s and 366d",
            )
    yield from check_honors(path, reward.badges, reward.titles, known)
    yield from check_names(
        (*path, "achievements"), "achievements", reward.achievements, known.achievements
    )
    yield from _check_unlocks((*path, "unlock_quests"), reward.unlock_quests, known)


def _check_unlocks(path: Path, quests: Sequence[str], known: Known) -> Iterator[Finding]:
    yield from check_names(path, "quests", quests, known.quests)
    for index, name in enumerate(quests):
        if name in known.quests and name not in known.locked_quests:
            yield Finding(
                (*path, index),
                f"`{name}` is open to everybody",
                "write `requirements: {locked: true}` there, or remove it here",
            )


def check_listed(
    path: Path, key: str, kind: str, names: list[str], known: frozenset[str]
) -> Iterator[Finding]:
    """Finds unknown names of a list of amounts or draws, and those given twice."""
    for index, name in enumerate(names):
        yield from check_reference((*path, index, key), kind, name, known)
    mend = "add the quantities up" if key == "item_id" else "add the rolls up"
    for index, _ in repeated(names):
        yield Finding((*path, index, key), f"`{names[index]}` is given twice", mend)
