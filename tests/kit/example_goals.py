"""A valid request of each RPC about what players achieve, and what they need for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from renown.v1 import achievement_service_pb2 as achievement
from renown.v1 import activity_service_pb2 as activity
from renown.v1 import badge_service_pb2 as badge
from renown.v1 import common_pb2 as common
from renown.v1 import inventory_service_pb2 as inventory
from renown.v1 import player_profile_service_pb2 as profile
from renown.v1 import progression_pb2 as progression
from renown.v1 import quest_service_pb2 as quest
from renown.v1 import streak_service_pb2 as streak
from renown.v1.revocation_pb2 import RevokePolicy
from tests.kit.fresh import fresh
from tests.kit.goals import POOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit.examples import World

COIN = common.CurrencyAmount(currency="coins", amount=1)


def _pool(prefix: str) -> Iterator[str]:
    return cycle([f"{prefix}_{number}" for number in range(POOL)])


@dataclass(frozen=True, slots=True)
class Pools:
    """Ids of what can be taken once each: unused the first time round.

    Attributes:
        vows: streaks that are broken.
        errands: quests to start.
        labors: quests that are under way.
        favors: quests to claim the rewards of.
    """

    vows: Iterator[str] = field(default_factory=lambda: _pool("vow"))
    errands: Iterator[str] = field(default_factory=lambda: _pool("errand"))
    labors: Iterator[str] = field(default_factory=lambda: _pool("labor"))
    favors: Iterator[str] = field(default_factory=lambda: _pool("favor"))


def deeds_of(player_id: str, kind: str) -> list[activity.Activity]:
    """What a player does to have something of each sort.

    Args:
        player_id: whose.
        kind: `vow` or `pledge`: which of its streaks broke, since a day was missed.
    """
    now = datetime.now(UTC)
    earlier = now.replace(hour=0, minute=0, second=30) - timedelta(days=2)
    moments = [("deed", now), ("chore", now), (kind, earlier), (kind, now)]
    found = []
    for type_, moment in moments:
        done = activity.Activity(player_id=player_id, activity_id=fresh("a"), type=type_)
        done.occurred_at.FromDatetime(moment)
        if type_ == "deed":
            done.metrics["deeds"] = 50
        found.append(done)
    return found


def _asked(**fields: Any) -> dict[str, Any]:
    return {"request_id": fresh("r"), **fields}


def _player(world: World, **fields: Any) -> dict[str, Any]:
    return _asked(player_id=world.player, **fields)


def _day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()


GOAL_EXAMPLES: dict[str, Callable[[World], Message]] = {
    "ListAchievements": lambda w: achievement.ListAchievementsRequest(
        page_size=1,
        category="kindness",
        achievement_type="deeds",
        tags=["kind"],
        include_retired=True,
        player_id=w.player,
    ),
    "GetAchievement": lambda w: achievement.GetAchievementRequest(
        achievement_id="good_deed", player_id=w.player
    ),
    "ListAchievementTypes": lambda w: achievement.ListAchievementTypesRequest(
        player_id=w.player, include_retired=True
    ),
    "ListPlayerAchievements": lambda w: achievement.ListPlayerAchievementsRequest(
        player_id=w.player, page_size=1, category="kindness", achievement_type="deeds"
    ),
    "GetAchievementProgress": lambda w: achievement.GetAchievementProgressRequest(
        player_id=w.player, achievement_id="good_deed"
    ),
    "SetAchievementShowcase": lambda w: achievement.SetAchievementShowcaseRequest(
        **_player(w, achievement_ids=["good_deed"])
    ),
    "GrantAchievement": lambda w: achievement.GrantAchievementRequest(
        **_player(w, achievement_id="each_deed", reason="Deserved")
    ),
    "RevokeAchievement": lambda w: achievement.RevokeAchievementRequest(
        **_player(w, achievement_id="each_deed", reason="Not deserved", take_rewards=True, times=1),
        policy=RevokePolicy.REVOKE_POLICY_DEBT,
    ),
    "GetAchievementStatistics": lambda w: achievement.GetAchievementStatisticsRequest(
        achievement_id="good_deed", player_id=w.player
    ),
    "ListBadges": lambda w: badge.ListBadgesRequest(
        page_size=1,
        category="kindness",
        rarity=inventory.RARITY_RARE,
        collection="virtues",
        method=progression.BADGE_METHOD_PURCHASE,
        include_retired=True,
        player_id=w.player,
    ),
    "GetBadge": lambda w: badge.GetBadgeRequest(badge_id="helper", player_id=w.player),
    "ListBadgeCategories": lambda w: badge.ListBadgeCategoriesRequest(
        player_id=w.player, include_retired=True
    ),
    "ListPlayerBadges": lambda w: badge.ListPlayerBadgesRequest(
        player_id=w.player, page_size=1, category="kindness", rarity=inventory.RARITY_RARE
    ),
    "EquipBadge": lambda w: badge.EquipBadgeRequest(**_player(w, badge_id="helper")),
    "UnequipBadge": lambda w: badge.UnequipBadgeRequest(**_player(w, badge_id="patron")),
    "SetBadgeShowcase": lambda w: badge.SetBadgeShowcaseRequest(
        **_player(w, badge_ids=["helper", "patron"])
    ),
    "ListBadgeCollections": lambda w: badge.ListBadgeCollectionsRequest(
        player_id=w.player, page_size=1
    ),
    "EvolveBadge": lambda w: badge.EvolveBadgeRequest(**_player(w, badge_id="sprout")),
    "PurchaseBadge": lambda w: badge.PurchaseBadgeRequest(
        **_player(w, badge_id="patron", expected=[COIN])
    ),
    "GiftBadge": lambda w: badge.GiftBadgeRequest(
        **_player(w, receiver_id=w.other, badge_id="helper", quantity=1, message="For you")
    ),
    "AwardBadge": lambda w: badge.AwardBadgeRequest(
        **_player(w, badge_id="helper", reason="Kind", earned_reason="For help", quantity=1)
    ),
    "RevokeBadge": lambda w: badge.RevokeBadgeRequest(
        **_player(w, badge_id="helper", reason="Unkind", quantity=1, take_rewards=True),
        policy=RevokePolicy.REVOKE_POLICY_DEBT,
    ),
    "GetBadgeStatistics": lambda w: badge.GetBadgeStatisticsRequest(
        badge_id="helper", player_id=w.player
    ),
    "UpdatePlayer": lambda w: profile.UpdatePlayerRequest(
        **_player(w, display_name="Žofie", avatar_url="/b.png", time_zone="UTC", locale="cs-CZ"),
        update_mask=FieldMask(paths=["display_name", "avatar_url", "time_zone", "locale"]),
    ),
    "GetPlayerSummary": lambda w: profile.GetPlayerSummaryRequest(
        player_id=w.player, leaderboard_id="high_score", streak_id="vow_0"
    ),
    "AdjustXp": lambda w: profile.AdjustXpRequest(
        **_player(w, amount=1, reason="Lost", description="Found", event_type="correction")
    ),
    "Prestige": lambda w: profile.PrestigeRequest(**_player(w)),
    "GrantMultiplier": lambda w: profile.GrantMultiplierRequest(
        **_player(w, source="festival", basis_points=10_001, description="A gift"),
        duration=Duration(seconds=1),
        stacking=progression.MULTIPLIER_STACKING_REPLACE,
    ),
    "ListMultipliers": lambda w: profile.ListMultipliersRequest(player_id=w.player),
    "ListTitles": lambda w: profile.ListTitlesRequest(player_id=w.player, page_size=1),
    "EquipTitle": lambda w: profile.EquipTitleRequest(**_player(w, title_id="sage")),
    "ListUnlocks": lambda w: profile.ListUnlocksRequest(player_id=w.player, page_size=1),
    "ListQuests": lambda w: quest.ListQuestsRequest(
        player_id=w.player, page_size=1, type=progression.QUEST_TYPE_SIDE, category="village"
    ),
    "GetQuest": lambda w: quest.GetQuestRequest(player_id=w.player, quest_id="career"),
    "StartQuest": lambda w: quest.StartQuestRequest(**_player(w, quest_id=next(w.goals.errands))),
    "AbandonQuest": lambda w: quest.AbandonQuestRequest(
        **_player(w, quest_id=next(w.goals.labors))
    ),
    "GetQuestProgress": lambda w: quest.GetQuestProgressRequest(
        player_id=w.player, quest_id="career"
    ),
    "ListPlayerQuests": lambda w: quest.ListPlayerQuestsRequest(
        player_id=w.player,
        page_size=1,
        state=quest.QUEST_STATE_ACTIVE,
        type=progression.QUEST_TYPE_SIDE,
    ),
    "AdvanceObjective": lambda w: quest.AdvanceObjectiveRequest(
        **_player(w, quest_id="career", objective_id="work", amount=1, context={"npc": "Ada"})
    ),
    "ClaimQuestReward": lambda w: quest.ClaimQuestRewardRequest(
        **_player(w, quest_id=next(w.goals.favors))
    ),
    "RateQuest": lambda w: quest.RateQuestRequest(**_player(w, quest_id="career", rating=4)),
    "GetQuestStatistics": lambda w: quest.GetQuestStatisticsRequest(
        player_id=w.player, quest_id="career"
    ),
    "ListStreakActivities": lambda w: streak.ListStreakActivitiesRequest(page_size=1),
    "GetStreaks": lambda w: streak.GetStreaksRequest(player_id=w.player),
    "ListStreakHistory": lambda w: streak.ListStreakHistoryRequest(player_id=w.player, page_size=1),
    "FreezeStreak": lambda w: streak.FreezeStreakRequest(
        **_player(w, streak_id="vow_0", from_date=_day(2), to_date=_day(3))
    ),
    "RepairStreak": lambda w: streak.RepairStreakRequest(
        **_player(w, streak_id=next(w.goals.vows)), expected=[COIN]
    ),
}
"""By the RPC's name; the starter game with tests/kit/goals.py is served."""
