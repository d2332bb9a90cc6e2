"""The half of `game.quests` that changes a player's attempts."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from renown._caller import Caller
from renown._model.basics import new_id
from renown._model.quest import QuestRating
from renown._model.quest_run import QuestResult, QuestRun
from renown._wire import quest_run as wire
from renown._wire.quest import quest_rating
from renown._wire.scalars import to_quantity
from renown.v1 import quest_service_pb2 as pb
from renown.v1.quest_service_pb2_grpc import QuestServiceStub


@dataclass(frozen=True, slots=True)
class QuestChanges:
    """Starts, moves, ends and rates quests."""

    caller: Caller
    stub: QuestServiceStub

    async def start(
        self,
        player_id: str,
        quest_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> QuestResult:
        """Begins a quest, or enrols the player in a challenge. Items it consumes are taken.

        Raises:
            QuestActive: it is under way, or waits to be claimed.
            QuestLimit: too many are under way.
            LevelTooLow, RequirementNotMet, InsufficientItems: the player is not ready.
            QuestUnavailable: it is locked, outside its window, or done.
            QuestNotFound, PlayerNotFound, CascadeTooLong, RequestIdReused: as they say.
        """
        request = pb.StartQuestRequest(
            request_id=request_id or new_id(), player_id=player_id, quest_id=quest_id
        )
        response = await self.caller.call(
            self.stub.StartQuest, request, timeout=timeout, request_id=request.request_id
        )
        return wire.quest_result(response)

    async def abandon(
        self,
        player_id: str,
        quest_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> QuestRun:
        """Ends an active quest without its reward; what was paid and taken stays so.

        Raises:
            QuestNotActive: it is not under way.
            QuestNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.AbandonQuestRequest(
            request_id=request_id or new_id(), player_id=player_id, quest_id=quest_id
        )
        response = await self.caller.call(
            self.stub.AbandonQuest, request, timeout=timeout, request_id=request.request_id
        )
        return wire.quest_run(response.run)

    async def advance(
        self,
        player_id: str,
        quest_id: str,
        objective_id: str,
        *,
        amount: int = 1,
        context: Mapping[str, str] | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> QuestResult:
        """Moves an objective by hand, for what only the game can see; for servers.

        Args:
            player_id: the player.
            quest_id: the quest.
            objective_id: the objective.
            amount: how far, scaled as what is required. It never moves beyond that.
            context: describes what happened, for objectives that ask.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            QuestNotActive: it is not under way.
            ObjectiveLocked: others come first, it is done, or it follows from what the
                player has reached.
            RequirementNotMet: the context is not what it asks for.
            ObjectiveNotFound, QuestNotFound, PlayerNotFound, CascadeTooLong,
                RequestIdReused: as they say.
        """
        request = pb.AdvanceObjectiveRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            quest_id=quest_id,
            objective_id=objective_id,
            amount=to_quantity(amount),
            context=context or {},
        )
        response = await self.caller.call(
            self.stub.AdvanceObjective, request, timeout=timeout, request_id=request.request_id
        )
        return wire.quest_result(response)

    async def claim(
        self,
        player_id: str,
        quest_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> QuestResult:
        """Takes the reward of a completed quest: all of it or none.

        Raises:
            QuestNotCompleted: its required objectives are not done.
            QuestNotActive: it was never started, or is claimed.
            InventoryFull, MailboxFull, BalanceCap, ItemLimit: the reward finds no room.
            QuestNotFound, PlayerNotFound, CascadeTooLong, RequestIdReused: as they say.
        """
        request = pb.ClaimQuestRewardRequest(
            request_id=request_id or new_id(), player_id=player_id, quest_id=quest_id
        )
        response = await self.caller.call(
            self.stub.ClaimQuestReward, request, timeout=timeout, request_id=request.request_id
        )
        return wire.quest_result(response)

    async def rate(
        self,
        player_id: str,
        quest_id: str,
        rating: int,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> QuestRating:
        """Rates a quest that the player has tried, from 1, the worst, to 5.

        Another rating of the same player replaces it.

        Raises:
            RequirementNotMet: the player has never started it.
            QuestNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.RateQuestRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            quest_id=quest_id,
            rating=rating,
        )
        response = await self.caller.call(
            self.stub.RateQuest, request, timeout=timeout, request_id=request.request_id
        )
        return quest_rating(response)
