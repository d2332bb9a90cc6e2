"""What PlayerProfileService changes of players that takes all slices: messages ↔ domain."""

from __future__ import annotations

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.engine.command import RequestKey
from renown_server.engine.engine import Engine
from renown_server.errors import InvalidArgument
from renown_server.inventory.render import fill_rewards
from renown_server.players import render
from renown_server.players.commands import (
    AdjustedXp,
    AdjustXp,
    AdjustXpBody,
    EquipTitle,
    EquipTitleBody,
    GrantBody,
    GrantMultiplier,
    PrestigeBody,
    Updated,
    UpdatePlayer,
    start_over,
)
from renown_server.players.titles import Worn
from renown_server.players.updates import UpdateBody
from renown_server.profile import render as profile_render
from renown_server.wire.timestamps import from_duration, set_timestamp

MANUAL_ADJUSTMENT = "manual_adjustment"


class PlayerChangeHandlers:
    """Answers what changes players.

    Args:
        engine: carries it out.
        catalog: knows the levels.
    """

    def __init__(self, *, engine: Engine, catalog: CatalogHolder) -> None:
        self._engine = engine
        self._catalog = catalog

    async def update_player(
        self, request: pb.UpdatePlayerRequest, call: CallContext
    ) -> pb.UpdatePlayerResponse:
        """Changes what the mask names."""
        named = set(request.update_mask.paths)
        if not named:
            raise InvalidArgument("update_mask", "must name at least one field")
        for path in named:
            # The contract's rule lets paths below its own pass, and these fields have none.
            if "." in path:
                raise InvalidArgument("update_mask.paths", f"{path!r} is no field of a player")
        body = UpdateBody(
            request_id=request.request_id,
            player_id=request.player_id,
            display_name=request.display_name if "display_name" in named else None,
            avatar_url=request.avatar_url if "avatar_url" in named else None,
            time_zone=request.time_zone if "time_zone" in named else None,
            locale=request.locale if "locale" in named else None,
        )
        principal = call.principal.id
        command = UpdatePlayer(
            key=RequestKey(principal, body.request_id),
            players=(body.player_id,),
            principal=principal,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        updated = done.result_as(Updated)
        stood = profile_render.level_message(updated.stands)
        return pb.UpdatePlayerResponse(player=profile_render.player_at(updated.view, stood))

    async def adjust_xp(
        self, request: pb.AdjustXpRequest, call: CallContext
    ) -> pb.AdjustXpResponse:
        """Corrects XP by hand."""
        body = AdjustXpBody(
            request_id=request.request_id,
            player_id=request.player_id,
            amount=request.amount,
            reason=request.reason,
            description=request.description,
            event_type=request.event_type or MANUAL_ADJUSTMENT,
        )
        principal = call.principal.id
        command = AdjustXp(
            key=RequestKey(principal, body.request_id),
            players=(body.player_id,),
            principal=principal,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        adjusted = done.result_as(AdjustedXp)
        response = pb.AdjustXpResponse(
            player_id=body.player_id,
            points_change=body.amount,
            new_balance=adjusted.xp,
            event_type=body.event_type,
            description=body.description,
            experience=profile_render.level_message(adjusted.stands),
        )
        set_timestamp(response.recorded_at, done.recorded_at_us)
        fill_rewards(response.effects, done.facts, done)
        return response

    async def prestige(self, request: pb.PrestigeRequest, call: CallContext) -> pb.PrestigeResponse:
        """Lets a player start over."""
        body = PrestigeBody(request.request_id, request.player_id)
        command = start_over(body, call.principal.id, self._catalog.current)
        done = await self._engine.submit(command, call.deadline)
        response = pb.PrestigeResponse()
        render.fill_prestige(response, done)
        return response

    async def grant_multiplier(
        self, request: pb.GrantMultiplierRequest, call: CallContext
    ) -> pb.GrantMultiplierResponse:
        """Lets a factor of XP act for a while."""
        body = GrantBody(
            request_id=request.request_id,
            player_id=request.player_id,
            source=request.source,
            factor_bp=request.basis_points,
            duration_us=from_duration(request.duration, "duration"),
            stacking=request.stacking,
            description=request.description,
        )
        principal = call.principal.id
        command = GrantMultiplier(
            key=RequestKey(principal, body.request_id),
            players=(body.player_id,),
            principal=principal,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        return pb.GrantMultiplierResponse(multiplier=render.granted(done))

    async def equip_title(
        self, request: pb.EquipTitleRequest, call: CallContext
    ) -> pb.EquipTitleResponse:
        """Puts on a title, or takes it off."""
        body = EquipTitleBody(request.request_id, request.player_id, request.title_id)
        principal = call.principal.id
        command = EquipTitle(
            key=RequestKey(principal, body.request_id),
            players=(body.player_id,),
            principal=principal,
            body=body,
        )
        done = await self._engine.submit(command, call.deadline)
        before = done.result_as(Worn).before
        return pb.EquipTitleResponse(title_id=body.title, previous_title_id=before)
