"""ActivityService: messages ↔ domain."""

from __future__ import annotations

import re

import asyncpg
import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from renown.v1 import activity_service_pb2 as pb
from renown_server.activity import render, store
from renown_server.activity.body import ActivityBody
from renown_server.activity.commands import record_activity
from renown_server.activity.decode import decode_activity, require_activity_id
from renown_server.calls import CallContext
from renown_server.catalog.holder import CatalogHolder
from renown_server.engine.engine import Engine
from renown_server.engine.gather import Gather
from renown_server.errors import (
    ActivityNotFound,
    PlayerNotFound,
    RenownError,
    StoredRefusal,
)
from renown_server.profile.profiles import PlayerView
from renown_server.profile.simulate import Simulator
from renown_server.wire import validation
from renown_server.wire.outcomes import item_status
from renown_server.wire.pages import PageTokens, page_size
from renown_server.wire.timestamps import to_timestamp


class ActivityServiceHandlers:
    """Answers ActivityService.

    Args:
        engine: records activities.
        simulator: tries them.
        pool: reads one activity.
        sql: lists activities.
        views: knows which players exist.
        catalog: knows the activity types.
        tokens: signs page tokens.
    """

    def __init__(
        self,
        *,
        engine: Engine,
        simulator: Simulator,
        pool: asyncpg.Pool,
        sql: AsyncEngine,
        views: Gather[str, PlayerView],
        catalog: CatalogHolder,
        tokens: PageTokens,
    ) -> None:
        self._engine = engine
        self._simulator = simulator
        self._pool = pool
        self._sql = sql
        self._views = views
        self._catalog = catalog
        self._tokens = tokens

    async def record_activity(
        self, request: pb.RecordActivityRequest, call: CallContext
    ) -> pb.RecordActivityResponse:
        """Records one activity."""
        require_activity_id(request.activity, "activity")
        body = decode_activity(request.activity)
        command = record_activity(body, call.principal.id, self._catalog.current)
        done = await self._engine.submit(command, call.deadline)
        response = pb.RecordActivityResponse()
        render.fill_result(response.result, body, done)
        return response

    async def batch_record_activities(
        self, request: pb.BatchRecordActivitiesRequest, call: CallContext
    ) -> pb.BatchRecordActivitiesResponse:
        """Records many activities, each on its own."""
        bodies: list[ActivityBody | RenownError] = [
            _decode_item(activity, f"activities[{place}]")
            for place, activity in enumerate(request.activities)
        ]
        outcomes = iter(
            await self._engine.submit_many(
                [
                    record_activity(body, call.principal.id, self._catalog.current)
                    for body in bodies
                    if isinstance(body, ActivityBody)
                ],
                call.deadline,
            )
        )
        response = pb.BatchRecordActivitiesResponse()
        for place, body in enumerate(bodies):
            item = response.items.add()
            outcome = next(outcomes) if isinstance(body, ActivityBody) else body
            if isinstance(outcome, BaseException):
                item.error.CopyFrom(item_status(_at(outcome, f"activities[{place}]")))
            elif isinstance(body, ActivityBody):
                render.fill_result(item.result, body, outcome)
        return response

    async def simulate_activity(
        self, request: pb.SimulateActivityRequest, call: CallContext
    ) -> pb.SimulateActivityResponse:
        """Tries an activity."""
        body = decode_activity(request.activity)
        done = await self._simulator.run(
            record_activity(body, call.principal.id, self._catalog.current)
        )
        response = pb.SimulateActivityResponse(facts=render.explained(body, done))
        render.fill_result(response.result, body, done)
        return response

    async def explain_activity(
        self, request: pb.ExplainActivityRequest, call: CallContext
    ) -> pb.ExplainActivityResponse:
        """Says why each fact of an activity happened."""
        found = await store.find(self._pool, request.player_id, request.activity_id)
        if found is None:
            raise ActivityNotFound(request.activity_id)
        response = pb.ExplainActivityResponse(
            activity=render.activity(found.body), facts=render.explained(found.body, found.done)
        )
        render.fill_result(response.result, found.body, found.done)
        if found.revoked_us:
            response.revoked_at.CopyFrom(to_timestamp(found.revoked_us))
        return response

    async def list_activities(
        self, request: pb.ListActivitiesRequest, call: CallContext
    ) -> pb.ListActivitiesResponse:
        """Reads a page of activities."""
        filters = (request.player_id, request.type)
        position = self._tokens.decode("ListActivities", filters, request.page_token)
        size = page_size(request.page_size)
        found = await store.list_activities(
            self._sql,
            request.player_id,
            before=int(position[0]) if position else None,
            size=size + 1,
            kind=request.type,
        )
        if not found and await self._views.get(request.player_id) is None:
            raise PlayerNotFound(request.player_id)
        response = pb.ListActivitiesResponse()
        for item in found[:size]:
            message = response.items.add(activity=render.activity(item.body))
            render.fill_result(message.result, item.body, item.done)
            if item.revoked_us:
                message.revoked_at.CopyFrom(to_timestamp(item.revoked_us))
        if len(found) > size:
            last = (found[size - 1].last_sequence,)
            response.next_page_token = self._tokens.encode("ListActivities", filters, last)
        return response

    async def list_activity_types(
        self, request: pb.ListActivityTypesRequest, call: CallContext
    ) -> pb.ListActivityTypesResponse:
        """Lists the catalog's activity types."""
        found, next_page_token = self._tokens.page_of(
            "ListActivityTypes",
            self._catalog.current.activity_types,
            request.page_size,
            request.page_token,
        )
        return pb.ListActivityTypesResponse(
            activity_types=[render.activity_type(kind) for kind in found],
            next_page_token=next_page_token,
        )


def _decode_item(activity: pb.Activity, prefix: str) -> ActivityBody | RenownError:
    try:
        validation.check(activity, prefix)
        require_activity_id(activity, prefix)
        return decode_activity(activity, prefix)
    except RenownError as error:
        return error


def _at(failure: BaseException, item: str) -> BaseException:
    """A failure whose violations name the item's fields, not those of a call of its own."""
    if not isinstance(failure, RenownError) or not failure.refusal.violations:
        return failure
    violations = tuple(
        (re.sub(r"^activity\b", lambda _: item, field), description)
        for field, description in failure.refusal.violations
    )
    return StoredRefusal(msgspec.structs.replace(failure.refusal, violations=violations))
