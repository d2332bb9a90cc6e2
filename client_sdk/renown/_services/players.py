"""`game.players`: who players are, their XP and level."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from google.protobuf.field_mask_pb2 import FieldMask

from renown._model.basics import new_id
from renown._model.player import Level, LevelProgress, Player, XpEntry
from renown._pages import Page, Pages
from renown._services.player_standing import PlayerStanding
from renown._wire import player as wire
from renown.v1 import player_profile_service_pb2 as pb

BATCH_MAX = 100
"""How many players one BatchGetPlayers call reads."""


@dataclass(frozen=True, slots=True)
class Players(PlayerStanding):
    """Reads, creates and keeps players."""

    async def create(
        self,
        player_id: str,
        *,
        username: str = "",
        display_name: str = "",
        avatar_url: str = "",
        time_zone: str = "",
        locale: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Player:
        """Creates a player. A player's first activity does so too.

        Args:
            player_id: the game's id of the player.
            username: unique without regard to case.
            display_name: for people.
            avatar_url: the player's picture.
            time_zone: the IANA zone in which its days begin; UTC when empty.
            locale: a BCP 47 tag.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            PlayerExists: another request created it before.
            UsernameTaken: another player holds the username.
        """
        request = pb.CreatePlayerRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            username=username,
            display_name=display_name,
            avatar_url=avatar_url,
            time_zone=time_zone,
            locale=locale,
        )
        response = await self.caller.call(
            self.stub.CreatePlayer, request, timeout=timeout, request_id=request.request_id
        )
        return wire.player(response.player)

    async def update(
        self,
        player_id: str = "",
        *,
        display_name: str | None = None,
        avatar_url: str | None = None,
        time_zone: str | None = None,
        locale: str | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Player:
        """Changes what a player says of itself: what is None stays, what is empty is cleared.

        Args:
            player_id: the player; a player's own token may leave it out.
            display_name: for people.
            avatar_url: the player's picture.
            time_zone: the IANA zone in which its days begin; UTC when empty. A player
                can change it once in a while only.
            locale: a BCP 47 tag.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            TimeZoneChangedRecently: `retry_after` says when it can be changed.
            UnknownTimeZone, InvalidArgument, PlayerNotFound, RequestIdReused: as they
                say. One field at least is to be changed.
        """
        said = {
            "display_name": display_name,
            "avatar_url": avatar_url,
            "time_zone": time_zone,
            "locale": locale,
        }
        changes = {name: value for name, value in said.items() if value is not None}
        request = pb.UpdatePlayerRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            update_mask=FieldMask(paths=list(changes)),
            **changes,
        )
        response = await self.caller.call(
            self.stub.UpdatePlayer, request, timeout=timeout, request_id=request.request_id
        )
        return wire.player(response.player)

    async def get(self, player_id: str, *, timeout: float | None = None) -> Player:
        """Reads a player.

        Raises:
            PlayerNotFound: there is none.
        """
        request = pb.GetPlayerRequest(player_id=player_id)
        response = await self.caller.call(self.stub.GetPlayer, request, timeout=timeout)
        return wire.player(response.player)

    async def get_many(
        self, player_ids: Iterable[str], *, timeout: float | None = None
    ) -> dict[str, Player]:
        """Reads players, 100 a call.

        Returns:
            those that exist, by id, in the order asked.
        """
        wanted = iter(dict.fromkeys(player_ids))
        found: dict[str, Player] = {}
        while chunk := list(islice(wanted, BATCH_MAX)):
            request = pb.BatchGetPlayersRequest(player_ids=chunk)
            response = await self.caller.call(self.stub.BatchGetPlayers, request, timeout=timeout)
            found |= {item.player_id: wire.player(item) for item in response.players}
        return found

    async def level(self, player_id: str = "", *, timeout: float | None = None) -> LevelProgress:
        """Reads a player's level and the way to the next.

        Raises:
            PlayerNotFound: there is none.
        """
        request = pb.GetLevelProgressRequest(player_id=player_id)
        response = await self.caller.call(self.stub.GetLevelProgress, request, timeout=timeout)
        return wire.level_progress(response.progress)

    async def levels(self, *, timeout: float | None = None) -> list[Level]:
        """Returns the levels of the active catalog, lowest first."""

        async def fetch(page_token: str) -> Page[Level]:
            request = pb.ListLevelsRequest(page_size=200, page_token=page_token)
            response = await self.caller.call(self.stub.ListLevels, request, timeout=timeout)
            items = tuple(wire.level(item) for item in response.levels)
            return Page(items, response.next_page_token)

        return await Pages(fetch, "").collect()

    def xp_history(
        self,
        player_id: str = "",
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[XpEntry]:
        """Lists a player's XP changes, the latest first.

        Args:
            player_id: the player; a player's own token may leave it out.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[XpEntry]:
            request = pb.ListXpHistoryRequest(
                player_id=player_id, page_size=page_size, page_token=token
            )
            response = await self.caller.call(self.stub.ListXpHistory, request, timeout=timeout)
            items = tuple(wire.xp_entry(item) for item in response.entries)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)
