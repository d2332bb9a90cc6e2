"""An achievement of which something is taken: what is left, what is told, what it gave; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from renown_server.achievements.plan import Plan, Standpoint, Way, highest
from renown_server.achievements.state import note_left
from renown_server.achievements.takeback import Gift, Taking, take_gifts
from renown_server.achievements.unlock import keep_tally, put, state_of
from renown_server.catalog.achievements import Milestone
from renown_server.engine.facts import AchievementRevoked
from renown_server.engine.signals import Award, AwardKind
from renown_server.engine.work import Work
from renown_server.inventory.clawback_units import Unit
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import EMPTY_TALLY, EarnedAchievement


@dataclass(slots=True)
class Taken:
    """An achievement of which something is taken."""

    work: Work
    player_id: str
    plan: Plan
    before: EarnedAchievement
    taking: Taking
    times: int = 0
    """Completions, or tiers, that were taken: so often its rewards were paid."""

    def completions(self, times: int, *, by_hand: bool) -> None:
        """Takes completions of one without tiers, the latest ones."""
        plan, before = self.plan, self.before
        granted = min(times, before.granted) if by_hand else 0
        earned = times - granted
        whole = earned > 0 and not plan.definition.repeatable
        unit = Unit("completion", plan.definition.id)
        gifts = [self.taking.others(unit, Gift(plan.definition.reward, times=times))]
        if by_hand:
            gifts += self._on_the_way(earned)
        self.times = times
        self._finish(
            msgspec.structs.replace(
                before,
                times=before.times - times,
                granted=before.granted - granted,
                revoked=before.revoked + (earned if by_hand else 0),
                milestones=() if by_hand and whole else before.milestones,
                time_us=before.time_us - _share(plan, before, earned),
            ),
            gifts,
        )
        if by_hand and earned and plan.keeps and plan.way is Way.ANEW:
            keep_tally(self.work, self.player_id, plan, EMPTY_TALLY)

    def tiers(self, floor: int, *, by_hand: bool) -> None:
        """Takes all tiers above one."""
        plan, before = self.plan, self.before
        earned = before.tier > before.granted
        lost = [tier for tier in plan.definition.tiers if floor < tier.tier <= before.tier]
        gifts = [
            self.taking.others(
                Unit("tier", plan.definition.id, tier.tier),
                Gift(plan.definition.reward, scale_bp=tier.reward_bp),
            )
            for tier in lost
        ]
        if by_hand and earned:
            gifts += self._on_the_way(1)
        self.times = len(lost)
        after = msgspec.structs.replace(
            before,
            times=int(floor > 0),
            tier=floor,
            completed=before.completed if floor >= plan.top else 0,
            granted=min(before.granted, floor),
            revoked=highest(before) if by_hand and earned else before.revoked,
            milestones=() if by_hand and earned else before.milestones,
        )
        if plan.completions(after) < plan.completions(before):
            after = msgspec.structs.replace(after, time_us=0)
        self._finish(after, gifts)

    def milestones(self, at: Standpoint) -> None:
        """Takes milestones that are not met any more, and keeps those that are.

        A completion that is lost had them all.
        """
        plan = self.plan
        after = state_of(self.work, self.player_id, plan.definition.id)
        if plan.is_done(after) or plan.way is not Way.SUM:
            return
        lost = self.times if plan.definition.repeatable else 0
        kept, gone = [], []
        for each in plan.definition.milestones:
            paid = lost + int(each.percentage in self.before.milestones)
            met = at.current * 100 >= each.percentage * at.target
            if paid and met:
                kept.append(each.percentage)
            if paid > int(met):
                gone.append((each, paid - int(met)))
        self.take_milestones(kept, gone)

    def take_milestones(self, kept: list[int], gone: list[tuple[Milestone, int]]) -> None:
        """Keeps some milestones, and takes others as often as they were paid too much."""
        plan, taking = self.plan, self.taking
        after = state_of(self.work, self.player_id, plan.definition.id)
        if tuple(kept) == after.milestones and not gone:
            return
        after = msgspec.structs.replace(after, milestones=tuple(kept))
        put(self.work, self.player_id, plan.definition.id, _blank(after))
        gifts = []
        for each, times in gone:
            unit = Unit("milestone", plan.definition.id, each.percentage)
            gifts.append(taking.others(unit, Gift(each.reward, times=times)))
            if taking.rewards:
                self.award_less(dict.fromkeys(each.reward.badges, times))
        take_gifts(self.work, self.player_id, plan.definition, gifts, taking, after.last_us)

    def own_tiers(self, floor: int) -> bool:
        """Takes the highest tiers down to one, as far as the revoked record has reached them."""
        paid, plan, before = self.taking.paid, self.plan, self.before
        assert paid is not None
        left = before.tier
        for tier in reversed(plan.definition.tiers):
            if floor < tier.tier <= before.tier:
                if not paid.left(Unit("tier", plan.definition.id, tier.tier)):
                    break
                left = max([t.tier for t in plan.definition.tiers if t.tier < tier.tier], default=0)
        if left == before.tier:
            return False
        self.tiers(max(left, floor), by_hand=False)
        return True

    def own_completions(self) -> bool:
        """Takes completions that the revoked record has made."""
        paid, before = self.taking.paid, self.before
        assert paid is not None
        own = paid.left(Unit("completion", self.plan.definition.id))
        times = min(own, before.times - before.granted)
        if times > 0:
            self.completions(times, by_hand=False)
        return times > 0

    def own_milestones(self, at: Standpoint) -> bool:
        """Takes milestones that the revoked record has reached, unless they stand."""
        paid, definition = self.taking.paid, self.plan.definition
        assert paid is not None
        state = state_of(self.work, self.player_id, definition.id)
        gone = [
            (each, 1)
            for each in definition.milestones
            if each.percentage in state.milestones
            and at.current * 100 < each.percentage * at.target
            and paid.left(Unit("milestone", definition.id, each.percentage))
        ]
        if gone:
            lost = {each.percentage for each, _ in gone}
            self.take_milestones([each for each in state.milestones if each not in lost], gone)
        return bool(gone)

    def award_less(self, quantities: Mapping[str, int]) -> None:
        """Takes badges, as many as are there."""
        owned = self.work.slice(ProgressBook).earned(self.player_id).badges
        rule = f"revoke:{self.plan.definition.rule}"
        for badge_id, quantity in quantities.items():
            have = owned[badge_id].count if badge_id in owned else 0
            if have:
                less = -min(have, quantity)
                self.work.award(Award(self.player_id, AwardKind.BADGE, badge_id, less, rule))

    def _on_the_way(self, earned: int) -> list[Gift]:
        """What completions that were earned had paid before."""
        definition = self.plan.definition
        if definition.repeatable and not self.plan.is_tiered:
            return [Gift(each.reward, times=earned) for each in definition.milestones if earned]
        paid = self.before.milestones if earned else ()
        return [Gift(each.reward) for each in definition.milestones if each.percentage in paid]

    def _finish(self, after: EarnedAchievement, gifts: list[Gift]) -> None:
        work, player_id, plan = self.work, self.player_id, self.plan
        replace_state(work, player_id, plan, self.before, _blank(after))
        work.emit(
            player_id,
            AchievementRevoked(
                rule=self.taking.rule,
                achievement=plan.definition.id,
                times=after.times,
                tier=after.tier,
            ),
        )
        at_us = self.before.last_us
        take_gifts(work, player_id, plan.definition, gifts, self.taking, at_us)


def replace_state(
    work: Work, player_id: str, plan: Plan, before: EarnedAchievement, after: EarnedAchievement
) -> None:
    """Keeps what is left, and takes the rest from statistics, rows and what is shown."""
    achievement_id = plan.definition.id
    earned, had = plan.completions(after), plan.completions(before)
    if earned < had:
        count(
            work,
            "achievement",
            achievement_id,
            earned=earned - had,
            owners=-int(not earned),
            time_us=after.time_us - before.time_us,
            timed=plan.timed(after) - plan.timed(before),
        )
        note_left(work, player_id, achievement_id, earned)
    put(work, player_id, achievement_id, after)
    if not after.times:
        _hide(work, player_id, achievement_id)


def _hide(work: Work, player_id: str, achievement_id: str) -> None:
    """Who has not earned something does not show it."""
    earned = work.slice(ProgressBook).earned(player_id)
    honors = earned.honors
    if achievement_id in honors.achievements_showcased:
        shown = tuple([each for each in honors.achievements_showcased if each != achievement_id])
        earned.set_honors(work, msgspec.structs.replace(honors, achievements_showcased=shown))


def _blank(state: EarnedAchievement) -> EarnedAchievement:
    """What is left, without the moments of what is not."""
    if state.times:
        return state
    state = msgspec.structs.replace(state, first_us=0, last_us=0)
    return state if state.milestones else msgspec.structs.replace(state, started_us=0)


def _share(plan: Plan, state: EarnedAchievement, earned: int) -> int:
    """What completions have added to the average time: nobody knows which took how long."""
    timed = plan.timed(state)
    return state.time_us * min(earned, timed) // timed if timed else 0
