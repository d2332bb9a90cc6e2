"""Taking back an activity; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from renown_server import audit
from renown_server.activity.body import ActivityBody
from renown_server.engine.command import ActivityKey, Command, Record, RequestKey
from renown_server.engine.facts import ActivityRecorded, ActivityRevoked, Fact, MetricMoved
from renown_server.engine.records import RecordBook
from renown_server.engine.signals import ActivityView, Signal, SignalKind
from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded, Work
from renown_server.errors import ActivityNotFound, NotRevocable
from renown_server.inventory.clawback import Given, Policy
from renown_server.inventory.clawback_sums import sums
from renown_server.leaderboards.history import activity_cause
from renown_server.undoing.record import Record as Undone
from renown_server.undoing.rules import undo


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
    parts = ("activities", "revocations", "wallets", "scores", "bags", "progress", "earned")
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
        policy = Policy(body.policy)
        undo(work, body.player_id, _undone(body.activity_id, record), policy)
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


def _undone(activity_id: str, record: Record) -> Undone:
    done = record.recorded
    given = Given(activity_id, activity_cause(activity_id), done.facts, done.recorded_at_us)
    signal = _signal(record)
    occurred_us = done.recorded_at_us if signal is None else signal.occurred_us
    return Undone(given, "request:RevokeActivity", occurred_us, signal, done.first_sequence)


def _signal(record: Record) -> Signal | None:
    """What the activity told when it was recorded; see `cascade`."""
    told = [fact for fact in record.recorded.facts if isinstance(fact, ActivityRecorded)]
    if not told:
        return None
    body = msgspec.json.decode(record.request, type=ActivityBody)
    (recorded,) = told
    view = ActivityView(
        activity_type=body.type,
        context=body.context,
        perfect=body.perfect,
        first_try=body.first_try,
        time_us=body.time_us,
        expected_us=body.expected_time_us,
        reference_id=body.reference_id,
        moved={
            fact.metric: fact.amount
            for fact in record.recorded.facts
            if isinstance(fact, MetricMoved)
        },
        received=body.metrics,
    )
    at_us, rule = recorded.occurred_at_us, recorded.rule
    return Signal(record.player_id, SignalKind.ACTIVITY, body.type, 1, at_us, rule, view)


def revoke_activity(body: RevokeBody, principal: str) -> RevokeActivity:
    """The command of a revocation."""
    return RevokeActivity(
        key=RequestKey(principal, body.request_id),
        players=(body.player_id,),
        principal=principal,
        body=body,
    )
