"""What can be wrong with activity types and boosts."""

from __future__ import annotations

from collections.abc import Iterator

from renown.v1.catalog_pb2 import (
    METRIC_AGGREGATION_COUNTER,
    METRIC_AGGREGATION_UNSPECIFIED,
    ActivityTypeDefinition,
    Catalog,
)
from renown_server.catalog.fields import duration_us
from renown_server.catalog.limits import (
    AMOUNT_MAX,
    CONTEXT_KEY_CHARS_MAX,
    CONTEXT_VALUE_CHARS_MAX,
    CONTEXT_VALUES_MAX,
    COOLDOWN_MAX_US,
)
from renown_server.catalog.problems import Finding, MapKey, Path
from renown_server.catalog.validate_basics import (
    Known,
    check_amounts,
    check_reference,
    check_window,
    repeated,
)
from renown_server.catalog.validate_rewards import check_items, check_loot


def check_activity_types(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks what each type takes, gives and allows."""
    for index, item in enumerate(catalog.activity_types):
        path = ("activity_types", index)
        yield from _check_metrics(path, item, known)
        yield from _check_rates(path, item, known)
        yield from check_amounts((*path, "currencies"), item.currencies, known)
        yield from check_items((*path, "items"), item.items, known)
        yield from check_loot((*path, "loot"), item.loot, known)
        yield from _check_range(path, item)
        yield from check_reference(
            (*path, "xp_range", "currency"), "currencies", item.xp_range.currency, known.currencies
        )
        yield from _check_client(path, item, known)
        if duration_us(item.cooldown) > COOLDOWN_MAX_US:
            yield Finding((*path, "cooldown"), "is too long", "use at most 366d")


def _check_metrics(path: Path, item: ActivityTypeDefinition, known: Known) -> Iterator[Finding]:
    for name, metrics in (("metrics", item.metrics), ("counts", item.counts)):
        for index, metric in enumerate(metrics):
            if not metric:
                yield Finding((*path, name, index), "is empty", "name a metric, or remove it")
            yield from check_reference((*path, name, index), "metrics", metric, known.metrics)
    for index, metric in enumerate(item.counts):
        if metric in item.metrics:
            yield Finding(
                (*path, "counts", index),
                f"`{metric}` is in metrics too and would move twice",
                "keep it in one of them",
            )
        aggregation = known.metrics[metric].aggregation if metric in known.metrics else 0
        if aggregation not in (METRIC_AGGREGATION_UNSPECIFIED, METRIC_AGGREGATION_COUNTER):
            yield Finding(
                (*path, "counts", index),
                f"`{metric}` does not add up: it would always be 1",
                "count with a metric that is a counter",
            )


def _check_rates(path: Path, item: ActivityTypeDefinition, known: Known) -> Iterator[Finding]:
    xp_at, currency_at = (*path, "xp_per_unit"), (*path, "currency_per_unit")
    rates = [((*xp_at, i, "metric"), rate.metric) for i, rate in enumerate(item.xp_per_unit)]
    for index, paid in enumerate(item.currency_per_unit):
        rates.append(((*currency_at, index, "metric"), paid.metric))
        yield from check_reference(
            (*currency_at, index, "currency"), "currencies", paid.currency, known.currencies
        )
    for at, metric in rates:
        if metric in known.metrics and metric not in item.metrics:
            yield Finding(
                at,
                f"`{metric}` is not among the metrics of this type: it would never pay",
                "add it to metrics",
            )
        yield from check_reference(at, "metrics", metric, known.metrics)
    for index, _ in repeated(rate.metric for rate in item.xp_per_unit):
        yield Finding((*xp_at, index, "metric"), "has a rate already", "add the amounts up")
    pairs = [rate.metric and f"{rate.metric} {rate.currency}" for rate in item.currency_per_unit]
    for index, _ in repeated(pairs):
        yield Finding(
            (*currency_at, index), "has a rate already for this currency", "add the amounts up"
        )


def _check_range(path: Path, item: ActivityTypeDefinition) -> Iterator[Finding]:
    if not item.HasField("xp_range"):
        return
    span, at = item.xp_range, (*path, "xp_range")
    if item.base_xp:
        yield Finding(at, "base_xp is given too", "keep one of base_xp and xp_range")
    if not 1 <= span.max <= AMOUNT_MAX:
        yield Finding((*at, "max"), f"is {span.max}", f"use 1 to {AMOUNT_MAX}")
    elif span.min > span.max:
        yield Finding(
            (*at, "min"), f"is {span.min}, above the max of {span.max}", "lower it, or raise max"
        )
    if span.by_context and not span.context_key:
        yield Finding((*at, "context_key"), "is missing", "name the context key of by_context")
    if span.context_key and not span.by_context:
        yield Finding((*at, "by_context"), "is missing", f"give amounts by {span.context_key}")
    if len(span.context_key) > CONTEXT_KEY_CHARS_MAX:
        yield Finding(
            (*at, "context_key"), "is too long", f"use at most {CONTEXT_KEY_CHARS_MAX} characters"
        )
    if len(span.by_context) > CONTEXT_VALUES_MAX:
        yield Finding(
            (*at, "by_context"), "is too long", f"use at most {CONTEXT_VALUES_MAX} values"
        )
    for value, amount in span.by_context.items():
        key = (*at, "by_context", MapKey(value))
        if not 1 <= len(value) <= CONTEXT_VALUE_CHARS_MAX:
            yield Finding(
                key, "no activity can send this", f"use 1 to {CONTEXT_VALUE_CHARS_MAX} characters"
            )
        if not span.min <= amount <= span.max:
            yield Finding(
                key,
                f"is {amount}, outside {span.min} to {span.max}",
                "widen min and max, or change it",
            )


def _check_client(path: Path, item: ActivityTypeDefinition, known: Known) -> Iterator[Finding]:
    if not item.client_reportable:
        return
    at = (*path, "client_reportable")
    if not duration_us(item.cooldown) or not item.daily_cap:
        yield Finding(at, "players could report it without limit", "set cooldown and daily_cap")
    for name, given in (("items", item.items), ("loot", item.loot)):
        if given:
            yield Finding(
                at,
                f"players could give themselves {name}",
                f"remove {name}, or let the game server report it",
            )
    paid = [a.currency for a in item.currencies] + [r.currency for r in item.currency_per_unit]
    paid.append(item.xp_range.currency)
    for currency in sorted(set(paid)):
        if currency in known.currencies and known.currencies[currency].premium:
            yield Finding(
                at,
                f"players could give themselves {currency}, which is premium",
                "give another currency, or let the game server report it",
            )


def check_boosts(catalog: Catalog, known: Known) -> Iterator[Finding]:
    """Checks the windows of boosts and the types they name."""
    for index, item in enumerate(catalog.boosts):
        path = ("boosts", index)
        yield from check_window(path, ("starts_at", item.starts_at), ("ends_at", item.ends_at))
        for place, name in enumerate(item.activity_types):
            at = (*path, "activity_types", place)
            if not name:
                yield Finding(at, "is empty", "name an activity type, or remove it")
            yield from check_reference(at, "activity_types", name, known.activity_types)
        for place, _ in repeated(item.activity_types):
            yield Finding((*path, "activity_types", place), "is given twice", "keep one")
