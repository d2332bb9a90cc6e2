"""How a value becomes a score. Pure."""

from __future__ import annotations

from typing import Protocol

from renown_server.catalog.snapshot import Aggregation
from renown_server.errors import ScoreOutOfRange
from renown_server.leaderboards.state import Entry

SCORE_MAX = 2**53 - 1
"""The largest integer that sorted sets, JSON and Luau hold exactly; the least is its negative."""


class ScoredBoard(Protocol):
    """What of a board decides about its scores."""

    @property
    def id(self) -> str:
        """The board's id."""
        ...

    @property
    def aggregation(self) -> Aggregation:
        """How values combine."""
        ...


def apply_score(board: ScoredBoard, current: Entry | None, value: int, now_us: int) -> Entry | None:
    """The entry that a value makes.

    The tie-breaker moves only with the score: who repeats a score keeps its place.

    Args:
        board: where it counts.
        current: the player's entry, if there is one.
        value: what was submitted, or what was gained.
        now_us: the batch's time, microseconds since 1970.

    Returns:
        The new entry, or None if nothing changes.

    Raises:
        ScoreOutOfRange: the score would pass ±(2^53-1).
    """
    score = value if current is None else _combine(board.aggregation, current.score, value)
    if not -SCORE_MAX <= score <= SCORE_MAX:
        raise ScoreOutOfRange(board.id)
    if current is not None and score == current.score:
        return None
    return Entry(score, now_us)


def is_improvement(descending: bool, before: Entry | None, after: Entry) -> bool:
    """Whether an entry has changed for the better; a first entry has."""
    if before is None:
        return True
    return after.score > before.score if descending else after.score < before.score


def _combine(aggregation: Aggregation, score: int, value: int) -> int:
    match aggregation:
        case Aggregation.SUM:
            return score + value
        case Aggregation.MAX:
            return max(score, value)
        case Aggregation.MIN:
            return min(score, value)
        case Aggregation.LATEST:
            return value
