"""How much XP something gives. Pure integer arithmetic, rounded once, at the end."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Protocol

import msgspec

from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS
from renown_server.catalog.snapshot import Bonuses, BonusPolicy

Factor = tuple[str, int]
"""Where a factor comes from, and the factor in basis points."""


class XpOutcome(msgspec.Struct, frozen=True):
    """XP and how it came about.

    Attributes:
        amount: the XP, at most 2^53-1.
        multipliers: the factors other than one, in the order of the rules.
    """

    amount: int
    multipliers: tuple[Factor, ...] = ()


def calculate_xp(
    base: int,
    *,
    bonuses: Bonuses,
    perfect: bool = False,
    fast: bool = False,
    first_try: bool = False,
    streak_bp: int = BASIS_POINTS,
    boosts: Iterable[Factor] = (),
    boosts_max_bp: int = 0,
    others: Iterable[Factor] = (),
    prestige: int = 0,
    rate_bp: int = BASIS_POINTS,
    room: int = 0,
) -> XpOutcome:
    """Applies every bonus to `base`, then the soft cap's rate to what lies beyond, and rounds down.

    No factor lowers the XP: one below 10000 counts as 10000. Only the rate may reduce.

    Args:
        base: XP before multipliers, at least 0.
        bonuses: the catalog's factors and how they combine.
        perfect: whether the perfect bonus applies.
        fast: whether the speed bonus applies; see `is_fast`.
        first_try: whether the first-try bonus applies.
        streak_bp: the streak's factor.
        boosts: factors that act for a time; see `active_boosts`.
        boosts_max_bp: the highest factor of all `boosts` together; 0 is no cap. Where it cuts
            them, it stands in their place.
        others: further factors, such as those of badges.
        prestige: how often the player started over.
        rate_bp: the share that is gained beyond the soft cap.
        room: XP up to the soft cap, which is gained in full; 0 for who is beyond it. Were a gain
            that crosses it reduced as a whole, more bonus could mean less XP in the end.

    Raises:
        ValueError: `base` or `rate_bp` is negative.
    """
    if base < 0 or rate_bp < 0:
        raise ValueError(f"negative XP: base {base}, rate {rate_bp}")
    factors: list[Factor] = []
    if perfect:
        factors.append(("perfect", bonuses.perfect_bp))
    if fast:
        factors.append(("speed", bonuses.speed_bp))
    if first_try:
        factors.append(("first_try", bonuses.first_try_bp))
    if streak_bp > BASIS_POINTS:
        factors.append(("streak", streak_bp))
    if boosts:
        factors.extend(_capped(bonuses.policy, boosts, boosts_max_bp))
    if others:
        factors.extend(others)
    if prestige:
        factors.append(("prestige", BASIS_POINTS + prestige * bonuses.prestige_bp))
    applied = [factor for factor in factors if factor[1] > BASIS_POINTS] if factors else factors
    numerator, divisor = _combine(bonuses.policy, applied) if applied else (1, 1)
    gained = base * numerator
    if rate_bp < BASIS_POINTS and (not room or gained > room * divisor):
        applied.append(("soft_cap", rate_bp))
        full = room * divisor
        gained = full * BASIS_POINTS + (gained - full) * rate_bp
        divisor *= BASIS_POINTS
    return XpOutcome(min(gained // divisor, AMOUNT_MAX), tuple(applied))


def _capped(policy: BonusPolicy, boosts: Iterable[Factor], max_bp: int) -> Iterable[Factor]:
    """The boosts, or one factor in their place if together they pass the cap.

    One, for exactly the cap: were the last of several cut, rounding could leave less than fewer
    boosts give.
    """
    if not max_bp:
        return boosts
    raising = [boost for boost in boosts if boost[1] > BASIS_POINTS]
    numerator, divisor = _combine(policy, raising)
    if numerator * BASIS_POINTS <= max_bp * divisor:
        return raising
    return (("multiplier_cap", max_bp),)


def _combine(policy: BonusPolicy, factors: list[Factor]) -> tuple[int, int]:
    """All factors as one fraction."""
    if policy is BonusPolicy.PRODUCT:
        return prod(bp for _, bp in factors), BASIS_POINTS ** len(factors)
    return BASIS_POINTS + sum(bp - BASIS_POINTS for _, bp in factors), BASIS_POINTS


def is_fast(time_us: int | None, expected_us: int | None) -> bool:
    """Whether something took less than half the expected time. Both must be known."""
    return time_us is not None and expected_us is not None and 2 * time_us < expected_us


class Timed(Protocol):
    """A factor with a window: a boost for everybody, or a player's multiplier."""

    @property
    def source(self) -> str:
        """Names it."""

    @property
    def factor_bp(self) -> int:
        """Basis points."""

    @property
    def starts_us(self) -> int:
        """The first moment."""

    @property
    def ends_us(self) -> int:
        """The first moment after it."""


def active_boosts(boosts: Iterable[Timed], at_us: int) -> tuple[Factor, ...]:
    """Those that apply at a moment, as factors. Windows are half-open."""
    return tuple(
        (boost.source, boost.factor_bp)
        for boost in boosts
        if boost.starts_us <= at_us < boost.ends_us
    )


def per_unit(amount: int, value: int, scale: int) -> int:
    """What a metric's scaled `value` gives at `amount` a whole unit, rounded down once.

    The result is exact and unbounded: what it is added to has the bound.
    """
    return amount * value // scale
