"""The requests, serialized ahead of time as far as they can be.

A request is built once with placeholders, and each call only puts its ids into the bytes. That
works because all ids of a kind have the same width.
"""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass

from google.protobuf.message import Message

from renown.v1 import activity_service_pb2 as activity
from renown.v1 import common_pb2 as common
from renown.v1 import currency_service_pb2 as currency
from renown.v1 import leaderboard_service_pb2 as leaderboard
from renown.v1 import player_profile_service_pb2 as profile
from tests.bench.players import Players, player_id

BATCH = 100
NEIGHBORS = 10
TOP = 100
ACTIVITY_TYPE = "bench_activity"
BOARD = "bench_score"
CREDIT_AMOUNT = 7
CURRENCY = "coins"

PLAYER = "player-???????"
ID = "b-????-?????????"
# Five bytes as a varint, as is every score from here on to 2**35.
SCORE_MIN = 2**28
SCORE = SCORE_MIN + 123_456_789


@dataclass(frozen=True, slots=True)
class Feed:
    """What the calls of one run are made from."""

    players: Players
    run: str
    """Four characters that no other run has; part of every id."""
    epoch: float
    """When the whole benchmark began, by the monotonic clock."""
    trades: tuple[tuple[str, str], ...] = ()
    """Open trades and who may accept them, for the row that does."""

    def ids(self) -> Iterator[bytes]:
        """Yields ids for idempotency keys, each once."""
        prefix = f"b-{self.run}-".encode()
        return (prefix + b"%09d" % i for i in itertools.count())


def template(message: Message, *placeholders: bytes) -> bytes:
    """Serializes a message into a ``%`` format with one ``%b`` for each placeholder, in order."""
    data = message.SerializeToString().replace(b"%", b"%%")
    end = 0
    for placeholder in placeholders:
        at = data.index(placeholder, end)
        data = data[:at] + b"%b" + data[at + len(placeholder) :]
        end = at + 2
    return data


def varint5(value: int) -> bytes:
    """Encodes a number from 2**28 up to 2**35 as a varint."""
    return bytes(
        (
            value & 0x7F | 0x80,
            value >> 7 & 0x7F | 0x80,
            value >> 14 & 0x7F | 0x80,
            value >> 21 & 0x7F | 0x80,
            value >> 28,
        )
    )


def record_activity(feed: Feed) -> Iterator[bytes]:
    """Yields activities."""
    request = activity.RecordActivityRequest(
        activity=activity.Activity(
            player_id=PLAYER,
            activity_id=ID,
            type=ACTIVITY_TYPE,
            reference_type="task",
            reference_id="task-1",
        )
    )
    form = template(request, PLAYER.encode(), ID.encode())
    ids = feed.ids()
    for index in feed.players.indexes():
        yield form % (player_id(index), next(ids))


def record_activities(feed: Feed) -> Iterator[bytes]:
    """Yields batches of activities.

    A request's only field, one activity, has the number and type of the batch's items: the bytes
    of single requests make a batch when put together.
    """
    return joined(record_activity(feed))


def credit(feed: Feed, amount: int = CREDIT_AMOUNT, event_type: str = "bench") -> Iterator[bytes]:
    """Yields credits of the same amount."""
    request = currency.CreditRequest(
        request_id=ID,
        player_id=PLAYER,
        amounts=[common.CurrencyAmount(currency=CURRENCY, amount=amount)],
        event_type=event_type,
    )
    form = template(request, ID.encode(), PLAYER.encode())
    ids = feed.ids()
    for index in feed.players.indexes():
        yield form % (next(ids), player_id(index))


def get_player(feed: Feed) -> Iterator[bytes]:
    """Yields reads of profiles."""
    form = template(profile.GetPlayerRequest(player_id=PLAYER), PLAYER.encode())
    for index in feed.players.indexes():
        yield form % player_id(index)


def submit_score(feed: Feed) -> Iterator[bytes]:
    """Yields scores that are each the player's best so far.

    Each player's score grows with time at the player's own speed, so that every submission
    changes an entry and entries stay spread over the whole board.
    """
    request = leaderboard.SubmitScoreRequest(
        request_id=ID, leaderboard_id=BOARD, player_id=PLAYER, score=SCORE
    )
    form = template(request, ID.encode(), PLAYER.encode(), varint5(SCORE))
    ids = feed.ids()
    for index in feed.players.indexes():
        speed = index * 7919 % 1000 + 1
        score = SCORE_MIN + int((time.monotonic() - feed.epoch) * 1000 * speed)
        yield form % (next(ids), player_id(index), varint5(score))


def submit_scores(feed: Feed) -> Iterator[bytes]:
    """Yields batches of such scores."""
    return joined(map(one_field, submit_score(feed)))


def get_rank(feed: Feed) -> Iterator[bytes]:
    """Yields questions for a rank and the entries around it."""
    request = leaderboard.GetRankRequest(
        leaderboard_id=BOARD, player_id=PLAYER, neighbors=NEIGHBORS
    )
    form = template(request, PLAYER.encode())
    for index in feed.players.indexes():
        yield form % player_id(index)


def list_top(feed: Feed) -> Iterator[bytes]:
    """Yields the same question for the top of the board."""
    request = leaderboard.ListEntriesRequest(leaderboard_id=BOARD, page_size=TOP)
    return itertools.repeat(request.SerializeToString())


def one_field(item: bytes) -> bytes:
    """Makes a serialized message field 1 of another; its length must fit one byte."""
    if len(item) > 0x7F:
        raise ValueError(f"{len(item)} bytes")
    return bytes((0x0A, len(item))) + item


def joined(items: Iterator[bytes]) -> Iterator[bytes]:
    """Yields a hundred items at a time."""
    while batch := b"".join(itertools.islice(items, BATCH)):
        yield batch
