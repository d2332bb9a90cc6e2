"""Every field of what players achieve arrives in its typed value."""

import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

import renown
from renown._model.basics import WireEnum
from renown._wire import (
    achievement,
    badge,
    criteria,
    event,
    honors,
    player_achievement,
    player_badge,
    progress,
    quest,
    quest_outcome,
    quest_run,
    standing,
    streak,
    streak_definition,
)
from renown._wire.scalars import moment_of_text, to_day
from renown.v1 import (
    achievement_service_pb2,
    badge_service_pb2,
    event_pb2,
    player_profile_service_pb2,
    progress_pb2,
    progression_pb2,
    quest_service_pb2,
    streak_service_pb2,
)
from tests.kit.fields import differences, fill

CONVERTERS: list[tuple[type[Message], Callable[[Any], object]]] = [
    (progress_pb2.ProgressChanges, progress.progress_changes),
    (achievement_service_pb2.Achievement, achievement.achievement),
    (achievement_service_pb2.ListAchievementTypesResponse, achievement.achievement_types),
    (achievement_service_pb2.AchievementStatistics, achievement.achievement_statistics),
    (achievement_service_pb2.PlayerAchievement, player_achievement.player_achievement),
    (achievement_service_pb2.GrantAchievementResponse, player_achievement.achievement_grant),
    (achievement_service_pb2.RevokeAchievementResponse, player_achievement.achievement_revocation),
    (badge_service_pb2.Badge, badge.badge),
    (badge_service_pb2.ListBadgeCategoriesResponse.Category, badge.badge_category),
    (badge_service_pb2.BadgeCollection, badge.badge_collection),
    (badge_service_pb2.BadgeStatistics, badge.badge_statistics),
    (badge_service_pb2.PlayerBadge, player_badge.player_badge),
    (badge_service_pb2.EquipBadgeResponse, player_badge.equipped_badges),
    (badge_service_pb2.UnequipBadgeResponse, player_badge.equipped_badges),
    (badge_service_pb2.EvolveBadgeResponse, player_badge.evolved_badge),
    (badge_service_pb2.PurchaseBadgeResponse, player_badge.badge_purchase),
    (badge_service_pb2.GiftBadgeResponse, player_badge.badge_result),
    (badge_service_pb2.AwardBadgeResponse, player_badge.badge_result),
    (badge_service_pb2.RevokeBadgeResponse, player_badge.badge_revocation),
    (streak_service_pb2.StreakActivity, streak_definition.streak_activity),
    (streak_service_pb2.GetStreaksResponse, streak.player_streaks),
    (streak_service_pb2.StreakRun, streak.streak_run),
    (streak_service_pb2.FreezeStreakResponse, streak.streak_freeze_result),
    (streak_service_pb2.RepairStreakResponse, streak.streak_repair_result),
    (quest_service_pb2.Quest, quest.quest),
    (quest_service_pb2.QuestStatistics, quest.quest_statistics),
    (quest_service_pb2.QuestTotals, quest_run.quest_totals),
    (quest_service_pb2.StartQuestResponse, quest_run.quest_result),
    (quest_service_pb2.AdvanceObjectiveResponse, quest_run.quest_result),
    (quest_service_pb2.ClaimQuestRewardResponse, quest_run.quest_result),
    (quest_service_pb2.RateQuestResponse, quest.quest_rating),
    (player_profile_service_pb2.PlayerSummary, standing.player_summary),
    (player_profile_service_pb2.AdjustXpResponse, standing.xp_adjustment),
    (player_profile_service_pb2.PrestigeResponse, standing.prestige_result),
    (player_profile_service_pb2.ActiveMultiplier, honors.active_multiplier),
    (player_profile_service_pb2.PlayerTitle, honors.player_title),
    (player_profile_service_pb2.EquipTitleResponse, honors.equipped_title),
    (player_profile_service_pb2.Unlock, honors.unlock),
]


@pytest.mark.parametrize(("kind", "convert"), CONVERTERS, ids=[k.__name__ for k, _ in CONVERTERS])
def test_every_field_arrives(kind: type[Message], convert: Callable[[Any], object]) -> None:
    message = kind()
    fill(message, itertools.count(1))
    assert differences(message, convert(message), kind.__name__) == []


