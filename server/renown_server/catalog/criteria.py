"""What definitions ask of players, as decisions read it: conditions and how they combine.

No protobuf, no SQL: rules may import it. Times and durations are microseconds.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from renown_server.enums import direct


@direct
class Subject(enum.Enum):
    """What a condition looks at."""

    METRIC = "metric"
    ACTIVITY = "activity"
    STREAK = "streak"
    ITEM = "item"
    CURRENCY = "currency"
    ACHIEVEMENT = "achievement"
    BADGE = "badge"
    QUEST = "quest"
    STAT = "stat"


ANY_ACTIVITY = "*"
"""The key of a condition on activities of every type."""


class Stat(enum.Enum):
    """Something counted anyway. Values are those of `renown.v1.Stat`."""

    LEVEL = 1
    PRESTIGE = 2
    LIFETIME_XP = 3
    ACHIEVEMENTS = 4
    ACHIEVEMENT_POINTS = 5
    BADGES = 6
    QUESTS = 7


@direct
class Operator(enum.Enum):
    """How a value is compared. Values are those of `renown.v1.Operator`."""

    AT_LEAST = 1
    MORE_THAN = 2
    AT_MOST = 3
    LESS_THAN = 4
    EQUAL = 5
    NOT_EQUAL = 6


@direct
class TimeFrame(enum.Enum):
    """What span counts. Values are those of `renown.v1.TimeFrame`."""

    ALL = 1
    DAY = 2
    WEEK = 3
    MONTH = 4
    SEASON = 5


@direct
class RequirementType(enum.Enum):
    """How activities count. Values are those of `renown.v1.RequirementType`."""

    COUNTER = 1
    THRESHOLD = 2
    COLLECTION = 3
    SEQUENCE = 4
    TIME_LIMIT = 5
    PERFECT = 6
    STREAK = 7
    UNIQUE = 8


@direct
class Logic(enum.Enum):
    """How conditions combine. Values are those of `renown.v1.Logic`."""

    ALL = 1
    ANY = 2
    SEQUENCE = 3


@direct
class ConstraintType(enum.Enum):
    """Within what time. Values are those of `renown.v1.TimeConstraintType`; NONE is unset."""

    NONE = 0
    WITHIN = 1
    DAILY = 2
    WEEKLY = 3


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is asked for.

    Attributes:
        place: its index within the criteria.
        subject: what it looks at.
        key: which: a metric, activity type (or ANY_ACTIVITY), streak, …; a stat's name.
        value: what is asked for, scaled as the subject (metrics by their decimals).
        operator: how it is compared.
        stat: the stat of a STAT, else None.
        filters: (context key, values): activities have to match every one.
        frame: what span of time counts.
        season: the season of a SEASON; empty for the one running when something happens.
        distinct: the context key whose different values are counted; `reference_id` counts
            references; empty for none.
        among: the values of `distinct` that count; all when empty.
        best: whether the longest streak counts rather than the current one.
        derived: whether its count is the player's metric itself, so that nothing has to be kept:
            an all-time sum of a counter without any filter.
    """

    place: int
    subject: Subject
    key: str
    value: int = 1
    operator: Operator = Operator.AT_LEAST
    stat: Stat | None = None
    filters: tuple[tuple[str, frozenset[str]], ...] = ()
    frame: TimeFrame = TimeFrame.ALL
    season: str = ""
    distinct: str = ""
    among: frozenset[str] = frozenset()
    best: bool = False
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Criteria:
    """What has to be done: of an achievement, a quest's objective, or a badge.

    Attributes:
        type: how activities count. Objectives map to it: complete and interact are COUNTER,
            collect is COUNTER or COLLECTION, achieve is COLLECTION, reach is THRESHOLD.
        conditions: what is asked for, in the order of the file.
        logic: how they combine; SEQUENCE for that type.
        required: how many conditions of a COLLECTION are enough, from 1.
        constraint: within what time all of it has to be done.
        constraint_us: the span of a WITHIN.
        time_limit_us: the longest that an activity of a TIME_LIMIT may take; 0 is none.
        time_limit_percent: the same as a share of its expected time; 0 is none.
        in_a_row: whether an imperfect activity starts a PERFECT anew.
        own_start: whether it counts from a start of its own (quests, seasonal, repeated after a
            prestige), so that nothing is derived from the player's metrics.
    """

    type: RequirementType
    conditions: tuple[Condition, ...]
    logic: Logic = Logic.ALL
    required: int = 1
    constraint: ConstraintType = ConstraintType.NONE
    constraint_us: int = 0
    time_limit_us: int = 0
    time_limit_percent: int = 0
    in_a_row: bool = False
    own_start: bool = False
