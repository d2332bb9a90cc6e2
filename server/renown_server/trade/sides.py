"""What a trade says, checked; pure."""

from __future__ import annotations

from renown_server.badges import holding
from renown_server.currency.rules import check_currencies
from renown_server.currency.state import WalletBook
from renown_server.engine.work import Work
from renown_server.errors import (
    BalanceCap,
    InsufficientItems,
    InvalidArgument,
    InventoryFull,
    ItemLimit,
    NotTradeable,
)
from renown_server.inventory import gifts
from renown_server.inventory import rules as inventory
from renown_server.inventory.room import recount
from renown_server.progress.sight import sees_badge
from renown_server.trade.state import Side


def check_sides(work: Work, offered: Side, requested: Side) -> None:
    """Checks what a proposal says.

    Raises:
        InvalidArgument, UnknownCurrency, UnknownItem: it makes no sense.
        NotTradeable: something may not be traded.
    """
    if offered.is_empty and requested.is_empty:
        raise InvalidArgument("offered", "nobody gives anything")
    for name, side in (("offered", offered), ("requested", requested)):
        codes = [code for code, _ in side.currencies]
        check_currencies(work, codes, f"{name}.currencies")
        seen: set[tuple[str, str]] = set()
        for place, each in enumerate(side.items):
            field = f"{name}.items[{place}]"
            item = inventory.definition(work, each.item, f"{field}.item_id")
            if (each.item, each.instance) in seen:
                raise InvalidArgument(field, "stands twice")
            seen.add((each.item, each.instance))
            if item.is_instanced and each.quantity != 1:
                raise InvalidArgument(f"{field}.quantity", "must be 1: each is of its own")
            if item.is_instanced and not each.instance and name == "offered":
                raise InvalidArgument(f"{field}.instance_id", "names the one to give")
        badges = [badge for badge, _ in side.badges]
        for place, badge in enumerate(badges):
            if badge in badges[:place]:
                raise InvalidArgument(f"{name}.badges[{place}]", "stands twice")
        check_tradeable(work, side)


def check_badges(work: Work, proposer: str, partner: str, side: Side) -> None:
    """Checks that both players may read what badges a trade is about.

    A trade tells its partner what it names. So one that names a secret badge is for two who own
    it: nobody else may even learn that it is there.

    Raises:
        BadgeNotFound: there is no such badge, or it is secret and the proposer has none.
        NotTradeable: it is secret, and the partner has none.
    """
    known = work.catalog.progression
    for badge_id, _ in side.badges:
        holding.find(work, proposer, badge_id)
        if not sees_badge(known, holding.earned_of(work, partner), badge_id):
            raise NotTradeable(badge=badge_id)


def check_tradeable(work: Work, side: Side) -> None:
    """Checks that the catalog lets players trade what a side gives.

    Raises:
        NotTradeable: something may not be traded, or is not in the catalog any more.
    """
    for code, _ in side.currencies:
        money = work.catalog.currencies.get(code)
        if money is None or not money.giftable:
            raise NotTradeable(currency=code)
    for each in side.items:
        item = work.catalog.items.get(each.item)
        if item is None or not item.tradeable:
            raise NotTradeable(item=each.item)
    for badge_id, _ in side.badges:
        badge = work.catalog.progression.badges.get(badge_id)
        if badge is None or not badge.tradeable:
            raise NotTradeable(badge=badge_id)


def check_within(work: Work, player_id: str, side: Side) -> None:
    """Checks that a player is not beyond the limits of what a trade would hold.

    What escrow holds comes back whatever room there is. Who could put away what has come back,
    fill up and get it back again, would have no limits at all.

    Raises:
        BalanceCap: there is more of a currency than its cap.
        ItemLimit: there is more of an item than a player may own.
        InventoryFull: the bag is over its capacity.
    """
    for code, _ in side.currencies:
        cap = work.catalog.currencies[code].cap
        balance = work.slice(WalletBook).get(player_id, code).amount
        if balance > cap:
            raise BalanceCap(code, cap, balance)
    for item in dict.fromkeys([each.item for each in side.items]):
        limit = work.catalog.items[item].limit_per_player
        if limit and inventory.owned(work, player_id, item) > limit:
            raise ItemLimit(item, limit)
    capacity = work.catalog.economy.inventory_capacity
    if not side.items or not capacity or gifts.slots_used(work, player_id) <= capacity:
        return
    recount(work, player_id)
    used = gifts.slots_used(work, player_id)
    if used > capacity:
        raise InventoryFull(capacity, used, 0)


def check_there(work: Work, player_id: str, side: Side) -> None:
    """Checks that a player has the instances that somebody else has asked for.

    Raises:
        InsufficientItems: one is gone. It is not this player who has named it, so it is no
            resource that was not found.
    """
    for each in side.items:
        stacks = inventory.live(work, player_id, each.item)
        if each.instance and each.instance not in [stack.instance for stack in stacks]:
            raise InsufficientItems(each.item, each.quantity, 0)
