"""The rows of the benchmark, in the order in which they run."""

from tests.bench import answers, calls
from tests.bench.cascade.rows import CASCADE
from tests.bench.economy.rows import CALLS_IN_FLIGHT, ECONOMY
from tests.bench.peers import PEERS, TARGETS
from tests.bench.row import Effect, Row

MILLION = 1_000_000

ACTIVITY = "/renown.v1.ActivityService"
CURRENCY = "/renown.v1.CurrencyService"
BOARDS = "/renown.v1.LeaderboardService"
PROFILE = "/renown.v1.PlayerProfileService"


def _record(in_flight: int, peer: str) -> Row:
    return Row(
        name=f"record_{in_flight}",
        title="RecordActivity",
        method=f"{ACTIVITY}/RecordActivity",
        in_flight=in_flight,
        requests=calls.record_activity,
        wrong=answers.recorded,
        effect=Effect.ACTIVITY,
        peer=PEERS[peer],
        target=TARGETS[f"record_{in_flight}"],
    )


def _submit(size: str, board: int, peer: str, target: str = "submit_score") -> Row:
    return Row(
        name=f"submit_score_{size}",
        title=f"SubmitScore, board of {size}",
        method=f"{BOARDS}/SubmitScore",
        in_flight=64,
        requests=calls.submit_score,
        wrong=answers.submitted,
        effect=Effect.SCORE,
        board=board,
        peer=PEERS[peer],
        target=TARGETS[target],
    )


def _rank(size: str, board: int, peer: str) -> Row:
    return Row(
        name=f"get_rank_{size}",
        title=f"GetRank, 10 neighbours, of {size}",
        method=f"{BOARDS}/GetRank",
        in_flight=64,
        requests=calls.get_rank,
        wrong=answers.ranked,
        board=board,
        peer=PEERS[peer],
        target=TARGETS["get_rank"],
    )


RECORD_BATCH = Row(
    name="record_batch",
    title="BatchRecordActivities of 100",
    method=f"{ACTIVITY}/BatchRecordActivities",
    in_flight=CALLS_IN_FLIGHT,
    requests=calls.record_activities,
    wrong=answers.all_recorded,
    effect=Effect.ACTIVITY,
    batch=calls.BATCH,
    sample=1,
    peer=PEERS["award"],
    target=TARGETS["record_batch"],
)
CREDIT = Row(
    name="credit",
    title="Credit",
    method=f"{CURRENCY}/Credit",
    in_flight=64,
    requests=calls.credit,
    wrong=answers.credited,
    effect=Effect.CREDIT,
    peer=PEERS["credit"],
    target=TARGETS["credit"],
)
GET_PLAYER = Row(
    name="get_player",
    title="GetPlayer",
    method=f"{PROFILE}/GetPlayer",
    in_flight=64,
    requests=calls.get_player,
    wrong=answers.player,
    peer=PEERS["profile"],
    target=TARGETS["get_player"],
)
SUBMIT_BATCH = Row(
    name="submit_batch",
    title="BatchSubmitScores of 100, of 100k",
    method=f"{BOARDS}/BatchSubmitScores",
    in_flight=CALLS_IN_FLIGHT,
    requests=calls.submit_scores,
    wrong=answers.all_submitted,
    effect=Effect.SCORE,
    batch=calls.BATCH,
    sample=1,
    board=100_000,
    peer=PEERS["score_10k"],
    target=TARGETS["submit_batch"],
)
TOP = Row(
    name="top_100",
    title="ListEntries, top 100 of 100k",
    method=f"{BOARDS}/ListEntries",
    in_flight=64,
    requests=calls.list_top,
    wrong=answers.top,
    board=100_000,
    peer=PEERS["top"],
    target=TARGETS["top"],
)

# A board only grows: rows on larger boards come later.
ROWS = {
    row.name: row
    for row in (
        _record(1, "award_1"),
        _record(64, "award"),
        _record(256, "award"),
        RECORD_BATCH,
        *CASCADE,
        CREDIT,
        *ECONOMY,
        GET_PLAYER,
        _submit("10k", 10_000, "score_10k"),
        _rank("10k", 10_000, "rank_10k"),
        _submit("100k", 100_000, "score_10k"),
        SUBMIT_BATCH,
        _rank("100k", 100_000, "rank_10k"),
        TOP,
        _submit("1M", MILLION, "score_1m", "submit_score_1m"),
        _rank("1M", MILLION, "rank_1m"),
    )
}
