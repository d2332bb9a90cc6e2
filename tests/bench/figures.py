"""A figure of the database that follows from how many operations there were."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.row import Effect


@dataclass(frozen=True, slots=True)
class Figure:
    """What a query must give."""

    what: str
    each: Mapping[Effect, int]
    """By how much an operation changes it."""
    sql: str
