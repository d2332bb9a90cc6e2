"""A validated `renown.v1.LevelCurve` as a table of levels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from renown.v1 import catalog_pb2 as pb
from renown_server.catalog import levels as curves
from renown_server.catalog.fields import by_key
from renown_server.catalog.levels import CurrencyAmounts, LevelTable
from renown_server.catalog.limits import BASIS_POINTS

Totals = dict[int, tuple[tuple[str, int], ...]]
"""Pairs of id and amount, by level."""


def level_table(curve: pb.LevelCurve) -> LevelTable:
    """The levels of a curve whose numbers keep the schema's rules.

    Raises:
        ThresholdTooHigh: a level would begin past 2^53-1 XP.
        ValueError: the curve has no formula.
    """
    thresholds = curves.cumulate(_costs(curve))
    hard_cap = len(thresholds)
    return LevelTable(
        thresholds=thresholds,
        soft_cap=curve.soft_cap,
        soft_cap_rate_bp=curve.soft_cap_rate_basis_points or BASIS_POINTS,
        rewards=by_key(rewards_by_level(curve, hard_cap).items()),
        items=by_key(items_by_level(curve, hard_cap).items()),
        names=by_key((item.level, item.name) for item in curve.names),
        badges=_names_by_level(curve, hard_cap, lambda reward: reward.badges),
        titles=_names_by_level(curve, hard_cap, lambda reward: reward.titles),
        unlocks=_names_by_level(curve, hard_cap, lambda reward: reward.unlock_content),
    )


def rewards_by_level(curve: pb.LevelCurve, hard_cap: int) -> dict[int, CurrencyAmounts]:
    """What reaching each level from 2 to `hard_cap` pays in all; each currency once."""
    return _totals(
        (level, item.currency, item.amount)
        for reward in curve.rewards
        for level in _levels(reward, hard_cap)
        for item in reward.currencies
    )


def items_by_level(curve: pb.LevelCurve, hard_cap: int) -> Totals:
    """The items that reaching each level from 2 to `hard_cap` gives in all; each item once."""
    return _totals(
        (level, item.item_id, item.quantity)
        for reward in curve.rewards
        for level in _levels(reward, hard_cap)
        for item in reward.items
    )


def level_achievements(curve: pb.LevelCurve) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """What levels ask for besides XP, lowest first: (level, achievements)."""
    asked = ((item.level, tuple(item.achievements)) for item in curve.requirements)
    return tuple(sorted(asked))


def _names_by_level(
    curve: pb.LevelCurve, hard_cap: int, given: Callable[[pb.LevelReward], Iterable[str]]
) -> Mapping[int, tuple[str, ...]]:
    """What each level gives of things that are had or not; each once, in the order of the file."""
    names: dict[int, dict[str, None]] = {}
    for reward in curve.rewards:
        for level in _levels(reward, hard_cap):
            for name in given(reward):
                names.setdefault(level, {})[name] = None
    return by_key((level, tuple(found)) for level, found in names.items())


def _levels(reward: pb.LevelReward, hard_cap: int) -> Iterable[int]:
    every = reward.every_levels
    levels = range(every, hard_cap + 1, every) if every else (reward.level,)
    return (level for level in levels if 2 <= level <= hard_cap)


def _totals(gains: Iterator[tuple[int, str, int]]) -> Totals:
    totals: dict[int, dict[str, int]] = {}
    for level, name, amount in gains:
        total = totals.setdefault(level, {})
        total[name] = total.get(name, 0) + amount
    return {level: tuple(total.items()) for level, total in totals.items()}


def _costs(curve: pb.LevelCurve) -> Iterable[int]:
    match curve.WhichOneof("formula"):
        case "exponential":
            return curves.exponential_costs(
                curve.exponential.base,
                curve.exponential.growth_basis_points,
                curve.hard_cap,
                curve.soft_cap,
                curve.growth_after_soft_cap_basis_points,
            )
        case "linear":
            return curves.linear_costs(curve.linear.base, curve.linear.step, curve.hard_cap)
        case "polynomial":
            return curves.polynomial_costs(
                curve.polynomial.base, curve.polynomial.degree, curve.hard_cap
            )
        case "table":
            return curves.table_costs(curve.table.thresholds)
        case formula:
            raise ValueError(f"no level curve: {formula}")
