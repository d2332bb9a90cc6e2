"""BadgeService: messages ↔ domain; `reads_rpc.py` has what is only read."""

from __future__ import annotations

from renown.v1 import badge_service_pb2 as pb
from renown_server.badges import by_hand, commands
from renown_server.badges.dealing import SINK_EVOLVE, SINK_PURCHASE
from renown_server.badges.owned import BadgeState
from renown_server.badges.render import fill_bonuses, fill_changed, fill_payments
from renown_server.calls import CallContext
from renown_server.engine.command import Command, Recorded, RequestKey
from renown_server.engine.engine import Engine
from renown_server.errors import InvalidArgument, SamePlayer
from renown_server.inventory.clawback import Policy
from renown_server.inventory.clawback_render import revocation
from renown_server.inventory.render import fill_rewards


class BadgeHandlers:
    """Answers the RPCs that change badges.

    Args:
        engine: carries them out.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def _do(
        self,
        kind: type[Command],
        body: commands.WearBody
        | commands.ShowBody
        | commands.PurchaseBody
        | commands.GiftBody
        | by_hand.AwardBody
        | by_hand.RevokeBody,
        call: CallContext,
        *others: str,
    ) -> Recorded:
        command = kind(
            key=RequestKey(call.principal.id, body.request_id),
            players=(body.player_id, *others),
            principal=call.principal.id,
            body=body,
        )
        return await self._engine.submit(command, call.deadline)

    async def equip_badge(
        self, request: pb.EquipBadgeRequest, call: CallContext
    ) -> pb.EquipBadgeResponse:
        """Puts a badge on."""
        worn = await self._wear(commands.EquipBadge, request, call)
        response = pb.EquipBadgeResponse(equipped_badge_ids=worn.equipped)
        fill_bonuses(response.active_bonuses.add, worn.active)
        return response

    async def unequip_badge(
        self, request: pb.UnequipBadgeRequest, call: CallContext
    ) -> pb.UnequipBadgeResponse:
        """Takes a badge off."""
        worn = await self._wear(commands.UnequipBadge, request, call)
        response = pb.UnequipBadgeResponse(equipped_badge_ids=worn.equipped)
        fill_bonuses(response.active_bonuses.add, worn.active)
        return response

    async def _wear(
        self,
        kind: type[Command],
        request: pb.EquipBadgeRequest | pb.UnequipBadgeRequest,
        call: CallContext,
    ) -> commands.Worn:
        body = commands.WearBody(request.request_id, request.player_id, request.badge_id)
        return (await self._do(kind, body, call)).result_as(commands.Worn)

    async def set_badge_showcase(
        self, request: pb.SetBadgeShowcaseRequest, call: CallContext
    ) -> pb.SetBadgeShowcaseResponse:
        """Chooses what is shown."""
        body = commands.ShowBody(
            request_id=request.request_id,
            player_id=request.player_id,
            badge_ids=tuple(request.badge_ids),
            badge_id=request.badge_id,
            showcased=request.showcased,
        )
        done = await self._do(commands.SetBadgeShowcase, body, call)
        return pb.SetBadgeShowcaseResponse(showcased_badge_ids=done.result)

    async def evolve_badge(
        self, request: pb.EvolveBadgeRequest, call: CallContext
    ) -> pb.EvolveBadgeResponse:
        """Turns a badge into the next one."""
        body = commands.WearBody(request.request_id, request.player_id, request.badge_id)
        done = await self._do(commands.EvolveBadge, body, call)
        evolved = done.result_as(commands.Evolved)
        response = pb.EvolveBadgeResponse()
        fill_changed(response.badge, evolved.badge, done)
        fill_changed(response.evolved, evolved.evolved, done)
        fill_payments(response, done.facts, SINK_EVOLVE, done)
        return response

    async def purchase_badge(
        self, request: pb.PurchaseBadgeRequest, call: CallContext
    ) -> pb.PurchaseBadgeResponse:
        """Buys a badge."""
        body = commands.PurchaseBody(
            request_id=request.request_id,
            player_id=request.player_id,
            badge_id=request.badge_id,
            expected=_expected(request),
        )
        done = await self._do(commands.PurchaseBadge, body, call)
        response = pb.PurchaseBadgeResponse()
        fill_changed(response.badge, done.result_as(BadgeState), done)
        fill_payments(response, done.facts, SINK_PURCHASE, done)
        return response

    async def gift_badge(
        self, request: pb.GiftBadgeRequest, call: CallContext
    ) -> pb.GiftBadgeResponse:
        """Gives another player a badge."""
        if request.receiver_id == request.player_id:
            raise SamePlayer("receiver_id")
        body = commands.GiftBody(
            request_id=request.request_id,
            player_id=request.player_id,
            receiver_id=request.receiver_id,
            badge_id=request.badge_id,
            quantity=request.quantity or 1,
            message=request.message,
        )
        done = await self._do(commands.GiftBadge, body, call, request.receiver_id)
        response = pb.GiftBadgeResponse()
        fill_changed(response.badge, done.result_as(BadgeState), done)
        fill_rewards(response.effects, done.facts, done)
        return response

    async def award_badge(
        self, request: pb.AwardBadgeRequest, call: CallContext
    ) -> pb.AwardBadgeResponse:
        """Awards a badge by hand."""
        body = by_hand.AwardBody(
            request_id=request.request_id,
            player_id=request.player_id,
            badge_id=request.badge_id,
            reason=request.reason,
            earned_reason=request.earned_reason,
            quantity=request.quantity or 1,
        )
        done = await self._do(by_hand.AwardBadge, body, call)
        response = pb.AwardBadgeResponse()
        fill_changed(response.badge, done.result_as(BadgeState), done)
        fill_rewards(response.effects, done.facts, done)
        return response

    async def revoke_badge(
        self, request: pb.RevokeBadgeRequest, call: CallContext
    ) -> pb.RevokeBadgeResponse:
        """Takes a badge away by hand."""
        body = by_hand.RevokeBody(
            request_id=request.request_id,
            player_id=request.player_id,
            badge_id=request.badge_id,
            reason=request.reason,
            quantity=request.quantity,
            take_rewards=request.take_rewards,
            policy=request.policy or Policy.REFUSE.value,
        )
        done = await self._do(by_hand.RevokeBadge, body, call)
        revoked = done.result_as(by_hand.Revoked)
        response = pb.RevokeBadgeResponse()
        fill_changed(response.badge, revoked.badge, done)
        own, others = done.facts[: revoked.own], done.facts[revoked.own :]
        response.revocation.MergeFrom(revocation(own, revoked_us=done.recorded_at_us))
        fill_rewards(response.effects, others, done)
        return response


def _expected(request: pb.PurchaseBadgeRequest) -> tuple[tuple[str, int], ...]:
    seen: dict[str, int] = {}
    for place, item in enumerate(request.expected):
        if item.currency in seen:
            raise InvalidArgument(f"expected[{place}].currency", f"{item.currency!r} stands twice")
        seen[item.currency] = item.amount
    return tuple(sorted(seen.items()))
