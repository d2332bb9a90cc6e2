"""All SQL of boards: what the engine loads and writes, and what repairing reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from renown_server.engine.columns import as_texts, integers, texts, unnest
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work
from renown_server.leaderboards import arrays
from renown_server.leaderboards.state import REMOVED, Entry, PlayerScores, ScoreBook
from renown_server.profile.state import PlayerBook


class Database(Protocol):
    """An asyncpg pool or connection to the primary."""

    async def execute(self, query: str, /, *args: Any) -> str:
        """Runs a statement."""
        ...

    async def fetch(self, query: str, /, *args: Any) -> list[Any]:
        """Reads rows."""
        ...

    async def fetchrow(self, query: str, /, *args: Any) -> Any:
        """Reads the first row; None if there is none."""
        ...

    async def fetchval(self, query: str, /, *args: Any) -> Any:
        """Reads the first column of the first row."""
        ...


class ScoresPart(Part):
    """The players' entries on all boards."""

    name = "scores"
    load_sql = (
        "SELECT row(player_id, boards::text, scores::text, ties::text) FROM scores"
        f" WHERE player_id = ANY({as_texts(0)})"
    )
    write_sql = (
        "INSERT INTO scores (player_id, version, boards, scores, ties)"
        " SELECT u.p, u.v, u.b::text[], u.s::bigint[], u.t::bigint[] FROM "
        + unnest("text", "bigint", "text", "text", "text")
        + " AS u(p, v, b, s, t) ON CONFLICT (player_id) DO UPDATE SET"
        " version = EXCLUDED.version, boards = EXCLUDED.boards, scores = EXCLUDED.scores,"
        " ties = EXCLUDED.ties"
    )

    def open(self, work: Work) -> None:
        """Attaches the empty book."""
        work.attach(ScoreBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes the entries."""
        book = work.slice(ScoreBook)
        book.loaded.update(keys)
        by_player = book.by_player
        for player_id, boards, scores, ties in rows:
            times = arrays.parse_integers(ties)
            entries = map(Entry, arrays.parse_integers(scores), times)
            found = by_player[player_id] = PlayerScores(
                player_id, dict(zip(arrays.parse_texts(boards), entries, strict=True))
            )
            if REMOVED.tie_us in times:
                found.hide_removed()

    def write_args(self, work: Work) -> Args | None:
        """The changed rows, column by column."""
        changed = work.dirty(PlayerScores)
        if not changed:
            return None
        players = work.slice(PlayerBook).by_id
        rows = [player.row() for player in changed]
        return (
            texts([player.player_id for player in changed]),
            integers([players[player.player_id].sequence for player in changed]),
            texts([arrays.format_texts(row) for row in rows]),
            texts([integers([entry.score for entry in row.values()]) for row in rows]),
            texts([integers([entry.tie_us for entry in row.values()]) for row in rows]),
        )


class BoardBatchesPart(Part):
    """The trace by which an unpublished batch is found."""

    name = "board_batches"
    load_sql = None
    write_sql = (
        "INSERT INTO board_batches (lane, batch, players)"
        f" SELECT {{0}}::text, {{1}}::bigint, {as_texts(2)}"
    )

    def open(self, work: Work) -> None:
        """Needs no state: the changed scores say which players."""

    def write_args(self, work: Work) -> Args | None:
        """The lane, the batch and whose scores it changed."""
        changed = work.dirty(PlayerScores)
        if not changed:
            return None
        return work.lane_id, work.batch_no, texts([player.player_id for player in changed])


class ScoreRow(NamedTuple):
    """A row of `scores`, its entries side by side; a tie of 0 is an entry that was removed."""

    player_id: str
    version: int
    boards: list[str]
    scores: list[int]
    ties: list[int]


async def load_rows(database: Database, player_ids: Sequence[str]) -> list[ScoreRow]:
    """The rows of players; those without scores are left out."""
    rows = await database.fetch(
        "SELECT player_id, version, boards, scores, ties FROM scores"
        " WHERE player_id = ANY($1::text[])",
        player_ids,
    )
    return [ScoreRow(*row) for row in rows]


async def load_page(database: Database, after: str, size: int) -> list[ScoreRow]:
    """The next `size` rows in order of player_id, behind `after`."""
    rows = await database.fetch(
        "SELECT player_id, version, boards, scores, ties FROM scores"
        " WHERE player_id > $1 ORDER BY player_id LIMIT $2",
        after,
        size,
    )
    return [ScoreRow(*row) for row in rows]


class Batch(NamedTuple):
    """A committed batch that may not be published."""

    lane: str
    number: int
    players: list[str]


async def lanes_with_batches(database: Database) -> list[str]:
    """The lanes that have rows; one index look-up a lane, not a scan."""
    rows = await database.fetch(
        "WITH RECURSIVE l(lane) AS ((SELECT lane FROM board_batches ORDER BY lane LIMIT 1)"
        " UNION ALL SELECT (SELECT b.lane FROM board_batches AS b WHERE b.lane > l.lane"
        " ORDER BY b.lane LIMIT 1) FROM l WHERE l.lane IS NOT NULL)"
        " SELECT lane FROM l WHERE lane IS NOT NULL"
    )
    return [row[0] for row in rows]


async def stale_batches(
    database: Database, marks: Mapping[str, int], *, age_s: float, a_lane: int
) -> list[Batch]:
    """Batches past their lane's mark and older than `age_s`, at most `a_lane` a lane, in order."""
    rows = await database.fetch(
        "SELECT m.lane, b.batch, b.players FROM unnest($1::text[], $2::bigint[]) AS m(lane, mark),"
        " LATERAL (SELECT batch, players FROM board_batches WHERE lane = m.lane"
        " AND batch > m.mark AND recorded_at < clock_timestamp() - make_interval(secs => $3)"
        " ORDER BY batch LIMIT $4) AS b ORDER BY m.lane, b.batch",
        list(marks),
        list(marks.values()),
        age_s,
        a_lane,
    )
    return [Batch(*row) for row in rows]


async def has_batches_up_to(database: Database, marks: Mapping[str, int]) -> bool:
    """Whether there is anything to trim."""
    found: bool = await database.fetchval(
        "SELECT EXISTS (SELECT FROM unnest($1::text[], $2::bigint[]) AS m(lane, mark)"
        " WHERE EXISTS (SELECT FROM board_batches WHERE lane = m.lane AND batch <= m.mark))",
        list(marks),
        list(marks.values()),
    )
    return found


async def count_batches(database: Database, limit: int) -> int:
    """How many batches are held, counted up to `limit`."""
    count: int = await database.fetchval(
        "SELECT count(*) FROM (SELECT FROM board_batches LIMIT $1) AS b", limit
    )
    return count


_TRIM = (
    "WITH w AS (UPDATE board_witness SET confirmed = $1 WHERE confirmed < $1 RETURNING 1)"
    " DELETE FROM board_batches AS b USING unnest($2::text[], $3::bigint[]) AS m(lane, mark)"
    " WHERE b.lane = m.lane AND b.batch <= m.mark AND EXISTS (SELECT FROM w)"
)


async def trim(database: Database, witness: int, marks: Mapping[str, int]) -> None:
    """Deletes the batches up to each lane's mark, and confirms the witness, in one commit."""
    await database.execute(_TRIM, witness, list(marks), list(marks.values()))


async def trim_all(database: Database, witness: int) -> None:
    """Deletes all batches, and confirms a witness that Valkey does not hold."""
    await database.execute(
        "WITH w AS (UPDATE board_witness SET confirmed = $1 WHERE confirmed < $1 RETURNING 1)"
        " DELETE FROM board_batches WHERE EXISTS (SELECT FROM w)",
        witness,
    )


@dataclass(frozen=True, slots=True)
class Witness:
    """What Valkey must know to be trusted.

    Attributes:
        identity: of this database; another one's boards are not ours.
        issued: the latest number given out.
        confirmed: the number that Valkey held when batches were last trimmed.
    """

    identity: str
    issued: int
    confirmed: int


async def load_witness(database: Database) -> Witness:
    """The witness, made on first use."""
    sql = "SELECT identity::text, issued, confirmed FROM board_witness"
    row = await database.fetchrow(sql)
    if row is None:
        await database.execute(
            "INSERT INTO board_witness (id, identity, issued, confirmed)"
            " VALUES (1, gen_random_uuid(), 0, 0) ON CONFLICT DO NOTHING"
        )
        row = await database.fetchrow(sql)
    assert row is not None
    return Witness(*row)


async def issue_witness(database: Database) -> int:
    """A number that nobody else gets, greater than all before."""
    number: int = await database.fetchval(
        "UPDATE board_witness SET issued = issued + 1 RETURNING issued"
    )
    return number


async def take_lease(database: Database, name: str, holder: str, seconds: float) -> bool:
    """Takes or renews a lease, unless another holder's still runs."""
    taken = await database.fetchval(
        "INSERT INTO leases AS l (name, holder, expires_at)"
        " VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))"
        " ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder,"
        " expires_at = EXCLUDED.expires_at"
        " WHERE l.holder = EXCLUDED.holder OR l.expires_at < clock_timestamp() RETURNING true",
        name,
        holder,
        seconds,
    )
    return taken is True


async def release_lease(database: Database, name: str, holder: str) -> None:
    """Lets another worker take over at once."""
    await database.execute("DELETE FROM leases WHERE name = $1 AND holder = $2", name, holder)
