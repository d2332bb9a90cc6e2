"""Who looks at quests, what they may know, and why they can't start one; pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from renown_server.catalog.availability import Status
from renown_server.catalog.quests import Quest
from renown_server.engine.work import Work
from renown_server.errors import QuestNotFound
from renown_server.inventory.rules import owned
from renown_server.inventory.state import InventoryBook
from renown_server.profile.state import PlayerState
from renown_server.progress.sight import Eyes
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import QuestRecord, QuestRun
from renown_server.quests.runs import (
    NO_RECORD,
    in_period,
    is_over,
    is_under_way,
    period_end_us,
)


class Blocker(enum.IntEnum):
    """A kind of reason why a quest can't be started. Values of `renown.v1.QuestBlocker`."""

    SECRET = 0
    LEVEL = 1
    QUEST = 2
    ACHIEVEMENT = 3
    ITEM = 4
    SKILL = 5
    WINDOW = 6
    STATUS = 7
    UNLOCK = 8
    ACTIVE = 9
    COMPLETED = 10
    LIMIT = 11


class Reason(msgspec.Struct, frozen=True):
    """One reason why a quest can't be started.

    Attributes:
        blocker: the kind of reason.
        id: the quest, achievement, item or skill; empty where the player may not know it.
        required: the level or number that is needed, or the limit.
        current: what the player has of it.
        available_us: when the reason passes by itself; 0 if it doesn't.
    """

    blocker: Blocker
    id: str = ""
    required: int = 0
    current: int = 0
    available_us: int = 0


class Seeker:
    """A player who looks at quests, as the batch or a reader has loaded it.

    Args:
        work: holds the player, both rows of what was reached, and items that quests ask for.
        player: who looks.
        at_us: when; now unless said.

    Attributes:
        work: as given.
        player: as given.
        at_us: as given.
        runs: attempts under way.
        records: what was done of quests.
        eyes: what the player may know of.
    """

    __slots__ = ("_earned", "at_us", "eyes", "player", "records", "runs", "work")

    def __init__(self, work: Work, player: PlayerState, at_us: int | None = None) -> None:
        book = work.slice(ProgressBook)
        self.work = work
        self.player = player
        self.at_us = work.now_us if at_us is None else at_us
        self.runs = book.progress(player.player_id).quests
        self._earned = book.earned(player.player_id)
        self.records = self._earned.quests
        self.eyes = Eyes(work.catalog.progression, self._earned)

    def record(self, quest_id: str) -> QuestRecord:
        """What was done of a quest."""
        return self.records.get(quest_id, NO_RECORD)

    def run(self, quest: Quest) -> QuestRun | None:
        """The attempt that is under way or waits to be claimed; None if its time is over."""
        run = self.runs.get(quest.id)
        return None if run is None or is_over(quest, run, self.work.now_us) else run

    def knows(self, quest: Quest) -> bool:
        """Whether the player may know of a quest."""
        return self.eyes.sees_quest(quest.id)

    def find(self, quest_id: str) -> Quest:
        """A quest that the player may know of.

        Raises:
            QuestNotFound: there is none.
        """
        quest = self.work.catalog.progression.quests.get(quest_id)
        if quest is None or not self.knows(quest):
            raise QuestNotFound(quest_id)
        return quest

    def has_achievement(self, achievement_id: str) -> bool:
        """Whether the player has earned an achievement."""
        return self._earned.has_achievement(achievement_id)

    @property
    def active(self) -> int:
        """How many quests are under way."""
        quests, now_us = self.work.catalog.progression.quests, self.work.now_us
        return sum(
            1 for key, run in self.runs.items() if is_under_way(quests.get(key), run, now_us)
        )

    def reasons(self, quest: Quest) -> Iterator[Reason]:
        """Why a quest can't be started; none if it can."""
        yield from self._of_time(quest)
        yield from self._of_attempts(quest)
        yield from self._of_requirements(quest)

    def _of_time(self, quest: Quest) -> Iterator[Reason]:
        if quest.status is not Status.ACTIVE:
            yield Reason(Blocker.STATUS)
        if not quest.window.holds(self.at_us):
            begins_us = quest.window.starts_us
            yield Reason(Blocker.WINDOW, available_us=begins_us if self.at_us < begins_us else 0)

    def _of_attempts(self, quest: Quest) -> Iterator[Reason]:
        record = self.record(quest.id)
        if self.run(quest) is not None:
            yield Reason(Blocker.ACTIVE)
        if in_period(self.player, quest, record, self.at_us):
            again_us = period_end_us(self.player, quest, self.at_us)
            yield Reason(Blocker.COMPLETED, available_us=again_us)
        elif record.times and not (quest.repeatable or quest.daily or quest.weekly):
            yield Reason(Blocker.COMPLETED)
        if quest.locked and not record.unlocked:
            yield Reason(Blocker.UNLOCK)
        limit = self.work.catalog.progression.quests_active_max
        if self.run(quest) is None and self.active >= limit:
            yield Reason(Blocker.LIMIT, required=limit, current=self.active)

    def _of_requirements(self, quest: Quest) -> Iterator[Reason]:
        player = self.player
        if player.level < quest.min_level:
            yield Reason(Blocker.LEVEL, required=quest.min_level, current=player.level)
        for other in quest.quests:
            if not self.record(other).times:
                known = self.eyes.sees_quest(other)
                yield Reason(Blocker.QUEST, other) if known else Reason(Blocker.SECRET)
        for achievement in quest.achievements:
            if not self.has_achievement(achievement):
                known = self.eyes.sees_achievement(achievement)
                yield Reason(Blocker.ACHIEVEMENT, achievement) if known else Reason(Blocker.SECRET)
        if quest.items:
            names = [needed.item for needed in quest.items]
            self.work.slice(InventoryBook).require(player.player_id, names)
        for needed in quest.items:
            units = owned(self.work, player.player_id, needed.item)
            if units < needed.quantity:
                yield Reason(Blocker.ITEM, needed.item, needed.quantity, units)
        for skill, value in quest.skills:
            level = player.metrics.get(skill, 0)
            if level < value:
                scale = self.work.catalog.metrics[skill].scale
                yield Reason(Blocker.SKILL, skill, value // scale, level // scale)
