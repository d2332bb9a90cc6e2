"""Achievements, as decisions read them: a part of the progression.

No protobuf, no SQL: rules may import it. Times and durations are microseconds. `wire` is the
definition as the catalog has it, a serialized message: views show it, decisions don't read it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from renown_server.catalog.availability import ALWAYS, Status, Window
from renown_server.catalog.criteria import Criteria
from renown_server.catalog.goods import NOTHING, Reward
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.enums import direct


@direct
class AchievementKind(enum.Enum):
    """How it is earned. Values are those of `renown.v1.AchievementKind`."""

    INSTANT = 1
    PROGRESSIVE = 2
    TIERED = 3


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier: `value` is what the first condition asks for, scaled; `reward_bp` multiplies."""

    tier: int
    name: str
    value: int
    reward_bp: int = BASIS_POINTS


@dataclass(frozen=True, slots=True)
class Milestone:
    """A share of the way, in percent, and what it pays."""

    percentage: int
    message: str
    reward: Reward


@dataclass(frozen=True, slots=True)
class Achievement:
    """A goal that players earn.

    Attributes:
        id: its id.
        name: for people.
        description: for people.
        rule: names it as a cause: `achievement:<id>`.
        wire: a serialized `AchievementDefinition`.
        criteria: what has to be done.
        achievement_type: the game's own kind; may be empty.
        category: for lists; may be empty.
        tags: for filters.
        prerequisites: achievements to be earned first.
        min_level: the level from which it can be earned; 0 is any.
        reward: what earning it gives.
        kind: how it is earned.
        tiers: lowest first; empty unless TIERED.
        milestones: lowest first.
        hide_progress: whether players see no progress before it is earned.
        progress_events: whether every step is a fact.
        reset_on_prestige: whether a prestige starts it anew.
        rarity: value of `renown.v1.Rarity`.
        points: achievement points.
        secret: hidden until earned.
        window: when it counts: its season and its own bounds.
        repeatable: whether it can be earned again.
        platform: the only `platform` of the context that counts; empty for all.
        status: whether it can be earned.
    """

    id: str
    name: str
    description: str
    rule: str
    wire: bytes
    criteria: Criteria
    achievement_type: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    min_level: int = 0
    reward: Reward = NOTHING
    kind: AchievementKind = AchievementKind.PROGRESSIVE
    tiers: tuple[Tier, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    hide_progress: bool = False
    progress_events: bool = False
    reset_on_prestige: bool = False
    rarity: int = 1
    points: int = 0
    secret: bool = False
    window: Window = ALWAYS
    repeatable: bool = False
    platform: str = ""
    status: Status = Status.ACTIVE
