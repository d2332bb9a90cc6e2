"""The streams of single players, found by player."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from renown_server.events.feeds import PlayerFeed
from renown_server.events.messages import SHARDS, Packed, shard_of
from renown_server.events.state import Entry, read_facts
from renown_server.events.store import EventStore

HEADS_MAX = 512
"""Players looked up in one read."""


class Watchers:
    """Who watches which player, shard by shard."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._shards: list[dict[str, set[PlayerFeed]]] = [{} for _ in range(SHARDS)]

    def add(self, feed: PlayerFeed) -> None:
        """Takes in a stream."""
        shard = self._shards[shard_of(feed.player_id)]
        shard.setdefault(feed.player_id, set()).add(feed)

    def discard(self, feed: PlayerFeed) -> None:
        """Forgets a stream."""
        shard = self._shards[shard_of(feed.player_id)]
        feeds = shard.get(feed.player_id)
        if feeds is not None:
            feeds.discard(feed)
            if not feeds:
                del shard[feed.player_id]

    def has(self, shard: int) -> bool:
        """Whether anybody watches a player of the shard."""
        return bool(self._shards[shard])

    def deliver(self, shard: int, batch: Iterable[Packed]) -> None:
        """Hands a message's events to those who watch their players."""
        watched = self._shards[shard]
        for packed in batch:
            feeds = watched.get(packed.player_id)
            if feeds:
                entry = _entry(packed)
                for feed in feeds:
                    feed.offer(entry)

    async def compare(self, shards: Iterable[int]) -> None:
        """Compares what the streams have with the log, and has them read what they lack.

        Raises:
            StorageUnavailable: the log cannot be read.
        """
        players = [player_id for shard in shards for player_id in self._shards[shard]]
        for first in range(0, len(players), HEADS_MAX):
            heads = await self._store.heads(players[first : first + HEADS_MAX])
            for player_id, sequence in heads.items():
                for feed in self._watching(player_id):
                    feed.note_head(sequence)

    def _watching(self, player_id: str) -> Sequence[PlayerFeed]:
        return tuple(self._shards[shard_of(player_id)].get(player_id, ()))


def _entry(packed: Packed) -> Entry:
    return Entry(
        packed.player_id,
        packed.first_sequence,
        packed.recorded_at_us,
        packed.catalog_version,
        packed.command_id,
        read_facts(packed.facts_json),
    )
