"""The commands of streaks."""

from __future__ import annotations

from typing import Any

import msgspec

from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.catalog.streaks import StreakFreeze, StreakRepair
from renown_server.engine.command import Command, RequestKey
from renown_server.engine.work import Work
from renown_server.profile.state import PlayerBook
from renown_server.progress.state import ProgressBook
from renown_server.streaks.freezing import freeze
from renown_server.streaks.repairing import repair
from renown_server.streaks.standing import NO_DAYS
from renown_server.streaks.views import StreakView, view


class _OfStreak(Command):
    """Changes a streak for a price. The result is where it stands then."""

    __slots__ = ("_item",)

    parts = ("progress",)

    def __init__(
        self,
        *,
        player_id: str,
        principal: str,
        body: Any,
        terms: StreakFreeze | StreakRepair | None,
    ) -> None:
        super().__init__(
            key=RequestKey(principal, body.request_id),
            players=(player_id,),
            principal=principal,
            body=body,
        )
        # By the worker's catalog; the batch loads what another one asks for.
        self._item = terms.item if terms is not None else ""

    def wanted(self) -> tuple[str, ...]:
        """The streaks, and what pays."""
        return ("progress", "wallets", *(("items", "bags") if self._item else ()))

    def keys(self, part: str) -> tuple[Any, ...]:
        """The item that pays."""
        return ((self.players[0], self._item),)

    def _standing(self, work: Work, streak_id: str) -> StreakView:
        player = work.slice(PlayerBook).get(self.players[0])
        streaks = work.slice(ProgressBook).progress(player.player_id).streaks
        known = work.catalog.progression
        streak, state = known.streaks[streak_id], streaks.get(streak_id, NO_DAYS)
        return view(player, streak, state, known, work.now_us)


class FreezeBody(msgspec.Struct, frozen=True):
    """The decoded request of a FreezeStreak; days are days since 1970."""

    request_id: str
    player_id: str
    streak_id: str
    from_day: int
    to_day: int


class FreezeStreak(_OfStreak):
    """Freezes days."""

    __slots__ = ()

    method = "FreezeStreak"
    body: FreezeBody

    def decide(self, work: Work) -> StreakView:
        """Pays, and makes the days no gap."""
        body = self.body
        player = work.slice(PlayerBook).get(body.player_id)
        freeze(work, player, body.streak_id, body.from_day, body.to_day)
        return self._standing(work, body.streak_id)


def freeze_streak(body: FreezeBody, principal: str, catalog: CatalogSnapshot) -> FreezeStreak:
    """The command of a FreezeStreak."""
    streak = catalog.progression.streaks.get(body.streak_id)
    return FreezeStreak(
        player_id=body.player_id,
        principal=principal,
        body=body,
        terms=streak.freeze if streak is not None else None,
    )


class RepairBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decoded request of a RepairStreak.

    Attributes:
        expected: (currency, minor units), each currency once; empty for any price.
    """

    request_id: str
    player_id: str
    streak_id: str
    expected: tuple[tuple[str, int], ...] = ()


class RepairStreak(_OfStreak):
    """Makes a broken streak whole."""

    __slots__ = ()

    method = "RepairStreak"
    body: RepairBody

    def decide(self, work: Work) -> StreakView:
        """Pays for the days that were missed."""
        body = self.body
        player = work.slice(PlayerBook).get(body.player_id)
        repair(work, player, body.streak_id, body.expected)
        return self._standing(work, body.streak_id)


def repair_streak(body: RepairBody, principal: str, catalog: CatalogSnapshot) -> RepairStreak:
    """The command of a RepairStreak."""
    streak = catalog.progression.streaks.get(body.streak_id)
    return RepairStreak(
        player_id=body.player_id,
        principal=principal,
        body=body,
        terms=streak.repair if streak is not None else None,
    )
