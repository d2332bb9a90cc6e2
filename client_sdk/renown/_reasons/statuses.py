"""One class a gRPC status: what a reason newer than this SDK arrives as."""

from __future__ import annotations

from renown._error import RenownError


class InvalidArgument(RenownError):
    """The request breaks a rule of its contract; `violations` names the fields."""

    REASON = "INVALID_ARGUMENT"


class Unauthenticated(RenownError):
    """No credential, or one that is malformed, expired, revoked or for another audience."""

    REASON = "UNAUTHENTICATED"


class PermissionDenied(RenownError):
    """This principal may not call this method, or not for this player."""

    REASON = "PERMISSION_DENIED"


class NotFound(RenownError):
    """Something named in the request does not exist."""

    @property
    def resource_type(self) -> str:
        """The kind of thing, such as `player`."""
        return self.details.resource_type

    @property
    def resource_name(self) -> str:
        """Its id."""
        return self.details.resource_name


class AlreadyExists(RenownError):
    """What the request would create exists already."""


class FailedPrecondition(RenownError):
    """The state of things does not allow it."""


class Conflict(RenownError):
    """Too many concurrent changes; nothing was done."""

    REASON = "CONFLICT"


class OutOfRange(RenownError):
    """A number would leave its range, or a cursor has left it."""


class ResourceExhausted(RenownError):
    """A limit is reached; `retry_after` says when it may be over."""


class Unavailable(RenownError):
    """The server, or something it needs, cannot be reached; the outcome may be unknown."""


class Internal(RenownError):
    """A bug of the server. The message holds an incident id for its logs."""

    REASON = "INTERNAL"


class DeadlineExceeded(RenownError):
    """The deadline passed; the outcome is unknown. Retry with the same `request_id`."""

    REASON = "DEADLINE_EXCEEDED"
