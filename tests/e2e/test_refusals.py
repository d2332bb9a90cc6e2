"""Bad input → answer, where the game's rules and state decide; status, reason and details."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from renown.v1 import admin_service_pb2 as admin
from renown.v1 import event_service_pb2 as event
from renown.v1.access_pb2 import Role
from tests.e2e.conftest import Running
from tests.kit.examples import World, credential_of, example, fresh, visit
from tests.kit.raw import BY_NAME, Answer, Code

Change = Callable[[Any], object]
AMOUNT_MAX = 2**53 - 1


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(running: Running) -> AsyncIterator[World]:
    operators = {"admin": running.admin_key}
    async with visit(running.address, running.server_key, operators) as world:
        yield world


def put(**values: Any) -> Change:
    """Sets fields, or those of what lies at the path before `__`."""

    def change(request: Any) -> None:
        for path, value in values.items():
            *way, name = path.split("__")
            owner = request
            for step in way:
                owner = getattr(owner, step)
                owner = owner[0] if hasattr(owner, "add") else owner
            if isinstance(value, list):
                del getattr(owner, name)[:]
                getattr(owner, name).extend(value)
            elif isinstance(value, dict):
                getattr(owner, name).clear()
                getattr(owner, name).update(value)
            elif isinstance(value, timedelta):
                getattr(owner, name).FromDatetime(datetime.now(UTC) + value)
            else:
                setattr(owner, name, value)

    return change


async def refusal(world: World, name: str, change: Change) -> Answer:
    rpc = BY_NAME[name]
    request = example(rpc, world)
    change(request)
    answer = await world.raw.outcome(rpc, request, credential=credential_of(rpc, world))
    assert answer.code is not Code.OK
    return answer.check_kept()


INVALID: list[tuple[str, Change, str, str]] = [
    *[
        ("CreatePlayer", put(time_zone=zone), "UNKNOWN_TIME_ZONE", "time_zone")
        for zone in ("Mars/Olympus", "../../../etc/passwd", "/etc/localtime", "Europe", "europe/")
    ],
    ("RecordActivity", put(activity__type="nap"), "UNKNOWN_ACTIVITY_TYPE", "activity.type"),
    ("SimulateActivity", put(activity__type="nap"), "UNKNOWN_ACTIVITY_TYPE", "activity.type"),
    ("BatchRecordActivities", put(activities__type="nap"), "UNKNOWN_ACTIVITY_TYPE",
     "activities[0].type"),
    ("RecordActivity", put(activity__metrics={"naps": 1}), "UNKNOWN_METRIC",
     'activity.metrics["naps"]'),
    ("BatchRecordActivities", put(activities__metrics={"naps": 1}), "UNKNOWN_METRIC",
     'activities[0].metrics["naps"]'),
    ("RecordActivity", put(activity__type="course_completed", activity__metrics={},
     activity__context={"difficulty": "?"}), "INVALID_CONTEXT", 'activity.context["difficulty"]'),
    *[
        ("RecordActivity", put(activity__type="task_completed", activity__metrics={},
         activity__amount=amount), "INVALID_CONTEXT", "activity.amount")
        for amount in (9, 51, AMOUNT_MAX)
    ],
    *[
        ("RecordActivity", put(activity__occurred_at=later), "OCCURRED_AT_OUT_OF_RANGE",
         "activity.occurred_at")
        for later in (timedelta(minutes=2), -timedelta(hours=73), -timedelta(days=700_000))
    ],
    ("Credit", put(amounts__currency="doubloons"), "UNKNOWN_CURRENCY", "amounts[0].currency"),
    ("Debit", put(amounts__currency="doubloons"), "UNKNOWN_CURRENCY", "amounts[0].currency"),
    ("Credit", lambda r: r.amounts.append(r.amounts[0]), "INVALID_ARGUMENT",
     "amounts[1].currency"),
    ("Debit", lambda r: r.amounts.append(r.amounts[0]), "INVALID_ARGUMENT", "amounts[1].currency"),
    ("Credit", put(amounts=[]), "INVALID_ARGUMENT", "amounts"),
    ("Credit", lambda r: r.amounts.extend([r.amounts[0]] * 16), "INVALID_ARGUMENT", "amounts"),
    ("Credit", put(amounts__amount=0), "INVALID_ARGUMENT", "amounts[0].amount"),
    ("Credit", put(amounts__amount=-1), "INVALID_ARGUMENT", "amounts[0].amount"),
    ("RecordActivity", lambda r: r.ClearField("activity"), "INVALID_ARGUMENT", "activity"),
    ("SimulateActivity", lambda r: r.Clear(), "INVALID_ARGUMENT", "activity"),
    ("BatchRecordActivities", put(activities=[]), "INVALID_ARGUMENT", "activities"),
    ("BatchRecordActivities", lambda r: r.activities.extend([r.activities[0]] * 1000),
     "INVALID_ARGUMENT", "activities"),
    ("BatchSubmitScores", put(scores=[]), "INVALID_ARGUMENT", "scores"),
    ("BatchSubmitScores", lambda r: r.scores.extend([r.scores[0]] * 1000), "INVALID_ARGUMENT",
     "scores"),
    ("BatchGetPlayers", put(player_ids=[]), "INVALID_ARGUMENT", "player_ids"),
    ("BatchGetPlayers", put(player_ids=["twice", "twice"]), "INVALID_ARGUMENT", "player_ids"),
    ("BatchGetPlayers", put(player_ids=[f"p{n}" for n in range(101)]), "INVALID_ARGUMENT",
     "player_ids"),
    ("GetRank", put(neighbors=101), "INVALID_ARGUMENT", "neighbors"),
    ("ListLevels", put(page_size=1001), "INVALID_ARGUMENT", "page_size"),
    ("StreamEvents", put(player_id=""), "INVALID_ARGUMENT", "player_id"),
    ("StreamEvents", put(all_players=True), "INVALID_ARGUMENT", "player_id"),
    ("StreamEvents", put(player_ids=["a"]), "INVALID_ARGUMENT", "player_id"),
    ("StreamEvents", put(player_id="", player_ids=["a"], all_players=True), "INVALID_ARGUMENT",
     "player_id"),
    ("StreamEvents", put(player_id="", player_ids=["a", "a"]), "INVALID_ARGUMENT", "player_ids"),
    ("StreamEvents", put(player_id="", player_ids=[f"p{n}" for n in range(501)]),
     "INVALID_ARGUMENT", "player_ids"),
    ("StreamEvents", put(player_id="", player_ids=["a b"]), "INVALID_ARGUMENT", "player_ids[0]"),
    *[
        (name, put(types=[wrong]), "INVALID_ARGUMENT", "types[0]")
        for name in ("StreamEvents", "ListEvents")
        for wrong in ("xp", "*", "*.*", "xp.", "xp.gained\n", "xp.gai*")
    ],
    ("ListEvents", put(types=["xp.*"] * 33), "INVALID_ARGUMENT", "types"),
    ("CreateKey", put(kind=admin.KEY_KIND_SERVER), "INVALID_ARGUMENT", "request"),
    ("CreateKey", put(roles=[]), "INVALID_ARGUMENT", "request"),
    ("CreateKey", put(roles=[Role.ROLE_VIEWER] * 2), "INVALID_ARGUMENT", "roles"),
    ("CreateKey", put(expires_at=-timedelta(seconds=1)), "INVALID_ARGUMENT", "expires_at"),
    ("UpdatePlayer", put(time_zone="Mars/Olympus"), "UNKNOWN_TIME_ZONE", "time_zone"),
    ("UpdatePlayer", lambda r: r.ClearField("update_mask"), "INVALID_ARGUMENT", "update_mask"),
    ("GrantAchievement", put(tier=7), "UNKNOWN_TIER", "tier"),
    ("SetBadgeShowcase", put(badge_id="helper"), "INVALID_ARGUMENT", "request"),
    ("FreezeStreak", put(from_date="2026-02-30"), "INVALID_ARGUMENT", "from_date"),
    ("FreezeStreak", put(to_date="2020-01-01"), "INVALID_ARGUMENT", "to_date"),
    ("FreezeStreak", put(to_date="9999-12-31"), "INVALID_ARGUMENT", "to_date"),
    ("FreezeStreak", put(from_date="0001-01-01"), "INVALID_ARGUMENT", "from_date"),
    ("FreezeStreak", put(from_date="0000-00-00"), "INVALID_ARGUMENT", "from_date"),
    ("RepairStreak", lambda r: r.expected.append(r.expected[0]), "INVALID_ARGUMENT",
     "expected[1].currency"),
    ("IssuePlayerToken", lambda r: r.ttl.FromSeconds(901), "INVALID_ARGUMENT", "ttl"),
    ("IssuePlayerToken", lambda r: r.ttl.FromMilliseconds(999), "INVALID_ARGUMENT", "ttl"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "reason", "field"), INVALID)
async def test_invalid(world: World, name: str, change: Change, reason: str, field: str) -> None:
    answer = await refusal(world, name, change)
    assert (answer.code, answer.reason) == (Code.INVALID_ARGUMENT, reason), answer
    assert field in answer.fields


MISSING: list[tuple[str, Change, str, str]] = [
    *[
        (name, put(player_id="nobody"), "PLAYER_NOT_FOUND", "player")
        for name in ("GetPlayer", "GetLevelProgress", "ListXpHistory", "GetWallet", "Credit",
                     "ListTransactions", "Debit", "SubmitScore", "ListActivities", "ListEvents")
    ],
    ("BatchSubmitScores", put(scores__player_id="nobody"), "PLAYER_NOT_FOUND", "player"),
    ("ExplainActivity", put(activity_id="nothing"), "ACTIVITY_NOT_FOUND", "activity"),
    ("ExplainActivity", put(player_id="nobody"), "ACTIVITY_NOT_FOUND", "activity"),
    *[
        (name, put(leaderboard_id="no_board"), "LEADERBOARD_NOT_FOUND", "leaderboard")
        for name in ("GetLeaderboard", "GetRank", "ListEntries", "SubmitScore")
    ],
    ("GetRank", put(player_id="nobody"), "ENTRY_NOT_FOUND", "leaderboard entry"),
    ("GetRank", put(leaderboard_id="best_time"), "ENTRY_NOT_FOUND", "leaderboard entry"),
    ("RevokeKey", put(key_id="k_nothing"), "KEY_NOT_FOUND", "key"),
    *[
        (name, put(player_id="nobody"), "PLAYER_NOT_FOUND", "player")
        for name in ("GetAchievement", "GrantAchievement", "GetBadgeStatistics", "AwardBadge",
                     "EquipBadge", "GetStreaks", "FreezeStreak", "ListQuests", "StartQuest",
                     "AdvanceObjective", "UpdatePlayer", "GetPlayerSummary", "AdjustXp",
                     "Prestige", "GrantMultiplier", "ListMultipliers", "ListUnlocks")
    ],
    *[
        (name, put(achievement_id="nothing"), "ACHIEVEMENT_NOT_FOUND", "achievement")
        for name in ("GetAchievement", "GetAchievementProgress", "GetAchievementStatistics",
                     "GrantAchievement", "RevokeAchievement")
    ],
    *[
        (name, put(badge_id="nothing"), "BADGE_NOT_FOUND", "badge")
        for name in ("GetBadge", "EquipBadge", "EvolveBadge", "PurchaseBadge", "GiftBadge",
                     "AwardBadge", "RevokeBadge", "GetBadgeStatistics")
    ],
    *[
        (name, put(streak_id="nothing"), "STREAK_NOT_FOUND", "streak")
        for name in ("GetStreaks", "ListStreakHistory", "FreezeStreak", "RepairStreak",
                     "GetPlayerSummary")
    ],
    *[
        (name, put(quest_id="nothing"), "QUEST_NOT_FOUND", "quest")
        for name in ("GetQuest", "StartQuest", "AbandonQuest", "GetQuestProgress",
                     "AdvanceObjective", "ClaimQuestReward", "RateQuest", "GetQuestStatistics")
    ],
    ("AdvanceObjective", put(objective_id="nothing"), "OBJECTIVE_NOT_FOUND", "objective"),
    ("EquipTitle", put(title_id="nothing"), "TITLE_NOT_FOUND", "title"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "reason", "kind"), MISSING)
async def test_not_found(world: World, name: str, change: Change, reason: str, kind: str) -> None:
    answer = await refusal(world, name, change)
    assert (answer.code, answer.reason) == (Code.NOT_FOUND, reason), answer
    assert answer.resource[0] == kind
    assert answer.resource[1]


async def test_preconditions(world: World) -> None:
    poor = await refusal(world, "Debit", put(amounts__amount=10**8))
    assert poor.reason == "INSUFFICIENT_FUNDS"
    assert (poor.metadata["currency"], poor.metadata["needed"]) == ("coins", str(10**8))
    indirect = await refusal(world, "SubmitScore", put(leaderboard_id="xp_weekly"))
    assert indirect.reason == "SCORE_NOT_ACCEPTED"
    for kind, reason in (("quiz_completed", "COOLDOWN"), ("daily_bonus", "DAILY_CAP")):
        change = put(activity__type=kind, activity__metrics={})
        request = example(BY_NAME["RecordActivity"], world)
        change(request)
        assert (await world.raw.call(BY_NAME["RecordActivity"], request)).code is Code.OK
        refused = await refusal(world, "RecordActivity", change)
        assert (refused.code, refused.reason) == (Code.FAILED_PRECONDITION, reason)


async def test_what_exists_already(world: World) -> None:
    taken = fresh("Taken")
    request = example(BY_NAME["CreatePlayer"], world)
    request.username = taken
    assert (await world.raw.call(BY_NAME["CreatePlayer"], request)).code is Code.OK
    exists = await refusal(world, "CreatePlayer", put(player_id=request.player_id))
    assert (exists.reason, exists.resource) == ("PLAYER_EXISTS", ("player", request.player_id))
    named = await refusal(world, "CreatePlayer", put(username=taken.upper()))
    assert (named.reason, named.resource) == ("USERNAME_TAKEN", ("username", taken.upper()))


REUSED: list[tuple[str, Change]] = [
    ("RecordActivity", put(activity__description="other")),
    ("BatchRecordActivities", put(activities__description="other")),
    ("CreatePlayer", put(display_name="other")),
    ("Credit", put(description="other")),
    ("Debit", put(amounts__amount=2)),
    ("SubmitScore", put(score=71)),
    ("BatchSubmitScores", put(scores__score=71)),
    ("CreateKey", put(name="other")),
    ("RevokeKey", put(reason="other")),
    ("GrantAchievement", put(reason="other")),
    ("SetAchievementShowcase", put(achievement_ids=[])),
    ("AwardBadge", put(quantity=2)),
    ("GiftBadge", put(message="other")),
    ("PurchaseBadge", put(badge_id="helper")),
    ("FreezeStreak", put(streak_id="vow_1")),
    ("StartQuest", put(quest_id="career")),
    ("AdvanceObjective", put(amount=2)),
    ("RateQuest", put(rating=5)),
    ("UpdatePlayer", put(display_name="other")),
    ("AdjustXp", put(amount=2)),
    ("GrantMultiplier", put(basis_points=10_002)),
    ("EquipTitle", put(title_id="novice")),
]


@pytest.mark.parametrize(("name", "change"), REUSED)
async def test_a_request_id_belongs_to_one_request(world: World, name: str, change: Change) -> None:
    """The same request again has the same bytes for an answer; another one is refused."""
    rpc = BY_NAME[name]
    credential, request = credential_of(rpc, world), example(rpc, world)
    first = await world.raw.outcome(rpc, request, credential=credential)
    assert first.code is Code.OK, first
    assert await world.raw.outcome(rpc, request, credential=credential) == first
    change(request)
    other = (await world.raw.outcome(rpc, request, credential=credential)).check_kept()
    assert (other.code, other.reason) == (Code.FAILED_PRECONDITION, "REQUEST_ID_REUSED")


async def test_out_of_range(world: World) -> None:
    full = await refusal(world, "Credit", put(amounts__amount=10**9))
    assert full.reason == "BALANCE_CAP"
    assert (full.metadata["currency"], full.metadata["cap"]) == ("coins", str(10**9))
    overflow = await refusal(
        world, "RecordActivity", put(activity__metrics={"study_minutes": AMOUNT_MAX})
    )
    assert overflow.reason == "METRIC_OUT_OF_RANGE"


@pytest.mark.parametrize("name", ["ListEvents", "StreamEvents"])
async def test_a_trimmed_cursor(world: World, sql: asyncpg.Connection, name: str) -> None:
    """The refusal carries the oldest cursor that works."""
    create, credit = (example(BY_NAME[one], world) for one in ("CreatePlayer", "Credit"))
    credit.player_id = create.player_id
    for rpc, request in (("CreatePlayer", create), ("Credit", credit)):
        assert (await world.raw.call(BY_NAME[rpc], request)).code is Code.OK
    page = event.ListEventsRequest(player_id=create.player_id, page_size=1)
    first = await world.raw.call(BY_NAME["ListEvents"], page)
    cursor = event.ListEventsResponse.FromString(first.body).next_cursor
    await world.raw.call(BY_NAME["Credit"], _again(credit))
    await sql.execute(
        "DELETE FROM requests WHERE player_id = $1 AND last_sequence < 3", create.player_id
    )
    trimmed = await refusal(world, name, put(player_id=create.player_id, cursor=cursor, types=[]))
    assert (trimmed.code, trimmed.reason) == (Code.OUT_OF_RANGE, "CURSOR_TRIMMED")
    page.cursor = trimmed.metadata["oldest_cursor"]
    rest = await world.raw.call(BY_NAME["ListEvents"], page)
    events = event.ListEventsResponse.FromString(rest.body).events
    assert [one.sequence for one in events] == [3]


def _again(request: Any) -> Any:
    request.request_id = fresh("r")
    return request
