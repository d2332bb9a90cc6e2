"""What players do to get badges, and to give them away; pure."""

from __future__ import annotations

from renown_server.badges import rules
from renown_server.badges.holding import (
    ISSUANCE,
    earned_of,
    find,
    hand_out,
    receive,
    remove,
    replace,
    room,
)
from renown_server.badges.wearing import put_on
from renown_server.catalog.availability import Status
from renown_server.catalog.badges import Badge, BadgeMethod, Evolution
from renown_server.catalog.levels import CurrencyAmounts
from renown_server.currency import rules as currency
from renown_server.engine.facts import GiftReceived, GiftSent
from renown_server.engine.work import Work
from renown_server.errors import (
    BadgeLimit,
    InsufficientBadges,
    NoEvolution,
    NotForSale,
    NotGiftable,
    PriceChanged,
    RequirementNotMet,
)
from renown_server.inventory import gifts
from renown_server.inventory import rules as inventory
from renown_server.inventory.state import InventoryBook
from renown_server.profile.state import PlayerBook
from renown_server.progress import requirements
from renown_server.progress.values import Honors

SINK_PURCHASE = "sink:badge"
SINK_EVOLVE = "sink:evolve"


def buy(work: Work, player_id: str, badge_id: str, expected: CurrencyAmounts, rule: str) -> None:
    """Sells a player a badge.

    Args:
        work: the batch.
        player_id: who buys.
        badge_id: what.
        expected: the price the player was shown; empty for any.
        rule: why.

    Raises:
        BadgeNotFound: there is none, or it is secret and not owned.
        NotForSale: it is not sold, or not now.
        LevelTooLow, RequirementNotMet: the player may not buy it.
        BadgeLimit: the player has as many as allowed.
        PriceChanged: the price is not the expected one.
        InsufficientFunds: the player can't pay it.
    """
    badge = find(work, player_id, badge_id)
    sold = badge.method is BadgeMethod.PURCHASE and badge.status is Status.ACTIVE
    if not sold or not badge.window.holds(work.now_us):
        raise NotForSale(badge_id)
    requirements.check(
        work,
        work.slice(PlayerBook).get(player_id),
        min_level=badge.min_level,
        achievements=(badge.achievement,) if badge.achievement else (),
        quests=badge.quests,
        badges=badge.badges_needed,
    )
    for each in rules.items_missing(work, player_id, badge):
        raise RequirementNotMet(f"{each.quantity} of the item {each.item}")
    _require_room(work, player_id, badge)
    if expected and dict(expected) != dict(badge.cost):
        raise PriceChanged(badge_id)
    _pay(work, player_id, badge.cost, SINK_PURCHASE, badge.rule)
    rules.award(work, player_id, badge_id, 1, rule=rule, counter_account=ISSUANCE)


def _require_room(work: Work, player_id: str, badge: Badge) -> None:
    if not room(earned_of(work, player_id), badge):
        raise BadgeLimit(badge.id, badge.max_per_player)


def _pay(
    work: Work, player_id: str, cost: CurrencyAmounts, counter_account: str, rule: str
) -> None:
    for code, amount in cost:
        currency.debit(work, player_id, code, amount, counter_account=counter_account, rule=rule)


def evolve(work: Work, player_id: str, badge_id: str) -> Badge:
    """Turns copies of a badge into one of the next.

    Returns:
        The next badge.

    Raises:
        BadgeNotFound: there is none, or it is secret and not owned.
        NoEvolution: it does not evolve, or into one that can't be obtained now.
        InsufficientBadges: there are too few copies.
        LevelTooLow, RequirementNotMet, InsufficientItems, InsufficientFunds: the player has not
            got what it asks for.
        BadgeLimit: the player has as many of the next one as allowed.
    """
    badge = find(work, player_id, badge_id)
    how = badge.evolution
    after = work.catalog.progression.badges.get(how.next_badge) if how else None
    if how is None or after is None or after.status is not Status.ACTIVE:
        raise NoEvolution(badge_id)
    earned = earned_of(work, player_id)
    available = earned.badge_count(badge_id)
    if available < how.quantity:
        raise InsufficientBadges(badge_id, how.quantity, available)
    player = work.slice(PlayerBook).get(player_id)
    requirements.check(work, player, min_level=how.min_level, achievements=how.achievements)
    _require_room(work, player_id, after)
    _use_up(work, player_id, how, badge.rule)
    before = earned.honors
    remove(work, player_id, badge_id, how.quantity, rule=badge.rule, counter_account=SINK_EVOLVE)
    rules.award(work, player_id, after.id, 1, rule=badge.rule, counter_account=ISSUANCE)
    _take_place(work, player_id, before, badge, after)
    return after


def _use_up(work: Work, player_id: str, how: Evolution, rule: str) -> None:
    """Takes the items and the money that an evolution asks for; what is worn of them, too."""
    work.slice(InventoryBook).require(player_id, [each.item for each in how.items])
    for each in how.items:
        inventory.take(
            work,
            player_id,
            each.item,
            each.quantity,
            counter_account=SINK_EVOLVE,
            rule=rule,
            keep_equipped=False,
        )
    _pay(work, player_id, how.cost, SINK_EVOLVE, rule)


def _take_place(work: Work, player_id: str, before: Honors, old: Badge, new: Badge) -> None:
    """Puts the new badge where the old one has gone from, unless it is there already."""
    earned = earned_of(work, player_id)
    if earned.badge_count(old.id):
        return
    worn, shown = before.badges_equipped, before.badges_showcased
    if old.id in worn and new.id not in worn:
        put_on(work, player_id, new.id, worn.index(old.id), old.rule)
    if old.id in shown and new.id not in shown:
        swapped = tuple([new.id if name == old.id else name for name in shown])
        earned.set_honors(work, replace(earned.honors, badges_showcased=swapped))


def give(
    work: Work,
    giver: str,
    receiver: str,
    badge_id: str,
    quantity: int,
    *,
    message: str,
    rule: str,
) -> None:
    """Gives another player copies of a badge.

    Raises:
        BadgeNotFound: there is none, or it is secret and not owned.
        NotGiftable: it can't be given away.
        AccountTooNew: the giver may not make gifts yet.
        InsufficientBadges: the giver has too few.
        BadgeInUse: the last one is equipped.
        BadgeLimit: the receiver would own too many.
    """
    badge = find(work, giver, badge_id)
    if not badge.giftable:
        raise NotGiftable(badge=badge_id)
    gifts.check_hold(work, giver)
    hand_out(work, giver, badge_id, quantity, rule=rule, counter_account=f"player:{receiver}")
    receive(work, receiver, badge_id, quantity, rule=rule, counter_account=f"player:{giver}")
    work.emit(giver, GiftSent(rule, receiver, message, quantity=quantity, badge=badge_id))
    work.emit(receiver, GiftReceived(rule, giver, message, quantity=quantity, badge=badge_id))
