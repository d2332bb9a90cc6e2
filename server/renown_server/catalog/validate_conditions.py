"""What can be wrong with a condition: what it looks at, and what it says about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from renown.v1 import catalog_pb2
from renown.v1 import progression_pb2 as pb
from renown_server.catalog.compile_criteria import SUBJECTS
from renown_server.catalog.compile_quests import is_daily, is_weekly
from renown_server.catalog.criteria import RequirementType, Subject
from renown_server.catalog.limits import (
    AMOUNT_MAX,
    CONTEXT_VALUE_CHARS_MAX,
    DECIMALS_MAX,
    DISTINCT_VALUE_MAX,
)
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.scalars import enum_words
from renown_server.catalog.validate_basics import Known, check_level, check_reference, repeated

STANDING = frozenset({Subject.STREAK, Subject.STAT})
"""What is looked at as it stands: it has no sum and no time."""

_OF_ACTIVITIES = frozenset({Subject.METRIC, Subject.ACTIVITY})
_ANYTHING = frozenset(Subject)
_SUBJECTS = {
    RequirementType.COUNTER: _ANYTHING - STANDING,
    RequirementType.THRESHOLD: _ANYTHING - {Subject.ACTIVITY},
    RequirementType.COLLECTION: _ANYTHING,
    RequirementType.SEQUENCE: _ANYTHING,
    RequirementType.TIME_LIMIT: _OF_ACTIVITIES,
    RequirementType.PERFECT: _OF_ACTIVITIES,
    RequirementType.STREAK: frozenset({Subject.STREAK}),
    RequirementType.UNIQUE: _OF_ACTIVITIES,
}
_ADDING = frozenset({RequirementType.COUNTER, RequirementType.TIME_LIMIT, RequirementType.PERFECT})
_COMPARING = frozenset({RequirementType.THRESHOLD, RequirementType.STREAK})
_AT_LEAST = (pb.OPERATOR_UNSPECIFIED, pb.OPERATOR_AT_LEAST)
_ALL_TIME = (pb.TIME_FRAME_UNSPECIFIED, pb.TIME_FRAME_ALL)
_COUNTERS = (catalog_pb2.METRIC_AGGREGATION_UNSPECIFIED, catalog_pb2.METRIC_AGGREGATION_COUNTER)
_ONCE = "is there only once for each player"


@dataclass(frozen=True, slots=True)
class Asked:
    """How conditions count.

    Attributes:
        kind: the type by which they are counted.
        word: the type, as the file has it.
        comparing: the word for a type that compares what stands.
        subjects: what they may look at, where that is less than the kind allows.
    """

    kind: RequirementType
    word: str
    comparing: str
    subjects: frozenset[Subject] | None = None


def subject(item: pb.Condition) -> Subject | None:
    """What a condition looks at; None if that is missing."""
    return SUBJECTS.get(str(item.WhichOneof("of")))


def check_condition(
    path: Path, asked: Asked, item: pb.Condition, known: Known
) -> Iterator[Finding]:
    """Checks one condition. That it looks at something is the schema's business."""
    looks_at = subject(item)
    if looks_at is None:
        return
    yield from _check_reference(path, item, known)
    yield from _check_subject(path, asked, item, looks_at, known)
    yield from _check_filters(path, item, looks_at)
    yield from _check_time(path, asked, item, looks_at, known)
    yield from _check_distinct(path, asked, item, looks_at)
    yield from _check_value(path, asked, item, looks_at, known)


def _check_reference(path: Path, item: pb.Condition, known: Known) -> Iterator[Finding]:
    lists = {
        "metric": ("metrics", known.metrics),
        "activity_type": ("activity_types", known.activity_types),
        "streak": ("streaks", known.streaks),
        "item": ("items", known.items),
        "currency": ("currencies", known.currencies),
        "achievement": ("achievements", known.achievements),
        "badge": ("badges", known.badges),
        "quest": ("quests", known.quests),
    }
    of = str(item.WhichOneof("of"))
    at = (*path, of)
    if of == "stat":
        if not item.stat or item.stat not in pb.Stat.values():
            words = ", ".join(enum_words(pb.Stat.DESCRIPTOR))
            yield Finding(at, "is missing", f"write one of {words}")
    elif of == "any_activity":
        if not item.any_activity:
            yield Finding(at, "is false", "write `any_activity: true`, or name an activity_type")
    else:
        kind, defined = lists[of]
        name = getattr(item, of)
        if not name:
            yield Finding(at, "is empty", f"name one of {kind}")
        yield from check_reference(at, kind, name, defined)


def _check_subject(
    path: Path, asked: Asked, item: pb.Condition, looks_at: Subject, known: Known
) -> Iterator[Finding]:
    allowed = _SUBJECTS[asked.kind]
    if asked.subjects is not None:
        allowed &= asked.subjects
    at = (*path, str(item.WhichOneof("of")))
    if looks_at not in allowed:
        fields = [name for name, other in SUBJECTS.items() if other in allowed]
        yield Finding(
            at,
            f"is nothing that `type: {asked.word}` can look at",
            f"use {', '.join(fields)}, or change the type",
        )
    elif looks_at is Subject.METRIC and item.metric in known.metrics and not item.distinct:
        adds_up = known.metrics[item.metric].aggregation in _COUNTERS
        if asked.kind in _ADDING and not adds_up:
            yield Finding(
                at,
                f"`{item.metric}` does not add up",
                f"use `type: {asked.comparing}`, or a metric that is a counter",
            )
    if item.best and looks_at is not Subject.STREAK:
        yield Finding((*path, "best"), "is only for streaks", "remove it")


