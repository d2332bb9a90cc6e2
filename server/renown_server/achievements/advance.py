"""One achievement that a signal may move: counting, and what that leads to; pure."""

from __future__ import annotations

from dataclasses import dataclass

from renown_server.achievements.plan import (
    Plan,
    Standpoint,
    Way,
    highest,
    standpoint,
    used,
    used_none,
)
from renown_server.achievements.unlock import (
    Cause,
    earn,
    keep_tally,
    reach_milestone,
    reach_tier,
    state_of,
)
from renown_server.catalog.achievements import Achievement
from renown_server.catalog.availability import Status
from renown_server.catalog.criteria import Criteria
from renown_server.engine.facts import AchievementProgressed
from renown_server.engine.signals import Signal
from renown_server.engine.work import Work
from renown_server.profile.state import PlayerState
from renown_server.progress.counting import observe, reached, restart
from renown_server.progress.requirements import is_met
from renown_server.progress.standing import Standing
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import EMPTY_TALLY, EarnedAchievement, Tally

COMPLETIONS_MAX = 100
"""Completions of a repeatable one by one signal. More is not lost: the next signal goes on."""

CROWDED = 200
"""Signals and awards of one command that leave no room for more completions of what was completed
before: all of them follow from one activity, and too many would refuse it again and again."""


LEFT_MAX = 256
"""Counts that are kept beside those of the catalog's definitions: what the catalog has dropped may
come back with it. Beyond, a player would carry along every definition there ever was."""


@dataclass(slots=True)
class Step:
    """One achievement that a signal may move."""

    work: Work
    player: PlayerState
    plan: Plan
    standing: Standing
    at_us: int
    tally: Tally = EMPTY_TALLY

    def count(self, signal: Signal, state: EarnedAchievement) -> bool:
        """Counts the signal; returns whether it moved anything."""
        work, plan = self.work, self.plan
        progress = work.slice(ProgressBook).progress(self.player.player_id)
        rule = plan.definition.rule
        before = progress.tallies.get(rule, EMPTY_TALLY)
        after = observe(plan.definition.criteria, before, signal, self.standing)
        self.tally = after
        if after is before:
            return False
        tallies = progress.edit_tallies(work)
        tallies[rule] = after
        if len(tallies) > len(work.catalog.progression.achievements) + LEFT_MAX:
            _forget_lost(work, tallies)
        if after.started_us and not before.started_us and not state.started_us:
            count(work, "achievement", plan.definition.id, started=1)
        return True

    @property
    def sum(self) -> int:
        """What the tally's first condition has come to."""
        counts = self.tally.counts
        return counts[0] if counts else 0

    def settle(self, state: EarnedAchievement, *, moved: bool) -> None:
        """Gives what the player has come to: milestones, tiers, completions."""
        work, plan, player_id = self.work, self.plan, self.player.player_id
        definition = plan.definition
        at = self._standpoint(state)
        if moved and plan.tells_steps:
            fact = AchievementProgressed(definition.rule, definition.id, at.current, at.target)
            work.emit(player_id, fact)
        if plan.is_tiered:
            if not definition.secret:
                self._pass_milestones(at)
            self._reach_tiers(at, highest(state))
            if definition.secret and state_of(work, player_id, definition.id).times:
                self._pass_milestones(at)
            return
        for _ in range(COMPLETIONS_MAX):
            earns = (
                at.count > used(state)
                and not (state.times and work.reacted + len(work.pending) > CROWDED)
                and is_open(work, self.player, definition)
            )
            # A secret one pays nothing, and so tells nothing, before it is earned.
            if earns or state.times or not definition.secret:
                self._pass_milestones(at)
            if not earns:
                return
            state = earn(work, player_id, plan, self._cause())
            if self._has_ended(state):
                return
            at = self._standpoint(state)

    def _standpoint(self, state: EarnedAchievement) -> Standpoint:
        criteria = self.plan.definition.criteria
        return standpoint(self.plan, state, reached(criteria, self.tally, self.standing))

    def _has_ended(self, state: EarnedAchievement) -> bool:
        """Whether nothing more can follow from this signal; lets anew begin what has to."""
        plan = self.plan
        if plan.keeps and plan.way is Way.ANEW:
            tally = EMPTY_TALLY
            if not plan.is_done(state):
                tally = restart(plan.definition.criteria, self.tally)
            self.tally = keep_tally(self.work, self.player.player_id, plan, tally)
        return plan.is_done(state) or plan.is_spent(state)

    def _pass_milestones(self, at: Standpoint) -> None:
        player_id, plan = self.player.player_id, self.plan
        paid = state_of(self.work, player_id, plan.definition.id).milestones
        for each in plan.definition.milestones:
            if each.percentage not in paid and at.current * 100 >= each.percentage * at.target:
                reach_milestone(self.work, player_id, plan, each, self._began_us())

    def _reach_tiers(self, at: Standpoint, above: int) -> None:
        definition = self.plan.definition
        if at.tier <= above or not is_open(self.work, self.player, definition):
            return
        for tier in definition.tiers:
            if above < tier.tier <= at.tier:
                reach_tier(self.work, self.player.player_id, self.plan, tier, self._cause())
        if self.plan.keeps and self.plan.way is Way.ANEW and at.tier >= self.plan.top:
            keep_tally(self.work, self.player.player_id, self.plan, EMPTY_TALLY)

    def _cause(self) -> Cause:
        return Cause(self.plan.definition.rule, self.at_us, self._began_us())

    def _began_us(self) -> int:
        """When the player began with what comes next; 0 if nobody knows."""
        plan = self.plan
        state = state_of(self.work, self.player.player_id, plan.definition.id)
        if plan.way is Way.SUM and not used_none(plan, state):
            return state.last_us
        if plan.keeps:
            return self.tally.started_us
        return first_moved_us(self.player, plan.definition.criteria)


def _forget_lost(work: Work, tallies: dict[str, Tally]) -> None:
    """Forgets what was counted for what the catalog no longer defines."""
    kept = {each.rule for each in work.catalog.progression.achievements.values()}
    for rule in [rule for rule in tallies if rule not in kept]:
        del tallies[rule]


def is_open(work: Work, player: PlayerState, definition: Achievement) -> bool:
    """Whether nothing but what was done decides: not the level, not the prerequisites."""
    return definition.status is Status.ACTIVE and is_met(
        work, player, min_level=definition.min_level, achievements=definition.prerequisites
    )


def first_moved_us(player: PlayerState, criteria: Criteria) -> int:
    """When the first of the metrics that are read has moved; 0 if none has."""
    marks = player.metric_marks
    keys = [condition.key for condition in criteria.conditions]
    return min([marks[key].first_us for key in keys if key in marks], default=0)
