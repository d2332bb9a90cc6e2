"""What moves badges; pure. Every movement names its other side, as money and items do.

A player's copies of a badge are alike. Those that an open trade holds are not the player's to use,
but count towards what the player may own: they come back whatever happened meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from renown_server.catalog.badges import Badge
from renown_server.engine.facts import BadgeChanged, BadgeCollectionCompleted, BadgeEquipped
from renown_server.engine.signals import SignalKind
from renown_server.engine.work import Work
from renown_server.errors import BadgeInUse, BadgeLimit, BadgeNotFound, InsufficientBadges
from renown_server.inventory import rewards
from renown_server.progress.sight import sees_badge
from renown_server.progress.state import Earned, ProgressBook, count
from renown_server.progress.values import OwnedBadge

ISSUANCE = "issuance:badge"
ADMIN = "admin"

KIND = "badge"
"""Of badges in the statistics."""

VALUE = "badge_value"
"""Of what badges went for in the statistics, by `value_id`."""

NONE_OWNED = OwnedBadge()

replace = msgspec.structs.replace


def value_id(badge_id: str, currency: str) -> str:
    """What a badge went for in a currency, as statistics name it."""
    return f"{badge_id}/{currency}"


def earned_of(work: Work, player_id: str) -> Earned:
    """What a player has earned.

    Raises:
        NotLoaded: nobody has looked.
    """
    return work.slice(ProgressBook).earned(player_id)


def find(work: Work, player_id: str, badge_id: str) -> Badge:
    """A badge that a player names.

    Raises:
        BadgeNotFound: the catalog has none, or it is secret and not owned.
    """
    known = work.catalog.progression
    if not sees_badge(known, earned_of(work, player_id), badge_id):
        raise BadgeNotFound(badge_id)
    return known.badges[badge_id]


def room(earned: Earned, badge: Badge) -> int:
    """How many more a player may own."""
    owned = earned.badges.get(badge.id, NONE_OWNED)
    return max(0, badge.max_per_player - owned.count - owned.escrowed)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why badges move.

    Attributes:
        rule: names it in facts.
        counter_account: the other side, such as `issuance:badge`.
        reason: how they were earned, for the player; the rule when empty.
        awarded_by: who awards them by hand; else empty.
    """

    rule: str
    counter_account: str
    reason: str = ""
    awarded_by: str = ""


def add(work: Work, player_id: str, badge_id: str, quantity: int, cause: Cause) -> None:
    """Gives a player copies that are obtained; room is the caller's business."""
    badges = earned_of(work, player_id).edit_badges(work)
    owned = badges.get(badge_id, NONE_OWNED)
    badges[badge_id] = replace(
        owned,
        first_us=owned.first_us or work.now_us,
        last_us=work.now_us,
        reason=cause.reason or cause.rule,
        awarded_by=cause.awarded_by,
    )
    _change(work, player_id, badge_id, quantity, cause)


def remove(
    work: Work, player_id: str, badge_id: str, quantity: int, *, rule: str, counter_account: str
) -> None:
    """Takes copies that are there. The last one is taken off, and leaves the showcase."""
    _change(work, player_id, badge_id, -quantity, Cause(rule, counter_account))
    if earned_of(work, player_id).badge_count(badge_id):
        return
    unequip(work, player_id, badge_id, rule)
    earned = earned_of(work, player_id)
    shown = earned.honors.badges_showcased
    if badge_id in shown:
        left = tuple([name for name in shown if name != badge_id])
        earned.set_honors(work, replace(earned.honors, badges_showcased=left))


def _change(work: Work, player_id: str, badge_id: str, quantity: int, cause: Cause) -> None:
    badges = earned_of(work, player_id).edit_badges(work)
    owned = badges.get(badge_id, NONE_OWNED)
    after = owned.count + quantity
    assert after >= 0, f"{badge_id} would fall below zero"
    badges[badge_id] = replace(owned, count=after)
    owners = bool(after) - bool(owned.count)
    if owners:
        count(work, KIND, badge_id, owners=owners)
    work.emit(
        player_id,
        BadgeChanged(
            cause.rule,
            badge_id,
            quantity,
            after,
            cause.counter_account,
            cause.reason,
            cause.awarded_by,
        ),
    )


