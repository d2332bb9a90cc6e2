"""Level thresholds as exact integers.

Floats would be wrong: the floors of 100 x 1.5^(n-1) differ from the exact ones from step 77 on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS

CurrencyAmounts = tuple[tuple[str, int], ...]
"""Pairs of currency code and amount in minor units."""


@dataclass(frozen=True, slots=True)
class LevelTable:
    """The levels. `profile.levels` looks things up in it.

    Attributes:
        thresholds: the XP at which each level begins; level 1 is first, at 0.
        soft_cap: the level from which gains are reduced; 0 is none.
        soft_cap_rate_bp: the share gained from there on, in basis points.
        rewards: what reaching a level pays; levels that pay nothing are left out.
        items: pairs of item id and quantity that reaching a level gives; as `rewards`.
        names: the names of levels that have one.
        badges: ids of badges that reaching a level awards; as `rewards`.
        titles: ids of titles that it earns; as `rewards`.
        unlocks: content of the game that it unlocks; as `rewards`.
    """

    thresholds: tuple[int, ...] = (0,)
    soft_cap: int = 0
    soft_cap_rate_bp: int = BASIS_POINTS
    rewards: Mapping[int, CurrencyAmounts] = field(default_factory=lambda: MappingProxyType({}))
    items: Mapping[int, tuple[tuple[str, int], ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    badges: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    titles: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    unlocks: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def hard_cap(self) -> int:
        """The last level."""
        return len(self.thresholds)


class ThresholdTooHigh(ValueError):
    """A level would begin past the greatest amount of XP."""

    def __init__(self, level: int, threshold: int) -> None:
        super().__init__(f"level {level} would begin at {threshold} XP, past 2^53-1")
        self.level = level
        self.threshold = threshold


def cumulate(costs: Iterable[int]) -> tuple[int, ...]:
    """The thresholds of all levels, from the XP that each but the last takes.

    Raises:
        ThresholdTooHigh: at the first threshold past 2^53-1.
    """
    thresholds = [0]
    for cost in costs:
        threshold = thresholds[-1] + cost
        if threshold > AMOUNT_MAX:
            raise ThresholdTooHigh(len(thresholds) + 1, threshold)
        thresholds.append(threshold)
    return tuple(thresholds)


def exponential_costs(
    base: int, growth_bp: int, hard_cap: int, soft_cap: int, growth_after_bp: int
) -> Iterator[int]:
    """What each level but the last takes: base x growth^(level-1), rounded down once.

    From `soft_cap` on each level takes `growth_after_bp` as much as the one before. Either being 0
    leaves the growth as it is.
    """
    slowdown = soft_cap if soft_cap and growth_after_bp else hard_cap
    for level in range(1, hard_cap):
        before = min(level, slowdown) - 1
        after = level - 1 - before
        grown = base * growth_bp**before * growth_after_bp**after
        yield grown // BASIS_POINTS ** (before + after)


def linear_costs(base: int, step: int, hard_cap: int) -> Iterator[int]:
    """What each level but the last takes: base + step x (level-1)."""
    return (base + step * (level - 1) for level in range(1, hard_cap))


def polynomial_costs(base: int, degree: int, hard_cap: int) -> Iterator[int]:
    """What each level but the last takes: base x level^degree."""
    return (base * level**degree for level in range(1, hard_cap))


def table_costs(thresholds: Iterable[int]) -> Iterator[int]:
    """What each level but the last takes, from the thresholds of levels 2, 3, …."""
    before = 0
    for threshold in thresholds:
        yield threshold - before
        before = threshold
