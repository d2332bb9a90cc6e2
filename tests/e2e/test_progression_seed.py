"""Seed 003 over the wire: each row of its flows, its use cases and its examples.

The catalog is the one that ships for it. Names of tests are the rows of the specification.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
import pytest_asyncio

from renown.v1 import inventory_service_pb2 as inventory
from renown_server.catalog.check import check
from renown_server.engine.clock import FixedClock
from renown_server.storage.embedded import EmbeddedServers
from tests.conftest import CHECKOUT
from tests.e2e.conftest import TRANSPORTS, running_server
from tests.kit.fresh import fresh
from tests.kit.raw import BY_NAME, Code, Raw
from tests.kit.times import DAY, NOON
from tests.kit.wire import Wire

VOLUNTEER = "catalogs/volunteer"
HOURS = ["fifty_hours", "first_hour", "five_hundred_hours", "hundred_hours", "ten_hours"]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=TRANSPORTS)
async def wire(servers: EmbeddedServers, request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    """The volunteers on each transport."""
    clock = FixedClock(NOON)
    async with (
        running_server(servers, request.param, VOLUNTEER, clock=clock) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        yield Wire(Raw(channel, running.server_key), running.admin_key, clock)


@dataclass(frozen=True, slots=True)
class FirstHour:
    """Somebody logs the first hour, and half a one afterwards.

    Attributes:
        player_id: who.
        result: of the first hour.
        achievements: after it, by id.
        later: after the half hour, by id.
        badges: those owned.
        events: all of them.
    """

    player_id: str
    result: Any
    achievements: dict[str, Any]
    later: dict[str, Any]
    badges: dict[str, Any]
    events: Any


async def achievements_of(wire: Wire, player_id: str) -> dict[str, Any]:
    answer = await wire.ask("ListPlayerAchievements", player_id=player_id, page_size=200)
    return {each.achievement.achievement_id: each for each in answer.achievements}


async def badges_of(wire: Wire, player_id: str) -> dict[str, Any]:
    answer = await wire.ask("ListPlayerBadges", player_id=player_id, page_size=200)
    return {each.badge.badge_id: each for each in answer.badges}


async def summary_of(wire: Wire, player_id: str) -> Any:
    return (await wire.ask("GetPlayerSummary", player_id=player_id)).summary


async def points_of(wire: Wire, player_id: str) -> int:
    answer = await wire.ask("GetWallet", player_id=player_id)
    return sum(each.amount for each in answer.wallet.balances if each.currency == "points")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def first(wire: Wire) -> FirstHour:
    player_id = fresh("v")
    result = await wire.record(player_id, "hours_logged", metrics={"hours": 10}, days_ago=0.5)
    achievements = await achievements_of(wire, player_id)
    await wire.record(player_id, "hours_logged", metrics={"hours": 5})
    return FirstHour(
        player_id,
        result,
        achievements,
        await achievements_of(wire, player_id),
        await badges_of(wire, player_id),
        await wire.events(player_id),
    )


def test_the_catalog_has_13_badges_and_16_achievements_and_no_problems() -> None:
    assert list(check(CHECKOUT / VOLUNTEER)) == []


POINTS: list[tuple[str, dict[str, Any], int]] = [
    ("hours_logged", {"metrics": {"hours": 10}}, 5),
    ("task_completed", {"context": {"complexity": "simple"}}, 10),
    ("task_completed", {"context": {"complexity": "complex"}}, 50),
    ("project_completed", {}, 100),
    ("training_completed", {}, 25),
    ("skill_certified", {}, 50),
    ("volunteer_referred", {}, 50),
]


async def test_points_award_calculation(wire: Wire) -> None:
    """What each event is worth by itself."""
    player_id = fresh("v")
    for kind, fields, points in POINTS:
        paid = (await wire.record(player_id, kind, **fields)).currencies[0]
        assert (paid.reason, paid.amount) == (f"activity_type:{kind}", points)


class TestAchievementCompletionFlow:
    """Steps 1 to 4, with each point of the last."""

    async def test_1_event_occurs(self, first: FirstHour) -> None:
        """A volunteer logs hours."""
        assert "activity.recorded" in [each.type for each in first.events]
        assert [(each.metric, each.total) for each in first.result.metrics] == [("hours", 10)]

    async def test_2_checks_all_active_achievements_of_relevant_type(
        self, wire: Wire, first: FirstHour
    ) -> None:
        answer = await wire.ask(
            "ListPlayerAchievements", player_id=first.player_id, achievement_type="hours_logged"
        )
        listed = {each.achievement.achievement_id: each for each in answer.achievements}
        assert list(listed) == HOURS
        assert all(each.HasField("last_progress_at") for each in listed.values())
        assert first.achievements["five_projects"].current_progress == 0

    async def test_3_updates_current_progress_for_each_achievement(self, first: FirstHour) -> None:
        progress = {name: first.later[name] for name in HOURS}
        assert {name: one.current_progress for name, one in progress.items()} == {
            "first_hour": 10,  # at most its target
            "ten_hours": 15,
            "fifty_hours": 15,
            "hundred_hours": 15,
            "five_hundred_hours": 15,
        }
        assert {one.decimals for one in progress.values()} == {1}

    async def test_4_sets_is_completed(self, first: FirstHour) -> None:
        assert [name for name, one in first.achievements.items() if one.is_completed] == [
            "first_hour"
        ]

    async def test_4_sets_completed_at(self, first: FirstHour) -> None:
        """When it happened, half a day before it was recorded; what comes later changes nothing."""
        assert first.achievements["first_hour"].completed_at.ToMicroseconds() == NOON - DAY // 2
        assert (
            first.later["first_hour"].completed_at == first.achievements["first_hour"].completed_at
        )
        assert not first.later["ten_hours"].HasField("completed_at")

    async def test_4_increments_times_completed_if_repeatable(self, wire: Wire) -> None:
        player_id = fresh("v")
        for times in (1, 2):
            await wire.record(player_id, "volunteer_referred")
            referral = (await achievements_of(wire, player_id))["first_referral"]
            assert (referral.achievement.is_repeatable, referral.times_completed) == (True, times)
        # 2 referrals, 2 achievements, and the badge once.
        assert await points_of(wire, player_id) == 2 * 50 + 2 * 50 + 50

    async def test_4_awards_points_from_points_reward(self, first: FirstHour) -> None:
        """5 for the hour, 10 of the achievement, 10 of the badge."""
        assert first.achievements["first_hour"].achievement.points_reward == 10
        paid = [(one.reason, one.amount, one.balance_after) for one in first.result.currencies]
        assert paid == [
            ("activity_type:hours_logged", 5, 5),
            ("achievement:first_hour", 10, 15),
            ("badge:first_step", 10, 25),
        ]

    async def test_4_awards_the_badge(self, first: FirstHour) -> None:
        assert [(one.badge_id, one.quantity) for one in first.result.progress.badges] == [
            ("first_step", 1)
        ]
        assert list(first.badges) == ["first_step"]

    async def test_4_sends_notification_to_volunteer(self, first: FirstHour) -> None:
        sent = {one.type: one for one in first.events}
        assert sent["achievement.unlocked"].achievement_unlocked.achievement_id == "first_hour"
        assert sent["badge.changed"].badge_changed.badge_id == "first_step"
        assert sent["achievement.unlocked"].player_id == first.player_id


class TestStreakCalculation:
    """The four rows."""

    async def test_continues_with_activity_on_consecutive_calendar_days(self, wire: Wire) -> None:
        """Whatever the activity is; the days may come in late and in any order."""
        player_id = fresh("v")
        kinds = ["task_completed", "training_completed", "skill_acquired", "hours_logged"]
        results = [
            await wire.record(player_id, kind, days_ago=days_ago)
            for days_ago, kind in zip((2, 0, 3, 1), kinds, strict=True)
        ]
        (advanced,) = results[-1].progress.streaks
        assert (advanced.streak_id, advanced.current, advanced.longest) == ("volunteering", 4, 4)

    async def test_breaks_if_a_day_is_skipped(self, wire: Wire) -> None:
        player_id = fresh("v")
        for days_ago in (3, 2, 0):
            await wire.record(player_id, "skill_acquired", days_ago=days_ago)
        (streak,) = (await wire.ask("GetStreaks", player_id=player_id)).streaks
        assert (streak.current, streak.start_date) == (1, wire.today())
        current, broken = (await wire.ask("ListStreakHistory", player_id=player_id)).runs
        assert (broken.length, broken.start_date, broken.end_date) == (
            2,
            wire.today(3),
            wire.today(2),
        )
        assert broken.HasField("ended_at")
        assert not current.HasField("ended_at")

    async def test_track_in_current_streak_days(self, wire: Wire) -> None:
        player_id = fresh("v")
        tracked = []
        for days_ago in (2, 1, 0):
            await wire.record(player_id, "skill_acquired", days_ago=days_ago)
            summary = await summary_of(wire, player_id)
            tracked.append((summary.streak_id, summary.current_streak_days))
        # Seen from today, one that ended the day before yesterday is broken.
        assert tracked == [("volunteering", 0), ("volunteering", 2), ("volunteering", 3)]
        assert (await summary_of(wire, player_id)).last_activity_date == wire.today()

    async def test_update_longest_streak_days_if_current_exceeds_it(self, wire: Wire) -> None:
        player_id = fresh("v")
        seen = []
        for days_ago in (6, 5, 3, 2, 1):
            await wire.record(player_id, "skill_acquired", days_ago=days_ago)
            seen.append((await summary_of(wire, player_id)).longest_streak_days)
        assert seen == [1, 2, 2, 2, 3]
        assert (await summary_of(wire, player_id)).current_streak_days == 3


class TestUseCases:
    """The five of them."""

    async def test_1_automatic_points_award(self, wire: Wire) -> None:
        """Hours, a task and a training: points, progress, achievements and their badges."""
        player_id = fresh("v")
        hours = await wire.record(player_id, "hours_logged", metrics={"hours": 20})
        task = await wire.record(player_id, "task_completed", context={"complexity": "complex"})
        training = await wire.record(player_id, "training_completed")
        own = [result.currencies[0].amount for result in (hours, task, training)]
        assert own == [2 * 5, 50, 25]
        unlocked = [each.achievement_id for each in training.progress.achievements]
        assert unlocked == ["first_training"]
        found = await achievements_of(wire, player_id)
        assert found["ten_tasks"].current_progress == 1
        assert found["ten_trainings"].current_progress == 1
        assert set(await badges_of(wire, player_id)) == {"first_step", "trained_and_ready"}
        points = 10 + 10 + 10 + 50 + 25 + 25 + 10
        assert await points_of(wire, player_id) == points

    async def test_2_achievement_tracking(self, wire: Wire) -> None:
        """Progress toward all of them; volunteers see it, and are told when one is complete."""
        player_id = fresh("v")
        await wire.record(player_id, "hours_logged", metrics={"hours": 750})
        key = await wire.token(player_id)
        answer = await wire.ask("GetAchievementProgress", key=key, achievement_id="hundred_hours")
        seen = answer.progress
        assert (seen.current_progress, seen.target_progress, seen.decimals) == (750, 1000, 1)
        await wire.record(player_id, "volunteer_referred")
        await wire.record(player_id, "volunteer_referred")
        told = await wire.events(player_id, ["achievement.unlocked"], key=key)
        assert sorted([each.achievement_unlocked.achievement_id for each in told]) == [
            "fifty_hours",
            "first_hour",
            "first_referral",
            "first_referral",
            "ten_hours",
        ]

    async def test_3_badge_collection(self, wire: Wire) -> None:
        """By an achievement and by hand; favorites are shown; rarity says what they are worth."""
        player_id = fresh("v")
        await wire.record(player_id, "project_completed")
        await wire.ask(
            "AwardBadge",
            key=wire.admin_key,
            player_id=player_id,
            badge_id="hero_of_the_community",
            reason="Led the cleanup",
            earned_reason="For leading the cleanup",
        )
        key = await wire.token(player_id)
        shown = ["hero_of_the_community", "project_pioneer"]
        await wire.ask("SetBadgeShowcase", key=key, badge_ids=shown)
        answer = await wire.ask("ListPlayerBadges", player_id=player_id)
        assert answer.showcased_badge_ids == shown
        badges = {each.badge.badge_id: each for each in answer.badges}
        assert badges["hero_of_the_community"].earned_reason == "For leading the cleanup"
        assert badges["hero_of_the_community"].awarded_by.startswith("key:")
        assert {name: one.badge.rarity for name, one in badges.items()} == {
            "hero_of_the_community": inventory.RARITY_LEGENDARY,
            "project_pioneer": inventory.RARITY_COMMON,
        }

    async def test_4_leaderboards(self, wire: Wire) -> None:
        """Points, hours and projects, for ever and this week, with how many take part."""
        names = [fresh("v") for _ in range(2)]
        for name, hours in zip(names, (9_000, 8_000), strict=True):
            await wire.record(name, "hours_logged", metrics={"hours": hours})
            await wire.record(name, "project_completed")
        for board in ("points", "points_weekly", "hours", "hours_weekly"):
            ranks = [
                await wire.ask("GetRank", leaderboard_id=board, player_id=name) for name in names
            ]
            assert [rank.rank for rank in ranks] == [1, 2], board
            answer = await wire.ask("GetLeaderboard", leaderboard_id=board)
            assert answer.total_participants >= 2
        rank = await wire.ask("GetRank", leaderboard_id="projects", player_id=names[0])
        assert rank.score == 1

    async def test_5_streaks(self, wire: Wire) -> None:
        """Current and longest; the 7 and 30 days' achievements motivate daily participation."""
        player_id = fresh("v")
        earned = []
        try:
            for day in range(30):
                wire.clock.value_us = NOON + day * DAY
                result = await wire.record(player_id, "skill_acquired")
                earned += [(day + 1, each.achievement_id) for each in result.progress.achievements]
            (streak,) = (await wire.ask("GetStreaks", player_id=player_id)).streaks
        finally:
            wire.clock.value_us = NOON
        assert earned == [(7, "seven_days"), (30, "thirty_days")]
        assert (streak.current, streak.longest) == (30, 30)
        assert set(await badges_of(wire, player_id)) == {
            "consistent_contributor",
            "month_of_service",
        }


