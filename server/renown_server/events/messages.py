"""What workers tell each other after a commit, over Valkey's channels.

A message carries a batch's events of one shard of the players, so that streams
elsewhere need not read Postgres. It may be lost, doubled or late: sequences
show it, and readers fall back on the log. Where nobody listens a message
shrinks to a wake-up: nothing is encoded, and its answer, the number of
receivers, says when somebody does.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from renown_server.engine.command import ActivityKey, Record

SHARDS = 4
"""Channels the players are spread over; every worker of a release agrees."""

WAKE_UP = b""
"""Says that something was committed, not what."""

REQUEST_ID_PATTERN = r'"request_id":"((?:[^"\\]|\\.)*)"'
"""Finds a request's id in its stored body, here and in SQL."""

_request_id = re.compile(REQUEST_ID_PATTERN)


class Packed(msgspec.Struct, array_like=True):
    """One command's events on the wire; fields as in `Entry`."""

    player_id: str
    first_sequence: int
    recorded_at_us: int
    catalog_version: int
    command_id: str
    facts_json: str


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Packed])


class Channels:
    """The channels' names.

    Args:
        prefix: keeps deployments apart that share a Valkey.
    """

    __slots__ = ("_shard_of", "names")

    def __init__(self, prefix: str = "renown:events") -> None:
        self.names = tuple(f"{prefix}:{shard}" for shard in range(SHARDS))
        self._shard_of = {name: shard for shard, name in enumerate(self.names)}

    def shard_of(self, channel: str) -> int | None:
        """The shard of a channel; None if it is not one of ours."""
        return self._shard_of.get(channel)


def shard_of(player_id: str) -> int:
    """The shard of a player, the same in every process."""
    return zlib.crc32(player_id.encode()) % SHARDS


def pack(record: Record) -> Packed | None:
    """A command's events as they are sent; None if it had none."""
    done = record.recorded
    if not done.facts:
        return None
    return Packed(
        record.player_id,
        done.first_sequence,
        done.recorded_at_us,
        done.catalog_version,
        record.key.activity_id
        if isinstance(record.key, ActivityKey)
        else request_id_in(record.request),
        record.facts_json,
    )


def request_id_in(body: str) -> str:
    """The request id in a request's stored body, or empty.

    The log finds it in the same way, so that an event looks the same live and
    from storage.
    """
    found = _request_id.search(body)
    return unescape(found[1]) if found else ""


def unescape(text: str) -> str:
    """The inside of a JSON string literal, decoded."""
    return msgspec.json.decode(f'"{text}"', type=str) if "\\" in text else text


def _itself(entry: Packed) -> Packed:
    return entry


class Announcer:
    """Makes a worker's messages; knows which channels anybody listens to.

    Args:
        channels: the channels' names.
    """

    __slots__ = ("_names", "_silent")

    def __init__(self, channels: Channels) -> None:
        self._names = channels.names
        self._silent: set[str] = set()

    def encode_batch(
        self, entries: Iterable[Any], pack: Callable[[Any], Packed | None] = _itself
    ) -> list[tuple[str, bytes]]:
        """The messages of a batch: pairs of channel and payload, to PUBLISH.

        Args:
            entries: commands with events; each has a `player_id`.
            pack: makes of it what is sent; not called where nobody listens.
        """
        names, silent = self._names, self._silent
        by_channel: dict[str, list[Packed]] = {}
        for entry in entries:
            name = names[shard_of(entry.player_id)]
            if (of_channel := by_channel.get(name)) is None:
                of_channel = by_channel[name] = []
            if name not in silent and (packed := pack(entry)) is not None:
                of_channel.append(packed)
        return [
            (name, _encoder.encode(of_channel) if of_channel else WAKE_UP)
            for name, of_channel in by_channel.items()
        ]

    def note_receivers(self, channel: str, receivers: int) -> None:
        """Takes PUBLISH's answer. Never calling it is safe: all is sent, always.

        On a Redis Cluster the answer counts one node's listeners only. Those
        of other nodes then get wake-ups and read Postgres.
        """
        if receivers:
            self._silent.discard(channel)
        else:
            self._silent.add(channel)


def decode(payload: bytes) -> list[Packed]:
    """The entries of a message; none for a wake-up.

    Raises:
        msgspec.DecodeError: it is no message of ours.
    """
    return _decoder.decode(payload) if payload else []
