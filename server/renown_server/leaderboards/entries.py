"""What changes entries: gains of activities, and scores submitted; pure."""

from __future__ import annotations

from renown_server.catalog.snapshot import Board
from renown_server.engine.facts import ScoreChanged
from renown_server.engine.work import Work
from renown_server.leaderboards.periods import instance_for
from renown_server.leaderboards.rules import apply_score, is_improvement
from renown_server.leaderboards.state import Entry, ScoreBook


def submit(
    work: Work, player_id: str, board: Board, value: int, occurred_us: int, rule: str
) -> bool:
    """Takes a value to a board, in the period it happened in.

    Returns:
        Whether the entry changed for the better.

    Raises:
        ScoreOutOfRange: the score would pass 2^53-1.
    """
    scores = work.slice(ScoreBook).get(player_id)
    instance = instance_for(board, occurred_us)
    before = scores.entries.get(instance.key)
    after = apply_score(board, before, value, work.now_us)
    if after is None:
        return False
    scores.put(work, instance.key, board.descending, after)
    work.emit(
        player_id,
        ScoreChanged(
            rule=rule,
            board=board.id,
            score_before=0 if before is None else before.score,
            score=after.score,
            period_start_us=instance.starts_at_us,
            new_entry=before is None,
        ),
    )
    return is_improvement(board.descending, before, after)


def withdraw(
    work: Work, player_id: str, board: Board, value: int, occurred_us: int, rule: str
) -> None:
    """Takes a value above zero from a board that sums, as much as its entry of that period has."""
    scores = work.slice(ScoreBook).get(player_id)
    instance = instance_for(board, occurred_us)
    before = scores.entries.get(instance.key)
    if before is None or before.score <= 0:
        return
    left = max(0, before.score - value)
    if left:
        # Who loses something has reached what is left no later than the whole.
        scores.put(work, instance.key, board.descending, Entry(left, before.tie_us))
    else:
        scores.remove(work, instance.key, board.descending)
    work.emit(
        player_id,
        ScoreChanged(
            rule=rule,
            board=board.id,
            score_before=before.score,
            score=left,
            period_start_us=instance.starts_at_us,
            removed=not left,
        ),
    )
