"""PlayerProfileService: messages ↔ domain."""

from __future__ import annotations

import asyncio

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.engine.command import RequestKey
from renown_server.engine.engine import Engine
from renown_server.engine.gather import Gather
from renown_server.errors import PlayerNotFound
from renown_server.profile import render
from renown_server.profile.commands import CreatePlayer, CreatePlayerBody
from renown_server.profile.history import XpHistory
from renown_server.profile.levels import level_xp
from renown_server.profile.profiles import PlayerView
from renown_server.profile.stands import Stands
from renown_server.wire.pages import PageTokens, page_size


class PlayerProfileServiceHandlers:
    """Answers PlayerProfileService.

    Args:
        engine: creates players.
        views: reads players, gathered.
        history: reads XP changes.
        catalog: knows the levels.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        views: Gather[str, PlayerView],
        history: XpHistory,
        catalog: CatalogHolder,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._views = views
        self._history = history
        self._catalog = catalog
        self._tokens = tokens

    async def create_player(
        self, request: pb.CreatePlayerRequest, call: CallContext
    ) -> pb.CreatePlayerResponse:
        """Creates a player. The answer is the player as it was created."""
        body = CreatePlayerBody(
            request_id=request.request_id,
            player_id=request.player_id,
            username=request.username,
            display_name=request.display_name,
            avatar_url=request.avatar_url,
            time_zone=request.time_zone,
            locale=request.locale,
        )
        command = CreatePlayer(
            key=RequestKey(call.principal.id, request.request_id),
            players=(request.player_id,),
            principal=call.principal.id,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        created = PlayerView(
            player_id=body.player_id,
            created_us=done.recorded_at_us,
            updated_us=done.recorded_at_us,
            last_active_us=0,
            xp=0,
            lifetime_xp=0,
            level=1,
            prestige=0,
            time_zone=body.time_zone or "UTC",
            metrics={},
            username=body.username,
            display_name=body.display_name,
            avatar_url=body.avatar_url,
            locale=body.locale,
        )
        stood = render.level_message(done.result_as(Stands))
        return pb.CreatePlayerResponse(player=render.player_at(created, stood))

    async def get_player(
        self, request: pb.GetPlayerRequest, call: CallContext
    ) -> pb.GetPlayerResponse:
        """Reads a player."""
        view = await self._view(request.player_id)
        return pb.GetPlayerResponse(player=render.player(view, self._catalog.current))

    async def batch_get_players(
        self, request: pb.BatchGetPlayersRequest, call: CallContext
    ) -> pb.BatchGetPlayersResponse:
        """Reads players."""
        catalog = self._catalog.current
        views = await asyncio.gather(*[self._views.get(name) for name in request.player_ids])
        response = pb.BatchGetPlayersResponse()
        for player_id, view in zip(request.player_ids, views, strict=True):
            if view is None:
                response.missing_player_ids.append(player_id)
            else:
                response.players.append(render.player(view, catalog))
        return response

    async def get_level_progress(
        self, request: pb.GetLevelProgressRequest, call: CallContext
    ) -> pb.GetLevelProgressResponse:
        """Reads where a player stands."""
        view = await self._view(request.player_id)
        return pb.GetLevelProgressResponse(
            progress=render.level_progress(view, self._catalog.current)
        )

    async def list_levels(
        self, request: pb.ListLevelsRequest, call: CallContext
    ) -> pb.ListLevelsResponse:
        """Lists the level curve."""
        position = self._tokens.decode("ListLevels", (), request.page_token)
        first = int(position[0]) + 1 if position else 1
        levels = self._catalog.current.levels
        end = min(first + page_size(request.page_size), levels.hard_cap + 1)
        response = pb.ListLevelsResponse()
        for level in range(first, end):
            message = response.levels.add(
                level=level,
                name=levels.names.get(level, ""),
                threshold_xp=levels.thresholds[level - 1],
                level_xp=level_xp(levels, level),
            )
            for currency, amount in levels.rewards.get(level, ()):
                message.rewards.add(currency=currency, amount=amount)
            for item, quantity in levels.items.get(level, ()):
                message.items.add(item_id=item, quantity=quantity)
        if end <= levels.hard_cap:
            response.next_page_token = self._tokens.encode("ListLevels", (), (end - 1,))
        return response

    async def list_xp_history(
        self, request: pb.ListXpHistoryRequest, call: CallContext
    ) -> pb.ListXpHistoryResponse:
        """Reads a page of XP changes."""
        filters = (request.player_id,)
        position = self._tokens.decode("ListXpHistory", filters, request.page_token)
        after = (int(position[0]), int(position[1])) if position else None
        size = page_size(request.page_size)
        found = await self._history.page(request.player_id, after=after, size=size + 1)
        if not found:
            await self._view(request.player_id)
        response = pb.ListXpHistoryResponse(entries=[entry for entry, _ in found[:size]])
        if len(found) > size:
            last = found[size - 1][1]
            response.next_page_token = self._tokens.encode("ListXpHistory", filters, last)
        return response

    async def _view(self, player_id: str) -> PlayerView:
        view = await self._views.get(player_id)
        if view is None:
            raise PlayerNotFound(player_id)
        return view
