"""Activities and what they earned: domain → messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from renown.v1 import activity_service_pb2 as pb
from renown.v1 import common_pb2, reward_pb2
from renown_server.activity.body import ActivityBody
from renown_server.catalog.snapshot import ActivityType
from renown_server.engine import facts
from renown_server.engine.command import Recorded
from renown_server.engine.facts import Fact
from renown_server.events import goods, progress
from renown_server.events.convert import event_of
from renown_server.wire.timestamps import to_duration, to_timestamp

_body_decoder = msgspec.json.Decoder(ActivityBody)


def fill_result(message: pb.ActivityResult, body: ActivityBody, done: Recorded) -> None:
    """Says what an activity earned.

    A pure function of what is stored, so that a retry gets the identical answer. Fills a
    message in place: a batch answer would copy each of a thousand.
    """
    message.player_id = body.player_id
    message.activity_id = body.activity_id
    seconds, rest_us = divmod(done.recorded_at_us, 1_000_000)
    message.recorded_at.seconds = seconds
    message.recorded_at.nanos = rest_us * 1000
    message.catalog_version = done.catalog_version
    if not done.facts:
        message.already_recorded = True
        return
    message.first_sequence = done.first_sequence
    message.last_sequence = done.first_sequence + len(done.facts) - 1
    for fact in done.facts:
        add = _ADDERS.get(type(fact))
        if add is not None:
            add(message, fact)


def _add_xp(message: pb.ActivityResult, fact: facts.XpGained) -> None:
    xp = message.xp
    if not xp.level:
        xp.level_before = fact.level_before
    # What was drawn may give more.
    xp.amount += fact.amount
    xp.base += fact.base
    xp.total = fact.total
    xp.level = fact.level


def _add_level(message: pb.ActivityResult, fact: facts.LevelUp) -> None:
    message.level_ups.add(level=fact.level, prestige=fact.prestige)
    if message.HasField("xp"):
        # Levels that were held back follow when what they ask for is earned.
        message.xp.level = max(message.xp.level, fact.level)


def _add_metric(message: pb.ActivityResult, fact: facts.MetricMoved) -> None:
    message.metrics.add(metric=fact.metric, amount=fact.amount, total=fact.total)


def _add_currency(message: pb.ActivityResult, fact: facts.CurrencyChanged) -> None:
    goods.fill_currency_change(message.currencies.add(), fact)


def _add_score(message: pb.ActivityResult, fact: facts.ScoreChanged) -> None:
    goods.fill_score_change(message.scores.add(), fact)


def _add_item(message: pb.ActivityResult, fact: facts.ItemChanged) -> None:
    goods.fill_item_change(message.items.add(), fact)


def _add_multiplier(message: pb.ActivityResult, fact: facts.MultiplierGranted) -> None:
    goods.fill_multiplier(message.multipliers.add(), fact)


def _add_draw(message: pb.ActivityResult, fact: facts.LootDrawn) -> None:
    goods.fill_draw(message.draws.add(), fact, message.catalog_version)


def _add_mail(message: pb.ActivityResult, fact: facts.MailReceived) -> None:
    mail = message.mail.add()
    goods.fill_mail(mail, fact, 0)
    mail.sent_at.CopyFrom(message.recorded_at)


def _add_progress(message: pb.ActivityResult, fact: Fact) -> None:
    progress.add_change(message.progress, fact)


_ADDERS: dict[type[Fact], Callable[[pb.ActivityResult, Any], None]] = {
    **dict.fromkeys(progress.CHANGES, _add_progress),
    facts.XpGained: _add_xp,
    facts.LevelUp: _add_level,
    facts.MetricMoved: _add_metric,
    facts.CurrencyChanged: _add_currency,
    facts.ScoreChanged: _add_score,
    facts.ItemChanged: _add_item,
    facts.LootDrawn: _add_draw,
    facts.MailReceived: _add_mail,
    facts.MultiplierGranted: _add_multiplier,
}


def stored_activity(request: str) -> ActivityBody:
    """An activity as it was stored."""
    return _body_decoder.decode(request)


def activity(body: ActivityBody) -> pb.Activity:
    """An activity as it was recorded."""
    message = pb.Activity(
        player_id=body.player_id,
        activity_id=body.activity_id,
        type=body.type,
        metrics=body.metrics,
        context=body.context,
        reference_type=body.reference_type,
        reference_id=body.reference_id,
        description=body.description,
        amount=body.amount,
    )
    if body.occurred_at_us is not None:
        message.occurred_at.CopyFrom(to_timestamp(body.occurred_at_us))
    if body.perfect or body.first_try:
        message.performance.perfect = body.perfect
        message.performance.first_try = body.first_try
    if body.time_us is not None:
        message.performance.time.CopyFrom(to_duration(body.time_us))
    if body.expected_time_us is not None:
        message.performance.expected_time.CopyFrom(to_duration(body.expected_time_us))
    return message


def explained(body: ActivityBody, done: Recorded) -> list[pb.ExplainedFact]:
    """Why each fact happened, in order."""
    return [
        _explained(body, done, done.first_sequence + place, fact)
        for place, fact in enumerate(done.facts)
    ]


def _explained(body: ActivityBody, done: Recorded, sequence: int, fact: Any) -> pb.ExplainedFact:
    event = event_of(
        body.player_id,
        sequence,
        done.recorded_at_us,
        done.catalog_version,
        body.activity_id,
        fact,
    )
    message = pb.ExplainedFact(event=event, rule=fact.rule, inputs=_inputs(body, fact))
    for source, basis_points in getattr(fact, "multipliers", ()):
        message.multipliers.append(common_pb2.Multiplier(source=source, basis_points=basis_points))
    return message


def _inputs(body: ActivityBody, fact: Any) -> dict[str, str]:
    """The values the rule looked at."""
    match fact:
        case facts.ActivityRecorded():
            return {f"context.{key}": value for key, value in body.context.items()}
        case facts.MetricMoved():
            return {f"metrics.{key}": str(amount) for key, amount in body.metrics.items()}
        case facts.XpGained():
            inputs = {"base": str(fact.base), "level_before": str(fact.level_before)}
            if fact.uncapped >= 0:
                inputs["before_caps"] = str(fact.uncapped)
            if body.amount:
                inputs["amount"] = str(body.amount)
            return inputs
        case facts.LevelUp():
            return {"level": str(fact.level), "prestige": str(fact.prestige)}
        case facts.CurrencyChanged():
            return {
                "counter_account": fact.counter_account,
                "balance_before": str(fact.balance_after - fact.amount),
            }
        case facts.ScoreChanged():
            return {"score_before": str(fact.score_before)}
        case facts.ItemChanged():
            return {
                "counter_account": fact.counter_account,
                "quantity_before": str(fact.quantity_after - fact.amount),
            }
        case facts.LootDrawn():
            return {
                "roll": str(fact.roll),
                "total_weight": str(fact.total_weight),
                "pity_before": str(fact.pity_before),
            }
        case facts.RewardOverflowed():
            return {"policy": fact.policy}
        case _:
            return _progress_inputs(fact)


def _progress_inputs(fact: Any) -> dict[str, str]:
    """The same of facts about progress."""
    match fact:
        case facts.AchievementProgressed():
            return {"current": str(fact.current), "target": str(fact.target)}
        case facts.AchievementMilestoneReached():
            return {"percentage": str(fact.percentage)}
        case facts.AchievementUnlocked():
            return {"times_before": str(max(0, fact.times - 1)), "tier": str(fact.tier)}
        case facts.BadgeChanged():
            return {
                "counter_account": fact.counter_account,
                "quantity_before": str(fact.quantity_after - fact.quantity),
            }
        case facts.StreakAdvanced():
            return {"day": progress.date_of(fact.day), "current": str(fact.current)}
        case facts.StreakBroken():
            return {"start_day": progress.date_of(fact.start_day), "length": str(fact.length)}
        case facts.StreakMilestoneReached():
            return {"start_day": progress.date_of(fact.start_day), "days": str(fact.days)}
        case facts.ObjectiveProgressed():
            return {"current": str(fact.current), "required": str(fact.required)}
        case facts.QuestStarted() | facts.QuestClaimed():
            return {"attempt": str(fact.attempt)}
        case facts.QuestCompleted():
            return {"attempt": str(fact.attempt), "times_before": str(fact.times - 1)}
        case _:
            return {}


def activity_type(kind: ActivityType) -> pb.ActivityTypeInfo:
    """What players and games may know of an activity type."""
    return pb.ActivityTypeInfo(
        id=kind.id,
        name=kind.name,
        description=kind.description,
        base_xp=kind.base_xp,
        metrics=kind.moves,
        cooldown=to_duration(kind.cooldown_us) if kind.cooldown_us else None,
        daily_cap=kind.daily_cap,
        client_reportable=kind.client_reportable,
        items=[reward_pb2.ItemAmount(item_id=i.item, quantity=i.quantity) for i in kind.items],
        loot=[reward_pb2.LootRoll(table_id=roll.table, rolls=roll.rolls) for roll in kind.loot],
    )
