"""Whether the cascade's answers are right; see ``tests/bench/answers.py``."""

from renown.v1 import activity_service_pb2 as activity

QUESTS = ["bench_lessons_quest", "bench_math_quest"]


def all_begun(message: bytes) -> int:
    """The first lesson of each player started the streak and the quests."""
    items = activity.BatchRecordActivitiesResponse.FromString(message).items
    return sum(not _begun(item.result) for item in items)


def _begun(result: activity.ActivityResult) -> bool:
    streaks = [(each.streak_id, each.current) for each in result.progress.streaks]
    quests = [each.quest_id for each in result.progress.quests_started]
    return streaks == [("bench_streak", 1)] and sorted(quests) == QUESTS
