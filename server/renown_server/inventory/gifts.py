"""What gifts and trades have in common: fees, limits, room; pure."""

from __future__ import annotations

from collections.abc import Iterable

from renown_server.catalog.limits import BASIS_POINTS
from renown_server.currency import rules as currency
from renown_server.currency.gifts import GiftBook, GiftUsage
from renown_server.currency.state import WalletBook
from renown_server.engine.clock import rfc3339
from renown_server.engine.work import Work
from renown_server.errors import (
    AccountTooNew,
    BalanceCap,
    GiftLimit,
    InsufficientFunds,
    InventoryFull,
    ItemLimit,
)
from renown_server.inventory.room import recount
from renown_server.inventory.rules import owned
from renown_server.inventory.state import InventoryBook
from renown_server.profile.days import local_day
from renown_server.profile.state import PlayerBook


def check_hold(work: Work, player_id: str) -> None:
    """Checks that a player may trade and make gifts already.

    Raises:
        AccountTooNew: not yet.
    """
    hold_us = work.catalog.economy.new_account_hold_us
    available_us = work.slice(PlayerBook).get(player_id).created_us + hold_us
    if hold_us and work.now_us < available_us:
        raise AccountTooNew(player_id, rfc3339(available_us))


def fee_of(work: Work, code: str, amount: int) -> int:
    """What of an amount the receiver does not get, by the catalog; rounded up."""
    return -(-amount * work.catalog.currencies[code].gift_fee_bp // BASIS_POINTS)


def pay_out(
    work: Work, player_id: str, code: str, amount: int, *, receiver: str, sink: str, rule: str
) -> int:
    """Takes money that goes to another player, and the fee, which is a posting of its own.

    Args:
        work: the batch.
        player_id: who pays.
        code: the currency.
        amount: minor units, the fee among them.
        receiver: the counter-account of what is left after the fee.
        sink: the fee's counter-account.
        rule: why.

    Returns:
        What is left for the receiver; may be 0.

    Raises:
        InsufficientFunds: the player has not that much.
    """
    balance = work.slice(WalletBook).get(player_id, code)
    if balance.amount < amount:
        raise InsufficientFunds(code, amount, balance.amount)
    fee = fee_of(work, code, amount)
    for part, counter_account in ((amount - fee, receiver), (fee, sink)):
        if part:
            currency.debit(work, player_id, code, part, counter_account=counter_account, rule=rule)
    return amount - fee


def pay_in(
    work: Work, player_id: str, code: str, amount: int, *, counter_account: str, rule: str
) -> None:
    """Gives a player money of another one.

    Raises:
        BalanceCap: the balance would pass the currency's cap; it does not tell the balance.
    """
    if not amount:
        return
    cap = work.catalog.currencies[code].cap
    if work.slice(WalletBook).get(player_id, code).amount + amount > cap:
        raise BalanceCap(code, cap, player_id=player_id)
    currency.credit(work, player_id, code, amount, counter_account=counter_account, rule=rule)


def count_sent(work: Work, player_id: str, code: str, amount: int, *, asks: bool) -> None:
    """Counts what a player gives away on this local day, the fee among it.

    Args:
        work: the batch.
        player_id: who gives.
        code: the currency.
        amount: minor units.
        asks: whether it is this player who asks for it, and may know what was given before.

    Raises:
        GiftLimit: it is too much.
    """
    limit = work.catalog.currencies[code].gift_daily_max
    if limit:
        usage = _today(work, player_id, code)
        if usage.sent + amount > limit:
            if asks:
                raise GiftLimit(code, limit, "sent", used=usage.sent)
            raise GiftLimit(code, limit, "sent", player_id=player_id)
        usage.sent += amount


def count_received(work: Work, player_id: str, code: str, amount: int) -> None:
    """Counts what a player is given on this local day, fees taken off.

    Raises:
        GiftLimit: it is too much; it does not tell how much there was before.
    """
    limit = work.catalog.currencies[code].gift_receive_daily_max
    if limit and amount:
        usage = _today(work, player_id, code)
        if usage.received + amount > limit:
            raise GiftLimit(code, limit, "received", player_id=player_id)
        usage.received += amount


def _today(work: Work, player_id: str, code: str) -> GiftUsage:
    usage = work.slice(GiftBook).get(player_id, code)
    work.touch(usage)
    day = local_day(work.slice(PlayerBook).get(player_id), work.now_us)
    # Who moves to the west lives a day again: it does not count anew.
    if day > usage.day:
        usage.day, usage.sent, usage.received = day, 0, 0
    return usage


def slots_used(work: Work, player_id: str) -> int:
    """The slots a player's items take, by what has expired, too."""
    return work.slice(InventoryBook).bag(player_id).slots_used


def check_arrival(work: Work, player_id: str, arrived: Iterable[str], used_before: int) -> None:
    """Checks that a player may have what has come from another one, after it has come.

    Afterwards, because both sides of a trade give before they get: a swap needs no free slot.

    Args:
        work: the batch.
        player_id: who got it.
        arrived: the items.
        used_before: the slots used before the command. A bag that was over its capacity then
            need not be below it now.

    Raises:
        ItemLimit: there are more of an item than a player may own; it does not tell how many.
        InventoryFull: there is no room.
    """
    for item in arrived:
        definition = work.catalog.items.get(item)
        limit = definition.limit_per_player if definition else 0
        if limit and owned(work, player_id, item) > limit:
            raise ItemLimit(item, limit, player_id=player_id)
    capacity = work.catalog.economy.inventory_capacity
    most = max(capacity, used_before)
    if not capacity or slots_used(work, player_id) <= most:
        return
    recount(work, player_id)
    if slots_used(work, player_id) > most:
        needed = slots_used(work, player_id) - used_before
        raise InventoryFull(capacity, 0, needed, player_id)
