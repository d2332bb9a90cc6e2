"""What the kit's game must come to, told again without a line of the server's."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction


@dataclass
class ModelPlayer:
    """A player's totals."""

    xp: int = 0
    coins: int = 0
    gems: int = 0
    lessons: int = 0
    paid_level: int = 1
    kinds: list[str] = field(default_factory=list)

    @property
    def level(self) -> int:
        """A level each 100 XP, at most 20."""
        return min(20, self.xp // 100 + 1)

    def lesson(self, perfect: bool = False) -> None:
        """25 XP, half again when perfect, half from level 10 on; 10 coins."""
        self.lessons += 1
        self.coins += 10
        self._gain(25, perfect)

    def marathon(self) -> None:
        """450 XP."""
        self._gain(450, False)

    def credit(self, coins: int) -> None:
        """Coins from outside."""
        self.coins += coins

    def debit(self, coins: int) -> bool:
        """Whether there were enough."""
        if coins > self.coins:
            return False
        self.coins -= coins
        return True

    def _gain(self, base: int, perfect: bool) -> None:
        share = Fraction(3, 2) if perfect else Fraction(1)
        if self.level >= 10:
            share /= 2
        self.xp += int(base * share)
        for level in range(self.paid_level + 1, self.level + 1):
            self.coins += 10
            self.gems += 1 if level % 5 == 0 else 0
        self.paid_level = max(self.paid_level, self.level)
