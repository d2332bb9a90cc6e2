"""What a call raises when the answer is not OK: one class a reason.

The classes form a tree: below `RenownError` one class a gRPC status, below
those one class a value of `renown.v1.ErrorReason`. Catch as wide or as narrow
as you need; a reason newer than this SDK arrives as the class of its status.
"""

from __future__ import annotations

from datetime import date, datetime

from renown._error import ClientClosed, ErrorDetails, RenownError, Violation

__all__ = [
    "ActivityNotFound",
    "AlreadyExists",
    "BalanceCap",
    "ClientClosed",
    "Conflict",
    "Cooldown",
    "CursorTrimmed",
    "DailyCap",
    "DeadlineExceeded",
    "Draining",
    "EntryNotFound",
    "ErrorDetails",
    "FailedPrecondition",
    "InsufficientFunds",
    "Internal",
    "InvalidArgument",
    "InvalidContext",
    "InvalidCursor",
    "InvalidPageToken",
    "KeyNotFound",
    "LeaderboardNotFound",
    "MalformedRequest",
    "MetricOutOfRange",
    "NotFound",
    "OccurredAtOutOfRange",
    "OutOfRange",
    "Overloaded",
    "PermissionDenied",
    "PlayerExists",
    "PlayerNotFound",
    "RanksUnavailable",
    "RateLimited",
    "RenownError",
    "RequestIdReused",
    "ResourceExhausted",
    "ScoreNotAccepted",
    "ScoreOutOfRange",
    "SlowConsumer",
    "StorageUnavailable",
    "TooManyStreams",
    "Unauthenticated",
    "Unavailable",
    "UnknownActivityType",
    "UnknownCurrency",
    "UnknownMetric",
    "UnknownTimeZone",
    "UsernameTaken",
    "Violation",
]

# INVALID_ARGUMENT


class InvalidArgument(RenownError):
    """The request breaks a rule of its contract; `violations` names the fields."""

    REASON = "INVALID_ARGUMENT"


class MalformedRequest(InvalidArgument):
    """The bytes are not the method's request message."""

    REASON = "MALFORMED_REQUEST"


class InvalidPageToken(InvalidArgument):
    """The page token was not issued for this list."""

    REASON = "INVALID_PAGE_TOKEN"


class InvalidCursor(InvalidArgument):
    """The cursor was not issued for this stream."""

    REASON = "INVALID_CURSOR"


class UnknownActivityType(InvalidArgument):
    """The catalog has no such activity type."""

    REASON = "UNKNOWN_ACTIVITY_TYPE"


class UnknownMetric(InvalidArgument):
    """The activity type declares no such metric."""

    REASON = "UNKNOWN_METRIC"


class UnknownCurrency(InvalidArgument):
    """The catalog has no such currency."""

    REASON = "UNKNOWN_CURRENCY"


class InvalidContext(InvalidArgument):
    """A context value is outside what the activity type allows."""

    REASON = "INVALID_CONTEXT"


class OccurredAtOutOfRange(InvalidArgument):
    """The activity is later than allowed, or lies in the future."""

    REASON = "OCCURRED_AT_OUT_OF_RANGE"


class UnknownTimeZone(InvalidArgument):
    """Not an IANA time zone."""

    REASON = "UNKNOWN_TIME_ZONE"


# UNAUTHENTICATED, PERMISSION_DENIED


class Unauthenticated(RenownError):
    """No credential, or one that is malformed, expired, revoked or for another audience."""

    REASON = "UNAUTHENTICATED"


class PermissionDenied(RenownError):
    """This principal may not call this method, or not for this player."""

    REASON = "PERMISSION_DENIED"


# NOT_FOUND, ALREADY_EXISTS


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


class PlayerNotFound(NotFound):
    """The player does not exist."""

    REASON = "PLAYER_NOT_FOUND"


class ActivityNotFound(NotFound):
    """The player has no such activity."""

    REASON = "ACTIVITY_NOT_FOUND"


class LeaderboardNotFound(NotFound):
    """The catalog has no such board."""

    REASON = "LEADERBOARD_NOT_FOUND"


class EntryNotFound(NotFound):
    """The player has no entry on the board in this period."""

    REASON = "ENTRY_NOT_FOUND"


class KeyNotFound(NotFound):
    """There is no such key."""

    REASON = "KEY_NOT_FOUND"


class AlreadyExists(RenownError):
    """What the request would create exists already."""


class PlayerExists(AlreadyExists):
    """The player has been created before, by another request."""

    REASON = "PLAYER_EXISTS"


class UsernameTaken(AlreadyExists):
    """Another player holds the username."""

    REASON = "USERNAME_TAKEN"


