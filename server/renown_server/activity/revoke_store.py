"""All SQL of revoked activities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from renown_server.activity.revoke import Revocation, RevocationBook
from renown_server.engine.columns import integers, texts, unnest
from renown_server.engine.command import ActivityKey
from renown_server.engine.facts import encode_facts
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work


class RevocationsPart(Part):
    """Which activities were taken back; only ever added to."""

    name = "revocations"
    by_player = False
    load_sql = (
        "SELECT row(r.player_id, r.activity_id, r.revoked_us)"
        f" FROM {unnest('text', 'text')} AS k(p, i),"
        " LATERAL (SELECT * FROM revocations"
        " WHERE player_id = k.p AND activity_id = k.i LIMIT 1) AS r"
    )
    write_sql = (
        "INSERT INTO revocations (player_id, activity_id, revoked_us, facts)"
        f" SELECT u.* FROM {unnest('text', 'text', 'bigint', 'text')} AS u"
    )

    def load_args(self, keys: Iterable[ActivityKey]) -> Args:
        """Players and activity ids, side by side."""
        keys = list(keys)
        return (
            texts([key.player_id for key in keys]),
            texts([key.activity_id for key in keys]),
        )

    def open(self, work: Work) -> None:
        """Attaches the empty book."""
        work.attach(RevocationBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what was revoked, and that the rest was not."""
        by_key = work.slice(RevocationBook).by_key
        for player_id, activity_id, revoked_us in rows:
            key = ActivityKey(player_id, activity_id)
            by_key.setdefault(key, Revocation(player_id, activity_id, revoked_us))
        for key in keys:
            by_key.setdefault(key, Revocation(key.player_id, key.activity_id))

    def write_args(self, work: Work) -> Args | None:
        """The new revocations, column by column."""
        new = work.dirty(Revocation)
        if not new:
            return None
        return (
            texts([each.player_id for each in new]),
            texts([each.activity_id for each in new]),
            integers([each.revoked_us for each in new]),
            texts([encode_facts(list(each.facts)) for each in new]),
        )
