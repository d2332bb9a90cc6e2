"""The base of all errors; `errors` has one class a reason below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

import grpc


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong.

    Attributes:
        subject: the request field, or what the precondition or quota is about.
        description: a sentence for people.
    """

    subject: str
    description: str


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """Everything an error answer carries; see the properties of `RenownError`."""

    code: grpc.StatusCode
    message: str = ""
    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    resource_type: str = ""
    resource_name: str = ""
    retry_after: timedelta | None = None
    request_id: str = ""


class RenownError(Exception):
    """The base of all errors of Renown.

    Attributes:
        details: all of the answer as one value.
    """

    REASON: ClassVar[str] = ""

    def __init__(self, details: ErrorDetails) -> None:
        super().__init__(details)
        self.details = details

    @property
    def code(self) -> grpc.StatusCode:
        """The gRPC status."""
        return self.details.code

    @property
    def reason(self) -> str:
        """The `renown.v1.ErrorReason` without its prefix; empty if the server gave none."""
        return self.details.reason

    @property
    def message(self) -> str:
        """A sentence for people: never something to match on."""
        return self.details.message

    @property
    def metadata(self) -> Mapping[str, str]:
        """The values that belong to the reason, such as `currency`."""
        return self.details.metadata

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What is wrong with the request, field by field."""
        return self.details.violations

    @property
    def retry_after(self) -> timedelta | None:
        """How long the server asks to wait before another attempt."""
        return self.details.retry_after

    @property
    def request_id(self) -> str:
        """The request_id (or activity_id) sent: a later call with it has one effect in all."""
        return self.details.request_id

    @property
    def retryable(self) -> bool:
        """Whether the same request, with the same id, may succeed later."""
        if self.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return self.retry_after is not None
        return self.code in _RETRYABLE

    def __str__(self) -> str:
        return f"{self.reason or self.code.name}: {self.message}"


_RETRYABLE = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        # Sent by a server that is going away; a caller that cancels its own
        # call meets asyncio.CancelledError instead.
        grpc.StatusCode.CANCELLED,
    }
)


class ClientClosed(RenownError):
    """The client was closed while the call was under way, or before it."""

    def __init__(self) -> None:
        super().__init__(ErrorDetails(grpc.StatusCode.CANCELLED, "the client is closed"))

    @property
    def retryable(self) -> bool:
        """Never: this client stays closed."""
        return False

    def __reduce__(self) -> tuple[type[ClientClosed], tuple[()]]:
        return (ClientClosed, ())
