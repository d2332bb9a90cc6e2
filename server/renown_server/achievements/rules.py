"""What moves players towards achievements, and when they earn them; pure.

An activity looks only at definitions that it can move: the catalog's index names them. What is read
from the player's metrics keeps no count of its own; for most activities nothing is written then.
Level and prerequisites hold back the unlock only: what was done counts meanwhile.

The statistics count what players have now. What is taken back, or starts anew with a prestige, is
not in them any more; `progress_statistics`, the rows of `achievement_unlocks` and what the players
have always agree.
"""

from __future__ import annotations

from collections.abc import Mapping

from renown_server.achievements.advance import Step
from renown_server.achievements.plan import NOT_EARNED, Plan, Way, next_mark, plan_of
from renown_server.achievements.unlock import Cause, earn, reach_tier, state_of
from renown_server.catalog.achievements import Achievement
from renown_server.catalog.progression import WATCH_ALL, Watched
from renown_server.engine.signals import ActivityView, Signal
from renown_server.engine.work import Work
from renown_server.errors import AchievementNotFound, UnknownTier
from renown_server.inventory.standing import require_items, standing
from renown_server.profile.state import PlayerBook, PlayerState
from renown_server.progress.state import ProgressBook, count
from renown_server.progress.values import EarnedAchievement

_METRIC = int(Watched.METRIC)
_NOBODY: tuple[str, ...] = ()


def on_signal(work: Work, signal: Signal) -> None:
    """Moves all achievements that a signal can move, and unlocks those that are met.

    Raises:
        NotLoaded: more must be known.
    """
    found = watching(work.catalog.progression.listeners.achievements, signal)
    if not found:
        return
    work.visited += len(found)
    catalog = work.catalog.progression.achievements
    player = work.slice(PlayerBook).get(signal.player_id)
    earned = work.slice(ProgressBook).earned(signal.player_id).achievements
    metrics = player.metrics
    has_items = False
    for achievement_id in found:
        plan = plan_of(catalog[achievement_id])
        state = earned.get(achievement_id)
        metric = plan.metric
        if metric:
            # Nearly all activities of nearly all players end here.
            value = metrics.get(metric, 0)
            mark = plan.first if state is None else _mark(plan, state)
            if value < mark:
                activity = signal.activity
                # All of the value comes from this.
                if state is None and activity is not None and activity.moved.get(metric) == value:
                    count(work, "achievement", achievement_id, started=1)
                continue
        if plan.compares_items and not has_items:
            _require_items(work, signal.player_id, found)
            has_items = True
        _move(work, signal, player, plan, NOT_EARNED if state is None else state)


def _require_items(work: Work, player_id: str, found: tuple[str, ...]) -> None:
    """Checks that all items were looked at which achievements that are not done compare."""
    catalog = work.catalog.progression.achievements
    earned = work.slice(ProgressBook).earned(player_id).achievements
    asked = []
    for achievement_id in found:
        plan, state = plan_of(catalog[achievement_id]), earned.get(achievement_id, NOT_EARNED)
        if plan.compares_items and not (plan.is_done(state) or plan.is_spent(state)):
            asked.append(plan.definition.criteria)
    require_items(work, player_id, asked)


def watching(index: Mapping[tuple[int, str], tuple[str, ...]], signal: Signal) -> tuple[str, ...]:
    """The achievements that a signal can move, each once."""
    kind = int(signal.kind)
    lists = [
        each
        for key in (signal.key, WATCH_ALL)
        if (each := index.get((kind, key), _NOBODY)) is not _NOBODY
    ]
    activity = signal.activity
    if activity is not None:
        for names in (activity.moved, activity.received):
            for metric in names:
                each = index.get((_METRIC, metric), _NOBODY)
                if each is not _NOBODY and each not in lists:
                    lists.append(each)
    if not lists:
        return _NOBODY
    if len(lists) == 1:
        return lists[0]
    return tuple(dict.fromkeys([name for names in lists for name in names]))


