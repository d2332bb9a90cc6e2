"""`game.quests`: what players are asked to do, and how far they are."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from dataclasses import dataclass

from renown._model.quest import Quest, QuestStatistics
from renown._model.quest_definition import QuestType
from renown._model.quest_run import QuestRun, QuestState, QuestTotals
from renown._pages import Page, Pages
from renown._services.quest_changes import QuestChanges
from renown._wire import quest as wire
from renown._wire.quest_run import quest_run, quest_totals
from renown.v1 import progression_pb2
from renown.v1 import quest_service_pb2 as pb


@dataclass(frozen=True, slots=True)
class Quests(QuestChanges):
    """Reads, starts and claims quests; activities move their objectives by themselves.

    A hidden one is as if it did not exist to who has not started or unlocked
    it. A player's own token may leave `player_id` empty.
    """

    def list(
        self,
        player_id: str = "",
        *,
        type: QuestType | None = None,
        category: str = "",
        only_available: bool = False,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Quest]:
        """Lists the quests of the catalog for a player, by priority and id.

        Args:
            player_id: the player.
            type: keeps quests of this type.
            category: keeps quests of this category.
            only_available: keeps what can be started now.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[Quest]:
            request = pb.ListQuestsRequest(
                player_id=player_id,
                page_size=page_size,
                page_token=token,
                type=_type(type),
                category=category,
                only_available=only_available,
            )
            response = await self.caller.call(self.stub.ListQuests, request, timeout=timeout)
            items = tuple(wire.quest(item) for item in response.quests)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def get(self, player_id: str, quest_id: str, *, timeout: float | None = None) -> Quest:
        """Reads a quest as it is for a player.

        Raises:
            QuestNotFound, PlayerNotFound: as they say.
        """
        request = pb.GetQuestRequest(player_id=player_id, quest_id=quest_id)
        response = await self.caller.call(self.stub.GetQuest, request, timeout=timeout)
        return wire.quest(response.quest)

    async def progress(
        self, player_id: str, quest_id: str, *, timeout: float | None = None
    ) -> QuestRun:
        """Reads how far a player is with a quest: its latest attempt.

        Raises:
            QuestNotFound: there is none, or the player has never started it.
            PlayerNotFound: there is no such player.
        """
        request = pb.GetQuestProgressRequest(player_id=player_id, quest_id=quest_id)
        response = await self.caller.call(self.stub.GetQuestProgress, request, timeout=timeout)
        return quest_run(response.run)

    def runs(
        self,
        player_id: str = "",
        *,
        state: QuestState | None = None,
        type: QuestType | None = None,
        quest_id: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[QuestRun]:
        """Lists a player's attempts: active and claimable ones, then the latest ended first.

        Args:
            player_id: the player.
            state: keeps attempts in this state.
            type: keeps attempts at quests of this type.
            quest_id: keeps attempts at one quest.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[QuestRun]:
            request = pb.ListPlayerQuestsRequest(
                player_id=player_id,
                page_size=page_size,
                page_token=token,
                state=pb.QuestState.ValueType(state.value if state else 0),
                type=_type(type),
                quest_id=quest_id,
            )
            response = await self.caller.call(self.stub.ListPlayerQuests, request, timeout=timeout)
            items = tuple(quest_run(item) for item in response.runs)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def totals(self, player_id: str = "", *, timeout: float | None = None) -> QuestTotals:
        """Reads a player's quests in numbers.

        Raises:
            PlayerNotFound: there is no such player.
        """
        request = pb.ListPlayerQuestsRequest(player_id=player_id, page_size=1)
        response = await self.caller.call(self.stub.ListPlayerQuests, request, timeout=timeout)
        return quest_totals(response.totals)

    async def statistics(
        self, quest_id: str, *, player_id: str = "", timeout: float | None = None
    ) -> QuestStatistics:
        """Tells how a quest has fared in the whole game.

        Args:
            quest_id: the quest.
            player_id: for whom; hidden quests are unknown without it.
            timeout: seconds for all attempts together.

        Raises:
            QuestNotFound, PlayerNotFound: as they say.
        """
        request = pb.GetQuestStatisticsRequest(player_id=player_id, quest_id=quest_id)
        response = await self.caller.call(self.stub.GetQuestStatistics, request, timeout=timeout)
        return wire.quest_statistics(response.statistics)


def _type(kind: QuestType | None) -> progression_pb2.QuestType.ValueType:
    return progression_pb2.QuestType.ValueType(kind.value if kind else 0)