def _check_filters(path: Path, item: pb.Condition, looks_at: Subject) -> Iterator[Finding]:
    at = (*path, "context")
    if item.context and looks_at not in _OF_ACTIVITIES:
        yield Finding(at, "is only for metrics and activities", "remove it")
    for index, each in enumerate(item.context):
        for place, value in enumerate(each.values):
            yield from _check_sent((*at, index, "values", place), value)
    keys = [each.key for each in item.context]
    for index, other in repeated(keys):
        yield Finding(
            (*at, index, "key"),
            f"`{keys[index]}` is filtered already, in context[{other}]",
            "list all values in one",
        )


def _check_sent(path: Path, value: str) -> Iterator[Finding]:
    if not 1 <= len(value) <= CONTEXT_VALUE_CHARS_MAX:
        yield Finding(
            path, "no activity can send this", f"use 1 to {CONTEXT_VALUE_CHARS_MAX} characters"
        )


def _check_time(
    path: Path, asked: Asked, item: pb.Condition, looks_at: Subject, known: Known
) -> Iterator[Finding]:
    at = (*path, "time_frame")
    compared = asked.kind is RequirementType.THRESHOLD and looks_at is not Subject.METRIC
    if item.time_frame not in _ALL_TIME and (looks_at in STANDING or compared):
        yield Finding(
            at,
            f"has no effect on {item.WhichOneof('of')}: it is looked at as it stands",
            "remove it",
        )
    if item.time_frame == pb.TIME_FRAME_SEASON and not known.seasons:
        yield Finding(at, "there is no season", "define seasons, or use another time_frame")
    if item.season and item.time_frame != pb.TIME_FRAME_SEASON:
        yield Finding(
            (*path, "season"),
            "has no effect without `time_frame: season`",
            "set it, or remove season",
        )
    yield from check_reference((*path, "season"), "seasons", item.season, known.seasons)


def _check_distinct(
    path: Path, asked: Asked, item: pb.Condition, looks_at: Subject
) -> Iterator[Finding]:
    at, among = (*path, "distinct"), (*path, "among")
    if not item.distinct:
        if asked.kind is RequirementType.UNIQUE:
            yield Finding(
                at,
                "is missing",
                "name the context key whose different values count, or reference_id",
            )
        if item.among:
            yield Finding(among, "has no effect without distinct", "set distinct, or remove it")
        return
    # Of a UNIQUE the subject itself is wrong, and found.
    if looks_at not in _OF_ACTIVITIES and asked.kind is not RequirementType.UNIQUE:
        yield Finding(at, "is only for metrics and activities", "remove it")
    elif asked.kind in _COMPARING:
        yield Finding(at, f"has no effect on `type: {asked.word}`", "remove it, or change the type")
    for index, value in enumerate(item.among):
        yield from _check_sent((*among, index), value)
    if item.value > DISTINCT_VALUE_MAX:
        yield Finding(
            (*path, "value"),
            f"is {item.value}, more different values than are remembered",
            f"ask for at most {DISTINCT_VALUE_MAX}",
        )
    elif 0 < len(item.among) < item.value:
        yield Finding(
            among,
            f"lists {len(item.among)} values, of which {item.value} are asked for",
            "list more, or lower the value",
        )


def _check_value(
    path: Path, asked: Asked, item: pb.Condition, looks_at: Subject, known: Known
) -> Iterator[Finding]:
    at, least = (*path, "value"), item.operator in _AT_LEAST
    if asked.kind not in _COMPARING and not least:
        yield Finding(
            (*path, "operator"),
            f"what `type: {asked.word}` counts only grows",
            f"remove it, or use `type: {asked.comparing}`",
        )
    if item.operator == pb.OPERATOR_LESS_THAN and not item.value:
        yield Finding(at, "nothing is less than 0", "raise it")
    if looks_at is Subject.METRIC and not item.distinct:
        yield from check_scaled(at, item.value, item.metric, known)
    if item.stat == pb.STAT_LEVEL and least:
        yield from check_level(at, item.value, known)
    once = {
        Subject.ACHIEVEMENT: known.achievements.get(item.achievement),
        Subject.QUEST: known.quests.get(item.quest),
    }.get(looks_at)
    if once is not None and item.value > 1 and least and not _again(once):
        yield Finding(
            at, f"is {item.value}, but `{once.id}` {_ONCE}", "make it repeatable, or use 1"
        )


def check_scaled(path: Path, value: int, metric: str, known: Known) -> Iterator[Finding]:
    """Finds whole units of a metric that are too many when its decimals are counted."""
    decimals = known.metrics[metric].decimals if metric in known.metrics else 0
    # More decimals are the schema's business, and a power of two thousand million takes a while.
    scale = 10 ** min(max(decimals, 0), DECIMALS_MAX)
    if value * scale > AMOUNT_MAX >= value:
        yield Finding(
            path,
            f"is {value}, past {AMOUNT_MAX} (2^53-1) with the decimals of `{metric}`",
            f"use at most {AMOUNT_MAX // scale}",
        )


def _again(item: pb.AchievementDefinition | pb.QuestDefinition) -> bool:
    if isinstance(item, pb.AchievementDefinition):
        return item.repeatable or bool(item.tiers)
    return item.repeatable or is_daily(item) or is_weekly(item)
