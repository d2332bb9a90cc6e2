"""Mail that is withdrawn; pure."""

from __future__ import annotations

from renown_server.engine.work import Work
from renown_server.inventory.mail_state import Contents, MailBook
from renown_server.inventory.supply import restock

_NOTHING = Contents()


def withdraw(work: Work, player_id: str, mail_no: int) -> Contents:
    """Withdraws a mail if it still waits: nobody sees it any more.

    What was never taken out of it can be given out again; of what was taken out in part, the rest.

    Returns:
        What the player has taken out of it.
    """
    book = work.slice(MailBook)
    mail = book.find(player_id, mail_no)
    if mail is None:
        return _NOTHING
    if mail.claimed_us:
        return mail.contents
    if mail.expires_us > work.now_us:
        box = book.box(player_id)
        work.touch(box)
        box.release(mail.expires_us)
        work.touch(mail)
        mail.claimed_us = -work.now_us
    for item, quantity in mail.contents.items:
        restock(work, item, quantity)
    return Contents(mail.contents.taken_currencies, mail.contents.taken_items)
