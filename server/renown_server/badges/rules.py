"""How badges come and go; pure.

Each badge has a method by which it is obtained. Besides, any badge can be a reward, or be awarded
by hand. Whatever gives one, a player never owns more than the badge allows: what is beyond is not
given, and nobody is refused for it.
"""

from __future__ import annotations

from renown_server.badges.bonuses import Bonuses, bonuses
from renown_server.badges.holding import (
    ADMIN,
    ISSUANCE,
    KIND,
    NONE_OWNED,
    Cause,
    add,
    arrived,
    earned_of,
    remove,
    replace,
    room,
)
from renown_server.catalog.availability import Status
from renown_server.catalog.badges import Badge, BadgeMethod
from renown_server.catalog.goods import ItemAmount, Reward
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.progression import WATCH_ALL
from renown_server.engine.signals import Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.inventory import rewards
from renown_server.inventory.rules import owned as units_owned
from renown_server.inventory.state import InventoryBook
from renown_server.profile.state import PlayerBook
from renown_server.progress import requirements
from renown_server.progress.state import Earned, count
from renown_server.progress.values import OwnedBadge

__all__ = ["ISSUANCE", "Bonuses", "award", "bonuses", "on_signal", "stands", "take"]

CLAWBACK = "clawback:"

_PPM = 1_000_000
_ONCE = (BadgeMethod.MILESTONE, BadgeMethod.COLLECTION)
_LASTING = (*_ONCE, BadgeMethod.CHALLENGE, BadgeMethod.ACHIEVEMENT)


def on_signal(work: Work, signal: Signal) -> None:
    """Gives the badges that come with something that happened.

    Raises:
        NotLoaded: what the player has earned, or owns of what a badge asks for, must be known.
    """
    index = work.catalog.progression.listeners.badges
    if not index:
        return
    names = index.get((signal.kind, signal.key), ()) + index.get((signal.kind, WATCH_ALL), ())
    if not names:
        return
    earned = earned_of(work, signal.player_id)
    for name in names:
        work.visited += 1
        badge = work.catalog.progression.badges[name]
        if badge.status is not Status.ACTIVE or not badge.window.holds(signal.occurred_us):
            continue
        if not room(earned, badge) or not is_met(work, signal.player_id, badge):
            continue
        owned = earned.badges.get(name, NONE_OWNED)
        met = _met_by_now(earned, badge)
        if met is not None and met <= owned.met:
            continue
        # Who gives away what came with an event is not given it, and paid for it, again.
        if badge.method is BadgeMethod.EVENT and owned.earned >= badge.max_per_player:
            continue
        if badge.method is BadgeMethod.RANDOM and work.random.below(_PPM) >= badge.drop_rate_ppm:
            continue
        award(work, signal.player_id, name, 1, rule=_cause(signal), counter_account=ISSUANCE)
        if met is not None:
            badges = earned.edit_badges(work)
            badges[name] = replace(badges[name], met=met)


def _cause(signal: Signal) -> str:
    """The rule that gives a badge: what it goes back to, and is lost with."""
    match signal.kind:
        case SignalKind.ACHIEVEMENT:
            return f"achievement:{signal.key}"
        case SignalKind.QUEST:
            return f"quest:{signal.key}"
        case SignalKind.LEVEL:
            return f"level:{signal.amount}"
        case SignalKind.ITEM:
            return f"item:{signal.key}"
        case SignalKind.BADGE:
            return f"badge:{signal.key}"
        case _:
            return signal.rule


def _met_by_now(earned: Earned, badge: Badge) -> int | None:
    """How often a method that gives only so many has been met; None if each time gives one.

    What was once done gives one once: who gives the badge away is not given another one by the
    next level. A challenge gives one each time that all of its quests are completed again.
    """
    if badge.method in _ONCE or (badge.method is BadgeMethod.CHALLENGE and not badge.quests):
        return 1
    if badge.method is BadgeMethod.CHALLENGE:
        return min(_times(earned, quest) for quest in badge.quests)
    return None


def _times(earned: Earned, quest: str) -> int:
    record = earned.quests.get(quest)
    return record.times if record is not None else 0


def is_met(work: Work, player_id: str, badge: Badge) -> bool:
    """Whether a player has all that a badge asks for.

    Raises:
        NotLoaded: what the player owns of it must be known.
    """
    return requirements.is_met(
        work,
        work.slice(PlayerBook).get(player_id),
        min_level=badge.min_level,
        achievements=(badge.achievement,) if badge.achievement else (),
        quests=badge.quests,
        badges=badge.badges_needed,
    ) and not items_missing(work, player_id, badge)


