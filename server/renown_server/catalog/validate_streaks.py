"""What can be wrong with streaks."""

from __future__ import annotations

from collections.abc import Iterator

from renown.v1 import progression_pb2 as pb
from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.fields import duration_us
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.progression import DAY_US
from renown_server.catalog.validate_basics import (
    Known,
    check_amounts,
    check_names,
    check_reference,
    check_rising,
)
from renown_server.catalog.validate_rewards import check_reward


def check_streaks(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks what each streak counts, pays, and how its days are saved."""
    for index, item in enumerate(catalog.streaks):
        path = ("streaks", index)
        yield from check_names(
            (*path, "activity_types"), "activity_types", item.activity_types, known.activity_types
        )
        yield from check_reward((*path, "daily_reward"), item.daily_reward, known)
        milestones = (*path, "milestones")
        yield from check_rising(milestones, "days", [each.days for each in item.milestones])
        for place, each in enumerate(item.milestones):
            yield from check_reward((*milestones, place, "reward"), each.reward, known)
        yield from _check_saving(path, item, known)
        yield from _check_bonus(path, item)
        if item.HasField("at_risk_before") and not 0 < duration_us(item.at_risk_before) < DAY_US:
            yield Finding(
                (*path, "at_risk_before"), "is out of range", "use less than a day, such as 4h"
            )


def _check_saving(path: Path, item: pb.StreakDefinition, known: Known) -> Iterator[Finding]:
    freeze, repair = (*path, "freeze"), (*path, "repair")
    if item.HasField("freeze") and not item.freeze.days_per_month_max:
        yield Finding(
            (*freeze, "days_per_month_max"),
            "is 0: no day could be frozen",
            "raise it, or remove freeze",
        )
    if item.HasField("repair") and not item.repair.window_days:
        yield Finding(
            (*repair, "window_days"), "is 0: there is no time for it", "raise it, or remove repair"
        )
    for at, prices in ((freeze, item.freeze), (repair, item.repair)):
        yield from check_amounts((*at, "price"), prices.price, known)
        yield from check_reference((*at, "item"), "items", prices.item, known.items)


def _check_bonus(path: Path, item: pb.StreakDefinition) -> Iterator[Finding]:
    at, most = (*path, "bonus_basis_points_max"), item.bonus_basis_points_max
    if most and not item.bonus_basis_points_per_day:
        yield Finding(
            at,
            "has no effect without bonus_basis_points_per_day",
            "set bonus_basis_points_per_day, or remove it",
        )
    elif 0 < most <= BASIS_POINTS:
        yield Finding(
            at,
            f"is {most}: there would be no bonus",
            f"use more than {BASIS_POINTS}; 20000 doubles",
        )
