"""What the answer about an undone purchase reads, in SQL."""

from __future__ import annotations

import asyncpg

from renown_server.storage.reader import reaching
from renown_server.store.state import Purchased
from renown_server.store.store import PURCHASE_COLUMNS, purchase_of

_SQL = f"""
SELECT {PURCHASE_COLUMNS} FROM purchases WHERE player_id = $1 AND purchase_id = $2
"""


async def find_purchase(pool: asyncpg.Pool, player_id: str, purchase_id: str) -> Purchased | None:
    """Reads a purchase; None if there is none."""
    with reaching():
        row = await pool.fetchrow(_SQL, player_id, purchase_id)
    return None if row is None else purchase_of(row)
