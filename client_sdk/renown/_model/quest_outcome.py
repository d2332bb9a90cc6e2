"""What quests pay, and where they lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from renown._model.reward import Reward


@dataclass(frozen=True, slots=True)
class BonusCondition:
    """What a bonus of a quest asks for.

    Attributes:
        type: `all_optional` objectives done, one optional `objective` done, done
            `within` a time, or `perfect`: every activity that counted was.
        objective: the objective; empty for other types.
        within: the longest that the quest may take; None for other types.
    """

    type: str
    objective: str
    within: timedelta | None


@dataclass(frozen=True, slots=True)
class RandomReward:
    """Paid by chance.

    Attributes:
        probability_ppm: how likely it is, in millionths.
        reward: what is paid.
    """

    probability_ppm: int
    reward: Reward


@dataclass(frozen=True, slots=True)
class BonusReward:
    """Paid for more than was asked for.

    Attributes:
        condition: what it asks for.
        reward: what is paid.
    """

    condition: BonusCondition
    reward: Reward


@dataclass(frozen=True, slots=True)
class QuestRewards:
    """What a quest pays.

    Attributes:
        guaranteed: always paid.
        random: each paid by chance.
        bonus: paid for more than was asked for.
        first_completion: paid the first time, too.
        repeat: paid instead of guaranteed from the second time on; guaranteed when
            None.
    """

    guaranteed: Reward
    random: tuple[RandomReward, ...]
    bonus: tuple[BonusReward, ...]
    first_completion: Reward
    repeat: Reward | None


@dataclass(frozen=True, slots=True)
class QuestBranch:
    """A way that a chain may take.

    Attributes:
        condition: what it asks for; always met when None.
        quest: the quest that it leads to.
    """

    condition: BonusCondition | None
    quest: str


@dataclass(frozen=True, slots=True)
class QuestChain:
    """A quest's place in a chain.

    Attributes:
        chain_id: the chain.
        position: its place, from 1.
        next_quest: unlocked by completing it; none when empty.
        branches: tried in order; the first one met is unlocked instead.
    """

    chain_id: str
    position: int
    next_quest: str
    branches: tuple[QuestBranch, ...]
