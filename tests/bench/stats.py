"""Percentiles and medians."""

from collections.abc import Sequence


def percentile(ordered: Sequence[int], percent: float) -> int:
    """Returns the smallest value that at least ``percent`` of the values do not exceed.

    Args:
        ordered: Values, lowest first; not empty.
        percent: Over 0, up to 100.
    """
    if not ordered:
        raise ValueError("no values")
    if not 0 < percent <= 100:
        raise ValueError(f"{percent} percent")
    # Hundredths of a percent, so that 99.9 is exact.
    rank = -(-len(ordered) * round(percent * 100) // 10_000)
    return ordered[rank - 1]


def median(values: Sequence[float]) -> float:
    """Returns the middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
