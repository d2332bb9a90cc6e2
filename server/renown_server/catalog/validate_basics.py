"""What all definitions share: ids, references, settings, factors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from google.protobuf.message import Message

from renown.v1.catalog_pb2 import Catalog, CurrencyDefinition, MetricDefinition, XpBonuses
from renown.v1.common_pb2 import CurrencyAmount
from renown.v1.progression_pb2 import (
    AchievementDefinition,
    BadgeDefinition,
    QuestDefinition,
    SeasonDefinition,
)
from renown_server.catalog.compile_quests import chained
from renown_server.catalog.fields import duration_us
from renown_server.catalog.limits import (
    BASIS_POINTS,
    LATENESS_MAX_US,
    SPAN_MAX_US,
    SPAN_MIN_US,
)
from renown_server.catalog.problems import Finding, Path, nearest
from renown_server.catalog.times import parse_moment


@dataclass(frozen=True, slots=True)
class Known:
    """What definitions may refer to."""

    currencies: dict[str, CurrencyDefinition]
    metrics: dict[str, MetricDefinition]
    activity_types: frozenset[str]
    items: frozenset[str]
    instanced: frozenset[str]
    loot_tables: frozenset[str]
    rotations: frozenset[str]
    achievements: dict[str, AchievementDefinition]
    badges: dict[str, BadgeDefinition]
    badge_collections: frozenset[str]
    badge_categories: frozenset[str]
    streaks: frozenset[str]
    quests: dict[str, QuestDefinition]
    locked_quests: frozenset[str]
    titles: frozenset[str]
    seasons: dict[str, SeasonDefinition]
    level_max: int

    @classmethod
    def of(cls, catalog: Catalog) -> Known:
        """What a catalog defines."""
        return cls(
            currencies={item.code: item for item in catalog.currencies},
            metrics={item.id: item for item in catalog.metrics},
            activity_types=frozenset(item.id for item in catalog.activity_types),
            items=frozenset(item.id for item in catalog.items),
            # As the compiler says: each of them is a row of its own.
            instanced=frozenset(item.id for item in catalog.items if item.unique or item.uses > 1),
            loot_tables=frozenset(item.id for item in catalog.loot_tables),
            rotations=frozenset(item.id for item in catalog.rotations),
            achievements={item.id: item for item in catalog.achievements},
            badges={item.id: item for item in catalog.badges},
            badge_collections=frozenset(item.id for item in catalog.badge_collections),
            badge_categories=frozenset(item.id for item in catalog.badge_categories),
            streaks=frozenset(item.id for item in catalog.streaks),
            quests={item.id: item for item in catalog.quests},
            locked_quests=chained(catalog.quests).union(
                item.id for item in catalog.quests if item.requirements.locked
            ),
            titles=frozenset(item.id for item in catalog.titles),
            seasons={item.id: item for item in catalog.seasons},
            level_max=catalog.levels.hard_cap if catalog.HasField("levels") else 1,
        )


def check_reference(path: Path, kind: str, name: str, known: Collection[str]) -> Iterator[Finding]:
    """Finds a name that nothing is defined under. Empty names are the schema's business."""
    if name and name not in known:
        meant = nearest(name, known)
        mend = f"did you mean {meant}?" if meant else f"define it under {kind}, or use another"
        yield Finding(path, f"`{name}` is not defined under {kind}", mend)


def check_names(
    path: Path, kind: str, names: Iterable[str], known: Collection[str]
) -> Iterator[Finding]:
    """Finds names in a list that are empty, or that nothing is defined under."""
    for index, name in enumerate(names):
        if not name:
            yield Finding((*path, index), "is empty", f"name one of {kind}, or remove it")
        yield from check_reference((*path, index), kind, name, known)


def check_rising(path: Path, key: str, values: Sequence[int]) -> Iterator[Finding]:
    """Finds entries of a list whose `key` is not above the one before."""
    for index, (before, value) in enumerate(pairwise(values), start=1):
        if 0 < value <= before:
            yield Finding(
                (*path, index, key),
                f"is {value}, not above the {before} before it",
                "list them in rising order, each once",
            )


def check_amounts(path: Path, amounts: Iterable[CurrencyAmount], known: Known) -> Iterator[Finding]:
    """Finds unknown currencies, and those given twice in one list."""
    seen: set[str] = set()
    for index, item in enumerate(amounts):
        at = (*path, index, "currency")
        yield from check_reference(at, "currencies", item.currency, known.currencies)
        if item.currency in seen:
            yield Finding(at, f"`{item.currency}` is given twice", "add the amounts up")
        seen.add(item.currency)


def check_level(path: Path, level: int, known: Known) -> Iterator[Finding]:
    """Finds a level that nobody can reach."""
    if level > known.level_max > 0:
        mend = f"use at most {known.level_max} (hard_cap)" if known.level_max > 1 else "add levels"
        yield Finding(path, f"level {level} is never reached", mend)


