"""The starter game, worked out without the server: what activities, money and scores add up to.

All of it is the same in whichever order a player's operations are carried out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.deals import Deal

LEVEL_STARTS = [sum(100 * 3**step // 2**step for step in range(level)) for level in range(40)]
"""The XP at which level 1, 2, … begins."""


@dataclass(frozen=True, slots=True)
class Activity:
    """Something a player did.

    Attributes:
        amount: minutes of a lesson, tenths of hours logged, XP of a task.
    """

    player: str
    id: str
    kind: str
    amount: int = 0
    perfect: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """Money given, or taken where the amount is negative."""

    player: str
    id: str
    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Score:
    """A score submitted to a board that keeps the best."""

    player: str
    id: str
    board: str
    value: int


Operation = Activity | Move | Score | Deal

ASCENDING = frozenset({"best_time"})
"""The boards whose lowest score is the best."""


@dataclass(slots=True)
class Player:
    """What a player has."""

    xp: int = 0
    balances: Counter[str] = field(default_factory=Counter)
    items: Counter[str] = field(default_factory=Counter)
    metrics: Counter[str] = field(default_factory=Counter)
    best: dict[str, int] = field(default_factory=dict)

    @property
    def level(self) -> int:
        """The level that belongs to the XP."""
        return sum(start <= self.xp for start in LEVEL_STARTS)

    def apply(self, operation: Activity | Move | Score) -> None:
        """Carries out what is no deal: a deal may have two players."""
        match operation:
            case Activity():
                self._record(operation)
            case Move():
                self.balances[operation.currency] += operation.amount
            case Score():
                known = self.best.get(operation.board, operation.value)
                better = min if operation.board in ASCENDING else max
                self.best[operation.board] = better(known, operation.value)

    def _record(self, activity: Activity) -> None:
        match activity.kind:
            case "lesson_completed":
                xp, coins = 25, 10
                self.metrics["lessons"] += 1
                self.metrics["study_minutes"] += activity.amount
            case "course_completed":
                xp, coins = 100, 100
            case "hours_logged":
                xp, coins = 5 * activity.amount // 10, 2 * activity.amount // 10
                self.metrics["hours"] += activity.amount
            case "task_completed":
                xp, coins = activity.amount, 5
            case unknown:
                raise AssertionError(unknown)
        self.gain(xp * 3 // 2 if activity.perfect else xp)
        self.balances["coins"] += coins

    def gain(self, xp: int) -> None:
        """Gains XP, and what levels pay."""
        before = self.level
        self.xp += xp
        for level in range(before + 1, self.level + 1):
            self.balances["coins"] += 550 if level % 10 == 0 else 50
            self.balances["gems"] += 5 if level % 10 == 0 else 0