@pytest.mark.parametrize(
    ("response", "listed", "convert"),
    [
        (
            achievement_service_pb2.ListPlayerAchievementsResponse,
            "achievements",
            player_achievement.achievement_totals,
        ),
        (badge_service_pb2.ListPlayerBadgesResponse, "badges", player_badge.badge_totals),
    ],
)
def test_totals_are_all_of_a_list_but_its_items(
    response: type[Message], listed: str, convert: Callable[[Any], object]
) -> None:
    message = response()
    fill(message, itertools.count(1))
    lost = differences(message, convert(message), "totals")
    assert lost == [f"totals.{listed} is missing", "totals.next_page_token is missing"]


def test_what_is_unset_is_none() -> None:
    started = player_achievement.player_achievement(achievement_service_pb2.PlayerAchievement())
    unset = (started.tier, started.completed_at, started.started_at, started.last_progress_at)
    assert unset == (None, None, None, None)

    never = streak.player_streaks(
        streak_service_pb2.GetStreaksResponse(streaks=[streak_service_pb2.Streak()])
    ).streaks[0]
    assert (never.start_date, never.last_active_date, never.breaks_at) == (None, None, None)
    assert (never.next_milestone, never.repair) == (None, None)

    task = quest.quest(quest_service_pb2.Quest())
    assert (task.run, task.best_time, task.resets_at) == (None, None, None)
    definition = task.definition
    assert (definition.npc, definition.chain, definition.time_limit) == (None, None, None)
    assert (definition.expires_at, definition.rewards.repeat) == (None, None)
    assert definition.requirements.available_from is None

    emblem = badge.badge(badge_service_pb2.Badge()).definition
    assert (emblem.set_bonus, emblem.evolution) == (None, None)
    summary = standing.player_summary(player_profile_service_pb2.PlayerSummary())
    assert summary.last_activity_date is None
    unlocked = progress.achievement_unlock(progress_pb2.AchievementUnlock())
    assert unlocked.started_at is None


def test_what_a_definition_leaves_open_is_what_the_contract_says() -> None:
    goal = achievement.achievement(achievement_service_pb2.Achievement()).definition
    assert goal.status is renown.DefinitionStatus.ACTIVE
    assert goal.kind is renown.AchievementKind.PROGRESSIVE
    assert goal.requirements.type is renown.RequirementType.COUNTER
    assert goal.requirements.logic is renown.Logic.ALL
    assert goal.difficulty is renown.Difficulty.UNKNOWN

    condition = criteria.condition(progression_pb2.Condition(metric="hours"))
    assert condition.operator is renown.Operator.AT_LEAST
    assert condition.time_frame is renown.TimeFrame.ALL
    emblem = badge.badge(badge_service_pb2.Badge()).definition
    assert emblem.acquisition.method is renown.BadgeMethod.ACHIEVEMENT
    assert quest.quest(quest_service_pb2.Quest()).definition.type is renown.QuestType.SIDE


@pytest.mark.parametrize(
    ("sent", "kind", "name", "stat"),
    [
        ({"metric": "hours"}, "metric", "hours", None),
        ({"activity_type": "lesson"}, "activity_type", "lesson", None),
        ({"badge": "early_bird"}, "badge", "early_bird", None),
        ({"stat": progression_pb2.STAT_LEVEL}, "stat", "", renown.Stat.LEVEL),
        ({"any_activity": True}, "any_activity", "", None),
        ({}, "", "", None),
    ],
)
def test_a_condition_says_what_it_looks_at(
    sent: dict[str, Any], kind: str, name: str, stat: renown.Stat | None
) -> None:
    condition = criteria.condition(progression_pb2.Condition(**sent))
    assert (condition.type, condition.id, condition.stat) == (kind, name, stat)


def test_a_bonus_says_what_it_asks_for() -> None:
    kind = progression_pb2.BonusCondition
    read = quest_outcome.bonus_condition
    hour = timedelta(hours=1)
    assert read(kind(all_optional=True)) == renown.BonusCondition("all_optional", "", None)
    assert read(kind(objective="o1")) == renown.BonusCondition("objective", "o1", None)
    assert read(kind(within=Duration(seconds=3600))) == renown.BonusCondition("within", "", hour)
    assert read(kind(perfect=True)) == renown.BonusCondition("perfect", "", None)


