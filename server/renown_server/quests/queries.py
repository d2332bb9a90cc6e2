"""What readers ask about quests: all SQL of it.

A reader sees what a command sees: what it reads is put into a working set, and looked at by the
same rules.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
import msgspec

from renown_server.catalog.criteria import Subject
from renown_server.catalog.progression import Progression
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.currency.state import Balance, WalletBook
from renown_server.engine.randomness import SystemRandomness
from renown_server.engine.work import Work
from renown_server.inventory.state import InventoryBook, Stack
from renown_server.profile.state import PlayerBook, PlayerState, ZoneChange
from renown_server.progress.state import ProgressBook
from renown_server.progress.store import EARNED_COLUMNS, PROGRESS_COLUMNS
from renown_server.quests.runs import KIND, EndedRun
from renown_server.quests.seeking import Seeker
from renown_server.quests.store import ended_run
from renown_server.quests.tables import QuestOutcome
from renown_server.storage.reader import reaching

_metrics_decoder = msgspec.json.Decoder(dict[str, int])
_zones_decoder = msgspec.json.Decoder(tuple[ZoneChange, ...])

# Each row is looked up by itself: planned while tables were empty, joins read all of them.
_SEEKER_SQL = f"""
SELECT p.level, p.prestige, p.xp, p.lifetime_xp, p.time_zone, p.metrics, p.zones,
    (SELECT array_agg(row(i.item_id, i.quantity)) FROM (
        SELECT item_id, sum(quantity)::bigint AS quantity FROM items
        WHERE player_id = p.player_id AND item_id = ANY($2::text[]) AND quantity > 0
          AND (expires_us = 0 OR expires_us > $4) GROUP BY item_id
    ) AS i),
    (SELECT array_agg(row(w.currency, w.balance)) FROM (
        SELECT currency, balance FROM wallets
        WHERE player_id = p.player_id AND currency = ANY($3::text[])
    ) AS w),
    {", ".join(f"g.{name}" for name in PROGRESS_COLUMNS)},
    {", ".join(f"e.{name}" for name in EARNED_COLUMNS)}
FROM players AS p LEFT JOIN LATERAL (
    SELECT * FROM progress AS g WHERE g.player_id = p.player_id LIMIT 1
) AS g ON true LEFT JOIN LATERAL (
    SELECT * FROM earned AS e WHERE e.player_id = p.player_id LIMIT 1
) AS e ON true
WHERE p.player_id = $1 AND p.created_us > 0
"""
_PROGRESS_AT = 9
_EARNED_AT = _PROGRESS_AT + len(PROGRESS_COLUMNS)

# Of a completion that was taken back only the second row is shown.
_STANDING = (
    "NOT (r.outcome = 3 AND EXISTS (SELECT 1 FROM quest_runs AS x WHERE x.player_id = r.player_id"
    " AND x.quest_id = r.quest_id AND x.attempt = r.attempt AND x.outcome = 7))"
)
_COLUMNS = "r.player_id, r.quest_id, r.attempt, r.outcome, r.started_us, r.completed_us, r.ended_us"
ENDED_SQL = f"""
SELECT {_COLUMNS} FROM quest_runs AS r
WHERE r.player_id = $1 AND r.ended_us <= $2
  AND (r.ended_us, r.quest_id, r.attempt) < ($2::bigint, $3::text, $4::int)
  AND ($5::int = 0 OR r.outcome = $5) AND ($6::text[] IS NULL OR r.quest_id = ANY($6::text[]))
  AND {_STANDING}
ORDER BY r.ended_us DESC, r.quest_id DESC, r.attempt DESC LIMIT $7
"""
LATEST_SQL = f"""
SELECT {_COLUMNS} FROM quest_runs AS r WHERE r.player_id = $1 AND r.quest_id = $2
ORDER BY r.attempt DESC, r.outcome DESC LIMIT 1
"""
TODAY_SQL = f"""
SELECT count(*) FROM quest_runs AS r WHERE r.player_id = $1
  AND r.ended_us >= $2 AND r.completed_us >= $2 AND r.outcome = 3 AND {_STANDING}
"""
_FIGURES_SQL = """
SELECT coalesce(sum(started), 0)::text, coalesce(sum(earned), 0)::text,
       coalesce(sum(abandoned), 0)::text, coalesce(sum(expired), 0)::text,
       coalesce(sum(time_us), 0)::text, coalesce(sum(timed), 0)::text,
       coalesce(sum(rating_sum), 0)::text, coalesce(sum(ratings), 0)::text