def _mark(plan: Plan, state: EarnedAchievement) -> int:
    if plan.is_done(state):
        # Above all that metrics can hold.
        return 2**63
    return next_mark(plan, state)


def _note_start(work: Work, plan: Plan, activity: ActivityView, metrics: Mapping[str, int]) -> None:
    """Counts who begins with what is read from metrics: all of their values come from this."""
    moved = activity.moved
    if not plan.keys.isdisjoint(moved) and all(
        metrics.get(key, 0) == moved.get(key, 0) for key in plan.keys
    ):
        count(work, "achievement", plan.definition.id, started=1)


def _move(
    work: Work, signal: Signal, player: PlayerState, plan: Plan, state: EarnedAchievement
) -> None:
    """Counts a signal towards one achievement, and gives what it leads to."""
    if not plan.always and not counts(plan.definition, signal):
        return
    if state is not NOT_EARNED and plan.is_done(state) and not plan.goes_on:
        return
    if not plan.keeps and state is NOT_EARNED and signal.activity is not None:
        _note_start(work, plan, signal.activity, player.metrics)
    step = Step(work, player, plan, standing(work, player), signal.occurred_us)
    moved = step.count(signal, state) if plan.keeps else _moves(plan, signal)
    if plan.adds and step.sum < next_mark(plan, state):
        # What is counted by itself mostly ends here.
        return
    if plan.is_done(state) or plan.is_spent(state) or not (moved or _looks(plan, signal)):
        return
    step.settle(state, moved=moved)


def _moves(plan: Plan, signal: Signal) -> bool:
    """Whether a signal has moved what is read as a sum."""
    return signal.activity is not None and not plan.keys.isdisjoint(signal.activity.moved)


def _looks(plan: Plan, signal: Signal) -> bool:
    """Whether a signal that was not counted can lead to anything.

    Whatever is no activity may have opened a gate, or changed what stands.
    """
    activity = signal.activity
    return (
        activity is None or plan.way is Way.STANDING or not plan.looks_at.isdisjoint(activity.moved)
    )


def counts(definition: Achievement, signal: Signal) -> bool:
    """Whether something counts: it happened in the window, and on the platform.

    What is no activity has no platform.
    """
    if not definition.window.holds(signal.occurred_us):
        return False
    if not definition.platform or signal.activity is None:
        return True
    return signal.activity.context.get("platform") == definition.platform


def grant(
    work: Work,
    player_id: str,
    achievement_id: str,
    *,
    rule: str,
    granted_by: str = "",
    tier: int = 0,
    occurred_us: int = 0,
) -> bool:
    """Unlocks an achievement whatever it asks for, with its rewards.

    What was done meanwhile counts on: a repeatable one is earned by it as if nothing was granted.

    Args:
        work: the batch.
        player_id: who gets it.
        achievement_id: which; it may be retired.
        rule: why.
        granted_by: who grants it by hand; may be empty.
        tier: up to which tier of a tiered one; all of them when 0.
        occurred_us: when that counts; now when 0.

    Returns:
        Whether there was anything to grant: not if it is earned and cannot be earned again.

    Raises:
        AchievementNotFound: the catalog has none.
        UnknownTier: it has no such tier.
        NotLoaded: more must be known.
    """
    definition = work.catalog.progression.achievements.get(achievement_id)
    if definition is None:
        raise AchievementNotFound(achievement_id)
    plan = plan_of(definition)
    if tier and tier not in [each.tier for each in definition.tiers if plan.is_tiered]:
        raise UnknownTier("tier", f"{achievement_id} has no tier {tier}")
    state = state_of(work, player_id, achievement_id)
    cause = Cause(rule, occurred_us or work.now_us, granted=True, granted_by=granted_by)
    if plan.is_tiered:
        top = tier or plan.top
        for each in definition.tiers:
            if state.tier < each.tier <= top:
                reach_tier(work, player_id, plan, each, cause)
        return state.tier < top
    if plan.is_done(state):
        return False
    earn(work, player_id, plan, cause)
    return True
