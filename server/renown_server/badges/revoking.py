"""Taking a badge away by hand, and what rests on it; pure."""

from __future__ import annotations

from renown_server.badges import rules
from renown_server.badges.holding import ADMIN, NONE_OWNED, earned_of
from renown_server.catalog.badges import Badge, BadgeMethod
from renown_server.catalog.progression import Watched
from renown_server.engine.work import Work
from renown_server.errors import BadgeNotFound, InsufficientBadges
from renown_server.inventory.clawback import Policy
from renown_server.inventory.ungiving import Gift, Source, take_gifts


def revoke(
    work: Work,
    player_id: str,
    badge_id: str,
    quantity: int,
    *,
    take_rewards: bool,
    policy: Policy,
    rule: str,
) -> Badge:
    """Takes a badge from a player, and badges that asked for it and would not come any more.

    Args:
        work: the batch.
        player_id: whose.
        badge_id: the badge.
        quantity: how many; all that are there when 0.
        take_rewards: whether the points that they paid are taken as well, by today's amounts.
        policy: what to do about points that are spent.
        rule: why.

    Raises:
        BadgeNotFound: the catalog has no such badge.
        InsufficientBadges: the player has too few.
        AlreadySpent: points are spent, and the policy is to refuse.
    """
    badge = work.catalog.progression.badges.get(badge_id)
    if badge is None:
        raise BadgeNotFound(badge_id)
    owned = earned_of(work, player_id).badges.get(badge_id, NONE_OWNED)
    wanted = quantity or max(1, owned.count)
    if owned.count < wanted:
        raise InsufficientBadges(badge_id, wanted, owned.count)
    rules.take(work, player_id, badge_id, wanted, rule=rule, counter_account=ADMIN)
    _take_resting(work, player_id, badge)
    # What other players gave has paid nothing.
    paid = min(wanted, owned.earned)
    if take_rewards and paid:
        source = Source(badge.rule, badge.rule, owned.last_us)
        gift = Gift(rules.points_of(work, badge, paid))
        take_gifts(work, player_id, source, [gift], policy)
    return badge


def _take_resting(work: Work, player_id: str, lost: Badge) -> None:
    """Takes badges that came for owning one that is lost; they come again with it."""
    progression = work.catalog.progression
    account = f"{rules.CLAWBACK}{lost.rule}"
    for name in progression.listeners.badges.get((Watched.BADGE, lost.id), ()):
        badge = progression.badges[name]
        owned = earned_of(work, player_id).badges.get(name, NONE_OWNED)
        if badge.method is not BadgeMethod.COLLECTION or not owned.met:
            continue
        if rules.stands(work, player_id, name):
            continue
        if rules.take(work, player_id, name, 1, rule=lost.rule, counter_account=account):
            _take_resting(work, player_id, badge)
