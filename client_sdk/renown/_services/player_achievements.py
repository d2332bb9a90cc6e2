"""The half of `game.achievements` that is about one player: progress, showcase, by hand."""
# ruff: noqa: ASYNC109 - `timeout` is the call's deadline, which gRPC sends along

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from renown._caller import Caller
from renown._model.basics import new_id
from renown._model.player_achievement import (
    AchievementGrant,
    AchievementRevocation,
    AchievementTotals,
    PlayerAchievement,
)
from renown._model.revocation import RevokePolicy
from renown._pages import Page, Pages
from renown._wire import player_achievement as wire
from renown.v1 import achievement_service_pb2 as pb
from renown.v1 import revocation_pb2
from renown.v1.achievement_service_pb2_grpc import AchievementServiceStub


@dataclass(frozen=True, slots=True)
class PlayerAchievements:
    """Reads and changes what a player has earned."""

    caller: Caller
    stub: AchievementServiceStub

    def of_player(
        self,
        player_id: str = "",
        *,
        completed: bool = False,
        in_progress: bool = False,
        category: str = "",
        achievement_type: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout: float | None = None,
    ) -> Pages[PlayerAchievement]:
        """Lists how far a player has come in each achievement, by id.

        Args:
            player_id: the player.
            completed: keeps what is completed; with `in_progress`, either.
            in_progress: keeps what is begun and not completed.
            category: keeps achievements of this category.
            achievement_type: keeps achievements of this type.
            page_size: how many to read at once, up to 200; 50 when 0.
            page_token: where to go on.
            timeout: seconds for each page.
        """

        async def fetch(token: str) -> Page[PlayerAchievement]:
            request = pb.ListPlayerAchievementsRequest(
                player_id=player_id,
                page_size=page_size,
                page_token=token,
                completed=completed,
                in_progress=in_progress,
                category=category,
                achievement_type=achievement_type,
            )
            response = await self.caller.call(
                self.stub.ListPlayerAchievements, request, timeout=timeout
            )
            items = tuple(wire.player_achievement(item) for item in response.achievements)
            return Page(items, response.next_page_token)

        return Pages(fetch, page_token)

    async def totals(
        self, player_id: str = "", *, timeout: float | None = None
    ) -> AchievementTotals:
        """Reads how many a player has earned, their points, and what it shows to others.

        Raises:
            PlayerNotFound: there is no such player.
        """
        request = pb.ListPlayerAchievementsRequest(player_id=player_id, page_size=1)
        response = await self.caller.call(
            self.stub.ListPlayerAchievements, request, timeout=timeout
        )
        return wire.achievement_totals(response)

    async def progress(
        self, player_id: str, achievement_id: str, *, timeout: float | None = None
    ) -> PlayerAchievement:
        """Reads how far a player has come in one achievement.

        Raises:
            AchievementNotFound: there is none, or it is secret and not earned.
            PlayerNotFound: there is no such player.
        """
        request = pb.GetAchievementProgressRequest(
            player_id=player_id, achievement_id=achievement_id
        )
        response = await self.caller.call(
            self.stub.GetAchievementProgress, request, timeout=timeout
        )
        return wire.player_achievement(response.progress)

    async def showcase(
        self,
        player_id: str,
        achievement_ids: Iterable[str],
        *,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> tuple[str, ...]:
        """Chooses which earned achievements a player shows to others, in that order.

        Args:
            player_id: the player.
            achievement_ids: what to show instead of what is shown now; may be empty.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Returns:
            what is shown now.

        Raises:
            AchievementNotEarned: one of them is not earned.
            ShowcaseLimit: they are more than the catalog allows.
            AchievementNotFound, PlayerNotFound, RequestIdReused: as they say.
        """
        request = pb.SetAchievementShowcaseRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            achievement_ids=list(achievement_ids),
        )
        response = await self.caller.call(
            self.stub.SetAchievementShowcase,
            request,
            timeout=timeout,
            request_id=request.request_id,
        )
        return tuple(response.showcase)

    async def grant(
        self,
        player_id: str,
        achievement_id: str,
        *,
        reason: str,
        tier: int = 0,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> AchievementGrant:
        """Unlocks an achievement by hand, whatever it asks for; for operators (Role.SUPPORT).

        Args:
            player_id: the player.
            achievement_id: the achievement; it may be retired.
            reason: kept in the audit; the player does not see it.
            tier: up to which tier of a tiered one; all of them when 0.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            AchievementAlreadyEarned: it can't be earned again.
            UnknownTier: it has no such tier.
            AchievementNotFound, PlayerNotFound, CascadeTooLong, RequestIdReused: as
                they say.
        """
        request = pb.GrantAchievementRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            achievement_id=achievement_id,
            reason=reason,
            tier=tier,
        )
        response = await self.caller.call(
            self.stub.GrantAchievement, request, timeout=timeout, request_id=request.request_id
        )
        return wire.achievement_grant(response)

    async def revoke(
        self,
        player_id: str,
        achievement_id: str,
        *,
        reason: str,
        take_rewards: bool = False,
        policy: RevokePolicy = RevokePolicy.REFUSE,
        times: int = 0,
        request_id: str | None = None,
        timeout: float | None = None,
    ) -> AchievementRevocation:
        """Takes an achievement away by hand, and what rests on it; for operators.

        Needs Role.SUPPORT.

        Args:
            player_id: the player.
            achievement_id: the achievement.
            reason: kept in the audit; the player does not see it.
            take_rewards: takes back what it gave: rewards, milestones and tiers.
            policy: what to do about rewards that are spent already.
            times: how many completions of a repeatable one to take, the latest
                first; all when 0.
            request_id: makes a later repeat harmless; made up if not given.
            timeout: seconds for all attempts together.

        Raises:
            AchievementNotEarned: there is nothing to take.
            AlreadySpent: something is spent and the policy is to refuse.
            AchievementNotFound, PlayerNotFound, CascadeTooLong, RequestIdReused: as
                they say.
        """
        request = pb.RevokeAchievementRequest(
            request_id=request_id or new_id(),
            player_id=player_id,
            achievement_id=achievement_id,
            reason=reason,
            take_rewards=take_rewards,
            policy=revocation_pb2.RevokePolicy.ValueType(policy.value),
            times=times,
        )
        response = await self.caller.call(
            self.stub.RevokeAchievement, request, timeout=timeout, request_id=request.request_id
        )
        return wire.achievement_revocation(response)
