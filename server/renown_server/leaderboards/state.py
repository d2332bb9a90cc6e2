"""Scores in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from renown_server.engine.state import Entity
from renown_server.engine.work import NotLoaded, Work


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One player's score in one board instance.

    Attributes:
        score: within ±(2^53-1), which a sorted set's double holds exactly.
        tie_us: when that score was reached, microseconds since 1970 (database clock).
    """

    score: int
    tie_us: int


REMOVED = Entry(0, 0)
"""Stands where an entry was: no score was reached at the beginning of 1970."""


class PlayerScores(Entity):
    """All entries of one player: one row, because three rows cost 23 µs where one costs 7.4.

    Attributes:
        player_id: whose.
        entries: by instance key.
        changed: the instances changed by this batch, and whether the highest is their top.
        removed: the instances that had an entry once. The row keeps their names, so that a batch
            nobody published and a rebuild take the entry off the live order as well.
    """

    __slots__ = ("changed", "entries", "player_id", "removed")

    def __init__(self, player_id: str, entries: dict[str, Entry] | None = None) -> None:
        self.touched_by = None
        self.is_dirty = False
        self.player_id = player_id
        self.entries: dict[str, Entry] = {} if entries is None else entries
        self.changed: dict[str, bool] = {}
        self.removed: frozenset[str] = frozenset()

    def save(self) -> tuple[Any, ...]:
        """Copies, because `put` changes in place."""
        return dict(self.entries), dict(self.changed), self.removed

    def restore(self, saved: tuple[Any, ...]) -> None:
        """Undoes all changes since `save`."""
        self.entries, self.changed, self.removed = saved

    def put(self, work: Work, instance_key: str, descending: bool, entry: Entry) -> None:
        """Sets an entry, undone if the running command fails.

        Args:
            work: the batch.
            instance_key: which board instance.
            descending: whether the highest is its top.
            entry: the new entry.
        """
        work.touch(self)
        self.entries[instance_key] = entry
        self.changed[instance_key] = descending
        if self.removed:
            self.removed -= {instance_key}

    def remove(self, work: Work, instance_key: str, descending: bool) -> None:
        """Takes an entry off its board; arguments as in `put`."""
        work.touch(self)
        del self.entries[instance_key]
        self.changed[instance_key] = descending
        self.removed |= {instance_key}

    def hide_removed(self) -> None:
        """Sets apart what the row holds of entries that are no more."""
        self.removed = frozenset([key for key, entry in self.entries.items() if not entry.tie_us])
        for instance_key in self.removed:
            del self.entries[instance_key]

    def row(self) -> dict[str, Entry]:
        """Everything the player's row holds."""
        if not self.removed:
            return self.entries
        return self.entries | dict.fromkeys(sorted(self.removed), REMOVED)


class ScoreBook:
    """The scores of a batch's players.

    Attributes:
        by_player: by player.
        loaded: the players whose row, if there is one, is here.
    """

    __slots__ = ("by_player", "loaded")

    def __init__(self) -> None:
        self.by_player: dict[str, PlayerScores] = {}
        self.loaded: set[str] = set()

    def get(self, player_id: str) -> PlayerScores:
        """A player's scores; empty if there are none.

        Raises:
            NotLoaded: nobody has looked.
        """
        scores = self.by_player.get(player_id)
        if scores is None:
            if player_id not in self.loaded:
                raise NotLoaded("scores", (player_id,))
            scores = self.by_player[player_id] = PlayerScores(player_id)
        return scores


Update = tuple[str, bool, str, int, int, int]
"""An entry to publish: instance key, descending, player_id, version, tie_us, score. A tie of 0 says
that there is no entry any more."""


def updates_of(scores: PlayerScores, version: int) -> Iterator[Update]:
    """What a committed batch has to publish of one player.

    Args:
        scores: the player's.
        version: the version its row was written with.
    """
    for instance_key, descending in scores.changed.items():
        entry = scores.entries.get(instance_key, REMOVED)
        yield instance_key, descending, scores.player_id, version, entry.tie_us, entry.score
