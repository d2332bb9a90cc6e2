"""What the classroom's plain definitions come to, told again without a line of the server's.

Sums by filter, the latest and the highest, dates in a row, quests by counting. It reads the
requests that were acknowledged and the catalog as it is written, nothing else; each activity is a
mapping, each player's in the order in which they were decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

LESSON, QUIZ, PERFECT_QUIZ, HELP = (
    "lesson_completed",
    "quiz_completed",
    "perfect_quiz",
    "help_given",
)
STREAK_TYPES = (LESSON, QUIZ, PERFECT_QUIZ)
COINS = {LESSON: 10, QUIZ: 15, PERFECT_QUIZ: 30}
BASE_XP = {QUIZ: 30, PERFECT_QUIZ: 60, HELP: 15, "login": 5, "science_fair": 100}
LESSON_XP = {"easy": 20, "medium": 40, "hard": 60, None: 20}
AUTUMN = (datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
TIERS = ((10, 1), (50, 2), (100, 3))
LOGINS_A_DAY = 20


class Act(NamedTuple):
    """An activity: what was sent, when it happened, and when it was recorded."""

    id: str
    kind: str
    metrics: dict[str, int]
    context: dict[str, str]
    perfect: bool
    fast: bool
    occurred: datetime
    recorded: datetime

    @property
    def sums(self) -> Counter[str]:
        """By how much it moves what adds up."""
        found: Counter[str] = Counter()
        found["lessons"] = self.kind == LESSON
        found["quizzes"] = self.kind in (QUIZ, PERFECT_QUIZ)
        found["quizzes_perfect"] = self.kind == PERFECT_QUIZ
        found["helps_given"] = self.kind == HELP
        found["study_minutes"] = self.metrics.get("study_minutes", 0)
        return found


def metrics_of(acts: Sequence[Act]) -> dict[str, int]:
    """All metrics."""
    found: dict[str, int] = dict(+sum((act.sums for act in acts), Counter()))
    accuracy = [act.metrics["accuracy"] for act in acts if "accuracy" in act.metrics]
    scores = [act.metrics["best_score"] for act in acts if "best_score" in act.metrics]
    levels = [
        (act.occurred, place, act.metrics["reading_level"])
        for place, act in enumerate(acts)
        if "reading_level" in act.metrics
    ]
    if accuracy:
        found["accuracy"] = sum(accuracy) // len(accuracy)
    if scores:
        found["best_score"] = max(scores)
    if levels:
        found["reading_level"] = max(levels)[2]
    return found


def unlocks_of(acts: Sequence[Act]) -> dict[tuple[str, int], str]:
    """(achievement, tier) of those that add up: the activity that earns it."""
    sums: Counter[str] = Counter()
    subjects: set[str] = set()
    found: dict[tuple[str, int], str] = {}
    for act in acts:
        sums += act.sums
        lesson = act.kind == LESSON
        sums["hard_math"] += lesson and (
            act.context.get("subject"), act.context.get("difficulty")
        ) == ("math", "hard")  # fmt: skip
        sums["night"] += lesson and act.context.get("time_of_day") == "night"
        sums["autumn"] += lesson and AUTUMN[0] <= act.occurred < AUTUMN[1]
        sums["fast"] += act.kind == QUIZ and act.fast
        if lesson and act.context.get("subject"):
            subjects.add(act.context["subject"])
        reached = {
            ("bookworm", 0): sums["lessons"] >= 50,
            ("mathematician", 0): sums["hard_math"] >= 20,
            ("night_owl", 0): sums["night"] >= 1,
            ("autumn_reader", 0): sums["autumn"] >= 30,
            ("fresh_start", 0): sums["lessons"] >= 10,
            ("quick_thinker", 0): sums["fast"] >= 10,
            ("all_rounder", 0): len(subjects) >= 5,
            **{("quiz_master", tier): sums["quizzes"] >= least for least, tier in TIERS},
        }
        for key, met in reached.items():
            if met:
                found.setdefault(key, act.id)
    return found


PLAIN = {"bookworm", "mathematician", "night_owl", "autumn_reader", "fresh_start",
         "quick_thinker", "all_rounder", "quiz_master"}  # fmt: skip
"""The achievements that `unlocks_of` knows."""


def runs_of(acts: Sequence[Act], zone: str) -> list[tuple[int, int]]:
    """Spans of local dates, as days since 1970, on which something counted for the streak."""
    days = sorted(
        {
            (act.occurred.astimezone(ZoneInfo(zone)).date() - date(1970, 1, 1)) // timedelta(days=1)
            for act in acts
            if act.kind in STREAK_TYPES
        }
    )
    runs: list[tuple[int, int]] = []
    for day in days:
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def wages_of(acts: Sequence[Act]) -> int:
    """The coins that activities pay by their type."""
    return sum(COINS.get(act.kind, 0) for act in acts)


def base_xp_of(acts: Sequence[Act]) -> int:
    """The XP of activities, before whatever multiplies it."""
    return sum(
        LESSON_XP[act.context.get("difficulty")] if act.kind == LESSON else BASE_XP.get(act.kind, 0)
        for act in acts
    )


def logins_of(acts: Sequence[Act], zone: str) -> Counter[date]:
    """Logins by local date."""
    local = ZoneInfo(zone)
    return Counter(act.occurred.astimezone(local).date() for act in acts if act.kind == "login")


class Quest:
    """A quest that is started, adds up to a target, and is claimed; by the sort of its objective.

    What happened before the start, or after the end, does not count, whenever it is told.
    """

    def __init__(self, quest: str) -> None:
        self.quest = quest
        self.started = 0
        self.completed = 0
        self._since: datetime | None = None
        self._count = 0

    def start(self, at: datetime) -> None:
        self.started += 1
        self._since, self._count = at, 0

    def drop(self) -> None:
        """It was abandoned, or has expired."""
        self._since = None

    def act(self, act: Act) -> None:
        if self._since is None or act.occurred < self._since:
            return
        if self._moves(act):
            self._count += 1
            if self._count == {"harvest_event": 20, "side_helper": 2}.get(self.quest, 5):
                self.completed += 1
                self._since = None

    def _moves(self, act: Act) -> bool:
        match self.quest:
            case "harvest_event":
                return act.kind == LESSON and act.occurred < AUTUMN[1]
            case "quiz_challenge":
                return act.kind == QUIZ and act.fast
            case "veteran_trial":
                return act.kind == LESSON and act.context.get("subject") == "english"
            case _:
                return act.kind == (LESSON, HELP)[self._count]


PLAIN_QUESTS = ("harvest_event", "quiz_challenge", "veteran_trial", "side_helper")


def quests_of(steps: Sequence[tuple[str, str, Any]]) -> dict[str, tuple[int, int]]:
    """How often each was started and completed.

    Args:
        steps: what happened, in order: (`act`, "", the activity), (`start`, quest, when),
            (`drop`, quest, when).
    """
    quests = {name: Quest(name) for name in PLAIN_QUESTS}
    lessons = 0
    for kind, name, what in steps:
        if kind == "act":
            lessons += what.kind == LESSON
            for quest in quests.values():
                quest.act(what)
        elif name in quests and kind == "start":
            quests[name].start(what)
        elif name in quests:
            quests[name].drop()
    found = {name: (quest.started, quest.completed) for name, quest in quests.items()}
    once = int(lessons > 0)
    return {name: times for name, times in found.items() if any(times)} | (
        {"first_steps": (once, once)} if once else {}
    )