def check_moment(path: Path, text: str) -> Iterator[Finding]:
    """Finds a text that is no moment. Empty ones are the schema's business."""
    if text and parse_moment(text) is None:
        yield Finding(
            path,
            f"`{text}` is no RFC 3339 moment",
            "write it like 2026-12-24T00:00:00Z or 2026-12-24T00:00:00+01:00",
        )


def check_window(path: Path, start: tuple[str, str], end: tuple[str, str]) -> Iterator[Finding]:
    """Finds bounds, given as (field, text), that are no moments, or leave nothing between them."""
    for name, text in (start, end):
        yield from check_moment((*path, name), text)
    starts, ends = parse_moment(start[1]), parse_moment(end[1])
    if starts is not None and ends is not None and starts >= ends:
        yield Finding((*path, end[0]), f"is not after {start[0]}", "let the window have a length")


def check_span(path: Path, field: str, holder: Message) -> Iterator[Finding]:
    """Finds a duration that is given and is none, or too long."""
    if not holder.HasField(field):
        return
    span_us = duration_us(getattr(holder, field))
    if not SPAN_MIN_US <= span_us <= SPAN_MAX_US:
        yield Finding((*path, field), "is out of range", "use a duration between 1s and 366d")


def repeated(names: Iterable[str | int]) -> Iterator[tuple[int, int]]:
    """Pairs of the index of a repeat and the index of what it repeats; empty ones don't count."""
    first: dict[str | int, int] = {}
    for index, name in enumerate(names):
        if name and name in first:
            yield index, first[name]
        first.setdefault(name, index)


def check_ids(catalog: Catalog) -> Iterator[Finding]:
    """Finds ids that are taken."""
    lists = {
        "currencies": ("code", [item.code for item in catalog.currencies]),
        "metrics": ("id", [item.id for item in catalog.metrics]),
        "activity_types": ("id", [item.id for item in catalog.activity_types]),
        "leaderboards": ("id", [item.id for item in catalog.leaderboards]),
        "boosts": ("id", [item.id for item in catalog.boosts]),
        "items": ("id", [item.id for item in catalog.items]),
        "loot_tables": ("id", [item.id for item in catalog.loot_tables]),
        "offers": ("id", [item.id for item in catalog.offers]),
        "rotations": ("id", [item.id for item in catalog.rotations]),
        "achievements": ("id", [item.id for item in catalog.achievements]),
        "badges": ("id", [item.id for item in catalog.badges]),
        "badge_collections": ("id", [item.id for item in catalog.badge_collections]),
        "badge_categories": ("id", [item.id for item in catalog.badge_categories]),
        "streaks": ("id", [item.id for item in catalog.streaks]),
        "quests": ("id", [item.id for item in catalog.quests]),
        "titles": ("id", [item.id for item in catalog.titles]),
        "seasons": ("id", [item.id for item in catalog.seasons]),
    }
    for name, (key, ids) in lists.items():
        for index, _ in repeated(ids):
            yield Finding((name, index, key), f"`{ids[index]}` is taken", f"choose another {key}")


def check_settings(catalog: Catalog) -> Iterator[Finding]:
    """Finds a lateness that is negative or too long."""
    lateness = duration_us(catalog.settings.lateness_max)
    if not 0 <= lateness <= LATENESS_MAX_US:
        yield Finding(
            ("settings", "lateness_max"), "is out of range", "use a duration between 0s and 30d"
        )


def check_currencies(catalog: Catalog) -> Iterator[Finding]:
    """Finds rules of gifts for money that can't be given."""
    for index, item in enumerate(catalog.currencies):
        rules = {
            "gift_daily_max": item.gift_daily_max,
            "gift_receive_daily_max": item.gift_receive_daily_max,
            "gift_fee_basis_points": item.gift_fee_basis_points,
        }
        for name, value in rules.items():
            if value and not item.giftable:
                yield Finding(
                    ("currencies", index, name),
                    "has no effect without giftable",
                    "set `giftable: true`, or remove it",
                )


def check_bonuses(bonuses: XpBonuses) -> Iterator[Finding]:
    """Finds factors that would take XP away."""
    factors = {
        "perfect_basis_points": bonuses.perfect_basis_points,
        "speed_basis_points": bonuses.speed_basis_points,
        "first_try_basis_points": bonuses.first_try_basis_points,
    }
    for name, factor in factors.items():
        if 0 < factor < BASIS_POINTS:
            yield Finding(
                ("bonuses", name),
                f"is {factor}: a bonus would take XP away",
                f"use at least {BASIS_POINTS}, or 0 for none; 15000 is 1.5",
            )
