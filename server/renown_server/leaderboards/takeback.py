"""Taking back what scores owe to something that is revoked; pure.

Boards that sum lose exactly what was added. On the others an entry only changes if it still is what
the revoked activity or purchase has set: it is then worked out again from all that is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from renown_server.catalog.snapshot import Aggregation, Board, BoardSource
from renown_server.engine.facts import MetricMoved, ScoreChanged
from renown_server.engine.work import Work
from renown_server.leaderboards.history import XP, HistoryBook, PastKey, contributions
from renown_server.leaderboards.periods import Instance, instance_for
from renown_server.leaderboards.rules import apply_score
from renown_server.leaderboards.state import Entry, ScoreBook

RECORDED_EARLY_MAX_US = 60_000_000
"""How long before it happens something may be recorded: callers' clocks may be ahead."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What is revoked, as boards see it.

    Attributes:
        player_id: whose scores.
        facts: all it did, in order.
        recorded_us: when it was recorded, microseconds since 1970.
        cause: names it among contributions; see `history.Contribution`.
    """

    player_id: str
    facts: Sequence[Any]
    recorded_us: int
    cause: str


def take_back(work: Work, scored: Scored) -> None:
    """Takes back all that was added to boards, as far as the entries are still kept.

    Raises:
        NotLoaded: the player's past must be known.
    """
    for fact in scored.facts:
        if isinstance(fact, ScoreChanged):
            _subtract(work, scored, fact)
    for board, instance in _set_by(work, scored):
        after = _left_over(work, scored, board, instance)
        _set(work, scored.player_id, board, instance, after)


def pasts_of(work: Work, scored: Scored) -> Iterator[PastKey]:
    """What `take_back` will ask of the player's past, so that it can be loaded at once."""
    for board, instance in _set_by(work, scored):
        yield _past_key(scored.player_id, board, instance)


def _subtract(work: Work, scored: Scored, fact: ScoreChanged) -> None:
    board = work.catalog.boards.get(fact.board)
    if board is None or board.source is BoardSource.DIRECT:
        return
    instance = instance_for(board, fact.period_start_us)
    if board.aggregation is not Aggregation.SUM or instance.starts_at_us != fact.period_start_us:
        return
    entry = work.slice(ScoreBook).get(scored.player_id).entries.get(instance.key)
    if entry is None:
        return
    left = entry.score - fact.score + fact.score_before
    # Only values above zero are ever added: with nothing left, nothing was. Who loses something
    # has reached what is left no later than the whole.
    after = Entry(left, entry.tie_us) if left > 0 else None
    _set(work, scored.player_id, board, instance, after)


def _set_by(work: Work, scored: Scored) -> Iterator[tuple[Board, Instance]]:
    """The entries, of boards that do not sum, that are what it has set or hang on it.

    The facts of scores do not tell: what was no improvement then may be the best by now.
    """
    catalog = work.catalog
    entries = work.slice(ScoreBook).get(scored.player_id).entries
    metrics = {fact.metric: None for fact in scored.facts if isinstance(fact, MetricMoved)}
    seen: set[str] = set()
    for metric in (XP, *metrics):
        values = list(
            contributions(
                scored.facts, metric, activity_id="", sequence=0, recorded_us=scored.recorded_us
            )
        )
        boards = catalog.boards_on_xp if metric == XP else catalog.boards_on_metric.get(metric, ())
        for board in boards:
            for value in values if board.aggregation is not Aggregation.SUM else ():
                instance = instance_for(board, value.at_us)
                entry = entries.get(instance.key)
                if entry is None or instance.key in seen:
                    continue
                # What came between two equal values was why the later one counts as reached later.
                is_latest = board.aggregation is Aggregation.LATEST
                came_between = is_latest and entry.tie_us > scored.recorded_us
                if came_between or entry == Entry(value.amount, scored.recorded_us):
                    seen.add(instance.key)
                    yield board, instance


def _past_key(player_id: str, board: Board, instance: Instance) -> PastKey:
    metric = XP if board.source is BoardSource.XP else board.metric
    return player_id, metric, max(0, instance.starts_at_us - RECORDED_EARLY_MAX_US)


def _left_over(work: Work, scored: Scored, board: Board, instance: Instance) -> Entry | None:
    """The entry as it would be without what is revoked."""
    past = work.slice(HistoryBook).get(work, _past_key(scored.player_id, board, instance))
    entry = None if past.is_whole else _replaced(scored, board, instance)
    for each in past.contributions:
        if each.cause == scored.cause:
            continue
        if instance.ends_at_us and not instance.starts_at_us <= each.at_us < instance.ends_at_us:
            continue
        entry = apply_score(board, entry, each.amount, each.recorded_us) or entry
    return entry


def _replaced(scored: Scored, board: Board, instance: Instance) -> Entry | None:
    """What the entry was before: the best that is known where the past is too long."""
    for fact in scored.facts:
        if (
            isinstance(fact, ScoreChanged)
            and (fact.board, fact.period_start_us) == (board.id, instance.starts_at_us)
            and not fact.new_entry
        ):
            return Entry(fact.score_before, scored.recorded_us)
    return None


def _set(work: Work, player_id: str, board: Board, instance: Instance, after: Entry | None) -> None:
    scores = work.slice(ScoreBook).get(player_id)
    before = scores.entries[instance.key]
    if after == before:
        return
    if after is None:
        scores.remove(work, instance.key, board.descending)
    else:
        scores.put(work, instance.key, board.descending, after)
    if after is not None and after.score == before.score:
        return  # only the moment at which it was reached has changed
    work.emit(
        player_id,
        ScoreChanged(
            rule=f"revoke:leaderboard:{board.id}",
            board=board.id,
            score_before=before.score,
            score=0 if after is None else after.score,
            period_start_us=instance.starts_at_us,
            removed=after is None,
        ),
    )
