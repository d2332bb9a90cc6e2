"""The trades of a run: how many are proposed, and which are open."""

import os
import random

from tests.bench import database

TRADES_PER_CORE_S = 2500
"""More than a core accepts in a second; a run that has too few says so."""

OPEN = "SELECT trade_id, partner_id FROM trades WHERE state = 1 ORDER BY trade_id"


def trades_for(seconds: float) -> int:
    """Returns how many open trades a run of so many seconds needs."""
    return round(TRADES_PER_CORE_S * (os.cpu_count() or 1) * seconds)


def open_trades(url: str, seed: int) -> tuple[tuple[str, str], ...]:
    """Returns the open trades and who may accept them, in random order."""
    found = [(trade_id, partner_id) for trade_id, partner_id in database.fetch(url, OPEN)]
    random.Random(seed).shuffle(found)
    return tuple(found)
