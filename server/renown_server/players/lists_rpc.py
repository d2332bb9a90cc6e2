"""What PlayerProfileService lists of one player: titles, contents, multipliers."""

from __future__ import annotations

from collections.abc import Mapping

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.engine.clock import Clock
from renown_server.engine.gather import Gather
from renown_server.errors import PlayerNotFound
from renown_server.players import render
from renown_server.players.standing import PlayerStanding
from renown_server.progress.values import Honor
from renown_server.wire.pages import PageTokens, page_size
from renown_server.wire.timestamps import set_timestamp


class PlayerListHandlers:
    """Answers what is listed of a player.

    Args:
        standings: reads players, gathered.
        catalog: knows the titles, boosts and bonuses.
        clock: says what acts now.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        standings: Gather[str, PlayerStanding],
        catalog: CatalogHolder,
        clock: Clock,
        tokens: PageTokens,
    ) -> None:
        self._standings = standings
        self._catalog = catalog
        self._clock = clock
        self._tokens = tokens

    async def list_titles(
        self, request: pb.ListTitlesRequest, call: CallContext
    ) -> pb.ListTitlesResponse:
        """Lists the titles that were earned; secret ones are not secret any more."""
        honors = (await self._standing(request.player_id)).earned.honors
        shown, next_token = self._page("ListTitles", request, honors.titles)
        response = pb.ListTitlesResponse(
            next_page_token=next_token, total=len(honors.titles), equipped_title_id=honors.title
        )
        definitions = self._catalog.current.progression.titles
        for name, honor in shown:
            message = response.titles.add(
                definition=render.title(name, definitions.get(name)),
                source=honor.source,
                equipped=name == honors.title,
            )
            set_timestamp(message.earned_at, honor.earned_us)
        return response

    async def list_unlocks(
        self, request: pb.ListUnlocksRequest, call: CallContext
    ) -> pb.ListUnlocksResponse:
        """Lists the contents that may be used."""
        honors = (await self._standing(request.player_id)).earned.honors
        shown, next_token = self._page("ListUnlocks", request, honors.unlocks)
        response = pb.ListUnlocksResponse(next_page_token=next_token)
        for name, honor in shown:
            message = response.unlocks.add(content_id=name, source=honor.source)
            set_timestamp(message.unlocked_at, honor.earned_us)
        return response

    async def list_multipliers(
        self, request: pb.ListMultipliersRequest, call: CallContext
    ) -> pb.ListMultipliersResponse:
        """Lists what raises a player's earnings now."""
        standing = await self._standing(request.player_id)
        response = pb.ListMultipliersResponse()
        render.fill_multipliers(response, standing, self._catalog.current, self._clock.now_us())
        return response

    async def _standing(self, player_id: str) -> PlayerStanding:
        standing = await self._standings.get(player_id)
        if standing is None:
            raise PlayerNotFound(player_id)
        return standing

    def _page(
        self,
        list_name: str,
        request: pb.ListTitlesRequest | pb.ListUnlocksRequest,
        honors: Mapping[str, Honor],
    ) -> tuple[list[tuple[str, Honor]], str]:
        """A page of honors, the latest first, and the token of the next one."""
        filters = (request.player_id,)
        position = self._tokens.decode(list_name, filters, request.page_token)
        ordered = sorted([(-honor.earned_us, name) for name, honor in honors.items()])
        if position:
            after = (-int(position[0]), str(position[1]))
            ordered = [place for place in ordered if place > after]
        shown = ordered[: page_size(request.page_size)]
        next_token = ""
        if len(shown) < len(ordered):
            at, name = shown[-1]
            next_token = self._tokens.encode(list_name, filters, (-at, name))
        return [(name, honors[name]) for _, name in shown], next_token
