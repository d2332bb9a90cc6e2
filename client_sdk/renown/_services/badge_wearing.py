"""The part of `game.badges` that players wear and show."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from renown._caller import Caller
from renown._model.basics import new_id
from renown._model.player_badge import (
    EquippedBadges,
)
from renown._wire import player_badge as wire
from renown.v1 import badge_service_pb2 as pb
from renown.v1.badge_service_pb2_grpc import BadgeServiceStub


@dataclass(frozen=True, slots=True)
class BadgeWearing:
    """Puts badges on and off, and shows them."""

    caller: Caller
    stub: BadgeServiceStub

    async def equip(
        self,
        player_id: str,
        badge_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> EquippedBadges:
        """Puts a badge on: its bonuses act from now on.

        Raises:
            InsufficientBadges: the player owns none.
            EquipLimit: as many are on as the catalog allows.
            BadgeNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.EquipBadgeRequest(
            request_id=request_id or new_id(), player_id=player_id, badge_id=badge_id
        )
        response = await self.caller.call(
            self.stub.EquipBadge, request, timeout=timeout, request_id=request.request_id
        )
        return wire.equipped_badges(response)

    async def unequip(
        self,
        player_id: str,
        badge_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> EquippedBadges:
        """Takes a badge off. What is not on stays so.

        Raises:
            BadgeNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.UnequipBadgeRequest(
            request_id=request_id or new_id(), player_id=player_id, badge_id=badge_id
        )
        response = await self.caller.call(
            self.stub.UnequipBadge, request, timeout=timeout, request_id=request.request_id
        )
        return wire.equipped_badges(response)

    async def showcase(
        self,
        player_id: str,
        badge_ids: Iterable[str],
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> tuple[str, ...]:
        """Chooses which of its badges a player shows to others, in that order.

        Args:
            player_id: the player.
            badge_ids: what to show instead of what is shown now; may be empty.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Returns:
            what is shown now.

        Raises:
            InsufficientBadges: the player owns none of one of them.
            ShowcaseLimit: they are more than the catalog allows.
            BadgeNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.SetBadgeShowcaseRequest(
            request_id=request_id or new_id(), player_id=player_id, badge_ids=list(badge_ids)
        )
        return await self._showcase(request, timeout)

    async def show(
        self,
        player_id: str,
        badge_id: str,
        *,
        showcased: bool = True,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> tuple[str, ...]:
        """Adds one badge at the end of what a player shows, or removes it; the others stay.

        Args:
            player_id: the player.
            badge_id: the badge.
            showcased: whether it is shown from now on.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Returns:
            what is shown now.

        Raises:
            RenownError: the errors of `showcase`.
        """
        request = pb.SetBadgeShowcaseRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            badge_id=badge_id,
            showcased=showcased,
        )
        return await self._showcase(request, timeout)

    async def _showcase(
        self, request: pb.SetBadgeShowcaseRequest, timeout: float | None
    ) -> tuple[str, ...]:
        response = await self.caller.call(
            self.stub.SetBadgeShowcase, request, timeout=timeout, request_id=request.request_id
        )
        return tuple(response.showcased_badge_ids)
