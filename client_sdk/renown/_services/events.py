"""`game.events`: what happened, as it happens or page by page."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from renown._caller import Caller
from renown._model.common import CurrencyChange
from renown._model.event import Event, EventPage
from renown._model.inventory import ItemChange
from renown._model.progress import BadgeChange
from renown._retry import StreamPolicy
from renown._subscription import StreamCall
from renown._wire.event import event
from renown._wire.scalars import to_duration
from renown.streams import EventStream
from renown.v1 import event_service_pb2 as pb
from renown.v1.event_service_pb2_grpc import EventServiceStub

REWARD_TYPES = (
    "xp.gained",
    "level.*",
    "currency.*",
    "item.changed",
    "multiplier.granted",
    "mail.received",
    "achievement.unlocked",
    "achievement.milestone",
    "badge.changed",
    "badge_collection.completed",
    "streak.milestone",
    "quest.completed",
    "quest.claimed",
    "quest.unlocked",
    "title.earned",
    "content.unlocked",
    "prestige.gained",
)
"""The types of events that can be rewards; `xp.adjusted` is a correction."""


@dataclass(frozen=True, slots=True)
class Events:
    """Reads and watches players' events."""

    caller: Caller
    stub: EventServiceStub
    policy: StreamPolicy
    open_streams: weakref.WeakSet[EventStream]

    def stream(
        self,
        player_id: str = "",
        *,
        player_ids: Iterable[str] = (),
        all_players: bool = False,
        cursor: str = "",
        types: Iterable[str] = (),
    ) -> EventStream:
        """Watches one player, up to 500 players, or all.

        Args:
            player_id: the one player; a player's own token may leave it out.
            player_ids: several players instead.
            all_players: everybody instead.
            cursor: resumes an earlier stream of the same players. Empty: from
                now on; `beginning`: from the oldest event kept.
            types: keeps events of these types only; `currency.*` is all of a kind.
        """
        request = pb.StreamEventsRequest(
            player_id=player_id,
            player_ids=list(player_ids),
            all_players=all_players,
            types=list(types),
        )
        return self._stream(request, cursor, keep=lambda _: True)

    def watch_rewards(self, player_id: str = "", *, cursor: str = "") -> EventStream:
        """Watches what a player earns.

        The events are `XpGained`, `LevelUp`, `CurrencyChange`, `ItemChange`,
        `MultiplierGrant`, `Mail`, `AchievementUnlock`, `AchievementMilestone`,
        `BadgeChange`, `BadgeCollectionCompleted`, `StreakMilestone`,
        `QuestCompleted`, `QuestClaimed`, `QuestUnlocked`, `TitleEarned`,
        `ContentUnlocked` and `Prestiged`. Money, items and badges that are taken
        from the player are no reward, and left out.

        Args:
            player_id: the player; a player's own token may leave it out.
            cursor: resumes an earlier one. Empty: from now on.
        """
        request = pb.StreamEventsRequest(player_id=player_id, types=REWARD_TYPES)
        return self._stream(request, cursor, keep=_is_reward)

    async def list(
        self,
        player_id: str = "",
        *,
        cursor: str = "",
        page_size: int = 0,
        types: Iterable[str] = (),
        wait: timedelta | None = None,
        timeout: float | None = None,
    ) -> EventPage:
        """Reads a player's events after a cursor; for pollers.

        Args:
            player_id: the player; a player's own token may leave it out.
            cursor: the `next_cursor` of an earlier page. Empty: from the oldest.
            page_size: how many at most, up to 500; 100 when 0.
            types: keeps events of these types only.
            wait: how long to wait for an event where there is none, up to 30 s.
            timeout: seconds for all attempts together, `wait` not counted.

        Raises:
            CursorTrimmed: events after the cursor are no longer kept.
            PlayerNotFound: there is no such player.
        """
        request = pb.ListEventsRequest(
            player_id=player_id,
            cursor=cursor,
            page_size=page_size,
            types=list(types),
            wait=to_duration(wait),
        )
        wait_s = wait.total_seconds() if wait else 0.0
        response = await self.caller.call(
            self.stub.ListEvents,
            request,
            timeout=wait_s + (self.caller.timeout_s if timeout is None else timeout),
            attempt_timeout_s=wait_s + self.caller.policy.attempt_timeout_s,
        )
        events = tuple(event(item) for item in response.events)
        return EventPage(events, response.next_cursor, response.more)

    def _stream(
        self, request: pb.StreamEventsRequest, cursor: str, keep: Callable[[Event], bool]
    ) -> EventStream:
        stream = EventStream(
            functools.partial(self._open, request),
            cursor=cursor,
            keep=keep,
            policy=self.policy,
            retry=self.caller.policy,
            is_closed=lambda: self.caller.channel.closed,
        )
        self.open_streams.add(stream)
        return stream

    def _open(self, request: pb.StreamEventsRequest, cursor: str) -> StreamCall:
        self.caller.channel.check_open()
        resumed = pb.StreamEventsRequest()
        resumed.CopyFrom(request)
        resumed.cursor = cursor
        return self.stub.StreamEvents(resumed)


def _is_reward(found: Event) -> bool:
    match found.payload:
        case (
            CurrencyChange(amount=gained)
            | ItemChange(quantity=gained)
            | BadgeChange(quantity=gained)
        ):
            return gained > 0
    return True
