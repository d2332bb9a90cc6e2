"""The way of an activity: what moves what, in order; pure.

metrics → streaks → XP and level → currencies, items and level rewards → boards. What it does to
achievements, badges and quests, and what those give, are reactions to the signals it leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from renown_server.activity import limits
from renown_server.activity.body import ActivityBody
from renown_server.badges.bonuses import NO_BONUSES, Bonuses, bonuses
from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS
from renown_server.catalog.snapshot import ActivityType, XpRange
from renown_server.currency import rules as currency
from renown_server.engine.facts import ActivityRecorded, XpGained
from renown_server.engine.signals import ActivityView, SignalKind
from renown_server.engine.work import Work
from renown_server.errors import (
    InvalidContext,
    OccurredAtOutOfRange,
    UnknownActivityType,
    UnknownMetric,
)
from renown_server.inventory import giving, rewards
from renown_server.inventory.spill import Spill
from renown_server.leaderboards.entries import submit
from renown_server.profile import metrics, multipliers
from renown_server.profile.experience import gain_xp
from renown_server.profile.rules import ensure_player
from renown_server.profile.state import PlayerState
from renown_server.profile.xp import Factor, active_boosts, is_fast, per_unit
from renown_server.progress.gates import highest_level
from renown_server.streaks import rules as streaks

FUTURE_MAX_US = 60_000_000
"""How far ahead of the server's clock an activity may lie: 60 s."""

BADGES = "badges"
"""Names equipped badges, as a source of XP and as the cause of the money they add."""

_NO_METRICS: Mapping[str, int] = {}


@dataclass(slots=True)
class _Activity:
    """An activity on its way: the request, what it resolves to, what it moved, what raises it."""

    body: ActivityBody
    kind: ActivityType
    player: PlayerState
    occurred_us: int
    moved: Mapping[str, int]
    bonuses: Bonuses = NO_BONUSES


def run(work: Work, body: ActivityBody) -> None:
    """Decides everything an activity earns.

    Raises:
        RenownError: it is refused.
    """
    kind = work.catalog.activity_types.get(body.type)
    if kind is None:
        raise UnknownActivityType("activity.type", f"the catalog has no type {body.type!r}")
    occurred_us = _occurred_us(work, body)
    moved = _moved(work, kind, body)
    player = ensure_player(work, body.player_id, kind.rule)
    limited = limits.has_limits(kind)
    if limited:
        limits.check_use(player, kind, occurred_us)
    activity = _Activity(body, kind, player, occurred_us, moved)
    work.occurred_us = occurred_us
    work.touch(player)
    player.last_active_us = work.now_us
    work.emit(
        player.player_id,
        ActivityRecorded(
            rule=kind.rule,
            activity_id=body.activity_id,
            activity_type=kind.id,
            occurred_at_us=occurred_us,
        ),
    )
    metrics.move(work, player, moved, occurred_us, kind.rule)
    progression, streak_bp = work.catalog.progression, BASIS_POINTS
    if kind.id in progression.listeners.streaks:
        streak_bp = streaks.record_day(work, player, kind.id, occurred_us, kind.rule)
    if progression.badges:
        activity.bonuses = bonuses(work, player.player_id)
    gained = _gain_xp(work, activity, streak_bp)
    if limited:
        limits.note_use(work, player, kind, occurred_us, gained.amount if gained else 0)
    _pay(work, activity)
    _score(work, activity, gained)
    if work.catalog.listens and work.listens(SignalKind.ACTIVITY, kind.id):
        _tell(work, activity)


def _occurred_us(work: Work, body: ActivityBody) -> int:
    if body.occurred_at_us is None:
        return work.now_us
    late_us = work.now_us - body.occurred_at_us
    if late_us > work.catalog.lateness_max_us or late_us < -FUTURE_MAX_US:
        hours = work.catalog.lateness_max_us // 3_600_000_000
        raise OccurredAtOutOfRange(
            "activity.occurred_at", f"must lie within the last {hours} h and not in the future"
        )
    return body.occurred_at_us


def _moved(work: Work, kind: ActivityType, body: ActivityBody) -> Mapping[str, int]:
    """The metrics that move, and by how much: what was sent and what is counted."""
    if not body.metrics and not kind.counts:
        return _NO_METRICS
    moved = _sent(work, kind, body) if body.metrics else {}
    for metric, unit in kind.counts:
        moved[metric] = moved.get(metric, 0) + unit
    return moved


def _sent(work: Work, kind: ActivityType, body: ActivityBody) -> dict[str, int]:
    for metric in body.metrics:
        if metric not in kind.metrics:
            raise UnknownMetric(
                f'activity.metrics["{metric}"]', f"{kind.id} does not take {metric!r}"
            )
    # A protobuf map has no order of its own, and facts need one.
    return {
        metric: amount
        for metric, amount in sorted(body.metrics.items())
        if amount or metrics.counts_zero(work.catalog.metrics, metric)
    }


def _gain_xp(work: Work, activity: _Activity, streak_bp: int) -> XpGained | None:
    body, kind = activity.body, activity.kind
    player, percent_bp = activity.player, activity.bonuses.xp_percent_bp
    return gain_xp(
        work,
        player,
        _base_xp(activity),
        rule=kind.rule,
        perfect=body.perfect,
        fast=is_fast(body.time_us, body.expected_time_us),
        first_try=body.first_try,
        streak_bp=streak_bp,
        boosts=_boosts(activity) if kind.boosts or player.multipliers else (),
        others=((BADGES, BASIS_POINTS + percent_bp),) if percent_bp else (),
        at_most=(
            limits.xp_left_today(player, kind, activity.occurred_us) if kind.daily_xp_cap else None
        ),
        level_max=(
            highest_level(work, player)
            if work.catalog.progression.level_achievements
            else AMOUNT_MAX
        ),
    )


