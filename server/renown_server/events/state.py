"""What the log and its readers are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from renown_server.engine.facts import Fact, decode_facts, fact_type

_raw_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_tag_decoder = msgspec.json.Decoder(dict[str, Any])


class UnknownFact(msgspec.Struct, frozen=True):
    """A fact that a newer release wrote: its type is known, its content is not.

    While workers are replaced one by one, old ones meet the facts of new ones.
    Leaving them out would look like a gap.
    """

    type: str


def read_facts(text: str) -> Sequence[Fact | UnknownFact]:
    """Decodes stored facts, those of newer releases as `UnknownFact`."""
    try:
        return decode_facts(text)
    except msgspec.ValidationError:
        return [_read_one(raw) for raw in _raw_decoder.decode(text)]


def _read_one(raw: msgspec.Raw) -> Fact | UnknownFact:
    try:
        return decode_facts(b"[" + bytes(raw) + b"]")[0]
    except msgspec.ValidationError:
        return UnknownFact(str(_tag_decoder.decode(raw).get("type", "")))


def type_of(fact: Fact | UnknownFact) -> str:
    """The event type of a fact, such as `xp.gained`."""
    return fact.type if isinstance(fact, UnknownFact) else fact_type(fact)


@dataclass(frozen=True, slots=True)
class Entry:
    """The events of one command, in order: one row of the log.

    Attributes:
        player_id: whose events they are.
        first_sequence: the sequence of the first fact's event; the others follow.
        recorded_at_us: when it was committed, microseconds since 1970.
        catalog_version: the catalog that decided.
        command_id: the activity or request that caused them; may be empty.
        facts: what happened, at least one.
    """

    player_id: str
    first_sequence: int
    recorded_at_us: int
    catalog_version: int
    command_id: str
    facts: Sequence[Fact | UnknownFact]

    @property
    def last_sequence(self) -> int:
        """The sequence of the last fact's event."""
        return self.first_sequence + len(self.facts) - 1

    def after(self, sequence: int) -> Entry:
        """The entry without what a cursor at `sequence` covers."""
        done = sequence + 1 - self.first_sequence
        if done <= 0:
            return self
        return replace(self, first_sequence=sequence + 1, facts=self.facts[done:])


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log of all players, in commit-safe order.

    Attributes:
        xid: the transaction whose row was read last, or the first one that was
            not yet safe to read (then the other two are empty).
        player_id: the player of that row.
        sequence: the first sequence of that row.
        at_us: what comes after this place was recorded at this time or later
            (microseconds since 1970): it tells whether retention has been here.
    """

    xid: int
    player_id: str = ""
    sequence: int = 0
    at_us: int = 0

    @property
    def key(self) -> tuple[int, str, int]:
        """What positions are compared by."""
        return (self.xid, self.player_id, self.sequence)
