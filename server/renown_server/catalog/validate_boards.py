"""What can be wrong with leaderboards."""

from __future__ import annotations

from collections.abc import Iterator

from renown.v1 import leaderboard_service_pb2 as pb
from renown.v1.catalog_pb2 import Catalog, LeaderboardDefinition
from renown_server.catalog.problems import Finding, Path
from renown_server.catalog.times import is_zone
from renown_server.catalog.validate_basics import Known, check_reference


def check_leaderboards(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks what each board counts, how, and where its periods begin."""
    for index, item in enumerate(catalog.leaderboards):
        path = ("leaderboards", index)
        yield from _check_source(path, item, known)
        yield from _check_order(path, item)
        if item.time_zone and not is_zone(item.time_zone):
            yield Finding(
                (*path, "time_zone"),
                f"`{item.time_zone}` is no IANA time zone",
                "write it like Europe/Berlin, or remove it for UTC",
            )


def _check_source(path: Path, item: LeaderboardDefinition, known: Known) -> Iterator[Finding]:
    at = (*path, "metric")
    if item.source == pb.LEADERBOARD_SOURCE_METRIC:
        if not item.metric:
            yield Finding(at, "is missing", "name the metric that the board counts")
        yield from check_reference(at, "metrics", item.metric, known.metrics)
    elif item.metric and item.source:
        yield Finding(at, "is only for `source: metric`", "remove it, or change the source")
    yield from _check_currency((*path, "currency"), item, known)


def _check_currency(at: Path, item: LeaderboardDefinition, known: Known) -> Iterator[Finding]:
    if item.source == pb.LEADERBOARD_SOURCE_CURRENCY:
        if not item.currency:
            yield Finding(at, "is missing", "name the currency that the board counts")
        yield from check_reference(at, "currencies", item.currency, known.currencies)
        if item.aggregation not in (
            pb.LEADERBOARD_AGGREGATION_UNSPECIFIED,
            pb.LEADERBOARD_AGGREGATION_SUM,
        ):
            yield Finding(
                (*at[:-1], "aggregation"), "boards of a currency sum", "remove it, or use sum"
            )
    elif item.currency and item.source:
        yield Finding(at, "is only for `source: currency`", "remove it, or change the source")


def _check_order(path: Path, item: LeaderboardDefinition) -> Iterator[Finding]:
    ascending = item.order == pb.LEADERBOARD_ORDER_ASCENDING
    if item.aggregation == pb.LEADERBOARD_AGGREGATION_MIN and not ascending:
        yield Finding(
            (*path, "aggregation"),
            "min keeps each player's worst score where the highest is the top",
            "use `order: ascending`, or max",
        )
    if item.aggregation == pb.LEADERBOARD_AGGREGATION_MAX and ascending:
        yield Finding(
            (*path, "aggregation"),
            "max keeps each player's worst score where the lowest is the top",
            "use `order: descending`, or min",
        )
