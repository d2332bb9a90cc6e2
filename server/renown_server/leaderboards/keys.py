"""Names in Valkey, and what lies under them. This layout is meant to stay.

Board instances are spread over shards. All keys of a shard share a hash tag, so that one script
may touch them and Redis Cluster keeps them on one node:

- `<prefix>:{b3}:epoch`: what the shard's boards are worth (`Epoch`).
- `<prefix>:{b3}:<instance>:z`: sorted set. The score is negated where the highest is the top; the
  member is the tie (8 bytes, big-endian microseconds) and the player's id. Ascending order is
  therefore exactly: best score, then who reached it first, then player_id.
- `<prefix>:{b3}:<instance>:p`: hash from player to tie and version, 8 bytes each, big-endian; a
  tie of 0 is an entry that was removed.
- `<prefix>:{marks}`: hash from lane to the last batch of it that is published.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache

SHARDS = 16
"""How many hash tags the boards are spread over; a change needs a rebuild."""

_PREFIX = re.compile(r"[a-z0-9_.:-]{1,64}")


@dataclass(frozen=True, slots=True)
class BoardKeys:
    """The keys of one board instance."""

    shard: int
    epoch: str
    order: str
    players: str


class Keys:
    """All names under one prefix.

    Args:
        prefix: lets installations and tests share a server.

    Raises:
        ValueError: the prefix could be taken for a pattern or a hash tag.
    """

    def __init__(self, prefix: str = "renown") -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"not a key prefix: {prefix!r}")
        self.prefix = prefix
        self.marks = f"{prefix}:{{marks}}"
        self.epochs = tuple([f"{prefix}:{{b{shard}}}:epoch" for shard in range(SHARDS)])
        self.board_pattern = f"{prefix}:{{b*}}:*"

    def board(self, instance_key: str) -> BoardKeys:
        """The keys of a board instance."""
        return _board_keys(self.prefix, instance_key)

    def shard_of_key(self, key: str) -> int | None:
        """The shard that a key of `board_pattern` belongs to; None if it is not a board's."""
        if key in self.epochs:
            return None
        tag, closed, _ = key[len(self.prefix) + 3 :].partition("}")
        return int(tag) if closed and tag.isdecimal() and int(tag) < SHARDS else None


@lru_cache(maxsize=8192)
def _board_keys(prefix: str, instance_key: str) -> BoardKeys:
    shard = zlib.crc32(instance_key.encode()) % SHARDS
    stem = f"{prefix}:{{b{shard}}}:"
    return BoardKeys(shard, f"{stem}epoch", f"{stem}{instance_key}:z", f"{stem}{instance_key}:p")
