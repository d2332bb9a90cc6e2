"""The errors a caller can meet, as data.

Rules raise them; `wire.status` turns them into a google.rpc.Status, and the
engine stores those that a retry must meet again. None of them knows gRPC.
"""

from __future__ import annotations

import enum
from typing import ClassVar

import msgspec


class Status(enum.Enum):
    """The kinds of answer an error can be, named as gRPC names them."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


RECORDED_STATUSES = frozenset(
    {Status.FAILED_PRECONDITION, Status.OUT_OF_RANGE, Status.ALREADY_EXISTS}
)
"""Refusals that depend on the state they met: a retry gets the same one."""


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error in the form that is stored and sent.

    Attributes:
        reason: a value of `renown.v1.ErrorReason` without its prefix.
        status: the value of a `Status`.
        message: a sentence for people.
        metadata: the ErrorInfo's metadata.
        violations: pairs of request field and description (BadRequest).
        resource: pair of type and name (ResourceInfo), or empty.
        retry_after_ms: when to try again (RetryInfo), or 0.
    """

    reason: str
    status: int
    message: str
    metadata: dict[str, str] = {}
    violations: tuple[tuple[str, str], ...] = ()
    resource: tuple[str, ...] = ()
    retry_after_ms: int = 0


class RenownError(Exception):
    """An answer other than OK. Subclasses fix the reason and the status."""

    reason: ClassVar[str] = "INTERNAL"
    status: ClassVar[Status] = Status.INTERNAL

    def __init__(
        self,
        message: str,
        *,
        metadata: dict[str, str] | None = None,
        violations: tuple[tuple[str, str], ...] = (),
        resource: tuple[str, ...] = (),
        retry_after_ms: int = 0,
    ) -> None:
        super().__init__(message)
        self.refusal = Refusal(
            reason=self.reason,
            status=self.status.value,
            message=message,
            metadata=metadata or {},
            violations=violations,
            resource=resource,
            retry_after_ms=retry_after_ms,
        )

    @property
    def is_recorded(self) -> bool:
        """Whether a retry of the same command must meet this error again."""
        return Status(self.refusal.status) in RECORDED_STATUSES


class StoredRefusal(RenownError):
    """The refusal an earlier attempt of the same command met."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class InvalidArgument(RenownError):
    """The request breaks a rule of its contract, at `field`."""

    reason = "INVALID_ARGUMENT"
    status = Status.INVALID_ARGUMENT

    def __init__(self, field: str, description: str) -> None:
        super().__init__(f"{field}: {description}", violations=((field, description),))


class MalformedRequest(InvalidArgument):
    """The bytes are not the method's request message."""

    reason = "MALFORMED_REQUEST"


class InvalidPageToken(InvalidArgument):
    """A page token was not issued for this list."""

    reason = "INVALID_PAGE_TOKEN"

    def __init__(self) -> None:
        super().__init__("page_token", "was not issued for this list")


class InvalidCursor(InvalidArgument):
    """A stream cursor was not issued for this stream."""

    reason = "INVALID_CURSOR"

    def __init__(self) -> None:
        super().__init__("cursor", "was not issued for this stream")


class UnknownActivityType(InvalidArgument):
    """The catalog has no such activity type."""

    reason = "UNKNOWN_ACTIVITY_TYPE"


class UnknownMetric(InvalidArgument):
    """The activity type declares no such metric."""

    reason = "UNKNOWN_METRIC"


class UnknownCurrency(InvalidArgument):
    """The catalog has no such currency."""

    reason = "UNKNOWN_CURRENCY"


class InvalidContext(InvalidArgument):
    """A value is outside what the activity type allows."""

    reason = "INVALID_CONTEXT"


class OccurredAtOutOfRange(InvalidArgument):
    """The activity is later than allowed, or lies in the future."""

    reason = "OCCURRED_AT_OUT_OF_RANGE"


class UnknownTimeZone(InvalidArgument):
    """Not an IANA time zone."""

    reason = "UNKNOWN_TIME_ZONE"


