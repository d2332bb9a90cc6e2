"""Deeds as the commands that the server's handlers make of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import badge_service_pb2 as badge_pb
from renown.v1 import player_profile_service_pb2 as player_pb
from renown.v1 import quest_service_pb2 as quest_pb
from renown.v1 import streak_service_pb2 as streak_pb
from renown_server.activity.commands import record_activity
from renown_server.activity.decode import decode_activity
from renown_server.badges.commands import (
    EquipBadge,
    EvolveBadge,
    PurchaseBadge,
    PurchaseBody,
    WearBody,
)
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Command, RequestKey
from renown_server.players.commands import UpdatePlayer
from renown_server.players.updates import UpdateBody
from renown_server.profile.commands import CreatePlayer, CreatePlayerBody
from renown_server.quests.commands import (
    AbandonQuest,
    QuestBody,
    RateBody,
    RateQuest,
    claim_quest_reward,
    start_quest,
)
from renown_server.streaks.commands import FreezeBody, RepairBody, freeze_streak, repair_streak
from tests.chaos.deeds import Deed

_EPOCH_DAY = date(1970, 1, 1).toordinal()


def command_of(deed: Deed, principal: str, catalog: CatalogSnapshot) -> Command:
    """The command of a deed."""
    request, name, player = deed.request, deed.id, deed.player
    match request:
        case activity_pb.Activity():
            return record_activity(decode_activity(request), principal, catalog)
        case quest_pb.StartQuestRequest():
            return start_quest(QuestBody(name, player, request.quest_id), principal, catalog)
        case quest_pb.ClaimQuestRewardRequest():
            body = QuestBody(name, player, request.quest_id)
            return claim_quest_reward(body, principal, catalog)
        case streak_pb.FreezeStreakRequest():
            days = [
                date.fromisoformat(text).toordinal() - _EPOCH_DAY
                for text in (request.from_date, request.to_date)
            ]
            frozen = FreezeBody(name, player, request.streak_id, *days)
            return freeze_streak(frozen, principal, catalog)
        case streak_pb.RepairStreakRequest():
            return repair_streak(RepairBody(name, player, request.streak_id), principal, catalog)
    kind, decoded = _plain(deed)
    return kind(
        key=RequestKey(principal, name), players=(player,), principal=principal, body=decoded
    )


def _plain(deed: Deed) -> tuple[type[Command], Any]:
    """A command that needs to know nothing else: its kind and body."""
    request, name, player = deed.request, deed.id, deed.player
    match request:
        case player_pb.CreatePlayerRequest():
            return CreatePlayer, CreatePlayerBody(name, player, time_zone=request.time_zone)
        case player_pb.UpdatePlayerRequest():
            return UpdatePlayer, UpdateBody(name, player, time_zone=request.time_zone)
        case quest_pb.AbandonQuestRequest():
            return AbandonQuest, QuestBody(name, player, request.quest_id)
        case quest_pb.RateQuestRequest():
            return RateQuest, RateBody(name, player, request.quest_id, request.rating)
        case badge_pb.EquipBadgeRequest():
            return EquipBadge, WearBody(name, player, request.badge_id)
        case badge_pb.EvolveBadgeRequest():
            return EvolveBadge, WearBody(name, player, request.badge_id)
        case badge_pb.PurchaseBadgeRequest():
            return PurchaseBadge, PurchaseBody(name, player, request.badge_id)
    raise AssertionError(f"{type(request).__name__} has no command here")
