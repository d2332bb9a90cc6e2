"""XP: bonuses combine, nothing is rounded twice, more bonus is never less XP."""

from fractions import Fraction
from math import floor, prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.snapshot import Bonuses, BonusPolicy, Boost
from renown_server.profile.xp import XpOutcome, active_boosts, calculate_xp, is_fast, per_unit

XP_MAX = 2**53 - 1
SEED = Bonuses(BonusPolicy.PRODUCT, 15000, 12000, 11000, 1000)
SUMS = Bonuses(BonusPolicy.SUM, 15000, 12000, 11000, 1000)


@pytest.mark.parametrize(
    ("base", "changes", "amount"),
    [
        (100, {}, 100),
        (0, {"perfect": True}, 0),
        (100, {"perfect": True}, 150),
        # The sample's average would make these 130: a bonus that takes away.
        (100, {"perfect": True, "first_try": True}, 165),
        (100, {"perfect": True, "fast": True, "first_try": True}, 198),
        # int(100 * 1.15) is 114.
        (100, {"streak_bp": 11500}, 115),
        (100, {"prestige": 3}, 130),
        (100, {"boosts": [("boost:a", 20000), ("boost:b", 15000)]}, 300),
        (100, {"rate_bp": 5000}, 50),
        (100, {"rate_bp": 0}, 0),
        # Each step would round down to 1 and stay there.
        (1, {"perfect": True, "first_try": True, "fast": True, "prestige": 1}, 2),
        (3, {"perfect": True, "rate_bp": 5000}, 2),
        (XP_MAX, {"perfect": True}, XP_MAX),
    ],
)
def test_product(base: int, changes: dict[str, Any], amount: int) -> None:
    assert calculate_xp(base, bonuses=SEED, **changes).amount == amount


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({"perfect": True, "first_try": True}, 160),
        ({"perfect": True, "fast": True, "first_try": True, "prestige": 2}, 200),
        ({"perfect": True, "boosts": [("boost:a", 20000)], "rate_bp": 5000}, 125),
    ],
)
def test_sum(changes: dict[str, Any], amount: int) -> None:
    assert calculate_xp(100, bonuses=SUMS, **changes).amount == amount


def test_multipliers_are_listed_in_order() -> None:
    outcome = calculate_xp(
        10,
        bonuses=SEED,
        perfect=True,
        fast=True,
        first_try=True,
        streak_bp=10500,
        boosts=[("boost:a", 20000), ("boost:none", 10000)],
        prestige=1,
        rate_bp=5000,
    )
    assert outcome.multipliers == (
        ("perfect", 15000),
        ("speed", 12000),
        ("first_try", 11000),
        ("streak", 10500),
        ("boost:a", 20000),
        ("prestige", 11000),
        ("soft_cap", 5000),
    )


def test_without_bonuses_nothing_is_listed() -> None:
    flags = {"perfect": True, "fast": True, "first_try": True}
    assert calculate_xp(10, bonuses=Bonuses(), prestige=5, **flags) == XpOutcome(10)  # type: ignore[arg-type]


def test_no_factor_takes_away() -> None:
    assert calculate_xp(10, bonuses=SEED, streak_bp=1, boosts=[("boost:a", -5)]) == XpOutcome(10)


@pytest.mark.parametrize("wrong", [{"base": -1}, {"base": 1, "rate_bp": -1}])
def test_negative_xp_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="negative XP"):
        calculate_xp(bonuses=SEED, **wrong)


factor = st.integers(10000, 1_000_000)
bonuses = st.builds(
    Bonuses,
    policy=st.sampled_from(BonusPolicy),
    perfect_bp=factor,
    speed_bp=factor,
    first_try_bp=factor,
    prestige_bp=st.integers(0, 100_000),
)
calls = st.fixed_dictionaries(
    {
        "base": st.integers(0, 10**7) | st.integers(0, XP_MAX),
        "bonuses": bonuses,
        "perfect": st.booleans(),
        "fast": st.booleans(),
        "first_try": st.booleans(),
        "streak_bp": st.integers(10000, 20000),
        "prestige": st.integers(0, 100),
        "boosts": st.lists(st.tuples(st.just("boost:x"), factor), max_size=4),
        "rate_bp": st.integers(0, 10000),
    }
)


@settings(deadline=None)
@given(call=calls)
def test_xp_equals_the_exact_fraction_rounded_down_once(call: dict[str, Any]) -> None:
    b: Bonuses = call["bonuses"]
    factors = [Fraction(bp, 10000) for _, bp in call["boosts"]]
    factors += [
        Fraction(bp, 10000) for bp in (call["streak_bp"], 10000 + call["prestige"] * b.prestige_bp)
    ]
    flags = {"perfect": b.perfect_bp, "fast": b.speed_bp, "first_try": b.first_try_bp}
    factors += [Fraction(bp, 10000) for flag, bp in flags.items() if call[flag]]
    if b.policy is BonusPolicy.PRODUCT:
        total = Fraction(prod(factors))
    else:
        total = 1 + sum((each - 1 for each in factors), Fraction(0))
    exact = call["base"] * total * Fraction(call["rate_bp"], 10000)
    outcome = calculate_xp(**call)
    assert outcome.amount == min(floor(exact), XP_MAX)
    if b.policy is BonusPolicy.PRODUCT:
        listed = prod(Fraction(bp, 10000) for _, bp in outcome.multipliers)
        assert listed == total * Fraction(call["rate_bp"], 10000)


