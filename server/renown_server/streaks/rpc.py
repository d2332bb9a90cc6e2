"""StreakService: messages ↔ domain."""

from __future__ import annotations

from typing import Any

import asyncpg

from renown.v1 import streak_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.streaks import Streak
from renown_server.engine.clock import Clock
from renown_server.engine.engine import Engine
from renown_server.engine.gather import Gather
from renown_server.errors import InvalidArgument, PlayerNotFound, StreakNotFound
from renown_server.profile.days import day_of
from renown_server.streaks import queries, render
from renown_server.streaks.commands import FreezeBody, RepairBody, freeze_streak, repair_streak
from renown_server.streaks.queries import PlayerStreaks
from renown_server.streaks.standing import NO_DAYS
from renown_server.streaks.views import RunView, runs_of, view, with_past
from renown_server.wire.pages import PageTokens, page_size


class StreakServiceHandlers:
    """Answers StreakService.

    Args:
        engine: carries out changes.
        streaks: reads where players' streaks stand, gathered.
        pool: reads streaks that ended long ago.
        catalog: knows the streak activities.
        clock: says what day it is.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        streaks: Gather[str, PlayerStreaks],
        pool: asyncpg.Pool,
        catalog: CatalogHolder,
        clock: Clock,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._streaks = streaks
        self._pool = pool
        self._catalog = catalog
        self._clock = clock
        self._tokens = tokens

    async def list_streak_activities(
        self, request: pb.ListStreakActivitiesRequest, call: CallContext
    ) -> pb.ListStreakActivitiesResponse:
        """Lists what streaks can be kept in."""
        shown, token = self._tokens.page_of(
            "ListStreakActivities",
            self._catalog.current.progression.streaks,
            request.page_size,
            request.page_token,
        )
        known = self._catalog.current.progression
        response = pb.ListStreakActivitiesResponse(next_page_token=token)
        for streak in shown:
            render.fill_activity(response.streak_activities.add(), streak, known)
        return response

    async def get_streaks(
        self, request: pb.GetStreaksRequest, call: CallContext
    ) -> pb.GetStreaksResponse:
        """Reads where a player's streaks stand now."""
        chosen = self._chosen(request.streak_id)
        found = await self._streaks_of(request.player_id)
        now_us = self._clock.now_us()
        known = self._catalog.current.progression
        response = pb.GetStreaksResponse(
            today=render.date_text(day_of(found.player, now_us)),
            time_zone=found.player.time_zone,
        )
        for streak in chosen:
            state = found.states.get(streak.id, NO_DAYS)
            seen = view(found.player, streak, state, known, now_us)
            render.fill_streak(response.streaks.add(), seen)
        return response

    async def list_streak_history(
        self, request: pb.ListStreakHistoryRequest, call: CallContext
    ) -> pb.ListStreakHistoryResponse:
        """Lists a player's streaks, the latest first."""
        filters = (request.player_id, request.streak_id)
        position: Any = self._tokens.decode("ListStreakHistory", filters, request.page_token)
        chosen = [streak.id for streak in self._chosen(request.streak_id)]
        found = await self._streaks_of(request.player_id)
        past = await queries.list_past(self._pool, request.player_id, request.streak_id)
        runs: list[RunView] = []
        for streak_id in chosen:
            state = found.states.get(streak_id, NO_DAYS)
            recent = runs_of(found.player, streak_id, state, self._clock.now_us())
            runs += with_past(recent, [run for run in past if run.streak_id == streak_id])
        page, more = render.page_after(runs, position, page_size(request.page_size))
        response = pb.ListStreakHistoryResponse()
        for run in page:
            render.fill_run(response.runs.add(), run)
        if more:
            response.next_page_token = self._tokens.encode(
                "ListStreakHistory", filters, render.sort_key(page[-1])
            )
        return response

    async def freeze_streak(
        self, request: pb.FreezeStreakRequest, call: CallContext
    ) -> pb.FreezeStreakResponse:
        """Freezes days."""
        body = FreezeBody(
            request_id=request.request_id,
            player_id=request.player_id,
            streak_id=request.streak_id,
            from_day=render.day_from(request.from_date, "from_date"),
            to_day=render.day_from(request.to_date, "to_date"),
        )
        command = freeze_streak(body, call.principal.id, self._catalog.current)
        done = await self._engine.submit(command, call.deadline)
        response = pb.FreezeStreakResponse()
        render.fill_frozen(response, done)
        return response

    async def repair_streak(
        self, request: pb.RepairStreakRequest, call: CallContext
    ) -> pb.RepairStreakResponse:
        """Makes a broken streak whole."""
        body = RepairBody(
            request_id=request.request_id,
            player_id=request.player_id,
            streak_id=request.streak_id,
            expected=_expected(request),
        )
        command = repair_streak(body, call.principal.id, self._catalog.current)
        done = await self._engine.submit(command, call.deadline)
        response = pb.RepairStreakResponse()
        render.fill_repaired(response, done)
        return response

    def _chosen(self, streak_id: str) -> list[Streak]:
        """The streak asked for, or all of them by id.

        Raises:
            StreakNotFound: the catalog has none.
        """
        streaks = self._catalog.current.progression.streaks
        if not streak_id:
            return list(streaks.values())
        if streak_id not in streaks:
            raise StreakNotFound(streak_id)
        return [streaks[streak_id]]

    async def _streaks_of(self, player_id: str) -> PlayerStreaks:
        found = await self._streaks.get(player_id)
        if found is None:
            raise PlayerNotFound(player_id)
        return found


def _expected(request: pb.RepairStreakRequest) -> tuple[tuple[str, int], ...]:
    seen: dict[str, int] = {}
    for place, item in enumerate(request.expected):
        if item.currency in seen:
            raise InvalidArgument(f"expected[{place}].currency", f"{item.currency!r} stands twice")
        seen[item.currency] = item.amount
    return tuple(sorted(seen.items()))
