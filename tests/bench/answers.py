"""Whether an answer is right. Each function returns how many operations of a call went wrong."""

from renown.v1 import activity_service_pb2 as activity
from renown.v1 import currency_service_pb2 as currency
from renown.v1 import leaderboard_service_pb2 as leaderboard
from renown.v1 import player_profile_service_pb2 as profile
from tests.bench.calls import CREDIT_AMOUNT, NEIGHBORS, SCORE_MIN, TOP


def recorded(message: bytes) -> int:
    """An activity was recorded now and earned XP, money and three scores."""
    return int(not _earned(activity.RecordActivityResponse.FromString(message).result))


def all_recorded(message: bytes) -> int:
    """As ``recorded``, for each of a batch."""
    items = activity.BatchRecordActivitiesResponse.FromString(message).items
    return sum(not _earned(item.result) for item in items)


def credited(message: bytes) -> int:
    """The money was posted."""
    postings = currency.CreditResponse.FromString(message).transaction.postings
    return int([posting.amount for posting in postings] != [CREDIT_AMOUNT])


def player(message: bytes) -> int:
    """The player has XP."""
    found = profile.GetPlayerResponse.FromString(message).player
    return int(found.experience.total_xp <= 0)


def submitted(message: bytes) -> int:
    """The board has the score, or a better one that another call has just submitted."""
    result = leaderboard.SubmitScoreResponse.FromString(message).result
    return int(result.change.score < SCORE_MIN)


def all_submitted(message: bytes) -> int:
    """As ``submitted``, for each of a batch."""
    items = leaderboard.BatchSubmitScoresResponse.FromString(message).items
    return sum(item.result.change.score < SCORE_MIN for item in items)


def ranked(message: bytes) -> int:
    """The rank comes with as many entries around it as asked."""
    found = leaderboard.GetRankResponse.FromString(message)
    return int(found.rank < 1 or len(found.neighbors) != NEIGHBORS)


def top(message: bytes) -> int:
    """The list is full and in order."""
    entries = leaderboard.ListEntriesResponse.FromString(message).entries
    scores = [entry.score for entry in entries]
    return int(len(scores) != TOP or scores != sorted(scores, reverse=True))


def _earned(result: activity.ActivityResult) -> bool:
    return (
        not result.already_recorded
        and result.xp.amount > 0
        and bool(result.currencies)
        and len(result.scores) == 3
    )
