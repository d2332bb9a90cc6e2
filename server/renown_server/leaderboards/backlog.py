"""What waits to be published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Command
from renown_server.leaderboards.packing import ENTRIES_MAX, Values, publish_call
from renown_server.leaderboards.state import Update

SLICE_ENTRIES_MAX = 4_000
"""Entries sent in one exchange: packing them takes the event loop 3 ms."""


@dataclass(slots=True)
class Backlog:
    """What has been offered and not yet taken by a drain: the latest of each entry.

    Attributes:
        boards: whether the highest is the top, and the entries by player, by instance key.
        marks: the last batch taken in, by lane.
        count: how many entries.
    """

    boards: dict[str, tuple[bool, dict[str, Values]]] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def add(self, updates: Iterable[Update]) -> bool:
        """Takes updates in; says whether there were any."""
        boards = self.boards
        count = self.count
        update = None
        for update in updates:
            instance_key, descending, player_id, version, tie_us, score = update
            board = boards.get(instance_key)
            if board is None:
                board = boards[instance_key] = (descending, {})
            if player_id not in board[1]:
                count += 1
            board[1][player_id] = (version, tie_us, score)
        self.count = count
        return update is not None


class Drain:
    """A backlog being published: in slices, each sent until it is answered.

    Attributes:
        slice: the commands to send now; empty when everything is published.
        size: entries in the slice.
        left: entries not answered for, the slice's included.
        marks: what may be set once everything is published.
    """

    __slots__ = ("_chunks", "left", "marks", "size", "slice")

    def __init__(self, keys: Keys, backlog: Backlog) -> None:
        self.marks = backlog.marks
        self.left = backlog.count
        self.slice: list[Command] = []
        self.size = 0
        self._chunks = _chunks(keys, backlog)
        self.advance()

    def advance(self) -> None:
        """Goes on to the next slice."""
        self.left -= self.size
        self.slice = []
        self.size = 0
        while self.size < SLICE_ENTRIES_MAX:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self.slice.append(chunk[0])
            self.size += chunk[1]


def _chunks(keys: Keys, backlog: Backlog) -> Iterator[tuple[Command, int]]:
    for instance_key, (descending, entries) in backlog.boards.items():
        items = iter(entries.items())
        while chunk := list(islice(items, ENTRIES_MAX)):
            yield publish_call(keys, instance_key, descending, chunk), len(chunk)
