"""A game with streaks, and players who keep them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from renown_server.activity.revoke import RevocationBook
from renown_server.engine.clock import to_us
from renown_server.engine.command import ActivityKey, Command, Recorded, RequestKey
from renown_server.engine.work import Work
from renown_server.profile.days import EPOCH_DAY
from renown_server.profile.state import PlayerBook
from renown_server.progress.days import change_zone
from renown_server.progress.values import StreakState
from renown_server.streaks.commands import (
    FreezeBody,
    FreezeStreak,
    RepairBody,
    RepairStreak,
    freeze_streak,
    repair_streak,
)
from renown_server.streaks.rules import reset, revoke
from renown_server.streaks.standing import NO_DAYS
from renown_server.streaks.views import StreakView, view
from renown_server.timekeeping import pass_time
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create
from tests.kit.pure import World

STREAKS = """
name: streaks
settings: {lateness_max: 72h}
currencies:
  - {code: coins, name: Coins}
  - {code: points, name: Points}
  - {code: gems, name: Gems}
items:
  - {id: ice, name: Ice, kind: material, max_stack: 99}
levels:
  linear: {base: 1000000}
  hard_cap: 20
activity_types:
  - {id: lesson, base_xp: 100}
  - {id: quiz, base_xp: 100}
  - {id: walk, base_xp: 100}
  - {id: nothing, base_xp: 100}
streaks:
  - id: daily
    name: Daily lesson
    activity_types: [lesson, quiz]
    daily_reward: {currencies: [{currency: points, amount: 5}]}
    milestones:
      - {days: 3, reward: {currencies: [{currency: coins, amount: 30}]}}
      - {days: 7, reward: {currencies: [{currency: coins, amount: 70}]}}
      - {days: 14, reward: {currencies: [{currency: coins, amount: 140}]}}
    freeze: {days_per_month_max: 4, ahead_max_days: 60, price: [{currency: gems, amount: 2}]}
    repair:
      window_days: 5
      missed_days_max: 2
      price: [{currency: gems, amount: 10}]
    bonus_basis_points_per_day: 500
    bonus_basis_points_max: 20000
    at_risk_before: 14400s
  - id: walks
    name: Three walks
    activity_types: [walk]
    activities_per_day: 3
    bonus_basis_points_per_day: 1000
    bonus_basis_points_max: 15000
    freeze: {days_per_month_max: 2, item: ice}
