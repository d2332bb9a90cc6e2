"""How a call that does not succeed is answered."""

from __future__ import annotations

import asyncio
import secrets
from typing import NoReturn

import grpc
import structlog
from grpc.aio import ServicerContext

from renown_server.errors import RenownError, Status
from renown_server.transport.inflight import Running
from renown_server.wire.status import to_status

# How long a stream's end waits behind messages that its client doesn't read.
LINGER_S = 30.0
DETAILS_KEY = "grpc-status-details-bin"

_CODES = {code.value[0]: code for code in grpc.StatusCode}
_log = structlog.get_logger(__name__)


def answer_to(failure: BaseException, running: Running, path: str) -> RenownError:
    """Returns what the caller is told about whatever a call raised.

    What is not meant for callers becomes an incident: they get its id, the log the rest.

    Raises:
        asyncio.CancelledError: `failure` itself, where nobody waits for an answer any more: the
            client left, or the server has stopped.
    """
    if isinstance(failure, RenownError) and failure.refusal.status != Status.INTERNAL.value:
        return failure
    if isinstance(failure, asyncio.CancelledError):
        ours = running.error
        # What is left after taking back our own cancellation came from the transport. With
        # none at all the handler raised it by mistake, and the client would wait in vain.
        if (running.task.uncancel() if ours else running.task.cancelling()) > 0:
            raise failure
        if ours:
            return ours
    return _incident(failure, running, path)


def _incident(failure: BaseException, running: Running, path: str) -> RenownError:
    incident = secrets.token_hex(8)
    _log.error(
        "call failed",
        incident=incident,
        method=path,
        call_id=running.call_id,
        principal=running.principal.id,
        exc_info=failure,
    )
    return RenownError(f"internal error, incident {incident}", metadata={"incident": incident})


async def abort(context: ServicerContext[bytes, bytes], error: RenownError) -> NoReturn:
    """Ends a call with an error and its details.

    Raises:
        grpc.aio.AbortError: always; the transport expects it.
        asyncio.CancelledError: the client has not read for so long that it is not told.
    """
    status = to_status(error)
    trailers = ((DETAILS_KEY, status.SerializeToString()),)
    try:
        async with asyncio.timeout(LINGER_S):
            await context.abort(_CODES[status.code], status.message, trailers)
    except TimeoutError:
        raise asyncio.CancelledError from None
