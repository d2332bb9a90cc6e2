"""The cascade's requests; see ``tests/bench/calls.py``."""

from collections.abc import Iterator

from renown.v1 import activity_service_pb2 as activity
from tests.bench.calls import ID, PLAYER, Feed, joined, template
from tests.bench.players import player_id

ACTIVITY_TYPE = "bench_lesson"
CONTEXT = {"difficulty": "hard", "subject": "math"}


def record_lesson(feed: Feed) -> Iterator[bytes]:
    """Yields activities that move two achievements, two quests and a streak."""
    request = activity.RecordActivityRequest(
        activity=activity.Activity(
            player_id=PLAYER,
            activity_id=ID,
            type=ACTIVITY_TYPE,
            context=CONTEXT,
            reference_type="task",
            reference_id="task-1",
        )
    )
    form = template(request, PLAYER.encode(), ID.encode())
    ids = feed.ids()
    for index in feed.players.indexes():
        yield form % (player_id(index), next(ids))


def record_lessons(feed: Feed) -> Iterator[bytes]:
    """Yields batches of them."""
    return joined(record_lesson(feed))
