"""What a batch call answers about one item that failed."""

from __future__ import annotations

import secrets

import msgspec
import structlog
from google.rpc.status_pb2 import Status

from renown_server.errors import RenownError, StoredRefusal
from renown_server.wire.status import to_status

_log = structlog.get_logger(__name__)


def item_status(failure: BaseException) -> Status:
    """The failure of an item, with the details a call of its own would have."""
    if not isinstance(failure, RenownError):
        incident = secrets.token_hex(8)
        _log.error("item failed", incident=incident, exc_info=failure)
        failure = RenownError(
            f"internal error, incident {incident}", metadata={"incident": incident}
        )
    return to_status(failure)


def inside(failure: BaseException, item: str) -> BaseException:
    """A failure of a whole call, told of an item: its violations name the item's fields.

    Args:
        failure: why the item was refused.
        item: where it stands in the request, such as `credits[3]`.
    """
    if not isinstance(failure, RenownError) or not failure.refusal.violations:
        return failure
    violations = tuple(
        (f"{item}.{field}", description) for field, description in failure.refusal.violations
    )
    return StoredRefusal(msgspec.structs.replace(failure.refusal, violations=violations))
