"""Quests and challenges, as decisions read them: a part of the progression.

No protobuf, no SQL: rules may import it. Times and durations are microseconds. `wire` is the
definition as the catalog has it, a serialized message: views show it, decisions don't read it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from renown_server.catalog.availability import ALWAYS, Status, Window
from renown_server.catalog.criteria import Criteria
from renown_server.catalog.goods import NOTHING, Reward


class QuestType(enum.Enum):
    """What a quest is for. Values are those of `renown.v1.QuestType`."""

    MAIN = 1
    SIDE = 2
    DAILY = 3
    WEEKLY = 4
    EVENT = 5
    TUTORIAL = 6
    CHALLENGE = 7
    HIDDEN = 8


class ObjectiveType(enum.Enum):
    """How an objective counts. Values are those of `renown.v1.ObjectiveType`."""

    COMPLETE = 1
    COLLECT = 2
    ACHIEVE = 3
    REACH = 4
    INTERACT = 5
    TIME_LIMIT = 6
    PERFECT = 7
    SEQUENCE = 8


@dataclass(frozen=True, slots=True)
class Objective:
    """One thing that a quest asks for.

    Attributes:
        id: its id within the quest.
        type: how it counts, for people.
        criteria: how it counts, for decisions; `own_start` is set.
        checkpoints: (scaled value, reward), lowest first.
        optional: whether it need not be done.
        order: those with a lower one that are not optional have to be done first.
        unlocked_by: objectives of which one has to be done first; empty if it is not locked.
        within_us: how long after the quest's start it has to be done; 0 is no limit.
        hide_progress: whether players see no progress before it is done.
        progress_events: whether every step is a fact.
        description: for people.
        unit: how many of the units that are counted make a whole one, as checkpoints are written.
    """

    id: str
    type: ObjectiveType
    criteria: Criteria
    checkpoints: tuple[tuple[int, Reward], ...] = ()
    optional: bool = False
    order: int = 0
    unlocked_by: tuple[str, ...] = ()
    within_us: int = 0
    hide_progress: bool = False
    progress_events: bool = False
    description: str = ""
    unit: int = 1


class BonusKind(enum.Enum):
    """What a bonus or a branch asks for."""

    ALWAYS = 0
    ALL_OPTIONAL = 1
    OBJECTIVE = 2
    WITHIN = 3
    PERFECT = 4


@dataclass(frozen=True, slots=True)
class BonusCondition:
    """What a bonus or a branch asks for: `objective` of OBJECTIVE, `within_us` of WITHIN."""

    kind: BonusKind = BonusKind.ALWAYS
    objective: str = ""
    within_us: int = 0


@dataclass(frozen=True, slots=True)
class QuestItem:
    """An item that a quest asks for."""

    item: str
    quantity: int
    consume: bool = False


@dataclass(frozen=True, slots=True)
class Quest:
    """A quest or a challenge.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        rule: names it as a cause: `quest:<id>`.
        wire: a serialized `QuestDefinition`.
        type: what it is for.
        category: for lists; may be empty.
        tags: for filters.
        objectives: in the order of the file.
        min_level: what starting it asks for.
        quests: quests to be completed first.
        achievements: achievements to be earned first.
        items: items to be owned.
        skills: (metric, scaled value) to be reached.
        window: when it can be started and done; its `expires_at` included.
        daily: once each local day.
        weekly: once each local week.
        locked: whether a reward or a chain has to unlock it.
        guaranteed: always paid.
        random: (probability in millionths, reward).
        bonus: (condition, reward).
        first_completion: paid the first time, too.
        repeat: paid instead of `guaranteed` from the second time on; None is the same.
        repeatable: whether it can be done again; daily and weekly ones can.
        auto_start: whether activities start it.
        auto_claim: whether its rewards are paid at once.
        time_limit_us: how long an attempt may take; 0 is no limit.
        chain: the chain it belongs to; may be empty.
        position: its place in it.
        next_quest: unlocked by completing it; may be empty.
        branches: (condition, quest), tried in order before `next_quest`.
        points: quest points.
        priority: orders lists, the highest first.
        status: whether it can be done.
    """

    id: str
    name: str
    description: str
    rule: str
    wire: bytes
    type: QuestType
    objectives: tuple[Objective, ...]
    category: str = ""
    tags: tuple[str, ...] = ()
    min_level: int = 0
    quests: tuple[str, ...] = ()
    achievements: tuple[str, ...] = ()
    items: tuple[QuestItem, ...] = ()
    skills: tuple[tuple[str, int], ...] = ()
    window: Window = ALWAYS
    daily: bool = False
    weekly: bool = False
    locked: bool = False
    guaranteed: Reward = NOTHING
    random: tuple[tuple[int, Reward], ...] = ()
    bonus: tuple[tuple[BonusCondition, Reward], ...] = ()
    first_completion: Reward = NOTHING
    repeat: Reward | None = None
    repeatable: bool = False
    auto_start: bool = False
    auto_claim: bool = False
    time_limit_us: int = 0
    chain: str = ""
    position: int = 0
    next_quest: str = ""
    branches: tuple[tuple[BonusCondition, str], ...] = ()
    points: int = 0
    priority: int = 0
    status: Status = Status.ACTIVE

    @property
    def hidden(self) -> bool:
        """Whether it is unlisted until it is started."""
        return self.type is QuestType.HIDDEN
