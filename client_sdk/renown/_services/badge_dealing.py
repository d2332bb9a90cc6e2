"""The part of `game.badges` that changes what players own."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from renown._model.basics import new_id
from renown._model.player_badge import (
    BadgePurchase,
    BadgeResult,
    BadgeRevocation,
    EvolvedBadge,
)
from renown._model.revocation import RevokePolicy
from renown._services.badge_wearing import BadgeWearing
from renown._wire import player_badge as wire
from renown._wire.common import to_currency_amounts
from renown._wire.scalars import to_quantity
from renown.v1 import badge_service_pb2 as pb
from renown.v1 import revocation_pb2


@dataclass(frozen=True, slots=True)
class BadgeDealing(BadgeWearing):
    """Evolves, buys, gives away, awards and takes badges."""

    async def evolve(
        self,
        player_id: str,
        badge_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> EvolvedBadge:
        """Turns a badge into the next one, and takes what that asks for.

        Raises:
            NoEvolution: it can't become another one.
            InsufficientBadges, InsufficientItems, InsufficientFunds: too little is there.
            LevelTooLow, RequirementNotMet: the player is not there yet.
            BadgeLimit: the player may not own more of the next one.
            BadgeNotFound, PlayerNotFound, CascadeTooLong, RequestIdReused: as they say.
        """
        request = pb.EvolveBadgeRequest(
            request_id=request_id or new_id(), player_id=player_id, badge_id=badge_id
        )
        response = await self.caller.call(
            self.stub.EvolveBadge, request, timeout=timeout, request_id=request.request_id
        )
        return wire.evolved_badge(response)

    async def purchase(
        self,
        player_id: str,
        badge_id: str,
        *,
        expected: Mapping[str, int] | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> BadgePurchase:
        """Buys a badge: the price and the badge move together or not at all.

        Args:
            player_id: who buys and pays.
            badge_id: the badge.
            expected: the price the player was shown, in minor units by currency; if
                it is another one now, nothing is bought.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            NotForSale, LevelTooLow, RequirementNotMet, BadgeLimit: this player can't
                buy it now.
            PriceChanged: the price is not the expected one.
            InsufficientFunds: a balance does not suffice.
            BadgeNotFound, PlayerNotFound, CascadeTooLong, RequestIdReused: as they say.
        """
        request = pb.PurchaseBadgeRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            badge_id=badge_id,
            expected=to_currency_amounts(expected or {}),
        )
        response = await self.caller.call(
            self.stub.PurchaseBadge, request, timeout=timeout, request_id=request.request_id
        )
        return wire.badge_purchase(response)

    async def gift(
        self,
        player_id: str,
        receiver_id: str,
        badge_id: str,
        *,
        quantity: int = 1,
        message: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> BadgeResult:
        """Gives another player a badge that is giftable.

        Args:
            player_id: the giver.
            receiver_id: who gets it; it is not paid the badge's points.
            badge_id: the badge.
            quantity: how many, 1 to 1,000.
            message: for the receiver.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            NotGiftable, BadgeInUse, AccountTooNew: this gift is not allowed.
            InsufficientBadges: the giver has too few.
            BadgeLimit: the receiver may not own more of it.
            SamePlayer, BadgeNotFound, PlayerNotFound, CascadeTooLong,
                RequestIdReused: as they say.
        """
        request = pb.GiftBadgeRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            receiver_id=receiver_id,
            badge_id=badge_id,
            quantity=to_quantity(quantity),
            message=message,
        )
        response = await self.caller.call(
            self.stub.GiftBadge, request, timeout=timeout, request_id=request.request_id
        )
        return wire.badge_result(response)

    async def award(
        self,
        player_id: str,
        badge_id: str,
        *,
        reason: str,
        earned_reason: str = "",
        quantity: int = 1,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> BadgeResult:
        """Gives a player a badge by hand, with its points; for operators (Role.SUPPORT).

        Args:
            player_id: the player.
            badge_id: the badge; it may be retired.
            reason: kept in the audit; the player does not see it.
            earned_reason: tells the player how it was earned.
            quantity: how many, 1 to 1,000.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            BadgeLimit: the player may not own more of it.
            BadgeNotFound, PlayerNotFound, CascadeTooLong, RequestIdReused: as they say.
        """
        request = pb.AwardBadgeRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            badge_id=badge_id,
            reason=reason,
            earned_reason=earned_reason,
            quantity=to_quantity(quantity),
        )
        response = await self.caller.call(
            self.stub.AwardBadge, request, timeout=timeout, request_id=request.request_id
        )
        return wire.badge_result(response)

    async def revoke(
        self,
        player_id: str,
        badge_id: str,
        *,
        reason: str,
        quantity: int = 0,
        take_rewards: bool = False,
        policy: RevokePolicy = RevokePolicy.REFUSE,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> BadgeRevocation:
        """Takes a badge away by hand, and what rests on it; for operators (Role.SUPPORT).

        Args:
            player_id: the player.
            badge_id: the badge.
            reason: kept in the audit; the player does not see it.
            quantity: how many; all of them when 0.
            take_rewards: takes back the points it paid.
            policy: what to do about points that are spent already.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            InsufficientBadges: the player has too few.
            AlreadySpent: something is spent and the policy is to refuse.
            BadgeNotFound, PlayerNotFound, CascadeTooLong, RequestIdReused: as they say.
        """
        request = pb.RevokeBadgeRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            badge_id=badge_id,
            reason=reason,
            quantity=quantity,
            take_rewards=take_rewards,
            policy=revocation_pb2.RevokePolicy.ValueType(policy.value),
        )
        response = await self.caller.call(
            self.stub.RevokeBadge, request, timeout=timeout, request_id=request.request_id
        )
        return wire.badge_revocation(response)