def test_events_of_one_shape_are_told_apart() -> None:
    change = progress_pb2.QuestChange(quest_id="gate", attempt=2)
    found = {
        name: type(event.event(event_pb2.Event(**{name: change})).payload).__name__  # type: ignore[arg-type]
        for name in (
            "quest_started",
            "quest_unlocked",
            "quest_claimed",
            "quest_abandoned",
            "quest_expired",
        )
    }
    assert found == {name: "".join(word.title() for word in name.split("_")) for name in found}
    title = progress_pb2.TitleChange(title_id="sage")
    assert event.event(event_pb2.Event(title_earned=title)).payload == renown.TitleEarned("sage")
    worn = event.event(event_pb2.Event(title_equipped=title)).payload
    assert worn == renown.TitleEquipped("sage")
    lost = event.event(event_pb2.Event(title_revoked=title)).payload
    assert lost == renown.TitleRevoked("sage")


def test_days_are_dates_and_moments_are_utc() -> None:
    message = progress_pb2.StreakAdvanced(streak_id="daily", current=3, longest=5)
    message.date = "2026-11-20"
    assert progress.streak_advanced(message) == renown.StreakAdvanced(
        "daily", 3, 5, date(2026, 11, 20)
    )
    assert to_day(date(2026, 11, 20)) == "2026-11-20"
    with pytest.raises(TypeError, match="not a datetime"):
        to_day(datetime(2026, 11, 20, tzinfo=UTC))
    there = datetime(2026, 11, 20, 1, tzinfo=timezone(timedelta(hours=2)))
    assert moment_of_text("2026-11-20T01:00:00+02:00") == there
    assert moment_of_text("2026-11-19T23:00:00Z") == there
    assert moment_of_text("") is None


ENUMS: list[tuple[type[WireEnum], Any, str]] = [
    (kind, getattr(module, kind.__name__), prefix)
    for module, kinds in {
        progression_pb2: (
            (renown.DefinitionStatus, "DEFINITION_STATUS_"),
            (renown.Difficulty, "DIFFICULTY_"),
            (renown.Operator, "OPERATOR_"),
            (renown.TimeFrame, "TIME_FRAME_"),
            (renown.Stat, "STAT_"),
            (renown.RequirementType, "REQUIREMENT_TYPE_"),
            (renown.Logic, "LOGIC_"),
            (renown.TimeConstraintType, "TIME_CONSTRAINT_TYPE_"),
            (renown.AchievementKind, "ACHIEVEMENT_KIND_"),
            (renown.BadgeMethod, "BADGE_METHOD_"),
            (renown.BonusType, "BONUS_TYPE_"),
            (renown.QuestType, "QUEST_TYPE_"),
            (renown.ObjectiveType, "OBJECTIVE_TYPE_"),
            (renown.PrestigeReset, "PRESTIGE_RESET_"),
            (renown.MultiplierStacking, "MULTIPLIER_STACKING_"),
        ),
        streak_service_pb2: ((renown.StreakEnd, "STREAK_END_"),),
        quest_service_pb2: (
            (renown.QuestAvailability, "QUEST_AVAILABILITY_"),
            (renown.QuestBlocker, "QUEST_BLOCKER_"),
            (renown.QuestState, "QUEST_STATE_"),
        ),
        player_profile_service_pb2: ((renown.MultiplierKind, "MULTIPLIER_KIND_"),),
    }.items()
    for kind, prefix in kinds
]


@pytest.mark.parametrize(
    ("ours", "theirs", "prefix"), ENUMS, ids=[row[0].__name__ for row in ENUMS]
)
def test_enums_are_those_of_the_contract(ours: type[WireEnum], theirs: Any, prefix: str) -> None:
    wanted = {name.removeprefix(prefix): number for name, number in theirs.items()}
    wanted["UNKNOWN"] = wanted.pop("UNSPECIFIED")
    assert {one.name: one.value for one in ours} == wanted
    assert ours(999) is ours(0)
