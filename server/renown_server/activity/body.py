"""An activity, decoded."""

from __future__ import annotations

import msgspec


class ActivityBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a player did.

    Attributes:
        player_id: who did it.
        activity_id: the caller's id of it; empty in a simulation.
        type: the id of its activity type.
        occurred_at_us: when it happened, µs since 1970; None for when it is
            recorded.
        metrics: amounts by metric, scaled by the metric's decimals.
        context: subject, difficulty, course, ….
        perfect: without a mistake.
        first_try: at the first attempt.
        time_us: how long it took; None if unknown.
        expected_time_us: how long it is expected to take; None if unknown.
        amount: what the caller chose, where the type gives a range.
    """

    player_id: str
    activity_id: str
    type: str
    occurred_at_us: int | None = None
    metrics: dict[str, int] = {}
    context: dict[str, str] = {}
    perfect: bool = False
    first_try: bool = False
    time_us: int | None = None
    expected_time_us: int | None = None
    reference_type: str = ""
    reference_id: str = ""
    description: str = ""
    amount: int = 0

    @property
    def event_type(self) -> str:
        """What its ledger entries call it."""
        return self.type
