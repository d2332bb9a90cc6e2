"""Mail in memory."""

from __future__ import annotations

import msgspec

from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded

WAITING_MAX = 1000
"""Unclaimed mail that a player may have, whatever the catalog allows: a sender reads it all."""


class Contents(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is inside: (currency, minor units) and (item, units).

    Attributes:
        currencies: what waits; of a claimed mail all there ever was.
        items: likewise.
        taken_currencies: what was taken out before, while the rest waits.
        taken_items: likewise.
    """

    currencies: tuple[tuple[str, int], ...] = ()
    items: tuple[tuple[str, int], ...] = ()
    taken_currencies: tuple[tuple[str, int], ...] = ()
    taken_items: tuple[tuple[str, int], ...] = ()


class MailItem(Entity):
    """One mail. Times are microseconds since 1970.

    `claimed_us` is 0 while it waits, and negative if it was withdrawn then: nobody sees it any
    more. `is_sent` is false if the command that sent it was refused.
    """

    __slots__ = (
        "claimed_us",
        "contents",
        "expires_us",
        "is_sent",
        "mail_no",
        "message",
        "player_id",
        "rule",
        "sent_us",
    )

    saved = ("claimed_us", "contents", "is_sent")

    def __init__(
        self,
        player_id: str,
        mail_no: int,
        contents: Contents,
        rule: str,
        message: str,
        sent_us: int,
        expires_us: int,
        claimed_us: int = 0,
    ) -> None:
        super().__init__()
        self.player_id = player_id
        self.mail_no = mail_no
        self.contents = contents
        self.rule = rule
        self.message = message
        self.sent_us = sent_us
        self.expires_us = expires_us
        self.claimed_us = claimed_us
        self.is_sent = True


class Mailbox(Entity):
    """What a sender must know of a player's mail.

    Attributes:
        player_id: whose it is.
        last_no: the number of the latest mail.
        waiting: when the unclaimed ones expire; of more than `WAITING_MAX` the last to do so.
    """

    __slots__ = ("last_no", "player_id", "waiting")

    saved = ("last_no", "waiting")

    def __init__(self, player_id: str, last_no: int = 0, waiting: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.player_id = player_id
        self.last_no = last_no
        self.waiting = waiting

    def release(self, expires_us: int) -> None:
        """Forgets one mail that waits no longer, by when it would expire."""
        if expires_us in self.waiting:
            place = self.waiting.index(expires_us)
            self.waiting = self.waiting[:place] + self.waiting[place + 1 :]


class MailBook:
    """The mail of a batch's players: what was looked at."""

    __slots__ = ("boxes", "mail")

    def __init__(self) -> None:
        self.boxes: dict[str, Mailbox] = {}
        self.mail: dict[tuple[str, int], MailItem | None] = {}

    def box(self, player_id: str) -> Mailbox:
        """What a sender must know.

        Raises:
            NotLoaded: nobody has looked.
        """
        box = self.boxes.get(player_id)
        if box is None:
            raise NotLoaded("mailboxes", (player_id,))
        return box

    def find(self, player_id: str, mail_no: int) -> MailItem | None:
        """One mail, or None if there is none.

        Raises:
            NotLoaded: nobody has looked.
        """
        key = (player_id, mail_no)
        if key not in self.mail:
            raise NotLoaded("mail", (key,))
        mail = self.mail[key]
        if mail is None or not mail.is_sent or mail.claimed_us < 0:
            return None
        return mail
