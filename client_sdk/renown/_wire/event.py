"""Events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from renown._model.event import (
    ActivityRecorded,
    Event,
    MetricMoved,
    Payload,
    PlayerCreated,
    XpGained,
)
from renown._wire import economy_event, progress_event
from renown._wire.common import currency_change, level_up, score_change
from renown._wire.scalars import moment
from renown.v1 import event_pb2 as pb


def _player_created(message: pb.PlayerCreated) -> PlayerCreated:
    return PlayerCreated(username=message.username)


def _activity_recorded(message: pb.ActivityRecorded) -> ActivityRecorded:
    return ActivityRecorded(
        activity_id=message.activity_id,
        type=message.type,
        occurred_at=moment(message.occurred_at),
    )


def _xp_gained(message: pb.XpGained) -> XpGained:
    return XpGained(
        amount=message.amount,
        base=message.base,
        total=message.total,
        level=message.level,
        level_before=message.level_before,
        source=message.source,
    )


def _metric_moved(message: pb.MetricMoved) -> MetricMoved:
    return MetricMoved(metric=message.metric, amount=message.amount, total=message.total)


_PAYLOADS: dict[str, Callable[[Any], Payload]] = {
    "player_created": _player_created,
    "activity_recorded": _activity_recorded,
    "xp_gained": _xp_gained,
    "level_up": level_up,
    "currency_changed": currency_change,
    "score_changed": score_change,
    "metric_moved": _metric_moved,
    **economy_event.PAYLOADS,
    **progress_event.PAYLOADS,
}


def event(message: pb.Event) -> Event:
    """Reads an Event."""
    kind = message.WhichOneof("payload")
    return Event(
        player_id=message.player_id,
        sequence=message.sequence,
        recorded_at=moment(message.recorded_at),
        type=message.type,
        command_id=message.command_id,
        catalog_version=message.catalog_version,
        payload=_PAYLOADS[kind](getattr(message, kind)) if kind in _PAYLOADS else None,
    )
