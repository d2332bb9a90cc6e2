"""Streaks in memory, beyond the packed state: ended ones, and what was done on a day."""

from __future__ import annotations

import enum
from typing import NamedTuple

from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded, Work


class StreakEnd(enum.IntEnum):
    """Why a streak ended. Values are those of `renown.v1.StreakEnd`."""

    NOT_ENDED = 0
    MISSED = 1
    PRESTIGE = 2
    REVOKED = 3


class EndedRun(Entity):
    """A streak, or the beginning of one, that the packed state holds no more.

    Attributes:
        player_id: whose.
        streak_id: which.
        start_day: its first active day.
        end_day: its last active day.
        length: how many active days it has.
        frozen_days: how many frozen days lie between them.
        ended_us: when it ended; 0 if it goes on with what comes next.
        reason: why it ended.
        is_there: whether it is to be stored.
    """

    __slots__ = (
        "end_day",
        "ended_us",
        "frozen_days",
        "is_there",
        "length",
        "player_id",
        "reason",
        "start_day",
        "streak_id",
    )

    saved = ("is_there",)

    def __init__(
        self,
        player_id: str,
        streak_id: str,
        *,
        start_day: int,
        end_day: int,
        length: int,
        frozen_days: int = 0,
        ended_us: int = 0,
        reason: StreakEnd = StreakEnd.NOT_ENDED,
    ) -> None:
        super().__init__()
        self.player_id = player_id
        self.streak_id = streak_id
        self.start_day = start_day
        self.end_day = end_day
        self.length = length
        self.frozen_days = frozen_days
        self.ended_us = ended_us
        self.reason = reason
        self.is_there = False


def keep(work: Work, run: EndedRun) -> None:
    """Stores a streak that has ended."""
    work.touch(run)
    run.is_there = True


class Span(NamedTuple):
    """The activities of a player that were recorded in [from_us, to_us)."""

    player_id: str
    from_us: int
    to_us: int


class DayActivity(NamedTuple):
    """An activity that was recorded, and when it happened."""

    activity_id: str
    activity_type: str
    occurred_us: int


class Revoked(Entity):
    """The activities of a player that this batch takes back."""

    __slots__ = ("activity_ids",)

    saved = ("activity_ids",)

    def __init__(self) -> None:
        super().__init__()
        self.activity_ids: frozenset[str] = frozenset()


class DayBook:
    """What was done on days that lose an activity."""

    __slots__ = ("_revoked", "by_span")

    def __init__(self) -> None:
        self.by_span: dict[Span, list[DayActivity]] = {}
        self._revoked: dict[str, Revoked] = {}

    def activities(self, span: Span) -> list[DayActivity]:
        """The activities of a span that nobody had taken back before this batch.

        Raises:
            NotLoaded: nobody has looked.
        """
        found = self.by_span.get(span)
        if found is None:
            raise NotLoaded("day_activities", (span,))
        return found

    def revoked(self, player_id: str) -> Revoked:
        """What this batch takes back."""
        found = self._revoked.get(player_id)
        if found is None:
            found = self._revoked[player_id] = Revoked()
        return found
