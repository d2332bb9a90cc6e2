import itertools
import time
from collections import Counter

import pytest

from renown.v1.activity_service_pb2 import BatchRecordActivitiesRequest, RecordActivityRequest
from renown.v1.currency_service_pb2 import CreditRequest
from renown.v1.leaderboard_service_pb2 import (
    BatchSubmitScoresRequest,
    GetRankRequest,
    SubmitScoreRequest,
)
from renown.v1.player_profile_service_pb2 import GetPlayerRequest
from tests.bench import calls
from tests.bench.calls import Feed
from tests.bench.players import Drawn, EachOnce


def feed(first: int = 0, stop: int = 250) -> Feed:
    return Feed(EachOnce(first, stop), run="0042", epoch=time.monotonic())


def test_activities_differ_only_in_their_ids() -> None:
    activities = [
        RecordActivityRequest.FromString(r).activity for r in calls.record_activity(feed())
    ]
    assert [a.player_id for a in activities] == [f"player-{i:07d}" for i in range(250)]
    assert [a.activity_id for a in activities] == [f"b-0042-{i:09d}" for i in range(250)]
    assert {a.type for a in activities} == {"bench_activity"}


def test_batches_hold_the_same_as_single_requests() -> None:
    batches = [BatchRecordActivitiesRequest.FromString(r) for r in calls.record_activities(feed())]
    singles = [RecordActivityRequest.FromString(r).activity for r in calls.record_activity(feed())]
    assert [len(batch.activities) for batch in batches] == [100, 100, 50]
    assert [activity for batch in batches for activity in batch.activities] == singles


def test_scores_of_a_player_only_grow() -> None:
    endless = Feed(Drawn(10, zipf=True, seed=1), run="0001", epoch=time.monotonic() - 60)
    best: Counter[str] = Counter()
    for request in itertools.islice(calls.submit_score(endless), 1000):
        score = SubmitScoreRequest.FromString(request)
        assert score.score >= max(best[score.player_id], calls.SCORE_MIN)
        best[score.player_id] = score.score
    assert len(best) == 10


def test_batches_of_scores_parse() -> None:
    batches = [BatchSubmitScoresRequest.FromString(r) for r in calls.submit_scores(feed(0, 150))]
    scores = [score for batch in batches for score in batch.scores]
    assert [score.player_id for score in scores] == [f"player-{i:07d}" for i in range(150)]
    assert len({score.request_id for score in scores}) == 150
    assert {score.leaderboard_id for score in scores} == {calls.BOARD}


def test_reads_and_credits_name_their_player() -> None:
    one = feed(77, 78)
    credit = CreditRequest.FromString(next(calls.credit(one)))
    assert (credit.player_id, credit.request_id) == ("player-0000077", "b-0042-000000000")
    assert [(a.currency, a.amount) for a in credit.amounts] == [("coins", calls.CREDIT_AMOUNT)]
    assert GetPlayerRequest.FromString(next(calls.get_player(one))).player_id == "player-0000077"
    rank = GetRankRequest.FromString(next(calls.get_rank(one)))
    assert (rank.player_id, rank.neighbors) == ("player-0000077", 10)


@pytest.mark.parametrize("value", [2**28, 2**28 + 1, 123_456_789 + 2**28, 2**35 - 1])
def test_varints(value: int) -> None:
    assert SubmitScoreRequest.FromString(b"\x20" + calls.varint5(value)).score == value


def test_zipf_prefers_the_first_players() -> None:
    def share_of_first(*, zipf: bool) -> float:
        drawn = itertools.islice(Drawn(1000, zipf=zipf, seed=3).indexes(), 20_000)
        return sum(index == 0 for index in drawn) / 20_000

    assert share_of_first(zipf=False) < 0.01
    # One over the sum of 1/1 to 1/1000.
    assert share_of_first(zipf=True) == pytest.approx(1 / 7.485, rel=0.15)
