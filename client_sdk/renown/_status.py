"""Turns a gRPC error, or the google.rpc.Status of a batch item, into a typed error.

The one place that does: by the status code and the reason of the ErrorInfo,
never by the text.
"""

from __future__ import annotations

import dataclasses

import grpc
import grpc.aio
from google.protobuf.message import DecodeError
from google.rpc import (  # type: ignore[import-untyped, unused-ignore]
    error_details_pb2,
    status_pb2,
)

from renown import errors
from renown._error import ErrorDetails, RenownError, Violation

DOMAIN = "renown"
"""The domain of Renown's ErrorInfo; a proxy's own ErrorInfo has another."""

DETAILS_KEY = "grpc-status-details-bin"

_CODES = {code.value[0]: code for code in grpc.StatusCode}

_BY_REASON: dict[str, type[RenownError]] = {
    item.REASON: item
    for item in vars(errors).values()
    if isinstance(item, type) and issubclass(item, RenownError) and vars(item).get("REASON")
}

_BY_CODE: dict[grpc.StatusCode, type[RenownError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: errors.InvalidArgument,
    grpc.StatusCode.UNAUTHENTICATED: errors.Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: errors.PermissionDenied,
    grpc.StatusCode.NOT_FOUND: errors.NotFound,
    grpc.StatusCode.ALREADY_EXISTS: errors.AlreadyExists,
    grpc.StatusCode.FAILED_PRECONDITION: errors.FailedPrecondition,
    grpc.StatusCode.ABORTED: errors.Conflict,
    grpc.StatusCode.OUT_OF_RANGE: errors.OutOfRange,
    grpc.StatusCode.RESOURCE_EXHAUSTED: errors.ResourceExhausted,
    grpc.StatusCode.UNAVAILABLE: errors.Unavailable,
    grpc.StatusCode.INTERNAL: errors.Internal,
    grpc.StatusCode.DEADLINE_EXCEEDED: errors.DeadlineExceeded,
}


def from_rpc_error(error: grpc.aio.AioRpcError, request_id: str = "") -> RenownError:
    """Types the error of a call.

    Args:
        error: what the call raised.
        request_id: the id the call carried, for the caller to retry with.
    """
    details = ErrorDetails(error.code(), error.details() or "", request_id=request_id)
    return _typed(_with_details(details, _rich_status(error)))


def from_status(status: status_pb2.Status, request_id: str = "") -> RenownError:
    """Types the error of one item of a batch."""
    code = _CODES.get(status.code, grpc.StatusCode.UNKNOWN)
    details = ErrorDetails(code, status.message, request_id=request_id)
    return _typed(_with_details(details, status))


def error(code: grpc.StatusCode, message: str) -> RenownError:
    """Makes an error that the SDK itself has noticed."""
    return _typed(ErrorDetails(code, message))


def _typed(details: ErrorDetails) -> RenownError:
    kind = _BY_REASON.get(details.reason) or _BY_CODE.get(details.code, RenownError)
    return kind(details)


def _rich_status(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    """Returns the status message of the trailers, empty if there is none to read."""
    status = status_pb2.Status()
    raw = (error.trailing_metadata() or {}).get(DETAILS_KEY)
    if isinstance(raw, bytes):
        try:
            status.ParseFromString(raw)
        except DecodeError:
            status.Clear()
    return status


def _with_details(details: ErrorDetails, status: status_pb2.Status) -> ErrorDetails:
    """Adds what the status's details say; unknown ones are skipped."""
    for packed in status.details:
        for message, read in _READERS:
            if packed.Is(message.DESCRIPTOR):
                body = message()
                packed.Unpack(body)
                details = read(details, body)
    return details


def _read_info(details: ErrorDetails, info: error_details_pb2.ErrorInfo) -> ErrorDetails:
    if info.domain != DOMAIN:
        return details
    return dataclasses.replace(details, reason=info.reason, metadata=dict(info.metadata))


def _read_retry(details: ErrorDetails, retry: error_details_pb2.RetryInfo) -> ErrorDetails:
    return dataclasses.replace(details, retry_after=retry.retry_delay.ToTimedelta())


def _read_resource(details: ErrorDetails, info: error_details_pb2.ResourceInfo) -> ErrorDetails:
    return dataclasses.replace(
        details, resource_type=info.resource_type, resource_name=info.resource_name
    )


def _read_fields(details: ErrorDetails, request: error_details_pb2.BadRequest) -> ErrorDetails:
    found = tuple(Violation(item.field, item.description) for item in request.field_violations)
    return dataclasses.replace(details, violations=details.violations + found)


def _read_preconditions(
    details: ErrorDetails, failure: error_details_pb2.PreconditionFailure
) -> ErrorDetails:
    found = tuple(
        Violation(item.subject or item.type, item.description) for item in failure.violations
    )
    return dataclasses.replace(details, violations=details.violations + found)


def _read_quota(details: ErrorDetails, failure: error_details_pb2.QuotaFailure) -> ErrorDetails:
    found = tuple(Violation(item.subject, item.description) for item in failure.violations)
    return dataclasses.replace(details, violations=details.violations + found)


_READERS = (
    (error_details_pb2.ErrorInfo, _read_info),
    (error_details_pb2.RetryInfo, _read_retry),
    (error_details_pb2.ResourceInfo, _read_resource),
    (error_details_pb2.BadRequest, _read_fields),
    (error_details_pb2.PreconditionFailure, _read_preconditions),
    (error_details_pb2.QuotaFailure, _read_quota),
)