class Unauthenticated(RenownError):
    """No credential, or one that is not accepted."""

    reason = "UNAUTHENTICATED"
    status = Status.UNAUTHENTICATED


class PermissionDenied(RenownError):
    """This principal may not call this method, or not for this player."""

    reason = "PERMISSION_DENIED"
    status = Status.PERMISSION_DENIED


class NotFound(RenownError):
    """A resource does not exist."""

    status = Status.NOT_FOUND
    kind: ClassVar[str] = "resource"

    def __init__(self, name: str) -> None:
        super().__init__(f"{self.kind} {name} not found", resource=(self.kind, name))


class PlayerNotFound(NotFound):
    """The player does not exist."""

    reason = "PLAYER_NOT_FOUND"
    kind = "player"


class ActivityNotFound(NotFound):
    """The player has no such activity."""

    reason = "ACTIVITY_NOT_FOUND"
    kind = "activity"


class LeaderboardNotFound(NotFound):
    """The catalog has no such board."""

    reason = "LEADERBOARD_NOT_FOUND"
    kind = "leaderboard"


class EntryNotFound(NotFound):
    """The player has no entry on the board."""

    reason = "ENTRY_NOT_FOUND"
    kind = "leaderboard entry"


class KeyNotFound(NotFound):
    """There is no such key."""

    reason = "KEY_NOT_FOUND"
    kind = "key"


class AlreadyExists(RenownError):
    """A resource exists already."""

    status = Status.ALREADY_EXISTS
    kind: ClassVar[str] = "resource"

    def __init__(self, name: str) -> None:
        super().__init__(f"{self.kind} {name} exists already", resource=(self.kind, name))


class PlayerExists(AlreadyExists):
    """The player has been created before, by another request."""

    reason = "PLAYER_EXISTS"
    kind = "player"


class UsernameTaken(AlreadyExists):
    """Another player holds the username."""

    reason = "USERNAME_TAKEN"
    kind = "username"


class FailedPrecondition(RenownError):
    """The state does not allow it."""

    status = Status.FAILED_PRECONDITION


class InsufficientFunds(FailedPrecondition):
    """A balance would fall below zero. Amounts are minor units."""

    reason = "INSUFFICIENT_FUNDS"

    def __init__(self, currency: str, needed: int, available: int) -> None:
        super().__init__(
            f"needs {needed} {currency}, has {available}",
            metadata={
                "currency": currency,
                "needed": str(needed),
                "available": str(available),
            },
        )


class RequestIdReused(FailedPrecondition):
    """The request_id (or activity_id) belongs to another request."""

    reason = "REQUEST_ID_REUSED"

    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"{request_id} belongs to another request", metadata={"request_id": request_id}
        )


class Cooldown(FailedPrecondition):
    """The activity type is cooling down. `available_at` is RFC 3339."""

    reason = "COOLDOWN"

    def __init__(self, activity_type: str, available_at: str) -> None:
        super().__init__(
            f"{activity_type} is cooling down until {available_at}",
            metadata={"activity_type": activity_type, "available_at": available_at},
        )


class DailyCap(FailedPrecondition):
    """The player has reached the activity type's daily cap."""

    reason = "DAILY_CAP"

    def __init__(self, activity_type: str, cap: int, day: str) -> None:
        super().__init__(
            f"{activity_type} counts {cap} times a day, reached on {day}",
            metadata={"activity_type": activity_type, "cap": str(cap), "day": day},
        )


class ScoreNotAccepted(FailedPrecondition):
    """The board takes no direct scores."""

    reason = "SCORE_NOT_ACCEPTED"

    def __init__(self, leaderboard_id: str) -> None:
        super().__init__(
            f"{leaderboard_id} takes no direct scores", metadata={"leaderboard_id": leaderboard_id}
        )