def _boosts(activity: _Activity) -> tuple[Factor, ...]:
    """What multiplied XP when it happened: for everybody, and for the player."""
    kind, player = activity.kind, activity.player
    at_us = activity.occurred_us
    return active_boosts(kind.boosts, at_us) + multipliers.acting(player, at_us)


def _base_xp(activity: _Activity) -> int:
    kind = activity.kind
    base = kind.base_xp
    for rate in kind.xp_rates:
        base += per_unit(rate.amount, activity.moved.get(rate.metric, 0), rate.scale)
    if kind.xp_range is not None:
        base += _chosen(kind.xp_range, activity.body)
    if base:
        # Badges raise what is earned: an activity that gives no XP gives none with them.
        base += activity.bonuses.xp_flat
    return min(base, AMOUNT_MAX)


def _chosen(bounds: XpRange, body: ActivityBody) -> int:
    if bounds.context_key and bounds.context_key in body.context:
        value = body.context[bounds.context_key]
        if value not in bounds.by_context:
            raise InvalidContext(
                f'activity.context["{bounds.context_key}"]',
                f"must be one of {', '.join(sorted(bounds.by_context))}",
            )
        return bounds.by_context[value]
    if not body.amount:
        return bounds.min
    if not bounds.min <= body.amount <= bounds.max:
        raise InvalidContext("activity.amount", f"must be between {bounds.min} and {bounds.max}")
    return body.amount


def _pay(work: Work, activity: _Activity) -> None:
    """Pays all of it, but for what finds no room anywhere: nothing of it refuses an activity.

    Only money does whose overflow the catalog says to refuse.
    """
    kind = activity.kind
    spill = Spill(drops=True)
    for code, amount in _wages(activity):
        _issue(work, activity, code, amount, kind.rule, spill)
    if activity.bonuses is not NO_BONUSES:
        for code, amount in _extra(activity):
            _issue(work, activity, code, amount, BADGES, spill)
    player_id = activity.player.player_id
    for each in kind.items:
        giving.give_item(
            work,
            player_id,
            work.catalog.items[each.item],
            each.quantity,
            counter_account=currency.ISSUANCE_ACTIVITY,
            rule=kind.rule,
            spill=spill,
        )
    rewards.pay_levels(work, activity.player, spill=spill, strict=True)
    if kind.loot:
        rewards.pay_loot(work, player_id, kind.loot, rule=kind.rule, spill=spill)
    spill.send(work, player_id, kind.rule)


def _wages(activity: _Activity) -> Iterator[tuple[str, int]]:
    """The money that its type gives: (currency, minor units)."""
    kind = activity.kind
    yield from kind.currencies
    if kind.xp_range is not None and kind.xp_range.currency:
        yield kind.xp_range.currency, _chosen(kind.xp_range, activity.body)
    for rate in kind.currency_rates:
        amount = per_unit(rate.amount, activity.moved.get(rate.metric, 0), rate.scale)
        if amount:
            yield rate.currency, amount


def _extra(activity: _Activity) -> Iterator[tuple[str, int]]:
    """What badges add to that: their flat amount, and a share of all of it, rounded down."""
    flat, percent_bp = activity.bonuses.currency_flat, activity.bonuses.currency_percent_bp
    wages: dict[str, int] = {}
    for code, amount in _wages(activity):
        wages[code] = wages.get(code, 0) + amount
    for code, amount in wages.items():
        raised = amount + flat.get(code, 0)
        raised += raised * percent_bp.get(code, 0) // BASIS_POINTS
        if raised > amount:
            yield code, raised - amount


def _issue(
    work: Work, activity: _Activity, code: str, amount: int, rule: str, spill: Spill
) -> None:
    giving.pay_currency(
        work,
        activity.player.player_id,
        code,
        amount,
        counter_account=currency.ISSUANCE_ACTIVITY,
        rule=rule,
        spill=spill,
        strict=True,
    )


def _score(work: Work, activity: _Activity, gained: XpGained | None) -> None:
    player_id = activity.player.player_id
    rule = activity.kind.rule
    if gained is not None and gained.amount:
        for board in work.catalog.boards_on_xp:
            submit(work, player_id, board, gained.amount, activity.occurred_us, rule)
    on_metric = work.catalog.boards_on_metric
    for metric, amount in activity.moved.items():
        for board in on_metric.get(metric, ()):
            submit(work, player_id, board, amount, activity.occurred_us, rule)


def _tell(work: Work, activity: _Activity) -> None:
    """Leaves the signal that an activity was recorded."""
    body, kind = activity.body, activity.kind
    view = ActivityView(
        activity_type=kind.id,
        context=body.context,
        perfect=body.perfect,
        first_try=body.first_try,
        time_us=body.time_us,
        expected_us=body.expected_time_us,
        reference_id=body.reference_id,
        moved=activity.moved,
        received=body.metrics,
    )
    player_id = activity.player.player_id
    work.signal(SignalKind.ACTIVITY, player_id, kind.id, 1, kind.rule, activity=view)
