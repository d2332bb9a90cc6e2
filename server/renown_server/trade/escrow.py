"""What trades hold, for the proof that money adds up."""

from __future__ import annotations

import asyncpg

# A trade that has ended holds nothing; one that has expired unnoticed still holds all.
_HELD = """
SELECT held->>0 AS currency, sum((held->>1)::bigint)::bigint AS amount
FROM trades, json_array_elements(coalesce(escrow::json->'currencies', '[]')) AS held
WHERE state = 1 GROUP BY 1
"""


async def held_currencies(connection: asyncpg.Connection) -> dict[str, int]:
    """The money in escrow, by currency, in minor units: what `escrow:` accounts must hold.

    Fees are not in it: they have left with the money, and come back from elsewhere.
    """
    return dict(await connection.fetch(_HELD))
