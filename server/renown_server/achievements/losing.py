"""Taking achievements back: by hand, because what they ask for is not met any more, by a prestige.

Pure. What was granted stands by itself: only a hand takes it. What was earned stands as long as all
that it asks for is met. What can fall without any revocation (items, balances, badges, gauges, the
days of a running streak, the level after a prestige) is taken as met: nobody loses an achievement
for having spent what it asked for. So is what can't be subtracted: different values, sequences,
runs, windows.

Rewards are taken at today's amounts; what was drawn stays, and so do quests that were unlocked.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from renown_server.achievements.holding import resets_metrics, stands_at
from renown_server.achievements.plan import (
    NOT_EARNED,
    Plan,
    Standpoint,
    Way,
    highest,
    plan_of,
    used,
)
from renown_server.achievements.rules import watching
from renown_server.achievements.state import note_left
from renown_server.achievements.takeback import Gift, Taking, take_gifts
from renown_server.achievements.unlock import keep_tally, put, state_of
from renown_server.catalog.progression import Achievement
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.facts import AchievementRevoked
from renown_server.engine.signals import Award, AwardKind, Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import AchievementNotEarned, AchievementNotFound
from renown_server.inventory.standing import standing
from renown_server.profile.state import PlayerBook, PlayerState
from renown_server.progress.counting import subtract
from renown_server.progress.state import EMPTY_TALLY, EarnedAchievement, ProgressBook, count

_ALL = 2**53


def revoke(
    work: Work, player_id: str, achievement_id: str, taking: Taking, *, times: int = 0
) -> int:
    """Takes an achievement by hand: the same progress does not earn it again.

    What was granted goes first: what was done is not asked for it. What rests on it goes, too.

    Args:
        work: the batch.
        player_id: whose.
        achievement_id: which.
        taking: why, and whether what it gave is taken.
        times: how many completions of a repeatable one; all when 0. A tiered one is taken whole.

    Returns:
        How many of the player's facts are about the achievement itself; those behind them are about
        what rested on it.

    Raises:
        AchievementNotFound: the catalog has none.
        AchievementNotEarned: there is nothing to take.
        AlreadySpent: what it gave is gone, and the policy is to refuse.
        NotLoaded: more must be known.
    """
    definition = work.catalog.progression.achievements.get(achievement_id)
    if definition is None:
        raise AchievementNotFound(achievement_id)
    plan = plan_of(definition)
    before = state_of(work, player_id, achievement_id)
    if not before.times:
        raise AchievementNotEarned(achievement_id)
    taken = _Taken(work, player_id, plan, before, taking)
    if plan.is_tiered:
        taken.tiers(0, by_hand=True)
    else:
        taken.completions(min(times or _ALL, before.times), by_hand=True)
    own = len(work.facts.get(player_id, ()))
    taken.dependants()
    return own


def lose_if_unmet(work: Work, player_id: str, achievement_id: str, taking: Taking) -> bool:
    """Takes what a player has of an achievement and what it asks for is not met any more.

    That is called when something was revoked; see the module. It takes completions with their rows,
    statistics, badges and titles, then tiers, and milestones.

    Returns:
        Whether completions or tiers were lost.

    Raises:
        AlreadySpent: what it gave is gone, and the policy is to refuse.
        NotLoaded: more must be known.
    """
    plan = plan_of(work.catalog.progression.achievements[achievement_id])
    before = state_of(work, player_id, achievement_id)
    if before == NOT_EARNED or (plan.is_tiered and before.granted >= before.tier > 0):
        return False
    player = work.slice(PlayerBook).get(player_id)
    at = stands_at(work, player, plan, before)
    taken = _Taken(work, player_id, plan, before, taking)
    if plan.is_tiered:
        floor = max(before.granted, at.tier)
        lost = floor < before.tier
        if lost:
            taken.tiers(floor, by_hand=False)
    else:
        unmet = min(used(before) - at.count, before.times - before.granted)
        lost = unmet > 0
        if lost:
            taken.completions(unmet, by_hand=False)
    if lost:
        # From where the last completion that is left has ended.
        at = stands_at(work, player, plan, state_of(work, player_id, achievement_id))
    taken.milestones(at)
    if lost:
        taken.dependants()
    return lost


def on_revoked(work: Work, signal: Signal, taking: Taking) -> tuple[str, ...]:
    """Uncounts a signal: the reverse of `rules.on_signal`, once metrics and XP are taken.

    Returns:
        The achievements of which something was lost.
    """
    found = watching(work.catalog.progression.listeners.achievements, signal)
    work.visited += len(found)
    lost = []
    for achievement_id in found:
        plan = plan_of(work.catalog.progression.achievements[achievement_id])
        if plan.keeps:
            _uncount(work, signal, plan)
        if lose_if_unmet(work, signal.player_id, achievement_id, taking):
            lost.append(achievement_id)
    return tuple(lost)


def reset(work: Work, player: PlayerState) -> None:
    """Forgets all that starts anew with a prestige: what was counted and what was earned.

    Nothing that it gave is taken. The statistics count what players have: it leaves them, and comes
    back when it is earned again. What stays and is read from metrics goes on from where a policy
    that resets metrics leaves them.
    """
    book = work.slice(ProgressBook)
    for definition in work.catalog.progression.achievements.values():
        plan = plan_of(definition)
        before = state_of(work, player.player_id, definition.id)
        if not definition.reset_on_prestige:
            if _lost_metrics(work.catalog, plan) and not plan.keeps and used(before):
                # Nothing of it has paid for a completion yet.
                after = msgspec.structs.replace(before, revoked=before.granted - before.times)
                put(work, player.player_id, definition.id, after)
            continue
        tally = book.progress(player.player_id).tallies.get(definition.rule, EMPTY_TALLY)
        if tally.started_us or before.started_us:
            count(work, "achievement", definition.id, started=-1)
        keep_tally(work, player.player_id, plan, EMPTY_TALLY)
        if before != NOT_EARNED:
            _replace(work, player.player_id, plan, before, NOT_EARNED)


def _lost_metrics(catalog: CatalogSnapshot, plan: Plan) -> bool:
    """Whether a prestige takes the sums that an achievement is read from."""
    return bool(plan.keys) and not plan.is_tiered and resets_metrics(catalog)


def _uncount(work: Work, signal: Signal, plan: Plan) -> None:
    player = work.slice(PlayerBook).get(signal.player_id)
    tallies = work.slice(ProgressBook).progress(signal.player_id).tallies
    before = tallies.get(plan.definition.rule)
    if before is None:
        return
    after = subtract(plan.definition.criteria, before, signal, standing(work, player))
    if after is not before:
        keep_tally(work, signal.player_id, plan, after)


def _replace(
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


@dataclass(slots=True)
class _Taken:
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
        gifts = [Gift(plan.definition.reward, times=times)]
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
        gifts = [Gift(plan.definition.reward, scale_bp=tier.reward_bp) for tier in lost]
        if by_hand and earned:
            gifts += self._on_the_way(1)
        self.times = len(lost)
        after = msgspec.structs.replace(
            before,
            times=int(floor > 0),
            tier=floor,
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
        plan, taking = self.plan, self.taking
        after = state_of(self.work, self.player_id, plan.definition.id)
        if plan.is_done(after) or plan.way is not Way.SUM:
            return
        lost = self.times if plan.definition.repeatable else 0
        kept, gifts = [], []
        for each in plan.definition.milestones:
            paid = lost + int(each.percentage in self.before.milestones)
            met = at.current * 100 >= each.percentage * at.target
            if paid and met:
                kept.append(each.percentage)
            if paid > int(met):
                gifts.append(Gift(each.reward, times=paid - int(met)))
        if tuple(kept) == after.milestones and not gifts:
            return
        after = msgspec.structs.replace(after, milestones=tuple(kept))
        put(self.work, self.player_id, plan.definition.id, _blank(after))
        take_gifts(self.work, self.player_id, plan.definition, gifts, taking, after.last_us)

    def dependants(self) -> None:
        """Takes what rests on it and is not met any more: badges, grants, other achievements."""
        work, player_id, definition = self.work, self.player_id, self.plan.definition
        gone = not state_of(work, player_id, definition.id).times
        self._take_badges(definition, gone=gone)
        if self.taking.rewards:
            for achievement_id in definition.reward.achievements:
                _take_grants(work, player_id, achievement_id, self.times, self.taking)
        lost = Signal(
            player_id,
            SignalKind.ACHIEVEMENT,
            definition.id,
            self.times,
            self.before.last_us,
            definition.rule,
        )
        on_revoked(work, lost, self.taking)

    def _take_badges(self, definition: Achievement, *, gone: bool) -> None:
        work, player_id = self.work, self.player_id
        owned = work.slice(ProgressBook).earned(player_id).badges
        taken: dict[str, int] = {}
        if self.taking.rewards:
            taken = dict.fromkeys(definition.reward.badges, self.times)
        if gone:
            key = (int(SignalKind.ACHIEVEMENT), definition.id)
            for badge_id in work.catalog.progression.listeners.badges.get(key, ()):
                if work.catalog.progression.badges[badge_id].achievement == definition.id:
                    taken.setdefault(badge_id, self.times)
        for badge_id, quantity in taken.items():
            have = owned[badge_id].count if badge_id in owned else 0
            if have:
                rule = f"revoke:{definition.rule}"
                less = -min(have, quantity)
                work.award(Award(player_id, AwardKind.BADGE, badge_id, less, rule))

    def _on_the_way(self, earned: int) -> list[Gift]:
        """What completions that were earned had paid before."""
        definition = self.plan.definition
        if definition.repeatable and not self.plan.is_tiered:
            return [Gift(each.reward, times=earned) for each in definition.milestones if earned]
        paid = self.before.milestones if earned else ()
        return [Gift(each.reward) for each in definition.milestones if each.percentage in paid]

    def _finish(self, after: EarnedAchievement, gifts: list[Gift]) -> None:
        work, player_id, plan = self.work, self.player_id, self.plan
        _replace(work, player_id, plan, self.before, _blank(after))
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


def _take_grants(
    work: Work, player_id: str, achievement_id: str, times: int, taking: Taking
) -> None:
    """Takes achievements that were granted as a reward."""
    plan = plan_of(work.catalog.progression.achievements[achievement_id])
    before = state_of(work, player_id, achievement_id)
    times = min(times, before.granted)
    if not times:
        return
    taken = _Taken(work, player_id, plan, before, taking)
    if plan.is_tiered:
        player = work.slice(PlayerBook).get(player_id)
        ungranted = msgspec.structs.replace(before, granted=0)
        at = stands_at(work, player, plan, ungranted)
        put(work, player_id, achievement_id, ungranted)
        if at.tier < before.tier:
            taken.tiers(at.tier, by_hand=False)
    else:
        put(work, player_id, achievement_id, before)
        taken.completions(times, by_hand=True)
    taken.dependants()
