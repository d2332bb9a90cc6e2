"""The SQL behind working out an entry again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from renown_server.engine.columns import integers, texts, unnest
from renown_server.engine.facts import decode_facts
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.leaderboards.history import (
    RECORDS_MAX,
    XP,
    Contribution,
    HistoryBook,
    Past,
    PastKey,
    contributions,
)

Found = tuple[str, int, int, str]
"""Of a record: activity_id or nothing, first sequence, when it was recorded, and its facts."""

_decoder = msgspec.json.Decoder(list[Found])

_LATEST = f"""
    WHERE player_id = k.p AND last_sequence > 0
        AND recorded_at >= to_timestamp(0) + k.since_us * interval '1 microsecond'
    ORDER BY last_sequence DESC LIMIT {RECORDS_MAX}
"""

_ACTIVITIES = f"""
    SELECT activity_id, first_sequence, recorded_at, facts, EXISTS (
        SELECT FROM revocations AS v
        WHERE v.player_id = a.player_id AND v.activity_id = a.activity_id
    ) AS is_revoked
    FROM activities AS a {_LATEST}
"""

# XP also comes from other commands than activities; of those, purchases can be revoked.
_REQUESTS = f"""
    SELECT '', first_sequence, recorded_at, facts,
        position('"offer.purchased"' IN facts) > 0 AND EXISTS (
            SELECT FROM purchases AS v
            WHERE v.player_id = q.player_id AND v.revoked_us > 0
                AND position('"purchase_id":"' || v.purchase_id || '"' IN q.facts) > 0
        )
    FROM requests AS q {_LATEST.replace("WHERE", f"WHERE k.metric = '{XP}' AND")}
"""

_KEYS = f"""
    SELECT p, coalesce(m, '') AS metric, s AS since_us, CASE coalesce(m, '')
        WHEN '{XP}' THEN '"xp.gained"' ELSE '"metric":"' || m || '"' END AS needle
    FROM {unnest("text", "text", "bigint")} AS u(p, m, s)
"""


class BoardHistoryPart(Part):
    """What a player's records have counted for, apart from what was revoked; only read."""

    name = "board_history"
    by_player = False
    load_sql = f"""
        SELECT row(k.p, k.metric, k.since_us, count(r.facts), coalesce(
            json_agg(
                json_build_array(
                    r.activity_id, r.first_sequence,
                    (extract(epoch FROM r.recorded_at) * 1000000)::bigint, r.facts
                ) ORDER BY r.first_sequence
            ) FILTER (WHERE NOT r.is_revoked AND position(k.needle IN r.facts) > 0), '[]'
        )::text)
        FROM ({_KEYS}) AS k
        LEFT JOIN LATERAL (({_ACTIVITIES}) UNION ALL ({_REQUESTS})) AS r ON true
        GROUP BY k.p, k.metric, k.since_us
    """
    write_sql = ""

    def load_args(self, keys: Iterable[PastKey]) -> Args:
        """Players, metrics and times, side by side."""
        players, metrics, since = zip(*keys, strict=True)
        return texts(players), texts(metrics), integers(since)

    def open(self, work: Work) -> None:
        """Attaches the empty book."""
        work.attach(HistoryBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes what counted."""
        by_key = work.slice(HistoryBook).by_key
        for player_id, metric, since_us, looked_through, found in rows:
            by_key[player_id, metric, since_us] = Past(
                tuple(_contributions(_decoder.decode(found), metric)),
                is_whole=looked_through < RECORDS_MAX,
            )

    def write_args(self, work: Work) -> Args | None:
        """Nothing is ever written here."""
        return None


def _contributions(records: Iterable[Found], metric: str) -> Iterator[Contribution]:
    for activity_id, sequence, recorded_us, facts in records:
        if metric == XP or activity_id:
            yield from contributions(
                decode_facts(facts),
                metric,
                activity_id=activity_id,
                sequence=sequence,
                recorded_us=recorded_us,
            )