FROM progress_statistics WHERE kind = $1 AND definition_id = $2
"""


class Asked:
    """What quests of a catalog ask players for that is loaded for them only.

    Attributes:
        items: ids of items.
        currencies: codes of currencies.
    """

    __slots__ = ("currencies", "items", "progression")

    def __init__(self, progression: Progression) -> None:
        self.progression = progression
        quests = progression.quests.values()
        conditions = [
            condition
            for quest in quests
            for objective in quest.objectives
            for condition in objective.criteria.conditions
        ]
        items = {needed.item for quest in quests for needed in quest.items}
        items.update(each.key for each in conditions if each.subject is Subject.ITEM)
        self.items = sorted(items)
        self.currencies = sorted(
            {each.key for each in conditions if each.subject is Subject.CURRENCY}
        )


class SeekerReader:
    """Reads players as far as quests ask about them.

    Args:
        pool: where to read.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._asked = Asked(Progression())

    async def find(self, catalog: CatalogSnapshot, player_id: str, now_us: int) -> Seeker | None:
        """A player who looks at quests; None if there is none."""
        asked = self._asked
        if asked.progression is not catalog.progression:
            asked = self._asked = Asked(catalog.progression)
        with reaching():
            row = await self._pool.fetchrow(
                _SEEKER_SQL, player_id, asked.items, asked.currencies, now_us
            )
        return None if row is None else _seeker(catalog, player_id, now_us, tuple(row))


def _seeker(catalog: CatalogSnapshot, player_id: str, now_us: int, row: Sequence[object]) -> Seeker:
    player = _player(player_id, row)
    players, book = PlayerBook(), ProgressBook()
    players.by_id[player_id] = player
    progress, earned = row[_PROGRESS_AT:_EARNED_AT], row[_EARNED_AT:]
    book.absorb_progress(player_id, () if progress[0] is None else tuple(map(str, progress)))
    book.absorb_earned(player_id, () if earned[0] is None else tuple(map(str, earned)))
    inventory, wallets = InventoryBook(), WalletBook()
    inventory.whole.add(player_id)
    inventory.absorb([Stack(player_id, item, "", units) for item, units in _pairs(row[7])])
    wallets.loaded.add(player_id)
    for currency, amount in _pairs(row[8]):
        wallets.by_key[player_id, currency] = Balance(player_id, currency, amount)
    work = Work(catalog=catalog, now_us=now_us, random=SystemRandomness())
    for state in (players, book, inventory, wallets):
        work.attach(state)
    return Seeker(work, player)


def _pairs(found: object) -> list[tuple[str, int]]:
    return [(str(name), int(amount)) for name, amount in found] if isinstance(found, list) else []


def _player(player_id: str, row: Sequence[object]) -> PlayerState:
    player = PlayerState(player_id)
    player.created_us = 1
    level, prestige, xp, lifetime_xp, time_zone, metrics, zones, *_ = row
    player.level, player.prestige = _integer(level), _integer(prestige)
    player.xp, player.lifetime_xp = _integer(xp), _integer(lifetime_xp)
    player.time_zone = str(time_zone)
    player.metrics = _metrics_decoder.decode(str(metrics))
    player.zones = _zones_decoder.decode(str(zones))
    return player


def _integer(value: object) -> int:
    assert isinstance(value, int)
    return value


async def list_ended(
    pool: asyncpg.Pool,
    player_id: str,
    *,
    before: tuple[int, str, int],
    outcome: QuestOutcome | None,
    quests: Sequence[str] | None,
    size: int,
) -> list[EndedRun]:
    """Reads `size` of a player's ended attempts, the latest first.

    Args:
        pool: where to read.
        player_id: whose.
        before: only those before this (end, quest, attempt).
        outcome: only those that ended so; None for all.
        quests: only those at these quests; None for all.
        size: how many at most.
    """
    kept = 0 if outcome is None else outcome.value
    wanted = None if quests is None else list(quests)
    with reaching():
        rows = await pool.fetch(ENDED_SQL, player_id, *before, kept, wanted, size)
    return [ended_run(row) for row in rows]


async def find_latest(pool: asyncpg.Pool, player_id: str, quest_id: str) -> EndedRun | None:
    """Reads a player's latest ended attempt at a quest."""
    with reaching():
        row = await pool.fetchrow(LATEST_SQL, player_id, quest_id)
    return None if row is None else ended_run(row)


async def count_claimed_since(pool: asyncpg.Pool, player_id: str, since_us: int) -> int:
    """How many attempts a player has completed since a moment, of those that were claimed."""
    with reaching():
        return int(await pool.fetchval(TODAY_SQL, player_id, since_us))


class QuestFigures(msgspec.Struct, frozen=True):
    """How a quest has fared, as the columns of `progress_statistics`."""

    attempts: int
    completions: int
    abandonments: int
    expirations: int
    time_us: int
    timed: int
    rating_sum: int
    ratings: int


async def load_figures(pool: asyncpg.Pool, quest_id: str) -> QuestFigures:
    """Reads how a quest has fared: the sums over the lanes' slots."""
    with reaching():
        row = await pool.fetchrow(_FIGURES_SQL, KIND, quest_id)
    return QuestFigures(*[max(0, int(value)) for value in row])
