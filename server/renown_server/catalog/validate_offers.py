"""What can be wrong with offers and the rotations that put them on sale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from renown.v1 import catalog_pb2 as pb
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.times import cron_problem, is_zone
from renown_server.catalog.validate_basics import (
    Known,
    check_amounts,
    check_level,
    check_names,
    check_reference,
    check_window,
    repeated,
)
from renown_server.catalog.validate_rewards import check_reward


def check_offers(catalog: pb.Catalog, known: Known) -> Iterator[Finding]:
    """Checks what each offer gives, costs, and when and how often it can be bought."""
    for index, item in enumerate(catalog.offers):
        path = ("offers", index)
        contents = (*path, "contents")
        yield from check_reward(contents, item.contents, known)
        if item.HasField("contents") and not item.contents.ListFields():
            yield Finding(contents, "gives nothing", "say what is sold, such as `xp: 10`")
        yield from _check_prices(path, item, known)
        yield from check_level((*path, "min_level"), item.min_level, known)
        asked = (*path, "achievements")
        yield from check_names(asked, "achievements", item.achievements, known.achievements)
        yield from _check_limit(path, item, known)
        yield from check_window(
            path, ("available_from", item.available_from), ("available_until", item.available_until)
        )
    products = [item.product_id for item in catalog.offers]
    for index, other in repeated(products):
        yield Finding(
            ("offers", index, "product_id"),
            f"`{products[index]}` sells `{catalog.offers[other].id}` already",
            "a product buys one offer: make it a bundle, or choose another product",
        )


def _check_prices(path: Path, item: pb.OfferDefinition, known: Known) -> Iterator[Finding]:
    for index, price in enumerate(item.prices):
        yield from check_amounts((*path, "prices", index, "currencies"), price.currencies, known)
    paid = [" ".join(sorted({each.currency for each in p.currencies})) for p in item.prices]
    for index, other in repeated(paid):
        yield Finding(
            (*path, "prices", index), f"is paid in the same as prices[{other}]", "keep one"
        )
    for index, discount in enumerate(item.discounts):
        at = (*path, "discounts", index)
        yield from check_window(
            at, ("starts_at", discount.starts_at), ("ends_at", discount.ends_at)
        )
    if item.discounts and not item.prices:
        yield Finding(
            (*path, "discounts"), "there is no price to lower", "add prices, or remove discounts"
        )


def _check_limit(path: Path, item: pb.OfferDefinition, known: Known) -> Iterator[Finding]:
    yield from check_reference((*path, "rotation"), "rotations", item.rotation, known.rotations)
    window = (*path, "limit_window")
    if item.limit_window and not item.limit_per_player:
        yield Finding(
            window, "has no effect without limit_per_player", "set limit_per_player, or remove it"
        )
    if item.limit_window == pb.LIMIT_WINDOW_ROTATION and not item.rotation:
        yield Finding(
            window, "counts turns of a rotation, of which it has none", "set rotation, or change it"
        )
    if item.rotation_weight and not item.rotation:
        yield Finding(
            (*path, "rotation_weight"),
            "has no effect without rotation",
            "set rotation, or remove it",
        )


def check_rotations(catalog: pb.Catalog) -> Iterator[Finding]:
    """Checks the schedule of each rotation, and that it has something to choose from."""
    choices = Counter(item.rotation for item in catalog.offers)
    for index, item in enumerate(catalog.rotations):
        path = ("rotations", index)
        if item.time_zone and not is_zone(item.time_zone):
            yield Finding(
                (*path, "time_zone"),
                f"`{item.time_zone}` is no IANA time zone",
                "write it like Europe/Berlin, or remove it for UTC",
            )
        if item.cron and (problem := cron_problem(item.cron)):
            yield Finding(
                (*path, "cron"), f"`{item.cron}` {problem}", "write it like `0 0 * * *`: each day"
            )
        if not choices[item.id]:
            yield Finding(
                path, "has no offers", f"write `rotation: {item.id}` in some, or remove it"
            )
        elif item.size > choices[item.id]:
            yield Finding(
                (*path, "size"),
                f"is {item.size}, above the number of its offers, {choices[item.id]}",
                "lower it, or add offers",
            )
