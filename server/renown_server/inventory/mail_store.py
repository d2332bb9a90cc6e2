"""All SQL of mail that batches use; `queries.py` has what readers ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from renown_server.engine.columns import integers, texts, unnest
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.inventory.mail_state import WAITING_MAX, Contents, MailBook, Mailbox, MailItem

_contents_decoder = msgspec.json.Decoder(Contents)
_expiries_decoder = msgspec.json.Decoder(tuple[int, ...])
_encoder = msgspec.json.Encoder()

COLUMNS = "player_id, mail_no, contents, rule, message, sent_us, expires_us, claimed_us"


def mail_of(row: Sequence[Any]) -> MailItem:
    """A row of `mail`, in the order of its columns."""
    player_id, mail_no, contents, *rest = row
    return MailItem(player_id, mail_no, _contents_decoder.decode(contents), *rest)


class MailboxesPart(Part):
    """What a sender must know of a player's mail; only read, from the mail itself."""

    name = "mailboxes"
    # Of a mailbox that is as full as any may be, what expires last says enough.
    load_sql = (
        "SELECT row(k.p,"
        " coalesce((SELECT max(m.mail_no) FROM mail AS m WHERE m.player_id = k.p), 0),"
        " (SELECT coalesce(json_agg(w.expires_us), '[]')::text FROM"
        " (SELECT m.expires_us FROM mail AS m WHERE m.player_id = k.p AND m.claimed_us = 0"
        f" ORDER BY m.expires_us DESC LIMIT {WAITING_MAX}) AS w))"
        f" FROM {unnest('text')} AS k(p)"
    )
    write_sql = ""

    def open(self, work: Work) -> None:
        """Attaches the empty book, which holds the mail as well."""
        work.attach(MailBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes how many mails there were, and when the unclaimed ones expire."""
        boxes = work.slice(MailBook).boxes
        for player_id, last_no, waiting in rows:
            if player_id not in boxes:
                boxes[player_id] = Mailbox(player_id, last_no, _expiries_decoder.decode(waiting))

    def write_args(self, work: Work) -> Args | None:
        """Written by `MailPart`."""
        return None


class MailPart(Part):
    """Mail, by player and number."""

    name = "mail"
    by_player = False
    load_sql = (
        f"SELECT row({', '.join(f'm.{name}' for name in COLUMNS.split(', '))})"
        f" FROM {unnest('text', 'bigint')} AS k(p, n),"
        " LATERAL (SELECT * FROM mail WHERE player_id = k.p AND mail_no = k.n LIMIT 1) AS m"
    )
    write_sql = (
        f"INSERT INTO mail ({COLUMNS})"
        " SELECT u.p, u.n, u.c, u.r, coalesce(u.m, ''), u.s, u.e, u.t FROM "
        + unnest("text", "bigint", *["text"] * 3, *["bigint"] * 3)
        + " AS u(p, n, c, r, m, s, e, t)"
        " ON CONFLICT (player_id, mail_no) DO UPDATE"
        " SET contents = EXCLUDED.contents, claimed_us = EXCLUDED.claimed_us"
    )

    def load_args(self, keys: Iterable[tuple[str, int]]) -> Args:
        """Players and numbers, side by side."""
        keys = list(keys)
        return texts([key[0] for key in keys]), integers([key[1] for key in keys])

    def open(self, work: Work) -> None:
        """The book is attached by `MailboxesPart`."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what is there, and that the rest is not."""
        book = work.slice(MailBook).mail
        for mail in map(mail_of, rows):
            book.setdefault((mail.player_id, mail.mail_no), mail)
        for key in keys:
            book.setdefault(key, None)

    def write_args(self, work: Work) -> Args | None:
        """What was sent and claimed, column by column."""
        changed = work.dirty(MailItem)
        if not changed:
            return None
        return (
            texts([mail.player_id for mail in changed]),
            integers([mail.mail_no for mail in changed]),
            texts([_encoder.encode(mail.contents).decode() for mail in changed]),
            texts([mail.rule for mail in changed]),
            texts([mail.message for mail in changed]),
            integers([mail.sent_us for mail in changed]),
            integers([mail.expires_us for mail in changed]),
            integers([mail.claimed_us for mail in changed]),
        )
