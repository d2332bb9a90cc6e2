"""Moving the objectives of an attempt; pure."""

from __future__ import annotations

from msgspec.structs import replace

from renown_server.catalog.criteria import RequirementType
from renown_server.catalog.quests import Objective, Quest
from renown_server.engine.facts import ObjectiveProgressed
from renown_server.engine.signals import Signal
from renown_server.engine.work import Work
from renown_server.inventory.standing import standing
from renown_server.profile.state import PlayerState
from renown_server.progress.counting import Reached, observe, reached
from renown_server.progress.plans import Shape
from renown_server.progress.plans import plan_of as plan_of_criteria
from renown_server.progress.values import EMPTY_TALLY, QuestRun, Tally
from renown_server.quests.completing import complete
from renown_server.quests.plan import plan_of
from renown_server.quests.rewarding import pay_freely
from renown_server.quests.runs import is_complete, is_open, set_run

_STANDING = (RequirementType.THRESHOLD, RequirementType.COLLECTION, RequirementType.STREAK)
"""What may be reached already when an objective opens."""


class Step:
    """An attempt while something is done to it; `end` keeps what came of it.

    Attributes:
        work: the batch.
        player: whose attempt.
        quest: of what.
        run: the attempt.
        at_us: when what is done happened, by which objectives are open or not.
        before: the attempt as it was.
        sequence: the player's latest event before the command.
        standing: the player's current values.
    """

    __slots__ = ("at_us", "before", "player", "quest", "run", "sequence", "standing", "work")

    def __init__(
        self, work: Work, player: PlayerState, quest: Quest, run: QuestRun, at_us: int
    ) -> None:
        self.work = work
        self.player = player
        self.quest = quest
        self.run = self.before = run
        self.at_us = at_us
        self.sequence = player.sequence
        self.standing = standing(work, player)

    def open(self) -> tuple[Objective, ...]:
        """The objectives for which something counts now."""
        quest, run, at_us = self.quest, self.run, self.at_us
        if not (run.done or run.completed_us) and plan_of(quest).is_free:
            return quest.objectives
        return tuple([each for each in quest.objectives if is_open(quest, each, run, at_us)])

    def observe(self, objective: Objective, signal: Signal) -> bool:
        """Counts a signal for an objective.

        Returns:
            Whether it counted: it moved what is kept, or reached what is not.
        """
        before = self.run.tallies.get(objective.id, EMPTY_TALLY)
        after = observe(objective.criteria, before, signal, self.standing)
        moved = after is not before
        if moved and not self.run.imperfect:
            activity = signal.activity
            if activity is not None and not activity.perfect:
                self.run = replace(self.run, imperfect=True)
        return self.move(objective, after, moved=moved)

    def move(self, objective: Objective, tally: Tally, *, moved: bool) -> bool:
        """Sets how far an objective is, pays its checkpoints, and says so.

        Returns:
            Whether it is farther than before.
        """
        run, key = self.run, objective.id
        if moved:
            self.run = run = replace(run, tallies={**run.tallies, key: tally})
            if self._is_on_the_way(objective, tally):
                return True
        way = reached(objective.criteria, tally, self.standing)
        if way.met:
            after, _ = run.spans.get(key, (run.sequence, 0))
            self.run = replace(
                run,
                done={**run.done, key: min(self.work.now_us, max(self.at_us, run.started_us))},
                spans={**run.spans, key: (after, self.sequence + 1)},
            )
        passed = self._pass_checkpoints(objective, way)
        if way.met or (moved and objective.progress_events and not passed):
            self._say(objective, way, completed=way.met)
        return moved or way.met

    def _is_on_the_way(self, objective: Objective, tally: Tally) -> bool:
        """Whether nothing follows from one sum that has moved: what nearly all of them come to."""
        if objective.progress_events or tally.met_us or not tally.counts:
            return False
        criteria = objective.criteria
        if plan_of_criteria(criteria, self.standing.catalog).shape is not Shape.PLAIN:
            return False
        current = tally.counts[0]
        if current >= criteria.conditions[0].value:
            return False
        if not objective.checkpoints:
            return True
        paid = self.run.checkpoints.get(objective.id, 0)
        return not any(paid < value <= current for value, _ in objective.checkpoints)

    def _pass_checkpoints(self, objective: Objective, way: Reached) -> bool:
        paid = self.run.checkpoints.get(objective.id, 0)
        passed = [
            (value, reward)
            for value, reward in objective.checkpoints
            if paid < value and (way.met or value <= way.current)
        ]
        for value, reward in passed:
            checkpoints = {**self.run.checkpoints, objective.id: value}
            self.run = replace(self.run, checkpoints=checkpoints)
            self._say(objective, way, checkpoint=value)
            pay_freely(self.work, self.player.player_id, self.quest.rule, reward)
        return bool(passed)

    def _say(
        self, objective: Objective, way: Reached, *, completed: bool = False, checkpoint: int = 0
    ) -> None:
        self.work.emit(
            self.player.player_id,
            ObjectiveProgressed(
                rule=self.quest.rule,
                quest=self.quest.id,
                objective=objective.id,
                current=min(way.current, way.target) if completed else way.current,
                required=way.target,
                completed=completed,
                checkpoint=checkpoint,
            ),
        )

    def settle(self, known: tuple[Objective, ...], *, started: bool = False) -> None:
        """Opens what can be opened, looks what of it is reached already, and completes the quest.

        What opened something does not count for it: it would count twice.

        Args:
            known: what was open before.
            started: whether the attempt has only begun: what begins it counts for all of it.
        """
        if not started and self.run.done is self.before.done:
            # Objectives are opened by others that are done.
            self.end()
            return
        seen = {each.id for each in known}
        while new := [each for each in self.open() if each.id not in seen]:
            for objective in new:
                seen.add(objective.id)
                if not started and objective.id not in self.run.spans:
                    spans = {**self.run.spans, objective.id: (self.sequence + 1, 0)}
                    self.run = replace(self.run, spans=spans)
                if objective.criteria.type in _STANDING:
                    tally = self.run.tallies.get(objective.id, EMPTY_TALLY)
                    self.move(objective, tally, moved=False)
        self.end()

    def end(self) -> None:
        """Keeps what has changed, and completes the quest if nothing is left to do."""
        if is_complete(self.quest, self.run):
            self.run = complete(self.work, self.player, self.quest, self.run)
        elif self.run is not self.before:
            set_run(self.work, self.player.player_id, self.quest, self.run)


def count_signal(
    work: Work,
    player: PlayerState,
    quest: Quest,
    run: QuestRun,
    signal: Signal,
    objectives: frozenset[str],
) -> None:
    """Counts a signal for those of an attempt's objectives that it may move.

    Args:
        work: the batch.
        player: whose attempt.
        quest: of what.
        run: the attempt.
        signal: what happened.
        objectives: ids of those that watch it.
    """
    step = Step(work, player, quest, run, signal.occurred_us)
    known = step.open()
    moved = False
    for objective in known:
        if objective.id in objectives:
            moved = step.observe(objective, signal) or moved
    if moved:
        step.settle(known)


def would_count(
    work: Work,
    player: PlayerState,
    quest: Quest,
    run: QuestRun,
    signal: Signal,
    objectives: frozenset[str],
) -> bool:
    """Whether a signal would count for an attempt that has only begun."""
    now = standing(work, player)
    for objective in quest.objectives:
        if objective.id not in objectives or not is_open(quest, objective, run, signal.occurred_us):
            continue
        criteria = objective.criteria
        tally = observe(criteria, EMPTY_TALLY, signal, now)
        if tally is not EMPTY_TALLY or reached(criteria, tally, now).met:
            return True
    return False
