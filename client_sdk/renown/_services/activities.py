"""`game.activities`: record what players do."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

from renown._caller import Caller
from renown._error import RenownError
from renown._model.activity import (
    Activity,
    ActivityDetails,
    ActivityResult,
    ActivityType,
    Explanation,
    RecordedActivity,
    Simulation,
)
from renown._model.basics import new_id
from renown._model.revocation import Revocation, RevokePolicy
from renown._pages import Page, Pages
from renown._status import from_status
from renown._wire import activity as wire
from renown._wire.revocation import revocation
from renown._wire.scalars import moment_if_set
from renown.v1 import activity_service_pb2 as pb
from renown.v1 import revocation_pb2
from renown.v1.activity_service_pb2_grpc import ActivityServiceStub

ActivityOutcome = ActivityResult | RenownError
"""What became of one activity of a batch."""


@dataclass(frozen=True, slots=True)
class Activities:
    """Records activities, and tells what they earned and why."""

    caller: Caller
    stub: ActivityServiceStub

    async def record(
        self,
        player_id: str,
        type: str,
        *,
        activity_id: str | None = None,
        timeout: float | None = None,
        **details: Unpack[ActivityDetails],
    ) -> ActivityResult:
        """Records one activity and pays everything it earns, exactly once.

        Args:
            player_id: the player who did it.
            type: the id of an activity type of the catalog.
            activity_id: its exactly-once key; made up if not given. Give your
                own where the same activity may be reported twice.
            timeout: seconds for all attempts together.
            **details: the other attributes of `Activity`.

        Raises:
            Cooldown, DailyCap, RequestIdReused, BalanceCap, InvalidArgument
            and its subclasses; see `errors`.
        """
        activity = Activity(player_id, type, activity_id or new_id(), **details)
        request = pb.RecordActivityRequest(activity=wire.to_activity(activity))
        response = await self.caller.call(
            self.stub.RecordActivity, request, timeout=timeout, request_id=activity.activity_id
        )
        return wire.activity_result(response.result)

    async def record_batch(
        self, activities: Sequence[Activity], *, timeout: float | None = None
    ) -> list[ActivityOutcome]:
        """Records up to 1,000 activities, those of one player in order.

        Returns:
            for each activity, in order, its result or the error that refused
            it. An error does not disturb the others; where it is `retryable`,
            record the same `Activity` again.
        """
        request = pb.BatchRecordActivitiesRequest(
            activities=[wire.to_activity(activity) for activity in activities]
        )
        response = await self.caller.call(self.stub.BatchRecordActivities, request, timeout=timeout)
        return [
            from_status(item.error, activity.activity_id)
            if item.WhichOneof("outcome") == "error"
            else wire.activity_result(item.result)
            for activity, item in zip(activities, response.items, strict=True)
        ]

    async def simulate(
        self,
        player_id: str,
        type: str,
        *,
        timeout: float | None = None,
        **details: Unpack[ActivityDetails],
    ) -> Simulation:
        """Tells what an activity would earn, and writes nothing; the player need not exist."""
        activity = Activity(player_id, type, activity_id="", **details)
        request = pb.SimulateActivityRequest(activity=wire.to_activity(activity))
        response = await self.caller.call(self.stub.SimulateActivity, request, timeout=timeout)
        return Simulation(
            result=wire.activity_result(response.result),
            facts=tuple(wire.explained_fact(fact) for fact in response.facts),
        )

    async def explain(
        self, player_id: str, activity_id: str, *, timeout: float | None = None
    ) -> Explanation:
        """Tells why each fact of a recorded activity happened.

        Raises:
            ActivityNotFound: the player has no such activity.
        """
        request = pb.ExplainActivityRequest(player_id=player_id, activity_id=activity_id)
        response = await self.caller.call(self.stub.ExplainActivity, request, timeout=timeout)
        return Explanation(
            activity=wire.activity(response.activity),
            result=wire.activity_result(response.result),
            facts=tuple(wire.explained_fact(fact) for fact in response.facts),
            revoked_at=moment_if_set(response, "revoked_at"),
        )

    async def revoke(
        self,
        player_id: str,
        activity_id: str,
        *,
        reason: str,
        policy: RevokePolicy = RevokePolicy.REFUSE,
        validate_only: bool = False,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> Revocation:
        """Takes back what an activity gave, rewards of rewards included; for operators.

        Needs Role.ECONOMY. Revoking again changes nothing.

        Args:
            player_id: the player.
            activity_id: the activity.
            reason: kept in the audit.
            policy: what to do about what is spent already.
            validate_only: tells what would be done, and does nothing.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            AlreadySpent: something is spent and the policy is to refuse.
            NotRevocable: there is nothing to take back.
            ActivityNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.RevokeActivityRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            activity_id=activity_id,
            reason=reason,
            policy=revocation_pb2.RevokePolicy.ValueType(policy.value),
            validate_only=validate_only,
        )
        response = await self.caller.call(
            self.stub.RevokeActivity, request, timeout=timeout, request_id=request.request_id
        )
        return revocation(response.revocation)

    async def types(self, *, timeout: float | None = None) -> list[ActivityType]:
        """Returns the activity types of the active catalog, by id."""

        async def fetch(page_token: str) -> Page[ActivityType]:
            request = pb.ListActivityTypesRequest(page_size=200, page_token=page_token)
            response = await self.caller.call(self.stub.ListActivityTypes, request, timeout=timeout)
            items = tuple(wire.activity_type(item) for item in response.activity_types)
            return Page(items, response.next_page_token)

        return await Pages(fetch, "").collect()

    def list(
        self,
        player_id: str = "",
        *,
        type: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[RecordedActivity]:
        """Lists a player's activities, the latest recorded first.

        Args:
            player_id: the player; a player's own token may leave it out.
            type: keeps activities of this type only.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[RecordedActivity]:
            request = pb.ListActivitiesRequest(
                player_id=player_id, page_size=page_size, page_token=token, type=type
            )
            response = await self.caller.call(self.stub.ListActivities, request, timeout=timeout)
            items = tuple(
                RecordedActivity(
                    wire.activity(item.activity),
                    wire.activity_result(item.result),
                    moment_if_set(item, "revoked_at"),
                )
                for item in response.items
            )
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)
