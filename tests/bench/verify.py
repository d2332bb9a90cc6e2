"""Whether the database holds exactly what was answered.

A fast server that loses or doubles operations is not fast, so every run ends with this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.bench import database
from tests.bench.calls import CREDIT_AMOUNT, CURRENCY
from tests.bench.cascade.counts import LESSONS, LESSONS_INVARIANTS
from tests.bench.economy.ledgers import ECONOMY, ECONOMY_INVARIANTS
from tests.bench.figures import Figure
from tests.bench.load import Outcome
from tests.bench.row import Effect

FIGURES = (
    Figure(
        "activity records",
        {Effect.ACTIVITY: 1},
        """
        SELECT count(*) FROM activities WHERE activity_type = 'bench_activity' AND refusal IS NULL
        """,
    ),
    Figure(
        "score records",
        {Effect.SCORE: 1},
        "SELECT count(*) FROM requests WHERE method = 'SubmitScore' AND refusal IS NULL",
    ),
    Figure(
        "ledger rows of credits",
        {Effect.CREDIT: 1},
        f"""
        SELECT count(*) FROM ledger WHERE event_type = 'bench'
            AND amounts = '{{{CREDIT_AMOUNT}}}' AND currencies = '{{{CURRENCY}}}'
        """,
    ),
    Figure(
        "ledger rows of activities",
        {Effect.ACTIVITY: 1},
        "SELECT count(*) FROM ledger WHERE event_type = 'bench_activity'",
    ),
)
# Each line must give 0.
INVARIANTS = {
    "balances that differ from the sum of their postings": """
        SELECT count(*) FROM (
            SELECT player_id, currency, sum(amount) AS amount
            FROM ledger, unnest(currencies, amounts) AS posting (currency, amount) GROUP BY 1, 2
        ) AS posted FULL JOIN wallets USING (player_id, currency)
        WHERE amount IS DISTINCT FROM balance
    """,
    "players whose events have gaps or are counted wrong": """
        SELECT count(*) FROM (
            SELECT player_id, sum(last_sequence - first_sequence + 1) AS events FROM (
                SELECT player_id, first_sequence, last_sequence FROM activities
                UNION ALL SELECT player_id, first_sequence, last_sequence FROM requests
            ) AS record WHERE last_sequence > 0 GROUP BY 1
        ) AS recorded FULL JOIN players USING (player_id)
        WHERE coalesce(events, 0) <> coalesce(sequence, -1)
    """,
    "entries on the direct board that are missing or too many": """
        SELECT (SELECT count(DISTINCT player_id) FROM requests WHERE method = 'SubmitScore')
            - (SELECT count(*) FROM scores WHERE array_to_string(boards, ' ') ~ '(^| )bench_score')
    """,
}


@dataclass(slots=True)
class Tally:
    """How many operations must be found, at least and at most."""

    answered: Counter[Effect] = field(default_factory=Counter)
    unknown: Counter[Effect] = field(default_factory=Counter)

    def add(self, effect: Effect, outcome: Outcome) -> None:
        """Counts what a load did."""
        self.answered[effect] += outcome.answered
        self.unknown[effect] += outcome.unknown + outcome.errors.total()

    def bounds(self, each: Mapping[Effect, int]) -> tuple[int, int]:
        """Returns the least and the most of a figure that each operation changes by so much."""
        low = high = sum(change * self.answered[effect] for effect, change in each.items())
        for effect, change in each.items():
            low += min(0, change * self.unknown[effect])
            high += max(0, change * self.unknown[effect])
        return low, high


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison."""

    what: str
    expected: str
    found: int
    passed: bool


def verify(url: str, tally: Tally) -> list[Check]:
    """Compares the database with the tally."""
    checks = [_compare(url, figure, tally) for figure in (*FIGURES, *LESSONS, *ECONOMY)]
    checks = [check for check in checks if check.found or check.expected != "0"]
    return checks + _invariants(url, INVARIANTS | LESSONS_INVARIANTS | ECONOMY_INVARIANTS)


def _compare(url: str, figure: Figure, tally: Tally) -> Check:
    low, high = tally.bounds(figure.each)
    found = int(database.value(url, figure.sql))
    expected = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return Check(figure.what, expected, found, low <= found <= high)


def _invariants(url: str, queries: Mapping[str, str]) -> list[Check]:
    found = {what: database.value(url, sql) for what, sql in queries.items()}
    return [Check(what, "0", count, count == 0) for what, count in found.items()]
