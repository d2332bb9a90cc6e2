"""RevokePurchase: messages ↔ domain."""

from __future__ import annotations

import asyncpg

from renown.v1 import store_service_pb2 as pb
from renown_server.calls import CallContext
from renown_server.engine.engine import Engine
from renown_server.errors import PurchaseNotFound
from renown_server.inventory.clawback import Policy
from renown_server.inventory.clawback_render import revocation
from renown_server.profile.simulate import Simulator
from renown_server.store.render import fill_purchase
from renown_server.store.revoke import (
    RevokePurchaseBody,
    RevokePurchaseOutcome,
    revoke_purchase,
)
from renown_server.store.revoke_store import find_purchase


class RevokePurchaseHandlers:
    """Answers RevokePurchase.

    Args:
        engine: revokes.
        simulator: only tries it.
        pool: reads the purchase, which never changes but for its revocation.
    """

    def __init__(self, *, engine: Engine, simulator: Simulator, pool: asyncpg.Pool) -> None:
        self._engine = engine
        self._simulator = simulator
        self._pool = pool

    async def revoke_purchase(
        self, request: pb.RevokePurchaseRequest, call: CallContext
    ) -> pb.RevokePurchaseResponse:
        """Undoes a purchase, or says what that would do."""
        body = RevokePurchaseBody(
            request_id=request.request_id,
            player_id=request.player_id,
            purchase_id=request.purchase_id,
            reason=request.reason,
            policy=request.policy or Policy.REFUSE.value,
            keep_price=request.keep_price,
        )
        command = revoke_purchase(body, call.principal.id)
        if request.validate_only:
            done = await self._simulator.run(command)
        else:
            done = await self._engine.submit(command, call.deadline)
        outcome = done.result_as(RevokePurchaseOutcome)
        was_done = outcome.already or not request.validate_only
        response = pb.RevokePurchaseResponse(
            revocation=revocation(
                done.facts,
                revoked_us=outcome.revoked_us if was_done else 0,
                already_revoked=outcome.already,
            )
        )
        purchase = await find_purchase(self._pool, body.player_id, body.purchase_id)
        if purchase is None:
            raise PurchaseNotFound(body.purchase_id)
        # What the command has just done decides: the row may be read a moment later.
        purchase.revoked_us = outcome.revoked_us if was_done else 0
        fill_purchase(response.purchase, purchase)
        return response
