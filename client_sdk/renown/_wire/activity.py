"""Activities and their results."""

from __future__ import annotations

from renown._model.activity import (
    Activity,
    ActivityResult,
    ActivityType,
    ExplainedFact,
    MetricChange,
    XpChange,
)
from renown._model.reward import LootRoll
from renown._wire.common import currency_change, level_up, multiplier, score_change
from renown._wire.event import event
from renown._wire.inventory import draw, item_changes, mail, multiplier_grant
from renown._wire.progress import progress_changes
from renown._wire.reward import item_amounts
from renown._wire.scalars import (
    check_integers,
    moment,
    moment_if_set,
    span_if_set,
    to_duration,
    to_timestamp,
)
from renown.v1 import activity_service_pb2 as pb


def to_activity(activity: Activity) -> pb.Activity:
    """Writes an Activity.

    Raises:
        TypeError: a metric is not an int.
        ValueError: `occurred_at` has no time zone.
    """
    check_integers("metrics", activity.metrics)
    return pb.Activity(
        player_id=activity.player_id,
        activity_id=activity.activity_id,
        type=activity.type,
        occurred_at=to_timestamp(activity.occurred_at),
        metrics=activity.metrics,
        context=activity.context,
        performance=_to_performance(activity),
        reference_type=activity.reference_type,
        reference_id=activity.reference_id,
        description=activity.description,
        amount=activity.amount,
    )


def _to_performance(activity: Activity) -> pb.Performance | None:
    if not (activity.perfect or activity.first_try or activity.time or activity.expected_time):
        return None
    return pb.Performance(
        perfect=activity.perfect,
        first_try=activity.first_try,
        time=to_duration(activity.time),
        expected_time=to_duration(activity.expected_time),
    )


def activity(message: pb.Activity) -> Activity:
    """Reads an Activity."""
    return Activity(
        player_id=message.player_id,
        type=message.type,
        activity_id=message.activity_id,
        occurred_at=moment_if_set(message, "occurred_at"),
        metrics=dict(message.metrics),
        context=dict(message.context),
        perfect=message.performance.perfect,
        first_try=message.performance.first_try,
        time=span_if_set(message.performance, "time"),
        expected_time=span_if_set(message.performance, "expected_time"),
        amount=message.amount,
        reference_type=message.reference_type,
        reference_id=message.reference_id,
        description=message.description,
    )


def activity_result(message: pb.ActivityResult) -> ActivityResult:
    """Reads an ActivityResult."""
    return ActivityResult(
        player_id=message.player_id,
        activity_id=message.activity_id,
        already_recorded=message.already_recorded,
        recorded_at=moment(message.recorded_at),
        catalog_version=message.catalog_version,
        first_sequence=message.first_sequence,
        last_sequence=message.last_sequence,
        xp=_xp_change(message.xp),
        level_ups=tuple(level_up(item) for item in message.level_ups),
        metrics=tuple(
            MetricChange(item.metric, item.amount, item.total) for item in message.metrics
        ),
        currencies=tuple(currency_change(item) for item in message.currencies),
        scores=tuple(score_change(item) for item in message.scores),
        items=item_changes(message.items),
        draws=tuple(draw(item) for item in message.draws),
        mail=tuple(mail(item) for item in message.mail),
        multipliers=tuple(multiplier_grant(item) for item in message.multipliers),
        progress=progress_changes(message.progress),
    )


def _xp_change(message: pb.XpChange) -> XpChange:
    return XpChange(
        amount=message.amount,
        base=message.base,
        total=message.total,
        level=message.level,
        level_before=message.level_before,
    )


def explained_fact(message: pb.ExplainedFact) -> ExplainedFact:
    """Reads an ExplainedFact."""
    return ExplainedFact(
        event=event(message.event),
        rule=message.rule,
        inputs=dict(message.inputs),
        multipliers=tuple(multiplier(item) for item in message.multipliers),
    )


def activity_type(message: pb.ActivityTypeInfo) -> ActivityType:
    """Reads an ActivityTypeInfo."""
    return ActivityType(
        id=message.id,
        name=message.name,
        description=message.description,
        base_xp=message.base_xp,
        metrics=tuple(message.metrics),
        cooldown=span_if_set(message, "cooldown"),
        daily_cap=message.daily_cap,
        client_reportable=message.client_reportable,
        items=item_amounts(message.items),
        loot=tuple(LootRoll(roll.table_id, roll.rolls) for roll in message.loot),
    )
