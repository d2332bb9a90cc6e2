"""What can be wrong with settings of progression, seasons and prestige."""

from __future__ import annotations

from collections.abc import Iterator

from renown.v1 import progression_pb2 as pb
from renown.v1.catalog_pb2 import Catalog
from renown_server.catalog.compile_goods import reward
from renown_server.catalog.fields import duration_us
from renown_server.catalog.limits import BASIS_POINTS, SPAN_MAX_US
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.progression import PRESTIGE_DEFAULT_MAX
from renown_server.catalog.times import parse_moment
from renown_server.catalog.validate_basics import (
    Known,
    check_level,
    check_names,
    check_reference,
    check_window,
    repeated,
)
from renown_server.catalog.validate_rewards import check_reward


def check_progression_settings(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks the currency of points, and bounds."""
    settings = catalog.settings.progression
    path = ("settings", "progression")
    yield from check_reference(
        (*path, "points_currency"), "currencies", settings.points_currency, known.currencies
    )
    most = settings.multiplier_max_basis_points
    if 0 < most < BASIS_POINTS:
        yield Finding(
            (*path, "multiplier_max_basis_points"),
            f"is {most}: multipliers would take XP away",
            f"use at least {BASIS_POINTS}, or 0 for no cap; 30000 is three times",
        )
    if not 0 <= duration_us(settings.time_zone_change_min) <= SPAN_MAX_US:
        yield Finding(
            (*path, "time_zone_change_min"),
            "is out of range",
            "use a duration between 0s and 366d",
        )


def check_seasons(catalog: Catalog) -> Iterator[Finding]:
    """Checks that each season has a length, and that one runs at a time."""
    spans: list[tuple[int, int, int]] = []
    for index, item in enumerate(catalog.seasons):
        path = ("seasons", index)
        yield from check_window(path, ("starts_at", item.starts_at), ("ends_at", item.ends_at))
        starts, ends = parse_moment(item.starts_at), parse_moment(item.ends_at)
        if starts is not None and ends is not None and starts < ends:
            spans.append((starts, ends, index))
    running, last = 0, 0
    for starts, ends, index in sorted(spans):
        if starts < running:
            yield Finding(
                ("seasons", index, "starts_at"),
                f"lies in `{catalog.seasons[last].id}`, which has not ended",
                "let one season run at a time",
            )
        if ends > running:
            running, last = ends, index


def check_prestige(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks when players can start over, what that takes and what it pays."""
    if not catalog.HasField("prestige"):
        return
    item, path = catalog.prestige, ("prestige",)
    if not catalog.HasField("levels"):
        yield Finding(path, "there are no levels to start over", "add levels, or remove it")
    else:
        yield from check_level((*path, "level"), item.level, known)
    resets = (
        ("reset_currencies", item.reset_currencies, pb.PRESTIGE_RESET_CURRENCIES, known.currencies),
        ("reset_items", item.reset_items, pb.PRESTIGE_RESET_ITEMS, known.items),
    )
    for name, listed, kind, defined in resets:
        word = name.removeprefix("reset_")
        yield from check_names((*path, name), word, listed, defined)
        if listed and kind not in item.resets:
            yield Finding(
                (*path, name),
                f"has no effect unless resets has {word}",
                f"add {word} to resets, or remove it",
            )
        elif kind in item.resets and not listed:
            yield Finding(
                (*path, name), f"is missing: resets has {word}", f"list {word}, or remove it there"
            )
    yield from _check_rewards((*path, "rewards"), item, known)


def _check_rewards(path: Path, item: pb.PrestigeDefinition, known: Known) -> Iterator[Finding]:
    most = item.max or PRESTIGE_DEFAULT_MAX
    for index, each in enumerate(item.rewards):
        yield from check_reward((*path, index, "reward"), each.reward, known)
        if reward(each.reward).is_empty:
            yield Finding((*path, index), "gives nothing", "say what it gives: `reward: {xp: 10}`")
        if each.prestige > most:
            yield Finding(
                (*path, index, "prestige"),
                f"prestige {each.prestige} is never reached",
                f"use at most {most} (max)",
            )
    # 0 is all of them, and stands once as any other.
    numbers = [each.prestige + 1 for each in item.rewards]
    for index, other in repeated(numbers):
        yield Finding(
            (*path, index, "prestige"),
            f"{numbers[index] - 1} has a reward already, in rewards[{other}]",
            "put all into one",
        )
