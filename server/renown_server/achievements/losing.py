"""Taking achievements back: by hand, because what they ask for is not met any more, by a prestige.

Pure. What was granted stands by itself: only a hand takes it. What was earned stands as long as all
that it asks for is met. What can fall without any revocation (items, balances, badges, gauges, the
days of a running streak, the level after a prestige) is taken as met: nobody loses an achievement
for having spent what it asked for. So is what can't be subtracted: different values, sequences,
runs, windows.

Rewards are taken at today's amounts; what was drawn stays, and so do quests that were unlocked.
"""

from __future__ import annotations

import msgspec

from renown_server.achievements.holding import is_exact, resets_metrics, stands_at, tally_of
from renown_server.achievements.plan import (
    NOT_EARNED,
    Plan,
    Standpoint,
    Way,
    plan_of,
    standpoint,
    used,
)
from renown_server.achievements.rules import counts, watching
from renown_server.achievements.takeback import Taking
from renown_server.achievements.taken import Taken, replace_state
from renown_server.achievements.unlock import keep_tally, put, state_of
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.signals import Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import AchievementNotEarned, AchievementNotFound
from renown_server.inventory.standing import standing
from renown_server.profile.state import PlayerBook, PlayerState
from renown_server.progress.counting import reached, subtract
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import EMPTY_TALLY

_ALL = 2**53

_NOWHERE = Standpoint(0, 1, 0)
"""Where a player stands for whom nobody can tell."""


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
    taken = Taken(work, player_id, plan, before, taking)
    if plan.is_tiered:
        taken.tiers(0, by_hand=True)
    else:
        taken.completions(min(times or _ALL, before.times), by_hand=True)
    own = len(work.facts.get(player_id, ()))
    _take_dependants(taken)
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
    taken = Taken(work, player_id, plan, before, taking)
    if plan.is_tiered:
        floor = max(before.granted, at.tier)
        lost = floor < min(before.tier, plan.top)
        if lost:
            taken.tiers(floor, by_hand=False)
    else:
        unmet = min(used(before) - at.count, before.times - before.granted)
        lost = unmet > 0
        if lost:
            taken.completions(unmet, by_hand=False)
    if lost:
        _compare_anew(work, player_id, plan)
        # From where the last completion that is left has ended.
        at = stands_at(work, player, plan, state_of(work, player_id, achievement_id))
    taken.milestones(at)
    if lost:
        _take_dependants(taken)
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
        if plan.keeps and (plan.always or counts(plan.definition, signal)):
            _uncount(work, signal, plan)
        if lose_if_unmet(work, signal.player_id, achievement_id, taking):
            lost.append(achievement_id)
    return tuple(lost)


def lose_own(work: Work, player_id: str, achievement_id: str, taking: Taking) -> bool:
    """Takes what a revoked record itself has reached, and what is left can't be seen to reach.

    To be called when all else is taken back. Of what was earned by sums `on_revoked` knows all. Of
    the rest, what the record has unlocked is lost unless what stands now meets it without doubt: a
    highest value, different values, a run can't be subtracted.

    Returns:
        Whether anything was lost.

    Raises:
        AlreadySpent: what it gave is gone, and the policy is to refuse.
        NotLoaded: more must be known.
    """
    definition = work.catalog.progression.achievements.get(achievement_id)
    if definition is None or taking.paid is None:
        return False
    plan = plan_of(definition)
    before = state_of(work, player_id, achievement_id)
    if plan.way is Way.SUM or before == NOT_EARNED:
        return False
    player = work.slice(PlayerBook).get(player_id)
    hit = reached(definition.criteria, tally_of(work, player_id, plan), standing(work, player))
    exact = is_exact(work.catalog, plan)
    if exact and player.prestige:
        return False  # what is not there any more may have been left behind
    at = standpoint(plan, before, hit) if exact else _NOWHERE
    met = exact and hit.met
    taken = Taken(work, player_id, plan, before, taking)
    if plan.is_tiered:
        lost = taken.own_tiers(max(at.tier, before.granted))
    else:
        lost = not met and taken.own_completions()
    if not (met or plan.is_done(state_of(work, player_id, achievement_id))):
        lost = taken.own_milestones(at) or lost
    if lost:
        _compare_anew(work, player_id, plan)
        _take_dependants(taken)
    return lost


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
            replace_state(work, player.player_id, plan, before, NOT_EARNED)


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


def take_grants(
    work: Work, player_id: str, achievement_id: str, times: int, taking: Taking
) -> None:
    """Takes achievements that were granted as a reward: what was done for them stands.

    Raises:
        AlreadySpent: what they gave is gone, and the policy is to refuse.
        NotLoaded: more must be known.
    """
    plan = plan_of(work.catalog.progression.achievements[achievement_id])
    before = state_of(work, player_id, achievement_id)
    times = min(times, before.granted)
    if not times:
        return
    taken = Taken(work, player_id, plan, before, taking)
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
    _take_dependants(taken)


def _compare_anew(work: Work, player_id: str, plan: Plan) -> None:
    """Forgets that what stands has met it once."""
    tally = tally_of(work, player_id, plan)
    if plan.keeps and plan.way is Way.STANDING:
        keep_tally(work, player_id, plan, tally if any(tally.counts) else EMPTY_TALLY)


def _take_dependants(taken: Taken) -> None:
    """Takes what rests on it and is not met any more: badges, grants, other achievements."""
    work, player_id, definition = taken.work, taken.player_id, taken.plan.definition
    gone = not state_of(work, player_id, definition.id).times
    _take_badges(taken, gone=gone)
    if taken.taking.rewards:
        for achievement_id in definition.reward.achievements:
            take_grants(work, player_id, achievement_id, taken.times, taken.taking)
    lost = Signal(
        player_id,
        SignalKind.ACHIEVEMENT,
        definition.id,
        taken.times,
        taken.before.last_us,
        definition.rule,
    )
    on_revoked(work, lost, taken.taking)


def _take_badges(taken: Taken, *, gone: bool) -> None:
    work, definition = taken.work, taken.plan.definition
    less: dict[str, int] = {}
    if taken.taking.rewards:
        less = dict.fromkeys(definition.reward.badges, taken.times)
    if gone:
        key = (int(SignalKind.ACHIEVEMENT), definition.id)
        for badge_id in work.catalog.progression.listeners.badges.get(key, ()):
            if work.catalog.progression.badges[badge_id].achievement == definition.id:
                less.setdefault(badge_id, taken.times)
    taken.award_less(less)
