import pytest
from hypothesis import given
from hypothesis import strategies as st

from renown_server.engine import columns
from renown_server.leaderboards import arrays


@pytest.mark.parametrize(
    ("values", "literal"),
    [
        ([], "{}"),
        (["xp_weekly||2026-11-16", "a.b-c"], "{xp_weekly||2026-11-16,a.b-c}"),
        (["x|São Paulo|"], '{"x|São Paulo|"}'),
        (["a,b", 'q"uote', "back\\slash", "{}", ""], r'{"a,b","q\"uote","back\\slash","{}",""}'),
        (["null", "NULL"], '{"null","NULL"}'),
    ],
)
def test_texts(values: list[str], literal: str) -> None:
    assert arrays.format_texts(values) == literal
    assert arrays.parse_texts(literal) == values


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_texts_come_back(values: list[str]) -> None:
    assert arrays.parse_texts(arrays.format_texts(values)) == values


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_come_back(values: list[int]) -> None:
    assert arrays.parse_integers(columns.integers(values)) == values
