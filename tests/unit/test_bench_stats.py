import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.stats import median, percentile


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7], 50, 7),
        ([7], 99, 7),
        ([1, 2], 50, 1),
        ([1, 2, 3], 50, 2),
        ([1, 2, 3], 100, 3),
        (list(range(1, 101)), 50, 50),
        (list(range(1, 101)), 99, 99),
        (list(range(1, 1001)), 99.9, 999),
        (list(range(1, 1002)), 99, 991),
    ],
)
def test_percentile(values: list[int], percent: float, expected: int) -> None:
    assert percentile(values, percent) == expected


@given(
    values=st.lists(st.integers(0, 50), min_size=1),
    hundredths=st.integers(1, 10_000),
)
def test_a_percentile_is_the_smallest_value_that_covers_its_share(
    values: list[int], hundredths: int
) -> None:
    values.sort()
    found = percentile(values, hundredths / 100)
    covered = sum(value <= found for value in values)
    below = sum(value < found for value in values)
    assert covered * 10_000 >= hundredths * len(values) > below * 10_000


@pytest.mark.parametrize("percent", [0, -1, 100.5])
def test_no_such_percentile(percent: float) -> None:
    with pytest.raises(ValueError, match="percent"):
        percentile([1], percent)


def test_nothing_has_no_middle() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)
    with pytest.raises(ValueError, match="no values"):
        median([])


def test_median() -> None:
    assert median([3]) == 3
    assert median([9, 1, 5]) == 5
    assert median([4, 1, 2, 9]) == 3
