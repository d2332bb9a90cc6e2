"""What a batch call answers about one item that failed."""

from __future__ import annotations

import secrets

import structlog
from google.rpc.status_pb2 import Status

from renown_server.errors import RenownError
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
