"""A served game whose time stands still, and calls of everybody to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from google.protobuf.json_format import ParseDict

from renown.v1 import activity_service_pb2, auth_service_pb2, event_service_pb2
from renown_server.engine.clock import FixedClock, from_us
from tests.kit.fresh import fresh
from tests.kit.raw import BY_NAME, Answer, Code, Raw
from tests.kit.times import DAY


@dataclass(frozen=True, slots=True)
class Wire:
    """Calls as a game server, unless told otherwise.

    Attributes:
        raw: what makes them.
        admin_key: of an operator who may do everything.
        clock: the server's.
    """

    raw: Raw
    admin_key: str
    clock: FixedClock

    async def answer(self, name: str, *, key: str = "", **fields: Any) -> Answer:
        """How a call ends; mutations get a request id."""
        rpc = BY_NAME[name]
        if "request_id" in rpc.request.DESCRIPTOR.fields_by_name:
            fields = {"request_id": fresh("r")} | fields
        return await self.raw.call(rpc, rpc.request(**fields), credential=key or None)

    async def ask(self, name: str, *, key: str = "", **fields: Any) -> Any:
        """The answer of a call that succeeds."""
        answer = await self.answer(name, key=key, **fields)
        assert answer.code is Code.OK, answer
        return BY_NAME[name].response.FromString(answer.body)

    async def refusal(self, name: str, *, key: str = "", **fields: Any) -> Answer:
        """The refusal of a call."""
        answer = await self.answer(name, key=key, **fields)
        assert answer.code is not Code.OK
        return answer.check_kept()

    async def record(
        self, player_id: str, kind: str, **fields: Any
    ) -> activity_service_pb2.ActivityResult:
        """Records an activity, as `activity` makes it, and returns what came of it."""
        done = self.activity(player_id, kind, **fields)
        result: activity_service_pb2.ActivityResult = (
            await self.ask("RecordActivity", activity=done)
        ).result
        return result

    async def record_all(
        self, activities: Sequence[activity_service_pb2.Activity]
    ) -> list[activity_service_pb2.ActivityResult]:
        """Records them in one call, one after the other; all of them have to succeed."""
        answer = await self.ask("BatchRecordActivities", activities=activities)
        assert all(item.WhichOneof("outcome") == "result" for item in answer.items), answer
        return [item.result for item in answer.items]

    def activity(
        self,
        player_id: str,
        kind: str,
        *,
        days_ago: float = 0,
        metrics: Mapping[str, int] | None = None,
        context: Mapping[str, str] | None = None,
        performance: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> activity_service_pb2.Activity:
        """An activity under a fresh id.

        Args:
            player_id: whose.
            kind: its type.
            days_ago: how long ago it happened.
            metrics: what it adds, in minor units.
            context: of it.
            performance: `{"perfect": True, "time": "50s", …}`, as JSON.
            fields: others of the activity.
        """
        done = activity_service_pb2.Activity(
            player_id=player_id, activity_id=fresh("a"), type=kind, **fields
        )
        done.occurred_at.FromDatetime(from_us(self.clock.value_us - round(days_ago * DAY)))
        done.metrics.update(metrics or {})
        done.context.update(context or {})
        if performance:
            ParseDict(dict(performance), done.performance)
        return done

    async def token(self, player_id: str) -> str:
        """The credential of a player."""
        request = auth_service_pb2.IssuePlayerTokenRequest(player_id=player_id)
        answer = await self.raw.call(BY_NAME["IssuePlayerToken"], request)
        return auth_service_pb2.IssuePlayerTokenResponse.FromString(answer.body).token

    async def events(self, player_id: str, types: Sequence[str] = (), *, key: str = "") -> Any:
        """A player's events so far, up to 1,000."""
        request = event_service_pb2.ListEventsRequest(
            player_id=player_id, page_size=1000, types=types
        )
        answer = await self.raw.call(BY_NAME["ListEvents"], request, credential=key or None)
        assert answer.code is Code.OK, answer
        return event_service_pb2.ListEventsResponse.FromString(answer.body).events

    def today(self, days_ago: int = 0) -> str:
        """The date by the server's clock, UTC."""
        day: date = from_us(self.clock.value_us - days_ago * DAY).date()
        return day.isoformat()
