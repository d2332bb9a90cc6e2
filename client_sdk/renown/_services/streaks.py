"""`game.streaks`: days in a row, and days off."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from renown._caller import Caller
from renown._model.basics import new_id
from renown._model.streak import (
    PlayerStreaks,
    StreakFreezeResult,
    StreakRepairResult,
    StreakRun,
)
from renown._model.streak_definition import StreakActivity
from renown._pages import Page, Pages
from renown._wire import streak as wire
from renown._wire.common import to_currency_amounts
from renown._wire.scalars import to_day
from renown._wire.streak_definition import streak_activity
from renown.v1 import streak_service_pb2 as pb
from renown.v1.streak_service_pb2_grpc import StreakServiceStub


@dataclass(frozen=True, slots=True)
class Streaks:
    """Reads, freezes and repairs streaks; activities lengthen them by themselves.

    Days are dates in the player's time zone. A player's own token may leave
    `player_id` empty.
    """

    caller: Caller
    stub: StreakServiceStub

    async def activities(self, *, timeout: float | None = None) -> list[StreakActivity]:
        """Returns what streaks can be kept in, by id."""

        async def fetch(page_token: str) -> Page[StreakActivity]:
            request = pb.ListStreakActivitiesRequest(page_size=200, page_token=page_token)
            response = await self.caller.call(
                self.stub.ListStreakActivities, request, timeout=timeout
            )
            items = tuple(streak_activity(item) for item in response.streak_activities)
            return Page(items, response.next_page_token)

        return await Pages(fetch, "").collect()

    async def get(
        self, player_id: str = "", *, streak_id: str = "", timeout: float | None = None
    ) -> PlayerStreaks:
        """Reads where a player's streaks stand: one for each of the catalog, begun or not.

        Args:
            player_id: the player.
            streak_id: keeps one streak.
            timeout: seconds for all attempts together.

        Raises:
            StreakNotFound, PlayerNotFound: as they say.
        """
        request = pb.GetStreaksRequest(player_id=player_id, streak_id=streak_id)
        response = await self.caller.call(self.stub.GetStreaks, request, timeout=timeout)
        return wire.player_streaks(response)

    def history(
        self,
        player_id: str = "",
        *,
        streak_id: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[StreakRun]:
        """Lists a player's streaks, the latest first: those that run, then those that ended.

        Args:
            player_id: the player.
            streak_id: keeps those of one streak activity.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[StreakRun]:
            request = pb.ListStreakHistoryRequest(
                player_id=player_id, page_size=page_size, page_token=token, streak_id=streak_id
            )
            response = await self.caller.call(self.stub.ListStreakHistory, request, timeout=timeout)
            items = tuple(wire.streak_run(item) for item in response.runs)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def freeze(
        self,
        player_id: str,
        streak_id: str,
        from_date: date,
        to_date: date | None = None,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> StreakFreezeResult:
        """Names days that will be no gap, today or later; they can't be thawed.

        Args:
            player_id: the player.
            streak_id: the streak.
            from_date: the first day.
            to_date: the last day, itself frozen; None for a single one.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            FreezeLimit: no more days of that month can be frozen.
            NotFreezable: this streak can't be frozen.
            InsufficientFunds, InsufficientItems: too little is there to pay for it.
            InvalidArgument: a day has passed, or is too far ahead.
            StreakNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.FreezeStreakRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            streak_id=streak_id,
            from_date=to_day(from_date),
            to_date=to_day(from_date if to_date is None else to_date),
        )
        response = await self.caller.call(
            self.stub.FreezeStreak, request, timeout=timeout, request_id=request.request_id
        )
        return wire.streak_freeze_result(response)

    async def repair(
        self,
        player_id: str,
        streak_id: str,
        *,
        expected: Mapping[str, int] | None = None,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> StreakRepairResult:
        """Pays for the days that were missed: the streak goes on as if it had never broken.

        Args:
            player_id: the player.
            streak_id: the streak.
            expected: the price the player was shown, in minor units by currency; if
                it is another one now, nothing is repaired. See `Streak.repair`.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            NothingToRepair: it is not broken, or too much is missing or past.
            PriceChanged: the price is not the expected one.
            InsufficientFunds, InsufficientItems: too little is there to pay for it.
            StreakNotFound, PlayerNotFound, PriceOutOfRange, CascadeTooLong,
                RequestIdReused: as they say.
        """
        request = pb.RepairStreakRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            streak_id=streak_id,
            expected=to_currency_amounts(expected or {}),
        )
        response = await self.caller.call(
            self.stub.RepairStreak, request, timeout=timeout, request_id=request.request_id
        )
        return wire.streak_repair_result(response)