class BalanceCap(RenownError):
    """A balance would pass the currency's cap. Amounts are minor units.

    A balance that may be another player's is not told: `player_id` says whose it is.
    """

    reason = "BALANCE_CAP"
    status = Status.OUT_OF_RANGE

    def __init__(self, currency: str, cap: int, balance: int = 0, player_id: str = "") -> None:
        metadata = {"currency": currency, "cap": str(cap)}
        if player_id:
            message = f"{currency} of {player_id} would pass {cap}"
            super().__init__(message, metadata={**metadata, "player_id": player_id})
            return
        message = f"{currency} is capped at {cap}, the balance is {balance}"
        super().__init__(message, metadata={**metadata, "balance": str(balance)})


class ScoreOutOfRange(RenownError):
    """A score would pass 2^53-1."""

    reason = "SCORE_OUT_OF_RANGE"
    status = Status.OUT_OF_RANGE

    def __init__(self, leaderboard_id: str) -> None:
        super().__init__(
            f"the score on {leaderboard_id} would pass 2^53-1",
            metadata={"leaderboard_id": leaderboard_id},
        )


class MetricOutOfRange(RenownError):
    """A metric's total would pass 2^53-1."""

    reason = "METRIC_OUT_OF_RANGE"
    status = Status.OUT_OF_RANGE

    def __init__(self, metric: str) -> None:
        super().__init__(f"the total of {metric} would pass 2^53-1", metadata={"metric": metric})


class CursorTrimmed(RenownError):
    """Events after the cursor are no longer kept."""

    reason = "CURSOR_TRIMMED"
    status = Status.OUT_OF_RANGE

    def __init__(self, oldest_cursor: str) -> None:
        super().__init__(
            "events after the cursor are no longer kept", metadata={"oldest_cursor": oldest_cursor}
        )


class Conflict(RenownError):
    """Too many concurrent changes; nothing was done."""

    reason = "CONFLICT"
    status = Status.ABORTED

    def __init__(self) -> None:
        super().__init__("too many concurrent changes; nothing was done", retry_after_ms=50)


class ResourceExhausted(RenownError):
    """A limit is reached; the client should wait."""

    status = Status.RESOURCE_EXHAUSTED


class RateLimited(ResourceExhausted):
    """This principal calls this method too often."""

    reason = "RATE_LIMITED"


class Overloaded(ResourceExhausted):
    """The queue is full, or the deadline cannot be met."""

    reason = "OVERLOADED"

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__("the queue is full", retry_after_ms=retry_after_ms)


class SlowConsumer(ResourceExhausted):
    """The subscriber read too slowly; resume from the cursor."""

    reason = "SLOW_CONSUMER"

    def __init__(self, cursor: str) -> None:
        super().__init__(
            "events arrived faster than they were read; resume from the cursor",
            metadata={"cursor": cursor},
            retry_after_ms=100,
        )


class TooManyStreams(ResourceExhausted):
    """The process has no room for another stream."""

    reason = "TOO_MANY_STREAMS"

    def __init__(self) -> None:
        super().__init__("too many streams are open", retry_after_ms=1000)


class Unavailable(RenownError):
    """A part of the service cannot be reached now."""

    status = Status.UNAVAILABLE


class StorageUnavailable(Unavailable):
    """Postgres cannot be reached."""

    reason = "STORAGE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__(
            "storage cannot be reached; retry with the same request_id", retry_after_ms=500
        )


class RanksUnavailable(Unavailable):
    """Redis cannot be reached, or a board is being rebuilt."""

    reason = "RANKS_UNAVAILABLE"

    def __init__(self, message: str = "ranks are being rebuilt") -> None:
        super().__init__(message, retry_after_ms=500)


class Draining(Unavailable):
    """The worker is shutting down."""

    reason = "DRAINING"

    def __init__(self, cursor: str = "") -> None:
        super().__init__(
            "shutting down; retry with the same request_id",
            metadata={"cursor": cursor} if cursor else None,
            retry_after_ms=100,
        )


class DeadlineExceeded(RenownError):
    """The deadline passed; the outcome is unknown."""

    reason = "DEADLINE_EXCEEDED"
    status = Status.DEADLINE_EXCEEDED

    def __init__(self) -> None:
        super().__init__("the deadline passed; retry with the same request_id")
