"""`game.achievements`: what players can earn, and how far they have come."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from renown._model.achievement import Achievement, AchievementStatistics, AchievementTypes
from renown._pages import Page, Pages
from renown._services.player_achievements import PlayerAchievements
from renown._wire import achievement as wire
from renown.v1 import achievement_service_pb2 as pb


@dataclass(frozen=True, slots=True)
class Achievements(PlayerAchievements):
    """Reads, shows and grants achievements; they unlock by themselves.

    A secret one is as if it did not exist to who has not earned it. A player's
    own token may leave `player_id` empty; a game server names the player for
    whom it asks, and sees no secret ones otherwise.
    """

    def list(
        self,
        *,
        player_id: str = "",
        category: str = "",
        achievement_type: str = "",
        tags: Iterable[str] = (),
        include_retired: bool = False,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Achievement]:
        """Lists the achievements of the active catalog, by id.

        Args:
            player_id: for whom.
            category: keeps achievements of this category.
            achievement_type: keeps achievements of this type, such as `hours_logged`.
            tags: keeps achievements that have all of these.
            include_retired: lists retired ones, too.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """
        wanted = list(tags)

        async def fetch(token: str) -> Page[Achievement]:
            request = pb.ListAchievementsRequest(
                page_size=page_size,
                page_token=token,
                category=category,
                achievement_type=achievement_type,
                tags=wanted,
                include_retired=include_retired,
                player_id=player_id,
            )
            response = await self.caller.call(self.stub.ListAchievements, request, timeout=timeout)
            items = tuple(wire.achievement(item) for item in response.achievements)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def get(
        self, achievement_id: str, *, player_id: str = "", timeout: float | None = None
    ) -> Achievement:
        """Reads one achievement.

        Raises:
            AchievementNotFound: there is none, or it is secret to this player.
            PlayerNotFound: there is no such player.
        """
        request = pb.GetAchievementRequest(achievement_id=achievement_id, player_id=player_id)
        response = await self.caller.call(self.stub.GetAchievement, request, timeout=timeout)
        return wire.achievement(response.achievement)

    async def types(
        self,
        *,
        player_id: str = "",
        include_retired: bool = False,
        timeout: float | None = None,
    ) -> AchievementTypes:
        """Returns the types and categories that achievements have, each with how many.

        Raises:
            PlayerNotFound: there is no such player.
        """
        request = pb.ListAchievementTypesRequest(
            player_id=player_id, include_retired=include_retired
        )
        response = await self.caller.call(self.stub.ListAchievementTypes, request, timeout=timeout)
        return wire.achievement_types(response)

    async def statistics(
        self, achievement_id: str, *, player_id: str = "", timeout: float | None = None
    ) -> AchievementStatistics:
        """Tells how an achievement has fared in the whole game.

        Raises:
            AchievementNotFound: there is none, or it is secret to this player.
            PlayerNotFound: there is no such player.
        """
        request = pb.GetAchievementStatisticsRequest(
            achievement_id=achievement_id, player_id=player_id
        )
        response = await self.caller.call(
            self.stub.GetAchievementStatistics, request, timeout=timeout
        )
        return wire.achievement_statistics(response.statistics)
