"""Reading activities back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from renown_server.activity.body import ActivityBody
from renown_server.activity.render import stored_activity
from renown_server.activity.tables import revocations
from renown_server.engine.clock import to_us
from renown_server.engine.command import Recorded
from renown_server.engine.facts import decode_facts
from renown_server.engine.tables import activities
from renown_server.storage.reader import reaching

_COLUMNS = (
    activities.c.request,
    activities.c.recorded_at,
    activities.c.catalog_version,
    activities.c.first_sequence,
    activities.c.last_sequence,
    activities.c.facts,
    revocations.c.revoked_us,
)
_WITH_REVOCATIONS = activities.outerjoin(
    revocations,
    (revocations.c.player_id == activities.c.player_id)
    & (revocations.c.activity_id == activities.c.activity_id),
)


class RecordedActivity(msgspec.Struct, frozen=True):
    """An activity and what it did.

    `revoked_us` is when it was taken back, microseconds since 1970; 0 if it stands.
    """

    body: ActivityBody
    done: Recorded
    last_sequence: int
    revoked_us: int = 0


async def find(pool: asyncpg.Pool, player_id: str, activity_id: str) -> RecordedActivity | None:
    """Reads an accepted activity; None if there is none."""
    with reaching():
        row = await pool.fetchrow(
            "SELECT a.request, a.recorded_at, a.catalog_version, a.first_sequence,"
            " a.last_sequence, a.facts, r.revoked_us FROM activities AS a"
            " LEFT JOIN revocations AS r USING (player_id, activity_id)"
            " WHERE a.player_id = $1 AND a.activity_id = $2 AND a.refusal IS NULL",
            player_id,
            activity_id,
        )
    return None if row is None else _recorded(row)


async def list_activities(
    engine: AsyncEngine, player_id: str, *, before: int | None, size: int, kind: str
) -> list[RecordedActivity]:
    """Reads `size` accepted activities of a player, the latest first.

    Args:
        engine: where to read.
        player_id: whose.
        before: only activities with a lower last sequence.
        size: how many at most.
        kind: only activities of this type, unless empty.
    """
    query = (
        sa.select(*_COLUMNS)
        .select_from(_WITH_REVOCATIONS)
        .where(activities.c.player_id == player_id, activities.c.last_sequence > 0)
    )
    if before is not None:
        query = query.where(activities.c.last_sequence < before)
    if kind:
        query = query.where(activities.c.activity_type == kind)
    query = query.order_by(activities.c.last_sequence.desc()).limit(size)
    with reaching():
        async with engine.connect() as connection:
            rows: Sequence[Any] = (await connection.execute(query)).all()
    return [_recorded(row) for row in rows]


def _recorded(row: Any) -> RecordedActivity:
    request, recorded_at, version, first, last, facts, revoked_us = row
    done = Recorded(to_us(recorded_at), version, first, decode_facts(facts), replayed=True)
    return RecordedActivity(stored_activity(request), done, last, revoked_us or 0)
