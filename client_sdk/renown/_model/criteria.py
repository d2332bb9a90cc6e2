"""What definitions ask for: conditions, and how activities count for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from renown._model.basics import WireEnum


class Operator(WireEnum):
    """Compares what was reached with what is asked for.

    Attributes:
        AT_LEAST: met from the value on.
        MORE_THAN: met above the value.
        AT_MOST: met up to the value, once there is a value at all.
        LESS_THAN: met below the value, once there is a value at all.
        EQUAL: met by exactly the value.
        NOT_EQUAL: met by any other value, once there is one.
    """

    UNKNOWN = 0
    AT_LEAST = 1
    MORE_THAN = 2
    AT_MOST = 3
    LESS_THAN = 4
    EQUAL = 5
    NOT_EQUAL = 6


class TimeFrame(WireEnum):
    """What span of time counts.

    Days, weeks (from Monday) and months are the player's, by the zone in force when
    something happened.

    Attributes:
        ALL: for ever.
        DAY: a local day.
        WEEK: a local week from Monday.
        MONTH: a local month.
        SEASON: a season of the catalog, the same for everybody.
    """

    UNKNOWN = 0
    ALL = 1
    DAY = 2
    WEEK = 3
    MONTH = 4
    SEASON = 5


class Stat(WireEnum):
    """Something about a player that is counted anyway.

    Attributes:
        LEVEL: the level.
        PRESTIGE: how often the player started over.
        LIFETIME_XP: all XP ever earned.
        ACHIEVEMENTS: how many achievements are earned.
        ACHIEVEMENT_POINTS: the sum of their points.
        BADGES: how many different badges are owned.
        QUESTS: how many quests were completed, repeats included.
    """

    UNKNOWN = 0
    LEVEL = 1
    PRESTIGE = 2
    LIFETIME_XP = 3
    ACHIEVEMENTS = 4
    ACHIEVEMENT_POINTS = 5
    BADGES = 6
    QUESTS = 7


class RequirementType(WireEnum):
    """How activities count.

    Attributes:
        COUNTER: adds up.
        THRESHOLD: compares what stands now.
        COLLECTION: asks for a number of different things.
        SEQUENCE: asks for one condition after the other.
        TIME_LIMIT: counts what was done fast enough.
        PERFECT: counts what was done perfectly.
        STREAK: asks for the days of a streak.
        UNIQUE: counts different values.
    """

    UNKNOWN = 0
    COUNTER = 1
    THRESHOLD = 2
    COLLECTION = 3
    SEQUENCE = 4
    TIME_LIMIT = 5
    PERFECT = 6
    STREAK = 7
    UNIQUE = 8


class Logic(WireEnum):
    """How conditions combine.

    Attributes:
        ALL: asks for all of them.
        ANY: asks for one of them.
        SEQUENCE: asks for them one after the other.
    """

    UNKNOWN = 0
    ALL = 1
    ANY = 2
    SEQUENCE = 3


class TimeConstraintType(WireEnum):
    """Within what time all conditions have to be met.

    Attributes:
        UNKNOWN: no constraint.
        WITHIN: any span of the given duration.
        DAILY: one local day.
        WEEKLY: one local week from Monday.
    """

    UNKNOWN = 0
    WITHIN = 1
    DAILY = 2
    WEEKLY = 3


@dataclass(frozen=True, slots=True)
class ContextFilter:
    """Keeps activities whose context has one of the values.

    Attributes:
        key: the context's key, such as `subject`.
        values: the values that count.
    """

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Asks for something about a player.

    Attributes:
        type: what is looked at: `metric`, `activity_type`, `streak`, `item`,
            `currency`, `achievement`, `badge`, `quest`, `stat` or `any_activity`; empty
            if the caller may not know.
        id: its id; empty for a stat and for any activity.
        stat: the stat; None of other types.
        operator: how what was reached is compared.
        value: what is asked for, in whole units (of a currency minor units); 1 when 0,
            unless the operator is another one than at least.
        context: keeps only activities that match every filter.
        time_frame: what span of time counts.
        distinct: the context's key whose different values are counted;
            `reference_id` counts different references. Nothing when empty.
        among: the values of `distinct` that count; all when empty.
        best: looks at the longest streak rather than the current one.
        season: the season of a time_frame SEASON; the running one when empty.
    """

    type: str
    id: str
    stat: Stat | None
    operator: Operator
    value: int
    context: tuple[ContextFilter, ...]
    time_frame: TimeFrame
    distinct: str
    among: tuple[str, ...]
    best: bool
    season: str


@dataclass(frozen=True, slots=True)
class TimeConstraint:
    """Within what time all conditions have to be met.

    Attributes:
        type: the kind of span.
        duration: the span of WITHIN; at most 31 days.
    """

    type: TimeConstraintType
    duration: timedelta | None


@dataclass(frozen=True, slots=True)
class Requirement:
    """What has to be done.

    Attributes:
        type: how activities count.
        conditions: what is asked for.
        logic: how they combine.
        required: how many conditions of a COLLECTION are enough; all when 0.
        time_constraint: within what time all of it has to be done.
        time_limit: the longest that an activity of a TIME_LIMIT may take.
        time_limit_percent: the same as a share of its expected time.
        in_a_row: an imperfect activity starts a PERFECT anew.
    """

    type: RequirementType
    conditions: tuple[Condition, ...]
    logic: Logic
    required: int
    time_constraint: TimeConstraint | None
    time_limit: timedelta | None
    time_limit_percent: int
    in_a_row: bool
