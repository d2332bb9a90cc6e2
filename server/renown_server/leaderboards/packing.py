"""Entries as the publish script takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from renown_server.leaderboards import scripts
from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Command, call

ENTRIES_MAX = 500
"""Entries in one script call: 1.1 ms of Valkey at 10,000 entries a board, 4 at 1,000,000."""

NOT_APPLIED = -1
"""What the script answers while the shard has been lost."""

Values = tuple[int, int, int]
"""Version, tie_us, score. A tie of 0 removes the entry, and the version keeps older ones out."""

_encode = msgspec.msgpack.Encoder().encode


def publish_call(
    keys: Keys, instance_key: str, descending: bool, entries: Iterable[tuple[str, Values]]
) -> Command:
    """The command that publishes entries of one board instance.

    Args:
        keys: the names.
        instance_key: which board instance.
        descending: whether the highest is its top.
        entries: at most `ENTRIES_MAX` players, each once, and their values.
    """
    flat: list[str | int] = []
    for player_id, (version, tie_us, score) in entries:
        flat += (player_id, version, tie_us, str(-score if descending else score))
    board = keys.board(instance_key)
    return call(scripts.PUBLISH, (board.epoch, board.order, board.players), (_encode(flat),))


def publish_calls(
    keys: Keys, instance_key: str, descending: bool, entries: Mapping[str, Values]
) -> list[Command]:
    """The commands that publish any number of entries of one board instance."""
    items = list(entries.items())
    return [
        publish_call(keys, instance_key, descending, items[first : first + ENTRIES_MAX])
        for first in range(0, len(items), ENTRIES_MAX)
    ]
