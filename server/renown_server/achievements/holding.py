"""Whether what a player has earned is still met, after something was revoked; pure."""

from __future__ import annotations

import msgspec

from renown_server.achievements.plan import Plan, Standpoint, Way, standpoint, used
from renown_server.catalog.criteria import (
    Condition,
    Logic,
    RequirementType,
    Stat,
    Subject,
    TimeFrame,
)
from renown_server.catalog.progression import Reset
from renown_server.catalog.snapshot import CatalogSnapshot, MetricAggregation
from renown_server.engine.work import Work
from renown_server.inventory.standing import standing
from renown_server.profile.state import PlayerState
from renown_server.progress.counting import reached
from renown_server.progress.requirements import is_met
from renown_server.progress.standing import Standing
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import EMPTY_TALLY, EarnedAchievement, Tally

_SUBTRACTED = (MetricAggregation.COUNTER, MetricAggregation.AVERAGE)


def stands_at(work: Work, player: PlayerState, plan: Plan, state: EarnedAchievement) -> Standpoint:
    """Where a player stands, by what can only fall because something was revoked.

    Raises:
        NotLoaded: more must be known.
    """
    definition = plan.definition
    level = 0 if player.prestige else definition.min_level
    open_ = is_met(work, player, min_level=level, achievements=definition.prerequisites)
    now = standing(work, player)
    hit = reached(definition.criteria, tally_of(work, player.player_id, plan), now)
    at = standpoint(plan, state, hit)
    if not open_:
        return Standpoint(at.current, at.target, 0)
    if player.prestige and plan.keys and resets_metrics(work.catalog):
        if plan.keeps or plan.is_tiered:
            # Some of what has earned it is gone without any revocation.
            return Standpoint(at.current, at.target, used(state), max(state.tier, at.tier))
        return at
    if plan.way is Way.SUM:
        return at
    if plan.way is Way.ANEW or _still_met(work.catalog, plan, now, [each.met for each in hit[3]]):
        return Standpoint(at.current, at.target, used(state), max(state.tier, at.tier))
    return at


def _still_met(catalog: CatalogSnapshot, plan: Plan, now: Standing, met: list[bool]) -> bool:
    criteria = plan.definition.criteria
    still = [
        known or _falls_by_itself(catalog, condition, now)
        for known, condition in zip(met, criteria.conditions, strict=True)
    ]
    if criteria.type is RequirementType.COLLECTION:
        return sum(still) >= criteria.required
    return any(still) if criteria.logic is Logic.ANY else all(still)


def _falls_by_itself(catalog: CatalogSnapshot, condition: Condition, now: Standing) -> bool:
    """Whether it can be unmet without any revocation, so that nothing follows from that."""
    match condition.subject:
        case Subject.ACHIEVEMENT | Subject.QUEST:
            return False
        case Subject.METRIC:
            metric = catalog.metrics[condition.key]
            plain = not condition.filters and condition.frame is TimeFrame.ALL
            return not plain or metric.aggregation is not MetricAggregation.COUNTER
        case Subject.STREAK:
            return now.streak(condition.key, best=True) >= condition.value
        case Subject.STAT:
            reset = condition.stat is Stat.LEVEL and now.player.prestige > 0
            return reset or condition.stat is Stat.BADGES
        case _:
            return True


def tally_of(work: Work, player_id: str, plan: Plan) -> Tally:
    """What was counted; what stands is compared anew, whatever it met once."""
    tallies = work.slice(ProgressBook).progress(player_id).tallies
    tally = tallies.get(plan.definition.rule, EMPTY_TALLY)
    if plan.way is Way.STANDING and tally.met_us:
        return msgspec.structs.replace(tally, met_us=0)
    return tally


def is_exact(catalog: CatalogSnapshot, plan: Plan) -> bool:
    """Whether what stands now tells if criteria that are no sums are met without a revoked record.

    It does not if something of it can't be subtracted, or was forgotten when it was met.
    """
    if plan.way is Way.ANEW:
        return False
    return all(
        condition.subject is not Subject.METRIC
        or catalog.metrics[condition.key].aggregation in _SUBTRACTED
        for condition in plan.definition.criteria.conditions
    )


def resets_metrics(catalog: CatalogSnapshot) -> bool:
    """Whether a prestige takes the metrics."""
    policy = catalog.progression.prestige
    return policy is not None and Reset.METRICS in policy.resets