# FAILED_PRECONDITION


class FailedPrecondition(RenownError):
    """The state of things does not allow it."""


class InsufficientFunds(FailedPrecondition):
    """A balance would fall below zero. Amounts are minor units."""

    REASON = "INSUFFICIENT_FUNDS"

    @property
    def currency(self) -> str:
        """The currency that does not suffice."""
        return self.metadata.get("currency", "")

    @property
    def needed(self) -> int:
        """What the request would take."""
        return int(self.metadata.get("needed", 0))

    @property
    def available(self) -> int:
        """What the player has."""
        return int(self.metadata.get("available", 0))


class RequestIdReused(FailedPrecondition):
    """The request_id (or activity_id) belongs to another request."""

    REASON = "REQUEST_ID_REUSED"


class Cooldown(FailedPrecondition):
    """The activity type is cooling down for this player."""

    REASON = "COOLDOWN"

    @property
    def available_at(self) -> datetime | None:
        """When the next activity of the type will count."""
        text = self.metadata.get("available_at")
        return datetime.fromisoformat(text) if text else None


class DailyCap(FailedPrecondition):
    """The player has reached the activity type's cap of the day."""

    REASON = "DAILY_CAP"

    @property
    def cap(self) -> int:
        """How many count a day."""
        return int(self.metadata.get("cap", 0))

    @property
    def day(self) -> date | None:
        """The day, in the player's time zone."""
        text = self.metadata.get("day")
        return date.fromisoformat(text) if text else None


class ScoreNotAccepted(FailedPrecondition):
    """The board takes no direct scores."""

    REASON = "SCORE_NOT_ACCEPTED"


# ABORTED, OUT_OF_RANGE


class Conflict(RenownError):
    """Too many concurrent changes; nothing was done."""

    REASON = "CONFLICT"


class OutOfRange(RenownError):
    """A number would leave its range, or a cursor has left it."""


class BalanceCap(OutOfRange):
    """A balance would pass the currency's cap. Amounts are minor units."""

    REASON = "BALANCE_CAP"

    @property
    def currency(self) -> str:
        """The capped currency."""
        return self.metadata.get("currency", "")

    @property
    def cap(self) -> int:
        """The highest balance allowed."""
        return int(self.metadata.get("cap", 0))

    @property
    def balance(self) -> int:
        """What the player has."""
        return int(self.metadata.get("balance", 0))


class CursorTrimmed(OutOfRange):
    """Events after the cursor are no longer kept: some were missed."""

    REASON = "CURSOR_TRIMMED"

    @property
    def oldest_cursor(self) -> str:
        """The cursor from which events are kept."""
        return self.metadata.get("oldest_cursor", "")


class MetricOutOfRange(OutOfRange):
    """A metric's total would pass 2^53-1."""

    REASON = "METRIC_OUT_OF_RANGE"


class ScoreOutOfRange(OutOfRange):
    """A score would pass 2^53-1."""

    REASON = "SCORE_OUT_OF_RANGE"


# RESOURCE_EXHAUSTED


class ResourceExhausted(RenownError):
    """A limit is reached; `retry_after` says when it may be over."""


class RateLimited(ResourceExhausted):
    """This principal calls this method too often."""

    REASON = "RATE_LIMITED"


class Overloaded(ResourceExhausted):
    """The server's queue is full, or the deadline cannot be met."""

    REASON = "OVERLOADED"


class SlowConsumer(ResourceExhausted):
    """Events arrived faster than they were read. Streams resume by themselves."""

    REASON = "SLOW_CONSUMER"


class TooManyStreams(ResourceExhausted):
    """The server process has no room for another stream."""

    REASON = "TOO_MANY_STREAMS"


# UNAVAILABLE, INTERNAL, DEADLINE_EXCEEDED


class Unavailable(RenownError):
    """The server, or something it needs, cannot be reached; the outcome may be unknown."""


class StorageUnavailable(Unavailable):
    """The server cannot reach Postgres."""

    REASON = "STORAGE_UNAVAILABLE"


class RanksUnavailable(Unavailable):
    """Ranks cannot be read now, or a board is being rebuilt."""

    REASON = "RANKS_UNAVAILABLE"


class Draining(Unavailable):
    """The worker is shutting down."""

    REASON = "DRAINING"


class Internal(RenownError):
    """A bug of the server. The message holds an incident id for its logs."""

    REASON = "INTERNAL"


class DeadlineExceeded(RenownError):
    """The deadline passed; the outcome is unknown. Retry with the same `request_id`."""

    REASON = "DEADLINE_EXCEEDED"
