"""Taking back an activity; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from renown_server import audit
from renown_server.engine.command import ActivityKey, Command, RequestKey
from renown_server.engine.facts import ActivityRevoked, Fact
from renown_server.engine.records import RecordBook
from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded, Work
from renown_server.errors import ActivityNotFound, NotRevocable
from renown_server.inventory.clawback import Given, Policy, take_back
from renown_server.inventory.clawback_sums import sums
from renown_server.leaderboards.history import activity_cause


class RevokeBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request; `policy` is a value of `Policy`."""

    request_id: str
    player_id: str
    activity_id: str
    reason: str
    policy: int = Policy.REFUSE.value

    @property
    def reference_type(self) -> str:
        """What its ledger entries are about."""
        return "activity"

    @property
    def reference_id(self) -> str:
        """Which one."""
        return self.activity_id


class RevokeOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the answer needs beyond the facts.

    Attributes:
        revoked_us: when it was revoked, microseconds since 1970.
        already: whether another request had done it before.
    """

    revoked_us: int
    already: bool = False


class Revocation(Entity):
    """That an activity was taken back, and how; there is none while `revoked_us` is 0."""

    __slots__ = ("activity_id", "facts", "player_id", "revoked_us")

    saved = ("revoked_us", "facts")

    def __init__(self, player_id: str, activity_id: str, revoked_us: int = 0) -> None:
        super().__init__()
        self.player_id = player_id
        self.activity_id = activity_id
        self.revoked_us = revoked_us
        self.facts: Sequence[Fact] = ()


class RevocationBook:
    """The revocations that were looked for."""

    __slots__ = ("by_key",)

    def __init__(self) -> None:
        self.by_key: dict[ActivityKey, Revocation] = {}

    def get(self, key: ActivityKey) -> Revocation:
        """An activity's revocation, done or not.

        Raises:
            NotLoaded: nobody has looked.
        """
        found = self.by_key.get(key)
        if found is None:
            raise NotLoaded("revocations", (key,))
        return found


class RevokeActivity(Command):
    """Takes back an activity, rewards of rewards included."""

    __slots__ = ()

    method = "RevokeActivity"
    parts = ("activities", "revocations", "wallets", "scores", "bags")
    body: RevokeBody

    def keys(self, part: str) -> tuple[Any, ...]:
        """The activity, and its revocation."""
        return (ActivityKey(self.body.player_id, self.body.activity_id),)

    def decide(self, work: Work) -> RevokeOutcome:
        """Takes back all it gave, or nothing if that was done before."""
        body = self.body
        key = ActivityKey(body.player_id, body.activity_id)
        record = work.slice(RecordBook).find(key)
        if record is None:
            raise ActivityNotFound(body.activity_id)
        if record.refusal is not None or not record.recorded.facts:
            raise NotRevocable(body.activity_id)
        revocation = work.slice(RevocationBook).get(key)
        if revocation.revoked_us:
            return RevokeOutcome(revocation.revoked_us, already=True)
        work.emit(
            body.player_id,
            ActivityRevoked(rule="request:RevokeActivity", activity_id=body.activity_id),
        )
        given = Given(
            body.activity_id,
            activity_cause(body.activity_id),
            record.recorded.facts,
            record.recorded.recorded_at_us,
        )
        policy = Policy(body.policy)
        take_back(work, body.player_id, given, policy)
        facts = tuple(work.facts[body.player_id])
        work.touch(revocation)
        revocation.revoked_us = work.now_us
        revocation.facts = facts
        audit.add(
            work,
            action="activity.revoke",
            subject=f"player:{body.player_id}",
            reason=body.reason,
            details={
                "activity_id": body.activity_id,
                "policy": policy.name.lower(),
                **sums(facts),
            },
        )
        return RevokeOutcome(work.now_us)


def revoke_activity(body: RevokeBody, principal: str) -> RevokeActivity:
    """The command of a revocation."""
    return RevokeActivity(
        key=RequestKey(principal, body.request_id),
        players=(body.player_id,),
        principal=principal,
        body=body,
    )