def unequip(work: Work, player_id: str, badge_id: str, rule: str) -> None:
    """Takes a badge off; one that is not on stays so."""
    earned = earned_of(work, player_id)
    equipped = earned.honors.badges_equipped
    if badge_id not in equipped:
        return
    left = tuple([name for name in equipped if name != badge_id])
    earned.set_honors(work, replace(earned.honors, badges_equipped=left))
    count(work, KIND, badge_id, active=-1)
    work.emit(player_id, BadgeEquipped(rule, badge_id, False))


def hand_out(
    work: Work, player_id: str, badge_id: str, quantity: int, *, rule: str, counter_account: str
) -> None:
    """Takes copies that a player gives to another one, or into escrow.

    Raises:
        InsufficientBadges: there are too few.
        BadgeInUse: the last one is equipped.
    """
    earned = earned_of(work, player_id)
    available = earned.badge_count(badge_id)
    if available < quantity:
        raise InsufficientBadges(badge_id, quantity, available)
    if available == quantity and badge_id in earned.honors.badges_equipped:
        raise BadgeInUse(badge_id)
    remove(work, player_id, badge_id, quantity, rule=rule, counter_account=counter_account)


def receive(
    work: Work, player_id: str, badge_id: str, quantity: int, *, rule: str, counter_account: str
) -> None:
    """Gives a player copies that another one had. No points are paid: they were, once.

    Raises:
        BadgeNotFound: the catalog has no such badge.
        BadgeLimit: the player would own too many.
    """
    badge = work.catalog.progression.badges.get(badge_id)
    if badge is None:
        raise BadgeNotFound(badge_id)
    if room(earned_of(work, player_id), badge) < quantity:
        raise BadgeLimit(badge_id, badge.max_per_player, player_id)
    add(work, player_id, badge_id, quantity, Cause(rule, counter_account))
    # Nothing was earned, or it would be each time it goes to and fro. But more is owned.
    arrived(work, player_id, badge, 0, rule)


def escrow(
    work: Work, player_id: str, badge_id: str, quantity: int, *, rule: str, counter_account: str
) -> None:
    """Puts copies away into a trade's escrow.

    Raises:
        InsufficientBadges, BadgeInUse: see `hand_out`.
    """
    hand_out(work, player_id, badge_id, quantity, rule=rule, counter_account=counter_account)
    _move_escrowed(work, player_id, badge_id, quantity)


def leave_escrow(work: Work, player_id: str, badge_id: str, quantity: int) -> None:
    """Lets copies in escrow go, to whom the trade gives them."""
    _move_escrowed(work, player_id, badge_id, -quantity)


def give_back(
    work: Work, player_id: str, badge_id: str, quantity: int, *, rule: str, counter_account: str
) -> None:
    """Gives a player back what escrow held. They were the player's all the time: nothing is earned.

    Still something may be complete with them, if other badges came meanwhile.
    """
    _move_escrowed(work, player_id, badge_id, -quantity)
    _change(work, player_id, badge_id, quantity, Cause(rule, counter_account))
    badge = work.catalog.progression.badges.get(badge_id)
    if badge is not None:
        arrived(work, player_id, badge, 0, rule)


def _move_escrowed(work: Work, player_id: str, badge_id: str, quantity: int) -> None:
    badges = earned_of(work, player_id).edit_badges(work)
    owned = badges.get(badge_id, NONE_OWNED)
    badges[badge_id] = replace(owned, escrowed=owned.escrowed + quantity)


def arrived(work: Work, player_id: str, badge: Badge, earned: int, rule: str) -> None:
    """Tells that a player has got copies, and pays the collection that they complete.

    Args:
        work: the batch.
        player_id: who has got them.
        badge: the badge.
        earned: how many of them the player had not had before, nor another one.
        rule: why.
    """
    work.signal(SignalKind.BADGE, player_id, badge.id, earned, rule)
    _complete(work, player_id, badge)


def _complete(work: Work, player_id: str, badge: Badge) -> None:
    collection = work.catalog.progression.collections.get(badge.collection)
    if collection is None:
        return
    earned = earned_of(work, player_id)
    if collection.id in earned.honors.collections:
        return
    if not all(earned.badge_count(name) for name in collection.badges):
        return
    completed = {**earned.honors.collections, collection.id: work.now_us}
    earned.set_honors(work, replace(earned.honors, collections=completed))
    work.emit(player_id, BadgeCollectionCompleted(collection.rule, collection.id))
    if not collection.reward.is_empty:
        rewards.pay_freely(
            work, player_id, collection.reward, rule=collection.rule, counter_account=ISSUANCE
        )
