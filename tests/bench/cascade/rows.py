"""The cascade's rows: among few definitions, and among a thousand more."""

from collections.abc import Callable

from tests.bench import answers
from tests.bench.calls import BATCH
from tests.bench.cascade import calls
from tests.bench.cascade.answers import all_begun
from tests.bench.economy.rows import CALLS_IN_FLIGHT
from tests.bench.peers import PEERS, TARGETS
from tests.bench.row import Effect, Game, Row, Supply

ACTIVITY = "/renown.v1.ActivityService"

VISITED = 4
"""Definitions that a lesson may move: two achievements and two quests."""


def _unary(name: str, title: str, game: Game) -> Row:
    return Row(
        name=name,
        title=title,
        method=f"{ACTIVITY}/RecordActivity",
        in_flight=64,
        requests=calls.record_lesson,
        wrong=answers.recorded,
        effect=Effect.LESSON,
        needs=(Supply.LESSONS,),
        game=game,
        visits=VISITED,
        peer=PEERS["award"],
        target=TARGETS["record_cascade_64"],
    )


def _batch(
    name: str,
    title: str,
    game: Game,
    *,
    wrong: Callable[[bytes], int] = answers.all_recorded,
    needs: tuple[Supply, ...] = (Supply.LESSONS,),
) -> Row:
    return Row(
        name=name,
        title=title,
        method=f"{ACTIVITY}/BatchRecordActivities",
        in_flight=CALLS_IN_FLIGHT,
        requests=calls.record_lessons,
        wrong=wrong,
        effect=Effect.LESSON,
        batch=BATCH,
        sample=1,
        needs=needs,
        game=game,
        visits=VISITED,
        peer=PEERS["award"],
        target=TARGETS["record_cascade_batch"],
    )


# A player's first lesson starts the quests, and the first of a day is the streak's.
FIRST_LESSON = _batch(
    "first_lesson", "a lesson beforehand", Game.CASCADE, wrong=all_begun, needs=()
)

CASCADE = (
    _unary("record_cascade_64", "RecordActivity, full cascade", Game.CASCADE),
    _unary("record_cascade_64_crowd", "the same among 1,000 definitions", Game.CROWD),
    _batch("record_cascade_batch", "BatchRecordActivities, full cascade", Game.CASCADE),
    _batch("record_cascade_batch_crowd", "the same among 1,000 definitions", Game.CROWD),
)

FILLS = {FIRST_LESSON.name: FIRST_LESSON}
SUPPLIES: dict[Supply, tuple[Row, ...]] = {Supply.LESSONS: (FIRST_LESSON,)}
"""What gives it to each player, once."""
