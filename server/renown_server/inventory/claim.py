"""Taking what a mail holds; pure."""

from __future__ import annotations

from renown_server.currency import rules as currency
from renown_server.engine.facts import MailClaimed
from renown_server.engine.work import Work
from renown_server.errors import (
    ItemNotFound,
    MailExpired,
    MailNotFound,
    UnknownCurrency,
)
from renown_server.errors import MailClaimed as ClaimedBefore
from renown_server.inventory.mail_state import MailBook, MailItem
from renown_server.inventory.room import no_room, room_for
from renown_server.inventory.rules import add
from renown_server.inventory.state import InventoryBook


def claim(work: Work, player_id: str, mail_no: int) -> None:
    """Takes everything out of a mail, or nothing.

    What finds no room refuses it, whatever the catalog says of overflow: mail would beget mail.

    Raises:
        MailNotFound: the player has no such mail.
        MailClaimed, MailExpired: there is nothing to take any more.
        BalanceCap, InventoryFull, ItemLimit, QuantityOutOfRange: there is no room.
        ItemNotFound, UnknownCurrency: the catalog no longer defines what is inside.
    """
    book = work.slice(MailBook)
    mail = book.find(player_id, mail_no)
    if mail is None:
        raise MailNotFound(str(mail_no))
    if mail.claimed_us:
        raise ClaimedBefore(str(mail_no))
    if mail.expires_us <= work.now_us:
        raise MailExpired(str(mail_no))
    box = book.box(player_id)
    work.touch(box)
    box.release(mail.expires_us)
    work.touch(mail)
    mail.claimed_us = work.now_us
    work.emit(player_id, MailClaimed(rule=mail.rule, mail_no=mail_no))
    _take(work, mail)


def _take(work: Work, mail: MailItem) -> None:
    catalog = work.catalog
    work.slice(InventoryBook).require(mail.player_id, [item for item, _ in mail.contents.items])
    account = f"mail:{mail.mail_no}"
    for code, amount in mail.contents.currencies:
        if code not in catalog.currencies:
            raise UnknownCurrency("mail_id", f"the catalog has no currency {code!r} any more")
        currency.credit(work, mail.player_id, code, amount, counter_account=account, rule=mail.rule)
    for item_id, quantity in mail.contents.items:
        item = catalog.items.get(item_id)
        if item is None:
            raise ItemNotFound(item_id)
        if room_for(work, mail.player_id, item, quantity) < quantity:
            raise no_room(work, mail.player_id, item, quantity)
        add(work, mail.player_id, item, quantity, counter_account=account, rule=mail.rule)
