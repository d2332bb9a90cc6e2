"""AchievementService: messages ↔ domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import asyncpg

from renown.v1 import achievement_service_pb2 as pb
from renown_server.achievements import commands, queries
from renown_server.achievements.definitions import NOBODY, Viewer, fill_achievement, icon_of
from renown_server.achievements.listing import Filters, Listing
from renown_server.achievements.render import fill_totals, fill_view, statistics_message
from renown_server.achievements.views import View
from renown_server.calls import CallContext, PrincipalKind
from renown_server.catalog.achievements import Achievement
from renown_server.catalog.availability import Status
from renown_server.catalog.holder import CatalogHolder
from renown_server.engine.clock import Clock
from renown_server.engine.command import RequestKey
from renown_server.engine.engine import Engine
from renown_server.errors import AchievementNotFound, PermissionDenied, PlayerNotFound
from renown_server.inventory.clawback import Policy
from renown_server.inventory.clawback_render import revocation
from renown_server.inventory.render import fill_rewards
from renown_server.profile.simulate import Simulator
from renown_server.wire.pages import PageTokens, page_size


class AchievementServiceHandlers:
    """Answers AchievementService.

    Args:
        engine: carries out changes.
        simulator: works out how far players have come, as decisions do.
        pool: reads what players have earned, and statistics.
        catalog: knows the achievements.
        clock: says what can be earned now.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        simulator: Simulator,
        pool: asyncpg.Pool,
        catalog: CatalogHolder,
        clock: Clock,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._simulator = simulator
        self._pool = pool
        self._statistics = queries.Statistics(pool)
        self._catalog = catalog
        self._clock = clock
        self._tokens = tokens

    async def list_achievements(
        self, request: pb.ListAchievementsRequest, call: CallContext
    ) -> pb.ListAchievementsResponse:
        """Lists the catalog's achievements."""
        player_id = _asked_for(request.player_id, call)
        filters: tuple[str | int, ...] = (
            player_id,
            request.category,
            request.achievement_type,
            int(request.include_retired),
            *sorted(request.tags),
        )
        position = self._tokens.decode("ListAchievements", filters, request.page_token)
        after = str(position[0]) if position else ""
        viewer = await self._viewer(player_id)
        known, now_us = self._catalog.current.progression, self._clock.now_us()
        found = [
            item
            for item in _listed(known.achievements.values(), viewer, request.include_retired)
            if item.id > after
            and request.category in ("", item.category)
            and request.achievement_type in ("", item.achievement_type)
            and set(request.tags).issubset(item.tags)
        ]
        shown = found[: page_size(request.page_size)]
        response = pb.ListAchievementsResponse()
        for item in shown:
            fill_achievement(response.achievements.add(), known, item, viewer, now_us)
        if len(shown) < len(found):
            last = (shown[-1].id,)
            response.next_page_token = self._tokens.encode("ListAchievements", filters, last)
        return response

    async def get_achievement(
        self, request: pb.GetAchievementRequest, call: CallContext
    ) -> pb.GetAchievementResponse:
        """Reads one of the catalog's achievements."""
        viewer = await self._viewer(_asked_for(request.player_id, call))
        item = self._find(request.achievement_id, viewer)
        known, now_us = self._catalog.current.progression, self._clock.now_us()
        response = pb.GetAchievementResponse()
        fill_achievement(response.achievement, known, item, viewer, now_us)
        return response

    async def list_achievement_types(
        self, request: pb.ListAchievementTypesRequest, call: CallContext
    ) -> pb.ListAchievementTypesResponse:
        """Lists types and categories."""
        viewer = await self._viewer(_asked_for(request.player_id, call))
        items = self._catalog.current.progression.achievements.values()
        found = list(_listed(items, viewer, request.include_retired))
        response = pb.ListAchievementTypesResponse()
        for name, count in sorted(Counter([item.achievement_type for item in found]).items()):
            response.types.add(name=name, count=count)
        for name, count in sorted(Counter([item.category for item in found]).items()):
            response.categories.add(name=name, count=count)
        return response

    async def list_player_achievements(
        self, request: pb.ListPlayerAchievementsRequest, call: CallContext
    ) -> pb.ListPlayerAchievementsResponse:
        """Lists how far a player has come."""
        kept = Filters(
            request.completed, request.in_progress, request.category, request.achievement_type
        )
        filters = (
            request.player_id,
            int(kept.completed),
            int(kept.in_progress),
            kept.category,
            kept.achievement_type,
        )
        position = self._tokens.decode("ListPlayerAchievements", filters, request.page_token)
        after = str(position[0]) if position else ""
        body = commands.ListBody(request.player_id, kept, after, page_size(request.page_size))
        done = await self._simulator.run(commands.reading(commands.ListPlayerAchievements, body))
        listing = done.result_as(Listing)
        response = pb.ListPlayerAchievementsResponse(showcase=listing.showcase)
        for view in listing.views:
            fill_view(response.achievements.add(), view, self._icon(view))
        fill_totals(response, listing.totals)
        if listing.has_more:
            last = (listing.views[-1].info.achievement,)
            response.next_page_token = self._tokens.encode("ListPlayerAchievements", filters, last)
        return response

    async def get_achievement_progress(
        self, request: pb.GetAchievementProgressRequest, call: CallContext
    ) -> pb.GetAchievementProgressResponse:
        """Reads how far a player has come in one achievement."""
        body = commands.ProgressBody(request.player_id, request.achievement_id)
        done = await self._simulator.run(commands.reading(commands.GetAchievementProgress, body))
        view = done.result_as(View)
        response = pb.GetAchievementProgressResponse()
        fill_view(response.progress, view, self._icon(view))
        return response

    async def set_achievement_showcase(
        self, request: pb.SetAchievementShowcaseRequest, call: CallContext
    ) -> pb.SetAchievementShowcaseResponse:
        """Chooses what a player shows."""
        body = commands.ShowcaseBody(
            request.request_id, request.player_id, tuple(request.achievement_ids)
        )
        command = commands.SetAchievementShowcase(
            key=RequestKey(call.principal.id, body.request_id),
            players=(body.player_id,),
            principal=call.principal.id,
            body=body,
        )
        await self._engine.submit(command, call.deadline)
        return pb.SetAchievementShowcaseResponse(showcase=body.achievements)

    async def grant_achievement(
        self, request: pb.GrantAchievementRequest, call: CallContext
    ) -> pb.GrantAchievementResponse:
        """Unlocks an achievement by hand."""
        body = commands.GrantBody(
            request_id=request.request_id,
            player_id=request.player_id,
            achievement=request.achievement_id,
            reason=request.reason,
            tier=request.tier,
        )
        command = commands.GrantAchievement(
            key=RequestKey(call.principal.id, body.request_id),
            players=(body.player_id,),
            principal=call.principal.id,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        outcome = done.result_as(commands.Outcome)
        response = pb.GrantAchievementResponse()
        fill_view(response.progress, outcome.view, outcome.icon)
        fill_rewards(response.effects, done.facts, done)
        return response

    async def revoke_achievement(
        self, request: pb.RevokeAchievementRequest, call: CallContext
    ) -> pb.RevokeAchievementResponse:
        """Takes an achievement away by hand."""
        body = commands.RevokeBody(
            request_id=request.request_id,
            player_id=request.player_id,
            achievement=request.achievement_id,
            reason=request.reason,
            take_rewards=request.take_rewards,
            policy=request.policy or Policy.REFUSE.value,
            times=request.times,
        )
        command = commands.RevokeAchievement(
            key=RequestKey(call.principal.id, body.request_id),
            players=(body.player_id,),
            principal=call.principal.id,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        outcome = done.result_as(commands.Outcome)
        taken = revocation(done.facts[: outcome.own], revoked_us=done.recorded_at_us)
        response = pb.RevokeAchievementResponse(revocation=taken)
        fill_view(response.progress, outcome.view, outcome.icon)
        fill_rewards(response.effects, done.facts[outcome.own :], done)
        return response

    async def get_achievement_statistics(
        self, request: pb.GetAchievementStatisticsRequest, call: CallContext
    ) -> pb.GetAchievementStatisticsResponse:
        """Reads how an achievement has fared."""
        viewer = await self._viewer(_asked_for(request.player_id, call))
        item = self._find(request.achievement_id, viewer)
        figures = await self._statistics.of(item.id)
        return pb.GetAchievementStatisticsResponse(statistics=statistics_message(figures))

    async def _viewer(self, player_id: str) -> Viewer:
        if not player_id:
            return NOBODY
        viewer = await queries.find_viewer(self._pool, player_id)
        if viewer is None:
            raise PlayerNotFound(player_id)
        return viewer

    def _find(self, achievement_id: str, viewer: Viewer) -> Achievement:
        item = self._catalog.current.progression.achievements.get(achievement_id)
        if item is None or not viewer.knows(item):
            raise AchievementNotFound(achievement_id)
        return item

    def _icon(self, view: View) -> str:
        items = self._catalog.current.progression.achievements
        item = items.get(view.info.achievement)
        # The simulation may have met a newer catalog than this worker's.
        return "" if item is None else icon_of(item, view.is_completed)


def _listed(
    items: Iterable[Achievement], viewer: Viewer, include_retired: bool
) -> Iterable[Achievement]:
    return (
        item
        for item in items
        if viewer.knows(item) and (include_retired or item.status is not Status.RETIRED)
    )


def _asked_for(player_id: str, call: CallContext) -> str:
    """The player for whom somebody asks; empty for nobody.

    Raises:
        PermissionDenied: a player names another one.
    """
    principal = call.principal
    if principal.kind is not PrincipalKind.PLAYER:
        return player_id
    if player_id not in ("", principal.player_id):
        raise PermissionDenied("a player may act for itself only")
    return principal.player_id
