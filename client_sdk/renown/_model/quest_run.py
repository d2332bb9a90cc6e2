"""Players' attempts at quests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from renown._model.basics import WireEnum
from renown._model.inventory import RewardsReceived


class QuestState(WireEnum):
    """Where an attempt at a quest stands.

    Attributes:
        ACTIVE: it is under way.
        CLAIMABLE: it is completed, and its reward waits.
        COMPLETED: it is completed and paid.
        ABANDONED: the player gave it up.
        EXPIRED: its time was over before it was completed.
        RESET: prestige ended it before it was completed.
        REVOKED: it was completed by what has been revoked since.
    """

    UNKNOWN = 0
    ACTIVE = 1
    CLAIMABLE = 2
    COMPLETED = 3
    ABANDONED = 4
    EXPIRED = 5
    RESET = 6
    REVOKED = 7


@dataclass(frozen=True, slots=True)
class ObjectiveState:
    """Where an objective of an attempt stands.

    Attributes:
        objective_id: its id.
        description: for people.
        current: how far it has come, scaled as what is required; 0 until it is done
            if it hides its progress.
        required: how far it has to come.
        progress_basis_points: the share reached, hidden likewise: 10000 is all.
        done: it has been reached.
        unlocked: it counts now: what has to be done before it is done.
        optional: the quest can be completed without it.
        order: its place: the required ones of a lower order come first.
        hide_progress: it hides its progress until it is done.
        checkpoints_reached: the values of its checkpoints that were passed and
            paid, lowest first, in whole units as in the definition.
        next_checkpoint: the value of the next one; 0 if there is none.
        expires_at: when the time it has from the start of the quest is over; None
            without a limit.
    """

    objective_id: str
    description: str
    current: int
    required: int
    progress_basis_points: int
    done: bool
    unlocked: bool
    optional: bool
    order: int
    hide_progress: bool
    checkpoints_reached: tuple[int, ...]
    next_checkpoint: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuestRun:
    """A player's attempt at a quest.

    Attributes:
        quest_id: the quest.
        attempt: its number among the player's attempts at the quest, from 1.
        state: where it stands.
        progress_basis_points: the mean of the required objectives: 10000 is all.
        objectives: its objectives, in the order of the definition; empty for an
            attempt that has ended.
        started_at: when it was started.
        expires_at: when it ends by itself; None if it doesn't.
        completed_at: when its last required objective was done.
        claimed_at: when its reward was paid.
        ended_at: when it was paid, abandoned, or had expired; None while it is
            active or waits to be claimed.
    """

    quest_id: str
    attempt: int
    state: QuestState
    progress_basis_points: int
    objectives: tuple[ObjectiveState, ...]
    started_at: datetime
    expires_at: datetime | None
    completed_at: datetime | None
    claimed_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuestTotals:
    """A player's quests in numbers.

    Attributes:
        active: how many are under way.
        claimable: how many wait to be claimed.
        completed_today: how many attempts were completed on the player's date of
            today.
        completed_total: how many attempts were ever completed.
        quest_points: the points of all quests completed, repeats included.
        challenges_won: how many different challenges the player has completed.
        challenges_total: how many different challenges the player has enrolled in.
    """

    active: int
    claimable: int
    completed_today: int
    completed_total: int
    quest_points: int
    challenges_won: int
    challenges_total: int


@dataclass(frozen=True, slots=True)
class QuestResult:
    """An attempt at a quest after a change, and what followed from it.

    Attributes:
        run: the attempt now. Of a new one, what the player has reached before may
            have moved it already.
        effects: what followed from it.
    """

    run: QuestRun
    effects: RewardsReceived
