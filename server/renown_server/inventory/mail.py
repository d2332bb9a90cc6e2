"""Sending mail; pure."""

from __future__ import annotations

from renown_server.engine.facts import MailReceived
from renown_server.engine.work import Work
from renown_server.errors import MailboxFull
from renown_server.inventory.mail_state import WAITING_MAX, Contents, MailBook, MailItem


def has_room(work: Work, player_id: str, mails: int = 1) -> bool:
    """Whether so many mails can be sent."""
    return len(_waiting(work, player_id)) + mails <= _capacity(work)


def check_room(work: Work, player_id: str) -> tuple[int, ...]:
    """Checks that a mail can be sent.

    Returns:
        When the mails that wait expire.

    Raises:
        MailboxFull: too much mail waits.
    """
    waiting = _waiting(work, player_id)
    if len(waiting) >= _capacity(work):
        raise MailboxFull(_capacity(work))
    return waiting


def _capacity(work: Work) -> int:
    return min(work.catalog.economy.mailbox_capacity, WAITING_MAX)


def _waiting(work: Work, player_id: str) -> tuple[int, ...]:
    box = work.slice(MailBook).box(player_id)
    return tuple([expires_us for expires_us in box.waiting if expires_us > work.now_us])


def send(work: Work, player_id: str, contents: Contents, *, rule: str, message: str = "") -> None:
    """Sends a player a mail.

    Raises:
        MailboxFull: too much mail waits.
    """
    waiting = check_room(work, player_id)
    book = work.slice(MailBook)
    box = book.box(player_id)
    expires_us = work.now_us + work.catalog.economy.mail_lifetime_us
    work.touch(box)
    box.last_no += 1
    box.waiting = (*waiting, expires_us)
    mail = MailItem(player_id, box.last_no, contents, rule, message, work.now_us, expires_us)
    book.mail[player_id, mail.mail_no] = mail
    mail.is_sent = False
    work.touch(mail)
    mail.is_sent = True
    work.emit(
        player_id,
        MailReceived(
            rule=rule,
            mail_no=mail.mail_no,
            expires_us=expires_us,
            currencies=contents.currencies,
            items=contents.items,
            message=message,
        ),
    )
