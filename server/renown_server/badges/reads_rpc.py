"""What is read of badges: messages ↔ domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import asyncpg

from renown.v1 import badge_service_pb2 as pb
from renown_server.badges import queries, render
from renown_server.badges.bonuses import active
from renown_server.badges.definitions import Definitions
from renown_server.badges.owned import state_of
from renown_server.badges.sight import NOBODY, Sight
from renown_server.calls import CallContext, PrincipalKind
from renown_server.catalog.availability import Status
from renown_server.catalog.badges import Badge, BadgeCollection
from renown_server.catalog.holder import CatalogHolder
from renown_server.engine.clock import Clock
from renown_server.engine.gather import Gather
from renown_server.errors import BadgeNotFound, PermissionDenied, PlayerNotFound
from renown_server.progress.state import Earned
from renown_server.wire.pages import PageTokens, page_size


class BadgeReads:
    """Answers the RPCs that only read badges.

    Args:
        earned: reads what players have earned, gathered.
        pool: reads statistics.
        catalog: knows the badges.
        clock: says what can be obtained now.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        earned: Gather[str, Earned],
        pool: asyncpg.Pool,
        catalog: CatalogHolder,
        clock: Clock,
        tokens: PageTokens,
    ) -> None:
        self._earned = earned
        self._pool = pool
        self._catalog = catalog
        self._clock = clock
        self._tokens = tokens
        self._definitions = Definitions(catalog)

    async def _sight(self, player_id: str, call: CallContext) -> Sight:
        """What the caller sees: a player what it owns, a game server what whom it names does.

        Raises:
            PermissionDenied: a player names another one.
            PlayerNotFound: whom a game server names does not exist.
        """
        progression = self._catalog.current.progression
        principal = call.principal
        if principal.kind is PrincipalKind.PLAYER:
            if player_id and player_id != principal.player_id:
                raise PermissionDenied("a player may act for itself only")
            # Who has a token and has never done anything yet owns nothing.
            return Sight(progression, await self._earned.get(principal.player_id) or NOBODY)
        return Sight(progression, await self._of(player_id) if player_id else NOBODY)

    async def _of(self, player_id: str) -> Earned:
        """What a player has earned.

        Raises:
            PlayerNotFound: there is no such player.
        """
        earned = await self._earned.get(player_id)
        if earned is None:
            raise PlayerNotFound(player_id)
        return earned

    async def list_badges(
        self, request: pb.ListBadgesRequest, call: CallContext
    ) -> pb.ListBadgesResponse:
        """Lists badges of the catalog."""
        sight = await self._sight(request.player_id, call)
        found = [
            badge
            for badge in self._seen(sight, include_retired=request.include_retired)
            if (not request.category or badge.category == request.category)
            and (not request.rarity or badge.rarity == request.rarity)
            and (not request.collection or badge.collection == request.collection)
            and (not request.method or badge.method.value == request.method)
        ]
        filters = (
            sight.earned.player_id,
            request.category,
            request.rarity,
            request.collection,
            request.method,
            int(request.include_retired),
        )
        response = pb.ListBadgesResponse()
        shown = self._page("ListBadges", filters, request, response, [each.id for each in found])
        now_us = self._clock.now_us()
        for badge in found[shown]:
            self._fill(response.badges.add(), badge, sight, now_us)
        return response

    def _seen(self, sight: Sight, *, include_retired: bool) -> Iterator[Badge]:
        for badge_id in self._catalog.current.progression.badges:
            badge = sight.badge(badge_id)
            if badge is not None and (include_retired or badge.status is not Status.RETIRED):
                yield badge

    def _page(
        self,
        name: str,
        filters: tuple[str | int, ...],
        request: pb.ListBadgesRequest | pb.ListPlayerBadgesRequest | pb.ListBadgeCollectionsRequest,
        response: pb.ListBadgesResponse
        | pb.ListPlayerBadgesResponse
        | pb.ListBadgeCollectionsResponse,
        ids: Sequence[str],
    ) -> slice:
        """Which of the entries, by id and ascending, stand on the page; notes the next page."""
        position = self._tokens.decode(name, filters, request.page_token)
        after = str(position[0]) if position else ""
        first = sum(1 for each in ids if each <= after)
        end = first + page_size(request.page_size)
        if end < len(ids):
            response.next_page_token = self._tokens.encode(name, filters, (ids[end - 1],))
        return slice(first, end)

    def _fill(self, message: pb.Badge, badge: Badge, sight: Sight, now_us: int) -> None:
        self._definitions.fill(message.definition, badge, sight)
        message.in_window = badge.status is Status.ACTIVE and badge.window.holds(now_us)

    async def get_badge(
        self, request: pb.GetBadgeRequest, call: CallContext
    ) -> pb.GetBadgeResponse:
        """Reads a badge of the catalog."""
        sight = await self._sight(request.player_id, call)
        response = pb.GetBadgeResponse()
        badge = _require(sight, request.badge_id)
        self._fill(response.badge, badge, sight, self._clock.now_us())
        return response

    async def list_badge_categories(
        self, request: pb.ListBadgeCategoriesRequest, call: CallContext
    ) -> pb.ListBadgeCategoriesResponse:
        """Lists the categories that badges have."""
        sight = await self._sight(request.player_id, call)
        counts: dict[str, int] = {}
        for badge in self._seen(sight, include_retired=request.include_retired):
            if badge.category:
                counts[badge.category] = counts.get(badge.category, 0) + 1
        known = self._catalog.current.progression.categories
        response = pb.ListBadgeCategoriesResponse()
        for name, number in sorted(counts.items()):
            added = response.categories.add(count=number)
            added.definition.id = name
            if name in known:
                added.definition.name = known[name].name
                added.definition.description = known[name].description
        return response

    async def list_player_badges(
        self, request: pb.ListPlayerBadgesRequest, call: CallContext
    ) -> pb.ListPlayerBadgesResponse:
        """Lists the badges a player owns, and what they do."""
        earned = await self._of(request.player_id)
        known = self._catalog.current.progression.badges
        every = [
            known[name]
            for name in sorted(earned.badges)
            if name in known and earned.badge_count(name)
        ]
        found = [
            badge
            for badge in every
            if (not request.category or badge.category == request.category)
            and (not request.rarity or badge.rarity == request.rarity)
        ]
        response = pb.ListPlayerBadgesResponse(
            showcased_badge_ids=earned.honors.badges_showcased,
            equipped_badge_ids=earned.honors.badges_equipped,
        )
        filters = (request.player_id, request.category, request.rarity)
        ids = [badge.id for badge in found]
        for badge in found[self._page("ListPlayerBadges", filters, request, response, ids)]:
            info = self._definitions.info(badge)
            render.fill_badge(response.badges.add(), state_of(earned, badge), info)
        render.fill_rarities(response, every)
        render.fill_bonuses(response.active_bonuses.add, active(known, earned))
        return response

    async def list_badge_collections(
        self, request: pb.ListBadgeCollectionsRequest, call: CallContext
    ) -> pb.ListBadgeCollectionsResponse:
        """Lists the collections, and what a player owns of them."""
        catalog = self._catalog.current
        sight = Sight(catalog.progression, await self._of(request.player_id))
        found = [
            collection
            for collection in catalog.progression.collections.values()
            if _is_seen(collection, sight)
        ]
        response = pb.ListBadgeCollectionsResponse()
        filters = (request.player_id,)
        ids = [collection.id for collection in found]
        shown = self._page("ListBadgeCollections", filters, request, response, ids)
        for collection in found[shown]:
            render.fill_collection(response.collections.add(), collection, sight)
        return response

    async def get_badge_statistics(
        self, request: pb.GetBadgeStatisticsRequest, call: CallContext
    ) -> pb.GetBadgeStatisticsResponse:
        """Reads how a badge has fared."""
        sight = await self._sight(request.player_id, call)
        badge = _require(sight, request.badge_id)
        figures = await queries.load_figures(self._pool, badge.id, self._catalog.current.currencies)
        response = pb.GetBadgeStatisticsResponse()
        render.fill_statistics(response.statistics, figures)
        return response


def _require(sight: Sight, badge_id: str) -> Badge:
    badge = sight.badge(badge_id)
    if badge is None:
        raise BadgeNotFound(badge_id)
    return badge


def _is_seen(collection: BadgeCollection, sight: Sight) -> bool:
    """Whether a collection has a badge to show; one without any badges hides nothing."""
    return not collection.badges or bool(sight.badges(collection.badges))
