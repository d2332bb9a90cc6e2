"""Undoing a purchase; pure."""

from __future__ import annotations

from typing import Any

import msgspec

from renown_server import audit
from renown_server.engine.command import Command, RequestKey
from renown_server.engine.facts import PurchaseRevoked
from renown_server.engine.work import Work
from renown_server.errors import PurchaseNotFound
from renown_server.inventory.clawback import Given, Policy
from renown_server.inventory.clawback_sums import sums
from renown_server.leaderboards.history import purchase_cause
from renown_server.store.rules import uncount
from renown_server.store.state import StoreBook
from renown_server.undoing.record import Record
from renown_server.undoing.rules import undo


class RevokePurchaseBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request; `policy` is a value of `Policy`."""

    request_id: str
    player_id: str
    purchase_id: str
    reason: str
    policy: int = Policy.REFUSE.value
    keep_price: bool = False

    @property
    def reference_type(self) -> str:
        """What its ledger entries are about."""
        return "purchase"

    @property
    def reference_id(self) -> str:
        """Which one."""
        return self.purchase_id


class RevokePurchaseOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the answer needs beyond the facts.

    Attributes:
        revoked_us: when it was revoked, microseconds since 1970.
        already: whether another request had done it before.
    """

    revoked_us: int
    already: bool = False


class RevokePurchase(Command):
    """Takes back what a purchase gave, and gives back its price."""

    __slots__ = ()

    method = "RevokePurchase"
    parts = ("purchases", "wallets", "scores", "bags", "progress", "earned")
    body: RevokePurchaseBody

    def keys(self, part: str) -> tuple[Any, ...]:
        """The purchase."""
        return ((self.body.player_id, self.body.purchase_id),)

    def decide(self, work: Work) -> RevokePurchaseOutcome:
        """Undoes it, or nothing if that was done before."""
        body = self.body
        purchase = work.slice(StoreBook).purchase(body.player_id, body.purchase_id)
        if purchase is None:
            raise PurchaseNotFound(body.purchase_id)
        if purchase.revoked_us:
            return RevokePurchaseOutcome(purchase.revoked_us, already=True)
        work.emit(
            body.player_id,
            PurchaseRevoked(
                rule="request:RevokePurchase",
                purchase_id=body.purchase_id,
                offer=purchase.offer,
            ),
        )
        given = Given(
            body.purchase_id,
            purchase_cause(body.purchase_id),
            purchase.facts,
            purchase.purchased_us,
            refunds=not body.keep_price,
        )
        policy = Policy(body.policy)
        record = Record(given, "request:RevokePurchase", purchase.purchased_us)
        undo(work, body.player_id, record, policy)
        uncount(work, purchase)
        work.touch(purchase)
        purchase.revoked_us = work.now_us
        audit.add(
            work,
            action="purchase.revoke",
            subject=f"player:{body.player_id}",
            reason=body.reason,
            details={
                "purchase_id": body.purchase_id,
                "offer": purchase.offer,
                "policy": policy.name.lower(),
                "price": "kept" if body.keep_price else "refunded",
                **sums(work.facts[body.player_id]),
            },
        )
        return RevokePurchaseOutcome(work.now_us)


def revoke_purchase(body: RevokePurchaseBody, principal: str) -> RevokePurchase:
    """The command of a revocation."""
    return RevokePurchase(
        key=RequestKey(principal, body.request_id),
        players=(body.player_id,),
        principal=principal,
        body=body,
    )
