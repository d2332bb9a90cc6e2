"""Badges that players own, and what came of commands: domain → messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from renown.v1 import badge_service_pb2 as pb
from renown.v1 import inventory_service_pb2, progression_pb2
from renown_server.badges.bonuses import ActiveBonus, set_acts
from renown_server.badges.definitions import fill_info
from renown_server.badges.owned import BadgeState
from renown_server.badges.queries import BadgeFigures
from renown_server.badges.sight import Sight
from renown_server.catalog.badges import Badge, BadgeBonus, BadgeCollection
from renown_server.engine.command import Recorded
from renown_server.engine.facts import BadgeChanged, CurrencyChanged, ItemChanged
from renown_server.events import goods
from renown_server.inventory.definitions import fill_reward
from renown_server.inventory.render import fill_rewards
from renown_server.wire.timestamps import set_timestamp

INT64_MAX = 2**63 - 1
_ALL_BP = 10_000


def fill_badge(message: pb.PlayerBadge, state: BadgeState, info: pb.BadgeInfo | None) -> None:
    """A badge as a player owns it; without `info`, by the definition it was stored with."""
    if info is None:
        fill_info(message.badge, state.wire)
    else:
        message.badge.CopyFrom(info)
    message.count = state.count
    if state.first_us:
        set_timestamp(message.earned_at, state.first_us)
        set_timestamp(message.last_earned_at, state.last_us)
    message.earned_reason = state.reason
    message.awarded_by = state.awarded_by
    message.showcased = state.showcased
    message.equipped = state.equipped


def fill_changed(message: pb.PlayerBadge, state: BadgeState, done: Recorded) -> None:
    """A badge after a command, with all that followed from it: a function of what is stored."""
    fill_badge(message, state, None)
    for fact in done.facts:
        if type(fact) is BadgeChanged and fact.badge == state.badge_id:
            message.count = fact.quantity_after


def fill_bonuses(add: Callable[[], pb.ActiveBadgeBonus], bonuses: Iterable[ActiveBonus]) -> None:
    """The bonuses that act."""
    for each in bonuses:
        message = add()
        message.source = each.source
        fill_bonus(message.bonus, BadgeBonus(each.stat, each.percent_bp, each.flat))


def fill_bonus(message: progression_pb2.BadgeBonus, bonus: BadgeBonus) -> None:
    """What a bonus does."""
    message.stat = bonus.stat
    message.type = (
        progression_pb2.BONUS_TYPE_FLAT if bonus.flat else progression_pb2.BONUS_TYPE_PERCENTAGE
    )
    message.value = bonus.flat or bonus.percent_bp


def fill_payments(response: Any, facts: Sequence[Any], account: str, done: Recorded) -> None:
    """Parts what was paid from what followed.

    Args:
        response: has `payments`, `effects`, and `items` if items may have been taken.
        facts: what happened to the player.
        account: the counter-account of what was paid.
        done: when that was.
    """
    effects = []
    for fact in facts:
        paid = getattr(fact, "counter_account", "") == account
        if paid and type(fact) is CurrencyChanged:
            goods.fill_currency_change(response.payments.add(), fact)
        elif paid and type(fact) is ItemChanged:
            goods.fill_item_change(response.items.add(), fact)
        else:
            effects.append(fact)
    fill_rewards(response.effects, effects, done)


def fill_collection(
    message: pb.BadgeCollection,
    collection: BadgeCollection,
    sight: Sight,
) -> None:
    """A collection, and what a player owns of it."""
    earned = sight.earned
    definition = message.definition
    definition.id, definition.name = collection.id, collection.name
    definition.description, definition.icon = collection.description, collection.icon
    if not collection.reward.is_empty:
        fill_reward(definition.reward, sight.reward(collection.reward))
    for name in collection.badges:
        badge = sight.badge(name)
        if badge is None:
            continue
        owned = earned.badge_count(name) > 0
        message.badges.add(badge_id=name, name=badge.name, position=badge.position, owned=owned)
        message.total += 1
        message.owned += owned
        if badge.set_badges:
            _fill_set(message.sets.add(), badge, sight)
    if message.total:
        message.progress_basis_points = message.owned * _ALL_BP // message.total
    owns_all = all(map(earned.badge_count, collection.badges))
    message.completed = bool(collection.badges) and owns_all
    completed_us = earned.honors.collections.get(collection.id, 0)
    if completed_us:
        set_timestamp(message.completed_at, completed_us)


def _fill_set(message: pb.BadgeSetProgress, badge: Badge, sight: Sight) -> None:
    earned = sight.earned
    message.badge_id = badge.id
    message.required_badge_ids.extend(sight.badges(badge.set_badges))
    message.owned = sum(1 for name in badge.set_badges if earned.badge_count(name))
    for bonus in badge.set_bonuses:
        fill_bonus(message.bonuses.add(), bonus)
    message.active = badge.id in earned.honors.badges_equipped and set_acts(badge, earned)


def fill_rarities(response: pb.ListPlayerBadgesResponse, owned: Iterable[Badge]) -> None:
    """How many different badges are owned, and of which rarity."""
    counts: dict[int, int] = dict.fromkeys(inventory_service_pb2.Rarity.values(), 0)
    del counts[inventory_service_pb2.RARITY_UNSPECIFIED]
    for badge in owned:
        counts[badge.rarity] = counts.get(badge.rarity, 0) + 1
    for rarity, number in sorted(counts.items()):
        response.rarity_counts.add(
            rarity=inventory_service_pb2.Rarity.ValueType(rarity), count=number
        )
    response.total_badges = sum(counts.values())


def fill_statistics(message: pb.BadgeStatistics, figures: BadgeFigures) -> None:
    """How a badge has fared. What int64 cannot hold is said as its greatest number."""
    message.total_awarded = _within(figures.awarded)
    message.unique_owners = _within(figures.owners)
    message.equipped_count = _within(figures.equipped)
    message.trade_volume = _within(figures.traded)
    for code, paid, badges in figures.values:
        if badges:
            message.average_values.add(
                currency=code, amount=_within(paid // badges), traded=_within(badges)
            )


def _within(number: int) -> int:
    return max(0, min(number, INT64_MAX))
