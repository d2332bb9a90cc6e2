"""Quests as they are for players, and how they have fared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from renown._model.basics import WireEnum
from renown._model.quest_definition import QuestDefinition
from renown._model.quest_run import QuestRun


class QuestAvailability(WireEnum):
    """What a player can do with a quest now.

    Attributes:
        AVAILABLE: it can be started.
        ACTIVE: it is under way.
        CLAIMABLE: its reward waits to be claimed.
        LOCKED: a requirement is not met.
        UPCOMING: its window has not begun, or it is only announced.
        ENDED: its window is over, or it is retired.
        RESETTING: it is completed in this period, and can be started in the next.
        COMPLETED: it is completed and can't be repeated.
    """

    UNKNOWN = 0
    AVAILABLE = 1
    ACTIVE = 2
    CLAIMABLE = 3
    LOCKED = 4
    UPCOMING = 5
    ENDED = 6
    RESETTING = 7
    COMPLETED = 8


class QuestBlocker(WireEnum):
    """A kind of reason why a quest can't be started.

    Attributes:
        UNKNOWN: a requirement that the player may not know.
        LEVEL: the level is too low.
        QUEST: another quest has to be completed.
        ACHIEVEMENT: an achievement has to be earned.
        ITEM: there are too few of an item.
        SKILL: a skill is too low.
        WINDOW: it is not available at this time.
        STATUS: it is retired, or only announced.
        UNLOCK: a reward, or a quest before it in its chain, has to unlock it.
        ACTIVE: it is under way, or waits to be claimed.
        COMPLETED: it is completed, in this period or for ever.
        LIMIT: too many quests are active.
    """

    UNKNOWN = 0
    LEVEL = 1
    QUEST = 2
    ACHIEVEMENT = 3
    ITEM = 4
    SKILL = 5
    WINDOW = 6
    STATUS = 7
    UNLOCK = 8
    ACTIVE = 9
    COMPLETED = 10
    LIMIT = 11


@dataclass(frozen=True, slots=True)
class QuestReason:
    """One reason why a quest can't be started.

    Attributes:
        blocker: the kind of reason.
        id: the quest, achievement, item or skill; empty for other reasons, and
            where the player may not know it.
        required: the level or number that is needed, or the limit.
        current: what the player has of it.
        available_at: when the reason passes by itself; None if it doesn't.
    """

    blocker: QuestBlocker
    id: str
    required: int
    current: int
    available_at: datetime | None


@dataclass(frozen=True, slots=True)
class Quest:
    """A quest as it is for a player.

    Attributes:
        definition: what the catalog says of it, without what the player may not
            know.
        availability: what the player can do with it now.
        reasons: why it can't be started: all of them, none if it can.
        times_completed: how often the player has completed it.
        first_completed_at: when it did so first; None if it never did.
        last_completed_at: when it did so last.
        best_time: the shortest time from start to completion.
        resets_at: when the period of a daily or weekly quest ends; None for others.
        run: the attempt that is active or waits to be claimed, if there is one.
        rating: the player's own, 1 to 5; 0 if there is none.
    """

    definition: QuestDefinition
    availability: QuestAvailability
    reasons: tuple[QuestReason, ...]
    times_completed: int
    first_completed_at: datetime | None
    last_completed_at: datetime | None
    best_time: timedelta | None
    resets_at: datetime | None
    run: QuestRun | None
    rating: int


@dataclass(frozen=True, slots=True)
class QuestStatistics:
    """How a quest has fared in the whole game.

    Counts may lag by a second. An attempt has ended when it was completed,
    abandoned or has expired; those that prestige ended are not counted among them.

    Attributes:
        attempts: how often it was started.
        completions: how often it was completed, claimed or not, less those taken
            back.
        abandonments: how often it was given up.
        expirations: how often its time was over first.
        success_rate_basis_points: completions in 10000 ended attempts, rounded
            down; 0 if none has ended.
        abandonment_rate_basis_points: abandonments in 10000 ended attempts, rounded
            down; 0 if none has ended.
        average_time: the mean time from start to completion, over completions; None
            if there are none.
        rating_average_hundredths: the mean of the players' latest ratings in
            hundredths, rounded half up: 425 is 4.25; 0 if there are none.
        rating_count: how many players have rated it.
    """

    attempts: int
    completions: int
    abandonments: int
    expirations: int
    success_rate_basis_points: int
    abandonment_rate_basis_points: int
    average_time: timedelta | None
    rating_average_hundredths: int
    rating_count: int


@dataclass(frozen=True, slots=True)
class QuestRating:
    """A player's rating of a quest.

    Attributes:
        rating: the player's rating now.
        previous_rating: the one it replaces; 0 if there was none.
    """

    rating: int
    previous_rating: int
