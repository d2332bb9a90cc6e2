"""Activities: messages → domain."""

from __future__ import annotations

from renown.v1 import activity_service_pb2 as pb
from renown_server.activity.body import ActivityBody
from renown_server.errors import InvalidArgument
from renown_server.wire.timestamps import from_duration, from_timestamp


def decode_activity(activity: pb.Activity, prefix: str = "activity") -> ActivityBody:
    """An activity as a value.

    Args:
        activity: valid by its contract.
        prefix: where it stands in the request.

    Raises:
        InvalidArgument: a time cannot be represented.
    """
    how = activity.performance
    return ActivityBody(
        player_id=activity.player_id,
        activity_id=activity.activity_id,
        type=activity.type,
        occurred_at_us=from_timestamp(activity.occurred_at, f"{prefix}.occurred_at")
        if activity.HasField("occurred_at")
        else None,
        metrics=dict(activity.metrics),
        context=dict(activity.context),
        perfect=how.perfect,
        first_try=how.first_try,
        time_us=from_duration(how.time, f"{prefix}.performance.time")
        if how.HasField("time")
        else None,
        expected_time_us=from_duration(how.expected_time, f"{prefix}.performance.expected_time")
        if how.HasField("expected_time")
        else None,
        reference_type=activity.reference_type,
        reference_id=activity.reference_id,
        description=activity.description,
        amount=activity.amount,
    )


def require_activity_id(activity: pb.Activity, prefix: str) -> None:
    """Checks what only a simulation may leave out.

    Raises:
        InvalidArgument: there is no activity_id.
    """
    if not activity.activity_id:
        raise InvalidArgument(f"{prefix}.activity_id", "value is required")
