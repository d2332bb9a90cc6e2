from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown_server.catalog.snapshot import Aggregation
from renown_server.errors import ScoreOutOfRange
from renown_server.leaderboards.rules import SCORE_MAX, apply_score, is_improvement
from renown_server.leaderboards.state import Entry


@dataclass(frozen=True)
class Board:
    id: str
    aggregation: Aggregation


@pytest.mark.parametrize(
    ("aggregation", "current", "value", "score"),
    [
        (Aggregation.SUM, None, 5, 5),
        (Aggregation.SUM, 10, 5, 15),
        (Aggregation.SUM, 10, -15, -5),
        (Aggregation.SUM, 10, 0, None),
        (Aggregation.SUM, None, 0, 0),
        (Aggregation.MAX, 10, 5, None),
        (Aggregation.MAX, 10, 10, None),
        (Aggregation.MAX, 10, 11, 11),
        (Aggregation.MIN, 10, 11, None),
        (Aggregation.MIN, 10, 5, 5),
        (Aggregation.LATEST, 10, 5, 5),
        (Aggregation.LATEST, 10, 10, None),
    ],
)
def test_aggregations(
    aggregation: Aggregation, current: int | None, value: int, score: int | None
) -> None:
    entry = None if current is None else Entry(current, 100)
    applied = apply_score(Board("b", aggregation), entry, value, 200)
    assert applied == (None if score is None else Entry(score, 200))


@pytest.mark.parametrize(
    ("aggregation", "current", "value"),
    [
        (Aggregation.SUM, SCORE_MAX, 1),
        (Aggregation.SUM, -SCORE_MAX, -1),
        (Aggregation.LATEST, None, SCORE_MAX + 1),
        (Aggregation.MAX, 0, SCORE_MAX + 1),
        (Aggregation.MIN, 0, -SCORE_MAX - 1),
    ],
)
def test_scores_stay_exact_doubles(
    aggregation: Aggregation, current: int | None, value: int
) -> None:
    entry = None if current is None else Entry(current, 100)
    with pytest.raises(ScoreOutOfRange):
        apply_score(Board("b", aggregation), entry, value, 200)


def test_the_outermost_scores_are_allowed() -> None:
    board = Board("b", Aggregation.SUM)
    assert apply_score(board, Entry(SCORE_MAX - 1, 1), 1, 2) == Entry(SCORE_MAX, 2)
    assert apply_score(board, Entry(1 - SCORE_MAX, 1), -1, 2) == Entry(-SCORE_MAX, 2)


@pytest.mark.parametrize(
    ("descending", "before", "after", "better"),
    [
        (True, None, 1, True),
        (False, None, 1, True),
        (True, 1, 2, True),
        (True, 2, 1, False),
        (False, 1, 2, False),
        (False, 2, 1, True),
    ],
)
def test_improvement(descending: bool, before: int | None, after: int, better: bool) -> None:
    entry = None if before is None else Entry(before, 1)
    assert is_improvement(descending, entry, Entry(after, 2)) is better


@given(
    aggregation=st.sampled_from([Aggregation.SUM, Aggregation.MAX, Aggregation.MIN]),
    values=st.lists(st.integers(-1000, 1000), min_size=1),
)
def test_order_does_not_matter_but_for_latest(aggregation: Aggregation, values: list[int]) -> None:
    def run(sequence: list[int]) -> int:
        entry: Entry | None = None
        for value in sequence:
            entry = apply_score(Board("b", aggregation), entry, value, 1) or entry
        assert entry is not None
        return entry.score

    assert run(values) == run(values[::-1])


@given(values=st.lists(st.integers(0, 5), min_size=1))
def test_the_tie_is_when_the_score_was_reached(values: list[int]) -> None:
    entry: Entry | None = None
    for now_us, value in enumerate(values):
        entry = apply_score(Board("b", Aggregation.MAX), entry, value, now_us) or entry
    assert entry == Entry(max(values), values.index(max(values)))
