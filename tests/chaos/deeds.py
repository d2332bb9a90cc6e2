"""What players of the classroom do: activities of every type, quests, badges, streaks, zones."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import badge_service_pb2 as badge_pb
from renown.v1 import player_profile_service_pb2 as player_pb
from renown.v1 import quest_service_pb2 as quest_pb
from renown.v1 import streak_service_pb2 as streak_pb

ZONES = (
    "UTC",
    "America/New_York",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Europe/Berlin",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
)
SUBJECTS = (*("math",) * 4, *("english",) * 2, "science", "art", "music", "history")
DIFFICULTIES = ("easy", "medium", "hard", "hard")
STARTED = ("lost_library", "library_door", "library_vault", "quiz_challenge", "side_helper",
           "harvest_event", "veteran_trial")  # fmt: skip
"""Quests that players start."""

CLAIMED = (*STARTED, "daily_lessons", "weekly_mix")
KINDS = ("lesson_completed",) * 8 + ("quiz_completed",) * 5 + ("perfect_quiz",) * 3 + (
    *("help_given",) * 3, *("talked_to_npc",) * 2, *("login",) * 2, "science_fair",
)  # fmt: skip
BUSY = 8
"""How much more busy players do; one in ten of them is."""

DAY_S = 86_400
MARGIN_S = 1_800
"""By how much the latest activities stay within the lateness: they may have to be repeated."""


@dataclass(frozen=True, slots=True, eq=False)
class Deed:
    """A request of one player.

    Attributes:
        player: whose.
        id: its activity_id or request_id.
        request: the message; of an activity that itself.
    """

    player: str
    id: str
    request: Any

    @property
    def is_activity(self) -> bool:
        """Whether it may be a part of a batch of activities."""
        return isinstance(self.request, activity_pb.Activity)


class Class:
    """Players and what they will do, all of it by chance.

    Args:
        name: what the players' names begin with.
        seed: of all of it.
        players: how many.
        lateness_s: how late activities may come.
    """

    def __init__(self, name: str, *, seed: int, players: int, lateness_s: int) -> None:
        self._chance = random.Random(seed)
        self._lateness_s = lateness_s
        self.players = {f"{name}{number}": ZONES[number % len(ZONES)] for number in range(players)}

    def beginnings(self) -> Iterator[Deed]:
        """Creates everybody, but for one zone's players: their first activity does."""
        for player, zone in self.players.items():
            if zone != "UTC":
                request = player_pb.CreatePlayerRequest(
                    request_id=f"{player}-born", player_id=player, time_zone=zone
                )
                yield Deed(player, request.request_id, request)

    def activities(self, count: int) -> Iterator[Deed]:
        """So many activities."""
        names = list(self.players)
        for number in range(count):
            player = names[number] if number < len(names) else self._anybody()
            request = self._activity(player, f"a{number}")
            yield Deed(player, request.activity_id, request)

    def others(self, count: int) -> Iterator[Deed]:
        """So many requests that are no activities; a few of the players move to another zone."""
        for number in range(count):
            player = self._anybody()
            yield self._other(player, f"{player}-r{number}")

    def _anybody(self) -> str:
        """Some do much more than others: they get where those don't."""
        names = list(self.players)
        weights = [BUSY if number % 10 == 3 else 1 for number in range(len(names))]
        return self._chance.choices(names, weights)[0]

    def _activity(self, player: str, name: str) -> activity_pb.Activity:
        chance = self._chance
        kind = chance.choice(KINDS)
        activity = activity_pb.Activity(player_id=player, activity_id=name, type=kind)
        late_s = self._late_s()
        if late_s is not None:
            activity.occurred_at.FromMicroseconds(int((time.time() - late_s) * 1e6))
        activity.metrics.update(self._metrics(kind))
        activity.context.update(self._context(kind))
        if chance.random() < 0.6:
            activity.performance.perfect = chance.random() < 0.7
            activity.performance.first_try = chance.random() < 0.3
        if chance.random() < 0.5:
            activity.performance.time.CopyFrom(Duration(seconds=chance.randint(5, 90)))
            activity.performance.expected_time.CopyFrom(Duration(seconds=100))
        if chance.random() < 0.1:
            activity.reference_id = f"lesson-{chance.randrange(20)}"
        return activity

    def _late_s(self) -> float | None:
        """How late: not at all, a bit, or as late as may be; never by the half of a minute."""
        chance = self._chance
        kind = chance.random()
        if kind < 0.35:
            return None
        if kind < 0.4:
            return -chance.uniform(0, 20)
        if kind < 0.6:
            return chance.uniform(0, 2 * DAY_S)
        return chance.uniform(0, self._lateness_s - MARGIN_S)

    def _metrics(self, kind: str) -> dict[str, int]:
        chance = self._chance
        if kind == "lesson_completed":
            moved = {"study_minutes": chance.randrange(0, 40)}
            if chance.random() < 0.4:
                moved["reading_level"] = chance.randrange(0, 7)
            return moved
        if kind == "quiz_completed" and chance.random() < 0.9:
            return {"accuracy": chance.randint(780, 1000), "best_score": chance.randrange(0, 101)}
        return {}

    def _context(self, kind: str) -> dict[str, str]:
        chance = self._chance
        context = {}
        if kind == "talked_to_npc":
            context["npc"] = chance.choice(("gardener", "janitor"))
        if kind == "lesson_completed":
            if chance.random() < 0.9:
                context["subject"] = chance.choice(SUBJECTS)
            if chance.random() < 0.9:
                context["difficulty"] = chance.choice(DIFFICULTIES)
            if chance.random() < 0.02:
                context["time_of_day"] = "night"
        if chance.random() < 0.2:
            context["platform"] = chance.choice(("web", "ios"))
        return context

    def _other(self, player: str, name: str) -> Deed:
        chance = self._chance
        fields: Any = {"request_id": name, "player_id": player}
        kind = chance.random()
        request: Any
        if kind < 0.35:
            request = quest_pb.StartQuestRequest(quest_id=chance.choice(STARTED), **fields)
        elif kind < 0.7:
            request = quest_pb.ClaimQuestRewardRequest(quest_id=chance.choice(CLAIMED), **fields)
        elif kind < 0.74:
            request = quest_pb.AbandonQuestRequest(quest_id=chance.choice(CLAIMED), **fields)
        elif kind < 0.78:
            rating = chance.randint(1, 5)
            request = quest_pb.RateQuestRequest(
                quest_id=chance.choice(CLAIMED), rating=rating, **fields
            )
        elif kind < 0.86:
            badge = chance.choice(("ember", "crystal_heart", "bookworm", "lucky_leaf", "riser"))
            request = badge_pb.EquipBadgeRequest(badge_id=badge, **fields)
        elif kind < 0.91:
            request = badge_pb.PurchaseBadgeRequest(badge_id="patron", **fields)
        elif kind < 0.94:
            request = badge_pb.EvolveBadgeRequest(badge_id="ember", **fields)
        elif kind < 0.96:
            request = streak_pb.RepairStreakRequest(streak_id="study", **fields)
        elif kind < 0.98:
            request = self._freeze(fields)
        else:
            request = player_pb.UpdatePlayerRequest(
                time_zone=chance.choice(ZONES),
                update_mask=FieldMask(paths=["time_zone"]),
                **fields,
            )
        return Deed(player, name, request)

    def _freeze(self, fields: Any) -> streak_pb.FreezeStreakRequest:
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + DAY_S))
        return streak_pb.FreezeStreakRequest(
            streak_id="study", from_date=day, to_date=day, **fields
        )
