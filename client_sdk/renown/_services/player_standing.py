"""The half of `game.players` about what they made of themselves: points, prestige, titles."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from renown._caller import Caller
from renown._model.basics import new_id
from renown._model.honors import (
    ActiveMultiplier,
    EquippedTitle,
    MultiplierStacking,
    PlayerTitle,
    Unlock,
)
from renown._model.inventory import MultiplierGrant
from renown._model.standing import PlayerSummary, PrestigeResult, XpAdjustment
from renown._pages import Page, Pages
from renown._wire import honors as wire
from renown._wire.inventory import multiplier_grant
from renown._wire.scalars import to_duration
from renown._wire.standing import player_summary, prestige_result, xp_adjustment
from renown.v1 import player_profile_service_pb2 as pb
from renown.v1 import progression_pb2
from renown.v1.player_profile_service_pb2_grpc import PlayerProfileServiceStub


@dataclass(frozen=True, slots=True)
class PlayerStanding:
    """Reads and changes where players stand."""

    caller: Caller
    stub: PlayerProfileServiceStub

    async def summary(
        self,
        player_id: str = "",
        *,
        leaderboard_id: str = "",
        streak_id: str = "",
        timeout: float | None = None,
    ) -> PlayerSummary:
        """Reads a player's points, rank, streak and awards in one call.

        Args:
            player_id: the player; a player's own token may leave it out.
            leaderboard_id: the board of the rank; when empty, the catalog's first one
                that counts XP.
            streak_id: the streak to tell of; the catalog's first one when empty.
            timeout: seconds for all attempts together.

        Raises:
            LeaderboardNotFound, StreakNotFound, PlayerNotFound: as they say.
            RanksUnavailable: ranks can't be read now.
        """
        request = pb.GetPlayerSummaryRequest(
            player_id=player_id, leaderboard_id=leaderboard_id, streak_id=streak_id
        )
        response = await self.caller.call(self.stub.GetPlayerSummary, request, timeout=timeout)
        return player_summary(response.summary)

    async def adjust_xp(
        self,
        player_id: str,
        amount: int,
        *,
        reason: str,
        description: str = "",
        event_type: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> XpAdjustment:
        """Corrects a player's XP by hand; the level follows. For operators (Role.SUPPORT).

        Args:
            player_id: the player.
            amount: the signed change of XP, without multipliers; not 0.
            reason: kept in the audit; the player does not see it.
            description: a sentence for people; the player sees it.
            event_type: the caller's word for what happened; `manual_adjustment` when
                empty.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            XpOutOfRange: XP would fall below 0 or pass 2^53-1.
            PlayerNotFound, CascadeTooLong, RequestIdReused: as they say.
        """
        request = pb.AdjustXpRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            amount=amount,
            reason=reason,
            description=description,
            event_type=event_type,
        )
        response = await self.caller.call(
            self.stub.AdjustXp, request, timeout=timeout, request_id=request.request_id
        )
        return xp_adjustment(response)

    async def prestige(
        self,
        player_id: str = "",
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> PrestigeResult:
        """Starts a player over: at level 1, with more XP for everything from then on.

        What the catalog takes away is in the result; all else is kept.

        Raises:
            LevelTooLow: the level is below what it asks for.
            PrestigeUnavailable: the game has no prestige, or no further one.
            PlayerNotFound, CascadeTooLong, RequestIdReused: as they say.
        """
        request = pb.PrestigeRequest(request_id=request_id or new_id(), player_id=player_id)
        response = await self.caller.call(
            self.stub.Prestige, request, timeout=timeout, request_id=request.request_id
        )
        return prestige_result(response)

    async def grant_multiplier(
        self,
        player_id: str,
        source: str,
        basis_points: int,
        duration: timedelta,
        *,
        stacking: MultiplierStacking | None = None,
        description: str = "",
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> MultiplierGrant:
        """Lets a factor of XP act for a while, from now on; for servers.

        Args:
            player_id: the player.
            source: names it among the player's multipliers, as `grant:<source>`.
            basis_points: the factor in ten-thousandths: 20000 doubles.
            duration: for how long: 1 second to 366 days.
            stacking: what happens if one of this source acts already; None is what the
                catalog says.
            description: a sentence for people.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Returns:
            the multiplier as it acts now.

        Raises:
            PlayerNotFound, RequestIdReused: as they say.
        """
        kind = progression_pb2.MultiplierStacking.ValueType(stacking.value if stacking else 0)
        request = pb.GrantMultiplierRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            source=source,
            basis_points=basis_points,
            duration=to_duration(duration),
            stacking=kind,
            description=description,
        )
        response = await self.caller.call(
            self.stub.GrantMultiplier, request, timeout=timeout, request_id=request.request_id
        )
        return multiplier_grant(response.multiplier)

    async def multipliers(
        self, player_id: str = "", *, timeout: float | None = None
    ) -> tuple[ActiveMultiplier, ...]:
        """Returns what raises a player's earnings now.

        Its own multipliers come first, then boosts for everybody, prestige,
        streaks and equipped badges.

        Raises:
            PlayerNotFound: there is no such player.
        """
        request = pb.ListMultipliersRequest(player_id=player_id)
        response = await self.caller.call(self.stub.ListMultipliers, request, timeout=timeout)
        return tuple(wire.active_multiplier(item) for item in response.multipliers)

    def titles(
        self,
        player_id: str = "",
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[PlayerTitle]:
        """Lists the titles a player has earned, the latest first.

        Args:
            player_id: the player; a player's own token may leave it out.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[PlayerTitle]:
            request = pb.ListTitlesRequest(
                player_id=player_id, page_size=page_size, page_token=token
            )
            response = await self.caller.call(self.stub.ListTitles, request, timeout=timeout)
            items = tuple(wire.player_title(item) for item in response.titles)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def equip_title(
        self,
        player_id: str,
        title_id: str,
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> EquippedTitle:
        """Puts on a title that the player has earned; an empty one takes off what is worn.

        Raises:
            TitleNotEarned, TitleNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.EquipTitleRequest(
            request_id=request_id or new_id(), player_id=player_id, title_id=title_id
        )
        response = await self.caller.call(
            self.stub.EquipTitle, request, timeout=timeout, request_id=request.request_id
        )
        return wire.equipped_title(response)

    def unlocks(
        self,
        player_id: str = "",
        *,
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[Unlock]:
        """Lists the content of the game that a player has unlocked, the latest first.

        Arguments are those of `titles`.
        """

        async def fetch(token: str) -> Page[Unlock]:
            request = pb.ListUnlocksRequest(
                player_id=player_id, page_size=page_size, page_token=token
            )
            response = await self.caller.call(self.stub.ListUnlocks, request, timeout=timeout)
            items = tuple(wire.unlock(item) for item in response.unlocks)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)
