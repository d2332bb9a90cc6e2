from __future__ import annotations

import zlib

import msgspec
import pytest

from renown_server.engine.command import ActivityKey, Key, Record, Recorded, RequestKey
from renown_server.engine.facts import LevelUp, encode_facts
from renown_server.events.messages import (
    SHARDS,
    WAKE_UP,
    Announcer,
    Channels,
    Packed,
    decode,
    pack,
    request_id_in,
    shard_of,
)

CHANNELS = Channels("test:events")


def entry(player_id: str, first_sequence: int = 1) -> Packed:
    return Packed(player_id, first_sequence, 1_700_000_000_000_000, 3, "act", '[{"type":"x"}]')


def record(key: Key, request: str = "{}", *, facts: int = 1) -> Record:
    made = [LevelUp(rule="curve", level=level) for level in range(2, 2 + facts)]
    done = Recorded(5, 3, 11 if made else 0, made)
    return Record(key, "M", "", "alice", "k", b"", 1, request, done, encode_facts(made))


def test_a_batch_becomes_a_message_a_shard() -> None:
    players = [f"p{number}" for number in range(50)]
    messages = Announcer(CHANNELS).encode_batch([entry(player) for player in players])
    assert sorted(channel for channel, _ in messages) == sorted(CHANNELS.names)
    for channel, payload in messages:
        shard = CHANNELS.shard_of(channel)
        expected = [player for player in players if zlib.crc32(player.encode()) % SHARDS == shard]
        assert [one.player_id for one in decode(payload)] == expected
        assert {shard_of(player) for player in expected} == {shard}


def test_an_entry_survives_the_way() -> None:
    ((_, payload),) = Announcer(CHANNELS).encode_batch([entry("alice", 7)])
    assert decode(payload) == [entry("alice", 7)]


def test_nothing_happened_says_nothing() -> None:
    assert Announcer(CHANNELS).encode_batch([]) == []


def test_where_nobody_listens_a_message_is_a_wake_up() -> None:
    announcer = Announcer(CHANNELS)
    ((channel, full),) = announcer.encode_batch([entry("alice")])
    assert full != WAKE_UP
    announcer.note_receivers(channel, 0)
    assert announcer.encode_batch([entry("alice")]) == [(channel, WAKE_UP)]
    announcer.note_receivers(channel, 2)
    assert announcer.encode_batch([entry("alice")]) == [(channel, full)]


def test_a_wake_up_holds_no_entries() -> None:
    assert decode(WAKE_UP) == []


@pytest.mark.parametrize("payload", [b"\xc1", b"hello", b"\x93\x01\x02\x03", b"{}", b"\x91\x90"])
def test_what_is_no_message_is_refused(payload: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(payload)


def test_a_channel_of_somebody_else_has_no_shard() -> None:
    assert CHANNELS.shard_of("renown:events:0") is None


def test_an_activity_is_packed_under_its_id() -> None:
    packed = pack(record(ActivityKey("alice", "act-9"), facts=2))
    assert packed is not None
    assert (packed.player_id, packed.first_sequence, packed.command_id) == ("alice", 11, "act-9")
    assert packed.facts_json == encode_facts(
        [LevelUp(rule="curve", level=2), LevelUp(rule="curve", level=3)]
    )


def test_a_request_is_packed_under_the_id_in_its_body() -> None:
    packed = pack(
        record(RequestKey("key:k", "req-1"), '{"request_id":"req-1","player_id":"alice"}')
    )
    assert packed is not None
    assert packed.command_id == "req-1"


def test_a_refusal_has_no_events() -> None:
    assert pack(record(ActivityKey("alice", "act-9"), facts=0)) is None


class Body(msgspec.Struct):
    description: str
    request_id: str


@pytest.mark.parametrize("request_id", ["r", 'a"b', "a\\b", '\\"', "é", '"request_id":"x"'])
@pytest.mark.parametrize("description", ["", '"request_id":"no"', '\\"request_id\\":\\"no\\"'])
def test_the_request_id_is_found_in_any_body(request_id: str, description: str) -> None:
    body = msgspec.json.encode(Body(description, request_id)).decode()
    assert request_id_in(body) == request_id


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"request_id":7}'])
def test_a_body_without_a_request_id_gives_none(body: str) -> None:
    assert request_id_in(body) == ""
