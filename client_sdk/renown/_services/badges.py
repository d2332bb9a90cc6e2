"""`game.badges`: what badges there are, and what players own, wear and show."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from dataclasses import dataclass

from renown._model.badge import Badge, BadgeCategory, BadgeCollection, BadgeStatistics
from renown._model.badge_definition import BadgeMethod
from renown._model.item import Rarity
from renown._model.player_badge import BadgeTotals, PlayerBadge
from renown._pages import Page, Pages
from renown._services.badge_dealing import BadgeDealing
from renown._wire import badge as wire
from renown._wire.player_badge import badge_totals, player_badge
from renown.v1 import badge_service_pb2 as pb
from renown.v1 import inventory_service_pb2, progression_pb2


@dataclass(frozen=True, slots=True)
class Badges(BadgeDealing):
    """Reads, wears, deals in and awards badges.

    A secret one is as if it did not exist to who does not own it. A player's
    own token may leave `player_id` empty; a game server names the player for
    whom it asks, and sees no secret ones otherwise.
    """

    def list(
        self,
        *,
        player_id: str = "",
        category: str = "",
        rarity: Rarity | None = None,
        collection: str = "",
        method: BadgeMethod | None = None,
        include_retired: bool = False,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Badge]:
        """Lists the badges of the active catalog, by id.

        Args:
            player_id: for whom.
            category: keeps badges of this category.
            rarity: keeps badges of this rarity.
            collection: keeps badges of this collection.
            method: keeps badges that are obtained this way.
            include_retired: lists retired ones, too.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[Badge]:
            request = pb.ListBadgesRequest(
                page_size=page_size,
                page_token=token,
                category=category,
                rarity=_rarity(rarity),
                collection=collection,
                method=progression_pb2.BadgeMethod.ValueType(method.value if method else 0),
                include_retired=include_retired,
                player_id=player_id,
            )
            response = await self.caller.call(self.stub.ListBadges, request, timeout=timeout)
            items = tuple(wire.badge(item) for item in response.badges)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def get(
        self, badge_id: str, *, player_id: str = "", timeout: float | None = None
    ) -> Badge:
        """Reads one badge.

        Raises:
            BadgeNotFound: there is none, or it is secret to this player.
            PlayerNotFound: there is no such player.
        """
        request = pb.GetBadgeRequest(badge_id=badge_id, player_id=player_id)
        response = await self.caller.call(self.stub.GetBadge, request, timeout=timeout)
        return wire.badge(response.badge)

    async def categories(
        self,
        *,
        player_id: str = "",
        include_retired: bool = False,
        timeout: float | None = None,
    ) -> tuple[BadgeCategory, ...]:
        """Returns the categories that badges have, by id.

        Raises:
            PlayerNotFound: there is no such player.
        """
        request = pb.ListBadgeCategoriesRequest(
            player_id=player_id, include_retired=include_retired
        )
        response = await self.caller.call(self.stub.ListBadgeCategories, request, timeout=timeout)
        return tuple(wire.badge_category(item) for item in response.categories)

    def of_player(
        self,
        player_id: str = "",
        *,
        category: str = "",
        rarity: Rarity | None = None,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[PlayerBadge]:
        """Lists the badges a player owns, by id.

        Args:
            player_id: the player.
            category: keeps badges of this category.
            rarity: keeps badges of this rarity.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[PlayerBadge]:
            request = pb.ListPlayerBadgesRequest(
                player_id=player_id,
                page_size=page_size,
                page_token=token,
                category=category,
                rarity=_rarity(rarity),
            )
            response = await self.caller.call(self.stub.ListPlayerBadges, request, timeout=timeout)
            items = tuple(player_badge(item) for item in response.badges)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def totals(self, player_id: str = "", *, timeout: float | None = None) -> BadgeTotals:
        """Reads how many badges a player owns, which it wears and shows, and what they do.

        Raises:
            PlayerNotFound: there is no such player.
        """
        request = pb.ListPlayerBadgesRequest(player_id=player_id, page_size=1)
        response = await self.caller.call(self.stub.ListPlayerBadges, request, timeout=timeout)
        return badge_totals(response)

    def collections(
        self,
        player_id: str = "",
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[BadgeCollection]:
        """Lists the collections of the catalog, by id, and what a player owns of each.

        Args:
            player_id: the player.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[BadgeCollection]:
            request = pb.ListBadgeCollectionsRequest(
                player_id=player_id, page_size=page_size, page_token=token
            )
            response = await self.caller.call(
                self.stub.ListBadgeCollections, request, timeout=timeout
            )
            items = tuple(wire.badge_collection(item) for item in response.collections)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def statistics(
        self, badge_id: str, *, player_id: str = "", timeout: float | None = None
    ) -> BadgeStatistics:
        """Tells how a badge has fared in the whole game.

        Raises:
            BadgeNotFound: there is none, or it is secret to this player.
            PlayerNotFound: there is no such player.
        """
        request = pb.GetBadgeStatisticsRequest(badge_id=badge_id, player_id=player_id)
        response = await self.caller.call(self.stub.GetBadgeStatistics, request, timeout=timeout)
        return wire.badge_statistics(response.statistics)


def _rarity(rarity: Rarity | None) -> inventory_service_pb2.Rarity.ValueType:
    return inventory_service_pb2.Rarity.ValueType(rarity.value if rarity else 0)
