"""QuestService: attempts at quests, and how quests fare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from renown.v1 import quest_service_pb2 as pb
from renown_server.calls import CallContext, PrincipalKind
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.quests import QuestType
from renown_server.engine.clock import Clock
from renown_server.errors import PermissionDenied, PlayerNotFound, QuestNotFound
from renown_server.profile.days import day_of, day_start_us
from renown_server.quests import queries
from renown_server.quests.render import fill_run, fill_statistics
from renown_server.quests.seeking import Seeker
from renown_server.quests.tables import QuestOutcome
from renown_server.quests.views import RunView, ended_view, open_view
from renown_server.wire.pages import PageTokens, page_size

_FIRST = (2**62, "", 0)
"""Before all attempts that have ended."""

_OPEN, _ENDED = 0, 1
"""The two parts of a list of attempts."""

_Placed = tuple[tuple[str | int, ...], RunView]
"""An attempt and its place in the list."""


class QuestRunHandlers:
    """Answers what QuestService asks about attempts and statistics.

    Args:
        pool: reads players, attempts and statistics.
        catalog: knows the quests.
        clock: what is over.
        tokens: signs page tokens.
    """

    def __init__(
        self, *, pool: asyncpg.Pool, catalog: CatalogHolder, clock: Clock, tokens: PageTokens
    ) -> None:
        self._pool = pool
        self._seekers = queries.SeekerReader(pool)
        self._catalog = catalog
        self._clock = clock
        self._tokens = tokens

    async def _seeker(self, player_id: str) -> Seeker:
        seeker = await self._seekers.find(self._catalog.current, player_id, self._clock.now_us())
        if seeker is None:
            raise PlayerNotFound(player_id)
        return seeker

    async def get_quest_progress(
        self, request: pb.GetQuestProgressRequest, call: CallContext
    ) -> pb.GetQuestProgressResponse:
        """Reads a player's latest attempt at a quest."""
        seeker = await self._seeker(request.player_id)
        quest_id = request.quest_id
        run = seeker.runs.get(quest_id)
        response = pb.GetQuestProgressResponse()
        if run is not None:
            quest = seeker.work.catalog.progression.quests.get(quest_id)
            fill_run(response.run, open_view(seeker, quest, quest_id, run))
            return response
        found = await queries.find_latest(self._pool, request.player_id, quest_id)
        if found is None:
            raise QuestNotFound(quest_id)
        fill_run(response.run, ended_view(found))
        return response

    async def list_player_quests(
        self, request: pb.ListPlayerQuestsRequest, call: CallContext
    ) -> pb.ListPlayerQuestsResponse:
        """Lists a player's attempts: the open ones, then those that have ended."""
        filters = (request.player_id, request.state, request.type, request.quest_id)
        position: Any = self._tokens.decode("ListPlayerQuests", filters, request.page_token)
        seeker = await self._seeker(request.player_id)
        size = page_size(request.page_size)
        response = pb.ListPlayerQuestsResponse()
        found: list[_Placed] = []
        if not position or position[0] == _OPEN:
            after = tuple(position[1:])
            found = [each for each in _open_runs(seeker, request) if each[0][1:] > after]
            position = ()
        if len(found) <= size:
            before = tuple(position[1:]) if position else _FIRST
            found += await self._ended(seeker, request, before, size + 1 - len(found))
        for _, view in found[:size]:
            fill_run(response.runs.add(), view)
        if len(found) > size:
            last = found[size - 1][0]
            response.next_page_token = self._tokens.encode("ListPlayerQuests", filters, last)
        await self._fill_totals(response.totals, seeker)
        return response

    async def _ended(
        self,
        seeker: Seeker,
        request: pb.ListPlayerQuestsRequest,
        before: tuple[int, str, int],
        size: int,
    ) -> list[_Placed]:
        """Attempts that have ended; those that expired and nobody has noted yet among them."""
        if request.state in (pb.QUEST_STATE_ACTIVE, pb.QUEST_STATE_CLAIMABLE):
            return []
        rows = await queries.list_ended(
            self._pool,
            request.player_id,
            before=before,
            outcome=QuestOutcome(request.state) if request.state else None,
            quests=self._quests(request),
            size=size,
        )
        views = [ended_view(row) for row in rows] + _expired_runs(seeker, request)
        keyed: list[_Placed] = [
            ((_ENDED, view.ended_us, view.quest, view.attempt), view) for view in views
        ]
        kept = [each for each in keyed if each[0][1:] < before]
        return sorted(kept, key=lambda each: each[0], reverse=True)[:size]

    def _quests(self, request: pb.ListPlayerQuestsRequest) -> Sequence[str] | None:
        """The quests that the filters leave; None for all."""
        if not request.type:
            return [request.quest_id] if request.quest_id else None
        quests = self._catalog.current.progression.quests.values()
        return [
            quest.id
            for quest in quests
            if quest.type.value == request.type and request.quest_id in ("", quest.id)
        ]

    async def _fill_totals(self, message: pb.QuestTotals, seeker: Seeker) -> None:
        player, now_us = seeker.player, seeker.work.now_us
        since_us = day_start_us(player.time_zone, day_of(player, now_us))
        claimed = await queries.count_claimed_since(self._pool, player.player_id, since_us)
        waiting = [run for run in seeker.runs.values() if run.completed_us]
        message.active = seeker.active
        message.claimable = len(waiting)
        message.completed_today = claimed + sum(
            1 for run in waiting if run.completed_us >= since_us
        )
        definitions = seeker.work.catalog.progression.quests
        for quest_id, record in seeker.records.items():
            message.completed_total += record.times
            quest = definitions.get(quest_id)
            if quest is None:
                continue
            message.quest_points += quest.points * record.times
            if quest.type is QuestType.CHALLENGE:
                message.challenges_won += bool(record.times)
                message.challenges_total += bool(record.attempts)

    async def get_quest_statistics(
        self, request: pb.GetQuestStatisticsRequest, call: CallContext
    ) -> pb.GetQuestStatisticsResponse:
        """Reads how a quest has fared."""
        player_id = request.player_id
        if call.principal.kind is PrincipalKind.PLAYER:
            if player_id not in ("", call.principal.player_id):
                raise PermissionDenied("another player")
            player_id = call.principal.player_id
        quest = self._catalog.current.progression.quests.get(request.quest_id)
        if player_id:
            quest = (await self._seeker(player_id)).find(request.quest_id)
        if quest is None or (quest.hidden and not player_id):
            raise QuestNotFound(request.quest_id)
        response = pb.GetQuestStatisticsResponse()
        fill_statistics(response.statistics, await queries.load_figures(self._pool, quest.id))
        return response


