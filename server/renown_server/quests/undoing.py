"""Taking back what counted for quests; pure.

What an activity counted is subtracted from attempts that are not claimed yet. An objective, and a
completion with it, stands as long as what it asks for is still met. What was claimed stays, unless
the revoked record itself has completed it: its attempt is gone, so that nobody knows what else
would have completed it.
"""

from __future__ import annotations

from msgspec.structs import replace

from renown_server.catalog.goods import Reward
from renown_server.catalog.quests import Objective, Quest
from renown_server.engine.facts import (
    ObjectiveProgressed,
    QuestRevoked,
)
from renown_server.engine.signals import Signal
from renown_server.engine.work import Work
from renown_server.inventory.standing import standing
from renown_server.profile.state import PlayerState
from renown_server.progress.counting import Reached, reached, subtract
from renown_server.progress.standing import Standing
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import EMPTY_TALLY, QuestRun, Tally
from renown_server.quests import rewarding
from renown_server.quests.completing import follower_of, lock
from renown_server.quests.runs import (
    expire,
    is_complete,
    record_of,
    set_run,
    without,
)
from renown_server.quests.uncounting import LostQuest, Revoked, take_claimed, uncount


def revoke_activity(work: Work, player: PlayerState, record: Revoked) -> tuple[LostQuest, ...]:
    """Takes back what a record has done to a player's quests.

    Nothing is clawed back here: the caller reverses what the record paid, and takes what is owed.

    Raises:
        NotLoaded: more must be known.
    """
    player_id = player.player_id
    lost: list[LostQuest] = []
    progress = work.slice(ProgressBook).progress(player_id)
    for quest_id in sorted(progress.quests):
        quest = work.catalog.progression.quests.get(quest_id)
        if quest is None or expire(work, player_id, quest_id):
            continue
        work.visited += 1
        back = _Back(work, player, quest, progress.quests[quest_id], record)
        found = back.take()
        if found is not None:
            lost.append(found)
    lost += take_claimed(work, player, record)
    return tuple(lost)


class _Back:
    """An attempt from which a record is taken back."""

    def __init__(
        self, work: Work, player: PlayerState, quest: Quest, run: QuestRun, record: Revoked
    ) -> None:
        self._work = work
        self._player = player
        self._quest = quest
        self._run = run
        self._before = run
        self._record = record
        self._standing: Standing = standing(work, player)
        self._moved: list[tuple[str, int]] = []
        self._owed: list[Reward] = []
        self._reverses = False

    def take(self) -> LostQuest | None:
        """Takes all of it back, and says what is lost by that."""
        for objective in self._quest.objectives:
            self._take_from(objective)
        if self._run is self._before:
            return None
        quest, run, player_id = self._quest, self._run, self._player.player_id
        undone = bool(run.completed_us) and not is_complete(quest, run)
        for key, current in self._moved:
            self._say(key, current, completed=bool(run.completed_us) and not undone)
        if undone:
            uncount(self._work, self._player, quest.id, run.started_us, run.completed_us)
            if not record_of(self._work, player_id, quest.id).times:
                lock(self._work, player_id, follower_of(quest, self._before), quest.rule)
            run = replace(run, completed_us=0, times=0)
            self._say("", 0, completed=False)
        set_run(self._work, player_id, quest, run)
        expire(self._work, player_id, quest.id)
        if not (undone or self._reverses or self._owed):
            return None
        owed = rewarding.merged(self._owed)
        return LostQuest(quest.id, quest.rule, run.attempt, undone, self._reverses, owed)

    def _take_from(self, objective: Objective) -> None:
        run, first = self._run, self._record.first_sequence
        after, until = run.spans.get(objective.id, (run.sequence, 0))
        if not after < first <= (until or first):
            return
        before = run.tallies.get(objective.id, EMPTY_TALLY)
        tally = before
        for signal in self._record.signals:
            if self._counted(objective, signal):
                tally = subtract(objective.criteria, tally, signal, self._standing)
        if tally is before and until != first:
            return
        # What is no longer met is compared anew, what can't be subtracted as well.
        tally = replace(tally, met_us=0) if until == first else tally
        way = reached(objective.criteria, tally, self._standing)
        self._keep(objective, tally, way)

    def _counted(self, objective: Objective, signal: Signal) -> bool:
        run = self._run
        if signal.occurred_us < run.started_us:
            return False
        if run.expires_us and signal.occurred_us >= run.expires_us:
            return False
        end_us = run.started_us + objective.within_us
        return not objective.within_us or signal.occurred_us < end_us

    def _keep(self, objective: Objective, tally: Tally, way: Reached) -> None:
        run, key = self._run, objective.id
        self._run = replace(run, tallies={**run.tallies, key: tally})
        if key in run.done:
            if way.met:
                return
            self._run = without(self._run, key)
        self._moved.append((key, way.current))
        self._take_checkpoints(objective, way)

    def _take_checkpoints(self, objective: Objective, way: Reached) -> None:
        """Takes back the checkpoints that are no longer passed."""
        paid = self._run.checkpoints.get(objective.id, 0)
        fallen = [each for each in objective.checkpoints if way.current < each[0] <= paid]
        if not fallen:
            return
        own = self._passed(objective)
        self._owed += [reward for value, reward in fallen if value not in own]
        lost = {value for value, _ in fallen}
        if own & lost:
            # All that the record paid is reversed: what still stands of it will be paid again.
            self._reverses = True
            lost |= own
        left = [value for value, _ in objective.checkpoints if value < min(lost)]
        checkpoints = {**self._run.checkpoints, objective.id: max(left, default=0)}
        self._run = replace(self._run, checkpoints=checkpoints)

    def _passed(self, objective: Objective) -> set[int]:
        """The checkpoints that the record itself has passed."""
        return {
            fact.checkpoint
            for fact in self._record.facts
            if isinstance(fact, ObjectiveProgressed)
            and (fact.quest, fact.objective) == (self._quest.id, objective.id)
            and fact.checkpoint
        }

    def _say(self, objective: str, current: int, *, completed: bool) -> None:
        self._work.emit(
            self._player.player_id,
            QuestRevoked(
                rule=self._quest.rule,
                quest=self._quest.id,
                attempt=self._run.attempt,
                objective=objective,
                current=current,
                completed=completed,
            ),
        )
