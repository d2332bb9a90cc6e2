"""Which players the load is about."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

# Drawn once a run and then repeated from the start; more than a run of a minute needs.
DRAWS = 1 << 20


def player_id(index: int) -> bytes:
    """Returns the id of a player, always of the same width."""
    return b"player-%07d" % index


@dataclass(frozen=True, slots=True)
class EachOnce:
    """Every player from ``first`` up to, but not with, ``stop``, in order."""

    first: int
    stop: int

    def indexes(self) -> Iterator[int]:
        """Yields the players."""
        return iter(range(self.first, self.stop))


@dataclass(frozen=True, slots=True)
class InTurn:
    """Places ``first`` up to, but not with, ``stop`` in an endless round of all players."""

    first: int
    stop: int
    population: int

    def indexes(self) -> Iterator[int]:
        """Yields the players."""
        return (place % self.population for place in range(self.first, self.stop))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Players at random, without end.

    With ``zipf`` the second player comes half as often as the first, the third a third as often:
    the crowd of a few that every game has. Otherwise all come equally often.
    """

    population: int
    zipf: bool
    seed: int

    def indexes(self) -> Iterator[int]:
        """Yields the players."""
        draw = random.Random(self.seed)
        if self.zipf:
            weights = itertools.accumulate(1 / rank for rank in range(1, self.population + 1))
            drawn = draw.choices(range(self.population), cum_weights=list(weights), k=DRAWS)
        else:
            drawn = draw.choices(range(self.population), k=DRAWS)
        return itertools.cycle(drawn)


Players = EachOnce | InTurn | Drawn