def _open_runs(seeker: Seeker, request: pb.ListPlayerQuestsRequest) -> list[_Placed]:
    """Attempts that are active or wait to be claimed, by priority and id."""
    found: list[_Placed] = []
    for view in _views(seeker, request):
        if view.state < QuestOutcome.COMPLETED and request.state in (0, view.state):
            quest = seeker.work.catalog.progression.quests.get(view.quest)
            priority = quest.priority if quest is not None else 0
            found.append(((_OPEN, -priority, view.quest), view))
    return sorted(found, key=lambda each: each[0])


def _expired_runs(seeker: Seeker, request: pb.ListPlayerQuestsRequest) -> list[RunView]:
    if request.state not in (0, pb.QUEST_STATE_EXPIRED):
        return []
    return [view for view in _views(seeker, request) if view.state == QuestOutcome.EXPIRED]


def _views(seeker: Seeker, request: pb.ListPlayerQuestsRequest) -> list[RunView]:
    """The attempts that nobody has noted the end of and that the filters keep."""
    definitions = seeker.work.catalog.progression.quests
    found = []
    for quest_id, run in seeker.runs.items():
        quest = definitions.get(quest_id)
        if request.quest_id not in ("", quest_id):
            continue
        if request.type and (quest is None or quest.type.value != request.type):
            continue
        found.append(open_view(seeker, quest, quest_id, run))
    return found
