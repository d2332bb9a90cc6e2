"""Earning achievements: what is kept, told, counted and paid; pure."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from renown_server.achievements.plan import BY_DEEDS, GRANTED, NOT_EARNED, Plan, used_none
from renown_server.achievements.state import note_earned
from renown_server.catalog.achievements import Milestone, Tier
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.engine.facts import AchievementMilestoneReached, AchievementUnlocked
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.inventory.rewards import pay_freely
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import EMPTY_TALLY, EarnedAchievement, Tally

ISSUANCE = "issuance:achievement"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is earned.

    Attributes:
        rule: names it in the fact.
        at_us: when it was earned: what follows counts there.
        began_us: when the player began with it; 0 if nobody knows.
        granted: whether it is given, whatever was done for it.
        granted_by: who gave it by hand; may be empty.
    """

    rule: str
    at_us: int
    began_us: int = 0
    granted: bool = False
    granted_by: str = ""


def state_of(work: Work, player_id: str, achievement_id: str) -> EarnedAchievement:
    """What a player has earned of an achievement.

    Raises:
        NotLoaded: it was not loaded.
    """
    found = work.slice(ProgressBook).earned(player_id).achievements
    return found.get(achievement_id, NOT_EARNED)


def put(work: Work, player_id: str, achievement_id: str, state: EarnedAchievement) -> None:
    """Keeps what a player has earned of an achievement; nothing at all takes no place."""
    found = work.slice(ProgressBook).earned(player_id).edit_achievements(work)
    if state == NOT_EARNED:
        found.pop(achievement_id, None)
    else:
        found[achievement_id] = state


def keep_tally(work: Work, player_id: str, plan: Plan, tally: Tally) -> Tally:
    """Keeps what was counted; nothing at all takes no place. Returns the tally."""
    progress = work.slice(ProgressBook).progress(player_id)
    rule = plan.definition.rule
    if tally != EMPTY_TALLY:
        progress.edit_tallies(work)[rule] = tally
    elif rule in progress.tallies:
        del progress.edit_tallies(work)[rule]
    return tally


def earn(work: Work, player_id: str, plan: Plan, cause: Cause) -> EarnedAchievement:
    """Earns an achievement without tiers once more, with its rewards.

    Returns:
        What the player has earned of it now.
    """
    definition = plan.definition
    before = state_of(work, player_id, definition.id)
    after = msgspec.structs.replace(
        before,
        times=before.times + 1,
        granted=before.granted + int(cause.granted),
        milestones=() if definition.repeatable else before.milestones,
        first_us=before.first_us or cause.at_us,
        last_us=cause.at_us,
    )
    _keep(work, player_id, plan, before, after, cause)
    _tell(work, player_id, plan, cause, after.times)
    _pay(work, player_id, plan)
    return after


def reach_tier(work: Work, player_id: str, plan: Plan, tier: Tier, cause: Cause) -> None:
    """Reaches a tier, with its share of the rewards; tiers below it are left out."""
    definition = plan.definition
    before = state_of(work, player_id, definition.id)
    completed = before.completed
    if not completed and tier.tier >= plan.top:
        completed = GRANTED if cause.granted else BY_DEEDS
    after = msgspec.structs.replace(
        before,
        times=1,
        tier=tier.tier,
        completed=completed,
        granted=tier.tier if cause.granted else before.granted,
        first_us=before.first_us or cause.at_us,
        last_us=cause.at_us,
    )
    _keep(work, player_id, plan, before, after, cause)
    _tell(work, player_id, plan, cause, 1, tier.tier)
    _pay(work, player_id, plan, tier.reward_bp)


def reach_milestone(work: Work, player_id: str, plan: Plan, each: Milestone, began_us: int) -> None:
    """Notes a share of the way, and pays for it."""
    definition = plan.definition
    before = state_of(work, player_id, definition.id)
    after = msgspec.structs.replace(
        before,
        milestones=(*before.milestones, each.percentage),
        started_us=before.started_us or began_us,
    )
    put(work, player_id, definition.id, after)
    work.emit(
        player_id,
        AchievementMilestoneReached(
            rule=definition.rule,
            achievement=definition.id,
            percentage=each.percentage,
            message=each.message,
        ),
    )
    if not each.reward.is_empty:
        rule = definition.rule
        pay_freely(work, player_id, each.reward, rule=rule, counter_account=ISSUANCE)


def _keep(
    work: Work,
    player_id: str,
    plan: Plan,
    before: EarnedAchievement,
    after: EarnedAchievement,
    cause: Cause,
) -> None:
    """Keeps the state, and counts a completion in the statistics and the rows."""
    achievement_id = plan.definition.id
    if not cause.granted and not before.started_us and used_none(plan, before):
        after = msgspec.structs.replace(after, started_us=cause.began_us)
    done, already = plan.completions(after), plan.completions(before)
    if done > already:
        deltas = {"earned": 1, "owners": int(not already)}
        if plan.timed(after) > plan.timed(before):
            span_us = max(0, cause.at_us - (cause.began_us or after.started_us))
            after = msgspec.structs.replace(after, time_us=before.time_us + span_us)
            deltas |= {"time_us": span_us, "timed": 1}
        count(work, "achievement", achievement_id, **deltas)
        note_earned(work, player_id, achievement_id, done, cause.at_us)
    put(work, player_id, achievement_id, after)


def _tell(work: Work, player_id: str, plan: Plan, cause: Cause, times: int, tier: int = 0) -> None:
    definition = plan.definition
    work.emit(
        player_id,
        AchievementUnlocked(
            rule=cause.rule,
            achievement=definition.id,
            times=times,
            tier=tier,
            points=definition.points,
            started_us=cause.began_us,
            granted_by=cause.granted_by,
        ),
    )
    rule = definition.rule
    work.signal(SignalKind.ACHIEVEMENT, player_id, definition.id, 1, rule, cause.at_us)


def _pay(work: Work, player_id: str, plan: Plan, scale_bp: int = BASIS_POINTS) -> None:
    definition = plan.definition
    if not definition.reward.is_empty:
        pay_freely(
            work,
            player_id,
            definition.reward,
            rule=definition.rule,
            counter_account=ISSUANCE,
            scale_bp=scale_bp,
        )