"""

SNAPSHOT = snapshot_of(STREAKS)

_numbers = itertools.count(1)


def day(text: str) -> int:
    """A date as days since 1970."""
    return date.fromisoformat(text).toordinal() - EPOCH_DAY


class Keeper:
    """A player in a world of its own.

    Args:
        today: the date of the first moment.
        zone: the player's time zone.
        now: the local time of day.
    """

    def __init__(self, today: str = "2026-11-02", zone: str = "UTC", now: str = "12:00") -> None:
        self.zone = zone
        self.world = World(SNAPSHOT)
        self.at(today, now)
        self.world.run(create("p", time_zone=zone))

    def moment(self, on: str, now: str = "12:00") -> int:
        """A local time, in microseconds since 1970."""
        local = datetime.fromisoformat(f"{on}T{now}").replace(tzinfo=ZoneInfo(self.zone))
        return to_us(local)

    def at(self, on: str, now: str = "12:00") -> Keeper:
        """Sets the clock to a local time."""
        self.world.clock.value_us = self.moment(on, now)
        return self

    def act(self, kind: str = "lesson", on: str = "", now: str = "12:00") -> list[Any]:
        """Does something, now or on an earlier date; its facts."""
        occurred = {"occurred_at_us": self.moment(on, now)} if on else {}
        return self.world.run(activity("p", kind, "", **occurred)).facts

    def active(self, days: Iterable[str]) -> Keeper:
        """Is active on each of some dates, when they are today."""
        for each in days:
            self.at(each)
            self.act()
        return self

    def freeze(self, first: str, last: str = "", streak: str = "daily") -> Recorded:
        """Freezes days."""
        return self.world.run(freezing("p", first, last, streak))

    def repair(self, streak: str = "daily", **expected: int) -> Recorded:
        """Repairs a streak."""
        return self.world.run(repairing("p", streak, "", **expected))

    def time(self) -> list[Any]:
        """Lets the timekeeper do what is due now, until nothing is; its facts."""
        facts: list[Any] = []
        while True:
            due_us = self.world.progress("p").due_us
            if not due_us or due_us > self.world.clock.now_us():
                return facts
            facts += self.world.run(pass_time((due_us, "p"))).facts

    def state(self, streak: str = "daily") -> StreakState:
        """The stored state."""
        return self.world.progress("p").streaks.get(streak, NO_DAYS)

    def view(self, streak: str = "daily") -> StreakView:
        """What the player sees now."""
        definition = SNAPSHOT.progression.streaks[streak]
        player = self.world.player("p")
        known = SNAPSHOT.progression
        return view(player, definition, self.state(streak), known, self.world.clock.now_us())


def of_type(facts: Iterable[Any], kind: type[Any]) -> list[Any]:
    """The facts of a kind."""
    return [fact for fact in facts if type(fact) is kind]


def freezing(
    player_id: str, first: str, last: str = "", streak: str = "daily", request_id: str = ""
) -> FreezeStreak:
    """The command that freezes days."""
    request_id = request_id or f"f-{next(_numbers)}"
    body = FreezeBody(request_id, player_id, streak, day(first), day(last or first))
    return freeze_streak(body, f"player:{player_id}", SNAPSHOT)


def repairing(
    player_id: str, streak: str = "daily", request_id: str = "", **expected: int
) -> RepairStreak:
    """The command that repairs a streak."""
    request_id = request_id or f"x-{next(_numbers)}"
    body = RepairBody(request_id, player_id, streak, tuple(expected.items()))
    return repair_streak(body, f"player:{player_id}", SNAPSHOT)


class TakeBackBody(msgspec.Struct, frozen=True):
    """An activity to be taken back."""

    request_id: str
    player_id: str
    activity_id: str
    activity_type: str
    occurred_us: int


class TakeBack(Command):
    """Takes back what an activity did for streaks, and nothing else; the result is what is lost."""

    __slots__ = ()

    method = "TakeBack"
    parts = ("progress", "revocations")
    body: TakeBackBody

    def keys(self, part: str) -> tuple[Any, ...]:
        return (ActivityKey(self.body.player_id, self.body.activity_id),)

    def decide(self, work: Work) -> list[tuple[str, int, int, list[int]]]:
        body = self.body
        player = work.slice(PlayerBook).get(body.player_id)
        removed = revoke(work, player, body.activity_type, body.activity_id, body.occurred_us)
        revocation = work.slice(RevocationBook).get(self.keys("revocations")[0])
        work.touch(revocation)
        revocation.revoked_us = work.now_us
        return [
            (each.streak.id, each.day, each.current, [days for days, _ in each.milestones])
            for each in removed
        ]


def taking_back(
    player_id: str, activity_id: str, occurred_us: int, kind: str = "lesson"
) -> TakeBack:
    """The command that takes back an activity."""
    request_id = f"t-{next(_numbers)}"
    return TakeBack(
        key=RequestKey("test", request_id),
        players=(player_id,),
        principal="test",
        body=TakeBackBody(request_id, player_id, activity_id, kind, occurred_us),
    )


class StartOverBody(msgspec.Struct, frozen=True):
    """A player who starts over."""

    request_id: str


class StartOver(Command):
    """Ends all streaks, as a prestige does."""

    __slots__ = ()

    method = "StartOver"
    parts = ("progress",)
    body: StartOverBody

    def decide(self, work: Work) -> None:
        reset(work, work.slice(PlayerBook).get(self.players[0]))


def starting_over(player_id: str) -> StartOver:
    """The command that ends all streaks."""
    request_id = f"s-{next(_numbers)}"
    return StartOver(
        key=RequestKey("test", request_id),
        players=(player_id,),
        principal="test",
        body=StartOverBody(request_id),
    )


class MoveBody(msgspec.Struct, frozen=True):
    """A move to another zone."""

    request_id: str
    zone: str


class Move(Command):
    """Lets a player's days begin elsewhere."""

    __slots__ = ()

    method = "Move"
    body: MoveBody

    def decide(self, work: Work) -> None:
        change_zone(work, work.slice(PlayerBook).get(self.players[0]), self.body.zone)


def moving(player_id: str, zone: str) -> Move:
    """The command that moves a player to another zone."""
    request_id = f"m-{next(_numbers)}"
    return Move(
        key=RequestKey("test", request_id),
        players=(player_id,),
        principal="test",
        body=MoveBody(request_id, zone),
    )