def items_missing(work: Work, player_id: str, badge: Badge) -> list[ItemAmount]:
    """The items that a badge asks for, and a player has too few of.

    Raises:
        NotLoaded: nobody has looked at them.
    """
    if not badge.items_needed:
        return []
    needed = badge.items_needed
    work.slice(InventoryBook).require(player_id, [each.item for each in needed])
    return [each for each in needed if units_owned(work, player_id, each.item) < each.quantity]


def stands(work: Work, player_id: str, badge_id: str) -> bool:
    """Whether a badge that its own method gave stands, though what led to it is taken back.

    It does as long as all that it asks for is still met. One that came with a single activity, by
    being an event or by chance, asks for nothing that lasts; one that is a reward only has no way
    of its own.
    """
    badge = work.catalog.progression.badges.get(badge_id)
    if badge is None or badge.method not in _LASTING or not _asks(badge):
        return False
    return is_met(work, player_id, badge)


def _asks(badge: Badge) -> bool:
    return bool(
        badge.achievement
        or badge.min_level
        or badge.quests
        or badge.badges_needed
        or badge.items_needed
        or badge.method is BadgeMethod.CHALLENGE
    )


def award(
    work: Work,
    player_id: str,
    badge_id: str,
    quantity: int,
    *,
    rule: str,
    counter_account: str,
    reason: str = "",
    awarded_by: str = "",
) -> int:
    """Gives a player a badge, with its points and the collection it completes.

    What can't be earned any more, or not yet, is given by hand only.

    Args:
        work: the batch.
        player_id: who gets it.
        badge_id: the badge.
        quantity: how many. Less than 0 takes back what was given by a rule that is undone.
        rule: why.
        counter_account: the other side, such as `issuance:badge`.
        reason: how it was earned, for the player; the rule when empty.
        awarded_by: who awards it by hand.

    Returns:
        How many were given: fewer if the player may not own so many.
    """
    if quantity < 0:
        account = CLAWBACK + rule.removeprefix("revoke:")
        return -take(work, player_id, badge_id, -quantity, rule=rule, counter_account=account)
    badge = work.catalog.progression.badges.get(badge_id)
    if badge is None or (badge.status is not Status.ACTIVE and not awarded_by):
        return 0
    earned = earned_of(work, player_id)
    given = min(quantity, room(earned, badge))
    if given < 1:
        return 0
    add(work, player_id, badge_id, given, Cause(rule, counter_account, reason, awarded_by))
    badges = earned.edit_badges(work)
    badges[badge_id] = replace(badges[badge_id], earned=badges[badge_id].earned + given)
    count(work, KIND, badge_id, earned=given)
    points = points_of(work, badge, given)
    if not points.is_empty:
        rewards.pay_freely(work, player_id, points, rule=badge.rule, counter_account=ISSUANCE)
    arrived(work, player_id, badge, given, rule)
    return given


def points_of(work: Work, badge: Badge, quantity: int) -> Reward:
    """What earning copies of a badge pays."""
    points = min(badge.points_value * quantity, AMOUNT_MAX)
    code = work.catalog.progression.points_currency
    if not points:
        return Reward()
    return Reward(currencies=((code, points),)) if code else Reward(xp=points)


def take(
    work: Work, player_id: str, badge_id: str, quantity: int, *, rule: str, counter_account: str
) -> int:
    """Takes a badge from a player: as many as are there. The last one is taken off.

    By hand (`admin`) or in a clawback it was not awarded at all, for the statistics. What was done
    for it gives it again only after a clawback, for that was undone as well.

    Returns:
        How many were taken; those held by open trades are not there.
    """
    earned = earned_of(work, player_id)
    taken = min(quantity, earned.badge_count(badge_id))
    if taken < 1:
        return 0
    remove(work, player_id, badge_id, taken, rule=rule, counter_account=counter_account)
    undone = counter_account.startswith(CLAWBACK)
    if undone or counter_account == ADMIN:
        count(work, KIND, badge_id, earned=-taken)
        badges = earned.edit_badges(work)
        badges[badge_id] = _unearned(badges[badge_id], taken, undone)
    return taken


def _unearned(owned: OwnedBadge, taken: int, undone: bool) -> OwnedBadge:
    return replace(
        owned,
        earned=max(0, owned.earned - taken),
        met=max(0, owned.met - taken) if undone else owned.met,
    )
