"""What was done on a day, from the tables in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from renown_server.engine.clock import to_us
from renown_server.engine.facts import ActivityRecorded, decode_facts
from renown_server.streaks.state import Span


def activities_in(
    tables: Mapping[str, Mapping[Any, tuple[Any, ...]]], spans: Sequence[Span]
) -> list[tuple[Any, ...]]:
    """The activities recorded in spans and not revoked, as their load statement gives them."""
    return [
        (*span, row[1], row[2], fact.occurred_at_us)
        for span in spans
        for (player, activity), row in tables["activities"].items()
        if player == span.player_id and span.from_us <= to_us(row[11]) < span.to_us
        if (player, activity) not in tables["revocations"]
        for fact in decode_facts(row[9])
        if isinstance(fact, ActivityRecorded)
    ]
