"""The audit of XP: read from the facts of the commands that changed it."""

from __future__ import annotations

from typing import NamedTuple

import asyncpg
import msgspec

from renown.v1 import player_profile_service_pb2 as pb
from renown_server.catalog.limits import BASIS_POINTS
from renown_server.engine import log
from renown_server.engine.facts import XpAdjusted, XpGained
from renown_server.wire.timestamps import to_timestamp

_SEQUENCE_MAX = 2**62

ADJUST_XP = "AdjustXp"
"""The method by which XP is corrected by hand."""


Position = tuple[int, int]
"""The sequence of an XP change, and the last sequence of its command."""


class _Reason(msgspec.Struct):
    """What of a request says why."""

    description: str = ""


_reason_decoder = msgspec.json.Decoder(_Reason)


class XpChange(NamedTuple):
    """An XP change: the command that made it, its event's sequence, and what it was."""

    entry: log.LogEntry
    sequence: int
    fact: XpGained | XpAdjusted

    @property
    def position(self) -> Position:
        """Where it stands in the history."""
        return self.sequence, self.entry.last_sequence


class XpHistory:
    """Reads XP changes."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def page(
        self, player_id: str, *, after: Position | None, size: int
    ) -> list[tuple[pb.XpEntry, Position]]:
        """Reads `size` XP changes, the latest first, and their positions.

        Args:
            player_id: whose.
            after: only changes behind this position.
            size: how many at most.
        """
        found = await self.changes(player_id, after=after, size=size)
        return [(_entry(each), each.position) for each in found]

    async def changes(
        self, player_id: str, *, after: Position | None = None, size: int
    ) -> list[XpChange]:
        """The same as `page`, as they are stored."""
        found: list[XpChange] = []
        below, up_to = (_SEQUENCE_MAX, _SEQUENCE_MAX) if after is None else after
        while len(found) < size:
            entries = await log.latest(self._pool, player_id, up_to=up_to, size=size)
            for entry in entries:
                found += _changes(entry, below)
            if len(entries) < size:
                break
            up_to = entries[-1].last_sequence - 1
        return found[:size]


def _changes(entry: log.LogEntry, below: int) -> list[XpChange]:
    changes = []
    for place, fact in enumerate(entry.facts):
        sequence = entry.first_sequence + place
        if isinstance(fact, XpGained | XpAdjusted) and sequence < below:
            changes.append(XpChange(entry, sequence, fact))
    changes.reverse()
    return changes


def _kind(entry: log.LogEntry) -> str:
    """The kind of source."""
    if entry.is_activity:
        return "activity"
    return "adjustment" if entry.label == ADJUST_XP else entry.label


def _entry(change: XpChange) -> pb.XpEntry:
    entry, sequence, fact = change
    base = fact.base if isinstance(fact, XpGained) else fact.amount
    return pb.XpEntry(
        sequence=sequence,
        amount=fact.amount,
        base=base,
        type=_kind(entry),
        source=fact.rule,
        # Not an operator's reason: that is for the audit.
        reason=_reason_decoder.decode(entry.request).description,
        multiplier_basis_points=fact.amount * BASIS_POINTS // base if base else BASIS_POINTS,
        leveled_up=fact.level > fact.level_before,
        level_to=fact.level,
        balance_after=fact.total,
        recorded_at=to_timestamp(entry.recorded_at_us),
        command_id=entry.command_id,
    )
