"""Taking what a mail holds; pure."""

from __future__ import annotations

from renown_server.currency import rules as currency
from renown_server.currency.state import WalletBook
from renown_server.engine.facts import MailClaimed
from renown_server.engine.work import Work
from renown_server.errors import (
    BalanceCap,
    ItemNotFound,
    MailExpired,
    MailNotFound,
    QuantityOutOfRange,
    RenownError,
    UnknownCurrency,
)
from renown_server.errors import MailClaimed as ClaimedBefore
from renown_server.inventory.mail_state import Contents, MailBook, MailItem
from renown_server.inventory.room import no_room, room_for
from renown_server.inventory.rules import add
from renown_server.inventory.state import InventoryBook
from renown_server.inventory.supply import left_to_make, note_made

Amounts = tuple[tuple[str, int], ...]


def claim(work: Work, player_id: str, mail_no: int) -> None:
    """Takes what finds room out of a mail; the rest waits in it.

    A mail is claimed when it is empty. Nothing overflows: mail would beget mail.

    Raises:
        MailNotFound: the player has no such mail.
        MailClaimed, MailExpired: there is nothing to take any more.
        BalanceCap, InventoryFull, ItemLimit, QuantityOutOfRange: there is no room for any of it.
        ItemNotFound, UnknownCurrency: likewise, and the catalog no longer defines what is inside.
    """
    book = work.slice(MailBook)
    mail = book.find(player_id, mail_no)
    if mail is None:
        raise MailNotFound(str(mail_no))
    if mail.claimed_us:
        raise ClaimedBefore(str(mail_no))
    if mail.expires_us <= work.now_us:
        raise MailExpired(str(mail_no))
    taken = _take(work, mail)
    inside = mail.contents
    currencies = _sum(inside.taken_currencies, taken.currencies)
    items = _sum(inside.taken_items, taken.items)
    left = Contents(
        _less(inside.currencies, taken.currencies),
        _less(inside.items, taken.items),
        currencies,
        items,
    )
    work.touch(mail)
    if left.currencies or left.items:
        mail.contents = left
        return
    box = book.box(player_id)
    work.touch(box)
    box.release(mail.expires_us)
    mail.contents = Contents(currencies, items)
    mail.claimed_us = work.now_us
    work.emit(player_id, MailClaimed(rule=mail.rule, mail_no=mail_no))


def _take(work: Work, mail: MailItem) -> Contents:
    """Gives the player what finds room.

    Returns:
        What was taken.

    Raises:
        RenownError: it is nothing; why the first of it was not.
    """
    work.slice(InventoryBook).require(mail.player_id, [item for item, _ in mail.contents.items])
    refusals: list[RenownError] = []
    currencies: list[tuple[str, int]] = []
    items: list[tuple[str, int]] = []
    for code, amount in mail.contents.currencies:
        if fits := _take_money(work, mail, code, amount, refusals):
            currencies.append((code, fits))
    for item, quantity in mail.contents.items:
        if fits := _take_units(work, mail, item, quantity, refusals):
            items.append((item, fits))
    if refusals and not (currencies or items):
        raise refusals[0]
    return Contents(tuple(currencies), tuple(items))


def _take_money(
    work: Work, mail: MailItem, code: str, amount: int, refusals: list[RenownError]
) -> int:
    definition = work.catalog.currencies.get(code)
    if definition is None:
        refusals.append(
            UnknownCurrency("mail_id", f"the catalog has no currency {code!r} any more")
        )
        return 0
    have = work.slice(WalletBook).get(mail.player_id, code).amount
    fits = min(amount, max(0, definition.cap - have))
    if fits < amount:
        refusals.append(BalanceCap(code, definition.cap, have))
    if fits:
        account = f"mail:{mail.mail_no}"
        currency.credit(work, mail.player_id, code, fits, counter_account=account, rule=mail.rule)
    return fits


def _take_units(
    work: Work, mail: MailItem, item_id: str, quantity: int, refusals: list[RenownError]
) -> int:
    item = work.catalog.items.get(item_id)
    if item is None:
        refusals.append(ItemNotFound(item_id))
        return 0
    fits = room_for(work, mail.player_id, item, quantity)
    if fits < quantity:
        refusals.append(no_room(work, mail.player_id, item, quantity))
    if item.is_instanced:
        allowed = left_to_make(work)
        if allowed < fits:
            fits = allowed
            refusals.append(QuantityOutOfRange(item_id))
        note_made(work, fits)
    if fits:
        account = f"mail:{mail.mail_no}"
        add(work, mail.player_id, item, fits, counter_account=account, rule=mail.rule)
    return fits


def _sum(some: Amounts, more: Amounts) -> Amounts:
    sums = dict(some)
    for name, amount in more:
        sums[name] = sums.get(name, 0) + amount
    return tuple(sums.items())


def _less(some: Amounts, taken: Amounts) -> Amounts:
    gone = dict(taken)
    return tuple([(name, amount - n) for name, amount in some if amount > (n := gone.get(name, 0))])
