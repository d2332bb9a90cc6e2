"""Streaks: domain → messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from renown.v1 import progression_pb2, reward_pb2
from renown.v1 import streak_service_pb2 as pb
from renown_server.catalog.openness import (
    is_open_achievement,
    is_open_badge,
    is_open_quest,
    is_open_title,
)
from renown_server.catalog.progression import Progression
from renown_server.catalog.streaks import Streak
from renown_server.engine.command import Recorded
from renown_server.engine.facts import (
    CurrencyChanged,
    ItemChanged,
    StreakFrozen,
    StreakRepaired,
)
from renown_server.errors import InvalidArgument
from renown_server.events import goods
from renown_server.inventory.definitions import fill_reward
from renown_server.inventory.render import fill_rewards
from renown_server.profile.days import EPOCH_DAY
from renown_server.streaks.views import RunView, StreakView
from renown_server.wire.timestamps import set_timestamp


def date_text(day: int) -> str:
    """A day as it is written, such as 2026-11-20."""
    return date.fromordinal(day + EPOCH_DAY).isoformat()


def day_from(text: str, field: str) -> int:
    """The day of a date.

    Raises:
        InvalidArgument: at `field`, there is no such date.
    """
    try:
        return date.fromisoformat(text).toordinal() - EPOCH_DAY
    except ValueError:
        raise InvalidArgument(field, f"{text!r} is not a date") from None


def fill_activity(message: pb.StreakActivity, streak: Streak, known: Progression) -> None:
    """What a streak can be kept in, as everybody may know it."""
    definition = message.definition
    definition.CopyFrom(progression_pb2.StreakDefinition.FromString(streak.wire))
    # To ask for a message that is not there would make it be there.
    if definition.HasField("daily_reward"):
        _keep_open(definition.daily_reward, known)
    for milestone in definition.milestones:
        if milestone.HasField("reward"):
            _keep_open(milestone.reward, known)


def _keep_open(reward: reward_pb2.Reward, known: Progression) -> None:
    for names, is_open in (
        (reward.badges, is_open_badge),
        (reward.titles, is_open_title),
        (reward.unlock_quests, is_open_quest),
        (reward.achievements, is_open_achievement),
    ):
        names[:] = [name for name in names if is_open(known, name)]


def fill_streak(message: pb.Streak, view: StreakView) -> None:
    """Where a streak stands."""
    message.streak_id = view.streak_id
    message.name = view.name
    message.current = view.current
    message.longest = view.longest
    if view.start_day:
        message.start_date = date_text(view.start_day)
    if view.last_day:
        message.last_active_date = date_text(view.last_day)
    message.active_today = view.active_today
    message.frozen_dates.extend(map(date_text, view.frozen))
    message.freezes_left = view.freezes_left
    message.at_risk = view.at_risk
    if view.breaks_us:
        set_timestamp(message.breaks_at, view.breaks_us)
    if view.goal is not None:
        message.next_milestone.days = view.goal.days
        message.next_milestone.remaining_days = view.goal.remaining_days
        fill_reward(message.next_milestone.reward, view.goal.reward)
    message.bonus_basis_points = view.bonus_bp
    if view.repair is not None:
        repair = message.repair
        for code, amount in view.repair.price:
            repair.price.add(currency=code, amount=amount)
        for each in view.repair.items:
            repair.items.add(item_id=each.item, quantity=each.quantity)
        repair.days = view.repair.days
        repair.missed_dates.extend(map(date_text, view.repair.missed))
        set_timestamp(repair.available_until, view.repair.until_us)


def fill_run(message: pb.StreakRun, run: RunView) -> None:
    """A streak from its first to its last day."""
    message.streak_id = run.streak_id
    message.start_date = date_text(run.start_day)
    message.end_date = date_text(run.end_day)
    message.length = run.length
    message.frozen_days = run.frozen_days
    if run.ended_us:
        set_timestamp(message.ended_at, run.ended_us)
        message.ended_reason = run.reason  # type: ignore[assignment]  # the values are the same


def fill_frozen(message: pb.FreezeStreakResponse, done: Recorded) -> None:
    """What a FreezeStreak did."""
    fill_streak(message.streak, done.result_as(StreakView))
    _fill_payments(message, done.facts)
    for fact in done.facts:
        if type(fact) is StreakFrozen:
            message.frozen_dates.extend(map(date_text, range(fact.from_day, fact.to_day + 1)))


def fill_repaired(message: pb.RepairStreakResponse, done: Recorded) -> None:
    """What a RepairStreak did; what was paid comes before the repair, the effects after it."""
    fill_streak(message.streak, done.result_as(StreakView))
    for place, fact in enumerate(done.facts):
        if type(fact) is StreakRepaired:
            _fill_payments(message, done.facts[:place])
            message.repaired_dates.extend(map(date_text, fact.days))
            fill_rewards(message.effects, done.facts[place + 1 :], done)


def _fill_payments(
    message: pb.FreezeStreakResponse | pb.RepairStreakResponse, facts: Iterable[Any]
) -> None:
    for fact in facts:
        if type(fact) is CurrencyChanged:
            goods.fill_currency_change(message.payments.add(), fact)
        elif type(fact) is ItemChanged:
            goods.fill_item_change(message.items.add(), fact)


def sort_key(run: RunView) -> tuple[int, int, str, int]:
    """Orders streaks: those that still run first, then the latest."""
    return (1 if run.ended_us else 0, -run.end_day, run.streak_id, -run.start_day)


def page_after(
    runs: Iterable[RunView], after: Sequence[Any], size: int
) -> tuple[list[RunView], bool]:
    """A page of streaks in their order.

    Args:
        runs: all of them.
        after: the `sort_key` behind which the page begins; empty for the first one.
        size: how many.

    Returns:
        The page, and whether there is more.
    """
    ordered = sorted(runs, key=sort_key)
    rest = [run for run in ordered if not after or sort_key(run) > tuple(after)]
    return rest[:size], len(rest) > size
