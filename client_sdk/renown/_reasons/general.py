"""Why requests are refused: players, activities, money, boards, streams and the server itself."""

from __future__ import annotations

from datetime import date

from renown._reasons.statuses import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    OutOfRange,
    ResourceExhausted,
    Unavailable,
)
from renown._reasons.values import AboutCurrency, Short, Waiting

# INVALID_ARGUMENT


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


# NOT_FOUND, ALREADY_EXISTS


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


class PlayerExists(AlreadyExists):
    """The player has been created before, by another request."""

    REASON = "PLAYER_EXISTS"


class UsernameTaken(AlreadyExists):
    """Another player holds the username."""

    REASON = "USERNAME_TAKEN"


# FAILED_PRECONDITION


class InsufficientFunds(FailedPrecondition, AboutCurrency, Short):
    """A balance would fall below zero. Amounts are minor units."""

    REASON = "INSUFFICIENT_FUNDS"


class RequestIdReused(FailedPrecondition):
    """The request_id (or activity_id) belongs to another request."""

    REASON = "REQUEST_ID_REUSED"


class Cooldown(FailedPrecondition, Waiting):
    """The activity type is cooling down for this player."""

    REASON = "COOLDOWN"


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


# OUT_OF_RANGE


class BalanceCap(OutOfRange, AboutCurrency):
    """A balance would pass the currency's cap. Amounts are minor units."""

    REASON = "BALANCE_CAP"

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


# RESOURCE_EXHAUSTED, UNAVAILABLE


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


class StorageUnavailable(Unavailable):
    """The server cannot reach Postgres."""

    REASON = "STORAGE_UNAVAILABLE"


class RanksUnavailable(Unavailable):
    """Ranks cannot be read now, or a board is being rebuilt."""

    REASON = "RANKS_UNAVAILABLE"


class Draining(Unavailable):
    """The worker is shutting down."""

    REASON = "DRAINING"
