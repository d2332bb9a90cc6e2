"""Chance that is told what to do."""

from __future__ import annotations

import itertools


class ToldChance:
    """Rolls the lowest number while it is lucky, and else the highest; names are fresh.

    Attributes:
        lucky: whether everything that can happen by chance does.
    """

    def __init__(self) -> None:
        self.lucky = False
        self._names = itertools.count(1)

    def below(self, bound: int) -> int:
        """0 or the highest."""
        return 0 if self.lucky else bound - 1

    def token(self, size: int) -> str:
        """A name nobody has."""
        return f"{next(self._names):0{2 * size}x}"
