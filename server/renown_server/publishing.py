"""What happens after a commit: boards move, watchers are woken."""

from __future__ import annotations

from collections.abc import Iterator

from renown_server.engine.batch import Commit
from renown_server.engine.command import Record
from renown_server.engine.engine import LaneHooks
from renown_server.engine.records import RecordBook
from renown_server.events.messages import Announcer, pack
from renown_server.leaderboards.publisher import Publisher
from renown_server.leaderboards.state import PlayerScores, Update, updates_of
from renown_server.profile.state import PlayerBook


def hooks(publisher: Publisher, announcer: Announcer) -> LaneHooks:
    """A lane's hooks: everything goes out in the publisher's one exchange.

    None of it is needed for correctness. What is lost is repaired: boards
    from the batch's row, streams from the log.
    """

    def on_commit(commit: Commit) -> None:
        work = commit.work
        book = work.slice(RecordBook)
        publisher.offer(
            work.batch_no,
            list(_updates(commit)),
            announcer.encode_batch(list(_with_events(book)), pack),
        )

    return LaneHooks(lambda: publisher.lane_id, on_commit, publisher.new_lane)


def _updates(commit: Commit) -> Iterator[Update]:
    players = commit.work.slice(PlayerBook).by_id
    for scores in commit.work.dirty(PlayerScores):
        yield from updates_of(scores, players[scores.player_id].sequence)


def _with_events(book: RecordBook) -> Iterator[Record]:
    for records in (book.new_activities, book.new_requests):
        for record in records:
            if record.recorded.facts:
                yield record
