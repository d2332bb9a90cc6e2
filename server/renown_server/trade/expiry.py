"""Ends the trades whose time is over, so that what they hold goes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import asyncpg
import structlog

from renown_server.engine.clock import Clock
from renown_server.engine.command import Recorded
from renown_server.engine.engine import Engine
from renown_server.errors import RenownError
from renown_server.trade import store
from renown_server.trade.commands import ExpireTrade
from renown_server.trade.state import TradeView

_log = structlog.get_logger(__name__)

INTERVAL_S = 5.0
"""How late a trade may be ended; readers and partners see at once that it has expired."""

PAGE_SIZE = 100
"""How many are ended at a time, in every worker: a page must be well under a batch."""

DEADLINE_S = 30.0


async def keep_expiring(engine: Engine, pool: asyncpg.Pool, clock: Clock) -> None:
    """Ends what has expired, for ever.

    Every worker does so, without a lease: a trade is ended once however many find it, and after a
    downtime whatever has expired meanwhile is found.
    """
    while True:
        await asyncio.sleep(INTERVAL_S)
        try:
            await expire_all(engine, pool, clock)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, RenownError) as error:
            _log.warning("trades cannot be ended", error=str(error) or repr(error))
        except Exception:  # noqa: BLE001 - a bug must not keep what is held for ever
            _log.exception("ending trades has failed")


async def expire_all(engine: Engine, pool: asyncpg.Pool, clock: Clock) -> int:
    """Ends the trades that have expired, each of them tried once.

    Page by page, behind the last one that was read: those that cannot be ended hold up no others.

    Returns:
        How many were ended, by this worker or another one.

    Raises:
        RenownError: the engine takes no commands.
        asyncpg.PostgresError, asyncpg.InterfaceError, OSError: Postgres cannot be reached.
    """
    ended, after = 0, (0, "")
    while True:
        found = await store.list_expired(pool, now_us=clock.now_us(), after=after, size=PAGE_SIZE)
        ended += await _end(engine, found)
        if len(found) < PAGE_SIZE:
            return ended
        after = (found[-1].expires_us, found[-1].trade_id)


async def _end(engine: Engine, found: Sequence[TradeView]) -> int:
    outcomes = await engine.submit_many(
        [ExpireTrade(trade) for trade in found], time.monotonic() + DEADLINE_S
    )
    for trade, outcome in zip(found, outcomes, strict=True):
        if isinstance(outcome, BaseException):
            _log.warning("a trade cannot be ended", trade_id=trade.trade_id, error=repr(outcome))
    return sum(isinstance(outcome, Recorded) for outcome in outcomes)
