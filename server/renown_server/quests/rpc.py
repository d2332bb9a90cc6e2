"""QuestService: messages ↔ domain; lists of attempts are in `runs_rpc`."""

from __future__ import annotations

import asyncpg

from renown.v1 import inventory_service_pb2
from renown.v1 import quest_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.quests import Quest
from renown_server.engine.clock import Clock
from renown_server.engine.command import Command, Recorded
from renown_server.engine.engine import Engine
from renown_server.errors import PlayerNotFound
from renown_server.inventory.render import fill_rewards
from renown_server.quests import commands
from renown_server.quests.definitions import Definitions
from renown_server.quests.queries import SeekerReader
from renown_server.quests.render import fill_quest, fill_run
from renown_server.quests.seeking import Seeker
from renown_server.quests.views import RunView
from renown_server.wire.pages import PageTokens, page_size

QuestRequest = pb.StartQuestRequest | pb.AbandonQuestRequest | pb.ClaimQuestRewardRequest


class QuestServiceHandlers:
    """Answers QuestService, but for attempts and statistics.

    Args:
        engine: carries out changes.
        pool: reads players.
        catalog: knows the quests.
        clock: what is over.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        pool: asyncpg.Pool,
        catalog: CatalogHolder,
        clock: Clock,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._seekers = SeekerReader(pool)
        self._definitions = Definitions()
        self._catalog = catalog
        self._clock = clock
        self._tokens = tokens

    async def list_quests(
        self, request: pb.ListQuestsRequest, call: CallContext
    ) -> pb.ListQuestsResponse:
        """Lists the quests that a player may know of, by priority and id."""
        filters = (request.player_id, request.type, request.category, request.only_available)
        position = self._tokens.decode("ListQuests", filters, request.page_token)
        seeker = await self._seeker(request.player_id)
        quests = [
            quest
            for quest in self._definitions.ordered(seeker.work.catalog.progression)
            if (not position or (-quest.priority, quest.id) > position)
            and _is_wanted(quest, request, seeker)
        ]
        shown = quests[: page_size(request.page_size)]
        response = pb.ListQuestsResponse()
        for quest in shown:
            fill_quest(response.quests.add(), quest, seeker, self._definitions)
        if len(shown) < len(quests):
            last = (-shown[-1].priority, shown[-1].id)
            response.next_page_token = self._tokens.encode("ListQuests", filters, last)
        return response

    async def get_quest(
        self, request: pb.GetQuestRequest, call: CallContext
    ) -> pb.GetQuestResponse:
        """Reads a quest as it is for a player."""
        seeker = await self._seeker(request.player_id)
        response = pb.GetQuestResponse()
        fill_quest(response.quest, seeker.find(request.quest_id), seeker, self._definitions)
        return response

    async def _seeker(self, player_id: str) -> Seeker:
        seeker = await self._seekers.find(self._catalog.current, player_id, self._clock.now_us())
        if seeker is None:
            raise PlayerNotFound(player_id)
        return seeker

    async def start_quest(
        self, request: pb.StartQuestRequest, call: CallContext
    ) -> pb.StartQuestResponse:
        """Begins a quest."""
        command = commands.start_quest(_body(request), call.principal.id, self._catalog.current)
        response = pb.StartQuestResponse()
        await self._change(command, call, response.run, response.effects)
        return response

    async def abandon_quest(
        self, request: pb.AbandonQuestRequest, call: CallContext
    ) -> pb.AbandonQuestResponse:
        """Gives up a quest."""
        command = commands.about_player(commands.AbandonQuest, _body(request), call.principal.id)
        done = await self._engine.submit(command, call.deadline)
        response = pb.AbandonQuestResponse()
        fill_run(response.run, done.result_as(RunView))
        return response

    async def advance_objective(
        self, request: pb.AdvanceObjectiveRequest, call: CallContext
    ) -> pb.AdvanceObjectiveResponse:
        """Moves an objective by hand."""
        body = commands.AdvanceBody(
            request_id=request.request_id,
            player_id=request.player_id,
            quest_id=request.quest_id,
            objective_id=request.objective_id,
            amount=request.amount or 1,
            context=tuple(sorted(request.context.items())),
        )
        command = commands.about_player(commands.AdvanceObjective, body, call.principal.id)
        response = pb.AdvanceObjectiveResponse()
        await self._change(command, call, response.run, response.effects)
        return response

    async def claim_quest_reward(
        self, request: pb.ClaimQuestRewardRequest, call: CallContext
    ) -> pb.ClaimQuestRewardResponse:
        """Takes the reward of a completed quest."""
        command = commands.claim_quest_reward(
            _body(request), call.principal.id, self._catalog.current
        )
        response = pb.ClaimQuestRewardResponse()
        await self._change(command, call, response.run, response.effects)
        return response

    async def rate_quest(
        self, request: pb.RateQuestRequest, call: CallContext
    ) -> pb.RateQuestResponse:
        """Rates a quest."""
        body = commands.RateBody(
            request.request_id, request.player_id, request.quest_id, request.rating
        )
        command = commands.about_player(commands.RateQuest, body, call.principal.id)
        done = await self._engine.submit(command, call.deadline)
        rated = done.result_as(commands.Rated)
        return pb.RateQuestResponse(rating=rated.rating, previous_rating=rated.previous)

    async def _change(
        self,
        command: Command,
        call: CallContext,
        run: pb.QuestRun,
        effects: inventory_service_pb2.RewardsReceived,
    ) -> None:
        done: Recorded = await self._engine.submit(command, call.deadline)
        fill_run(run, done.result_as(RunView))
        # An empty message is there, too, even if nothing followed.
        effects.SetInParent()
        fill_rewards(effects, done.facts, done)


def _is_wanted(quest: Quest, request: pb.ListQuestsRequest, seeker: Seeker) -> bool:
    if request.type and quest.type.value != request.type:
        return False
    if request.category and quest.category != request.category:
        return False
    if not seeker.knows(quest):
        return False
    return not request.only_available or next(seeker.reasons(quest), None) is None


def _body(request: QuestRequest) -> commands.QuestBody:
    return commands.QuestBody(request.request_id, request.player_id, request.quest_id)