class TestExamples:
    """The shapes of the answers it shows."""

    async def test_volunteers_badges(self, wire: Wire) -> None:
        player_id = fresh("v")
        await wire.record(player_id, "hours_logged", metrics={"hours": 1000}, days_ago=2)
        await wire.ask("SetBadgeShowcase", player_id=player_id, badge_ids=["century_club"])
        answer = await wire.ask("ListPlayerBadges", player_id=player_id)
        assert (answer.total_badges, answer.showcased_badge_ids) == (3, ["century_club"])
        century = next(one for one in answer.badges if one.badge.badge_id == "century_club")
        badge = century.badge
        assert (badge.name, badge.description, badge.category) == (
            "Century Club",
            "Reached 100 hours of volunteer service",
            "time",
        )
        assert badge.rarity == inventory.RARITY_EPIC
        assert badge.color.startswith("#")
        assert badge.icon_url == "/badges/century-club.png"
        assert century.earned_at.ToMicroseconds() == wire.clock.value_us
        assert century.showcased

    async def test_achievements_progress(self, wire: Wire) -> None:
        """76.5 of 100 hours is 76.5 %."""
        player_id = fresh("v")
        await wire.record(player_id, "hours_logged", metrics={"hours": 765})
        answer = await wire.ask("ListPlayerAchievements", player_id=player_id)
        assert (answer.total_achievements, answer.completed) == (16, 3)
        begun = await wire.ask("ListPlayerAchievements", player_id=player_id, in_progress=True)
        names = {each.achievement.achievement_id for each in begun.achievements}
        assert names >= {"hundred_hours", "five_hundred_hours"}
        assert answer.in_progress == len(names)
        found = {each.achievement.achievement_id: each for each in answer.achievements}
        hour, hundred = found["first_hour"], found["hundred_hours"]
        assert (hour.achievement.name, hour.is_completed) == ("First Hour", True)
        assert (hour.current_progress, hour.target_progress) == (10, 10)
        assert [(one.badge_id, one.name) for one in hour.achievement.badges] == [
            ("first_step", "First Step")
        ]
        info = hundred.achievement
        assert (info.name, info.description, info.achievement_type, info.points_reward) == (
            "100 Hour Milestone",
            "Reach 100 hours of volunteer service",
            "hours_logged",
            100,
        )
        assert not hundred.is_completed
        assert (hundred.current_progress, hundred.target_progress, hundred.decimals) == (
            765,
            1000,
            1,
        )
        assert hundred.progress_basis_points == 7650
        assert [one.badge_id for one in info.badges] == ["century_club"]

    async def test_points_summary(self, wire: Wire) -> None:
        player_id = fresh("v")
        await wire.record(player_id, "hours_logged", metrics={"hours": 20}, days_ago=1)
        await wire.record(
            player_id,
            "task_completed",
            context={"complexity": "complex"},
            description="Completed task: Update volunteer database",
            reference_type="task",
            reference_id="789",
        )
        answer = await wire.ask("GetPlayerSummary", player_id=player_id, leaderboard_id="points")
        summary = answer.summary
        assert (summary.player_id, summary.points_currency) == (player_id, "points")
        assert (summary.total_points, summary.current_points) == (80, 80)
        assert summary.rank >= 1
        assert 0 <= summary.rank_percentile_basis_points <= 10_000
        assert (summary.current_streak_days, summary.longest_streak_days) == (2, 2)
        assert summary.last_activity_date == wire.today()
        latest = summary.recent_history[0]
        assert (latest.points_change, latest.event_type, latest.balance_after) == (
            50,
            "task_completed",
            80,
        )
        assert latest.description == "Completed task: Update volunteer database"
        assert (latest.reference_type, latest.reference_id) == ("task", "789")

    async def test_award_manual_points(self, wire: Wire) -> None:
        """By an operator, with a reason that is kept in the audit."""
        player_id = fresh("v")
        await wire.record(player_id, "skill_acquired")
        answer = await wire.ask(
            "AdjustBalance",
            key=wire.admin_key,
            player_id=player_id,
            reason="Led team during community cleanup event",
            adjustments=[{"currency": "points", "amount": 100}],
        )
        assert await points_of(wire, player_id) == 100
        assert BY_NAME["AdjustBalance"].response.FromString(answer.SerializeToString()) == answer
        denied = await wire.refusal(
            "AdjustBalance",
            player_id=player_id,
            reason="No operator",
            adjustments=[{"currency": "points", "amount": 100}],
        )
        assert denied.code is Code.PERMISSION_DENIED