@settings(deadline=None)
@given(call=calls, data=st.data())
def test_more_is_never_less(call: dict[str, Any], data: st.DataObject) -> None:
    before = calculate_xp(**call).amount
    what = data.draw(st.sampled_from([key for key in call if key != "bonuses"]), label="what")
    more = dict(call)
    if isinstance(call[what], bool):
        more[what] = True
    elif isinstance(call[what], list):
        more[what] = [*call[what], ("boost:more", data.draw(factor))]
    else:
        more[what] = call[what] + data.draw(st.integers(0, 10**6))
    assert calculate_xp(**more).amount >= before


@settings(deadline=None)
@given(call=calls, data=st.data())
def test_a_higher_bonus_in_the_catalog_is_never_less(
    call: dict[str, Any], data: st.DataObject
) -> None:
    b: Bonuses = call["bonuses"]
    steps = st.integers(0, 10**6)
    higher = Bonuses(
        b.policy,
        b.perfect_bp + data.draw(steps),
        b.speed_bp + data.draw(steps),
        b.first_try_bp + data.draw(steps),
        b.prestige_bp + data.draw(steps),
    )
    assert calculate_xp(**call | {"bonuses": higher}).amount >= calculate_xp(**call).amount


@settings(deadline=None)
@given(call=calls)
def test_bonuses_never_give_less_than_the_base_and_never_too_much(call: dict[str, Any]) -> None:
    amount = calculate_xp(**call | {"rate_bp": 10000}).amount
    assert call["base"] <= amount <= XP_MAX


@pytest.mark.parametrize(
    ("time", "expected", "fast"),
    [
        (49, 100, True),
        (50, 100, False),
        (0, 1, True),
        (0, 0, False),
        (None, 100, False),
        (1, None, False),
    ],
)
def test_fast_is_under_half_the_expected_time(
    time: int | None, expected: int | None, fast: bool
) -> None:
    assert is_fast(time, expected) is fast


def test_boosts_apply_in_half_open_windows() -> None:
    boosts = [Boost("a", "", "boost:a", 20000, 10, 20), Boost("b", "", "boost:b", 15000, 20, 30)]
    assert active_boosts(boosts, 9) == ()
    assert active_boosts(boosts, 10) == (("boost:a", 20000),)
    assert active_boosts(boosts, 19) == (("boost:a", 20000),)
    assert active_boosts(boosts, 20) == (("boost:b", 15000),)
    assert active_boosts(boosts, 30) == ()


@pytest.mark.parametrize(
    ("amount", "value", "scale", "given"),
    [
        (5, 765, 10, 382),
        (5, 3, 1, 15),
        (5, 1, 10, 0),
        (XP_MAX, XP_MAX, 1, XP_MAX**2),
        (2, 15, 10, 3),
    ],
)
def test_metrics_pay_a_unit(amount: int, value: int, scale: int, given: int) -> None:
    assert per_unit(amount, value, scale) == given


@given(
    xp=st.integers(0, 3000),
    more_xp=st.integers(0, 3000),
    base=st.integers(0, 2000),
    bonus=st.integers(10_000, 30_000),
    more_bonus=st.integers(0, 20_000),
    rate=st.integers(0, 10_000),
)
def test_more_before_and_more_bonus_never_end_with_less(
    xp: int, more_xp: int, base: int, bonus: int, more_bonus: int, rate: int
) -> None:
    """Across the soft cap, too: so it holds for any sequence of gains."""
    cap = 1000

    def after(before: int, factor: int) -> int:
        gained = calculate_xp(
            base,
            bonuses=Bonuses(),
            boosts=[("boost", factor)],
            rate_bp=rate,
            room=max(0, cap - before),
        )
        return before + gained.amount

    assert after(xp, bonus) <= after(xp + more_xp, bonus + more_bonus)


_POLICIES = st.sampled_from(list(BonusPolicy))
_BOOSTS = st.lists(st.integers(1, 60000), max_size=4)


@settings(deadline=None)
@given(base=st.integers(0, 10**6), policy=_POLICIES, boosts=_BOOSTS, cap=st.integers(10000, 90000))
def test_a_cap_holds_and_more_is_never_less(
    base: int, policy: BonusPolicy, boosts: list[int], cap: int
) -> None:
    def amount(factors: list[int]) -> int:
        return calculate_xp(
            base,
            bonuses=Bonuses(policy),
            boosts=[(f"boost:{place}", bp) for place, bp in enumerate(factors)],
            boosts_max_bp=cap,
        ).amount

    found = [amount(boosts[:count]) for count in range(len(boosts) + 1)]
    assert found == sorted(found)
    assert found[0] == base
    assert found[-1] <= base * cap // 10000
