"""The cascade's rows of the benchmark: what they send, and what their catalogs hold."""

import time
from pathlib import Path

import pytest

from renown.v1.activity_service_pb2 import BatchRecordActivitiesRequest, RecordActivityRequest
from renown_server import reactions
from renown_server.activity.body import ActivityBody
from renown_server.activity.commands import record_activity
from renown_server.catalog.check import load_catalog
from renown_server.catalog.compile import compile_catalog
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Recorded
from tests.bench.calls import Feed
from tests.bench.cascade import calls
from tests.bench.cascade.counts import ACHIEVEMENT, METRIC, OBJECTIVES, STREAK
from tests.bench.cascade.games import CROWD, write_catalog
from tests.bench.cascade.rows import CASCADE, VISITED
from tests.bench.players import EachOnce
from tests.bench.row import Game
from tests.kit.pure import World


def feed() -> Feed:
    return Feed(EachOnce(0, 200), run="0042", epoch=time.monotonic())


def snapshot(game: Game, folder: Path) -> CatalogSnapshot:
    return compile_catalog(load_catalog(write_catalog(game, folder)), 1)


def test_lessons_differ_only_in_their_ids() -> None:
    lessons = [RecordActivityRequest.FromString(r).activity for r in calls.record_lesson(feed())]
    assert [lesson.player_id for lesson in lessons] == [f"player-{i:07d}" for i in range(200)]
    assert [lesson.activity_id for lesson in lessons] == [f"b-0042-{i:09d}" for i in range(200)]
    assert {lesson.type for lesson in lessons} == {calls.ACTIVITY_TYPE}
    assert all(dict(lesson.context) == calls.CONTEXT for lesson in lessons)
    batches = [BatchRecordActivitiesRequest.FromString(r) for r in calls.record_lessons(feed())]
    assert [activity for batch in batches for activity in batch.activities] == lessons


def test_only_the_crowd_is_crowded(tmp_path: Path) -> None:
    few, many, none = [
        snapshot(game, tmp_path / game.value).progression
        for game in (Game.CASCADE, Game.CROWD, Game.FIRST_PATH)
    ]
    assert not none.achievements
    assert len(many.achievements) - len(few.achievements) == CROWD["achievements"]
    assert len(many.quests) - len(few.quests) == CROWD["quests"]
    assert len(many.badges) - len(few.badges) == CROWD["badges"]
    assert sum(CROWD.values()) == 1000


@pytest.mark.parametrize("game", [Game.CASCADE, Game.CROWD])
def test_a_lesson_moves_what_the_checks_count(game: Game, tmp_path: Path) -> None:
    world = World(snapshot(game, tmp_path), react=reactions.react)
    for number in range(3):
        body = ActivityBody(
            player_id="p",
            activity_id=f"a-{number}",
            type=calls.ACTIVITY_TYPE,
            context=calls.CONTEXT,
        )
        assert isinstance(world.run(record_activity(body, "key:bench", world.snapshot)), Recorded)
    progress = world.progress("p")
    assert world.player("p").metrics[METRIC] == 3
    assert progress.tallies[ACHIEVEMENT].counts == (3,)
    assert {
        quest: progress.quests[quest].tallies[objective].counts
        for quest, objective in OBJECTIVES.items()
    } == dict.fromkeys(OBJECTIVES, (3,))
    ((first, last),) = progress.streaks[STREAK].runs
    assert first == last
    assert not any(state.times for state in world.earned("p").achievements.values())


def test_rows_say_how_many_definitions_a_lesson_may_move() -> None:
    assert len(OBJECTIVES) + 2 == VISITED
    assert {row.visits for row in CASCADE} == {VISITED}
    assert {row.game for row in CASCADE} == {Game.CASCADE, Game.CROWD}
