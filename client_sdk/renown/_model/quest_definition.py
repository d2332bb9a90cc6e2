"""Quests as the catalog defines them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from renown._model.basics import WireEnum
from renown._model.criteria import Condition
from renown._model.definition import DefinitionStatus, Difficulty
from renown._model.quest_outcome import QuestChain, QuestRewards
from renown._model.reward import Reward


class QuestType(WireEnum):
    """What a quest is for.

    Attributes:
        MAIN: tells the game's story.
        SIDE: beside it.
        DAILY: there anew each local day.
        WEEKLY: there anew each local week.
        EVENT: there for a while.
        TUTORIAL: for newcomers.
        CHALLENGE: a contest with oneself or others.
        HIDDEN: unlisted until it is started.
    """

    UNKNOWN = 0
    MAIN = 1
    SIDE = 2
    DAILY = 3
    WEEKLY = 4
    EVENT = 5
    TUTORIAL = 6
    CHALLENGE = 7
    HIDDEN = 8


class ObjectiveType(WireEnum):
    """How activities count.

    Attributes:
        COMPLETE: adds up.
        COLLECT: counts items gained, or different values.
        ACHIEVE: asks for achievements or badges.
        REACH: compares what stands now.
        INTERACT: counts activities with a given context.
        TIME_LIMIT: counts what was done fast enough.
        PERFECT: counts what was done perfectly.
        SEQUENCE: asks for one condition after the other.
    """

    UNKNOWN = 0
    COMPLETE = 1
    COLLECT = 2
    ACHIEVE = 3
    REACH = 4
    INTERACT = 5
    TIME_LIMIT = 6
    PERFECT = 7
    SEQUENCE = 8


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Pays on the way of an objective.

    Attributes:
        value: how far it is, in whole units.
        reward: paid once an attempt.
    """

    value: int
    reward: Reward


@dataclass(frozen=True, slots=True)
class ObjectiveDefinition:
    """One thing that a quest asks for.

    Attributes:
        id: its id within the quest.
        description: for people.
        type: how activities count.
        targets: what it asks for; the steps of a SEQUENCE.
        hide_progress: keeps progress from players until it is done.
        checkpoints: what is paid on the way, lowest first.
        optional: it need not be done.
        order: its place: objectives with a lower one that are not optional have to
            be done first. Those of the same order are open at once.
        unlocks: objectives that are locked until this one is done.
        time_limit: the longest that an activity of a TIME_LIMIT may take.
        time_limit_percent: the same as a share of its expected time.
        within: how long after the start of the quest it has to be done.
        in_a_row: an imperfect activity starts a PERFECT anew.
        progress_events: sends an event for every step.
    """

    id: str
    description: str
    type: ObjectiveType
    targets: tuple[Condition, ...]
    hide_progress: bool
    checkpoints: tuple[Checkpoint, ...]
    optional: bool
    order: int
    unlocks: tuple[str, ...]
    time_limit: timedelta | None
    time_limit_percent: int
    within: timedelta | None
    in_a_row: bool
    progress_events: bool


@dataclass(frozen=True, slots=True)
class QuestItem:
    """An item that a quest asks for.

    Attributes:
        item_id: the item.
        quantity: how many.
        consume: takes them when the quest is started.
    """

    item_id: str
    quantity: int
    consume: bool


@dataclass(frozen=True, slots=True)
class SkillRequirement:
    """A skill that a quest asks for.

    Attributes:
        skill: the skill: a metric that holds its level.
        level: the lowest that will do.
    """

    skill: str
    level: int


@dataclass(frozen=True, slots=True)
class QuestRequirements:
    """What starting a quest asks for.

    Attributes:
        level: the lowest level.
        quests_completed: the quests that have to be completed.
        achievements: the achievements that have to be earned.
        items: the items that have to be owned.
        skills: the skills that have to be reached.
        available_from: the first moment; None is always.
        available_until: the first moment after it; None is never.
        daily_reset: lets it be done once each local day.
        weekly_reset: lets it be done once each local week.
        locked: a reward has to unlock it first.
    """

    level: int
    quests_completed: tuple[str, ...]
    achievements: tuple[str, ...]
    items: tuple[QuestItem, ...]
    skills: tuple[SkillRequirement, ...]
    available_from: datetime | None
    available_until: datetime | None
    daily_reset: bool
    weekly_reset: bool
    locked: bool


@dataclass(frozen=True, slots=True)
class QuestNpc:
    """Who gives a quest.

    Attributes:
        name: for people.
        avatar: a picture's address.
        dialogue: what the NPC says, line by line.
    """

    name: str
    avatar: str
    dialogue: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuestDefinition:
    """A quest or a challenge.

    Attributes:
        id: its id.
        name: for people.
        title: shown to players; the name when empty.
        description: for people.
        story: its tale.
        category: for lists.
        difficulty: how hard it is meant to be.
        type: what it is for.
        icon: a picture's address.
        banner: a picture's address.
        npc: who gives it; None if nobody does.
        objectives: what it asks for.
        requirements: what starting it asks for.
        rewards: what it pays.
        repeatable: it can be done again and again.
        auto_start: starts it with the first activity that counts for it.
        auto_claim: pays its rewards at once.
        time_limit: how long an attempt may take; no limit when None.
        chain: its place in a chain; None if it has none.
        points: its quest points.
        priority: orders lists, the highest first.
        tags: for filters of the game.
        expires_at: when it and all attempts end; None is never.
        status: whether it can be done.
    """

    id: str
    name: str
    title: str
    description: str
    story: str
    category: str
    difficulty: Difficulty
    type: QuestType
    icon: str
    banner: str
    npc: QuestNpc | None
    objectives: tuple[ObjectiveDefinition, ...]
    requirements: QuestRequirements
    rewards: QuestRewards
    repeatable: bool
    auto_start: bool
    auto_claim: bool
    time_limit: timedelta | None
    chain: QuestChain | None
    points: int
    priority: int
    tags: tuple[str, ...]
    expires_at: datetime | None
    status: DefinitionStatus
