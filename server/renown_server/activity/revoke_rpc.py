"""RevokeActivity: messages ↔ domain."""

from __future__ import annotations

from renown.v1 import activity_service_pb2 as pb
from renown_server.activity.revoke import RevokeBody, RevokeOutcome, revoke_activity
from renown_server.calls import CallContext
from renown_server.engine.engine import Engine
from renown_server.inventory.clawback import Policy
from renown_server.inventory.clawback_render import revocation
from renown_server.profile.simulate import Simulator


class RevokeActivityHandlers:
    """Answers RevokeActivity.

    Args:
        engine: revokes.
        simulator: only tries it.
    """

    def __init__(self, *, engine: Engine, simulator: Simulator) -> None:
        self._engine = engine
        self._simulator = simulator

    async def revoke_activity(
        self, request: pb.RevokeActivityRequest, call: CallContext
    ) -> pb.RevokeActivityResponse:
        """Takes back an activity, or says what that would do."""
        body = RevokeBody(
            request_id=request.request_id,
            player_id=request.player_id,
            activity_id=request.activity_id,
            reason=request.reason,
            policy=request.policy or Policy.REFUSE.value,
        )
        command = revoke_activity(body, call.principal.id)
        if request.validate_only:
            done = await self._simulator.run(command)
        else:
            done = await self._engine.submit(command, call.deadline)
        outcome = done.result_as(RevokeOutcome)
        was_done = outcome.already or not request.validate_only
        return pb.RevokeActivityResponse(
            revocation=revocation(
                done.facts,
                revoked_us=outcome.revoked_us if was_done else 0,
                already_revoked=outcome.already,
            )
        )
