"""What `board_history` reads, from tables in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from renown_server.engine.clock import to_us
from renown_server.leaderboards.history import XP, PastKey
from tests.kit.rows import Row

Tables = Mapping[str, Mapping[Any, Row]]


def history_of(tables: Tables, key: PastKey) -> Row:
    """One row, as the part's load statement would give it."""
    player_id, metric, since_us = key
    needle = f'"metric":"{metric}"' if metric else '"xp.gained"'
    revoked = [
        f'"purchase_id":"{row[1]}"'
        for row in tables["purchases"].values()
        if row[0] == player_id and row[7]
    ]
    records = []
    for row in tables["activities"].values():
        if row[0] == player_id and row[8] and to_us(row[11]) >= since_us:
            stands = (player_id, row[1]) not in tables["revocations"]
            records.append((stands, row[1], row[7], to_us(row[11]), row[9]))
    for row in tables["requests"].values():
        if metric == XP and row[2] == player_id and row[8] and to_us(row[12]) >= since_us:
            stands = not any(name in row[9] for name in revoked)
            records.append((stands, "", row[7], to_us(row[12]), row[9]))
    records.sort(key=lambda record: record[2])
    found = [rest for stands, *rest in records if stands and needle in rest[3]]
    return player_id, metric, since_us, len(records), msgspec.json.encode(found).decode()
