"""Makes happen what happens by itself: streaks that are at risk or end, quests that expire.

Players' rows say when something is due. Nothing that is read depends on it: readers know by the
clock what has ended. It is for who wants to be told, and for what comes with an end.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence

import asyncpg
import msgspec
import structlog

from renown_server.engine.clock import Clock
from renown_server.engine.command import Command, Recorded, RequestKey
from renown_server.engine.engine import Engine
from renown_server.engine.work import Work
from renown_server.errors import Conflict, RenownError
from renown_server.profile.state import PlayerBook
from renown_server.progress.state import ProgressBook
from renown_server.quests import rules as quests
from renown_server.storage.reader import reaching
from renown_server.streaks import rules as streaks

_log = structlog.get_logger(__name__)

SYSTEM = "system"
"""Who makes happen what happens by itself."""

INTERVAL_S = 5.0
"""How late it may happen, unless the settings say otherwise."""

WINDOW_SIZE = 1000
"""How many of those that are due are looked at. Each worker takes some of them by chance, so that
workers that look at the same time seldom do the same."""

PAGE_SIZE = 100
"""How many are submitted at a time: well under a batch, so that callers' commands get in."""

ROUND_MAX = 20_000
"""How many one round submits; what is left is for the next one."""

DEADLINE_S = 30.0

Due = tuple[int, str]
"""When, microseconds since 1970, and whose."""

DUE_SQL = (
    "SELECT due_us, player_id FROM progress WHERE due_us > 0 AND due_us <= $1"
    " AND (due_us, player_id) > ($2, $3) ORDER BY due_us, player_id LIMIT $4"
)


class PassTimeBody(msgspec.Struct, frozen=True):
    """What is due: whose, and since when."""

    player_id: str
    due_us: int


class PassTime(Command):
    """Makes happen what is due for a player, once: workers that find it all use the same key."""

    __slots__ = ()

    method = "PassTime"
    keeps_refusals = False
    # What expires is noted among what was earned: asked for one by one it would take a load each.
    parts = ("progress", "earned")
    body: PassTimeBody

    def decide(self, work: Work) -> None:
        """Tells what has ended, or ends soon, and notes what comes next.

        Raises:
            Conflict: the batch's clock is behind the worker's; it is not due yet.
        """
        player_id = self.body.player_id
        progress = work.slice(ProgressBook).progress(player_id)
        due_us = progress.due_us
        if not due_us or due_us > self.body.due_us:
            # Something else has happened since.
            return
        if due_us > work.now_us:
            raise Conflict
        player = work.slice(PlayerBook).get(player_id)
        streaks.pass_time(work, player)
        quests.pass_time(work, player)
        if 0 < progress.due_us <= due_us:
            # The key is used up: what stayed would be found again and again, and never done.
            _log.error("what was due stays due", player_id=player_id, dues=dict(progress.dues))
            for rule, left_us in list(progress.dues.items()):
                if left_us <= due_us:
                    progress.set_due(work, rule, 0)


def pass_time(due: Due) -> PassTime:
    """The command of what is due."""
    due_us, player_id = due
    return PassTime(
        key=RequestKey(SYSTEM, f"time:{player_id}:{due_us}"),
        players=(player_id,),
        principal=SYSTEM,
        body=PassTimeBody(player_id, due_us),
    )


async def keep_time(
    engine: Engine, pool: asyncpg.Pool, clock: Clock, interval_s: float = INTERVAL_S
) -> None:
    """Makes happen what is due, for ever.

    Every worker does so, without a lease: it happens once however many find it, and after a
    downtime whatever has become due meanwhile is found.
    """
    while True:
        # Not all workers at the same moment.
        await asyncio.sleep(interval_s * random.uniform(0.5, 1.0))
        try:
            await pass_due(engine, pool, clock)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, RenownError) as error:
            _log.warning("time does not pass", error=str(error) or repr(error))
        except Exception:  # noqa: BLE001 - a bug must not keep time from passing for ever
            _log.exception("passing time has failed")


async def pass_due(
    engine: Engine, pool: asyncpg.Pool, clock: Clock, *, at_most: int = ROUND_MAX
) -> int:
    """Makes happen what is due now, each of it tried once.

    What cannot be done holds up nothing else. While the engine has no room it ends early: callers'
    commands come first, and the next round goes on.

    Returns:
        For how many players it happened, by this worker or another one.

    Raises:
        RenownError: the engine takes no commands, or Postgres cannot be reached.
    """
    done, tried, after = 0, set[Due](), (0, "")
    while len(tried) < at_most:
        window = await _list_due(pool, clock.now_us(), after)
        new = [due for due in window if due not in tried]
        if not new:
            if len(window) < WINDOW_SIZE:
                break
            after = window[-1]
            continue
        page = random.sample(new, min(PAGE_SIZE, len(new), at_most - len(tried)))
        tried.update(page)
        done += await _submit(engine, page)
    return done


async def _list_due(pool: asyncpg.Pool, now_us: int, after: Due) -> list[Due]:
    with reaching():
        rows = await pool.fetch(DUE_SQL, now_us, *after, WINDOW_SIZE)
    return [(row[0], row[1]) for row in rows]


async def _submit(engine: Engine, page: Sequence[Due]) -> int:
    outcomes = await engine.submit_many(
        [pass_time(due) for due in page], time.monotonic() + DEADLINE_S
    )
    for (_, player_id), outcome in zip(page, outcomes, strict=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, Conflict):
            _log.warning("time does not pass", player_id=player_id, error=repr(outcome))
    return sum(isinstance(outcome, Recorded) for outcome in outcomes)
