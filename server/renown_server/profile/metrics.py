"""Metrics: how amounts make their values, and what is known of them besides; pure."""

from __future__ import annotations

from collections.abc import Mapping

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.snapshot import Metric, MetricAggregation
from renown_server.engine.facts import MetricMoved
from renown_server.engine.work import Work
from renown_server.errors import MetricOutOfRange
from renown_server.profile.state import MetricMark, PlayerState

_COUNTER = MetricAggregation.COUNTER


def counts_zero(metrics: Mapping[str, Metric], key: str) -> bool:
    """Whether an amount of 0 moves a metric: a score of 0 is a score, no distance is none."""
    metric = metrics.get(key)
    return metric is not None and metric.aggregation is not _COUNTER


def move(
    work: Work, player: PlayerState, moved: Mapping[str, int], occurred_us: int, rule: str
) -> None:
    """Moves metrics by what an activity sent and counted; the player was touched.

    Args:
        work: the batch.
        player: whose they are.
        moved: amounts by metric, scaled.
        occurred_us: when the activity occurred, microseconds since 1970.
        rule: what moves them.

    Raises:
        MetricOutOfRange: a value, or the sum of an average, would pass 2^53-1.
    """
    if not moved:
        return
    metrics, values, now_us = work.catalog.metrics, player.metrics, work.now_us
    marks = player.metric_marks
    for key, amount in moved.items():
        mark = marks.get(key)
        metric = metrics.get(key)
        count = total_sum = 0
        if metric is None or metric.aggregation is _COUNTER:
            total = values.get(key, 0) + amount
        elif metric.aggregation is MetricAggregation.AVERAGE:
            count = mark.count + 1 if mark is not None else 1
            total_sum = mark.sum + amount if mark is not None else amount
            total = total_sum // count
        else:
            total = _value(metric.aggregation, values.get(key), amount, mark, occurred_us)
        if total > AMOUNT_MAX or total_sum > AMOUNT_MAX:
            raise MetricOutOfRange(key)
        values[key] = total
        if mark is None:
            marks[key] = MetricMark(now_us, now_us, occurred_us, count, total_sum)
        else:
            latest_us = max(mark.latest_us, occurred_us)
            marks[key] = MetricMark(mark.first_us, now_us, latest_us, count, total_sum)
        work.emit(player.player_id, MetricMoved(rule=rule, metric=key, amount=amount, total=total))
    player.metric_marks = marks


def _value(
    aggregation: MetricAggregation,
    value: int | None,
    amount: int,
    mark: MetricMark | None,
    occurred_us: int,
) -> int:
    """The value of a metric that does not add up, after another amount."""
    if value is None:
        return amount
    match aggregation:
        case MetricAggregation.MAX:
            return max(value, amount)
        case MetricAggregation.MIN:
            return min(value, amount)
        case MetricAggregation.LATEST if mark is not None and occurred_us < mark.latest_us:
            return value
        case _:
            return amount


def take_back(
    work: Work,
    player: PlayerState,
    key: str,
    amount: int,
    rule: str,
    recorded_us: int | None = None,
) -> None:
    """Takes back by how much an activity moved a metric, as far as that can be told.

    Sums and averages lose it; the highest, the lowest and the latest stay as they are. So does a
    metric that a prestige has let start over since the activity was recorded, at `recorded_us`.
    """
    metric = work.catalog.metrics.get(key)
    before = player.metrics.get(key)
    if before is None:
        return
    total: int | None = before
    marks = player.metric_marks
    mark = marks.get(key) if player.prestige else None
    if mark is not None and recorded_us is not None and mark.first_us > recorded_us:
        return
    if metric is None or metric.aggregation is _COUNTER:
        total = max(0, before - amount) or None
    elif metric.aggregation is MetricAggregation.AVERAGE and key in marks:
        mark = marks[key]
        if not mark.count or mark.sum < amount:
            return  # it is not in the average: the catalog made something else of it then
        count, left = mark.count - 1, mark.sum - amount
        total = left // count if count else None
        marks[key] = MetricMark(mark.first_us, mark.last_us, mark.latest_us, count, left)
        work.touch(player)
        player.metric_marks = marks
    if total == before:
        return
    work.touch(player)
    if total is None:
        del player.metrics[key]
    else:
        player.metrics[key] = total
    after = total or 0
    work.emit(
        player.player_id, MetricMoved(rule=rule, metric=key, amount=after - before, total=after)
    )
