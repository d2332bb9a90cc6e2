"""Giving money and items where there is room, and what becomes of the rest; pure."""

from __future__ import annotations

from renown_server.catalog.goods import Item, ItemOverflow
from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.snapshot import CurrencyOverflow
from renown_server.currency import rules as currency
from renown_server.currency.state import WalletBook
from renown_server.engine.facts import RewardOverflowed
from renown_server.engine.work import Work
from renown_server.errors import BalanceCap, QuantityOutOfRange
from renown_server.inventory import mail
from renown_server.inventory.mail_state import Contents
from renown_server.inventory.room import no_room, room_for
from renown_server.inventory.rules import add
from renown_server.inventory.spill import Spill
from renown_server.inventory.supply import (
    check_supply,
    left_to_give,
    left_to_make,
    note_issued,
    note_made,
)


def pay_currency(
    work: Work,
    player_id: str,
    code: str,
    amount: int,
    *,
    counter_account: str,
    rule: str,
    spill: Spill | None = None,
    strict: bool = False,
) -> None:
    """Gives money; what is beyond the cap follows the currency's overflow policy.

    With a `spill` it goes there where the policy is to send or, unless it is `strict`, to refuse.

    Raises:
        BalanceCap: the policy is to refuse.
        MailboxFull: the policy is to send it, and too much mail waits.
    """
    if not amount:
        return
    definition = work.catalog.currencies[code]
    balance = work.slice(WalletBook).get(player_id, code)
    room = max(0, definition.cap - balance.amount)
    beyond = max(0, amount - room)
    refuses = definition.overflow is CurrencyOverflow.REFUSE and (strict or spill is None)
    if beyond and refuses:
        raise BalanceCap(code, definition.cap, balance.amount)
    if amount > beyond:
        currency.credit(
            work, player_id, code, amount - beyond, counter_account=counter_account, rule=rule
        )
    if not beyond:
        return
    to_mail = definition.overflow is not CurrencyOverflow.DISCARD
    if spill is not None:
        to_mail = (to_mail or spill.keeps_all) and spill.has_place(work, player_id)
    policy = "mailbox" if to_mail else "discard"
    work.emit(player_id, RewardOverflowed(rule=rule, amount=beyond, policy=policy, currency=code))
    if to_mail and spill is not None:
        spill.add_currency(code, beyond)
    elif to_mail:
        mail.send(work, player_id, Contents(currencies=((code, beyond),)), rule=f"overflow:{code}")


def give_item(
    work: Work,
    player_id: str,
    item: Item,
    quantity: int,
    *,
    counter_account: str,
    rule: str,
    spill: Spill | None = None,
) -> None:
    """Gives items; what finds no room follows the item's overflow policy.

    With a `spill` it goes there where the policy is to send or to refuse, and so do instances
    that are too many for one command. What waits in the mailbox counts as given out.

    Raises:
        ItemLimit: the game gives no more of it out; or the player may not own so many, and the
            policy is to refuse.
        InventoryFull: there is no room, and the policy is to refuse.
        MailboxFull: the policy is to send it, and too much mail waits.
        QuantityOutOfRange: too many instances, or what they turn into is too much.
    """
    if spill is not None and spill.drops:
        quantity = still_there(work, player_id, item, quantity, rule)
        if not quantity:
            return
    else:
        check_supply(work, item, quantity)
    room = fits = room_for(work, player_id, item, quantity)
    if room < quantity and spill is None and item.overflow is ItemOverflow.REFUSE:
        raise no_room(work, player_id, item, quantity)
    if item.is_instanced:
        fits = min(room, left_to_make(work))
        if fits < room and spill is None:
            raise QuantityOutOfRange(item.id)
        note_made(work, fits)
    if fits:
        note_issued(work, item, fits)
        add(work, player_id, item, fits, counter_account=counter_account, rule=rule)
    if fits < room:
        _send(work, player_id, item, room - fits, rule, spill)
    if room < quantity:
        _overflow(work, player_id, item, quantity - room, rule, spill)


def still_there(work: Work, player_id: str, item: Item, quantity: int, rule: str) -> int:
    """How many of so many the game still gives out; a fact says that the rest is left out."""
    there = min(quantity, left_to_give(work, item))
    if there < quantity:
        gone = RewardOverflowed(rule, quantity - there, "discard", item=item.id)
        work.emit(player_id, gone)
    return there


def _overflow(
    work: Work, player_id: str, item: Item, quantity: int, rule: str, spill: Spill | None
) -> None:
    keeps_all = spill is not None and spill.keeps_all
    if item.overflow is not ItemOverflow.CONVERT or keeps_all:
        _send(work, player_id, item, quantity, rule, spill)
        return
    work.emit(player_id, RewardOverflowed(rule, quantity, "convert", item=item.id))
    _convert(work, player_id, item, quantity, spill)


def _send(
    work: Work, player_id: str, item: Item, quantity: int, rule: str, spill: Spill | None
) -> None:
    sent = spill is None or spill.has_place(work, player_id)
    policy = "mailbox" if sent else "discard"
    work.emit(player_id, RewardOverflowed(rule, quantity, policy, item=item.id))
    if not sent:
        return
    note_issued(work, item, quantity)
    if spill is not None:
        spill.add_item(item.id, quantity)
        return
    contents = Contents(items=((item.id, quantity),))
    mail.send(work, player_id, contents, rule=f"overflow:{item.id}")


def _convert(work: Work, player_id: str, item: Item, quantity: int, spill: Spill | None) -> None:
    cause = f"convert:{item.id}"
    for code, worth in item.convert_to:
        amount = worth * quantity
        if amount > AMOUNT_MAX:
            if spill is None:
                raise QuantityOutOfRange(item.id)
            # With a spill, chance may have chosen it: it must not decide whether that is refused.
            lost = min(amount - AMOUNT_MAX, AMOUNT_MAX)
            work.emit(player_id, RewardOverflowed(cause, lost, "discard", currency=code))
            amount = AMOUNT_MAX
        pay_currency(
            work,
            player_id,
            code,
            amount,
            counter_account=cause,
            rule=cause,
            spill=spill,
        )
