"""The level curve: exact thresholds, and where an amount of XP stands."""

from fractions import Fraction
from itertools import pairwise
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.levels import (
    LevelTable,
    ThresholdTooHigh,
    cumulate,
    exponential_costs,
    linear_costs,
    polynomial_costs,
    table_costs,
)
from renown_server.profile.levels import (
    Progress,
    beyond_rate_bp,
    level_for,
    level_xp,
    progress,
    room_to_soft_cap,
)

XP_MAX = 2**53 - 1
FIRST_SLOW = 50


def seed_curve(hard_cap: int, soft_cap: int = 0, growth_after_bp: int = 0) -> tuple[int, ...]:
    """100 x 1.5^(level-1), the sample game's."""
    return cumulate(exponential_costs(100, 15000, hard_cap, soft_cap, growth_after_bp))


def test_the_seed_curve_by_hand() -> None:
    assert seed_curve(6) == (0, 100, 250, 475, 812, 1318)


def test_the_seed_curve_fits_78_levels_and_names_the_79th() -> None:
    assert len(seed_curve(78)) == 78
    with pytest.raises(ThresholdTooHigh) as caught:
        seed_curve(100)
    assert caught.value.level == 79
    assert caught.value.threshold == 10867964271617956
    # As the promises have it: int32 holds level 40 and not 41.
    assert seed_curve(78)[39] < 2**31 <= seed_curve(78)[40]


def test_floats_would_be_wrong() -> None:
    exact = list(exponential_costs(100, 15000, 80, 0, 0))
    floats = [floor(100 * 1.5 ** (level - 1)) for level in range(1, 80)]
    wrong = [
        level for level, pair in enumerate(zip(exact, floats, strict=True), 1) if pair[0] != pair[1]
    ]
    assert wrong
    assert wrong[0] == 77


def test_growth_slows_down_from_the_soft_cap_on() -> None:
    costs = list(exponential_costs(100, 20000, 6, 3, 11000))
    assert costs == [100, 200, 400, 440, 484]
    assert len(seed_curve(100, 50, 11000)) == 100


@pytest.mark.parametrize(
    ("costs", "thresholds"),
    [
        (linear_costs(100, 50, 4), (0, 100, 250, 450)),
        (polynomial_costs(10, 2, 4), (0, 10, 50, 140)),
        (table_costs([5, 7, 100]), (0, 5, 7, 100)),
        (linear_costs(1, 0, 1), (0,)),
    ],
)
def test_other_curves(costs: list[int], thresholds: tuple[int, ...]) -> None:
    assert cumulate(costs) == thresholds


@settings(deadline=None)
@given(
    base=st.integers(1, XP_MAX),
    growth=st.integers(10000, 100000),
    hard_cap=st.integers(1, 120),
    soft_cap=st.integers(0, 120),
    after=st.just(0) | st.integers(10000, 100000),
)
def test_exponential_curves_are_exact(
    base: int, growth: int, hard_cap: int, soft_cap: int, after: int
) -> None:
    cost, model = Fraction(base), [0]
    for level in range(1, hard_cap):
        model.append(model[-1] + floor(cost))
        slowed = soft_cap and after and level >= soft_cap
        cost *= Fraction(after if slowed else growth, 10000)
    first_past = next((i for i, xp in enumerate(model, 1) if xp > XP_MAX), None)
    costs = exponential_costs(base, growth, hard_cap, soft_cap, after)
    if first_past is None:
        thresholds = cumulate(costs)
        assert list(thresholds) == model
        assert all(lower < higher for lower, higher in pairwise(thresholds))
    else:
        with pytest.raises(ThresholdTooHigh) as caught:
            cumulate(costs)
        assert (caught.value.level, caught.value.threshold) == (first_past, model[first_past - 1])


tables = st.one_of(
    st.builds(linear_costs, st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 100)),
    st.builds(polynomial_costs, st.integers(1, 1000), st.integers(1, 4), st.integers(1, 100)),
    st.builds(
        exponential_costs,
        st.integers(1, 1000),
        st.integers(10000, 12000),
        st.integers(1, 100),
        st.integers(0, 100),
        st.just(0) | st.integers(10000, 12000),
    ),
    st.sets(st.integers(1, XP_MAX), max_size=50).map(lambda xp: table_costs(sorted(xp))),
).map(lambda costs: LevelTable(cumulate(costs)))


@settings(deadline=None)
@given(table=tables, xp=st.integers(0, XP_MAX), more=st.integers(0, XP_MAX))
def test_where_xp_stands(table: LevelTable, xp: int, more: int) -> None:
    level = level_for(table, xp)
    assert level == sum(threshold <= xp for threshold in table.thresholds)
    assert 1 <= level <= table.hard_cap
    assert level <= level_for(table, xp + more)
    stands = progress(table, xp)
    assert stands.level == level
    assert table.thresholds[level - 1] + stands.current_level_xp == xp
    assert stands.max_level == (level == table.hard_cap)
    if stands.max_level:
        assert (stands.next_level_xp, stands.progress_bp) == (0, 10000)
    else:
        assert table.thresholds[level] - xp == stands.next_level_xp - stands.current_level_xp > 0
        assert stands.progress_bp == floor(
            Fraction(stands.current_level_xp, stands.next_level_xp) * 10000
        )
        assert 0 <= stands.progress_bp < 10000


@settings(deadline=None)
@given(table=tables)
def test_each_threshold_is_where_its_level_begins(table: LevelTable) -> None:
    for level, threshold in enumerate(table.thresholds, 1):
        assert level_for(table, threshold) == level
        if level > 1:
            assert level_for(table, threshold - 1) == level - 1


def test_progress_by_hand() -> None:
    table = LevelTable(seed_curve(4))
    assert progress(table, 0) == Progress(1, 0, 100, 0, max_level=False)
    assert progress(table, 99) == Progress(1, 99, 100, 9900, max_level=False)
    assert progress(table, 100) == Progress(2, 0, 150, 0, max_level=False)
    assert progress(table, 474) == Progress(3, 224, 225, 9955, max_level=False)
    assert progress(table, 10**9) == Progress(4, 10**9 - 475, 0, 10000, max_level=True)
    assert [level_xp(table, level) for level in (1, 2, 3, 4)] == [100, 150, 225, 0]


def test_gains_shrink_at_the_soft_cap() -> None:
    capped = LevelTable((0, 10, 20), soft_cap=2, soft_cap_rate_bp=5000)
    assert beyond_rate_bp(capped) == 5000
    assert [room_to_soft_cap(capped, xp) for xp in (0, 9, 10, 25)] == [10, 1, 0, 0]
    assert beyond_rate_bp(LevelTable((0, 10))) == 10000
    assert room_to_soft_cap(LevelTable((0, 10)), 5) == 0
