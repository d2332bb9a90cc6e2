"""What can be wrong with the level curve."""

from __future__ import annotations

from collections.abc import Iterator, Set

from renown.v1.catalog_pb2 import Catalog, LevelCurve
from renown_server.catalog.compile_levels import level_table, rewards_by_level
from renown_server.catalog.levels import ThresholdTooHigh
from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.validate_basics import Known, check_amounts, check_names, repeated
from renown_server.catalog.validate_rewards import check_honors, check_items


def check_levels(catalog: Catalog, known: Known, broken: Set[Path]) -> Iterator[Finding]:
    """Checks caps, thresholds, rewards and names.

    Args:
        catalog: the catalog.
        known: what it defines.
        broken: paths that break the schema's rules; thresholds and totals are computed only if
            none of them concerns the curve.
    """
    if not catalog.HasField("levels"):
        return
    curve = catalog.levels
    yield from _check_caps(curve)
    yield from _check_rewards(curve, known)
    yield from _check_names(curve)
    yield from _check_requirements(curve, known)
    if any(path[:1] == ("levels",) for path in broken):
        return
    yield from _check_totals(curve)
    if curve.HasField("table"):
        table = list(_check_table(curve))
        yield from table
        if table:
            return
    yield from _check_thresholds(curve)


def _check_caps(curve: LevelCurve) -> Iterator[Finding]:
    if curve.soft_cap > curve.hard_cap > 0:
        yield Finding(
            ("levels", "soft_cap"),
            f"is {curve.soft_cap}, above the hard_cap of {curve.hard_cap}",
            "lower it, or raise hard_cap",
        )
    growth = ("levels", "growth_after_soft_cap_basis_points")
    after = curve.growth_after_soft_cap_basis_points
    if 0 < after < BASIS_POINTS:
        yield Finding(
            growth, f"is {after}: levels would become shorter", f"use at least {BASIS_POINTS}"
        )
    if after and not curve.HasField("exponential"):
        yield Finding(growth, "is for exponential curves only", "remove it")
    elif after and not curve.soft_cap:
        yield Finding(growth, "has no effect without soft_cap", "set soft_cap, or remove it")
    if curve.soft_cap_rate_basis_points and not curve.soft_cap:
        yield Finding(
            ("levels", "soft_cap_rate_basis_points"),
            "has no effect without soft_cap",
            "set soft_cap, or remove it",
        )


def _check_table(curve: LevelCurve) -> Iterator[Finding]:
    path: Path = ("levels", "table", "thresholds")
    thresholds = curve.table.thresholds
    if len(thresholds) != curve.hard_cap - 1:
        yield Finding(
            path,
            f"lists {len(thresholds)} thresholds for the levels 2 to {curve.hard_cap}",
            f"list {curve.hard_cap - 1}, or set hard_cap to {len(thresholds) + 1}",
        )
    before = 0
    for index, threshold in enumerate(thresholds):
        if threshold <= before:
            yield Finding(
                (*path, index),
                f"level {index + 2} would begin at {threshold} XP, not after {before}",
                "let thresholds rise",
            )
        before = max(before, threshold)


def _check_thresholds(curve: LevelCurve) -> Iterator[Finding]:
    try:
        level_table(curve)
    except ThresholdTooHigh as error:
        mend = f"set hard_cap to at most {error.level - 1}"
        if curve.HasField("exponential"):
            mend += ", or slow the growth from a soft cap on (growth_after_soft_cap_basis_points)"
        yield Finding(
            ("levels",),
            f"level {error.level} would begin at {error.threshold} XP, past {AMOUNT_MAX} (2^53-1)",
            mend,
        )


def _check_rewards(curve: LevelCurve, known: Known) -> Iterator[Finding]:
    for index, reward in enumerate(curve.rewards):
        path = ("levels", "rewards", index)
        yield from check_amounts((*path, "currencies"), reward.currencies, known)
        yield from check_items((*path, "items"), reward.items, known)
        yield from check_honors(path, reward.badges, reward.titles, known)
        for place, name in enumerate(reward.unlock_content):
            if not name:
                yield Finding((*path, "unlock_content", place), "is empty", "name it, or remove it")
        honors = reward.badges or reward.titles or reward.unlock_content
        if not reward.currencies and not reward.items and not honors:
            yield Finding(path, "gives nothing", "set currencies, items, badges or the like")
        if bool(reward.level) == bool(reward.every_levels):
            yield Finding(path, "needs either level or every_levels", "set exactly one of them")
        elif reward.level and not 2 <= reward.level <= curve.hard_cap:
            yield Finding(
                (*path, "level"),
                f"level {reward.level} is never reached",
                f"use 2 to {curve.hard_cap} (hard_cap)",
            )
        elif reward.every_levels > curve.hard_cap:
            yield Finding(
                (*path, "every_levels"),
                f"is above the hard_cap of {curve.hard_cap}: it would never pay",
                "lower it, or remove the reward",
            )
    for key in ("level", "every_levels"):
        values = [getattr(reward, key) for reward in curve.rewards]
        for index, other in repeated(values):
            yield Finding(
                ("levels", "rewards", index, key),
                f"{values[index]} has a reward already, in rewards[{other}]",
                "put all into one",
            )


def _check_totals(curve: LevelCurve) -> Iterator[Finding]:
    for level, paid in rewards_by_level(curve, curve.hard_cap).items():
        for currency, amount in paid:
            if amount > AMOUNT_MAX:
                yield Finding(
                    ("levels", "rewards"),
                    f"level {level} would pay {amount} {currency}, past {AMOUNT_MAX} (2^53-1)",
                    "lower the amounts",
                )


def _check_requirements(curve: LevelCurve, known: Known) -> Iterator[Finding]:
    levels = [item.level for item in curve.requirements]
    for index, item in enumerate(curve.requirements):
        path = ("levels", "requirements", index)
        if item.level > curve.hard_cap > 0:
            yield Finding(
                (*path, "level"),
                f"level {item.level} is never reached",
                f"use 2 to {curve.hard_cap} (hard_cap)",
            )
        asked = (*path, "achievements")
        yield from check_names(asked, "achievements", item.achievements, known.achievements)
        for place, name in enumerate(item.achievements):
            achievement = known.achievements.get(name)
            if achievement is not None and achievement.level_requirement >= item.level:
                yield Finding(
                    (*asked, place),
                    f"`{name}` asks for level {achievement.level_requirement} itself:"
                    " nobody would get there",
                    "lower its level_requirement, or remove it here",
                )
    for index, other in repeated(levels):
        yield Finding(
            ("levels", "requirements", index, "level"),
            f"level {levels[index]} has requirements already, in requirements[{other}]",
            "put all into one",
        )


def _check_names(curve: LevelCurve) -> Iterator[Finding]:
    for index, item in enumerate(curve.names):
        if item.level > curve.hard_cap > 0:
            yield Finding(
                ("levels", "names", index, "level"),
                f"level {item.level} is never reached",
                f"use 1 to {curve.hard_cap} (hard_cap)",
            )
    for index, other in repeated(item.level for item in curve.names):
        yield Finding(
            ("levels", "names", index, "level"),
            f"level {curve.names[index].level} has a name already, in names[{other}]",
            "keep one",
        )
