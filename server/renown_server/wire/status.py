"""Errors as a google.rpc.Status with its details."""

from __future__ import annotations

from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status as StatusProto

from renown_server.errors import Refusal, RenownError, Status
from renown_server.wire.timestamps import to_duration

DOMAIN = "renown"
# Clients refuse trailers above 8 KiB, and these travel in base64 beside the message.
DETAILS_BYTES_MAX = 3072
MESSAGE_CHARS_MAX = 256
FIELD_CHARS_MAX = 128


def to_status(error: RenownError) -> StatusProto:
    """Returns the error as clients meet it: code, message and details.

    ErrorInfo comes first and always; the others as `renown.v1.ErrorReason` names them.
    """
    refusal = error.refusal
    message = _shorten(refusal.message, MESSAGE_CHARS_MAX)
    status = StatusProto(code=refusal.status, message=message)
    info = details.ErrorInfo(reason=refusal.reason, domain=DOMAIN, metadata=refusal.metadata)
    for detail in (info, *_details_of(refusal, message)):
        status.details.add().Pack(detail)
    return status


def _details_of(refusal: Refusal, message: str) -> list[Message]:
    found: list[Message] = []
    if refusal.violations:
        found.append(_bad_request(refusal.violations))
    if refusal.resource:
        kind, name = refusal.resource
        name = _shorten(name, FIELD_CHARS_MAX)
        found.append(
            details.ResourceInfo(resource_type=kind, resource_name=name, description=message)
        )
    if refusal.status == Status.FAILED_PRECONDITION.value:
        precondition = details.PreconditionFailure()
        precondition.violations.add(type=refusal.reason, description=message)
        found.append(precondition)
    if refusal.status == Status.RESOURCE_EXHAUSTED.value:
        quota = details.QuotaFailure()
        quota.violations.add(subject=refusal.reason, description=message)
        found.append(quota)
    if refusal.retry_after_ms:
        delay = to_duration(refusal.retry_after_ms * 1000)
        found.append(details.RetryInfo(retry_delay=delay))
    return found


def _bad_request(violations: tuple[tuple[str, str], ...]) -> details.BadRequest:
    """Lists the violations that fit; the first one always does."""
    bad_request = details.BadRequest()
    for field, description in violations:
        bad_request.field_violations.add(
            field=_shorten(field, FIELD_CHARS_MAX),
            description=_shorten(description, MESSAGE_CHARS_MAX),
        )
        if bad_request.ByteSize() > DETAILS_BYTES_MAX and len(bad_request.field_violations) > 1:
            del bad_request.field_violations[-1]
            break
    return bad_request


def _shorten(text: str, chars_max: int) -> str:
    return text if len(text) <= chars_max else f"{text[: chars_max - 1]}…"
