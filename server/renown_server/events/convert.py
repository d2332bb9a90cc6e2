"""Facts as `renown.v1.Event` messages: one table, by class of fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from renown.v1 import common_pb2, event_pb2, trade_service_pb2
from renown_server.engine import facts
from renown_server.events import achieved, goods
from renown_server.events.state import Entry, UnknownFact, type_of
from renown_server.wire.timestamps import to_timestamp


def event_of(
    player_id: str,
    sequence: int,
    recorded_at_us: int,
    catalog_version: int,
    command_id: str,
    fact: facts.Fact | UnknownFact,
) -> event_pb2.Event:
    """One fact as an event. A fact of a newer release has its type and no payload.

    Args:
        player_id: whose fact it is.
        sequence: its place among the player's events; 0 if it was simulated.
        recorded_at_us: when it was committed, microseconds since 1970.
        catalog_version: the catalog that decided.
        command_id: the activity or request that caused it.
        fact: what happened.
    """
    return event_pb2.Event(
        player_id=player_id,
        sequence=sequence,
        recorded_at=to_timestamp(recorded_at_us),
        type=type_of(fact),
        command_id=command_id,
        catalog_version=catalog_version,
        **_payload(fact),
    )


def events_of(entry: Entry, accepts: Callable[[str], bool]) -> list[event_pb2.Event]:
    """The events of an entry whose types are accepted, in order."""
    return [
        event_of(
            entry.player_id,
            sequence,
            entry.recorded_at_us,
            entry.catalog_version,
            entry.command_id,
            fact,
        )
        for sequence, fact in enumerate(entry.facts, start=entry.first_sequence)
        if accepts(type_of(fact))
    ]


def _payload(fact: facts.Fact | UnknownFact) -> dict[str, Any]:
    if isinstance(fact, UnknownFact):
        return {}
    field, make = PAYLOADS[type(fact)]
    return {field: make(fact)}


def _player_created(fact: facts.PlayerCreated) -> event_pb2.PlayerCreated:
    return event_pb2.PlayerCreated(username=fact.username)


def _activity_recorded(fact: facts.ActivityRecorded) -> event_pb2.ActivityRecorded:
    return event_pb2.ActivityRecorded(
        activity_id=fact.activity_id,
        type=fact.activity_type,
        occurred_at=to_timestamp(fact.occurred_at_us),
    )


def _metric_moved(fact: facts.MetricMoved) -> event_pb2.MetricMoved:
    return event_pb2.MetricMoved(metric=fact.metric, amount=fact.amount, total=fact.total)


def _xp_gained(fact: facts.XpGained) -> event_pb2.XpGained:
    return event_pb2.XpGained(
        amount=fact.amount,
        base=fact.base,
        total=fact.total,
        level=fact.level,
        source=fact.rule,
        level_before=fact.level_before,
    )


def _level_up(fact: facts.LevelUp) -> common_pb2.LevelUp:
    return common_pb2.LevelUp(level=fact.level, prestige=fact.prestige)


def _currency_changed(fact: facts.CurrencyChanged) -> common_pb2.CurrencyChange:
    message = common_pb2.CurrencyChange()
    goods.fill_currency_change(message, fact)
    return message


def _score_changed(fact: facts.ScoreChanged) -> common_pb2.ScoreChange:
    message = common_pb2.ScoreChange()
    goods.fill_score_change(message, fact)
    return message


def _item_used(fact: facts.ItemUsed) -> event_pb2.ItemUsed:
    return event_pb2.ItemUsed(
        item_id=fact.item,
        instance_id=fact.instance,
        uses=fact.uses,
        uses_remaining=fact.uses_left,
    )


def _item_equipped(fact: facts.ItemEquipped) -> event_pb2.ItemEquipped:
    return event_pb2.ItemEquipped(slot=fact.slot, item_id=fact.item, instance_id=fact.instance)


def _mail_claimed(fact: facts.MailClaimed) -> event_pb2.MailClaimed:
    return event_pb2.MailClaimed(mail_id=str(fact.mail_no))


def _offer_purchased(fact: facts.OfferPurchased) -> event_pb2.OfferPurchased:
    return event_pb2.OfferPurchased(
        purchase_id=fact.purchase_id,
        offer_id=fact.offer,
        quantity=fact.quantity,
        paid=goods.amounts(fact.paid),
    )


def _purchase_revoked(fact: facts.PurchaseRevoked) -> event_pb2.PurchaseRevoked:
    return event_pb2.PurchaseRevoked(purchase_id=fact.purchase_id, offer_id=fact.offer)


def _trade_changed(fact: facts.TradeChanged) -> event_pb2.TradeChanged:
    return event_pb2.TradeChanged(
        trade_id=fact.trade_id,
        state=trade_service_pb2.TradeState.ValueType(fact.state),
        counterpart_id=fact.counterpart,
    )


def _gift(fact: facts.GiftSent | facts.GiftReceived) -> event_pb2.Gift:
    return event_pb2.Gift(
        counterpart_id=fact.counterpart,
        message=fact.message,
        currencies=goods.amounts(fact.currencies),
        item_id=fact.item,
        quantity=fact.quantity,
        badge_id=fact.badge,
    )


def _reward_overflowed(fact: facts.RewardOverflowed) -> event_pb2.RewardOverflowed:
    return event_pb2.RewardOverflowed(
        currency=fact.currency, item_id=fact.item, amount=fact.amount, policy=fact.policy
    )


def _activity_revoked(fact: facts.ActivityRevoked) -> event_pb2.ActivityRevoked:
    return event_pb2.ActivityRevoked(activity_id=fact.activity_id)


def _xp_adjusted(fact: facts.XpAdjusted) -> event_pb2.XpAdjusted:
    return event_pb2.XpAdjusted(
        amount=fact.amount,
        total=fact.total,
        level_before=fact.level_before,
        level=fact.level,
    )


PAYLOADS: dict[type[facts.Fact], tuple[str, Callable[[Any], Any]]] = {
    facts.PlayerCreated: ("player_created", _player_created),
    facts.ActivityRecorded: ("activity_recorded", _activity_recorded),
    facts.MetricMoved: ("metric_moved", _metric_moved),
    facts.XpGained: ("xp_gained", _xp_gained),
    facts.LevelUp: ("level_up", _level_up),
    facts.CurrencyChanged: ("currency_changed", _currency_changed),
    facts.ScoreChanged: ("score_changed", _score_changed),
    facts.ItemChanged: ("item_changed", goods.item_change),
    facts.ItemUsed: ("item_used", _item_used),
    facts.ItemEquipped: ("item_equipped", _item_equipped),
    facts.LootDrawn: ("loot_drawn", goods.draw),
    facts.MultiplierGranted: ("multiplier_granted", goods.multiplier),
    facts.MailReceived: ("mail_received", goods.mail),
    facts.MailClaimed: ("mail_claimed", _mail_claimed),
    facts.RewardOverflowed: ("reward_overflowed", _reward_overflowed),
    facts.OfferPurchased: ("offer_purchased", _offer_purchased),
    facts.PurchaseRevoked: ("purchase_revoked", _purchase_revoked),
    facts.TradeChanged: ("trade_changed", _trade_changed),
    facts.GiftSent: ("gift_sent", _gift),
    facts.GiftReceived: ("gift_received", _gift),
    facts.DebtChanged: ("debt_changed", goods.debt),
    facts.ActivityRevoked: ("activity_revoked", _activity_revoked),
    facts.XpAdjusted: ("xp_adjusted", _xp_adjusted),
    **achieved.PAYLOADS,
}
"""Each class of fact: the event's payload field, and what makes it."""
