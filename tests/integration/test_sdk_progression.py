"""The typed methods of what players achieve: the request each sends, and what it returns."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import grpc
import pytest

import renown
from renown import errors
from renown.v1 import achievement_service_pb2 as achievement_pb
from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import badge_service_pb2 as badge_pb
from renown.v1 import quest_service_pb2 as quest_pb
from renown.v1 import streak_service_pb2 as streak_pb
from tests.integration.sdk_fakes import FakeServer, answer, refuse
from tests.integration.test_sdk_economy import parsed

FAST = renown.RetryPolicy(initial_backoff_s=0.001, max_backoff_s=0.005)
DEBT = renown.RevokePolicy.DEBT


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        yield running


@pytest.fixture
async def game(server: FakeServer) -> AsyncIterator[renown.Client]:
    async with renown.connect(server.address, key="k_test.secret", retry=FAST) as client:
        yield client


Call = Callable[[renown.Client], Awaitable[Any]]

MUTATIONS: list[tuple[str, Callable[..., Any], str, type]] = [
    (
        "SetAchievementShowcase",
        lambda game, **key: game.achievements.showcase("ada", ["b", "a"], **key),
        'player_id: "ada" achievement_ids: "b" achievement_ids: "a"',
        tuple,
    ),
    (
        "GrantAchievement",
        lambda game, **key: game.achievements.grant("ada", "a1", reason="event", tier=2, **key),
        'player_id: "ada" achievement_id: "a1" reason: "event" tier: 2',
        renown.AchievementGrant,
    ),
    (
        "RevokeAchievement",
        lambda game, **key: game.achievements.revoke(
            "ada", "a1", reason="cheat", take_rewards=True, policy=DEBT, times=2, **key
        ),
        """player_id: "ada" achievement_id: "a1" reason: "cheat" take_rewards: true
           policy: REVOKE_POLICY_DEBT times: 2""",
        renown.AchievementRevocation,
    ),
    (
        "EquipBadge",
        lambda game, **key: game.badges.equip("ada", "b1", **key),
        'player_id: "ada" badge_id: "b1"',
        renown.EquippedBadges,
    ),
    (
        "UnequipBadge",
        lambda game, **key: game.badges.unequip("ada", "b1", **key),
        'player_id: "ada" badge_id: "b1"',
        renown.EquippedBadges,
    ),
    (
        "SetBadgeShowcase",
        lambda game, **key: game.badges.showcase("ada", ("b2", "b1"), **key),
        'player_id: "ada" badge_ids: "b2" badge_ids: "b1"',
        tuple,
    ),
    (
        "SetBadgeShowcase",
        lambda game, **key: game.badges.show("ada", "b1", **key),
        'player_id: "ada" badge_id: "b1" showcased: true',
        tuple,
    ),
    (
        "SetBadgeShowcase",
        lambda game, **key: game.badges.show("ada", "b1", showcased=False, **key),
        'player_id: "ada" badge_id: "b1"',
        tuple,
    ),
    (
        "EvolveBadge",
        lambda game, **key: game.badges.evolve("ada", "b1", **key),
        'player_id: "ada" badge_id: "b1"',
        renown.EvolvedBadge,
    ),
    (
        "PurchaseBadge",
        lambda game, **key: game.badges.purchase("ada", "b1", expected={"coins": 9}, **key),
        'player_id: "ada" badge_id: "b1" expected { currency: "coins" amount: 9 }',
        renown.BadgePurchase,
    ),
    (
        "GiftBadge",
        lambda game, **key: game.badges.gift("ada", "bob", "b1", quantity=2, message="Hi", **key),
        'player_id: "ada" receiver_id: "bob" badge_id: "b1" quantity: 2 message: "Hi"',
        renown.BadgeResult,
    ),
    (
        "AwardBadge",
        lambda game, **key: game.badges.award(
            "ada", "b1", reason="event", earned_reason="Thanks", **key
        ),
        """player_id: "ada" badge_id: "b1" reason: "event" earned_reason: "Thanks"
           quantity: 1""",
        renown.BadgeResult,
    ),
    (
        "RevokeBadge",
        lambda game, **key: game.badges.revoke(
            "ada", "b1", reason="cheat", quantity=3, take_rewards=True, policy=DEBT, **key
        ),
        """player_id: "ada" badge_id: "b1" reason: "cheat" quantity: 3 take_rewards: true
           policy: REVOKE_POLICY_DEBT""",
        renown.BadgeRevocation,
    ),
    (
        "FreezeStreak",
        lambda game, **key: game.streaks.freeze(
            "ada", "daily", date(2026, 11, 21), date(2026, 11, 23), **key
        ),
        'player_id: "ada" streak_id: "daily" from_date: "2026-11-21" to_date: "2026-11-23"',
        renown.StreakFreezeResult,
    ),
    (
        "FreezeStreak",
        lambda game, **key: game.streaks.freeze("ada", "daily", date(2026, 11, 21), **key),
        'player_id: "ada" streak_id: "daily" from_date: "2026-11-21" to_date: "2026-11-21"',
        renown.StreakFreezeResult,
    ),
    (
        "RepairStreak",
        lambda game, **key: game.streaks.repair("ada", "daily", expected={"gems": 2}, **key),
        'player_id: "ada" streak_id: "daily" expected { currency: "gems" amount: 2 }',
        renown.StreakRepairResult,
    ),
    (
        "StartQuest",
        lambda game, **key: game.quests.start("ada", "q1", **key),
        'player_id: "ada" quest_id: "q1"',
        renown.QuestResult,
    ),
    (
        "AbandonQuest",
        lambda game, **key: game.quests.abandon("ada", "q1", **key),
        'player_id: "ada" quest_id: "q1"',
        renown.QuestRun,
    ),
    (
        "AdvanceObjective",
        lambda game, **key: game.quests.advance(
            "ada", "q1", "o1", amount=3, context={"npc": "smith"}, **key
        ),
        """player_id: "ada" quest_id: "q1" objective_id: "o1" amount: 3
           context { key: "npc" value: "smith" }""",
        renown.QuestResult,
    ),
    (
        "ClaimQuestReward",
        lambda game, **key: game.quests.claim("ada", "q1", **key),
        'player_id: "ada" quest_id: "q1"',
        renown.QuestResult,
    ),
    (
        "RateQuest",
        lambda game, **key: game.quests.rate("ada", "q1", 4, **key),
        'player_id: "ada" quest_id: "q1" rating: 4',
        renown.QuestRating,
    ),
    (
        "UpdatePlayer",
        lambda game, **key: game.players.update(
            "ada", display_name="Ada", time_zone="Europe/London", locale="", **key
        ),
        """player_id: "ada" display_name: "Ada" time_zone: "Europe/London"
           update_mask { paths: "display_name" paths: "time_zone" paths: "locale" }""",
        renown.Player,
    ),
    (
        "AdjustXp",
        lambda game, **key: game.players.adjust_xp(
            "ada", -5, reason="typo", description="Sorry", event_type="fix", **key
        ),
        'player_id: "ada" amount: -5 reason: "typo" description: "Sorry" event_type: "fix"',
        renown.XpAdjustment,
    ),
    (
        "Prestige",
        lambda game, **key: game.players.prestige("ada", **key),
        'player_id: "ada"',
        renown.PrestigeResult,
    ),
    (
        "GrantMultiplier",
        lambda game, **key: game.players.grant_multiplier(
            "ada",
            "event",
            20000,
            timedelta(hours=1),
            stacking=renown.MultiplierStacking.STACK,
            description="Party",
            **key,
        ),
        """player_id: "ada" source: "event" basis_points: 20000 duration { seconds: 3600 }
           stacking: MULTIPLIER_STACKING_STACK description: "Party" """,
        renown.MultiplierGrant,
    ),
    (
        "EquipTitle",
        lambda game, **key: game.players.equip_title("ada", "sage", **key),
        'player_id: "ada" title_id: "sage"',
        renown.EquippedTitle,
    ),
]

READS: list[tuple[str, Call, str, type]] = [
    (
        "ListAchievements",
        lambda game: game.achievements.list(
            player_id="ada",
            category="study",
            achievement_type="hours",
            tags=("x", "y"),
            include_retired=True,
            page_size=5,
        ).collect(),
        """player_id: "ada" category: "study" achievement_type: "hours" tags: "x" tags: "y"
           include_retired: true page_size: 5""",
        list,
    ),
    (
        "GetAchievement",
        lambda game: game.achievements.get("a1", player_id="ada"),
        'achievement_id: "a1" player_id: "ada"',
        renown.Achievement,
    ),
    (
        "ListAchievementTypes",
        lambda game: game.achievements.types(player_id="ada", include_retired=True),
        'player_id: "ada" include_retired: true',
        renown.AchievementTypes,
    ),
    (
        "ListPlayerAchievements",
        lambda game: game.achievements.of_player(
            "ada", completed=True, in_progress=True, category="c", achievement_type="t"
        ).collect(),
        """player_id: "ada" completed: true in_progress: true category: "c"
           achievement_type: "t" """,
        list,
    ),
    (
        "ListPlayerAchievements",
        lambda game: game.achievements.totals("ada"),
        'player_id: "ada" page_size: 1',
        renown.AchievementTotals,
    ),
    (
        "GetAchievementProgress",
        lambda game: game.achievements.progress("ada", "a1"),
        'player_id: "ada" achievement_id: "a1"',
        renown.PlayerAchievement,
    ),
    (
        "GetAchievementStatistics",
        lambda game: game.achievements.statistics("a1", player_id="ada"),
        'achievement_id: "a1" player_id: "ada"',
        renown.AchievementStatistics,
    ),
    (
        "ListBadges",
        lambda game: game.badges.list(
            player_id="ada",
            category="c",
            rarity=renown.Rarity.RARE,
            collection="set",
            method=renown.BadgeMethod.EVENT,
            include_retired=True,
            page_token="p",
        ).collect(),
        """player_id: "ada" category: "c" rarity: RARITY_RARE collection: "set"
           method: BADGE_METHOD_EVENT include_retired: true page_token: "p" """,
        list,
    ),
    (
        "GetBadge",
        lambda game: game.badges.get("b1", player_id="ada"),
        'badge_id: "b1" player_id: "ada"',
        renown.Badge,
    ),
    (
        "ListBadgeCategories",
        lambda game: game.badges.categories(player_id="ada", include_retired=True),
        'player_id: "ada" include_retired: true',
        tuple,
    ),
    (
        "ListPlayerBadges",
        lambda game: game.badges.of_player(
            "ada", category="c", rarity=renown.Rarity.EPIC, page_size=7
        ).collect(),
        'player_id: "ada" category: "c" rarity: RARITY_EPIC page_size: 7',
        list,
    ),
    (
        "ListPlayerBadges",
        lambda game: game.badges.totals("ada"),
        'player_id: "ada" page_size: 1',
        renown.BadgeTotals,
    ),
    (
        "ListBadgeCollections",
        lambda game: game.badges.collections("ada", page_size=2).collect(),
        'player_id: "ada" page_size: 2',
        list,
    ),
    (
        "GetBadgeStatistics",
        lambda game: game.badges.statistics("b1", player_id="ada"),
        'badge_id: "b1" player_id: "ada"',
        renown.BadgeStatistics,
    ),
    ("ListStreakActivities", lambda game: game.streaks.activities(), "page_size: 200", list),
    (
        "GetStreaks",
        lambda game: game.streaks.get("ada", streak_id="daily"),
        'player_id: "ada" streak_id: "daily"',
        renown.PlayerStreaks,
    ),
    (
        "ListStreakHistory",
        lambda game: game.streaks.history("ada", streak_id="daily", page_size=3).collect(),
        'player_id: "ada" streak_id: "daily" page_size: 3',
        list,
    ),
    (
        "ListQuests",
        lambda game: game.quests.list(
            "ada", type=renown.QuestType.DAILY, category="c", only_available=True
        ).collect(),
        'player_id: "ada" type: QUEST_TYPE_DAILY category: "c" only_available: true',
        list,
    ),
    (
        "GetQuest",
        lambda game: game.quests.get("ada", "q1"),
        'player_id: "ada" quest_id: "q1"',
        renown.Quest,
    ),
    (
        "GetQuestProgress",
        lambda game: game.quests.progress("ada", "q1"),
        'player_id: "ada" quest_id: "q1"',
        renown.QuestRun,
    ),
    (
        "ListPlayerQuests",
        lambda game: game.quests.runs(
            "ada",
            state=renown.QuestState.EXPIRED,
            type=renown.QuestType.CHALLENGE,
            quest_id="q1",
        ).collect(),
        """player_id: "ada" state: QUEST_STATE_EXPIRED type: QUEST_TYPE_CHALLENGE
           quest_id: "q1" """,
        list,
    ),
    (
        "ListPlayerQuests",
        lambda game: game.quests.totals("ada"),
        'player_id: "ada" page_size: 1',
        renown.QuestTotals,
    ),
    (
        "GetQuestStatistics",
        lambda game: game.quests.statistics("q1", player_id="ada"),
        'quest_id: "q1" player_id: "ada"',
        renown.QuestStatistics,
    ),
    (
        "GetPlayerSummary",
        lambda game: game.players.summary("ada", leaderboard_id="xp", streak_id="daily"),
        'player_id: "ada" leaderboard_id: "xp" streak_id: "daily"',
        renown.PlayerSummary,
    ),
    (
        "ListMultipliers",
        lambda game: game.players.multipliers("ada"),
        'player_id: "ada"',
        tuple,
    ),
    (
        "ListTitles",
        lambda game: game.players.titles("ada", page_size=2).collect(),
        'player_id: "ada" page_size: 2',
        list,
    ),
    (
        "ListUnlocks",
        lambda game: game.players.unlocks("ada", page_token="p").collect(),
        'player_id: "ada" page_token: "p"',
        list,
    ),
]

COVERED = {method for method, *_ in MUTATIONS + READS}
"""The RPCs whose methods are tested here."""


@pytest.mark.parametrize(
    ("method", "call", "request_text", "kind"), MUTATIONS, ids=[case[0] for case in MUTATIONS]
)
async def test_what_a_change_sends_and_returns(
    server: FakeServer,
    game: renown.Client,
    method: str,
    call: Callable[..., Any],
    request_text: str,
    kind: type,
) -> None:
    assert type(await call(game, request_id="r1")) is kind
    (seen,) = server.calls
    assert seen.method == method
    assert seen.request == parsed(f'request_id: "r1" {request_text}', seen.request)


async def test_changes_are_retried_with_the_id_they_were_given(
    server: FakeServer, game: renown.Client
) -> None:
    for method, call, *_ in MUTATIONS:
        server.calls.clear()
        server.on(
            method,
            refuse(grpc.StatusCode.UNAVAILABLE, "DRAINING"),
            refuse(grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_ID_REUSED"),
        )
        with pytest.raises(errors.RequestIdReused) as caught:
            await call(game)
        first, second = server.requests(method)
        assert first == second
        assert len(first.request_id) == 36
        assert caught.value.request_id == first.request_id


@pytest.mark.parametrize(
    ("method", "call", "request_text", "kind"),
    READS,
    ids=[f"{case[0]}-{case[3].__name__}" for case in READS],
)
async def test_what_a_read_sends_and_returns(
    server: FakeServer,
    game: renown.Client,
    method: str,
    call: Call,
    request_text: str,
    kind: type,
) -> None:
    assert type(await call(game)) is kind
    (seen,) = server.calls
    assert seen.method == method
    assert seen.request == parsed(request_text, seen.request)


async def test_every_method_tells_what_it_does(game: renown.Client) -> None:
    for service in (game.achievements, game.badges, game.streaks, game.quests, game.players):
        for name, method in inspect.getmembers(service, callable):
            assert name[0] == "_" or name in ("caller", "stub") or inspect.getdoc(method), name


async def test_an_activity_tells_what_it_unlocked(server: FakeServer, game: renown.Client) -> None:
    response = activity_pb.RecordActivityResponse()
    done = response.result.progress
    done.achievements.add(achievement_id="century_club", times_completed=1, points=50)
    done.badges.add(badge_id="early_bird", quantity=1, quantity_after=1)
    done.streaks.add(streak_id="daily", current=7, longest=9, date="2026-11-20")
    done.quests_started.add(quest_id="gate", attempt=1)
    done.titles.add(title_id="sage")
    server.on("RecordActivity", answer(response))
    progress = (await game.activities.record("ada", "lesson_completed")).progress
    assert [one.achievement_id for one in progress.achievements] == ["century_club"]
    assert progress.badges[0].quantity_after == 1
    assert progress.streaks == (renown.StreakAdvanced("daily", 7, 9, date(2026, 11, 20)),)
    assert progress.quests_started == (renown.QuestStarted("gate", 1, None),)
    assert progress.titles == (renown.TitleEarned("sage"),)
    assert progress.quests_completed == ()

    server.on("RecordActivity", answer(activity_pb.RecordActivityResponse()))
    nothing = (await game.activities.record("ada", "login")).progress
    assert nothing == renown.ProgressChanges()


async def test_totals_are_read_with_a_list(server: FakeServer, game: renown.Client) -> None:
    earned = achievement_pb.ListPlayerAchievementsResponse(
        total_achievements=9, completed=2, total_points=60, showcase=["a1"]
    )
    earned.categories.add(category="study", earned=2, total=4, points=60)
    server.on("ListPlayerAchievements", answer(earned))
    totals = await game.achievements.totals("ada")
    assert (totals.completed, totals.total_achievements, totals.showcase) == (2, 9, ("a1",))
    assert totals.categories[0].points == 60

    worn = badge_pb.ListPlayerBadgesResponse(total_badges=3, equipped_badge_ids=["b1"])
    bonus = worn.active_bonuses.add(source="badge:b1").bonus
    bonus.stat, bonus.value = "xp", 500
    server.on("ListPlayerBadges", answer(worn))
    owned = await game.badges.totals("ada")
    assert (owned.total_badges, owned.equipped_badge_ids) == (3, ("b1",))
    assert owned.active_bonuses[0].bonus == renown.BadgeBonus(
        "xp", renown.BonusType.PERCENTAGE, 500
    )


async def test_a_price_shown_is_a_price_expected(server: FakeServer, game: renown.Client) -> None:
    standing = streak_pb.GetStreaksResponse(today="2026-11-20", time_zone="Europe/London")
    broken = standing.streaks.add(streak_id="daily", longest=12, last_active_date="2026-11-18")
    broken.repair.price.add(currency="gems", amount=2)
    broken.repair.missed_dates.append("2026-11-19")
    server.on("GetStreaks", answer(standing))
    streaks = await game.streaks.get("ada")
    (streak,) = streaks.streaks
    assert streaks.today == date(2026, 11, 20)
    assert streak.repair is not None
    assert streak.repair.missed_dates == (date(2026, 11, 19),)
    expected = {item.currency: item.amount for item in streak.repair.price}
    await game.streaks.repair("ada", "daily", expected=expected)
    (request,) = server.requests("RepairStreak")
    assert [(item.currency, item.amount) for item in request.expected] == [("gems", 2)]


async def test_a_quest_tells_why_it_cannot_be_started(
    server: FakeServer, game: renown.Client
) -> None:
    quest = quest_pb.Quest(availability=quest_pb.QUEST_AVAILABILITY_LOCKED)
    quest.reasons.add(blocker=quest_pb.QUEST_BLOCKER_LEVEL, required=5, current=2)
    server.on("ListQuests", answer(quest_pb.ListQuestsResponse(quests=[quest])))
    (found,) = await game.quests.list("ada").collect()
    assert found.availability is renown.QuestAvailability.LOCKED
    (reason,) = found.reasons
    assert (reason.blocker, reason.required) == (renown.QuestBlocker.LEVEL, 5)


@pytest.mark.parametrize(
    "call",
    [
        lambda game: game.badges.gift("ada", "bob", "b1", quantity=0),
        lambda game: game.badges.award("ada", "b1", reason="x", quantity=0),
        lambda game: game.quests.advance("ada", "q1", "o1", amount=0),
    ],
)
async def test_none_is_not_one(server: FakeServer, game: renown.Client, call: Call) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        await call(game)
    assert server.calls == []
